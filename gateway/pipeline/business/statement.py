"""One statement of a set about another document, and how canonical bodies are looked into for it. Pure.

Bodies are stored ones, which may be of an older version: what is not there is not said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from gateway.canonical.facts import MOST_WORTH
from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim
from gateway.ledger.settling import SaidKind

B = BusinessState
Body = Mapping[str, Any]
LONGEST: Final = 500
"""Characters of a sentence that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `claim` says what it is about, None when it names nothing; `reason` then says why a person has to
    look. `group` and `set_number` are the control numbers (GS06, ST02) of what it is about, where it names them;
    `of_group`: of every document of that group. The rest as in `gateway.ledger.settling.Said`; `lines` are answers to
    lines, each with `line`, `outcome`, `said` and what is promised.
    """

    kind: SaidKind
    claim: Claim | None
    reason: str = ""
    group: str = ""
    set_number: str = ""
    of_group: bool = False
    state: BusinessState = B.NONE
    lines: Sequence[Mapping[str, str]] = ()
    amount: Decimal | None = None
    currency: str = ""
    stated: Decimal | None = None
    discount: Decimal | None = None
    more: bool = False
    contested: Sequence[str] = ()
    reasons: Sequence[str] = ()
    trace: str = ""
    dated: date | None = None
    words: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


def number_of(body: Body, *names: str) -> str:
    """The first of these fields that is text."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), "")


def money(value: object) -> Decimal | None:
    """A canonical number; None for what is none."""
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return bounded(amount) if amount is not None and amount.is_finite() else None


def bounded(amount: Decimal) -> Decimal | None:
    """An amount of money, None for more than anybody's."""
    return amount if abs(amount) <= MOST_WORTH and amount.adjusted() >= -28 else None


def day(value: object) -> date | None:
    """A canonical date; None for what is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def listed(body: Body, name: str) -> Sequence[Body]:
    """The entries of a list."""
    found = body.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else ()


def cut(text: str) -> str:
    """Text of at most `LONGEST` characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
