"""What we sent, as answers of partners are matched to it: candidates found in one query for a batch, then locked."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, or_, select, type_coerce

from gateway.errors import MachineError
from gateway.ledger.acks import STATUSES, AcknowledgementState
from gateway.ledger.matching import (
    USED_BEFORE,
    WINDOW,
    GroupSaid,
    InterchangeSaid,
    Pair,
    SentGroup,
    SentInterchange,
    SetName,
    Standing,
)
from gateway.pipeline.reconcile import FIRST_ACCEPTED, Line, cut
from gateway.store import sendings
from gateway.store.contents import from_row
from gateway.store.means import Transaction
from gateway.store.successors import successor
from gateway.store.tables import CONTENT, DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, RECEIVED_ACKNOWLEDGEMENT
from gateway.x12.interchange import Segment

_TA1 = RECEIVED_ACKNOWLEDGEMENT
_LARGEST = 999_999_999
_HEADER = 106
"""Bytes of an ISA of ours: fixed widths, ISA09 and ISA10 stand at 70 and 77 (X12.5)."""


# ---------------------------------------------------------------------------------------------- candidates


def groups_for(transaction: Transaction, said: Sequence[GroupSaid]) -> list[SentGroup]:
    """Every group of ours that one of these may be about, by numbers and ids; `matching` decides."""
    numbers = _numbers(one.control_number for one in said)
    if not numbers:
        return []
    group, sending, among = OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, transaction.means.database.among
    statement = (
        select(
            *(group.c[name] for name in ("id", "functional_id", "control_number", "sets")),
            group.c.sender.label("gs_ours"),
            group.c.receiver.label("gs_theirs"),
            *(sending.c[name] for name in ("name", "sender", "receiver", "usage", "sealed_at", "resent_at")),
        )
        .join(sending, sending.c.id == group.c.interchange_id)
        .where(
            among(group.c.control_number, numbers),
            among(sending.c.receiver, sorted({one.pair.theirs for one in said})),
            _since(min(one.at for one in said) - WINDOW),
        )
        .order_by(group.c.id)
    )
    return [_group(row) for row in transaction.connection.execute(statement)]


def _group(row: Any) -> SentGroup:
    return SentGroup(
        id=row.id,
        name=f"group {row.functional_id} {row.control_number} in {row.name}",
        pair=Pair(ours=row.sender, theirs=row.receiver, usage=row.usage),
        functional_id=row.functional_id,
        control_number=row.control_number,
        gs_ours=row.gs_ours,
        gs_theirs=row.gs_theirs,
        sets=row.sets,
        sealed_at=row.sealed_at,
        resent_at=row.resent_at,
    )


def interchanges_for(transaction: Transaction, said: Sequence[InterchangeSaid]) -> list[SentInterchange]:
    """Every interchange of ours that one of these TA1s may be about."""
    numbers = _numbers(one.control_number for one in said)
    if not numbers:
        return []
    table, among = OUTBOUND_INTERCHANGE, transaction.means.database.among
    statement = (
        select(table, CONTENT.c.body)
        .join(CONTENT, CONTENT.c.sha256 == table.c.sha256)
        .where(
            among(table.c.receiver, sorted({one.pair.theirs for one in said})),
            among(table.c.control_number, numbers),
            _since(min(one.at for one in said) - WINDOW),
        )
        .order_by(table.c.id)
    )
    return [_interchange(transaction, row) for row in transaction.connection.execute(statement)]


def _interchange(transaction: Transaction, row: Any) -> SentInterchange:
    blobs, header = transaction.means.blobs, ""
    with contextlib.suppress(MachineError):  # a lost file keeps its own TA1 from being matched, and nobody else's
        header = blobs.read(from_row(blobs, row), 0, _HEADER).decode("latin-1")
    return SentInterchange(
        id=row.id,
        pair=Pair(ours=row.sender, theirs=row.receiver, usage=row.usage),
        control_number=row.control_number,
        date=header[70:76],
        time=header[77:81],
        sealed_at=row.sealed_at,
        resent_at=row.resent_at,
    )


def _since(at: datetime) -> ColumnElement[bool]:
    """Of interchanges: sealed since then, or sent once more."""
    return or_(OUTBOUND_INTERCHANGE.c.sealed_at >= at, OUTBOUND_INTERCHANGE.c.resent_at >= at)


def _numbers(texts: Iterable[str]) -> list[int]:
    """Those that can be control numbers of ours: the database takes no larger ones."""
    found = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 14}
    return sorted(number for number in found if 0 < number <= _LARGEST)


# ---------------------------------------------------------------------------------------------- locked


@dataclass(slots=True)
class SentDocument:
    """A set of ours with what is known of it; `standing` and `lines` change while a batch is gone through."""

    row: Any
    standing: Standing
    lines: Sequence[Line] = ()
    lasting: Sequence[Line] = ()
    """What is shown whatever is answered to it: that the one it was sent again for was accepted."""

    @property
    def name(self) -> SetName:
        """ST01 and ST02."""
        return self.row.set_id, self.row.set_control_number


@dataclass(slots=True)
class Locked:
    """Interchanges of ours that nobody else moves before the transaction ends, with their groups and documents."""

    transaction: Transaction
    interchanges: dict[str, Any] = field(default_factory=dict)
    ta1: dict[str, Standing] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    groups_of: dict[str, list[Any]] = field(default_factory=dict)
    """By interchange."""
    group_standings: dict[str, Standing] = field(default_factory=dict)
    documents: dict[str, list[SentDocument]] = field(default_factory=dict)
    """By group."""

    def segments(self, document: SentDocument) -> tuple[Segment, ...]:
        """A set as it was sent; () when its bytes cannot be read just now."""
        interchange = self.interchanges[self.groups[document.row.outbound_group_id].interchange_id]
        blobs = self.transaction.means.blobs
        content = select(CONTENT).where(CONTENT.c.sha256 == interchange.sha256)
        try:
            stored = from_row(blobs, self.transaction.connection.execute(content).one())
            return cut(blobs.read(stored, document.row.byte_offset, document.row.byte_length))
        except MachineError:
            return ()


def lock(
    transaction: Transaction, groups: Iterable[str], interchanges: Iterable[str], also: Sequence[str] = ()
) -> Locked:
    """Lock the interchanges with these ids and those of these groups, all that is in them, what took the place of any
    of that, and `also` other documents; and read it.
    """
    found = Locked(transaction)
    among, connection = transaction.means.database.among, transaction.connection
    group, wanted = OUTBOUND_GROUP, sorted(set(groups))
    of_groups = select(group.c.interchange_id).where(among(group.c.id, wanted))
    ids = sorted({*interchanges, *connection.execute(of_groups).scalars()}) if wanted or interchanges else []
    if not ids and not also:
        return found
    for row in sendings.lock(transaction, ids, [*also, *_successors(transaction, ids)]):
        found.interchanges[row.id] = row
        found.ta1[row.id] = Standing(AcknowledgementState(row.ta1))
    for id, at in connection.execute(_last_ta1s(among(_TA1.c.outbound_interchange_id, ids))):
        found.ta1[id] = replace(found.ta1[id], at=at)
    for row in connection.execute(select(group).where(among(group.c.interchange_id, ids)).order_by(group.c.id)):
        found.groups[row.id] = row
        found.groups_of.setdefault(row.interchange_id, []).append(row)
        found.group_standings[row.id] = Standing(AcknowledgementState(row.acknowledgement), row.acknowledged_at)
    _read(found)
    return found


def _read(found: Locked) -> None:
    """The documents of what is locked, as they stand now that nobody else moves them."""
    among = found.transaction.means.database.among
    of_documents = select(DOCUMENT).where(among(DOCUMENT.c.outbound_group_id, list(found.groups)))
    for row in found.transaction.connection.execute(of_documents.order_by(DOCUMENT.c.id)):
        standing = Standing(AcknowledgementState(row.acknowledgement), row.acknowledged_at)
        told = [Line(**one) for one in row.acknowledgement_detail]
        lasting = [one for one in told if one.line.startswith(FIRST_ACCEPTED)]
        lines = [one for one in told if one not in lasting]
        found.documents.setdefault(row.outbound_group_id, []).append(SentDocument(row, standing, lines, lasting))


def _successors(transaction: Transaction, interchanges: Sequence[str]) -> list[str]:
    """What counts instead of documents in these interchanges: it may be told that the first one was accepted."""
    among = transaction.means.database.among
    within = select(OUTBOUND_GROUP.c.id).where(among(OUTBOUND_GROUP.c.interchange_id, interchanges))
    gone = select(DOCUMENT.c.id).where(DOCUMENT.c.outbound_group_id.in_(within), DOCUMENT.c.state == "superseded")
    rows = transaction.connection.execute(gone).scalars().all() if interchanges else ()
    return [later for later in (successor(transaction.connection, row) for row in rows) if later]


def _last_ta1s(meant: ColumnElement[bool]) -> Select[Any]:
    """When the last TA1 came of which something can be told, by interchange; of that one which only calls a copy of it
    a duplicate (`matching.of_a_copy`) tells nothing.
    """
    sending, id = OUTBOUND_INTERCHANGE.c, _TA1.c.outbound_interchange_id
    telling = (_TA1.c.kind == "TA1") & _TA1.c.status.in_(sorted(STATUSES))
    copied = type_coerce(_TA1.c.detail, Text).contains(f'"note":"{USED_BEFORE}"')
    once = sending.resent_at.is_(None) | (sending.resent_at > _TA1.c.received_at)
    last = select(id, func.max(_TA1.c.received_at)).join(OUTBOUND_INTERCHANGE, sending.id == id)
    return last.where(meant, telling, once | ~copied).group_by(id)
