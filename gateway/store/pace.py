"""How documents fared, as a projection: behind the events, so that nothing on the road is slower by being counted."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OutboundState
from gateway.ledger.events import CARRYING_GIVEN_UP, CARRYING_OVERDUE, CARRYING_REFUSED, DOCUMENT_OVERDUE
from gateway.store.means import Transaction
from gateway.store.pace_days import recount
from gateway.store.pace_tables import DOCUMENT_PACE
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, EVENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

ANSWERS: Final = ("997", "999")
_A = AcknowledgementState
_UNSAID: Final = (_A.NONE, _A.AWAITED, _A.OVERDUE, _A.ASSUMED)
_NOT_TAKEN: Final = (CARRYING_REFUSED, CARRYING_GIVEN_UP, CARRYING_OVERDUE)
MOST_FAULTS: Final = 20
"""Of one document."""

_PLACE: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}(-[0-9]{2})?", re.ASCII)
_LONGEST: Final = timedelta(days=3650)


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(DOCUMENT_PACE)
    changed = {column.name: statement.excluded[column.name] for column in DOCUMENT_PACE.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=changed)


_PUT = ManyRows(_upsert)


@dataclass(frozen=True, slots=True)
class PaceProjector:
    """The table `document_pace` as a projection. `zone` says in which time zone a partner's day is, "" for nobody's."""

    zone: Callable[[str], str]

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        """Set how these documents fared so far."""
        rows = _standing(transaction, documents)
        late = _late(transaction, [row.id for row in rows if row.direction == "outbound"])
        refusals = _refusals(transaction, sorted({row.sending_id for row in rows if row.sending_id}))
        answered = _answered(transaction, sorted({row.interchange_id for row in rows if row.interchange_id}))
        there = [
            self._inbound(row, answered.get(row.interchange_id))
            if row.direction == "inbound"
            else self._outbound(row, late=row.id in late, refusals=refusals.get(row.sending_id, 0))
            for row in rows
            if _counts(row)
        ]
        before = _counted(transaction, documents)
        there = [one for one in there if before.get(one["document_id"]) != one]
        standing = {row.id for row in rows}
        gone = sorted(standing & before.keys() - {row.id for row in rows if _counts(row)})
        changed = [before[one] for one in (*gone, *(one["document_id"] for one in there)) if one in before]
        recount(transaction, changed, there)
        _PUT.run(transaction.connection, there)
        if gone:
            among = transaction.means.database.among(DOCUMENT_PACE.c.document_id, gone)
            transaction.connection.execute(delete(DOCUMENT_PACE).where(among))

    def _inbound(self, row: Any, answered_at: datetime | None) -> dict[str, Any]:
        after = _milliseconds(row.received_at, answered_at) if row.told else None
        told = [one for one in row.findings if one.get("effect") != "warn"] if row.told in ("R", "E") else []
        faults = _faults((str(one.get("code", "")), one) for one in told)
        return self._row(row, row.received_at, row.told, answered_after=after, faults=faults)

    def _outbound(self, row: Any, *, late: bool, refusals: int) -> dict[str, Any]:
        verdict = row.acknowledgement
        if row.state == OutboundState.SUPERSEDED and verdict in _UNSAID:
            verdict = OutboundState.SUPERSEDED.value
        had = next((one for one in (row.fetched_at, row.carried_at, row.confirmed_at) if one is not None), None)
        return self._row(
            row,
            row.sealed_at,
            verdict,
            answered_after=_milliseconds(had or row.sealed_at, row.acknowledged_at),
            fetched_after=_milliseconds(row.offered_at or row.sealed_at, row.fetched_at),
            late=late,
            refusals=refusals,
            faults=_faults((code, one) for one in row.acknowledgement_detail for code in one.get("codes", "").split()),
        )

    def _row(self, row: Any, at: datetime, verdict: str, **more: Any) -> dict[str, Any]:
        zone = self.zone(row.partner)
        known: dict[str, Any] = {
            "answered_after": None,
            "fetched_after": None,
            "late": False,
            "refusals": 0,
            "faults": [],
        }
        about = {name: getattr(row, name) for name in ("partner", "direction", "usage", "set_id")}
        day = at.astimezone(ZoneInfo(zone) if zone else UTC).date()
        return {"document_id": row.id, "day": day, "verdict": verdict, **about, **known, **more}


def _faults(told: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Each code with its place once: "AK403:7 IT1-03". What partners write for a place may be anything."""
    found = set()
    for code, one in told:
        name, element = str(one.get("segment", "")), one.get("element", 0)
        place = f"{name}-{element:02}" if element else name
        found.add(f"{code} {place}" if _PLACE.fullmatch(place) else code)
    return sorted(found)[:MOST_FAULTS]


