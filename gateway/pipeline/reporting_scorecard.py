"""How partners fare, and we with them: one row for each over some days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import log2
from typing import Final, Literal, Protocol

from gateway.pipeline.reporting_remedies import meaning
from gateway.pipeline.sheet import Cell, Sheet

TOP: Final = 3
"""Faults that are named of each partner and side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which documents: days are each partner's own, both included; "" does not matter."""

    first: date
    last: date
    partner: str = ""
    set_id: str = ""
    usage: str = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One partner's documents of some days. Times are milliseconds, None where there are none.

    `answered` are those of ours that the partner has said something of; `refused` and `noted` among them. `late`: the
    answer was overdue, come or not. `overdue` is now, whatever the days. `not_taken`: how often files of ours were
    refused at the door, given up, or not receipted in time. `days_heard`: days on which something came.
    """

    partner: str
    sent: int = 0
    answered: int = 0
    refused: int = 0
    noted: int = 0
    late: int = 0
    overdue: int = 0
    answer_median: int | None = None
    answer_95: int | None = None
    fetch_median: int | None = None
    not_taken: int = 0
    received: int = 0
    refused_by_us: int = 0
    noted_by_us: int = 0
    our_answer_median: int | None = None
    our_answer_95: int | None = None
    days_heard: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the documents of a partner's day come to. Times are counted by `step`, faults ("AK403:7 IT1-03") with how
    many documents had each, and how many of those were refused.
    """

    day: date
    partner: str
    direction: str
    set_id: str
    documents: int
    answered: int
    refused: int
    noted: int
    late: int
    refusals: int
    answered_after: Mapping[str, int]
    fetched_after: Mapping[str, int]
    faults: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class FaultDay:
    """The faults of a partner's day and set, as in `Day`."""

    day: date
    partner: str
    set_id: str
    faults: Mapping[str, Sequence[int]]


class Paces(Protocol):
    """What scorecards and trends are made from."""

    def days(self, meant: Meant) -> Sequence[Day]:
        """All sets of a day together, unless one is meant."""

    def faults(self, meant: Meant, direction: Literal["outbound", "inbound"]) -> Sequence[FaultDay]:
        """Those with any fault, set by set."""

    def overdue(self, meant: Meant) -> Mapping[str, int]:
        """Acknowledgements that are overdue now, whatever the days, by partner."""


_STEPS_A_DOUBLING: Final = 24
"""Times are kept to within 3 %: nobody's answer is measured finer, and a month adds up at once."""


def step(milliseconds: int) -> int:
    """The step of a time: each is 3 % longer than the one before."""
    return round(log2(max(0, milliseconds) + 1) * _STEPS_A_DOUBLING)


