"""What has to follow, as lists tell it: of us and of partners, by when, who looks after it, and what hangs on it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, Protocol

from gateway.pipeline.sheet import Cell, Sheet

MOST: Final = 100_000
"""Things of one list: more do not fit into what a person, or a spreadsheet, works through."""

Standing = Literal["open", "late", "met", "waived", "ended"]
STANDINGS: Final[Sequence[Standing]] = ("open", "late", "met", "waived", "ended")
"""Still to come; came too late; came, late or not; given up by a person; not owed any more."""

ESTIMATE: Final = ("estimate from order", "estimate currency")

HEADERS: Final = (
    *("by", "owed", "partner", "order", "number", "amount", "currency", *ESTIMATE, "since", "due at", "hours late"),
    *("state", "reckoned", "coming", "refused", "met by", "owner", "subject"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing that has to follow `subject`: a document, an answer or interchange of ours, or a file that came in.

    `by` is us or partner. `what` is a set, TA1, `answer` (of a file that nobody has read) or `decision` (about one that
    was set aside). `number` is the subject's own, or its file's name; `amount` and `currency` are what that document is
    worth, `order_amount` and `order_currency` what the order came to that it is about. Times are UTC; `due_at` is None
    where nobody can say. `coming` is the document on its way that would meet it, `refused` the last
    that was refused by whoever waits for it.
    `said` is why it is owed no more, or why a person waived it.
    """

    subject: str
    what: str
    by: str
    partner: str
    agreement: str
    usage: str
    order: str
    order_id: str
    number: str
    amount: Decimal | None
    currency: str
    started_at: datetime
    due_at: datetime | None
    reckoned: str
    state: str
    missed: bool
    coming: str
    met_by: str
    met_at: datetime | None
    said: str
    owner: str
    order_amount: Decimal | None = None
    order_currency: str = ""
    refused: str = ""

    @property
    def late(self) -> bool:
        """Whether it came, and too late."""
        return self.met_at is not None and self.due_at is not None and self.met_at > self.due_at

    def overdue(self, now: datetime) -> bool:
        """Whether it is past its time and still to come."""
        return self.state == "open" and self.due_at is not None and self.due_at <= now

    def hours_late(self, now: datetime) -> int:
        """Whole hours past its time, until it came or until now; 0 where it is not late, or owed no more."""
        until = self.met_at or (now if self.state == "open" else None)
        if self.due_at is None or until is None:
            return 0
        return max(0, (until - self.due_at) // timedelta(hours=1))

    def words(self, now: datetime) -> str:
        """One sentence for people."""
        whom = "we owe" if self.by == "us" else "owed to us"
        due = f" by {self.due_at:%Y-%m-%d %H:%M} UTC" if self.due_at is not None else ", nobody knows by when"
        match self.state:
            case "met":
                came = f"met{' late' if self.late else ''} {self.met_at:%Y-%m-%d %H:%M} UTC by {self.met_by}"
            case "waived" | "ended":
                came = f"{self.state}: {self.said}"
            case _ if self.overdue(now):
                came = f"{self.hours_late(now)} hours late"
            case _:
                came = "open"
        coming = f"; {self.coming} is on its way" if self.coming else ""
        refused = f"; {self.refused} was refused" if self.refused and self.state == "open" else ""
        return f"{whom}{due}, {came}{coming}{refused}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them: "" does not matter. `overdue_at`: only what was past its time then, and is still to come. Only
    what is due from `due_since` on and before `due_until`.
    """

    by: str = ""
    partner: str = ""
    what: str = ""
    order: str = ""
    usage: str = "P"
    standing: Standing = "open"
    overdue_at: datetime | None = None
    due_since: datetime | None = None
    due_until: datetime | None = None


class OwedThings(Protocol):
    """What the list is made from."""

    def owed(self, wanted: Wanted, *, limit: int) -> Sequence[Owed]:
        """Those that are due first, first; those without a time last."""

    def about(self, document: str) -> Sequence[Owed]:
        """All that follows a document, or the order that it is, and what it met; by its whole id."""


def estimates(things: Iterable[Owed]) -> Iterator[tuple[Decimal | None, str]]:
    """What each may be worth by its order, with the currency: only of those whose document states no worth itself, such
    as shipments that are to be billed. Once for each order and set, so that they add up; None for all others.
    """
    told: set[tuple[str, str]] = set()
    for one in things:
        known = one.amount is not None or one.order_amount is None or (one.order_id, one.what) in told
        yield (None, "") if known else (one.order_amount, one.order_currency)
        if not known:
            told.add((one.order_id, one.what))


def sheet(things: Sequence[Owed], now: datetime) -> Sheet:
    """The list as rows."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.by, one.what, one.partner, one.order, one.number, one.amount, one.currency, *estimate),
            *(one.started_at, one.due_at, one.hours_late(now) or None, _state(one, now), one.reckoned, one.coming),
            *(one.refused, one.met_by, one.owner, one.subject),
        )
        for one, estimate in zip(things, estimates(things), strict=True)
    ]
    return Sheet(HEADERS, rows)


def _state(one: Owed, now: datetime) -> str:
    if one.state == "met":
        return "met late" if one.late else "met"
    return "overdue" if one.overdue(now) else one.state
