-- Until when everything had happened that a snapshot contains, so that the past can be told from it:
-- what happened by a moment is another question than what was recorded by then.

ALTER TABLE oms.snapshots ADD COLUMN happened_by timestamptz;

COMMENT ON COLUMN oms.snapshots.happened_by IS
'The latest occurred_at of the events up to the version. Null in rows of earlier programs.';
