-- What events hold about persons is encrypted with keys of these persons, so that it is forgotten when
-- the key is. The keys are wrapped with a master key that is not in the database.

CREATE TABLE oms.subject_keys (
    id           uuid        PRIMARY KEY,
    subject      text        NOT NULL,
    purpose      text        NOT NULL CHECK (purpose IN ('SERVICE', 'BOOKS')),
    year         integer     NOT NULL,
    master       text,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT statement_timestamp(),
    held_until   date,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CHECK ((master IS NULL) = (wrapped IS NULL))
);
CREATE UNIQUE INDEX subject_keys_in_use ON oms.subject_keys (subject, purpose, year)
    WHERE destroyed_at IS NULL;
CREATE INDEX subject_keys_by_subject ON oms.subject_keys (subject);

COMMENT ON TABLE oms.subject_keys IS
'The keys that personal data in events are encrypted with, wrapped. A destroyed one leaves no key.';
COMMENT ON COLUMN oms.subject_keys.subject IS 'The customer''s reference, as their orders have it.';
COMMENT ON COLUMN oms.subject_keys.purpose IS
'SERVICE goes when the person is erased; BOOKS is what the books of a year must keep until a term ends.';
COMMENT ON COLUMN oms.subject_keys.held_until IS
'Erasure was asked for; from this day on nothing is decrypted with the key any more.';

GRANT SELECT, INSERT, UPDATE ON oms.subject_keys TO oms_app;

CREATE FUNCTION oms.readable(body json) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT left(body::text, -1) || ',"~keys":' || coalesce((
    SELECT json_object_agg(k.id, json_build_array(k.purpose, k.master, encode(k.wrapped, 'hex')))
    FROM oms.subject_keys AS k
    WHERE k.id IN (SELECT json_object_keys(body -> '~sealed')::uuid)
      AND k.wrapped IS NOT NULL AND (k.held_until IS NULL OR k.held_until > current_date)
)::text, '{}') || '}'
$$;

COMMENT ON FUNCTION oms.readable IS
'The body of an event together with the wrapped keys of what is sealed in it, as far as there are any.';
