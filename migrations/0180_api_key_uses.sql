-- When API keys were used last. It is no part of the history: it says what may be revoked.

CREATE TABLE oms.api_key_uses (
    name         text        PRIMARY KEY,
    last_used_at timestamptz NOT NULL
);

COMMENT ON TABLE oms.api_key_uses IS
'When each API key was used last, to the hour: it is written once an hour at most, not with each request.';

GRANT SELECT, INSERT, UPDATE ON oms.api_key_uses TO oms_app;
