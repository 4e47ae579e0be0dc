"""What has to be true whatever happens: looked at after every step where something moved, and as a whole at the end.

Nothing here trusts what it looks at: states are replayed from the events by the tables of the ledger, deadlines are
reckoned minute by minute, numbers are read from what partners fetched, effects are counted by the ERP.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.app.demo.month.minutes import WallClock
from gateway.app.demo.month.player import Month
from gateway.app.keepers import keepers
from gateway.ledger import deadlines, events
from gateway.ledger.acks import ACKNOWLEDGEMENT, AcknowledgementState
from gateway.ledger.business import BUSINESS, EVENTS, BusinessState
from gateway.ledger.calendar import Duration
from gateway.ledger.deadlines import Due
from gateway.ledger.document import DOCUMENT as INBOUND
from gateway.ledger.document import OUTBOUND, TOLD_AS, DocumentState, Life, OutboundState
from gateway.pipeline.reconciling import Wanted
from gateway.store.deadline_tables import DEADLINE
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.tables import DOCUMENT, EVENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, TRANSMISSION

_LIVES: Final[Mapping[str, Life[Any]]] = {"inbound": INBOUND, "outbound": OUTBOUND}
_STATES: Final[Mapping[str, type[StrEnum]]] = {"inbound": DocumentState, "outbound": OutboundState}
_ROAD: Final = frozenset(kind for life in _LIVES.values() for to in life.moves.values() for kind in to.values())
_SAID: Final = frozenset({events.DOCUMENT_ACKNOWLEDGED, events.DOCUMENT_OVERDUE, events.DOCUMENT_ASSUMED}) | {
    events.DOCUMENT_WAIVED
}
_COLUMNS: Final = (
    *("id", "direction", "partner", "agreement", "set_id", "owner"),
    *("state", "acknowledgement", "business"),
)
_BUSINESS: Final = frozenset(EVENTS.values())
_REPORTED: Final = 50
_SLACK: Final = timedelta(hours=2)
"""A missed deadline is noticed at the next step, an hour later at most; see `HEARTBEAT`."""


@dataclass(slots=True)
class _Place:
    """Where a document can stand by its events so far."""

    road: frozenset[Any] = frozenset({None})
    said: frozenset[Any] = frozenset({None})
    business: frozenset[Any] = frozenset({BusinessState.NONE})


@dataclass(slots=True)
class Invariants:
    """Those of one month. `broken` has each breach in words; it has to stay empty."""

    month: Month
    broken: list[str] = field(default_factory=list)
    looked: Counter[str] = field(default_factory=Counter)
    _places: dict[str, _Place] = field(default_factory=lambda: defaultdict(_Place))
    _number: int = 0
    _walls: dict[str, WallClock] = field(default_factory=dict)
    _keeper: Callable[[str], str] | None = None

    def step(self) -> None:
        """Whatever moved since the last look."""
        with self.month.house.memory.database.reading() as connection:
            after = (EVENT.c.number > self._number, EVENT.c.kind.startswith("document."))
            columns = (EVENT.c.number, EVENT.c.subject, EVENT.c.kind, EVENT.c.detail, EVENT.c.at)
            moved = connection.execute(select(*columns).where(*after).order_by(EVENT.c.number)).all()
            if not moved:
                return
            self._number = moved[-1].number
            subjects = list(dict.fromkeys(one.subject for one in moved))
            rows = {row.id: row for row in self._documents(connection, subjects)}
            for one in moved:
                if (row := rows.get(one.subject)) is not None:
                    self._replay(row, one)
            self._compare(connection, list(rows.values()))

    def whole(self) -> Sequence[str]:
        """Everything, at the end. Returns what is broken."""
        self.step()
        with self.month.house.memory.database.reading() as connection:
            for fault in (
                *self._all_known(connection),
                *self._counts(connection),
                *self._effects(connection),
                *self._noticed(connection),
            ):
                self._break(fault)
        for fault in (*self._numbers(), *self._audit(), *self._days()):
            self._break(fault)
        return self.broken

    def _break(self, fault: str) -> None:
        if len(self.broken) < _REPORTED:
            self.broken.append(f"{self.month.clock.now:%Y-%m-%d %H:%M}: {fault}")

    def _documents(self, connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
        among = self.month.house.memory.database.among(DOCUMENT.c.id, ids)
        return connection.execute(select(*(DOCUMENT.c[name] for name in _COLUMNS)).where(among)).all()

    # ------------------------------------------------------------------------------------------ moves and events

    def _replay(self, row: Any, event: Any) -> None:
        self.looked["events"] += 1
        place, kind = self._places[row.id], TOLD_AS.get(event.kind, event.kind)
        if kind in _ROAD:
            place.road = self._moved(row, event, _LIVES[row.direction], place.road, kind)
        if kind in _SAID or (kind == events.DOCUMENT_SEALED and row.direction == "outbound"):
            place.said = self._moved(row, event, ACKNOWLEDGEMENT, place.said, kind)
        if kind in _BUSINESS:
            place.business = self._moved(row, event, BUSINESS, place.business, kind)
        said = event.detail.get("acknowledgement") if kind in _SAID else None
        if said is not None:
            place.said = frozenset(one for one in place.said if one == said)

    def _moved(self, row: Any, event: Any, life: Life[Any], before: frozenset[Any], kind: str) -> frozenset[StrEnum]:
        after = frozenset(to for one in before for to, told in life.moves.get(one, {}).items() if told == kind)
        if not after:
            places = "/".join(sorted(str(one or "nothing") for one in before))
            self._break(f"unlawful: {event.kind} of {row.direction} {row.id}, which was {places}")
        return after

    def _compare(self, connection: Connection, rows: Sequence[Any]) -> None:
        """The columns are where the last event left them, and what is not done has deadline and owner."""
        running = self._deadlines(connection, [row.id for row in rows])
        for row in rows:
            self.looked["documents"] += 1
            place = self._places[row.id]
            said = AcknowledgementState(row.acknowledgement) if row.direction == "outbound" else None
            if row.state not in place.road:
                self._break(f"a move without its event: {row.id} is {row.state}, its events say {_words(place.road)}")
            if row.direction == "outbound" and said not in place.said and (said or None) not in place.said:
                self._break(f"said without its event: {row.id} is {said}, its events say {_words(place.said)}")
            if row.business not in place.business:
                self._break(f"business without its event: {row.id} is {row.business}, not {_words(place.business)}")
            place.business = frozenset({BusinessState(row.business)})
            place.road = frozenset({_STATES[row.direction](row.state)})
            place.said = frozenset({said if said in place.said else said or None})
            self._has_deadline(row, running.get(row.id))

    # ------------------------------------------------------------------------------------------ deadlines

    def _deadlines(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Any]:
        columns = (DEADLINE, OUTBOUND_INTERCHANGE.c.fetched_at, OUTBOUND_INTERCHANGE.c.offered_at)
        among = self.month.house.memory.database.among(DEADLINE.c.document_id, ids)
        statement = (
            select(*columns)
            .join(DOCUMENT, DOCUMENT.c.id == DEADLINE.c.document_id)
            .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
            .outerjoin(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == OUTBOUND_GROUP.c.interchange_id)
            .where(among)
        )
        return {row.document_id: row for row in connection.execute(statement)}

    def _has_deadline(self, row: Any, running: Any) -> None:
        inbound = row.direction == "inbound"
        due = (
            deadlines.inbound(row.state)
            if inbound
            else deadlines.outbound(row.state, row.acknowledgement, pushed=False)
        )
        found = Due(running.due) if running is not None else Due.NONE
        if found is not due:
            self._break(f"{row.id} is {row.state} {row.acknowledgement}: due is {due!r}, there stands {found!r}")
            return
        if running is None:
            return
        self.looked["deadlines"] += 1
        if not (row.owner or self._owner(row)):
            self._break(f"nobody owns {row.id}, {row.set_id} of {row.partner}, and it is not done")
        if due is Due.ACKNOWLEDGEMENT and running.started_at != running.fetched_at:
            self._break(f"the clock of {row.id} does not begin when the partner fetched it")
        self._right_time(row, due, running)

    def _owner(self, row: Any) -> str:
        if self._keeper is None:
            self._keeper = keepers(self.month.house.memory)
        return self._keeper(row.agreement) or self.month.house.rules.book.partners[row.partner].owner

    def _right_time(self, row: Any, due: Due, running: Any) -> None:
        length = self.month.house.clocks.length(due, row.partner, row.agreement)
        wanted = self._reckoned(row.partner, length, running.started_at)
        if wanted is not None and wanted != running.due_at:
            self._break(
                f"{row.id} of {row.partner}: {length} from {running.started_at} are over at {wanted}, "
                f"and its deadline is {running.due_at}"
            )

    def _reckoned(self, partner: str, length: Duration, start: datetime) -> datetime | None:
        if not length.business:
            return start + timedelta(**{length.unit: length.count})
        if partner not in self._walls:
            calendar, plan = self.month.house.clocks.calendar(partner), self.month.plan
            self._walls[partner] = WallClock(
                zone=calendar.time_zone,
                hours=[(sorted(one.days), one.start, one.end) for one in calendar.hours],
                holidays=sorted(calendar.holidays),
                first=plan.first - timedelta(days=1),
                last=plan.last + timedelta(days=9),
            )
        return self._walls[partner].after(start, length.count, length.unit, business=True)

    def _noticed(self, connection: Connection) -> Iterator[str]:
        """No deadline is over and nobody noticed."""
        table = DEADLINE
        over = select(table).where(table.c.missed_at.is_(None), table.c.due_at < self.month.clock.now - _SLACK)
        for row in connection.execute(over):
            yield f"the deadline of {row.document_id} was over at {row.due_at}, and nobody noticed"

    # ------------------------------------------------------------------------------------------ counts

    def _all_known(self, connection: Connection) -> Iterator[str]:
        """Every document began with an event, and the whole of them stand where their events say."""
        rows = connection.execute(select(DOCUMENT.c.id, DOCUMENT.c.state, DOCUMENT.c.acknowledgement))
        for row in rows:
            place = self._places.get(row.id)
            if place is None:
                yield f"{row.id} has no event at all"
            elif row.state not in place.road:
                yield f"{row.id} is {row.state} without an event: they say {_words(place.road)}"
        unowned = select(DOCUMENT.c.id).where(DOCUMENT.c.partner == "")
        yield from (f"{row.id} belongs to no partner" for row in connection.execute(unowned))

    def _counts(self, connection: Connection) -> Iterator[str]:
        """What was sent to us is what we have; what was handed in is what goes out."""
        files = connection.execute(select(func.count()).select_from(TRANSMISSION)).scalar_one()
        if files != self.month.house.received:
            yield f"{self.month.house.received} files came, {files} are known"
        waiting = connection.execute(select(func.count()).where(TRANSMISSION.c.state == "received")).scalar_one()
        if waiting:
            yield f"{waiting} files were never opened"
        by_way = select(DOCUMENT.c.direction, func.count()).group_by(DOCUMENT.c.direction)
        have = {row[0]: int(row[1]) for row in connection.execute(by_way)}
        sets = self.month.sent_sets(self._aside(connection))
        if have.get("inbound", 0) != sets:
            yield f"partners sent {sets} sets that count, there are {have.get('inbound', 0)} documents"
        ours = self.month.ours
        if have.get("outbound", 0) != ours:
            yield f"we have {have.get('outbound', 0)} documents to send, {ours} were handed in or sent again"

    def _aside(self, connection: Connection) -> set[str]:
        """Hashes of files of which nothing counts: set aside."""
        waits = select(TRANSMISSION.c.sha256).join(INTERCHANGE, INTERCHANGE.c.transmission_id == TRANSMISSION.c.id)
        return set(connection.execute(waits.where(INTERCHANGE.c.state == "quarantined")).scalars())

    # ------------------------------------------------------------------------------------------ effects and numbers

    def _effects(self, connection: Connection) -> Iterator[str]:
        """What the ERP has it has once; and it has what is delivered, and nothing else."""
        effects = self.month.erp.effects
        yield from (f"{key} had an effect {count} times" for key, count in effects.items() if count != 1)
        delivered = select(DOCUMENT.c.id).where(DOCUMENT.c.direction == "inbound", DOCUMENT.c.state == "delivered")
        told = select(EVENT.c.subject).where(EVENT.c.kind == events.DOCUMENT_DELIVERED)
        here, ever = (set(connection.execute(one).scalars()) for one in (delivered, told))
        there = {key.rpartition(".")[0] for key in effects}
        yield from (f"{one} is delivered, and the ERP has it not" for one in sorted(here - there))
        yield from (f"the ERP has {one}, and nothing tells of it" for one in sorted(there - ever))

    def _numbers(self) -> Iterator[str]:
        """ISA13 and GS06 that partners saw: one after the other, none twice."""
        for (partner, what), seen in sorted(self.month.replies.numbers.items()):
            twice = [number for number, files in seen.items() if len(files) > 1]
            yield from (f"{partner} got {what} {number} in different files" for number in twice)
            gaps = sorted(set(range(1, max(seen) + 1)) - seen.keys()) if seen else []
            if gaps:
                yield f"{partner} never got {what} {', '.join(map(str, gaps[:5]))}"

    def _days(self) -> Iterator[str]:
        """What the gateway itself counts of each day adds up. That partners skip numbers of theirs is their affair."""
        partners, plan = self.month.house.rules.book.partners, self.month.plan
        zones = {name: profile.time_zone for name, profile in partners.items()}
        store = StoreReconciling(self.month.house.memory.database, lambda name: zones.get(name, ""))
        wanted = Wanted(first=plan.first.date(), last=self.month.clock.now.date())
        for day in store.days(wanted):
            for one in day.differences:
                if one.column != "gaps":
                    yield f"{day.partner} on {day.day} does not add up: {one.words}"

    def _audit(self) -> Iterator[str]:
        verified = self.month.house.memory.audit.verify()
        if verified.broken is not None:
            yield f"the audit trail does not fit: {verified.broken}"


def _words(places: frozenset[Any]) -> str:
    return " or ".join(sorted(str(one or "nothing") for one in places)) or "nothing"
