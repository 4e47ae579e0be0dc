"""How a file that we push stands, as screens and commands tell it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.ledger.carrying import HEADLINES


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryingRow:
    """One file of ours on its way through one channel. `subject` is the interchange or the acknowledgement in it.

    `next_try_at` is None unless it waits, `in_hand` while it is being tried. `doubt`: it may be there already.
    """

    id: str
    subject: str
    channel: str
    via: str
    name: str
    state: str
    reason: str
    attempts: int
    doubt: bool
    in_hand: bool
    message_id: str
    since: datetime
    next_try_at: datetime | None
    taken_at: datetime | None
    answer_due_at: datetime | None
    answered_at: datetime | None
    disposition: str

    def words(self) -> str:
        """ "Waits to be carried to the partner by acme-van, 3 attempts, next 2026-03-02 12:00:05 UTC: refused"."""
        way = self.via if self.via == self.channel else f"{self.via} instead of {self.channel}"
        told = [f"{HEADLINES[self.state].rstrip('.')} ({way})"]
        if self.attempts:
            told.append(f"{self.attempts} attempt{'s' if self.attempts != 1 else ''}")
        if self.in_hand:
            told.append("being tried now")
        elif self.next_try_at is not None:
            told.append(f"next {_when(self.next_try_at)}")
        if self.state == "awaiting" and self.answer_due_at is not None:
            told.append(f"due {_when(self.answer_due_at)}")
        if self.doubt and self.state in ("waiting", "given_up"):
            told.append("it may be there already")
        if self.disposition:
            told.append(self.disposition)
        return ", ".join(told) + (f": {self.reason}" if self.reason else "")


def _when(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
