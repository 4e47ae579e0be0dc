"""The tables of a close pack, each from the Protocol that its command uses, all of one moment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from gateway.app.keepers import keepers
from gateway.app.memory import Memory
from gateway.app.partner_days import partner_days
from gateway.app.report_days import Months
from gateway.app.reporting import Reporting
from gateway.pipeline import owed, reconciling, reconciling_sheet, reporting, reporting_scorecard, unsettled
from gateway.pipeline.reporting_pack import Table
from gateway.pipeline.sheet import Cell, Sheet
from gateway.store.owed_list import StoreOwed
from gateway.store.reports.moment import Moment
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.reports.said import said
from gateway.store.reports.warehouse import StoreWarehouseOrders
from gateway.store.unsettled import StoreUnsettled

INVOICES: Final = ("810", "880")
MOST: Final = 100_000
"""Rows of one table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a pack is about: `since` and `until` are the company's month."""

    month: str
    first: date
    last: date
    partner: str
    usage: Literal["P", "T"]
    since: datetime
    until: datetime
    now: datetime


def tables(memory: Memory, moment: Moment, reporting_: Reporting, asked: Asked) -> Sequence[Table]:
    """All of them, in the order in which they are read."""
    return [
        *_unacknowledged(memory, moment, asked),
        *_refused(reporting_, asked),
        *_reconciled(memory, moment, asked),
        _owed(memory, moment, asked),
        _scorecard(reporting_, asked),
        *_business(moment, asked),
    ]


def _unacknowledged(memory: Memory, moment: Moment, asked: Asked) -> Sequence[Table]:
    book, found, cut = StoreUnsettled(moment, keepers(memory)), list[unsettled.Unsettled](), False
    for set_id in INVOICES:
        wanted = unsettled.Wanted(partner=asked.partner, set_id=set_id, usage=asked.usage)
        some = book.unsettled(wanted, limit=MOST)
        cut |= len(some) == MOST
        found += [one for one in some if one.acknowledgement in ("awaited", "overdue")]
    found = [one for one in found if one.handed_in_at < asked.until]
    found.sort(key=lambda one: (one.sent_at or asked.now, one.id))
    rows = unsettled.sheet(found, asked.now)
    ages = Sheet(
        ("age", *rows.headers),
        [(unsettled.age_of(one, asked.now), *row) for one, row in zip(found, rows.rows, strict=True)],
    )
    return [
        Table(
            name="unacknowledged-by-age",
            adds_up=True,
            title="Unacknowledged invoices by age",
            about="Invoices of which the partner has not said that it can use them, handed in before the month ended; "
            "counted from when the partner had them.",
            sheet=unsettled.ages_sheet(unsettled.by_age(found, asked.now)),
            shown=("age", "documents", "amount", "currency", "without amount"),
            cut=cut,
        ),
        Table(
            name="unacknowledged",
            adds_up=True,
            title="Unacknowledged invoices, one by one",
            about="The oldest first. Nobody knows whether the partner has them until it says so.",
            sheet=ages,
            shown=("age", "partner", "set", "number", "order", "amount", "currency", "sent at", "ack", "hours late"),
            cut=cut,
        ),
    ]


def _refused(reporting_: Reporting, asked: Asked) -> Sequence[Table]:
    wanted = reporting.Asked(partner=asked.partner, usage=asked.usage, since=asked.since, until=asked.until)
    refused = reporting_.refusals.refused(wanted, limit=reporting.MOST)
    noted = reporting_.refusals.noted(wanted, limit=reporting.MOST)
    meant = reporting_scorecard.Meant(first=asked.first, last=asked.last, partner=asked.partner, usage=asked.usage)
    trend = reporting.trend(reporting_.paces.faults(meant, "outbound"), Months(), meant.first)
    shown = ("partner", "set", "number", "amount", "currency", "answered at", "verdict", "standing", "says")
    return [
        Table(
            name="rejected",
            adds_up=True,
            title="Rejected by partners",
            about="What partners refused in the month, a row for each fault; the amount stands in the first.",
            sheet=reporting.sheet(refused),
            shown=shown,
            cut=len(refused) == reporting.MOST,
        ),
        Table(
            name="accepted-with-errors",
            adds_up=True,
            title="Accepted with errors",
            about="What partners used in the month and noted errors in.",
            sheet=reporting.sheet(noted),
            shown=shown,
            cut=len(noted) == reporting.MOST,
        ),
        Table(
            name="faults",
            title="Faults by code",
            about="How many documents sent in the month, by each partner's days, had each fault, refused or noted.",
            sheet=reporting.trend_sheet(trend),
            shown=("partner", "set", "code", "meaning", "place", "documents", "refused"),
        ),
    ]


