"""What we sent and is not known to be good: the list that finance works through, and how old it is in money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from gateway.ledger.acks import AcknowledgementState
from gateway.pipeline.sheet import Cell, Sheet

_A = AcknowledgementState
UNSETTLED: Final = (_A.AWAITED, _A.OVERDUE, _A.PARTIALLY_ACCEPTED, _A.REJECTED)
"""What is not known to be good, whoever has to act."""

REFUSED: Final = (_A.PARTIALLY_ACCEPTED, _A.REJECTED)
"""What the partner said no to."""

MOST: Final = 100_000
"""Documents of one list: more do not fit into what a person, or a spreadsheet, works through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """One document of ours. Times are UTC; `sent_at` is when the partner had it: fetched, by MDN, or laid there.

    `due` is what has to happen until `due_at` ("" where nothing runs); `missed` whether it is over and that was
    noticed. `owner` is the person who looks after it, else who keeps the agreement. `said` is the partner's sentence
    that tells most. `business` is what it says of the business, `open` what is still owed of an invoice.
    """

    id: str
    partner: str
    agreement: str
    set_id: str
    business_number: str
    order: str
    usage: str
    state: str
    acknowledgement: str
    amount: Decimal | None
    currency: str
    dated: str
    handed_in_at: datetime
    sent_at: datetime | None
    due: str
    due_at: datetime | None
    missed: bool
    owner: str
    said: str
    business: str = ""
    open: Decimal | None = None

    def hours_late(self, now: datetime) -> int:
        """Whole hours past the deadline, 0 while it runs."""
        return max(0, (now - self.due_at) // timedelta(hours=1)) if self.due_at is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them: "" and None do not matter. `overdue`: only what is past its deadline."""

    partner: str = ""
    set_id: str = ""
    acknowledgement: str = ""
    usage: str = "P"
    overdue: bool = False


class UnsettledDocuments(Protocol):
    """What the list is made from."""

    def unsettled(self, wanted: Wanted, *, limit: int) -> Sequence[Unsettled]:
        """Those with the nearest deadline first, those without one last."""

    def ages(self, wanted: Wanted, now: datetime) -> Sequence["Age"]:
        """What `by_age` says of all of them, however many there are."""


HEADERS: Final = (
    *("partner", "set", "number", "order", "amount", "currency", "dated", "sent at", "ack", "business", "open"),
    *("due", "due at", "hours late", "owner", "document", "said"),
)
"""What each means to finance stands in docs/finance.md."""


def sheet(documents: Iterable[Unsettled], now: datetime) -> Sheet:
    """One by one, as they come."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.partner, one.set_id, one.business_number, one.order, one.amount, one.currency, one.dated),
            *(one.sent_at, one.acknowledgement, one.business, one.open),
            *(one.due, one.due_at, one.hours_late(now) or None),
            *(one.owner, one.id, one.said),
        )
        for one in documents
    ]
    return Sheet(HEADERS, rows)


# ---------------------------------------------------------------------------------------------- how old


AGES: Final[Sequence[tuple[str, timedelta | None]]] = (
    ("not sent", None),
    ("0-4 hours", timedelta(hours=4)),
    ("4-24 hours", timedelta(hours=24)),
    ("1-3 days", timedelta(days=3)),
    ("3-7 days", timedelta(days=7)),
    ("over 7 days", timedelta.max),
)
"""Since the partner had it, each up to and without its end."""


@dataclass(slots=True)
class Age:
    """How many documents of one age, and what they are worth by currency; of `unpriced` nobody knows. `urgent` are
    past their deadline or refused.
    """

    name: str
    documents: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)
    unpriced: int = 0
    urgent: int = 0


def by_age(documents: Iterable[Unsettled], now: datetime) -> Sequence[Age]:
    """Every age in order, also those of which there are none."""
    found: Mapping[str, Age] = {name: Age(name) for name, _ in AGES}
    for one in documents:
        age = found[age_of(one, now)]
        age.documents += 1
        age.urgent += one.missed or one.acknowledgement in REFUSED
        if one.amount is None:
            age.unpriced += 1
        else:
            age.money[one.currency] = age.money.get(one.currency, Decimal()) + one.amount
    return tuple(found.values())


def age_of(document: Unsettled, now: datetime) -> str:
    """The name of its age."""
    if document.sent_at is None:
        return AGES[0][0]
    since = now - document.sent_at
    return next(name for name, end in AGES[1:] if end is not None and since < end)


def ages_sheet(ages: Iterable[Age]) -> Sheet:
    """One row for each age and currency; the counts stand in the first of an age."""
    rows: list[tuple[Cell, ...]] = []
    for age in ages:
        money: list[tuple[Decimal | None, str]] = [(amount, name) for name, amount in sorted(age.money.items())]
        for position, (amount, currency) in enumerate(money or [(None, "")]):
            first = position == 0
            rows.append((age.name, age.documents if first else None, amount, currency, age.unpriced if first else None))
    return Sheet(("age", "documents", "amount", "currency", "without amount"), rows)
