"""Documents of ours: written down when they are handed in, and again when a person has one replayed."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from gateway.ledger.document import OUTBOUND as LIFE
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_COLLECTED
from gateway.pipeline.outbound.seal import due_at, envelope_of, most_sets
from gateway.pipeline.outbound.stage import LANES, Collected, OutboundOutcome, segments_as_plain
from gateway.store import contents, crossref_waiting, events, findings, parts, sendings, waits, work
from gateway.store.contents import from_row
from gateway.store.crossref_waiting import Waiting
from gateway.store.documents import KEYS, keys_of, put_canonicals
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import CONTENT, DOCUMENT, DOCUMENT_KEY, TRANSMISSION, UNSEALED_SET

_INSERT = ManyRows(lambda insert: insert(DOCUMENT))


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(UNSEALED_SET)
    kept = {"document_id"}
    replaced = {column.name: statement.excluded[column.name] for column in UNSEALED_SET.c if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=replaced)


_PUT_UNSEALED = ManyRows(_upsert)


def create(transaction: Transaction, handed_in: Sequence[tuple[Any, OutboundOutcome]]) -> None:
    """Write documents of (their transmission's row, what became of them), with what follows."""
    if not handed_in:
        return
    parts.lock(transaction, [one for _, one in handed_in])
    _INSERT.run(transaction.connection, [_new_row(transaction, received, one) for received, one in handed_in])
    KEYS.run(transaction.connection, [row for _, one in handed_in for row in _key_rows(one)])
    changes = []
    for received, one in handed_in:
        about = {"transmission": received.id, "subject": one.id}
        changes.append(Change(**about, kind=DOCUMENT_COLLECTED, who=f"channel/{received.channel}"))
        if one.state != "collected":
            changes.append(Change(**about, kind=_kind(one), why=one.reason))
    events.record(transaction, changes)
    _follow(transaction, [one for _, one in handed_in])
    crossref_waiting.record(transaction, _waiting(one for _, one in handed_in))


def collected(means: Means, ids: Sequence[str]) -> list[Collected]:
    """Those that are still "collected", in order of their ids, with what was handed in."""
    statement = (
        select(DOCUMENT, CONTENT)
        .join(TRANSMISSION, TRANSMISSION.c.id == DOCUMENT.c.transmission_id)
        .join(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
        .where(means.database.among(DOCUMENT.c.id, ids), DOCUMENT.c.state == "collected")
        .order_by(DOCUMENT.c.id)
    )
    with means.database.reading() as connection:
        rows = connection.execute(statement).all()
    return waits.readable(means, rows, lambda row: _collected(means, row))


def _collected(means: Means, row: Any) -> Collected:
    others = parts.others(means, [row.id]) if row.part else {}
    return Collected(
        id=row.id,
        transmission=row.transmission_id,
        posted=b"".join(means.blobs.chunks(from_row(means.blobs, row))),
        received_at=row.received_at,
        pins=row.pins,
        original=row.original,
        others=others.get(row.id, ()),
        together=row.id in others,
    )


def record(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> None:
    """Write what translating again came to, for those that are still "collected"; the others write nothing."""
    members = parts.lock(transaction, outcomes)
    crossref_waiting.lock_for(transaction, outcomes)
    sendings.lock(transaction, (), [*members, *(one.id for one in outcomes)])
    locked = _locked(transaction, [one.id for one in outcomes])
    mine = parts.claim(transaction, [one for one in outcomes if one.id in locked])
    for one in mine:
        values = _translated(transaction, one)
        if one.state == "dead":  # nothing new is known of it
            values = {name: values[name] for name in ("state", "reason", "state_at")}
        transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == one.id).values(values))
    read = [one for one in mine if one.state != "dead"]
    among = transaction.means.database.among(DOCUMENT_KEY.c.document_id, [one.id for one in read])
    transaction.connection.execute(delete(DOCUMENT_KEY).where(among))
    KEYS.run(transaction.connection, [row for one in read for row in _key_rows(one)])
    changes = [
        Change(transmission=locked[one.id].transmission_id, subject=one.id, kind=_kind(one), why=one.reason)
        for one in mine
        if one.state != "collected"
    ]
    events.record(transaction, changes)
    _follow(transaction, mine)
    crossref_waiting.record(transaction, _waiting(mine), [one.id for one in mine])


def _waiting(outcomes: Iterable[OutboundOutcome]) -> list[Waiting]:
    """Held documents of ours that wait for rows of cross references."""
    return [
        Waiting(document=one.id, partner=one.partner, direction="outbound", lacking=one.lacking)
        for one in outcomes
        if one.lacking is not None and one.state == "held"
    ]


def _locked(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, Any]:
    table = DOCUMENT
    among = transaction.means.database.among(table.c.id, ids)
    statement = (
        select(table).where(among, table.c.state == "collected").order_by(table.c.id).with_for_update(key_share=True)
    )
    return {row.id: row for row in transaction.connection.execute(statement)}


def _kind(outcome: OutboundOutcome) -> str:
    return LIFE.event(OutboundState.COLLECTED, OutboundState(outcome.state))


def _follow(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> None:
    """Canonical bodies, what waits to be sealed, and the work that seals it."""
    put_canonicals(transaction, [(one, 1) for one in outcomes])
    rows = _unsealed(transaction, [one for one in outcomes if one.state == "translated"])
    _PUT_UNSEALED.run(transaction.connection, rows)
    seal_later(transaction, rows)
    parts.combined(transaction, outcomes)
    parts.record(transaction, outcomes)


def seal_later(transaction: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
    """Enqueue sealing: at once for what may be full or due, and once for each time at which something is."""
    now = transaction.now
    delays: set[float] = set()
    for row in rows:
        for at in (row["opens_at"], row["due_at"]):
            delays.add(math.ceil(max(0.0, (at - now).total_seconds())))
    for delay in sorted(delays):
        work.seal(transaction, delay)


# ---------------------------------------------------------------------------------------------- rows


def _new_row(transaction: Transaction, received: Any, outcome: OutboundOutcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "transmission_id": received.id,
        "interchange_id": None,
        "ordinal": 1,
        "direction": "outbound",
        "interchange_control_number": "",
        "group_control_number": "",
        "set_control_number": "",
        "byte_offset": 0,
        "byte_length": 0,
        "told": "",
        "destination": "",
        "original": True,
        "generation": 1,
        "attempts": 0,
        "external_id": "",
        "received_at": received.received_at,
    } | _translated(transaction, outcome)


def _translated(transaction: Transaction, outcome: OutboundOutcome) -> dict[str, Any]:
    """What translating decides, the first time and every time after."""
    return {
        "state": outcome.state,
        "reason": outcome.reason,
        "partner": outcome.partner,
        "channel": outcome.channel,
        "agreement": outcome.agreement,
        "usage": outcome.usage,
        "set_id": outcome.set_id,
        "version": outcome.version,
        "findings": findings.as_json(outcome.findings),
        "pins": dict(outcome.pins),
        "search": dict(outcome.search),
        "thread": dict(outcome.thread),
        "canonical_type": outcome.canonical_type,
        "business_number": outcome.business_number,
        "amount": outcome.facts.amount,
        "currency": outcome.facts.currency,
        "dated": outcome.facts.dated,
        "part": None if outcome.part is None else outcome.part.plain(),
        "state_at": transaction.now,
    }


def _key_rows(outcome: OutboundOutcome) -> list[dict[str, str]]:
    return keys_of(outcome, {"business number": outcome.business_number})


def _unsealed(transaction: Transaction, outcomes: Iterable[OutboundOutcome]) -> list[dict[str, Any]]:
    rows, large = [], []
    for outcome in outcomes:
        terms = outcome.terms
        assert terms is not None  # noqa: S101 - what is translated has them
        opens = outcome.opens_at or transaction.now
        segments = json.dumps(segments_as_plain(outcome.segments), ensure_ascii=False, separators=(",", ":"))
        body, content = contents.body_or_hash(transaction.means.blobs, segments.encode())
        if content is not None:
            large.append(content)
        rows.append(
            {
                "document_id": outcome.id,
                "envelope": envelope_of(terms),
                "lane": LANES[terms.lane],
                "most_sets": most_sets(terms),
                "opens_at": opens,
                "due_at": due_at(terms, opens),
                "terms": terms.plain(),
                "body": body,
                "sha256": content.sha256 if content else None,
            }
        )
    contents.put(transaction, large)
    return rows
