"""The road's memory: the `Journal` port. Each method is one transaction that also enqueues what follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import select, update

from gateway.errors import MachineError
from gateway.pipeline.outbound.seal import Packing, Unsealed
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome
from gateway.pipeline.stage import (
    Deliverable,
    DeliveryOutcome,
    DocumentOutcome,
    Received,
    Translatable,
    TransmissionOutcome,
)
from gateway.store import (
    deliveries,
    destinations,
    outbound,
    processed,
    sealings,
    stranded,
    translations,
    unsealed,
    waits,
)
from gateway.store.contents import from_row
from gateway.store.envelopes import Envelopes
from gateway.store.means import Means, Transaction
from gateway.store.pausing import DESTINATIONS
from gateway.store.tables import CONTENT, TRANSMISSION

log = structlog.get_logger("gateway.store")

Value = TypeVar("Value")
Outcome = TypeVar("Outcome", TransmissionOutcome, DocumentOutcome, OutboundOutcome)
_OUR_FAULT = "the gateway could not write down what it found: {}"


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """The `Journal` port over the tables."""

    means: Means
    _envelopes: Envelopes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_envelopes", Envelopes(self.means.blobs))

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        """Those still "received", in order of arrival."""
        statement = (
            select(TRANSMISSION, CONTENT.c.body)
            .join(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
            .where(self.means.database.among(TRANSMISSION.c.id, ids), TRANSMISSION.c.state == "received")
            .order_by(TRANSMISSION.c.id)
        )
        with self.means.database.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Received(
                id=row.id,
                channel=row.channel,
                content=from_row(self.means.blobs, row),
                received_at=row.received_at,
                file_name=row.file_name,
                crashes=row.crashes,
                solo_crashes=row.solo_crashes,
                released=row.released,
                door=row.door,
            )
            for row in rows
        ]

    def record_processed(self, outcomes: Sequence[TransmissionOutcome], *, suspects: Sequence[str] = ()) -> None:
        """Write a batch. One that cannot be written is written as dead, and its neighbours as they are."""

        def write(some: Sequence[TransmissionOutcome]) -> None:
            self._in_one(lambda transaction: processed.record(transaction, some, suspects))

        _each_if_not_all(
            outcomes,
            write,
            lambda one, fault: TransmissionOutcome(id=one.id, state="dead", reason=_OUR_FAULT.format(fault)),
        )

    def record_waiting(self, refusals: Mapping[str, str]) -> None:
        """Say why transmissions, by their ids, cannot be opened just now."""
        waits.record_transmissions(self.means, refusals)

    def translatable(self, ids: Sequence[str]) -> Sequence[Translatable]:
        """Those still "validated", each wrapped as an interchange of its own."""
        return translations.translatable(self.means, self._envelopes, ids)

    def record_translated(self, outcomes: Sequence[DocumentOutcome]) -> None:
        """Write mapped, held or dead documents. One that cannot be written is written as dead."""

        def write(some: Sequence[DocumentOutcome]) -> None:
            self._in_one(lambda transaction: translations.record(transaction, some))

        _each_if_not_all(outcomes, write, _unwritten)

    def deliverable(
        self, destination: str, ids: Sequence[str], *, paused_too: bool = False
    ) -> Sequence[Deliverable] | None:
        """Those still "mapped" for the destination; None while it is paused, unless `paused_too`."""
        return deliveries.deliverable(self.means, destination, ids, paused_too=paused_too)

    def record_delivered(self, destination: str, outcomes: Sequence[DeliveryOutcome], *, trip: bool = False) -> None:
        """Write attempts; enqueue retries, or pause the destination."""
        self._in_one(lambda transaction: deliveries.record(transaction, destination, outcomes, trip=trip))

    def oldest_waiting(self, destination: str) -> Deliverable | None:
        """The oldest mapped document of a destination, for a probe."""
        return deliveries.oldest_waiting(self.means, destination)

    def postpone(self, destination: str, ids: Sequence[str], delay_seconds: float) -> None:
        """Enqueue a batch again, after a delay."""
        self._in_one(lambda transaction: deliveries.postpone(transaction, destination, ids, delay_seconds))

    def probe_failed(self, destination: str, probes: int, delay_seconds: float) -> None:
        """The next probe, after a delay."""
        self._in_one(lambda transaction: DESTINATIONS.probe_failed(transaction, destination, probes, delay_seconds))

    def resume_destination(self, destination: str) -> None:
        """Close the breaker, then enqueue every mapped document."""
        destinations.resume(self.means, destination)

    def collected(self, ids: Sequence[str]) -> Sequence[Collected]:
        """Those still "collected", with what was handed in."""
        return outbound.collected(self.means, ids)

    def record_collected(self, outcomes: Sequence[OutboundOutcome]) -> None:
        """Write translated, held or dead documents of ours. One that cannot be written is written as dead."""

        def write(some: Sequence[OutboundOutcome]) -> None:
            self._in_one(lambda transaction: outbound.record(transaction, some))

        _each_if_not_all(
            outcomes,
            write,
            lambda one, fault: OutboundOutcome(id=one.id, state="dead", reason=_OUR_FAULT.format(fault)),
        )

    def sealable(self) -> Sequence[Unsealed]:
        """Translated documents whose interchange is full or due, the most urgent first."""
        return unsealed.sealable(self.means)

    def record_sealed(self, packing: Packing) -> int:
        """Number, write, store and lay out these interchanges, each once. Returns how many documents went anywhere."""
        return sealings.record(self._in_one, packing)

    def mark_suspects(self, batched: Sequence[str], alone: Sequence[str]) -> None:
        """Count one crash for transmissions that a dead process had in a batch, or alone."""
        table = TRANSMISSION
        with self.means.database.begin() as connection:
            for column, ids in ((table.c.crashes, batched), (table.c.solo_crashes, alone)):
                among = self.means.database.among(table.c.id, ids)
                connection.execute(
                    update(table).where(among, table.c.state == "received").values({column.name: column + 1})
                )

    def requeue_stranded(self, older_than: datetime) -> int:
        """Enqueue again what still waits since before then. Returns how many rows it took up."""
        return self._in_one(lambda transaction: stranded.requeue(transaction, older_than))

    def _in_one(self, action: Callable[[Transaction], Value]) -> Value:
        with self.means.database.begin() as connection:
            return action(Transaction(self.means, connection, self.means.now()))


def _each_if_not_all(
    outcomes: Sequence[Outcome],
    write: Callable[[Sequence[Outcome]], None],
    dead: Callable[[Outcome, str], Outcome],
) -> None:
    """Write all in one transaction; when one of them cannot be written, each in its own. Raises MachineError only."""
    try:
        write(outcomes)
        return
    except MachineError:
        raise
    except Exception as fault:
        if not outcomes:
            raise MachineError(f"could not be written: {type(fault).__name__}") from fault
    for outcome in outcomes:
        try:
            write([outcome])
        except MachineError:
            raise
        except Exception as fault:
            log.exception("journal.unwritable", subject=outcome.id)
            write([dead(outcome, type(fault).__name__)])


def _unwritten(outcome: DocumentOutcome, fault: str) -> DocumentOutcome:
    return replace(
        outcome,
        state="dead",
        reason=_OUR_FAULT.format(fault),
        set_id="",
        canonical=None,
        findings=(),
        pins={},
        search={},
        thread={},
        siblings=(),
    )
