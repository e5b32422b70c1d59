-- A page of the log, read along its index whatever the planner believes. Statistics always lag behind
-- the end of a log that grows: the planner takes what is left for a handful of rows, reads and sorts
-- all of it for each page, and catching up would take time with the square of the backlog.

CREATE FUNCTION oms.log_page(first bigint, last bigint, topics text[], most integer)
RETURNS SETOF oms.events LANGUAGE sql STABLE PARALLEL SAFE
SET enable_sort = off AS $$
    SELECT * FROM oms.events AS event
    WHERE event.position >= first AND event.position <= last
      AND (topics IS NULL OR event.topic = ANY (topics))
    ORDER BY event.position LIMIT most
$$;

COMMENT ON FUNCTION oms.log_page IS
'The first events of some topics, or of all, from a position up to another, both included.';
