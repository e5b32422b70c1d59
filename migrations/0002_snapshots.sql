-- The state of long streams at some of their versions, so that a command on a stock item with
-- 100,000 events reads a hundred of them. Made from events, and no more than a short cut: the rows
-- may be deleted at any time.

CREATE TABLE oms.snapshots (
    stream_id uuid        NOT NULL,
    version   integer     NOT NULL CHECK (version > 0),
    taken_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    topic     text        NOT NULL,
    state     json        NOT NULL,
    PRIMARY KEY (stream_id, version)
);

COMMENT ON TABLE oms.snapshots IS
'What folding a stream up to a version gives; written with the events. Deleting rows loses nothing.';
COMMENT ON COLUMN oms.snapshots.topic IS
'The shape of the state. A program that folds differently uses another and passes over this row.';

GRANT SELECT, INSERT, DELETE ON oms.snapshots TO oms_app;
