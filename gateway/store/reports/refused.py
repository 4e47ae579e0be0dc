"""Documents that were refused or noted, both ways, along indexes that have nothing else in them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, or_, select

from gateway.errors import MachineError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import OutboundState
from gateway.pipeline.reconcile import cut
from gateway.pipeline.reporting import MOST, NOTED, OPEN, REFUSED, Asked, Fault, Origins, Refusal, faults_of
from gateway.pipeline.reporting_remedies import DISPUTE, DISPUTED, meaning
from gateway.store.blobs import FileBlobs
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.successors import successor
from gateway.store.tables import CONTENT, DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE
from gateway.x12.advise import remedy_for
from gateway.x12.interchange import Segment

_A = AcknowledgementState
_AT_ONCE = 200
"""Documents whose bytes are read together: each may be in a file of its own."""

_SHOWN = (
    *("id", "partner", "agreement", "set_id", "version", "business_number", "thread", "usage", "state"),
    *("acknowledgement", "acknowledged_at", "acknowledgement_detail", "amount", "currency", "dated", "owner"),
    *("told", "findings", "received_at", "pins", "byte_offset", "byte_length", "business_at", "business_words"),
)
_INDEXED: Final = ("accepted_with_errors", "partially_accepted", "rejected", "waived")
"""As `ix_document_answered` has them; the question has to say so in the same words."""

_FOUND: Final = ("E", "R")
"""As `ix_document_found` has them."""


@dataclass(frozen=True, slots=True)
class StoreRefusals:
    """The `Refusals` port. `keeper` says who keeps an agreement, "" where nobody knows."""

    database: Database
    blobs: FileBlobs
    keeper: Callable[[str], str]
    origins: Origins

    def refused(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What partners refused of ours, the newest answer first."""
        states = [one.value for one in (OPEN if asked.open else REFUSED)]
        refused = [*self._ours(asked, states, limit), *self._disputed(asked, limit)]
        return sorted(refused, key=lambda one: (one.at, one.id), reverse=True)[:limit]

    def noted(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What partners use of ours, and noted errors in; the newest answer first."""
        return self._ours(asked, [one.value for one in NOTED], limit)

    def found(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What we refused or noted of theirs, the newest first."""
        at = DOCUMENT.c.received_at
        where = [_listed(DOCUMENT.c.told, _FOUND), *_conditions(self.database, asked, at)]
        with self.database.reading() as connection:
            rows = connection.execute(_statement(where, at, limit)).all()
        return [self._refusal(row, row.received_at, _findings(row.findings)) for row in rows]

    def _ours(self, asked: Asked, states: Sequence[str], limit: int) -> Sequence[Refusal]:
        at = DOCUMENT.c.acknowledged_at
        where = [_listed(DOCUMENT.c.acknowledgement, _INDEXED), DOCUMENT.c.acknowledgement.in_(states)]
        # What was overdue and then waived was never refused: nothing was said of it.
        where += [or_(DOCUMENT.c.acknowledgement != _A.WAIVED.value, DOCUMENT.c.acknowledgement_detail != [])]
        where += [at.is_not(None), *_conditions(self.database, asked, at)]
        found: list[Refusal] = []
        with self.database.reading() as connection:
            rows = connection.execute(_statement(where, at, limit)).all()
            for start in range(0, len(rows), _AT_ONCE):
                page = rows[start : start + _AT_ONCE]
                sets = dict(self._sets(connection, [row for row in page if row.acknowledgement_detail]))
                after = _instead(self.database, connection, page)
                found += [self._of_ours(row, sets.get(row.id, ()), after.get(row.id, ("", ""))) for row in page]
        return found

    def _disputed(self, asked: Asked, limit: int) -> Sequence[Refusal]:
        """What was taken as X12, and is contested as business: by an 824, or by who should pay it."""
        at = DOCUMENT.c.business_at
        where = [DOCUMENT.c.business == BusinessState.DISPUTED.value, DOCUMENT.c.business != literal_column("''")]
        where += [DOCUMENT.c.direction == "outbound"]
        where += [DOCUMENT.c.acknowledgement.not_in([one.value for one in REFUSED]), at.is_not(None)]
        with self.database.reading() as connection:
            rows = connection.execute(_statement([*where, *_conditions(self.database, asked, at)], at, limit)).all()
            after = _instead(self.database, connection, rows)
        faults = {row.id: [Fault(says=row.business_words, meaning=DISPUTED, to_do=DISPUTE)] for row in rows}
        return [
            replace(
                self._refusal(row, row.business_at, faults[row.id], after.get(row.id, ("", ""))), verdict="disputed"
            )
            for row in rows
        ]

    def _of_ours(self, row: Any, segments: Sequence[Segment], instead: tuple[str, str]) -> Refusal:
        def written(position: int, element: int) -> str:
            return self.origins.origin(row.pins, row.set_id, row.version, segments, (position, element))

        in_part = row.acknowledgement == _A.PARTIALLY_ACCEPTED
        faults = faults_of(row.acknowledgement_detail, segments, written, in_part=in_part)
        return self._refusal(row, row.acknowledged_at, faults, instead)

    def _refusal(self, row: Any, at: datetime, faults: Sequence[Fault], instead: tuple[str, str] = ("", "")) -> Refusal:
        ours = not row.told
        return Refusal(
            id=row.id,
            partner=row.partner,
            agreement=row.agreement,
            set_id=row.set_id,
            business_number=row.business_number,
            order=row.thread.get("order", ""),
            usage=row.usage,
            verdict=row.acknowledgement if ours else {"R": "refused by us"}.get(row.told, "noted by us"),
            at=at,
            amount=row.amount,
            currency=row.currency,
            dated=row.dated.isoformat() if row.dated else "",
            owner=row.owner or self.keeper(row.agreement),
            due=row.due or "",
            due_at=row.due_at,
            missed=row.missed_at is not None,
            instead=instead[0],
            instead_is=instead[1],
            faults=faults,
        )

    def _sets(self, connection: Connection, rows: Sequence[Any]) -> Iterator[tuple[str, Sequence[Segment]]]:
        """What was sent, segment by segment; nothing where its bytes cannot be read: all else is wanted then too."""
        where = self.database.among(DOCUMENT.c.id, [row.id for row in rows])
        sending = OUTBOUND_INTERCHANGE
        statement = (
            select(DOCUMENT.c.id, DOCUMENT.c.byte_offset, DOCUMENT.c.byte_length, CONTENT)
            .join(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
            .join(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
            .join(CONTENT, CONTENT.c.sha256 == sending.c.sha256)
        )
        for row in connection.execute(statement.where(where)) if rows else ():
            try:
                data = self.blobs.read(from_row(self.blobs, row), row.byte_offset, row.byte_length)
            except MachineError:
                continue
            yield row.id, cut(data)


def _statement(where: Sequence[ColumnElement[bool]], at: Any, limit: int) -> Any:
    return (
        select(*(DOCUMENT.c[name] for name in _SHOWN), *(DEADLINE.c[name] for name in ("due", "due_at", "missed_at")))
        .outerjoin(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
        .where(*where)
        .order_by(at.desc(), DOCUMENT.c.id.desc())
        .limit(min(limit, MOST))
    )


def _conditions(database: Database, asked: Asked, at: Any) -> list[ColumnElement[bool]]:
    """SQLite would go through all of a partner's documents, whatever became of them, by the index of partners: what is
    no bare column keeps it to the index of what was said.
    """
    found: list[ColumnElement[bool]] = []
    for name, value in (("partner", asked.partner), ("set_id", asked.set_id), ("usage", asked.usage)):
        if value:
            column: Any = DOCUMENT.c[name]
            found.append((column.concat("") if database.kind == "sqlite" else column) == value)
    if asked.since is not None:
        found.append(at >= asked.since)
    if asked.until is not None:
        found.append(at < asked.until)
    if asked.open:  # what another took the place of is corrected
        found.append(DOCUMENT.c.state != OutboundState.SUPERSEDED.value)
    return found


def _listed(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """One of some words that stand in the statement itself: only so is the index of these rows found."""
    listed: ColumnElement[bool] = column.in_(bindparam("listed", list(values), expanding=True, literal_execute=True))
    return listed


def _instead(database: Database, connection: Connection, rows: Sequence[Any]) -> Mapping[str, tuple[str, str]]:
    """For documents that another took the place of: which, and where that stands."""
    after = {row.id: successor(connection, row.id) for row in rows if row.state == OutboundState.SUPERSEDED}
    wanted = sorted({one for one in after.values() if one})
    known = select(DOCUMENT.c.id, DOCUMENT.c.state, DOCUMENT.c.acknowledgement)
    stands = {
        row.id: row.acknowledgement or row.state
        for row in (connection.execute(known.where(database.among(DOCUMENT.c.id, wanted))) if wanted else ())
    }
    return {id_: (one, stands.get(one, "purged")) for id_, one in after.items() if one}


def _findings(findings: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """What we told a partner, or would have: warnings are ours alone."""
    return [_finding(one) for one in findings if one.get("effect") != "warn"]


def _finding(one: Mapping[str, Any]) -> Fault:
    who, advice = remedy_for(one["code"], rejects=one.get("effect") == "reject")
    name, element = one.get("segment", ""), one.get("element", 0)
    return Fault(
        says=one.get("message", ""),
        code=one["code"],
        meaning=meaning(one["code"]),
        place=f"{name}-{element:02}" if name and element else name,
        value=one.get("value"),
        to_do=f"the partner: {advice}" if who == "partner" and advice else advice,
    )
