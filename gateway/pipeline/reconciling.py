"""The day's counts, partner by partner: what came in and what became of it, what went out and what was said of it.

What came in is counted as files are read, what went out as groups are sealed: apart from the documents themselves, so
that one which is lost or doubled shows as a difference. A day is the partner's: midnight to midnight in its time zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from gateway.errors import UsageError

MOST: Final = 100_000
"""Documents of one list."""

MOST_DAYS: Final = 366
"""Days of one look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which days, from the first to the last; "" is every partner. `usage` T: tests (ISA15 T), P: all that are none."""

    first: date
    last: date
    partner: str = ""
    usage: Literal["P", "T"] = "P"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise UsageError(f"{self.first} is after {self.last}")
        if self.last - self.first >= timedelta(days=MOST_DAYS):
            raise UsageError(f"{self.first} to {self.last} are more than {MOST_DAYS} days")
        if not 1970 <= self.first.year <= self.last.year <= 9000:
            raise UsageError("days are between 1970 and 9000")

    def days(self) -> Iterator[date]:
        """Each of them."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`, UTC."""

    start: datetime
    end: datetime


def span(day: date, zone: str) -> Span:
    """A day in a time zone: 23 or 25 hours long when clocks are changed on it. Each moment is in exactly one day."""
    here = ZoneInfo(zone)
    midnights = (datetime.combine(one, time(), here).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return Span(*midnights)


def over(now: datetime, zones: Iterable[str]) -> date:
    """The last day that is over in all of these zones, and in UTC."""
    return min(now.astimezone(ZoneInfo(zone)).date() for zone in {"UTC", *zones}) - timedelta(days=1)


# ---------------------------------------------------------------------------------------------- the counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Transaction sets that came in on a day, and what they have become since.

    `received` is counted as files are read. A set may be `divided` into several documents: so many more are there.
    `closed`: a person said that nothing more comes of it here.
    """

    received: int = 0
    divided: int = 0
    delivered: int = 0
    matched: int = 0
    closed: int = 0
    in_progress: int = 0
    held: int = 0
    failed: int = 0
    refused: int = 0
    duplicate: int = 0
    quarantined: int = 0

    @property
    def difference(self) -> int:
        """Sets that nothing is known of (above 0), or documents that nobody sent (below)."""
        return self.received + self.divided - _but(self, "received", "divided")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """Documents that our systems handed in on a day, and what they have become since."""

    handed_in: int = 0
    sent: int = 0
    waiting: int = 0
    held: int = 0
    dead: int = 0
    superseded: int = 0
    combined: int = 0

    @property
    def difference(self) -> int:
        """Posts without a document that counts (above 0), or with several (below)."""
        return self.handed_in - _but(self, "handed_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Transaction sets that were sealed on a day, and what their partner has said of them since.

    `sent` is counted as groups are sealed. `accepted` are those with errors noted, too; `assumed`: the partner answers
    only what it refuses; `unasked`: no answer is agreed; `superseded`: sent again since, under other numbers.
    """

    sent: int = 0
    accepted: int = 0
    assumed: int = 0
    open: int = 0
    overdue: int = 0
    partially: int = 0
    rejected: int = 0
    waived: int = 0
    unasked: int = 0
    superseded: int = 0

    @property
    def difference(self) -> int:
        """Sets in our groups without a document (above 0), or documents without a set (below)."""
        return self.sent - _but(self, "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """Documents translated for our systems on a day, and what those answered: `numbered` have their own number."""

    translated: int = 0
    delivered: int = 0
    numbered: int = 0

    @property
    def difference(self) -> int:
        """Delivered, and our system gave no number."""
        return self.delivered - self.numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Our TA1s, 997s and 999s about what came in on a day. `unfetched`: the partner does not have them yet. `lost`:
    the documents say that one was written, and it is not there.
    """

    answers: int = 0
    unfetched: int = 0
    lost: int = 0


def _but(counts: Received | HandedIn | Sent, *names: str) -> int:
    """The sum of all the other counts."""
    return sum(getattr(counts, one.name) for one in fields(counts) if one.name not in names)


# ---------------------------------------------------------------------------------------------- what hangs on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What documents of one set are worth in one currency ("": the one agreed); of `unpriced` nobody knows.

    In: accepted, whatever became of them. Out: sealed, and not sent again since.
    """

    direction: Literal["in", "out"]
    set_id: str
    currency: str
    documents: int
    amount: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Control numbers that were skipped: from `first` to `last`. `before` and `after` are the ids of the interchanges
    around them, "" where that is not known.
    """

    direction: Literal["in", "out"]
    kind: Literal["ISA13", "GS06"]
    sender: str
    receiver: str
    first: int
    last: int
    after: str = ""

    @property
    def numbers(self) -> str:
        """ "17" or "17 to 19"."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that does not add up. `column` is the count, `number` by how many, `subjects` the ids it is about."""

    column: str
    number: int
    words: str
    subjects: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDay:
    """One partner's day. The partner is "" for what nobody can be named for."""

    partner: str
    day: date
    zone: str
    span: Span
    received: Received = Received()
    systems: Systems = Systems()
    answers: Answers = Answers()
    handed_in: HandedIn = HandedIn()
    sent: Sent = Sent()
    worth: Sequence[Worth] = ()
    gaps: Sequence[Gap] = ()
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files that came in over all the days looked at, which no partner's day has: nobody has opened them, or nothing
    in them could be used. `lost`: they were opened, and nothing is known of what was in them.
    """

    unopened: Sequence[str] = ()
    dead: Sequence[str] = ()
    refused: Sequence[str] = ()
    lost: Sequence[str] = ()

    @property
    def of_concern(self) -> Sequence[tuple[str, str]]:
        """(file, in words) of those that a person has to look at. Of what was refused its sender was told."""
        return (
            *((one, "came in and was not opened yet") for one in self.unopened),
            *((one, "came in, and the gateway failed on it") for one in self.dead),
            *((one, "was opened, and nothing is known of what was in it") for one in self.lost),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One thing that a count counts: a document, or an interchange where no documents are made (`is_`)."""

    is_: Literal["document", "interchange"]
    id: str
    transmission: str
    partner: str
    day: date
    set_id: str
    number: str
    control_numbers: str
    state: str
    acknowledgement: str
    amount: Decimal | None
    currency: str
    at: datetime
    sets: int
    reason: str


class Reconciling(Protocol):
    """What counts are taken from. Each call is one look at one state of the database."""

    def days(self, wanted: Wanted) -> Sequence[PartnerDay]:
        """Days by partner; those on which nothing happened are left out."""

    def files(self, wanted: Wanted) -> Files:
        """What no partner's day has."""

    def behind(self, wanted: Wanted, column: str, *, limit: int = MOST) -> Sequence[Behind]:
        """What a count counts, by the name of its column. Raises UsageError for a name that is none."""
