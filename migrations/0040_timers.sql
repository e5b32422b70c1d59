-- Timers: what is to be asked for later. Every row follows from an event, so that the table can be
-- emptied and set up anew from the log; what a timer asked for takes effect once all the same.

CREATE TABLE oms.timers (
    stream_id uuid        NOT NULL,
    name      text        NOT NULL,
    version   integer     NOT NULL,
    due_at    timestamptz NOT NULL,
    wakes_at  timestamptz NOT NULL,
    error     text,
    PRIMARY KEY (stream_id, name)
);
CREATE INDEX timers_by_wake_up ON oms.timers (wakes_at);

COMMENT ON TABLE oms.timers IS 'What is waiting for its time. What has gone off is gone.';
COMMENT ON COLUMN oms.timers.version IS
'The event of the stream that set it; what is to be asked for follows from that.';
COMMENT ON COLUMN oms.timers.wakes_at IS 'due_at, or a little later when it could not be carried out.';
COMMENT ON COLUMN oms.timers.error IS 'Why it could not be carried out so far.';

GRANT SELECT, INSERT, UPDATE, DELETE ON oms.timers TO oms_app;

-- One clock for all servers: the database's. A test may move it, by the owner's hand only.

CREATE TABLE oms.clock (
    ahead    interval NOT NULL DEFAULT '0',
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO oms.clock DEFAULT VALUES;

COMMENT ON TABLE oms.clock IS
'By how much the timers'' clock is ahead of the real one: for tests. The application can''t move it.';

GRANT SELECT ON oms.clock TO oms_app;

CREATE FUNCTION oms.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN clock_timestamp() + (SELECT ahead FROM oms.clock);

COMMENT ON FUNCTION oms.now IS 'The time that timers go by.';
