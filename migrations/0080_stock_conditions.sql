-- Stock has conditions: units on hold or damaged are there, but can't be promised. The database knows
-- of every event that moves units, and refuses promises of what is unsellable too.

ALTER TABLE oms.stock_balances
    ADD COLUMN unsellable bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT what_is_unsellable_is_there CHECK (unsellable BETWEEN 0 AND on_hand);

COMMENT ON COLUMN oms.stock_balances.unsellable IS 'Units on hand that are on hold or damaged.';
COMMENT ON COLUMN oms.stock_balances.least_left IS
'on_hand - unsellable - reserved right after the last promises or transfers: the least of it in
their transaction.';

CREATE OR REPLACE FUNCTION oms.units_of(body json) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(sum((line ->> 'quantity')::bigint), 0)
        FROM json_array_elements(body -> 'lines') AS line);

DROP FUNCTION oms.stock_moved(text, json);

CREATE FUNCTION oms.stock_moved(
    topic text, body json,
    OUT on_hand bigint, OUT reserved bigint, OUT unsellable bigint, OUT takes boolean
)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    units constant bigint := body ->> 'quantity';
    on_the_shelf constant boolean := NOT coalesce((body ->> 'made_to_order')::boolean, false);
BEGIN
    on_hand := 0;
    reserved := 0;
    unsellable := 0;
    takes := false;
    CASE topic
        WHEN 'stock.StockReceived.v1' THEN
            on_hand := units;
            IF coalesce(body ->> 'condition', 'AVAILABLE') <> 'AVAILABLE' THEN
                unsellable := units;
            END IF;
        WHEN 'stock.StockAdjusted.v1', 'stock.StockCounted.v1' THEN on_hand := body ->> 'delta';
        WHEN 'stock.StockConditionChanged.v1' THEN
            unsellable := units * ((body ->> 'after' <> 'AVAILABLE')::int
                                   - (body ->> 'before' <> 'AVAILABLE')::int);
        WHEN 'stock.StockScrapped.v1' THEN
            on_hand := -units;
            IF body ->> 'condition' <> 'AVAILABLE' THEN
                unsellable := -units;
            END IF;
        WHEN 'stock.StockReserved.v1' THEN
            IF on_the_shelf THEN
                reserved := oms.units_of(body);
                takes := true;
            END IF;
        WHEN 'stock.ReservationReleased.v1' THEN
            IF on_the_shelf THEN
                reserved := -oms.units_of(body);
            END IF;
        WHEN 'stock.StockShipped.v1' THEN
            IF on_the_shelf THEN
                reserved := -oms.units_of(body);
                on_hand := reserved;
            END IF;
        WHEN 'stock.StockTransferredOut.v1' THEN
            on_hand := -units;
            takes := true;
        WHEN 'stock.StockPolicySet.v1', 'stock.ChannelShareSet.v1', 'stock.SupplyExpected.v1',
             'stock.SupplyRevised.v1', 'stock.SupplyCancelled.v1' THEN
            NULL;
        ELSE
            RAISE EXCEPTION 'oms.stock_moved() does not know what % moves. Teach it in a migration.',
                topic;
    END CASE;
END $$;

COMMENT ON FUNCTION oms.stock_moved IS
'By how much an event of a stock item changes what is on hand, reserved and unsellable, and whether
it takes units that must be free.';

CREATE OR REPLACE FUNCTION oms.book_stock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO oms.stock_balances (stream_id)
    SELECT stream_id FROM new_events WHERE topic LIKE 'stock.%' AND version = 1;

    UPDATE oms.stock_balances AS balance
    SET on_hand = balance.on_hand + moved.on_hand,
        reserved = balance.reserved + moved.reserved,
        unsellable = balance.unsellable + moved.unsellable,
        least_left = coalesce(
            balance.on_hand - balance.unsellable - balance.reserved + moved.least, least_left)
    FROM (
        SELECT stream_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
               sum(unsellable) AS unsellable, min(left_over) FILTER (WHERE takes) AS least
        FROM (
            SELECT stream_id, on_hand, reserved, unsellable, takes,
                   sum(on_hand - unsellable - reserved)
                       OVER (PARTITION BY stream_id ORDER BY version) AS left_over
            FROM new_events CROSS JOIN LATERAL oms.stock_moved(topic, body)
            WHERE topic LIKE 'stock.%'
        ) AS moves
        GROUP BY stream_id
    ) AS moved
    WHERE balance.stream_id = moved.stream_id;
    RETURN NULL;
END $$;
