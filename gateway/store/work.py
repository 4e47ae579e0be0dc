"""Work that follows, enqueued in the transaction that makes it necessary: in chunks, none to what is paused."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gateway.store.means import Transaction
from gateway.store.tables import DESTINATION

CHUNK = 200
"""Documents of one piece of work: large enough to cost little each, small enough to share out between workers."""


def process(transaction: Transaction, ids: Sequence[str]) -> None:
    """Transmissions to unseal."""
    for part in _parts(ids):
        transaction.means.scheduler.enqueue(transaction.connection, "process", [part])


def translate(transaction: Transaction, ids: Sequence[str]) -> None:
    """Validated documents to map."""
    for part in _parts(ids):
        transaction.means.scheduler.enqueue(transaction.connection, "translate", [part])


def collect(transaction: Transaction, ids: Sequence[str]) -> None:
    """Documents of ours to translate again."""
    for part in _parts(ids):
        transaction.means.scheduler.enqueue(transaction.connection, "collect", [part])


def seal(transaction: Transaction, delay_seconds: float = 0.0) -> None:
    """Something will be ready to be sealed then. What it is, sealing finds itself: the most urgent goes first."""
    transaction.means.scheduler.enqueue(transaction.connection, "seal", [], delay_seconds=delay_seconds)


def deliver(transaction: Transaction, by_destination: Mapping[str, Sequence[str]]) -> int:
    """Mapped documents to hand over; those of a paused destination wait in their rows. Returns how many go."""
    paused = _paused(transaction, list(by_destination))
    going = {name: ids for name, ids in sorted(by_destination.items()) if name not in paused}
    for destination, ids in going.items():
        for part in _parts(ids):
            transaction.means.scheduler.enqueue(transaction.connection, "deliver", [destination, part])
    return sum(map(len, going.values()))


def suspects(transaction: Transaction, rows: Sequence[Any]) -> None:
    """Transmissions to run one after the other.

    The id of the work changes only when one crashed again or the sweep took it up: named twice, they run once.
    """
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        named = "\n".join(f"{row.id} {row.crashes} {row.solo_crashes} {row.takes}" for row in part)
        stable = f"suspects-{hashlib.sha256(named.encode()).hexdigest()}"
        ids = [row.id for row in part]
        transaction.means.scheduler.enqueue(transaction.connection, "suspect", [ids], stable_id=stable)


def _paused(transaction: Transaction, names: Sequence[str]) -> set[str]:
    """Locked for share: who closes the breaker waits until our documents are committed, and then finds them all."""
    if not names:
        return set()
    table = DESTINATION
    among = transaction.means.database.among(table.c.name, names)
    statement = select(table.c.name).where(among, table.c.paused).order_by(table.c.name).with_for_update(read=True)
    return set(transaction.connection.execute(statement).scalars())


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])
