"""The reports that programs and screens may ask for, each by the Protocol that its command uses too."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.api.reports import Question, Report
from gateway.app.keepers import keepers
from gateway.app.memory import Memory, utc_now
from gateway.app.report_days import midnight
from gateway.app.reporting_answers import reporting_answers
from gateway.app.standing_answers import standing_answers
from gateway.ledger.audit import Entry
from gateway.pipeline.business.report import WantedFacts
from gateway.pipeline.business.report import sheet as unmatched_sheet
from gateway.pipeline.notices.values import NoticeRow
from gateway.pipeline.sheet import Sheet
from gateway.pipeline.unsettled import MOST, Wanted, ages_sheet
from gateway.pipeline.unsettled import sheet as acks_sheet
from gateway.store.business_report import StoreBusinessFacts
from gateway.store.notice_desk import NoticeDesk
from gateway.store.unsettled import StoreUnsettled

Text = Annotated[str, Field(max_length=255)]


class AcksQuestion(Question):
    """As `gateway acks` takes it. `ages`: how much is how old instead of one by one."""

    partner: Text = ""
    set: Text = ""
    ack: Literal["", "awaited", "overdue", "partially_accepted", "rejected"] = ""
    overdue: bool = False
    usage: Literal["P", "T"] = "P"
    ages: bool = False
    limit: Annotated[int, Field(ge=1, le=MOST)] = 1000


class UnmatchedQuestion(Question):
    """As `gateway report unmatched` takes it."""

    partner: Text = ""
    set: Text = ""
    state: Literal["", "early", "unmatched", "ambiguous"] = ""
    usage: Literal["P", "T"] = "P"
    limit: Annotated[int, Field(ge=1, le=MOST)] = 1000


class AuditQuestion(Question):
    """As `gateway audit list` takes it."""

    verb: Text = ""
    who: Text = ""
    subject: Text = ""
    since: Annotated[str, Field(max_length=10)] = ""
    before: Annotated[int | None, Field(ge=1)] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class NoticesQuestion(Question):
    """As `gateway notices list` takes it."""

    state: Literal["", "gathering", "waiting", "sent", "superseded", "given_up"] = ""
    kind: Literal["", "status", "webhook", "alert", "mail"] = ""
    target: Text = ""
    document: Text = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


def reports(memory: Memory) -> Sequence[Report[Any]]:
    """All of them."""
    return (
        Report(
            name="acks",
            summary="What we sent and is not known to be good, the nearest deadline first",
            question=AcksQuestion,
            answer=lambda asked: _acks(memory, asked),
        ),
        Report(
            name="unmatched",
            summary="What partners paid, answered or noted that is about nothing we know, the oldest first",
            question=UnmatchedQuestion,
            answer=lambda asked: _unmatched(memory, asked),
        ),
        Report(
            name="audit",
            summary="What people did, newest first",
            question=AuditQuestion,
            answer=lambda asked: _audit(memory, asked),
        ),
        Report(
            name="notices",
            summary="Who was told what, newest first",
            question=NoticesQuestion,
            answer=lambda asked: _notices(memory, asked),
        ),
        *reporting_answers(memory),
        *standing_answers(memory),
    )


def _acks(memory: Memory, asked: AcksQuestion) -> Sheet:
    wanted = Wanted(
        partner=asked.partner,
        set_id=asked.set,
        acknowledgement=asked.ack,
        usage=asked.usage,
        overdue=asked.overdue,
    )
    book = StoreUnsettled(memory.database, keepers(memory))
    if asked.ages:
        return ages_sheet(book.ages(wanted, utc_now()))
    return acks_sheet(book.unsettled(wanted, limit=asked.limit), utc_now())


def _unmatched(memory: Memory, asked: UnmatchedQuestion) -> Sheet:
    wanted = WantedFacts(partner=asked.partner, set_id=asked.set, state=asked.state, usage=asked.usage)
    return unmatched_sheet(StoreBusinessFacts(memory.database).left(wanted, limit=asked.limit))


def _audit(memory: Memory, asked: AuditQuestion) -> Sheet:
    since = midnight(asked.since, "since")
    found = memory.audit.entries(
        verb=asked.verb, who=asked.who, subject=asked.subject, since=since, before=asked.before, limit=asked.limit
    )
    return Sheet(("entry", "at", "who", "verb", "subjects", "reason", "hash"), [_entry(one) for one in found])


def _entry(one: Entry) -> tuple[int, Any, str, str, str, str, str]:
    return one.number, one.at, one.who, one.verb, " ".join(one.subjects), one.reason, one.hash


def _notices(memory: Memory, asked: NoticesQuestion) -> Sheet:
    found = NoticeDesk(memory.means).notices(
        state=asked.state, kind=asked.kind, target=asked.target, subject=asked.document, limit=asked.limit
    )
    headers = ("notice", "kind", "target", "about", "state", "tries", "since", "last error")
    return Sheet(headers, [_notice(one) for one in found])


def _notice(one: NoticeRow) -> tuple[str, str, str, str, str, int, Any, str]:
    state = str(one.state)
    return one.id, one.kind, one.target, one.subject, state, one.attempts, one.created_at, one.last_error
