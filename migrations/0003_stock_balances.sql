-- Overselling is refused by the database itself. A trigger books every stock event on the balance of
-- its stream, in the same transaction and from the event's own body, so that no bug in the program
-- and no statement typed by hand can promise a unit that is not there.

CREATE TABLE oms.stock_balances (
    stream_id  uuid   PRIMARY KEY,
    on_hand    bigint NOT NULL DEFAULT 0,
    reserved   bigint NOT NULL DEFAULT 0,
    least_left bigint NOT NULL DEFAULT 0,
    CONSTRAINT nothing_leaves_that_is_not_there CHECK (on_hand >= 0),
    CONSTRAINT nothing_is_released_twice CHECK (reserved >= 0),
    CONSTRAINT nothing_is_oversold CHECK (least_left >= 0)
) WITH (fillfactor = 50);  -- room to update a row within its page

COMMENT ON TABLE oms.stock_balances IS
'What the events of each stock item add up to, by stream. Only the trigger on oms.events writes it.';
COMMENT ON COLUMN oms.stock_balances.reserved IS
'Units promised. A count may find less on hand than that; a new promise never makes it so.';
COMMENT ON COLUMN oms.stock_balances.least_left IS
'on_hand - reserved right after the last promises: the least of it in their transaction.';

GRANT SELECT ON oms.stock_balances TO oms_app;

CREATE FUNCTION oms.units_of(body json) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT sum((line ->> 'quantity')::bigint) FROM json_array_elements(body -> 'lines') AS line);

COMMENT ON FUNCTION oms.units_of IS 'The units of all lines of an event.';

CREATE FUNCTION oms.stock_moved(topic text, body json, OUT on_hand bigint, OUT reserved bigint)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    on_hand := 0;
    reserved := 0;
    CASE topic
        WHEN 'stock.StockReceived.v1' THEN on_hand := body ->> 'quantity';
        WHEN 'stock.StockAdjusted.v1' THEN on_hand := body ->> 'delta';
        WHEN 'stock.StockReserved.v1' THEN reserved := oms.units_of(body);
        WHEN 'stock.ReservationReleased.v1' THEN reserved := -oms.units_of(body);
        WHEN 'stock.StockShipped.v1' THEN
            reserved := -oms.units_of(body);
            on_hand := reserved;
        ELSE
            RAISE EXCEPTION 'oms.stock_moved() does not know what % moves. Teach it in a migration.',
                topic;
    END CASE;
END $$;

COMMENT ON FUNCTION oms.stock_moved IS
'By how much an event of a stock item changes what is on hand and what is reserved.';

INSERT INTO oms.stock_balances (stream_id, on_hand, reserved)
SELECT stream_id, sum(on_hand), sum(reserved)
FROM oms.events CROSS JOIN LATERAL oms.stock_moved(topic, body)
WHERE topic LIKE 'stock.%' GROUP BY stream_id;

-- With the rights of its owner: the application can't write balances in any other way.
CREATE FUNCTION oms.book_stock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO oms.stock_balances (stream_id)
    SELECT stream_id FROM new_events WHERE topic LIKE 'stock.%' AND version = 1;

    UPDATE oms.stock_balances AS balance
    SET on_hand = balance.on_hand + moved.on_hand,
        reserved = balance.reserved + moved.reserved,
        least_left = coalesce(balance.on_hand - balance.reserved + moved.least, least_left)
    FROM (
        SELECT stream_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
               min(left_over) FILTER (WHERE reserved > 0) AS least
        FROM (
            SELECT stream_id, on_hand, reserved,
                   sum(on_hand - reserved) OVER (PARTITION BY stream_id ORDER BY version) AS left_over
            FROM new_events CROSS JOIN LATERAL oms.stock_moved(topic, body)
            WHERE topic LIKE 'stock.%'
        ) AS moves
        GROUP BY stream_id
    ) AS moved
    WHERE balance.stream_id = moved.stream_id;
    RETURN NULL;
END $$;

CREATE TRIGGER stock_is_booked AFTER INSERT ON oms.events
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION oms.book_stock();
