"""Sealing: what is translated gets its numbers, its bytes and its place in the outbound folder, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, select, update

from gateway.errors import MachineError
from gateway.ledger.acks import AcknowledgementState, SendingState
from gateway.ledger.events import DOCUMENT_HELD, DOCUMENT_SEALED, SENDING_OFFERED
from gateway.parcel import Content
from gateway.pipeline.outbound.seal import InterchangeDraft, Packing, Sealed, Unsealed
from gateway.pipeline.outbound.stage import LANES
from gateway.store import carryings, contents, events
from gateway.store.documents import KEYS
from gateway.store.entries import entry_row, free_name, put_entries, taken_names
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.numbers import Numbered, allocate
from gateway.store.outbound import seal_later
from gateway.store.rows import ManyRows
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, UNSEALED_SET

log = structlog.get_logger("gateway.store")

_NUMBERED = (
    *("ordinal", "outbound_group_id", "interchange_control_number", "group_control_number", "set_control_number"),
    *("byte_offset", "byte_length", "acknowledgement"),
)
_INTERCHANGES = ManyRows(lambda insert: insert(OUTBOUND_INTERCHANGE))
_GROUPS = ManyRows(lambda insert: insert(OUTBOUND_GROUP))
_SEAL = (
    update(DOCUMENT)
    .where(DOCUMENT.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in _NUMBERED} | {"state": "sealed", "reason": ""})
)


# ---------------------------------------------------------------------------------------------- sealing


def record(write: Callable[[Callable[[Transaction], int]], int], packing: Packing) -> int:
    """Seal all in one transaction, as `write` runs it; when one cannot be written, each in its own, and the one that
    is at fault is held. Returns how many documents went anywhere. Raises MachineError only.
    """
    try:
        return write(lambda transaction: _record(transaction, packing))
    except MachineError:
        raise
    except Exception as fault:
        log.warning("seal.one_by_one", error=type(fault).__name__, exc_info=True)
    return sum(_alone(write, draft) for draft in packing.drafts) + write(
        lambda transaction: _put_off(transaction, packing)
    )


def _alone(write: Callable[[Callable[[Transaction], int]], int], draft: InterchangeDraft) -> int:
    try:
        return write(lambda transaction: _record(transaction, Packing(drafts=(draft,), later={})))
    except MachineError:
        raise
    except Exception as fault:
        log.exception("seal.unwritable", documents=[one.id for one in draft.sets])
        reason = f"the gateway could not seal it: {type(fault).__name__}"
    return write(lambda transaction: _hold(transaction, draft, reason))


def _record(transaction: Transaction, packing: Packing) -> int:
    later = _put_off(transaction, packing)
    won = _won(transaction, [one for draft in packing.drafts for one in draft.sets])
    drafts = [replace(draft, sets=tuple(one for one in draft.sets if one.id in won)) for draft in packing.drafts]
    drafts = [draft for draft in drafts if draft.sets]
    if not drafts:
        return later
    numbers = {counter: iter(given) for counter, given in allocate(transaction, _wanted(drafts)).items()}
    written = [_written(transaction, draft, numbers, won) for draft in drafts]
    _name(transaction, written)
    contents.put(transaction, [one.content for one in written])
    _INTERCHANGES.run(transaction.connection, [_interchange_row(transaction, one) for one in written])
    _GROUPS.run(transaction.connection, [_group_row(one) for one in written])
    put_entries(transaction, [_entry(transaction, one) for one in written if not one.draft.push])
    carryings.lay_out(transaction, [_carrying(transaction, one) for one in written if one.draft.push])
    rows = [row for one in written for row in _document_rows(transaction, one)]
    transaction.connection.execute(_SEAL.values(state_at=transaction.now), rows)
    among = transaction.means.database.among(UNSEALED_SET.c.document_id, list(won))
    transaction.connection.execute(delete(UNSEALED_SET).where(among))
    KEYS.run(transaction.connection, [key for row in rows for key in _keys(row)])
    events.record(transaction, [change for one in written for change in _changes(one)])
    return later + len(won)


def _won(transaction: Transaction, sets: Sequence[Unsealed]) -> Mapping[str, str]:
    """The documents that are ours to seal, locked, each with its transmission: still translated, and not translated
    again since they were read. What another node has in hand is left to it.
    """
    table, since = DOCUMENT, {one.id: one.since for one in sets}
    statement = (
        select(table.c.id, table.c.transmission_id, table.c.state_at)
        .where(transaction.means.database.among(table.c.id, list(since)), table.c.state == "translated")
        .order_by(table.c.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = transaction.connection.execute(statement)
    return {row.id: row.transmission_id for row in found if row.state_at == since[row.id]}


@dataclass(slots=True, kw_only=True)
class _Written:
    """A draft with its numbers and bytes; `transmissions` by document."""

    draft: InterchangeDraft
    id: str
    group: str
    interchange_number: int
    group_number: int
    name: str
    sealed: Sealed
    content: Content
    transmissions: Mapping[str, str]

    @property
    def expected(self) -> str:
        """What a set or group of it is owed."""
        wanted = self.draft.terms.expects != "none"
        return str(AcknowledgementState.AWAITED if wanted else AcknowledgementState.NONE)


def _counters(draft: InterchangeDraft) -> tuple[Numbered, Numbered]:
    """The same counters that our acknowledgements use."""
    terms = draft.terms
    return (
        Numbered("ISA13", draft.ours, draft.theirs, terms.usage),
        Numbered("GS06", terms.gs_sender, terms.gs_receiver),
    )


def _wanted(drafts: Sequence[InterchangeDraft]) -> Mapping[Numbered, int]:
    return Counter(counter for draft in drafts for counter in _counters(draft))


def _written(
    transaction: Transaction,
    draft: InterchangeDraft,
    numbers: Mapping[Numbered, Iterator[int]],
    transmissions: Mapping[str, str],
) -> _Written:
    interchange_number, group_number = (next(numbers[counter]) for counter in _counters(draft))
    sealed = draft.seal(interchange_number=interchange_number, group_number=group_number, now=transaction.now)
    return _Written(
        draft=draft,
        id=transaction.means.new_id(),
        group=transaction.means.new_id(),
        interchange_number=interchange_number,
        group_number=group_number,
        name=draft.name(interchange_number, transaction.now),
        sealed=sealed,
        content=transaction.means.blobs.keep(sealed.data),
        transmissions=transmissions,
    )


def _name(transaction: Transaction, written: Sequence[_Written]) -> None:
    """Names as agreed, made different where a channel had the name already: nothing is ever replaced."""
    taken = taken_names(transaction, [(one.draft.terms.channel, one.name) for one in written])
    for one in written:
        one.name = free_name(taken, one.draft.terms.channel, one.name, one.id)


def _interchange_row(transaction: Transaction, one: _Written) -> dict[str, Any]:
    terms = one.draft.terms
    return {
        "id": one.id,
        "partner": terms.partner,
        "channel": terms.channel,
        "sender": one.draft.ours,
        "receiver": one.draft.theirs,
        "usage": terms.usage,
        "control_number": one.interchange_number,
        "version": terms.interchange_version,
        "lane": terms.lane,
        "name": one.name,
        "sha256": one.content.sha256,
        "size": one.content.size,
        "state": str(SendingState.OFFERED),
        "ta1": str(AcknowledgementState.AWAITED if terms.ta1_requested else AcknowledgementState.NONE),
        "ta1_note": "",
        "sealed_at": transaction.now,
        "offered_at": transaction.now,
        "fetched_at": None,
        "confirmed_at": None,
    }


def _group_row(one: _Written) -> dict[str, Any]:
    terms = one.draft.terms
    return {
        "id": one.group,
        "interchange_id": one.id,
        "functional_id": terms.functional_id,
        "sender": terms.gs_sender,
        "receiver": terms.gs_receiver,
        "control_number": one.group_number,
        "version": terms.version,
        "sets": len(one.draft.sets),
        "acknowledgement": one.expected,
        "included": None,
        "received": None,
        "accepted": None,
        "acknowledged_at": None,
    }


def _document_rows(transaction: Transaction, one: _Written) -> Iterator[dict[str, Any]]:
    for ordinal, (each, (offset, length)) in enumerate(zip(one.draft.sets, one.sealed.places, strict=True), start=1):
        yield {
            "key": each.id,
            "ordinal": ordinal,
            "outbound_group_id": one.group,
            "interchange_control_number": f"{one.interchange_number:09}",
            "group_control_number": str(one.group_number),
            "set_control_number": f"{ordinal:04}",
            "byte_offset": offset,
            "byte_length": length,
            "acknowledgement": one.expected,
        }


def _keys(row: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name, column in (("ISA13", "interchange"), ("GS06", "group"), ("ST02", "set")):
        yield {"document_id": row["key"], "name": name, "value": row[f"{column}_control_number"]}


def _entry(transaction: Transaction, one: _Written) -> dict[str, Any]:
    return entry_row(
        transaction,
        channel=one.draft.terms.channel,
        folder="outbound",
        name=one.name,
        state="ready",
        content=one.content,
        sending=one.id,
    )


def _carrying(transaction: Transaction, one: _Written) -> dict[str, Any]:
    terms = one.draft.terms
    return carryings.row(
        transaction,
        channel=terms.channel,
        kind="interchange",
        subject=one.id,
        partner=terms.partner,
        name=one.name,
        content=one.content,
        lane=LANES[terms.lane],
        usage=terms.usage,
    )


def _changes(one: _Written) -> Iterator[Change]:
    sets = one.draft.sets
    numbers = {"isa13": f"{one.interchange_number:09}", "gs06": str(one.group_number)}
    for ordinal, each in enumerate(sets, start=1):
        yield Change(
            transmission=one.transmissions[each.id],
            subject=each.id,
            kind=DOCUMENT_SEALED,
            detail={**numbers, "st02": f"{ordinal:04}", "interchange": one.id},
        )
    yield Change(
        transmission=one.transmissions[sets[0].id] if len(sets) == 1 else "",
        subject=one.id,
        kind=SENDING_OFFERED,
        detail={"name": one.name, "channel": one.draft.terms.channel, **numbers},
    )


# ---------------------------------------------------------------------------------------------- what may not go


def _put_off(transaction: Transaction, packing: Packing) -> int:
    """Those of a closed channel wait for its hours."""
    rows = []
    for document, opens in sorted(packing.later.items()):
        values = {"opens_at": opens, "due_at": opens}
        transaction.connection.execute(
            update(UNSEALED_SET).where(UNSEALED_SET.c.document_id == document).values(values)
        )
        rows.append(values)
    seal_later(transaction, rows)
    return len(rows)


def _hold(transaction: Transaction, draft: InterchangeDraft, reason: str) -> int:
    won = _won(transaction, draft.sets)
    among = transaction.means.database.among
    transaction.connection.execute(
        update(DOCUMENT)
        .where(among(DOCUMENT.c.id, list(won)))
        .values(state="held", reason=reason, state_at=transaction.now)
    )
    transaction.connection.execute(delete(UNSEALED_SET).where(among(UNSEALED_SET.c.document_id, list(won))))
    events.record(
        transaction,
        [Change(transmission=won[one], subject=one, kind=DOCUMENT_HELD, why=reason) for one in sorted(won)],
    )
    return len(won)
