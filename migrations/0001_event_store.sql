-- The event store: what happened, for ever, and the few tables that commands, projections and
-- processes need to take effect exactly once.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;  -- search in read tables

CREATE SCHEMA oms;
CREATE SCHEMA read;       -- read tables in use
CREATE SCHEMA read_next;  -- read tables being rebuilt

-- ---------------------------------------------------------------------------------- positions
-- position = base + (transaction id << 20 | ordinal in the transaction).
-- It needs no sequence and no lock, and a reader that stops below the oldest running transaction
-- can't miss an event that commits late. The base moves on when a dump is restored into a new
-- cluster, whose transaction ids start low.

CREATE TABLE oms.position_base (
    base bigint NOT NULL DEFAULT 0 CHECK (base >= 0),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO oms.position_base DEFAULT VALUES;

CREATE FUNCTION oms.position_of(ordinal integer) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (SELECT base FROM oms.position_base) + ((pg_current_xact_id()::text::bigint << 20) | ordinal);

COMMENT ON FUNCTION oms.position_of IS
'The position of an event that the current transaction writes as its ordinal-th, from 0 on.';

CREATE FUNCTION oms.horizon() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT base FROM oms.position_base)
    + (pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 20);

COMMENT ON FUNCTION oms.horizon IS
'Every event below this position is visible, and none will appear there any more.';

-- ------------------------------------------------------------------------------------- events

CREATE TABLE oms.events (
    stream_id      uuid        NOT NULL,
    position       bigint      NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT statement_timestamp(),
    correlation_id uuid        NOT NULL,
    topic          text        NOT NULL,
    actor          text        NOT NULL,
    causation_id   text,
    body           json        NOT NULL,
    PRIMARY KEY (stream_id, version)
);
CREATE INDEX events_by_position ON oms.events (position);

COMMENT ON TABLE oms.events IS 'What happened, append-only. One row is one fact.';
COMMENT ON COLUMN oms.events.occurred_at IS 'When it happened in business; imports may date back.';
COMMENT ON COLUMN oms.events.recorded_at IS 'When it became known here.';
COMMENT ON COLUMN oms.events.correlation_id IS 'Shared by everything that one request set off.';
COMMENT ON COLUMN oms.events.causation_id IS 'The event, as stream/version, that led to this one.';
COMMENT ON COLUMN oms.events.body IS 'The fact, kept to the byte; query it with ->>.';

CREATE FUNCTION oms.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: what happened is never changed. Record a correcting event.',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.events
    FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();

-- --------------------------------------------------------------------------- effects exactly once

CREATE TABLE oms.command_keys (
    actor       text        NOT NULL,
    command     text        NOT NULL,
    key         text        NOT NULL,
    input_hash  bytea       NOT NULL,
    stream_id   uuid        NOT NULL,
    version     integer     NOT NULL,
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (actor, command, key)
);
COMMENT ON TABLE oms.command_keys IS
'Idempotency keys, written with the events of their command: the answer is the stream at the version.';

CREATE TRIGGER command_keys_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.command_keys
    FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();

CREATE TABLE oms.bookmarks (
    name       text        PRIMARY KEY,
    position   bigint      NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT statement_timestamp()
);
COMMENT ON TABLE oms.bookmarks IS
'How far each reader of the log has come; moved in the transaction of the effects.';

CREATE TABLE oms.projections (
    name        text        PRIMARY KEY,
    fingerprint text        NOT NULL,
    built_at    timestamptz NOT NULL DEFAULT statement_timestamp()
);
COMMENT ON TABLE oms.projections IS
'Read tables that are in use, and by which definition they were built.';

CREATE TABLE oms.failures (
    name      text        PRIMARY KEY,
    position  bigint      NOT NULL,
    error     text        NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT statement_timestamp()
);
COMMENT ON TABLE oms.failures IS 'Readers of the log that stopped at an event, and why.';

CREATE TABLE oms.refused_steps (
    process    text        NOT NULL,
    position   bigint      NOT NULL,
    step       integer     NOT NULL,
    command    text        NOT NULL,
    code       text        NOT NULL,
    message    text        NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (process, position, step)
);
COMMENT ON TABLE oms.refused_steps IS 'What a process asked for and was refused, for people to see.';

CREATE SEQUENCE oms.order_numbers START 100001;

-- ------------------------------------------------------------------------------------- rights
-- The application works as oms_app, which can add to what happened but not change it. Roles belong
-- to the whole cluster: another database may have made it already, even at this very moment.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'oms_app') THEN
        CREATE ROLE oms_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'oms_app', 'MEMBER') THEN
        EXECUTE format('GRANT oms_app TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA oms TO oms_app;
GRANT SELECT, INSERT ON oms.events, oms.command_keys, oms.refused_steps TO oms_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON oms.bookmarks, oms.failures, oms.projections
    TO oms_app;
GRANT SELECT ON oms.position_base TO oms_app;
GRANT USAGE ON SEQUENCE oms.order_numbers TO oms_app;
GRANT USAGE, CREATE ON SCHEMA read, read_next TO oms_app;
