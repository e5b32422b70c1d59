-- What a payment provider told and was refused: for people to see, until it is told again and taken.

CREATE TABLE oms.refused_news (
    provider   text        NOT NULL,
    reference  text        NOT NULL,
    event_id   text        NOT NULL,
    kind       text        NOT NULL,
    code       text        NOT NULL,
    message    text        NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (provider, event_id, reference)
);

COMMENT ON TABLE oms.refused_news IS
'What providers told of payments and was refused, such as of a reference that nobody knows.';
COMMENT ON COLUMN oms.refused_news.refused_at IS 'When it was refused last.';

GRANT SELECT, INSERT, UPDATE, DELETE ON oms.refused_news TO oms_app;
