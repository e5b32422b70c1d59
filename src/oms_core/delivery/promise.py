"""What is promised about a delivery."""

from __future__ import annotations

from datetime import date

from oms_core.kernel.message import Message


class DeliveryPromise(Message):
    """The last parcel leaves on `ship_on`, and everything arrives from `earliest` to `latest`."""

    method: str
    ship_on: date
    earliest: date
    latest: date
