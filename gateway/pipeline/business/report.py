"""What people ask about the business axis: what was said of a document, and what was said and fits nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from gateway.pipeline.sheet import Cell, Sheet

MOST: Final = 100_000
"""Statements of one list."""
SHOWN: Final = 200
"""Statements that are shown with one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessFact:
    """One statement: line `line` of what document `document` says. `by` is what people call that, `subject` the
    document it is about, "" while none is known; `reason` then says why.

    state: matched; early, its document is not known to be sent; unmatched, it names nothing that we know; ambiguous, it
    can be any of several; closed by a person. `kind` is answer, payment, adjustment, advice or closed. `says` is the
    state that it speaks for, "" for payments, which add up. `number` is what it names.
    """

    document: str
    line: int
    partner: str
    usage: str
    set_id: str
    by: str
    kind: str
    number: str
    says: str
    amount: Decimal | None
    currency: str
    dated: str
    at: datetime
    words: str
    state: str
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFacts:
    """Which of those that fit nothing: "" does not matter."""

    partner: str = ""
    set_id: str = ""
    state: str = ""
    usage: str = "P"


class BusinessFacts(Protocol):
    """What is asked of the store."""

    def left(self, wanted: WantedFacts, *, limit: int) -> Sequence[BusinessFact]:
        """What was said and fits nothing, the oldest first."""


HEADERS: Final = (
    *("partner", "set", "said by", "document", "line", "kind", "number", "amount", "currency", "dated", "came at"),
    *("state", "reason", "words"),
)
"""What each means to finance stands in docs/finance.md."""


def sheet(facts: Iterable[BusinessFact]) -> Sheet:
    """One by one, as they come."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.partner, one.set_id, one.by, one.document, one.line, one.kind, one.number, one.amount),
            *(one.currency, one.dated, one.at, one.state, one.reason, one.words),
        )
        for one in facts
    ]
    return Sheet(HEADERS, rows)
