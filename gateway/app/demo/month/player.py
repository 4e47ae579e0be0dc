"""Plays a plan: partners, ERP and operators act at their times, and the gateway does between them what it does."""

import functools
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from gateway.app.demo.month.clock import Agenda, Clock
from gateway.app.demo.month.erp import PretendErp
from gateway.app.demo.month.goods import SHORT_OF, Payable, change_of, ordered, payment
from gateway.app.demo.month.house import House
from gateway.app.demo.month.operators import Operators
from gateway.app.demo.month.partner import EVERY_MINUTES, Body, System, systems
from gateway.app.demo.month.plan import Case, Order, Plan
from gateway.app.demo.month.replies import Replies
from gateway.app.demo.trade import wanted
from gateway.app.demo.trade.roles import Supplier, Warehouse
from gateway.backends.pretend.desk import Desk, Errand
from gateway.parcel import Content, Parcel
from gateway.pipeline.outbound.collect import document_id

TICK: Final = timedelta(minutes=10)
"""What happens within one is received together, and the gateway goes on at its end."""

ANSWERED_IN: Final = timedelta(seconds=2)
"""What comes within a tick is received together so long before its end."""

LOOKS: Final = timedelta(hours=1)
"""How often it is looked at least what follows from events and which deadlines are over."""

HEARTBEAT: Final = timedelta(hours=1)
SETS: Final[Mapping[str, str]] = {
    "order.v1": "850",
    "order_response.v1": "855",
    "shipment.v1": "856",
    "invoice.v1": "810",
    "warehouse_order.v1": "940",
}
"""What each canonical type of ours goes out as; Fernhill's invoices are 880s."""

_LATER: Final[Mapping[str, tuple[int, int]]] = {
    "order_response.v1": (15, 90),
    "warehouse_order.v1": (30, 120),
    "shipment.v1": (240, 600),
    "invoice.v1": (620, 900),
}
"""Minutes after which the ERP hands each in, from the least to the most."""

_SHIPS_SOON: Final = timedelta(hours=4)
"""What a warehouse has reported is announced so much earlier than what we pack ourselves."""

Then = Callable[[str], object]


