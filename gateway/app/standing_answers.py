"""Where things stand, over the HTTP API: documents, what is owed, whether days add up; asked as their commands are."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from gateway.api.reports import Question, Report
from gateway.app.exchanged import order_threads as known_threads
from gateway.app.keepers import keepers
from gateway.app.memory import Memory, utc_now
from gateway.app.partner_days import partner_days
from gateway.app.report_days import days_meant
from gateway.errors import UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.pipeline import order_threads, owed, reconciling, reconciling_sheet, warehousing
from gateway.pipeline.owed import Standing
from gateway.pipeline.questions import DocumentRow
from gateway.pipeline.sheet import Cell, Sheet
from gateway.store.owed_list import StoreOwed
from gateway.store.reports.moment import standing_still
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.reports.warehouse import StoreWarehouseOrders

Text = Annotated[str, Field(max_length=255)]
Day = Annotated[str, Field(max_length=10)]
Usage = Literal["P", "T"]

_STATES: Final = {str(one) for one in (*DocumentState, *OutboundState)}
_HEADERS: Final = (
    *("document", "transmission", "received at", "direction", "partner", "set", "part", "usage", "number"),
    *("control numbers", "state", "ack", "business", "open", "currency", "owner", "erp id", "headline", "reason"),
)


class DocumentsQuestion(Question):
    """As `gateway documents list` takes it."""

    partner: Text = ""
    state: Text = ""
    direction: Literal["", "inbound", "outbound"] = ""
    usage: Literal["", "P", "T"] = ""
    set: Text = ""
    search: Text = ""
    ack: Text = ""
    owner: Text = ""
    business: Text = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class OwedQuestion(Question):
    """As `gateway owed` takes it."""

    by: Literal["", "us", "partner"] = ""
    partner: Text = ""
    set: Text = ""
    order: Text = ""
    overdue: bool = False
    state: Standing = "open"
    usage: Usage = "P"
    limit: Annotated[int, Field(ge=1, le=owed.MOST)] = 1000


class ReconcileQuestion(Question):
    """As `gateway reconcile` takes it. `view`: the counts, what documents are worth, our 940s against 945s, or all that
    does not add up; `show`: what one count counts, one by one.
    """

    day: Day = ""
    from_: Day = Field(default="", alias="from")
    to: Day = ""
    partner: Text = ""
    usage: Usage = "P"
    view: Literal["counts", "worth", "warehouse", "differences"] = "counts"
    show: Text = ""
    limit: Annotated[int, Field(ge=1, le=reconciling.MOST)] = 1000


class ThreadsQuestion(Question):
    """As `gateway threads list` takes it."""

    partner: Text = ""
    kind: Literal["", "customer", "supplier", "warehouse", "transfer"] = ""
    open: bool = False
    usage: Usage = "P"
    limit: Annotated[int, Field(ge=1, le=order_threads.MOST)] = 100


def standing_answers(memory: Memory) -> Sequence[Report[Any]]:
    """All of them."""
    return (
        Report(
            name="documents",
            summary="Documents, newest first",
            question=DocumentsQuestion,
            answer=lambda asked: _documents(memory, asked),
        ),
        Report(
            name="owed",
            summary="What has to follow, of us and of partners, what is due first first",
            question=OwedQuestion,
            answer=lambda asked: _owed(memory, asked),
        ),
        Report(
            name="reconcile",
            summary="Whether days add up, partner by partner",
            question=ReconcileQuestion,
            answer=lambda asked: _reconcile(memory, asked),
        ),
        Report(
            name="threads",
            summary="Orders with what has still to happen, those in which something happened last first",
            question=ThreadsQuestion,
            answer=lambda asked: _threads(memory, asked),
        ),
    )


def _documents(memory: Memory, asked: DocumentsQuestion) -> Sheet:
    _one_of("state", asked.state, _STATES)
    _one_of("ack", asked.ack, {str(one) for one in AcknowledgementState if one})
    _one_of("business", asked.business, {str(one) for one in BusinessState if one})
    found = memory.questions.documents(
        partner=asked.partner,
        state=asked.state,
        usage=asked.usage,
        search=asked.search,
        direction=asked.direction,
        acknowledgement=asked.ack,
        owner=asked.owner,
        business=asked.business,
        set_id=asked.set,
        limit=asked.limit,
    )
    return Sheet(_HEADERS, [_document(row) for row in found])


def _document(row: DocumentRow) -> tuple[Cell, ...]:
    return (
        *(row.id, row.transmission_id, row.received_at, row.direction, row.partner, row.set_id, row.part, row.usage),
        *(row.business_number, row.control_numbers, row.state, row.acknowledgement, row.business, row.business_open),
        *(row.currency, row.owner, row.external_id, row.headline, row.reason or row.answer or row.business_words),
    )


def _owed(memory: Memory, asked: OwedQuestion) -> Sheet:
    if asked.overdue and asked.state != "open":
        raise UsageError("overdue goes with the state open")
    now = utc_now()
    wanted = owed.Wanted(
        by=asked.by,
        partner=asked.partner,
        what=asked.set,
        order=asked.order,
        usage=asked.usage,
        standing=asked.state,
        overdue_at=now if asked.overdue else None,
    )
    return owed.sheet(StoreOwed(memory.database, keepers(memory)).owed(wanted, limit=asked.limit), now)


def _reconcile(memory: Memory, asked: ReconcileQuestion) -> Sheet:
    zones = partner_days(memory).zones
    now = utc_now()
    days = days_meant(asked.day, asked.from_, asked.to, now, zones.values())
    wanted = reconciling.Wanted(first=days.first, last=days.last, partner=asked.partner, usage=asked.usage)

    def zone(name: str) -> str:
        return zones.get(name, "")

    with standing_still(memory.database) as still:
        store, shipped = StoreReconciling(still, zone), StoreWarehouseOrders(still, memory.blobs, zone)
        if asked.show:
            return reconciling_sheet.behind(store.behind(wanted, asked.show, limit=asked.limit))
        match asked.view:
            case "counts":
                return reconciling_sheet.counts(store.days(wanted))
            case "worth":
                return reconciling_sheet.worth(store.days(wanted))
            case "warehouse":
                return warehousing.sheet(shipped.orders(wanted, now=now))
            case "differences":
                orders = shipped.orders(wanted, now=now)
                return reconciling_sheet.differences(store.days(wanted), store.files(wanted), orders)


def _threads(memory: Memory, asked: ThreadsQuestion) -> Sheet:
    wanted = order_threads.Wanted(partner=asked.partner, usage=asked.usage, kind=asked.kind, open=asked.open)
    return order_threads.list_sheet(known_threads(memory).listed(wanted, limit=asked.limit))


def _one_of(name: str, value: str, known: set[str]) -> None:
    if value and value not in known:
        raise UsageError(f"{name} {value!r}: it is one of {', '.join(sorted(known))}")
