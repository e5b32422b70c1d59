-- Erasing a person is an event: the keys that it names are destroyed in the transaction that records
-- it, whoever records it, so that a log which says "erased" and a key that is still there never meet.

CREATE FUNCTION oms.person_lock(customer text) RETURNS integer LANGUAGE sql STABLE
RETURN hashtext(customer);

COMMENT ON FUNCTION oms.person_lock IS
'The second key of the advisory lock (7264, …) that whoever writes about a person shares, and whoever
erases them holds alone: nothing is sealed with a key that is just being destroyed.';

CREATE TABLE oms.erased_streams (
    stream_id  uuid PRIMARY KEY,
    held_until date
);
COMMENT ON TABLE oms.erased_streams IS
'Streams of persons who were erased. What they have in plain text, from before there were keys, is not
shown any more: of the books from held_until on, of the rest at once.';
GRANT SELECT, INSERT, UPDATE ON oms.erased_streams TO oms_app;

CREATE TABLE oms.plain_text (
    until    bigint  NOT NULL,
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE oms.plain_text IS
'Events up to this position may hold personal data in plain text: they are older than the keys.';
INSERT INTO oms.plain_text (until)
SELECT coalesce(max(position), 0) FROM oms.events
WHERE strpos(body::text, '"~sealed":') = 0 AND topic ~ '^(orders|shipments|returns|claims|conversations|corrections|subscriptions)\.';
GRANT SELECT ON oms.plain_text TO oms_app;

CREATE FUNCTION oms.masked(stream uuid, body json) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT coalesce((
    SELECT left(body::text, -1) || ',"~sealed":{},"~plain":'
        || CASE WHEN held_until > current_date THEN '["BOOKS"]' ELSE '[]' END || '}'
    FROM oms.erased_streams WHERE stream_id = stream
), (
    SELECT left(body::text, -1) || ',"~sealed":{}}'
    FROM oms.erasures
    WHERE subject = body #>> '{subscriber,customer}' OR subject IN (
        SELECT one ->> 'customer' FROM json_array_elements(body -> 'subscribers') AS one)
    LIMIT 1
), body::text)
$$;

COMMENT ON FUNCTION oms.masked IS
'The body of an event that may hold plain text; of a person who was erased, with the word to hide it.';

CREATE FUNCTION oms.forget_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone    uuid[] := ARRAY(SELECT json_array_elements_text(NEW.body -> 'destroyed')::uuid);
    streams uuid[] := ARRAY(SELECT json_array_elements_text(NEW.body -> 'streams')::uuid);
    sealed  text[] := ARRAY(SELECT '%' || key || '%' FROM unnest(gone) AS key);
BEGIN
    PERFORM pg_advisory_xact_lock(7264, oms.person_lock(NEW.body ->> 'customer'));
    IF EXISTS (
        SELECT FROM oms.events AS later
        WHERE position > (NEW.body ->> 'as_of')::bigint AND position < NEW.position
          AND (stream_id = ANY (streams) OR later.body::text LIKE ANY (sealed))
    ) THEN
        RAISE EXCEPTION 'More became known of the customer % meanwhile. Look again.',
            NEW.body ->> 'customer' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE oms.subject_keys
    SET wrapped = NULL, master = NULL, destroyed_at = statement_timestamp()
    WHERE id = ANY (gone) AND wrapped IS NOT NULL;
    UPDATE oms.subject_keys AS k SET held_until = held.until
    FROM json_to_recordset(coalesce(NEW.body -> 'held', '[]')) AS held (key uuid, until date)
    WHERE k.id = held.key;
    IF NEW.topic = 'persons.CustomerErased.v1' THEN
        INSERT INTO oms.erased_streams
        SELECT DISTINCT stream, (NEW.body ->> 'held_until')::date FROM unnest(streams) AS stream
        ON CONFLICT (stream_id) DO UPDATE SET held_until = excluded.held_until;
    END IF;
    INSERT INTO oms.erasures (subject, reason, actor, orders, held_until, erased_at)
    VALUES (NEW.body ->> 'customer', coalesce(NEW.body ->> 'reason', 'the term of the books is over'),
            NEW.actor, coalesce((NEW.body ->> 'orders')::integer, 0),
            (NEW.body ->> 'held_until')::date, NEW.recorded_at);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION oms.forget_person IS
'Destroys the keys that the event names, unless something was recorded about the person since whoever
asked had looked.';

CREATE TRIGGER erasures_destroy_keys AFTER INSERT ON oms.events FOR EACH ROW
WHEN (NEW.topic IN ('persons.CustomerErased.v1', 'persons.RetentionEnded.v1'))
EXECUTE FUNCTION oms.forget_person();