@dataclass(slots=True)
class Month:
    """One month on its way. `run` plays it to its end; `tick` a step of it."""

    plan: Plan
    house: House
    clock: Clock
    erp: PretendErp
    after_look: Callable[[], object] = field(default=lambda: None)
    looks: timedelta = LOOKS
    agenda: Agenda = field(default_factory=Agenda)
    chance: random.Random = field(init=False)
    systems: Mapping[str, System] = field(init=False)
    desk: Desk = field(init=False)
    replies: Replies = field(init=False)
    operators: Operators = field(init=False)
    orders: dict[str, Order] = field(default_factory=dict)
    documents: dict[tuple[str, str], str] = field(default_factory=dict)
    """(order, set) -> the id of the document of ours."""
    posted: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """(order, set) -> what the ERP handed in."""
    faults: list[str] = field(default_factory=list)
    payable: list[Payable] = field(default_factory=list)
    warehouses: tuple[Warehouse, Warehouse] = field(init=False)
    supplier: Supplier = field(init=False)
    _arrivals: list[tuple[Parcel, Then | None]] = field(default_factory=list)
    _visits: set[str] = field(default_factory=set)
    _names: Counter[str] = field(default_factory=Counter)
    _payments: int = 0
    _looked: datetime = field(init=False)
    _moved: bool = True
    _sets: dict[str, int] = field(default_factory=dict)
    ours: int = 0
    """Documents of ours that there have to be: handed in, or sent again by a person."""

    def __post_init__(self) -> None:
        self._looked = self.plan.first
        self.chance = random.Random(self.plan.seed + 1)  # noqa: S311 - a game
        self.systems = systems(self.house.rules, tuple(EVERY_MINUTES))
        docks = {"fernhill": wanted.FERNHILL_DOCK}
        self.desk = Desk(
            us=wanted.US,
            warehouses={"acme": wanted.RENO},
            clock=self.clock,
            docks=docks,
            one_total=list(docks),
            completed=wanted.completed,
        )
        self.warehouses = (
            Warehouse("Northgate", {}, self.clock),
            Warehouse("Northgate", {SHORT_OF: Decimal(2)}, self.clock, _shipments=500_000),
        )
        self.supplier = Supplier("Kestrel", {"name": "KESTREL PACKAGING"}, self.clock)
        self.erp.took = self._took
        self.operators = Operators(self)
        self.replies = Replies(self)
        for order in self.plan.orders:
            self.open(order)
        self.operators.begin()
        moment = self.plan.first
        while moment <= self.plan.last:
            self.agenda.at(moment, _nothing)
            moment += HEARTBEAT
        for days in range(1, 31):
            if (self.plan.start + timedelta(days=days)).weekday() == 4 or days == 30:
                self.agenda.at(self.plan.first + timedelta(days=days, hours=15), self._pay)

    # ------------------------------------------------------------------------------------------ time

    def run(self, progress: Callable[[datetime], object] = lambda _at: None) -> None:
        """Play to the end of the month."""
        while self.tick():
            progress(self.clock.now)

    def tick(self) -> bool:
        """Play the next step. False when the month is over."""
        wakes = [one for one in (self.agenda.next_at(), self.house.work.next_at()) if one is not None]
        if not wakes or min(wakes) > self.plan.last:
            return False
        end = max(min(wakes), self.clock.now) + TICK
        while (found := self.agenda.pop(end)) is not None:
            moment, doing = found
            self.clock.forward(moment)
            self._moved |= doing is not _nothing
            doing()
        self.clock.forward(end - ANSWERED_IN)
        self._take_in()
        self.clock.forward(end)
        worked = self.house.go_on()
        self._moved |= worked > 0
        if worked:
            for partner in self.systems:
                self.visit_soon(partner)
        if end - self._looked >= self.looks:
            self.look()
        return True

    def look(self) -> None:
        """What is done every few seconds elsewhere; and whoever watches the month looks with it."""
        self._looked = self.clock.now
        self.house.look(moved=self._moved)
        self._moved = False
        while self.house.go_on():
            self.house.look()
        self.after_look()

    def soon(self, least: float, most: float) -> datetime:
        """Some minutes from now."""
        return self.clock.now + timedelta(minutes=self.chance.uniform(least, most))

    # ------------------------------------------------------------------------------------------ files that come

    def send(self, partner: str, content: bytes, then: Then | None = None) -> None:
        """A file comes from a partner now; `then` hears of its transmission."""
        self._names[partner] += 1
        name = f"{partner}-{self._names[partner]:05}.edi"
        self._arrive(self.systems[partner].channel, "sftp", content, then, file_name=name)

    def _arrive(self, channel: str, door: Any, content: bytes, then: Then | None, **about: str) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        if door == "intake":
            self.ours += 1
        else:
            self._sets[sha256] = content.count(b"~ST*") + content.count(b"~\r\nST*")
        stored = Content(sha256=sha256, size=len(content), inline=content)
        parcel = Parcel(channel=channel, door=door, content=stored, received_at=self.clock.now, **about)
        self._arrivals.append((parcel, then))

    def sent_sets(self, aside: Collection[str]) -> int:
        """Sets in the files that partners sent, each file counted once, but for those set `aside`."""
        return sum(count for sha256, count in self._sets.items() if sha256 not in aside)

    def _take_in(self) -> None:
        arrivals, self._arrivals = self._arrivals, []
        if arrivals:
            now = self.clock.now
            ids = self.house.receive([replace(parcel, received_at=now) for parcel, _ in arrivals])
            for (_, then), id in zip(arrivals, ids, strict=True):
                if then is not None:
                    then(id)

    def open(self, order: Order) -> None:
        """Put down how an order begins."""
        self.orders[order.number] = order
        at = self.agenda.at
        if order.partner == "kestrel":
            at(order.at, lambda: self._buy(order))
            return
        at(order.at, lambda: self._order(order))
        if order.case in (Case.CHANGE_FIRST, Case.CHANGE_AFTER):
            apart = timedelta(hours=-2) if order.case is Case.CHANGE_FIRST else timedelta(hours=26)
            at(order.at + apart, lambda: self.write(order.partner, "860", change_of(order, self._today)))

    def _order(self, order: Order) -> None:
        body = ordered(order, self._today)
        set_id = "875" if order.partner == "fernhill" else "850"
        content = self._written(order.partner, set_id, body)
        if order.case is Case.REFUSED_BY_US:
            self.send(order.partner, content.replace(f"*{order.number}*".encode(), b"**", 1))
            self.agenda.at(self.soon(200, 300), lambda: self.write(order.partner, set_id, body))
            return
        self.send(order.partner, content)
        if order.case is Case.ERP_REFUSED:
            self.erp.refuses.add(order.number)
        elif order.case is Case.ERP_SILENT:
            self.erp.silent.add(order.number)
        elif order.case is Case.FILE_TWICE:
            self.agenda.at(self.soon(20, 90), lambda: self.send(order.partner, content))
        elif order.case in (Case.NUMBER_TWICE, Case.NUMBER_LEFT):
            other = content.replace(order.number.encode(), f"{order.number}B".encode())
            then = functools.partial(self.operators.quarantined, order)
            self.agenda.at(self.soon(20, 90), lambda: self.send(order.partner, other, then))
        self.operators.watch(order)

    def write(self, partner: str, set_id: str, body: Body) -> None:
        """A partner writes a document and sends it now."""
        self.send(partner, self._written(partner, set_id, body))

    def _written(self, partner: str, set_id: str, body: Body) -> bytes:
        return self.systems[partner].write(set_id, body, self.clock.now)

    @property
    def _today(self) -> date:
        return self.clock.now.date()

    # ------------------------------------------------------------------------------------------ our ERP

    def _took(self, number: str, envelope: Mapping[str, Any]) -> None:
        """The ERP has a document: it hands in what follows, each after a while."""
        reported = envelope["schema"] == "warehouse_shipment.v1"
        for errand in self.desk.took(number, envelope):
            least, most = _LATER[errand.posted["schema"]]
            at = self.soon(least, most) - (_SHIPS_SOON if reported else timedelta())
            self.agenda.at(at, functools.partial(self.hand_in, errand))

    def _buy(self, order: Order) -> None:
        want = wanted.at_kestrel(self._today)
        for line in want["lines"]:
            line["quantity"] = str(self.chance.randrange(2, 40) * 500)
        self.hand_in(self.desk.buy("kestrel", order.number, want))

    def hand_in(self, errand: Errand, key: str = "") -> None:
        """The ERP posts a document."""
        posted = errand.posted
        body = posted["body"]
        order = str(body.get("po_number") or body["orders"][0]["po_number"])
        set_id = (
            "880" if (posted["schema"], posted["partner"]) == ("invoice.v1", "fernhill") else SETS[posted["schema"]]
        )
        self.posted[order, set_id] = posted

        def then(transmission: str) -> None:
            self.documents[order, set_id] = document_id(transmission)
            self.operators.handed_in(order, set_id)

        self._arrive("intake/erp", "intake", json.dumps(posted).encode(), then, message_id=key or errand.key)

    # ------------------------------------------------------------------------------------------ partners' mailboxes

    def visit_soon(self, partner: str) -> None:
        """Their system looks at its next time; one that is away looks when it is back."""
        if partner in self._visits:
            return
        self._visits.add(partner)
        every = timedelta(minutes=EVERY_MINUTES[partner])
        moment = self.plan.first + ((self.clock.now - self.plan.first) // every + 1) * every
        away, back = self.plan.away
        if partner == "kestrel" and away <= moment < back:
            moment = back
        self.agenda.at(moment, functools.partial(self._visit, partner))

    def _visit(self, partner: str) -> None:
        """Fetch everything, and remove it. Business is answered, our acknowledgements are not."""
        self._visits.discard(partner)
        channel, mailbox = self.systems[partner].channel, self.house.mailbox
        for one in mailbox.entries(channel, "outbound"):
            entry = mailbox.entry(channel, "outbound", one.name)
            if entry is None:
                continue
            content = b"".join(self.house.memory.blobs.chunks(entry.content))
            if self.replies.to(partner, content, one.name):
                mailbox.fetched(channel, entry)
            mailbox.remove(channel, "outbound", one.name)

    def done_about(self, partner: str, content: bytes) -> None:
        """What a partner does about business of ours that it accepted."""
        for set_id, body in self.systems[partner].read(content) if partner in ("kestrel", "northgate") else ():
            order = self.orders.get(str(body.get("po_number")))
            if set_id == "940":
                short = order is not None and order.case is Case.SHORT_SHIPPED
                at = self.soon(4 * 60, 20 * 60)
                self.agenda.at(at, functools.partial(self._ship, self.warehouses[short], body))
            elif set_id == "850":
                self._sell(order, body)

    def _ship(self, warehouse: Warehouse, order: Body) -> None:
        for set_id, body in warehouse.ship(order):
            self.write("northgate", set_id, body)

    def _sell(self, order: Order | None, body: Body) -> None:
        for minutes, (set_id, reply) in zip((90, 1_500, 1_620), self.supplier.sell(body), strict=True):
            if set_id == "855" and order is not None and order.case is Case.CHANGED:
                reply = _changed(reply)
            at = self.soon(minutes, minutes + 60)
            self.agenda.at(at, functools.partial(self.write, "kestrel", set_id, reply))

    def _pay(self) -> None:
        """ACME pays what it has taken."""
        invoices, self.payable = self.payable, []
        for start in range(0, len(invoices), 50):
            self._payments += 1
            part = invoices[start : start + 50]
            self.write("acme", "820", payment(self._payments, part, self._today))


def _nothing() -> None:
    """It is looked at what is over, though nothing happens."""


def _changed(reply: Body) -> Body:
    """A supplier's answer that promises less of the first line."""
    first, *rest = reply["lines"]
    less = str(int(first["quantity"]) - 500)
    answers = [{**one, "status": "quantity_changed", "quantity": less} for one in first["answers"][:1]]
    return {**reply, "answer": "accepted_with_changes", "lines": [{**first, "answers": answers}, *rest]}
