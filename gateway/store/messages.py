"""AS2 messages with their receipts: written in the transaction that stores what was in them, answered again as stored.

Of the messages taken under one Message-ID of a channel there is one: the unique key decides between any number of
copies in flight, on any number of nodes. Who loses waits for the winner's commit, and gets the winner's receipt.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from gateway.ledger.events import MESSAGE_CONFLICT, MESSAGE_REFUSED, MESSAGE_REPEATED, MESSAGE_TAKEN
from gateway.parcel import Parcel
from gateway.pipeline.messages import Answer, Kept, Message
from gateway.store import contents, events
from gateway.store.columns import indexed
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import AS2_MESSAGE, AS2_PART, CONTENT

_INSERT = ManyRows(lambda insert: insert(AS2_MESSAGE).on_conflict_do_nothing())
_INSERT_PARTS = ManyRows(lambda insert: insert(AS2_PART).on_conflict_do_nothing())
_KINDS = {"taken": MESSAGE_TAKEN, "refused": MESSAGE_REFUSED, "conflict": MESSAGE_CONFLICT}

Key = tuple[str, str]
"""Channel, and SHA-256 of the Message-ID."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on its way into the database, with the parcels that were in it. The ids are those of the rows."""

    id: str
    message: Message
    parcels: tuple[tuple[str, Parcel], ...]

    @property
    def key(self) -> Key:
        """What there is only one taken message of."""
        return indexed(self.message.channel), message_key(self.message.message_id)


def message_key(message_id: str) -> str:
    """A Message-ID, which may have a thousand characters, as it is looked up."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


def put(transaction: Transaction, arrived: Sequence[Arrived]) -> Mapping[str, Kept]:
    """Write those that are new. Returns what became of each by its id; the parcels are the caller's to write."""
    if not arrived:
        return {}
    known = _earlier(transaction, [one.key for one in arrived if one.message.state == "taken"])
    # Its own row is there when the connection broke in a commit that came through all the same.
    new = [
        one for one in arrived if one.message.state != "taken" or getattr(known.get(one.key), "id", one.id) == one.id
    ]
    bodies = {one.id: transaction.means.blobs.keep(one.message.answer.body) for one in new if one.message.answer}
    raw = [one.message.content for one in new if one.message.content is not None]
    within = [parcel.content for one in new for _, parcel in one.parcels]
    contents.put(transaction, [*raw, *within, *bodies.values()])
    # Sorted by what may collide: two nodes that take the same messages must not wait for each other.
    rows = [_row(one, bodies) for one in sorted(new, key=lambda one: (one.key, one.id))]
    _INSERT.run(transaction.connection, rows)
    stored = _stored(transaction, [one.id for one in new])
    lost = [one for one in arrived if one.id not in stored]
    if lost:
        known = _earlier(transaction, [one.key for one in lost])
    kept = {one.id: _kept(transaction, one, None if one.id in stored else known[one.key]) for one in arrived}
    events.record(transaction, [change for one in arrived if (change := _told(one, kept[one.id])) is not None])
    return kept


def parcels(
    arrived: Sequence[Arrived], kept: Mapping[str, Kept]
) -> Iterator[tuple[str, tuple[tuple[str, Parcel], ...]]]:
    """The parcels to write with the messages that are new, and why they wait for a person, "" when they do not."""
    for one in arrived:
        if kept[one.id].outcome == "stored":
            yield (one.message.reason if one.message.state == "conflict" else ""), one.parcels


def join(transaction: Transaction, arrived: Sequence[Arrived], kept: Mapping[str, Kept]) -> None:
    """Say in rows which parcel was in which message, once both are written."""
    rows = [
        {
            "transmission_id": transmission,
            "as2_message_id": one.id,
            "ordinal": ordinal,
            "content_type": one.message.content_types[ordinal] if ordinal < len(one.message.content_types) else "",
        }
        for one in arrived
        if kept[one.id].outcome == "stored"
        for ordinal, (transmission, _) in enumerate(one.parcels)
    ]
    _INSERT_PARTS.run(transaction.connection, rows)