def _counted(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """How documents fared when they were counted last."""
    if not ids:
        return {}
    wanted = select(DOCUMENT_PACE).where(transaction.means.database.among(DOCUMENT_PACE.c.document_id, ids))
    return {row.document_id: dict(row._mapping) for row in transaction.connection.execute(wanted)}


def _counts(row: Any) -> bool:
    """Whether it is counted at all: no acknowledgement, of a partner that is known, and gone out if it is ours."""
    if not row.partner or row.set_id in ANSWERS:
        return False
    return row.direction == "inbound" or (row.sealed_at is not None and row.state != OutboundState.COMBINED)


def _milliseconds(start: datetime, end: datetime | None) -> int | None:
    """None while it has not ended. Answers may overtake receipts: what came before it could is none at all."""
    return None if end is None else max(0, min(end - start, _LONGEST) // timedelta(milliseconds=1))


def _standing(transaction: Transaction, ids: Sequence[str]) -> Sequence[Any]:
    sending = OUTBOUND_INTERCHANGE
    shown = (
        *("id", "direction", "partner", "usage", "set_id", "state", "told", "acknowledgement", "acknowledged_at"),
        *("received_at", "interchange_id", "findings", "acknowledgement_detail"),
    )
    times = ("sealed_at", "offered_at", "fetched_at", "carried_at", "confirmed_at")
    statement = (
        select(
            *(DOCUMENT.c[name] for name in shown),
            sending.c.id.label("sending_id"),
            *(sending.c[name] for name in times),
        )
        .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
        .where(transaction.means.database.among(DOCUMENT.c.id, ids))
        .order_by(DOCUMENT.c.id)
    )
    return transaction.connection.execute(statement).all() if ids else ()


def _late(transaction: Transaction, ids: Sequence[str]) -> frozenset[str]:
    """Whose acknowledgement was overdue, whatever came after."""
    if not ids:
        return frozenset()
    among = transaction.means.database.among(EVENT.c.subject, ids)
    wanted = select(EVENT.c.subject).where(among, EVENT.c.kind == DOCUMENT_OVERDUE)
    return frozenset(transaction.connection.execute(wanted).scalars())


def _refusals(transaction: Transaction, sendings: Sequence[str]) -> Mapping[str, int]:
    """How often each interchange of ours was not taken, or not receipted in time."""
    if not sendings:
        return {}
    among = transaction.means.database.among(EVENT.c.subject, sendings)
    wanted = select(EVENT.c.subject, func.count()).where(among, EVENT.c.kind.in_(_NOT_TAKEN))
    return {row[0]: row[1] for row in transaction.connection.execute(wanted.group_by(EVENT.c.subject))}


def _answered(transaction: Transaction, interchanges: Sequence[str]) -> Mapping[str, datetime]:
    """When our 997 or 999 about each interchange was written and laid out."""
    if not interchanges:
        return {}
    table = ACKNOWLEDGEMENT
    among = transaction.means.database.among(table.c.interchange_id, interchanges)
    wanted = select(table.c.interchange_id, func.min(table.c.sealed_at)).where(among, table.c.kind.in_(ANSWERS))
    rows = transaction.connection.execute(wanted.group_by(table.c.interchange_id))
    return {row[0]: row[1] for row in rows}
