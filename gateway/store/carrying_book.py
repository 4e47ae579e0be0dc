"""Files that we push, as the engine and the doors ask and tell of them: the `Carryings` and `Receipts` ports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.pipeline.outbound.send import Awaited, Carried, CarryOutcome, Settled, Verdict, Way
from gateway.store import carryings, receipts, rerouting, work
from gateway.store.means import Means, Transaction
from gateway.store.pausing import CHANNELS

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CarryingBook:
    """Both ports over the tables. Every method is one transaction that also enqueues what follows."""

    means: Means
    _hands: str = field(init=False)

    def __post_init__(self) -> None:
        # Another at every start: what this node had in hand in an earlier life is in nobody's hand now.
        object.__setattr__(self, "_hands", f"{self.means.node} {self.means.new_id()}")

    def take(self, channel: str, *, most: int, probing: bool = False) -> Sequence[Carried]:
        """Files that wait for this channel now, marked as in our hands before this returns."""
        return carryings.take(self.means, channel, self._hands, most=most, probing=probing)

    def record_sent(self, channel: str, outcomes: Sequence[CarryOutcome], *, trip: bool = False) -> None:
        """Write what became of them; enqueue retries, or pause the channel."""
        self._in_one(lambda transaction: carryings.record(transaction, channel, outcomes, self._hands, trip=trip))

    def send_later(self, channel: str, delay_seconds: float) -> None:
        """Enqueue `send` for a channel."""
        self._in_one(lambda transaction: work.send(transaction, [channel], delay_seconds))

    def channel_probe_failed(self, channel: str, probes: int, delay_seconds: float) -> None:
        """The next probe, after a delay."""
        self._in_one(lambda transaction: CHANNELS.probe_failed(transaction, channel, probes, delay_seconds))

    def reroute(self, channel: str, fallbacks: Mapping[str, Way]) -> int:
        """Give what waits for a channel that stays down to another. Returns how many files."""
        return self._in_one(lambda transaction: rerouting.reroute(transaction, channel, fallbacks))

    def resume_channel(self, channel: str) -> None:
        """Close the breaker, take back what went another way, enqueue `send`."""
        rerouting.resume(self.means, channel)

    def put_down(self, node: str) -> int:
        """What a dead node had in hand is to be tried again. Returns how many files."""
        return self._in_one(lambda transaction: carryings.put_down(transaction, node))

    def awaited(self, message_id: str) -> Awaited | None:
        """The file that goes, or went before it went again, under a message id of ours, or has this id."""
        return receipts.awaited(self.means, message_id)

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        """Keep what a door has to know of a file before it sends it. Raises ValueError over 16,384 characters."""
        self._in_one(lambda transaction: receipts.note(transaction, id, notes))

    def settle(self, message_id: str, verdict: Verdict) -> Settled:
        """Write down what a receipt says, once."""
        return self._in_one(lambda transaction: receipts.settle(transaction, message_id, verdict))

    def _in_one(self, action: Callable[[Transaction], Value]) -> Value:
        with self.means.database.begin() as connection:
            return action(Transaction(self.means, connection, self.means.now()))