def _row(one: Arrived, bodies: Mapping[str, Any]) -> dict[str, Any]:
    message, answer = one.message, one.message.answer
    content, later = message.content, bool(answer and answer.url)
    return {
        "id": one.id,
        "channel": message.channel,
        "message_key": one.key[1],
        "message_id": message.message_id,
        "as2_from": message.as2_from,
        "as2_to": message.as2_to,
        "remote": message.remote,
        "received_at": message.received_at,
        "state": message.state,
        "reason": message.reason,
        "headers": [list(pair) for pair in message.headers],
        "sha256": content.sha256 if content is not None else None,
        "size": message.size,
        "mic": message.mics.get("sha256", ""),
        "mics": dict(message.mics),
        "security": dict(message.security),
        "disposition": answer.disposition if answer else "",
        "mdn_state": ("waiting" if later else "answered") if answer else "",
        "mdn_headers": [list(pair) for pair in answer.headers] if answer else [],
        "mdn_sha256": bodies[one.id].sha256 if answer else None,
        "mdn_url": answer.url if answer else "",
        "mdn_attempts": 0,
        "mdn_next_at": message.received_at if later else None,
        "mdn_at": None,
        "mdn_reason": "",
    }


def _stored(transaction: Transaction, ids: Sequence[str]) -> set[str]:
    among = transaction.means.database.among(AS2_MESSAGE.c.id, ids)
    return set(transaction.connection.execute(select(AS2_MESSAGE.c.id).where(among)).scalars())


def _earlier(transaction: Transaction, keys: Sequence[Key]) -> dict[Key, Any]:
    """The messages taken under these keys, with the bytes of their receipts."""
    if not keys:
        return {}
    table = AS2_MESSAGE
    rows = transaction.connection.execute(
        select(table, CONTENT.c.sha256.label("mdn_hash"), CONTENT.c.size.label("mdn_size"), CONTENT.c.body)
        .outerjoin(CONTENT, CONTENT.c.sha256 == table.c.mdn_sha256)
        .where(
            table.c.state == "taken",
            transaction.means.database.among(table.c.message_key, sorted({key for _, key in keys})),
        )
    )
    return {(row.channel, row.message_key): row for row in rows}


def _kept(transaction: Transaction, one: Arrived, earlier: Any) -> Kept:
    ids = [transmission for transmission, _ in one.parcels]
    if earlier is None:
        return Kept(outcome="stored", id=one.id, transmissions=ids, answer=one.message.answer)
    same = earlier.mic == one.message.mics.get("sha256")
    answer = answer_of(transaction, earlier) if same else None
    if answer is not None and answer.url and one.message.answer is not None and one.message.answer.url:
        _again(transaction, earlier.id)
    return Kept(outcome="known" if same else "other", id=earlier.id, answer=answer)


def _again(transaction: Transaction, id: str) -> None:
    """Who sends a message again has not seen its receipt: it goes once more, whether it was sent or given up."""
    table = AS2_MESSAGE
    over = table.c.mdn_state.in_(("sent", "given_up"))
    again = update(table).where(table.c.id == id, over).values(mdn_state="waiting", mdn_next_at=transaction.now)
    transaction.connection.execute(again)


def answer_of(transaction: Transaction, row: Any) -> Answer | None:
    """The receipt of a message as it was stored; None where none was asked for."""
    if row.mdn_sha256 is None:
        return None
    blobs = transaction.means.blobs
    body = b"".join(blobs.chunks(blobs.stored(row.mdn_hash, row.mdn_size, row.body)))
    headers = tuple((name, value) for name, value in row.mdn_headers)
    return Answer(headers=headers, body=body, disposition=row.disposition, url=row.mdn_url)


def _told(one: Arrived, kept: Kept) -> Change | None:
    """An event with the first parcel's, or by itself. That there was another under the id, the conflict will tell."""
    message = one.message
    if kept.outcome == "other":
        return None
    detail = {"message_id": message.message_id[:200], "remote": message.remote}
    known = kept.outcome == "known"
    return Change(
        transmission=kept.transmissions[0] if kept.transmissions else kept.id,
        subject=kept.id,
        kind=MESSAGE_REPEATED if known else _KINDS[message.state],
        why="" if known else message.reason,
        who=f"channel/{message.channel}",
        detail=detail if known else {**detail, **message.security},
    )