def _reconciled(memory: Memory, moment: Moment, asked: Asked) -> Sequence[Table]:
    wanted = reconciling.Wanted(first=asked.first, last=asked.last, partner=asked.partner, usage=asked.usage)
    zones = partner_days(memory).zones

    def zone(name: str) -> str:
        return zones.get(name, "")

    store = StoreReconciling(moment, zone)
    days, files = store.days(wanted), store.files(wanted)
    orders = StoreWarehouseOrders(moment, memory.blobs, zone).orders(wanted, now=asked.now)
    return [
        Table(
            name="reconciliation",
            title="Reconciliation by partner and day",
            about="Days are each partner's own. A difference that is not 0 is explained in differences.csv.",
            sheet=reconciling_sheet.counts(days),
            shown=(
                *("partner", "day", "received", "delivered", "closed", "held", "failed", "refused"),
                "received difference",
                *("sent", "accepted", "open", "rejected", "sent difference", "gaps"),
            ),
        ),
        Table(
            name="worth",
            title="Worth of documents by partner, day, set and currency",
            about="What documents state themselves to be worth, as they came in or went out.",
            sheet=reconciling_sheet.worth(days),
            shown=("partner", "day", "direction", "set", "currency", "documents", "amount", "without amount"),
        ),
        Table(
            name="differences",
            title="Differences",
            about="What does not add up, which warehouse orders were not shipped as ordered (940), and which files "
            "nobody has opened.",
            sheet=reconciling_sheet.differences(days, files, orders),
            shown=("partner", "day", "column", "number", "words"),
        ),
    ]


def _owed(memory: Memory, moment: Moment, asked: Asked) -> Table:
    book, about = StoreOwed(moment, keepers(memory)), owed.Wanted(partner=asked.partner, usage=asked.usage)
    missing = replace(about, overdue_at=asked.now, due_until=asked.until)
    late = replace(about, standing="late", due_since=asked.since, due_until=asked.until)
    both = [book.owed(wanted, limit=MOST) for wanted in (missing, late)]
    return Table(
        name="owed",
        title="Owed, and not there in time",
        about="Answers, ship notices, invoices and acknowledgements that came late or are missing, of us and of "
        "partners.",
        sheet=owed.sheet([one for some in both for one in some], asked.now),
        shown=("by", "owed", "partner", "order", "number", "amount", "currency", "due at", "hours late", "state"),
        cut=any(len(some) == MOST for some in both),
    )


def _scorecard(reporting_: Reporting, asked: Asked) -> Table:
    meant = reporting_scorecard.Meant(first=asked.first, last=asked.last, partner=asked.partner, usage=asked.usage)
    return Table(
        name="scorecard",
        title="How partners fared",
        about="Days are each partner's own; overdue is as of the moment.",
        sheet=reporting_scorecard.sheet(reporting_.scorecards(meant, asked.now)),
        shown=(
            *("partner", "sent", "answered", "refused", "refused %", "late", "late %", "overdue now"),
            *("hours to answer", "received", "refused by us", "silent days"),
        ),
    )


def _business(moment: Moment, asked: Asked) -> Sequence[Table]:
    rows = said(moment, asked.since, asked.until, partner=asked.partner, usage=asked.usage, limit=MOST)
    cut = len(rows.rows) == MOST
    return [
        Table(
            name="said-by-kind",
            title="Payments, short pays, debits and disputes, counted",
            about="What was said in the month of documents, by kind. Amounts are as they were said.",
            sheet=_by_kind(rows),
            shown=("partner", "set", "kind", "matched", "currency", "statements", "amount"),
            cut=cut,
        ),
        Table(
            name="said",
            title="Payments, short pays, debits and disputes, one by one",
            about="What partners said in the month of documents of ours, and we of theirs: `stated` is what our "
            "document says it is worth.",
            sheet=rows,
            shown=("partner", "set", "kind", "said at", "about number", "stated", "amount", "currency", "words"),
            cut=cut,
        ),
    ]


def _by_kind(rows: Sheet) -> Sheet:
    counts: Counter[tuple[Cell, ...]] = Counter()
    sums: dict[tuple[Cell, ...], Decimal] = {}
    for one in rows.values():
        key = tuple(one[name] for name in ("partner", "set", "kind", "matched", "currency"))
        counts[key] += 1
        amount = one["amount"]
        if isinstance(amount, Decimal):
            sums[key] = sums.get(key, Decimal()) + amount
    headers = ("partner", "set", "kind", "matched", "currency", "statements", "amount")
    ordered = sorted(counts, key=lambda key: tuple(map(str, key)))
    return Sheet(headers, [(*key, counts[key], sums.get(key)) for key in ordered])
