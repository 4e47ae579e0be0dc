"""What a partner did with a file of ours at our door, or that we carried it there, from events: for sheets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from gateway.app.words import counted
from gateway.ledger import events
from gateway.pipeline.questions import EventRow

PICKUP: Final = {
    events.ACKNOWLEDGEMENT_OFFERED: "offered",
    events.ACKNOWLEDGEMENT_LISTED: "listed",
    events.ACKNOWLEDGEMENT_FETCHED: "fetched",
    events.ACKNOWLEDGEMENT_CONFIRMED: "confirmed",
    events.ACKNOWLEDGEMENT_CARRIED: "carried",
    events.SENDING_OFFERED: "offered",
    events.SENDING_LISTED: "listed",
    events.SENDING_FETCHED: "fetched",
    events.SENDING_CONFIRMED: "confirmed",
    events.SENDING_CARRIED: "carried",
}
_SEEN: Final = {"fetched": ("fetched",), "confirmed": ("fetched", "confirmed"), "carried": ("carried",)}


def when(time: datetime, *, exact: bool = False) -> str:
    """UTC, to the second, or to the millisecond where the order of steps is looked at."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + (f".{time.microsecond // 1000:03}" if exact else " UTC")


@dataclass(slots=True)
class Pickup:
    """A file in one channel's folder: when it was offered, and what the partner did since it was the last time."""

    name: str
    offers: list[datetime] = field(default_factory=list)
    since: dict[str, datetime] = field(default_factory=dict)

    def meet(self, word: str, at: datetime) -> None:
        """The next thing that happened. An offer after a pickup has not been picked up yet."""
        if word == "offered":
            self.offers.append(at)
            self.since.clear()
        else:
            self.since[word] = at

    def words(self, *, fetched: bool) -> str:
        """ "offered 2026-03-02 12:00:00 UTC, listed 2026-03-02 12:05:00 UTC, not fetched yet", the last where somebody
        fetches.
        """
        offered = [f"offered {when(self.offers[0])}"] if self.offers else []
        if len(self.offers) > 1:
            offered.append(f"again {when(self.offers[-1])}")
        if len(self.offers) > 2:
            offered[-1] += f" ({counted(len(self.offers), 'time')} in all)"
        since = [f"{word} {when(at)}" for word, at in self.since.items()]
        waits = ["not fetched yet"] if fetched and self.since.keys() <= {"listed"} else []
        return ", ".join([*offered, *since, *waits])


def by_events(subject: str, name: str, told: Iterable[EventRow]) -> Mapping[str, Pickup]:
    """By channel: a copy of what came in is answered where it came. `name` is for where no event has one."""
    places: dict[str, Pickup] = {}
    for event in told:
        if event.subject == subject and event.kind in PICKUP:
            channel = event.detail.get("channel") or event.who.removeprefix("channel/")
            places.setdefault(channel, Pickup(event.detail.get("name", name))).meet(PICKUP[event.kind], event.at)
    return places


def by_row(row: Mapping[str, str]) -> Pickup:
    """Of what has no events to see, by what its row says: a state and the time of each."""
    pickup = Pickup(row["name"])
    for word in ("offered", *_SEEN.get(row.get("state", ""), ())):
        if row.get(word):
            pickup.meet(word, datetime.fromisoformat(row[word]))
    return pickup
