"""Customers with something to say: claims for what arrived damaged or not at all, and letters."""

from __future__ import annotations

from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimOpened, ClaimProblem, ClaimResolution
from oms_core.conversations.commands import AddAttachment, AddNote, RecordMessage
from oms_core.conversations.events import Direction
from oms_core.orders.events import LinesDelivered, OrderPlaced
from oms_core.orders.labeling import LinkOrders, TagOrder, UnlinkOrders
from oms_core.orders.links import LinkKind


class Complainers(Person):
    """Claim something now and then; the desk decides, at times twice."""

    def listen(self) -> None:
        self.on(LinesDelivered, lambda id, _: self._delivered(id))
        self.on(ClaimOpened, lambda id, _: self._opened(id))
        self.on(OrderPlaced, lambda id, _: self._talk(id))

    def _delivered(self, id: UUID) -> None:
        if self.chance(0.08):
            self.world.soon(30, lambda: self._claim(id))

    def _claim(self, id: UUID) -> None:
        problem = self.one_of(list(ClaimProblem))
        lines = tuple(
            ClaimedLine(line_id=part.line_id, quantity=part.quantity, problem=problem)
            for part in self.some(self.order(id), lambda line: line.returnable)
        )
        if lines:
            self.ask(OpenClaim(claim_id=self.world.new_id(), order_id=id, lines=lines))

    def _opened(self, id: UUID) -> None:
        for _ in range(self.one_of([1, 1, 1, 2])):
            self.world.soon(20, lambda: self._resolve(id))

    def _resolve(self, id: UUID) -> None:
        self.ask(
            ResolveClaim(
                claim_id=id,
                credit_id=self.world.new_id(),
                resolution=self.one_of(list(ClaimResolution)),
                number=f"R-{self.rng.getrandbits(48)}",
                placed_at=self.now,
                allow_backorder=self.chance(0.5),
                return_id=self.world.new_id(),
            )
        )

    def _talk(self, id: UUID) -> None:
        if not self.chance(0.05):
            return
        new = self.world.new_id
        self.ask(AddNote(order_id=id, note_id=new(), text="calls again on Monday"))
        self.ask(
            RecordMessage(
                order_id=id,
                message_id=new(),
                direction=self.one_of(list(Direction)),
                channel="e-mail",
                text="Where is it?",
            )
        )
        self.ask(
            AddAttachment(
                order_id=id,
                attachment_id=new(),
                name="photo.jpg",
                media_type="image/jpeg",
                reference="archive 7",
            )
        )
        tags = self.rng.sample(["vip", "gift", "late"], 2)
        self.ask(TagOrder(order_id=id, add=tuple(tags[:1]), remove=tuple(tags[1:])))
        other = self.one_of(self.world.orders()).id
        kind = self.one_of(list(LinkKind))
        self.ask(LinkOrders(order_id=id, kind=kind, other_order_id=other))
        if self.chance(0.3):
            unlink = UnlinkOrders(order_id=id, kind=kind, other_order_id=other)
            self.world.soon(10, lambda: self.ask(unlink))
