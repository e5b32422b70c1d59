-- Positions follow the transactions: one that began after the erasure's may commit before it looks, and
-- then has a higher position. What was there first counts, so an erasure looks at these, too. Only an
-- event that is taken in from elsewhere, at a position of its own, looks at what stands before it.

CREATE OR REPLACE FUNCTION oms.forget_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone    uuid[]  := ARRAY(SELECT json_array_elements_text(NEW.body -> 'destroyed')::uuid);
    streams uuid[]  := ARRAY(SELECT json_array_elements_text(NEW.body -> 'streams')::uuid);
    sealed  text[]  := ARRAY(SELECT '%' || key || '%' FROM unnest(gone) AS key);
    is_new  boolean := NEW.position - oms.position_of(0) BETWEEN 0 AND (1 << 20) - 1;
BEGIN
    PERFORM pg_advisory_xact_lock(7264, oms.person_lock(NEW.body ->> 'customer'));
    IF EXISTS (
        SELECT FROM oms.events AS later
        WHERE position > (NEW.body ->> 'as_of')::bigint AND position <> NEW.position
          AND (is_new OR position < NEW.position)
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
