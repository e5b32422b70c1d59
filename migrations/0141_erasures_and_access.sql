-- Who was erased, when and why; and who looked at what is known about persons.

CREATE TABLE oms.erasures (
    number     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject    text        NOT NULL,
    reason     text        NOT NULL,
    actor      text        NOT NULL,
    orders     integer     NOT NULL,
    held_until date,
    erased_at  timestamptz NOT NULL DEFAULT statement_timestamp()
);
COMMENT ON TABLE oms.erasures IS
'Persons whose keys were destroyed. What the books need of them goes on `held_until`.';

CREATE TABLE oms.access_log (
    number         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT statement_timestamp(),
    actor          text        NOT NULL,
    operation      text        NOT NULL,
    correlation_id uuid        NOT NULL,
    subjects       text[]      NOT NULL
);
CREATE INDEX access_log_by_subject ON oms.access_log USING gin (subjects);

COMMENT ON TABLE oms.access_log IS
'Who was shown personal data of whom: written before the answer is given. Never changed.';
COMMENT ON COLUMN oms.access_log.operation IS 'The name of the caller''s operation, or of our command.';

CREATE TRIGGER erasures_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.erasures
    FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();
CREATE TRIGGER access_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.access_log
    FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();

GRANT SELECT, INSERT ON oms.erasures, oms.access_log TO oms_app;
