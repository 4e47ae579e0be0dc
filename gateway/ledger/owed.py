"""What has to follow an order: who owes it, by when, and whether it came. Pure rules over what stands in the tables.

    855   an answer, so long after the order was received (by whoever is to answer it)
    856   a ship notice, before the goods are to leave: the ship date as the last change of the order has it
    810   an invoice for each shipment, so long after its notice
    865   an answer to a change of the order

Reckoned anew from all documents of an order each time, so that it does not matter in which order they came.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from gateway.ledger.calendar import Calendar
from gateway.ledger.promises import (
    ANSWERS,
    CHANGES,
    INVOICES,
    ORDERS,
    PARTNER,
    SHIPMENTS,
    US,
    By,
    Promise,
    Promises,
)

State = Literal["open", "met", "waived", "ended"]

SAME_NUMBER: Final = timedelta(days=365)
"""After this an order under the same number is another order."""

CANCELLED: Final = "the order was cancelled"
DECLINED: Final = "the order was declined"
"""Why nothing follows an order any more, where it was called off."""

_NO_ORDERS: Final = frozenset({"cancellation", "confirmation", "duplicate", "information_copy"})
_NO_SHIPMENTS: Final = frozenset({"cancellation", "information_copy"})
_NO_INVOICES: Final = frozenset({"credit_memo", "debit_memo", "credit_invoice"})
_ALL_AT_ONCE: Final = "consolidated"
_SHIP_DATES: Final = (
    *("requested_ship", "scheduled_ship", "requested_pickup", "do_not_ship_after", "cancel_after"),
    *("requested_delivery", "scheduled_delivery", "do_not_deliver_after"),
)
"""When goods have to leave, by what the order says: the first of these that it has."""


# ---------------------------------------------------------------------------------------------- what there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document of an order, as far as it matters here.

    `counts_at` is when whoever waits for it had it: received and not refused; of ours: sent and not refused. None while
    it is not so. `on_its_way`: a document of ours that is not there yet. `refused`: whoever waits for it had it, and
    said no; nothing has taken its place. `came_at` is when we first saw it.
    `releases` are those that it names, "" and none alike. `dates` are those of its head, `lines` those of its lines, by
    line number, None for a line that it takes away. `shipments` are shipments that an invoice names. The notice of a
    warehouse counts as ours, though another partner sent it: it speaks for whoever ships.
    """

    id: str
    set_id: str
    ours: bool
    came_at: datetime
    counts_at: datetime | None
    on_its_way: bool = False
    refused: bool = False
    agreement: str = ""
    number: str = ""
    releases: frozenset[str] = frozenset()
    purpose: str = ""
    declines: bool = False
    dates: Mapping[str, date] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, date] | None] = field(default_factory=dict)
    shipments: frozenset[str] = frozenset()

    @property
    def order(self) -> tuple[datetime, str]:
        """What came first, whatever the order in which it is looked at."""
        return self.came_at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """Something that has to follow `subject`, a document of the order `order_id`.

    `due_at` is None where nobody can say: an order without any date to ship. `reckoned` says from what it is. `coming`
    is the document that is on its way and would meet it, `refused` the last that came and was refused. `ended` says why
    nothing is owed any more.
    """

    subject: str
    what: str
    by: By
    order_id: str
    agreement: str
    started_at: datetime
    due_at: datetime | None
    reckoned: str
    met_by: str = ""
    met_at: datetime | None = None
    coming: str = ""
    refused: str = ""
    ended: str = ""

    @property
    def state(self) -> State:
        """Whether it is still to come, where nobody waived it."""
        return "met" if self.met_by else "ended" if self.ended else "open"

    @property
    def late(self) -> bool:
        """Whether it came, and too late."""
        return self.met_at is not None and self.due_at is not None and self.met_at > self.due_at


def owing(papers: Iterable[Paper], promises: Promises, calendar: Calendar) -> list[Owing]:
    """All that is or was owed about one order number of one partner and stage, whatever the order of `papers`."""
    known = sorted(papers, key=lambda one: one.order)
    lives = [*_lives(known, ours=False), *_lives(known, ours=True)]
    found = [one for life in lives for one in _Reckoning(life, promises, calendar).all()]
    return sorted(found, key=lambda one: (one.subject, one.what, one.order_id))


# ---------------------------------------------------------------------------------------------- whose is what


