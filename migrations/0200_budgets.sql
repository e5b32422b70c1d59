-- What clients have left to ask for, where all workers are to know it. Nothing else depends on it, so
-- that it needs no log: after a crash every client begins anew.

CREATE UNLOGGED TABLE oms.budgets (
    client text             PRIMARY KEY,
    remaining  double precision NOT NULL,
    taken  boolean          NOT NULL,
    at     timestamptz      NOT NULL
) WITH (fillfactor = 50);

COMMENT ON TABLE oms.budgets IS
'What each client had left at a moment, in objects; it grows again with time. `taken` tells whether the
last request fitted in. One that is missing has all of it.';

GRANT SELECT, INSERT, UPDATE, DELETE ON oms.budgets TO oms_app;
