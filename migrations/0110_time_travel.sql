-- What history is asked for, and would read the whole log for without these.

-- What one request set off, however late. New correlation ids sort by time, so that new entries go to
-- the end of the index, where they cost little.
CREATE INDEX events_by_correlation ON oms.events (correlation_id);

-- What became known later than it happened: imports, and whatever is written down afterwards. All
-- other events of a moment are found by when they were recorded.
CREATE INDEX events_dated_back ON oms.events (stream_id, occurred_at)
    WHERE recorded_at - occurred_at > interval '1 minute';
