"""How to reach who buys: a wrong e-mail address is put right, and whose order it is stays."""

from __future__ import annotations

import pytest
from tests.domain.edits import edit, story, sums, view
from tests.domain.shop import LINE_1, ORDER, cancel, deliver, dispatch, paid

from oms_core.kernel.message import Command
from oms_core.orders.edit_commands import ContactChange
from oms_core.orders.events import Contact, OrderEdited
from oms_core.orders.placing import Customer
from oms_core.orders.refusals import OrderCancelled, OrderCompleted, ShippedPriceStays

ADA = Customer(reference="C-1", email="ada@exmaple.org", name="Ada", vat_id="DE136695976")
RIGHT = ContactChange(email="ada@example.org")


def test_what_is_not_said_anew_stays_as_it_was() -> None:
    begun = story(customer=ADA)
    before = sums(begun)
    done = begun.history.execute(edit(contact=RIGHT))
    [edited] = done.events[ORDER]
    assert isinstance(edited, OrderEdited)
    assert edited.contact == Contact(email="ada@example.org", name="Ada", vat_id="DE136695976")
    assert (edited.difference, edited.lines) == (0, ())
    known = view(begun).customer
    assert known.model_dump() == ADA.model_dump() | {"email": "ada@example.org"}
    assert sums(begun) == before
    begun.when(edit(contact=RIGHT)).then({})
    begun.when(edit(contact=ContactChange())).then({})


def test_an_edit_of_something_else_leaves_it_alone() -> None:
    begun = story(customer=ADA).after(edit(contact=RIGHT), edit({LINE_1: 2}))
    [*_, edited] = [e for e in begun.history.streams[ORDER] if isinstance(e, OrderEdited)]
    assert edited.contact is None
    assert view(begun).customer.email == "ada@example.org"


@pytest.mark.parametrize(
    ("first", "refusal"),
    [([cancel()], OrderCancelled), ([*paid("35.70"), dispatch(1), deliver(1)], OrderCompleted)],
)
def test_what_is_over_stays_as_it_was(
    first: list[Command], refusal: type[OrderCancelled | OrderCompleted]
) -> None:
    story(customer=ADA).after(*first).when(edit(contact=RIGHT)).refused(refusal)


def test_the_tax_rate_of_what_was_shipped_stays() -> None:
    begun = story().after(*paid("35.70"), dispatch(1))
    begun.when(edit(rates={LINE_1: "0.07"})).refused(
        ShippedPriceStays, "Refund a part instead", field="lines.0.tax_rate"
    )
