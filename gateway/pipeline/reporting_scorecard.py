"""How partners fare, and we with them: one row for each over some days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from gateway.pipeline.reporting import Told
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


class Paces(Protocol):
    """What scorecards are counted from."""

    def counts(self, meant: Meant) -> Sequence[Counts]:
        """By partner, in their order: those with any document in these days, and those with one overdue."""


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
    counts: Iterable[Counts], ours: Iterable[Told], theirs: Iterable[Told], meant: Meant, business: BusinessDays
) -> Sequence[Scorecard]:
    """One for each partner. `ours` is what partners said of ours in these days, `theirs` what we said of theirs."""
    by_them, by_us = _most_often(ours), _most_often(theirs)
    return [
        Scorecard(
            counts=one,
            silent=_silent(one, meant, business),
            top=by_them.get(one.partner, ()),
            top_by_us=by_us.get(one.partner, ()),
        )
        for one in counts
    ]


def _silent(one: Counts, meant: Meant, business: BusinessDays) -> int | None:
    days = business(one.partner, meant.first, meant.last)
    return None if days is None else len(set(days) - one.days_heard)


def _most_often(told: Iterable[Told]) -> Mapping[str, Sequence[str]]:
    counted: dict[str, Counter[tuple[str, str]]] = {}
    for one in told:
        counted.setdefault(one.partner, Counter()).update(one.codes)
    return {partner: [_fault(*one) for one in _first(found)] for partner, found in counted.items()}


def _first(found: Counter[tuple[str, str]]) -> Sequence[tuple[str, str, int]]:
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [(code, place, count) for (code, place), count in ordered[:TOP]]


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
