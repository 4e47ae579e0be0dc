"""Days of partners that are over: which are to be looked at, and what is told of one that does not add up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from gateway.pipeline.notices.bodies import cut
from gateway.pipeline.reconciling import Files, PartnerDay
from gateway.pipeline.reconciling_sheet import differences
from gateway.pipeline.warehousing import OrderBalance

AFTER: Final = timedelta(hours=6)
"""How long after its end a day is looked at: a file that came out of order, and late answers, are there by then."""

MOST_DAYS: Final = 7
"""How far back a day is looked at after a long stop: earlier ones are for whoever asks for them."""

NAMED: Final = 3
"""Differences that are told in words: the command that is told, too, has all of them."""

MOST_CHARACTERS: Final = 300
"""Of one of them: a warehouse order names every line that differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """A partner's day that does not add up: how many differences it has, and the first of them in words."""

    partner: str
    day: date
    number: int
    words: Sequence[str]

    @property
    def command(self) -> str:
        """What shows all of it."""
        return f"gateway reconcile --day {self.day} --partner {self.partner}"

    @property
    def sentence(self) -> str:
        """What people are told. The command comes first: a long line loses its end."""
        many = "1 difference" if self.number == 1 else f"{self.number} differences"
        more = ("and more",) if self.number > len(self.words) else ()
        return f"{self.day} has {many} ({self.command}): {'; '.join((*self.words, *more))}"


class DayEnds(Protocol):
    """Up to which day each partner's days were looked at, by whatever node."""

    def looked(self) -> Mapping[str, date]:
        """The last day that was looked at, of those of whom one is known."""

    def begin(self, days: Mapping[str, date]) -> None:
        """Partners of whom none is known begin behind these days; others are left as they are."""

    def done(self, partner: str, day: date, differs: Differs | None) -> bool:
        """A day was looked at, and is told once where it differs. False where somebody else had looked."""


def last_due(now: datetime, zone: str) -> date:
    """The last day that ended in a time zone at least `AFTER` ago."""
    return (now - AFTER).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def waiting(looked: Mapping[str, date], due: Mapping[str, date]) -> Sequence[tuple[date, str]]:
    """Days and partners that are to be looked at, the earliest first, of the last `MOST_DAYS` of each partner."""
    found: list[tuple[date, str]] = []
    for partner, last in due.items():
        days = min((last - looked.get(partner, last)).days, MOST_DAYS)
        found += ((last - timedelta(days=back), partner) for back in range(days))
    return sorted(found)


def differing(partner: str, day: date, days: Sequence[PartnerDay], orders: Iterable[OrderBalance]) -> Differs | None:
    """What is told of a day; None where it adds up."""
    words = [str(row["words"]) for row in differences(days, Files(), tuple(orders)).values()]
    told = tuple(cut(one, MOST_CHARACTERS) for one in words[:NAMED])
    return Differs(partner=partner, day=day, number=len(words), words=told) if words else None
