-- The log is sealed: the hashes of all events, in the order of their positions, are the leaves of one
-- Merkle tree (RFC 9162), whose root is signed now and then. A root that was published, or that anybody
-- wrote down, fixes everything before it. Rows are only ever added.

CREATE TABLE oms.sealed_leaves (
    first_index    bigint  PRIMARY KEY CHECK (first_index >= 0),
    leaves         integer NOT NULL CHECK (leaves BETWEEN 1 AND 1024),
    first_position bigint  NOT NULL UNIQUE,
    last_position  bigint  NOT NULL CHECK (last_position >= first_position),
    hashes         bytea   NOT NULL CHECK (length(hashes) = 32 * leaves)
);

COMMENT ON TABLE oms.sealed_leaves IS 'The leaves of the tree: SHA-256(0x00, hash of the event).';
COMMENT ON COLUMN oms.sealed_leaves.hashes IS 'So many leaves, 32 bytes each, one after the other.';

CREATE TABLE oms.sealed_subtrees (
    level smallint NOT NULL CHECK (level >= 8),
    index bigint   NOT NULL CHECK (index >= 0),
    hash  bytea    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, index)
);

COMMENT ON TABLE oms.sealed_subtrees IS
'Roots of complete subtrees over 2^level leaves from leaf index * 2^level on, so that a proof reads a
few rows. Smaller ones are computed from the leaves.';

CREATE TABLE oms.signing_keys (
    verifier   text        PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT statement_timestamp()
);

COMMENT ON TABLE oms.signing_keys IS
'Public keys that roots were signed with, as name+id+key (the notation of signed notes).';

CREATE TABLE oms.signed_roots (
    size      bigint      PRIMARY KEY CHECK (size > 0),
    position  bigint      NOT NULL UNIQUE,
    root      bytea       NOT NULL CHECK (length(root) = 32),
    note      text        NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT statement_timestamp()
);

COMMENT ON TABLE oms.signed_roots IS
'Signed roots over the first `size` events, up to a position. `note` is what is to be published: a
checkpoint in the format of transparency logs (C2SP tlog-checkpoint), with its signature.';

CREATE TRIGGER sealed_leaves_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON oms.sealed_leaves FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();
CREATE TRIGGER sealed_subtrees_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON oms.sealed_subtrees FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();
CREATE TRIGGER signing_keys_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON oms.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();
CREATE TRIGGER signed_roots_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON oms.signed_roots FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_change();

GRANT SELECT, INSERT ON oms.sealed_leaves, oms.sealed_subtrees, oms.signing_keys, oms.signed_roots
    TO oms_app;

-- A copy that was made for an investigation takes no further events: `oms replay` puts this in place.
CREATE FUNCTION oms.refuse_addition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'This database is a copy for an investigation; nothing is added to it.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