@dataclass(slots=True)
class _Life:
    """One order with its sendings, and all that is about it."""

    orders: list[Paper]
    papers: list[Paper] = field(default_factory=list)
    replaced: bool = False

    @property
    def ours(self) -> bool:
        return self.orders[0].ours

    def theirs(self, sets: frozenset[str]) -> list[Paper]:
        """What the other side sent about it, in the order in which it counts."""
        there = [one for one in self.papers if one.set_id in sets and one.ours != self.ours]
        return sorted(
            (one for one in there if one.counts_at is not None), key=lambda one: (one.counts_at or one.came_at, one.id)
        )

    def own(self, sets: frozenset[str]) -> list[Paper]:
        """What the side that ordered said afterwards, in the order in which we saw it."""
        return [one for one in self.papers if one.set_id in sets and one.ours == self.ours and one.counts_at]

    def coming(self, sets: frozenset[str]) -> str:
        return next((one.id for one in self.papers if one.set_id in sets and one.on_its_way), "")

    def refused(self, sets: frozenset[str]) -> list[Paper]:
        """What the other side sent about it and had refused, in the order in which we saw it."""
        return [one for one in self.papers if one.set_id in sets and one.ours != self.ours and one.refused]


def _lives(papers: Sequence[Paper], *, ours: bool) -> list[_Life]:
    """An order under the same number is another one when it replaces the first, when it is of another release, or when
    it comes a year later. What names no release is about the one that there is; nobody guesses among several.
    """
    orders = [one for one in papers if one.set_id in ORDERS and one.ours == ours]
    opening = [one for one in orders if one.counts_at is not None and one.purpose not in _NO_ORDERS]
    known: dict[str, list[_Life]] = {}
    for one in opening:
        lives = known.setdefault(min(one.releases, default=""), [])
        again = bool(lives) and one.came_at - lives[-1].orders[0].came_at <= SAME_NUMBER
        if again and one.purpose != "replace":
            lives[-1].orders.append(one)
            continue
        if again:
            lives[-1].replaced = True
        lives.append(_Life([one]))
    for one in papers if known else ():
        if one not in opening:
            for release in _releases_of(one, list(known)):
                _life_of(one, known[release]).papers.append(one)
    return [life for lives in known.values() for life in lives]


def _releases_of(paper: Paper, known: Sequence[str]) -> list[str]:
    """Of the releases that were ordered those that a document is about."""
    named = paper.releases - {""}
    if not named:
        return list(known) if len(known) == 1 else [release for release in known if not release]
    return [release for release in known if release in named] or ([""] if list(known) == [""] else [])


def _life_of(paper: Paper, lives: Sequence[_Life]) -> _Life:
    begun = [life for life in lives if life.orders[0].came_at <= paper.came_at]
    return begun[-1] if begun else lives[0]


