"""Commands on duty rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.duties.events import DutyRate, DutyRatesPublished
from oms_core.duties.schedule import DUTIES, DutySchedule
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Price, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money

MOST_RATES = 25_000
"""More than the headings of the EU's combined nomenclature, some 10,000."""

CodePrefix = Annotated[str, Field(pattern=r"^([0-9]([ .]?[0-9]){0,11})?$")]
Share = Annotated[Decimal, Field(ge=0, le=30, max_digits=9, decimal_places=6), AfterValidator(abs)]
Countries = Annotated[tuple[Country, ...], Field(max_length=250)]


def _one_each(amounts: tuple[Money, ...]) -> tuple[Money, ...]:
    if len({amount.currency for amount in amounts}) < len(amounts):
        raise ValueError("must each be in another currency")
    return amounts


def _told_apart(rates: tuple[DutyRate, ...]) -> tuple[DutyRate, ...]:
    if len({(rate.commodity_code, rate.origins) for rate in rates}) < len(rates):
        raise ValueError("must each be for another commodity code or other origins")
    return rates


class _DutyRate(DutyRate):
    rate: Share
    commodity_code: CodePrefix = ""
    origins: Countries = ()


class PublishDutyRates(Command):
    """Let goods that enter these countries from outside pay these rates: all of them."""

    territory: Code
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=250)]
    rates: Annotated[
        tuple[_DutyRate, ...], Field(max_length=MOST_RATES), AfterValidator(_told_apart)
    ]
    free_up_to: Annotated[tuple[Price, ...], Field(max_length=50), AfterValidator(_one_each)] = ()
    includes_shipping: bool = True

    def target(self) -> UUID:
        return DUTIES


class WithdrawDutyRates(Command):
    """Compute no duties any more for goods that enter a territory."""

    territory: Code
    reason: Text

    def target(self) -> UUID:
        return DUTIES


@handles(PublishDutyRates)
async def publish_duty_rates(command: PublishDutyRates, streams: Streams) -> DutySchedule:
    """Record the rates; refused when a country belongs to another territory."""
    [schedule] = await streams.find(DutySchedule, [DUTIES])
    schedule.publish(DutyRatesPublished(**command.model_dump()))
    return schedule


@handles(WithdrawDutyRates)
async def withdraw_duty_rates(command: WithdrawDutyRates, streams: Streams) -> DutySchedule:
    """Record that no rates hold."""
    [schedule] = await streams.find(DutySchedule, [DUTIES])
    schedule.withdraw(command.territory, command.reason)
    return schedule
