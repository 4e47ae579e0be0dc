"""Why a document of ours that is good to go has not gone, and until when: its channel's hours, or its batch. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A translated document that is not sealed. Its channel opens at `opens_at`; from `due_at` on it goes in any case.

    `here` sets, itself among them, would share its interchange, which is full with `most_sets`. Aware times.
    """

    opens_at: datetime
    due_at: datetime
    here: int
    most_sets: int

    def until(self, now: datetime) -> datetime | None:
        """When it goes at the latest, None when it may go now."""
        later = self.opens_at if self.opens_at > now else self.due_at
        return later if later > now else None

    def words(self, now: datetime) -> str:
        """ "its channel opens on 2026-03-02 at 22:00 UTC"."""
        if self.opens_at > now:
            return f"its channel opens {_at(self.opens_at)}"
        if self.due_at > now:
            rest = self.most_sets - self.here
            return (
                f"waits for {rest} more to fill its interchange ({self.here} of {self.most_sets} here), "
                f"until {_at(self.due_at, on='')} at the latest"
            )
        return "is being sealed"


def _at(time: datetime, on: str = "on ") -> str:
    return f"{on}{time.astimezone(UTC):%Y-%m-%d at %H:%M} UTC"