# ---------------------------------------------------------------------------------------------- what follows from it


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """One order."""

    life: _Life
    promises: Promises
    calendar: Calendar

    def all(self) -> Iterator[Owing]:
        for what, promise in self.promises(self._order.agreement).items():
            if promise.point == "shipment":
                yield from self._after_shipments(what, promise)
            else:
                yield self._after_the_order(what, promise)
        for change in self.life.own(CHANGES):
            for what, promise in self.promises(change.agreement).items():
                yield self._after_a_change(change, what, promise)

    @property
    def _order(self) -> Paper:
        return self.life.orders[0]

    @property
    def _by(self) -> By:
        return PARTNER if self.life.ours else US

    def _owing(self, subject: Paper, what: str, started: datetime, due: datetime | None, reckoned: str) -> Owing:
        return Owing(
            subject=subject.id,
            what=what,
            by=self._by,
            order_id=self._order.id,
            agreement=subject.agreement if subject.set_id in CHANGES else self._order.agreement,
            started_at=started,
            due_at=due,
            reckoned=reckoned,
            coming=self.life.coming(frozenset({what})),
        )

    def _after_the_order(self, what: str, promise: Promise) -> Owing:
        started = self._started()
        start: datetime | date | None = started
        reckoned = str(promise)
        if promise.point == "ship":
            start, named = self._ship_date()
            reckoned = f"{promise}, {named}" if named else f"{promise}, which the order does not say"
        due = promise.due(start, self.calendar) if start is not None else None
        found = self._refused(
            self._owing(self._order, what, started, due, reckoned), self.life.refused(frozenset({what}))
        )
        return self._met(found, self._good(frozenset({what}))) or replace(found, ended=self._ended(what))

    def _after_a_change(self, change: Paper, what: str, promise: Promise) -> Owing:
        started = change.counts_at or change.came_at
        found = self._owing(change, what, started, promise.due(started, self.calendar), str(promise))
        sets = frozenset({what})
        later = [one for one in self.life.theirs(sets) if one.came_at >= change.came_at]
        refused = [one for one in self.life.refused(sets) if one.came_at >= change.came_at]
        return self._met(found, later) or self._refused(found, refused)

    def _after_shipments(self, what: str, promise: Promise) -> Iterator[Owing]:
        shipments = self._shipments()
        invoices = _invoices_of(shipments, self.life.theirs(frozenset({what})))
        unbilled = [one for one in shipments if not invoices[one.id]]
        refused = _invoices_of(unbilled, self.life.refused(frozenset({what})))
        for shipment in shipments:
            started = shipment.counts_at or shipment.came_at
            found = self._owing(shipment, what, started, promise.due(started, self.calendar), str(promise))
            yield self._met(found, invoices[shipment.id]) or self._refused(found, refused[shipment.id])

    def _met(self, found: Owing, papers: Sequence[Paper]) -> Owing | None:
        if not papers:
            return None
        return replace(found, met_by=papers[0].id, met_at=papers[0].counts_at, coming="", refused="")

    def _refused(self, found: Owing, papers: Sequence[Paper]) -> Owing:
        return replace(found, refused=papers[-1].id) if papers else found

    # ------------------------------------------------------------------------------------------ of the order

    def _started(self) -> datetime:
        """When the other side had the order; of ours that were sent again, the last sending."""
        times = [one.counts_at for one in self.life.orders if one.counts_at is not None]
        return max(times) if self.life.ours else times[0]

    def _good(self, sets: frozenset[str]) -> list[Paper]:
        """What meets something: not what takes back, or is a copy for information."""
        refused = _NO_SHIPMENTS | (_NO_INVOICES if sets <= INVOICES else frozenset())
        there = self.life.theirs(sets)
        gone = {one.number for one in there if one.purpose == "cancellation" and sets & SHIPMENTS} - {""}
        return [one for one in there if one.purpose not in refused and one.number not in gone]

    def _ended(self, what: str) -> str:
        """Why nothing follows the order itself any more."""
        takes_back = [
            *(one for one in self.life.own(CHANGES) if one.purpose == "cancellation"),
            *(one for one in self.life.own(ORDERS) if one.purpose == "cancellation"),
        ]
        if self.life.replaced:
            return "another order took its place"
        if takes_back or self._dates_of_lines() == {}:
            return CANCELLED
        answers = self.life.theirs(ANSWERS)
        if what not in ANSWERS and answers and answers[-1].declines:
            return DECLINED
        return ""

    def _shipments(self) -> list[Paper]:
        """Each once, as it was first told; the notices of a warehouse only where the partner is sent none."""
        told = self._good(frozenset({"856"})) or [
            one for one in self.life.theirs(frozenset({"945"})) if one.purpose not in _NO_SHIPMENTS
        ]
        found: dict[str, Paper] = {}
        for one in told:
            found.setdefault(one.number or one.id, one)
        return list(found.values())

    # ------------------------------------------------------------------------------------------ its dates

    def _ship_date(self) -> tuple[date | None, str]:
        """The day on which goods have to leave as the last change has it, and what the order calls that."""
        head: dict[str, date] = {}
        for one in (*self.life.orders, *self.life.own(CHANGES)):
            head |= one.dates
        lines = [dates for dates in (self._dates_of_lines() or {}).values() if dates]
        for name in _SHIP_DATES:
            days = [head[name]] if name in head else [dates[name] for dates in lines if name in dates]
            if days:
                return min(days), f"{name.replace('_', ' ')} {min(days)}"
        return None, ""

    def _dates_of_lines(self) -> dict[str, Mapping[str, date]] | None:
        """Dates of the lines that are left; {} when a change took all of them away, None when none is known."""
        left: dict[str, Mapping[str, date]] = {}
        for one in (*self.life.orders, *self.life.own(CHANGES)):
            for number, dates in one.lines.items():
                if dates is None:
                    left.pop(number, None)
                else:
                    left[number] = {**left.get(number, {}), **dates}
        return left if any(one.lines for one in self.life.orders) else None


def _invoices_of(shipments: Sequence[Paper], invoices: Sequence[Paper]) -> dict[str, list[Paper]]:
    """Which invoices are for which shipment: those that name it; one for all where it says so; and then each for the
    earliest that has none. One invoice for two shipments that names neither leaves the second open, for a person: an
    unbilled shipment that nobody sees is the worse mistake.
    """
    found: dict[str, list[Paper]] = {one.id: [] for one in shipments}
    left: list[Paper] = []
    for invoice in invoices:
        if invoice.purpose in _NO_INVOICES:
            continue
        named = [one for one in shipments if one.number and one.number in invoice.shipments]
        if invoice.purpose == _ALL_AT_ONCE:
            named = [one for one in shipments if one.came_at <= invoice.came_at]
        for one in named:
            found[one.id].append(invoice)
        if not named:
            left.append(invoice)
    for invoice in left:
        open_ = next((one for one in shipments if not found[one.id]), None)
        if open_ is not None:
            found[open_.id].append(invoice)
    return found
