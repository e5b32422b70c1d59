"""Plays one order through the API: each step at its time, as far as the file's days go."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any

from oms_api.retail.client import SHIPMENTS, Client, Refused
from oms_api.retail.model import Times
from oms_api.retail.plan import CURRENCY, Credit, PlannedOrder

SHIPMENT_PATIENCE = 30.0
"""Seconds until the fulfillment process must have planned an order's shipments."""


class Stage(StrEnum):
    """How far an order came."""

    NOT_PLACED = "not placed: refused"
    OPEN = "open, not paid yet"
    PAID = "paid, not sent yet"
    ON_ITS_WAY = "on its way"
    DELIVERED = "delivered"
    CANCELLED = "cancelled by credit notes"


class OrderStory:
    """One order from its placement to wherever it stands at the end of the file's days."""

    def __init__(self, client: Client, order: PlannedOrder, times: Times, ends: datetime) -> None:
        self._client = client
        self._times = times
        self._ends = ends
        self.order = order
        self.stage = Stage.NOT_PLACED
        self.done: Counter[str] = Counter()

    async def play(self) -> None:
        """Play every step that lies within the file's days. Raises `Refused`."""
        await self._place()
        times = self._times
        kept_back = [credit for credit in self.order.credits if credit.at <= times.dispatched]
        await self._cancel([credit for credit in kept_back if credit.at < times.paid])
        if times.paid <= self._ends:
            await self._pay()
            self.stage = Stage.PAID
        await self._cancel([credit for credit in kept_back if credit.at >= times.paid])
        if sum(credit.quantity for credit in kept_back) == self.order.units:
            self.stage = Stage.CANCELLED
        elif times.dispatched <= self._ends:
            await self._send()

    async def _send(self) -> None:
        shipments = [shipment async for shipment in self._dispatch()]
        self.stage = Stage.ON_ITS_WAY
        if self._times.delivered <= self._ends:
            await self._deliver(shipments)
            self.stage = Stage.DELIVERED
            dispatched = self._times.dispatched
            await self._give_back([c for c in self.order.credits if c.at > dispatched])

    async def _do(self, command: str, step: str, /, **facts: object) -> dict[str, Any]:
        self.done[command] += 1
        key = f"retail:{self.order.number}:{step}"
        payload = await self._client.command(command, key, facts)
        self._position = payload["position"]
        return payload

    async def _place(self) -> None:
        order = self.order
        address = {  # the data have the country and nothing more
            "name": f"Customer {order.customer}",
            "street": "not in the data",
            "city": "not in the data",
            "postalCode": "-",
            "country": order.country,
        }
        payload = await self._do(
            "placeOrder",
            "place",
            number=order.number,
            channel="wholesale",
            currency=CURRENCY,
            placedAt=order.at.isoformat(),
            customer={"reference": order.customer},
            shippingAddress=address,
            lines=[
                {"sku": row.sku, "quantity": row.quantity, "unitPrice": _money(row.price)}
                for row in order.lines
            ],
            shippingPrice=_money(order.shipping),
        )
        placed = payload["order"]
        self._id = placed["id"]
        self._lines = [line["id"] for line in placed["lines"]]
        self._owed = Decimal(placed["total"]["amount"])
        self.stage = Stage.OPEN

    async def _pay(self) -> None:
        if not self._owed:
            return
        facts = {
            "orderId": self._id,
            "amount": _money(self._owed),
            "method": "card",
            "provider": "model",
            "reference": f"model-{self.order.number}",
        }
        await self._do(
            "authorizePayment", "authorize", **facts, occurredAt=self._times.paid.isoformat()
        )
        await self._do(
            "capturePayment", "capture", **facts, occurredAt=self._times.paid.isoformat()
        )

    async def _cancel(self, credits: Sequence[Credit]) -> None:
        for note, parts in _by_note(credits):
            payload = await self._do(
                "cancelOrder",
                f"cancel:{note}",
                orderId=self._id,
                reason=f"credit note {note}",
                lines=self._quantities(parts),
                occurredAt=parts[0].at.isoformat(),
            )
            order = payload["order"]
            self._owed = Decimal(order["total"]["amount"])
            paid = Decimal(order["captured"]["amount"]) - Decimal(order["refunded"]["amount"])
            await self._refund(note, paid - self._owed, parts[0].at)

    async def _refund(self, note: str, amount: Decimal, at: datetime) -> None:
        if amount > 0:
            await self._do(
                "refundPayment",
                f"refund:{note}",
                orderId=self._id,
                amount=_money(amount),
                method="card",
                provider="model",
                reference=f"model-{self.order.number}",
                occurredAt=at.isoformat(),
            )

    async def _dispatch(self) -> AsyncIterator[str]:
        for number, id in enumerate(await self._shipments(), start=1):
            await self._do(
                "dispatchShipment",
                f"dispatch:{number}",
                shipmentId=id,
                carrier=self._times.carrier,
                trackingNumber=f"MODEL-{self.order.number}-{number}",
                occurredAt=self._times.dispatched.isoformat(),
            )
            yield id

    async def _deliver(self, shipments: Sequence[str]) -> None:
        for number, id in enumerate(shipments, start=1):
            at = self._times.delivered.isoformat()
            await self._do("deliverShipment", f"deliver:{number}", shipmentId=id, occurredAt=at)

    async def _give_back(self, credits: Sequence[Credit]) -> None:
        for note, parts in _by_note(credits):
            at = max(parts[0].at, self._times.delivered)
            payload = await self._do(
                "requestReturn",
                f"return:{note}",
                orderId=self._id,
                lines=self._quantities(parts),
                reason=f"credit note {note}",
                occurredAt=at.isoformat(),
            )
            later = at + timedelta(minutes=1)
            await self._do(
                "receiveReturn",
                f"receive:{note}",
                returnId=payload["return"]["id"],
                restock=True,
                occurredAt=later.isoformat(),
            )
            amount = sum(
                (part.quantity * self.order.lines[part.line].price for part in parts), Decimal(0)
            )
            await self._refund(note, amount, later)

    def _quantities(self, parts: Sequence[Credit]) -> list[dict[str, Any]]:
        units: Counter[int] = Counter()
        for part in parts:
            units[part.line] += part.quantity
        return [{"lineId": self._lines[line], "quantity": count} for line, count in units.items()]

    async def _shipments(self) -> list[str]:
        """Wait until every unit that is to go is in a shipment: a process plans them."""
        until, pause = time.monotonic() + SHIPMENT_PATIENCE, 0.01
        while time.monotonic() < until:
            data = await self._client.query(
                SHIPMENTS, {"number": self.order.number, "minPosition": self._position}
            )
            if (order := data["order"]) is not None:
                going = [s for s in order["shipments"] if s["status"] != "CANCELLED"]
                units = sum(line["quantity"] for s in going for line in s["lines"])
                if units == sum(ln["reserved"] + ln["shipped"] for ln in order["lines"]):
                    return [shipment["id"] for shipment in going]
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        raise Refused(
            f"Order {self.order.number} got no shipments within {SHIPMENT_PATIENCE:.0f} seconds."
            " See `oms projections status`.",
            "NO_SHIPMENTS",
        )


def _by_note(credits: Sequence[Credit]) -> list[tuple[str, list[Credit]]]:
    ordered = sorted(credits, key=lambda credit: (credit.at, credit.invoice))
    return [(note, list(parts)) for note, parts in groupby(ordered, lambda c: c.invoice)]


def _money(amount: Decimal) -> dict[str, str]:
    return {"amount": str(amount), "currency": CURRENCY}
