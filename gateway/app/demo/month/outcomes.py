"""Whether everything that the plan has happen did happen, and left what it should: a count for every case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from gateway.app.demo.month.plan import Case, Order
from gateway.app.demo.month.player import Month
from gateway.ledger import events
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.store.tables import DOCUMENT, EVENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, TRANSMISSION

_A = AcknowledgementState
_ENDS: Final[Mapping[Case, AcknowledgementState]] = {
    Case.REVERSED: _A.REJECTED,
    Case.LOST: _A.OVERDUE,
    Case.WAIVED: _A.WAIVED,
    Case.MISCOUNTED: _A.OVERDUE,
    Case.FOREIGN: _A.OVERDUE,
    Case.NOTED: _A.ACCEPTED_WITH_ERRORS,
    Case.IN_PART: _A.REJECTED,
    Case.REFUSED_BY_ONE_WHO_SAYS_NOTHING: _A.REJECTED,
}
"""What is known of the document that a case is about, in the end; of every other it is that the partner accepted it."""

_TOLD: Final[Mapping[Case, str]] = {
    Case.LATE: events.DOCUMENT_OVERDUE,
    Case.LOST: events.DOCUMENT_OVERDUE,
    Case.WAIVED: events.DOCUMENT_WAIVED,
    Case.REVERSED: events.DOCUMENT_ACKNOWLEDGED,
    Case.RESENT: events.DOCUMENT_SUPERSEDED,
    Case.CORRECTED: events.DOCUMENT_CORRECTS,
    Case.TA1_REJECTED: events.DOCUMENT_SUPERSEDED,
    Case.NOT_FETCHED: events.DOCUMENT_LATE,
    Case.HELD: events.DOCUMENT_RELEASED,
    Case.ASSUMED: events.DOCUMENT_ASSUMED,
}
"""Which event the history of the document has that a case is about."""

_BUSINESS: Final[Mapping[tuple[Case, str], BusinessState]] = {
    (Case.SHORT_PAID, "810"): BusinessState.SHORT_PAID,
    (Case.DISPUTED, "810"): BusinessState.DISPUTED,
    (Case.CHANGED, "850"): BusinessState.CHANGED,
    (Case.PLAIN, "810"): BusinessState.PAID,
}
"""What ACME has paid or disputes, and what Kestrel does not deliver as ordered."""

_CAME: Final[Mapping[Case, str]] = {
    Case.UNMAPPED: events.DOCUMENT_HELD,
    Case.ERP_REFUSED: events.DOCUMENT_DEAD,
    Case.ERP_SILENT: events.DOCUMENT_DEFERRED,
    Case.REFUSED_BY_US: events.DOCUMENT_REJECTED,
}
"""The same for the order itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One case: how often it was to happen and how often it did, with the first order of it."""

    case: Case
    planned: int
    found: int
    example: Order


@dataclass(slots=True)
class _Books:
    """What is looked up for all orders at once."""

    month: Month
    ours: dict[str, Any]
    kinds: dict[str, set[str]]
    came: dict[tuple[str, str], list[Any]]
    successors: dict[str, str]
    envelopes: dict[str, str]
    aside: int
    duplicates: int


def tallies(month: Month) -> tuple[Sequence[Tally], Sequence[str]]:
    """Every case with its counts, and what is otherwise than it should be, in words."""
    books = _opened(month)
    found: dict[Case, int] = {}
    faults: list[str] = []
    first: dict[Case, Order] = {}
    for order in month.plan.orders:
        first.setdefault(order.case, order)
        wrong = [*_documents(books, order), *_case(books, order)]
        faults += [f"{order.partner} {order.number} ({order.case}): {one}" for one in wrong]
        found[order.case] = found.get(order.case, 0) + (not wrong)
    counts = month.plan.counts
    faults += _whole(books, counts)
    rows = [
        Tally(case=one, planned=counts[one], found=found.get(one, 0), example=first[one])
        for one in Case
        if one in first
    ]
    return rows, faults


def _opened(month: Month) -> _Books:
    with month.house.memory.database.reading() as connection:
        columns = ("id", "direction", "set_id", "state", "acknowledgement", "business_number", "business")
        groups, sendings = OUTBOUND_GROUP, OUTBOUND_INTERCHANGE
        rows = connection.execute(
            select(*(DOCUMENT.c[name] for name in columns), sendings.c.ta1)
            .outerjoin(groups, groups.c.id == DOCUMENT.c.outbound_group_id)
            .outerjoin(sendings, sendings.c.id == groups.c.interchange_id)
        ).all()
        kinds: dict[str, set[str]] = {}
        successors: dict[str, str] = {}
        told = select(EVENT.c.subject, EVENT.c.kind, EVENT.c.detail).where(EVENT.c.kind.startswith("document."))
        for event in connection.execute(told):
            kinds.setdefault(event.subject, set()).add(event.kind)
            if event.kind == events.DOCUMENT_SUPERSEDED:
                successors[event.subject] = event.detail.get("by", "")
        aside = connection.execute(select(TRANSMISSION.c.id).where(TRANSMISSION.c.state == "quarantined")).all()
        again = connection.execute(select(INTERCHANGE.c.id).where(INTERCHANGE.c.state == "duplicate")).all()
    came: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row.direction == "inbound":
            came.setdefault((row.business_number, row.set_id), []).append(row)
    return _Books(
        month=month,
        ours={row.id: row for row in rows if row.direction == "outbound"},
        kinds=kinds,
        came=came,
        successors=successors,
        envelopes={row.id: row.ta1 or "" for row in rows if row.direction == "outbound"},
        aside=len(aside),
        duplicates=len(again),
    )


def _documents(books: _Books, order: Order) -> Sequence[str]:
    """Each document of ours about an order is where it should be."""
    wrong = []
    for (number, set_id), document in books.month.documents.items():
        if number != order.number:
            continue
        row, seen = books.ours.get(document), 0
        while row is not None and row.state == "superseded" and seen < 5:
            row, seen = books.ours.get(books.successors.get(row.id, "")), seen + 1
        usual = _A.ASSUMED if order.partner == "bolt" else _A.ACCEPTED
        about = set_id == order.set_id
        wanted = _ENDS.get(order.case, usual) if about else usual
        if row is None or (row.state, row.acknowledgement) != ("sent", wanted):
            wrong.append(f"its {set_id} is {_place(row)}, not sent {wanted}")
        business = _BUSINESS.get((order.case, set_id)) if order.partner in ("acme", "kestrel") else None
        if row is not None and business is not None and row.business != business:
            wrong.append(f"the business of its {set_id} is {row.business or 'unknown'}, not {business}")
        kind = _TOLD.get(order.case) if about else None
        if order.number in books.month.operators.too_late:
            continue
        if kind is not None and kind not in books.kinds.get(document, ()):
            wrong.append(f"its {set_id} has no {kind}")
    return wrong


def _place(row: Any) -> str:
    return "unknown" if row is None else f"{row.state} {row.acknowledgement}"


def _case(books: _Books, order: Order) -> Sequence[str]:
    """What else a case leaves."""
    wrong = []
    set_id = "875" if order.partner == "fernhill" else "850"
    orders = books.came.get((order.number, set_id), [])
    if order.partner != "kestrel" and [one.state for one in orders] != ["delivered"]:
        wrong.append(f"the order itself is {[one.state for one in orders]}")
    kind = _CAME.get(order.case)
    if kind is not None and order.case is not Case.REFUSED_BY_US:
        wrong += [f"the order has no {kind}" for one in orders if kind not in books.kinds[one.id]]
    return [*wrong, *_OTHERS.get(order.case, _nothing)(books, order)]


def _nothing(_books: _Books, _order: Order) -> Sequence[str]:
    return ()


def _second(books: _Books, order: Order) -> Sequence[str]:
    """The file that came under a number used before was let through."""
    states = [one.state for one in books.came.get((f"{order.number}B", "850"), [])]
    return () if states == ["delivered"] else (f"the order under its number is {states}",)


def _change(books: _Books, order: Order) -> Sequence[str]:
    states = [one.state for one in books.came.get((order.number, "860"), [])]
    return () if states == ["delivered"] else (f"its change is {states}",)


def _envelope(books: _Books, order: Order) -> Sequence[str]:
    said = books.envelopes.get(books.month.documents.get((order.number, "850"), ""), "unknown")
    return () if said == _A.AWAITED else (f"the TA1 for it is {said or 'not awaited'}",)


_OTHERS: Final[Mapping[Case, Callable[[_Books, Order], Sequence[str]]]] = {
    Case.NUMBER_TWICE: _second,
    Case.CHANGE_FIRST: _change,
    Case.CHANGE_AFTER: _change,
    Case.TA1_MISSING: _envelope,
}


def _whole(books: _Books, counts: Mapping[Case, int]) -> Sequence[str]:
    """What is counted over all."""
    held = [row for rows in books.came.values() for row in rows if row.state == "held"]
    closed = [row for rows in books.came.values() for row in rows if row.state == "closed"]
    refused = [row for rows in books.came.values() for row in rows if row.state == "rejected"]
    wanted = {
        "files set aside": (books.aside, counts[Case.NUMBER_LEFT]),
        "duplicates": (books.duplicates, counts[Case.FILE_TWICE] + counts[Case.TWICE]),
        "orders rejected by us": (len(refused), counts[Case.REFUSED_BY_US]),
        "997s that wait for a person": (len(held), counts[Case.FOREIGN] + counts[Case.UNKNOWN]),
        "997s that a person closed": (len(closed), counts[Case.MISCOUNTED]),
    }
    return [f"{what}: {found}, planned {planned}" for what, (found, planned) in wanted.items() if found != planned]