def time_of(number: int) -> int:
    """The milliseconds of a step."""
    return round(2 ** (number / _STEPS_A_DOUBLING)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A partner's counts with what they come to. `silent` are business days of the partner on which nothing came,
    None where nobody knows its calendar.
    """

    counts: Counts
    silent: int | None
    top: Sequence[str]
    top_by_us: Sequence[str]


class BusinessDays(Protocol):
    """Which days a partner works."""

    def __call__(self, partner: str, first: date, last: date) -> Sequence[date] | None:
        """Those from the first to the last that are over, None for a partner that nobody knows any more."""


def scorecards(
    days: Iterable[Day], overdue: Mapping[str, int], meant: Meant, business: BusinessDays
) -> Sequence[Scorecard]:
    """One for each partner with any document in these days, or with one overdue."""
    by_partner: dict[str, list[Day]] = {partner: [] for partner in overdue}
    for one in days:
        by_partner.setdefault(one.partner, []).append(one)
    found = []
    for partner, own in sorted(by_partner.items()):
        counts = _counts(partner, own, overdue.get(partner, 0))
        if counts.sent or counts.received or counts.overdue:
            silent = _silent(counts, meant, business)
            ours, theirs = (_most_often(own, way) for way in ("outbound", "inbound"))
            found.append(Scorecard(counts=counts, silent=silent, top=ours, top_by_us=theirs))
    return found


def _counts(partner: str, days: Sequence[Day], overdue: int) -> Counts:
    ours = [one for one in days if one.direction == "outbound"]
    theirs = [one for one in days if one.direction == "inbound"]
    answers, fetches = _together(one.answered_after for one in ours), _together(one.fetched_after for one in ours)
    told = _together(one.answered_after for one in theirs)
    return Counts(
        partner=partner,
        sent=sum(one.documents for one in ours),
        answered=sum(one.answered for one in ours),
        refused=sum(one.refused for one in ours),
        noted=sum(one.noted for one in ours),
        late=sum(one.late for one in ours),
        overdue=overdue,
        answer_median=_nearest(answers, 50),
        answer_95=_nearest(answers, 95),
        fetch_median=_nearest(fetches, 50),
        not_taken=sum(one.refusals for one in ours),
        received=sum(one.documents for one in theirs),
        refused_by_us=sum(one.refused for one in theirs),
        noted_by_us=sum(one.noted for one in theirs),
        our_answer_median=_nearest(told, 50),
        our_answer_95=_nearest(told, 95),
        days_heard=frozenset(one.day for one in theirs if one.documents),
    )


def _together(counted: Iterable[Mapping[str, int]]) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    for one in counted:
        for number, count in one.items():
            found[int(number)] += count
    return found


def _nearest(counted: Mapping[int, int], hundredths: int) -> int | None:
    """The time within which so many of a hundred were (nearest rank), None of none."""
    rank = -(-sum(counted.values()) * hundredths // 100)
    for number in sorted(counted):
        rank -= counted[number]
        if rank <= 0:
            return time_of(number)
    return None


def _silent(one: Counts, meant: Meant, business: BusinessDays) -> int | None:
    days = business(one.partner, meant.first, meant.last)
    return None if days is None else len(set(days) - one.days_heard)


def _most_often(days: Iterable[Day], direction: str) -> Sequence[str]:
    counted: Counter[str] = Counter()
    for one in days:
        if one.direction == direction:
            for fault, (documents, _) in one.faults.items():
                counted[fault] += documents
    first = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    return [_fault(*fault.partition(" ")[::2], count) for fault, count in first]


def _fault(code: str, place: str, count: int) -> str:
    return " ".join(filter(None, (f"{count} x", place, meaning(code) or code)))


# ---------------------------------------------------------------------------------------------- as rows

HEADERS: Final = (
    *("partner", "sent", "answered", "refused", "refused %", "noted", "late", "late %", "overdue now"),
    *("hours to answer", "hours to answer 95%", "hours to fetch", "not taken"),
    *("received", "refused by us", "refused by us %", "noted by us", "seconds to our 997", "seconds to our 997 95%"),
    *("silent days", "top faults of ours", "top faults of theirs"),
)
"""What each means to finance stands in docs/finance.md."""


def sheet(found: Iterable[Scorecard]) -> Sheet:
    """As rows."""
    return Sheet(HEADERS, [_row(one) for one in found])


def _row(one: Scorecard) -> tuple[Cell, ...]:
    c = one.counts
    return (
        *(c.partner, c.sent, c.answered, c.refused, percent(c.refused, c.answered), c.noted),
        *(c.late, percent(c.late, c.sent), c.overdue),
        *(_hours(c.answer_median), _hours(c.answer_95), _hours(c.fetch_median), c.not_taken),
        *(c.received, c.refused_by_us, percent(c.refused_by_us, c.received), c.noted_by_us),
        *(_seconds(c.our_answer_median), _seconds(c.our_answer_95)),
        *(one.silent, "; ".join(one.top), "; ".join(one.top_by_us)),
    )


def percent(part: int, whole: int) -> Decimal | None:
    """With one decimal; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def _hours(milliseconds: int | None) -> Decimal | None:
    return None if milliseconds is None else (Decimal(milliseconds) / 3_600_000).quantize(Decimal("0.01"))


def _seconds(milliseconds: int | None) -> Decimal | None:
    return None if milliseconds is None else (Decimal(milliseconds) / 1000).quantize(Decimal("0.1"))
