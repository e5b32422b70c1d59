"""A card number that somebody sends is refused, and nothing of it is kept anywhere."""

from __future__ import annotations

from tests.api.running import Client, Running
from tests.api.shop import Shop

CARD = "4111 1111 1111 1111"
TABLES = """SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""


def test_a_card_number_is_refused_and_leaves_no_trace(database_url: str) -> None:
    with Running(OMS_DATABASE_URL=database_url) as server:
        with Client(server.url, database_url) as client:
            shop = Shop(client)
            order = shop.placed()
            error = client.refused("holdOrder", orderId=order["id"], reason=f"card {CARD}, check")
            assert error["field"] == ["input", "reason"]
            assert error["code"] == "INVALID"
            assert error["message"] == (
                "`reason` must not contain a card number; leave it with the payment provider."
            )
            named = shop.order(idempotencyKey=CARD)
            error = client.refused("placeOrder", **named)
            assert error["field"] == ["input", "idempotencyKey"]
            customer = {"reference": CARD, "name": f"Ada {CARD}"}
            placed = client.do("placeOrder", **shop.order(customer=customer))
            assert [error["field"][1:] for error in placed["userErrors"]] == [
                ["customer", "reference"],
                ["customer", "name"],
            ]
            client.refused("authorizePayment", **shop.payment(order, reference=CARD))
            for [table] in client.rows(TABLES):
                found = f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s"
                assert client.rows(found, "%4111%1111%") == [(0,)], table
        assert server.stop() == 0
    assert not [line for line in server.log if "1111" in line]
