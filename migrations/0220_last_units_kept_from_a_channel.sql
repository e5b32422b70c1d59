-- A channel may be kept from the last units of a stock item. That moves nothing.

CREATE OR REPLACE FUNCTION oms.stock_moved(
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
        WHEN 'stock.StockPolicySet.v1', 'stock.ChannelShareSet.v1',
             'stock.ChannelSafetyStockSet.v1', 'stock.SupplyExpected.v1',
             'stock.SupplyRevised.v1', 'stock.SupplyCancelled.v1', 'stock.LotsPicked.v1' THEN
            NULL;
        ELSE
            RAISE EXCEPTION 'oms.stock_moved() does not know what % moves. Teach it in a migration.',
                topic;
    END CASE;
END $$;
