"""The whole life of a purchase order, as people and programs ask for it: what passed, what is out of order, and
line by line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol

from gateway.ledger.order_lines import LedgerLine
from gateway.ledger.thread_flags import Flag
from gateway.pipeline.sheet import Cell, Sheet

MOST: Final = 10_000
"""Threads of one list."""

MOST_ROWS: Final = 2_000
"""Documents of one thread that are told, the newest: a blanket order without releases has many."""

LATE: Final = ", late since"
"""How what is past its time is told in `LifeRow.owed`."""

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "810": "invoice",
        "812": "adjustment",
        "820": "payment",
        "824": "advice",
        "850": "purchase order",
        "855": "order response",
        "856": "ship notice",
        "860": "order change",
        "865": "change response",
        "875": "grocery order",
        "880": "grocery invoice",
        "940": "warehouse order",
        "943": "warehouse transfer",
        "944": "warehouse receipt",
        "945": "warehouse shipment",
        "997": "receipt",
        "999": "receipt",
        "TA1": "receipt",
    }
)
"""What sets are, in two words."""

SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "by us",
        "E": "by us, errors noted",
        "R": "refused by us",
        "awaited": "not answered yet",
        "accepted": "by them",
        "accepted_with_errors": "by them, errors noted",
        "partially_accepted": "in part by them",
        "rejected": "refused by them",
        "overdue": "overdue",
        "assumed_accepted": "by them, as nothing was refused",
        "waived": "waived",
    }
)
"""Who accepted: of what came in we say it, of what went out the partner does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRow:
    """One document of a thread, or one acknowledgement about some: `answers` says about which, "" of a document.

    `at` is when it came in, or was laid out for the partner; until then when it was handed in. `way` is in or out.
    The three axes are `state`, `acknowledgement` and `business`. `owed` says in words what has still to happen with it,
    or to follow it. `instead` is the id of the document that took its place. `doubt` is why it may not belong here.
    """

    at: datetime
    way: str
    partner: str
    set_id: str
    number: str
    part: str
    state: str
    acknowledgement: str
    business: str
    amount: Decimal | None
    currency: str
    owed: str
    reason: str
    instead: str
    generation: int
    doubt: str
    answers: str
    id: str

    @property
    def late(self) -> bool:
        """Whether something that has to happen with it, or to follow it, is past its time."""
        return LATE in self.owed

    @property
    def document(self) -> str:
        """ "850 purchase order"."""
        return f"{self.set_id} {WORDS.get(self.set_id, '')}".strip()

    @property
    def stands(self) -> str:
        """The delivery axis, with what took its place, or that it was delivered again."""
        if self.instead:
            return f"{self.state} by {self.instead}"
        return f"{self.state} ({self.generation} times)" if self.generation > 1 else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderThread:
    """One thread. `kind` is as `gateway.ledger.thread.Kind`, `state` as `gateway.ledger.thread_state.ThreadState`, and
    `because` says for what. `left_out` counts older documents that are not told.
    """

    id: str
    partner: str
    usage: str
    kind: str
    number: str
    release: str
    opened_at: datetime
    last_at: datetime
    state: str
    because: str
    rows: Sequence[LifeRow]
    flags: Sequence[Flag]
    lines: Sequence[LedgerLine]
    left_out: int = 0

    @property
    def title(self) -> str:
        """One line for people."""
        whose = {
            "customer": f"order {self.number} of {self.partner}",
            "supplier": f"our order {self.number} to {self.partner}",
            "warehouse": f"warehouse order {self.number} at {self.partner}",
            "transfer": f"transfer {self.number} to {self.partner}",
        }[self.kind]
        release = f", release {self.release}" if self.release else ""
        test = ", a test" if self.usage == "T" else ""
        return f"{whose}{release}{test}, {self.opened_at:%Y-%m-%d} to {self.last_at:%Y-%m-%d}"

    @property
    def standing(self) -> str:
        """Where it stands as a whole, for people."""
        return f"{self.state} ({self.because})" if self.because else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """One line of a list of threads. `open` counts documents of it with a deadline, or with something that has to
    follow; `late` those of them that are past it. `state` and `because` are as in `OrderThread`.
    """

    partner: str
    usage: str
    kind: str
    number: str
    release: str
    opened_at: datetime
    last_at: datetime
    documents: int
    open: int
    late: int
    doubtful: int
    state: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which threads: "" does not matter. `open`: only those of which something has still to happen."""

    partner: str = ""
    usage: str = "P"
    kind: str = ""
    open: bool = False


class OrderThreads(Protocol):
    """What is known of threads: bounded reads that never wait for a writer."""

    def threads(self, number: str, *, partner: str = "", usage: str = "P") -> Sequence[OrderThread]:
        """Every thread of an order number, also those that only name it, the oldest first."""

    def listed(self, wanted: Wanted, *, limit: int) -> Sequence[ThreadRow]:
        """Those in which something happened last, first."""


# ---------------------------------------------------------------------------------------------- rows


HEADERS: Final = (
    *("time", "way", "partner", "document", "number", "state", "accepted", "business", "amount", "currency"),
    *("still owed", "id"),
)
LINE_HEADERS: Final = (
    *("line", "article", "unit", "ordered", "changed", "confirmed", "shipped", "invoiced", "to ship", "to invoice"),
    "note",
)
LIST_HEADERS: Final = (
    *("partner", "kind", "number", "release", "opened at", "last at", "documents", "open", "late", "doubtful"),
    *("state", "because"),
)
_OF_THREAD: Final = ("thread", "release", "opened at")


def life_sheet(threads: Sequence[OrderThread], *, alone: bool) -> Sheet:
    """What passed. Unless it stands `alone`, each row begins with its thread: for spreadsheets."""
    rows = [(*(() if alone else _thread_cells(thread)), *_life_cells(row)) for thread in threads for row in thread.rows]
    return Sheet(HEADERS if alone else (*_OF_THREAD, *HEADERS), rows)


def lines_sheet(threads: Sequence[OrderThread], *, alone: bool) -> Sheet:
    """The ledger."""
    rows = [
        (*(() if alone else _thread_cells(thread)), *_line_cells(line)) for thread in threads for line in thread.lines
    ]
    return Sheet(LINE_HEADERS if alone else (*_OF_THREAD, *LINE_HEADERS), rows)


def list_sheet(threads: Sequence[ThreadRow]) -> Sheet:
    """A list of threads."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.partner, one.kind, one.number, one.release, one.opened_at, one.last_at, one.documents),
            *(one.open, one.late, one.doubtful, one.state, one.because),
        )
        for one in threads
    ]
    return Sheet(LIST_HEADERS, rows)


def _thread_cells(thread: OrderThread) -> tuple[Cell, ...]:
    return (thread.number, thread.release, thread.opened_at)


def _life_cells(row: LifeRow) -> tuple[Cell, ...]:
    number = f"for {row.answers}" if row.answers else f"{row.number} {row.part}".strip()
    said = SAID.get(row.acknowledgement, row.acknowledgement)
    return (
        *(row.at, row.way, row.partner, row.document, number, row.stands, said, row.business, row.amount, row.currency),
        *(row.owed, row.id),
    )


def _line_cells(line: LedgerLine) -> tuple[Cell, ...]:
    return (
        *(line.number, line.article, ", ".join(line.units), line.ordered, line.changed, line.confirmed, line.shipped),
        *(line.invoiced, line.to_ship, line.to_invoice, line.note),
    )
