"""Work that follows, enqueued in the transaction that makes it necessary: in chunks, none to what is paused."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.store.means import Transaction
from gateway.store.pausing import CHANNELS, DESTINATIONS

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
    paused = DESTINATIONS.among(transaction, list(by_destination))
    going = {name: ids for name, ids in sorted(by_destination.items()) if name not in paused}
    for destination, ids in going.items():
        for part in _parts(ids):
            transaction.means.scheduler.enqueue(transaction.connection, "deliver", [destination, part])
    return sum(map(len, going.values()))


def send(transaction: Transaction, channels: Iterable[str], delay_seconds: float = 0.0) -> None:
    """There is something to push through these channels. What it is, sending finds itself: the most urgent goes first.

    Files of a paused channel wait in their rows for its probe.
    """
    names = sorted(set(channels))
    paused = CHANNELS.among(transaction, names)
    for name in names:
        if name not in paused:
            transaction.means.scheduler.enqueue(transaction.connection, "send", [name], delay_seconds=delay_seconds)


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


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])
