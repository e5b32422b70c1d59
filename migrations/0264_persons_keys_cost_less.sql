-- Each key of a person stood in three indexes, two of which begin with whose it is. One of these is enough:
-- it has the condition now that keys are looked for with.

DROP INDEX oms.subject_keys_by_subject;
DROP INDEX oms.subject_keys_in_use;
CREATE UNIQUE INDEX subject_keys_in_use ON oms.subject_keys (subject, purpose, year)
    WHERE wrapped IS NOT NULL;
