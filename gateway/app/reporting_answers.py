"""Refusals, scorecards and exposure over the HTTP API: asked as their commands are, answered with the same rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.api.reports import Question, Report
from gateway.app.memory import Memory, utc_now
from gateway.app.report_days import Months, Span, Weeks, span
from gateway.app.reporting import Reporting
from gateway.errors import UsageError
from gateway.pipeline import reporting, reporting_exposure, reporting_scorecard
from gateway.pipeline.owed import Wanted
from gateway.pipeline.sheet import Sheet

Text = Annotated[str, Field(max_length=255)]
Day = Annotated[str, Field(max_length=10)]


class DaysQuestion(Question):
    """Some days, the last 30 where nothing is said: `from` and `to` are both included."""

    partner: Text = ""
    set: Text = ""
    usage: Literal["P", "T"] = "P"
    from_: Day = Field(default="", alias="from")
    to: Day = ""
    limit: Annotated[int, Field(ge=1, le=reporting.MOST)] = 100


class RejectedQuestion(DaysQuestion):
    """As `gateway report rejected` takes it."""

    open: bool = False


class NotedQuestion(DaysQuestion):
    """As `gateway report noted` takes it."""

    theirs: bool = False
    by: Literal["", "week", "month"] = ""


def reporting_answers(memory: Memory) -> Sequence[Report[Any]]:
    """All of them."""
    return (
        Report(
            name="rejected",
            summary="What partners refused of ours, the newest first",
            question=RejectedQuestion,
            answer=lambda asked: _rejected(Reporting(memory), asked),
        ),
        Report(
            name="noted",
            summary="What partners noted of ours, or we of theirs",
            question=NotedQuestion,
            answer=lambda asked: _noted(Reporting(memory), asked),
        ),
        Report(
            name="scorecard",
            summary="How partners fared",
            question=DaysQuestion,
            answer=lambda asked: _scorecard(Reporting(memory), asked),
        ),
        Report(
            name="exposure",
            summary="What partners may charge us for",
            question=DaysQuestion,
            answer=lambda asked: _exposure(Reporting(memory), asked),
        ),
    )


def _span(book: Reporting, asked: DaysQuestion) -> Span:
    return span(asked.from_, asked.to, book.today(utc_now()))


def _asked(book: Reporting, asked: DaysQuestion) -> reporting.Asked:
    since, until = book.moments(_span(book, asked))
    return reporting.Asked(partner=asked.partner, set_id=asked.set, usage=asked.usage, since=since, until=until)


def _meant(book: Reporting, asked: DaysQuestion) -> reporting_scorecard.Meant:
    days = _span(book, asked)
    return reporting_scorecard.Meant(
        first=days.first, last=days.last, partner=asked.partner, set_id=asked.set, usage=asked.usage
    )


def _rejected(book: Reporting, asked: RejectedQuestion) -> Sheet:
    return reporting.sheet(book.refusals.refused(replace(_asked(book, asked), open=asked.open), limit=asked.limit))


def _noted(book: Reporting, asked: NotedQuestion) -> Sheet:
    if asked.by:
        meant = _meant(book, asked)
        days = book.paces.faults(meant, "inbound" if asked.theirs else "outbound")
        found = reporting.trend(days, Weeks() if asked.by == "week" else Months(), meant.first)
        return reporting.trend_sheet(found[: asked.limit])
    wanted = _asked(book, asked)
    ask = book.refusals.found if asked.theirs else book.refusals.noted
    return reporting.sheet(ask(wanted, limit=asked.limit))


def _scorecard(book: Reporting, asked: DaysQuestion) -> Sheet:
    return reporting_scorecard.sheet(book.scorecards(_meant(book, asked), utc_now())[: asked.limit])


def _exposure(book: Reporting, asked: DaysQuestion) -> Sheet:
    if asked.set and asked.set not in reporting_exposure.SETS:
        raise UsageError(f"set {asked.set!r}: it is one of {', '.join(reporting_exposure.SETS)}")
    since, until = book.moments(_span(book, asked))
    wanted = Wanted(partner=asked.partner, what=asked.set, usage=asked.usage, due_since=since, due_until=until)
    return reporting_exposure.sheet(book.exposures(wanted, utc_now(), limit=asked.limit))
