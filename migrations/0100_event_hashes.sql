-- Each event carries the SHA-256 of its record, in which stands the hash of the event before it in the
-- stream: whoever changes one has to change all that follow. The database computes it for whoever
-- writes, so that no event is without. `oms migrate` gives older events theirs, and
-- `oms verify` computes all of them anew outside of the database.

ALTER TABLE oms.events
    ADD COLUMN hash bytea,
    ADD CONSTRAINT every_event_has_a_hash CHECK (hash IS NOT NULL) NOT VALID;

COMMENT ON COLUMN oms.events.hash IS
'SHA-256 of oms.event_record(); set by the database. Whoever names one is refused if it is another.';

CREATE FUNCTION oms.record_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

COMMENT ON FUNCTION oms.record_time IS 'A moment as an event''s record writes it: UTC, microseconds.';

CREATE FUNCTION oms.event_record(event oms.events, previous bytea) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN '{"actor":' || to_json(event.actor)::text
    || ',"body":' || event.body::text
    || ',"causation_id":' || coalesce(to_json(event.causation_id)::text, 'null')
    || ',"correlation_id":"' || event.correlation_id::text
    || '","occurred_at":"' || oms.record_time(event.occurred_at)
    || '","position":"' || event.position::text
    || '","previous":' || coalesce('"' || encode(previous, 'hex') || '"', 'null')
    || ',"recorded_at":"' || oms.record_time(event.recorded_at)
    || '","stream_id":"' || event.stream_id::text
    || '","topic":' || to_json(event.topic)::text
    || ',"version":' || event.version::text || '}';

COMMENT ON FUNCTION oms.event_record IS
'All that is stored of an event and the hash before it, as JSON in canonical form (RFC 8785) when the
body was written in that form, as the program does.';

CREATE FUNCTION oms.chain_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
    computed bytea;
BEGIN
    IF NEW.version > 1 THEN
        previous := (SELECT before.hash FROM oms.events AS before
                     WHERE before.stream_id = NEW.stream_id AND before.version = NEW.version - 1);
        IF previous IS NULL THEN
            RAISE EXCEPTION 'Event %/% has no event with a hash before it. Append to a stream without gap, after `oms migrate` has finished.',
                NEW.stream_id, NEW.version USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    computed := sha256(convert_to(oms.event_record(NEW, previous), 'UTF8'));
    IF NEW.hash <> computed THEN
        RAISE EXCEPTION 'Event %/% does not have the hash that it came with.',
            NEW.stream_id, NEW.version USING ERRCODE = 'check_violation';
    END IF;
    NEW.hash := computed;
    RETURN NEW;
END $$;

CREATE TRIGGER events_are_chained BEFORE INSERT ON oms.events
    FOR EACH ROW EXECUTE FUNCTION oms.chain_event();
