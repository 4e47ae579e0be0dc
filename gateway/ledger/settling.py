"""From all that was said of one document to where its business stands. Pure, and whatever the order it was heard in.

Money is added up, never taken from the last word: of an invoice of 100 that is paid in two parts neither says it. The
last word counts of what is no sum: an answer to an order, line by line; an 824.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from gateway.ledger.business import BusinessState

B = BusinessState
ZERO: Final = Decimal()
_NAMED: Final = 4
"""Reasons that a sentence names."""

SaidKind = Literal["answer", "payment", "adjustment", "advice", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that was said of a document, at a time, by line `line` of the set `document`; `by` is what people call
    that: "820 WT-77120".

    `state` is what an answer, an advice or a person says. `lines` are outcomes of an answer by line number, none when
    it is about the whole; `whole`: it answers every line there is. `amount` is paid (below zero: taken back), or what
    an adjustment changes of what is owed (below zero: less). `discount` was taken with it, of which `allowed` was
    offered. `more`: the payer says that more follows. `contested` and `reasons` say in words why less came. Of two
    payments with one `trace` the later document repeats the earlier. `stated` is what the payer takes the item to be.
    """

    document: str
    line: int
    kind: SaidKind
    at: datetime
    by: str
    state: BusinessState = B.NONE
    lines: Mapping[str, BusinessState] = field(default_factory=dict)
    whole: bool = False
    amount: Decimal = ZERO
    stated: Decimal | None = None
    discount: Decimal = ZERO
    allowed: Decimal = ZERO
    more: bool = False
    contested: Sequence[str] = ()
    reasons: Sequence[str] = ()
    trace: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where it stands since `at`, in words. `open` is what is still owed of an invoice, below zero when too much came;
    None where nobody can say, and for anything that is not paid.
    """

    state: BusinessState = B.NONE
    at: datetime | None = None
    words: str = ""
    open: Decimal | None = None


def stand(said: Iterable[Said], *, worth: Decimal | None = None, credit: bool = False, currency: str = "") -> Standing:
    """Where the business of a document stands.

    Args:
        said: all that is known to be about it, in any order.
        worth: what it is worth, None when it states nothing.
        credit: whether it is a credit memo, which is worth so much to the payer.
        currency: for the words.
    """
    known = sorted(said, key=_order)
    if not known:
        return Standing()
    last = known[-1]
    if last.kind == "closed":
        return Standing(state=B.CLOSED, at=last.at, words=last.words)
    heard = [one for one in known if one.kind != "closed"]
    paid = _counted(heard)
    if paid:
        return _paid(heard, paid, worth, credit=credit, currency=currency)
    answers = [one for one in heard if one.kind == "answer"]
    if answers:
        return _answered(answers, heard)
    adjusted = sum((one.amount for one in heard if one.kind == "adjustment"), ZERO)
    left = None if worth is None or not adjusted else _signed(worth, credit=credit) + adjusted
    return Standing(state=last.state, at=last.at, words=_by(last), open=left) if last.state else Standing()


def _order(one: Said) -> tuple[datetime, bool, str, int]:
    """Of two in one moment the refusal counts: what contradicts itself accepts nothing."""
    return one.at, one.state in (B.DECLINED, B.DISPUTED), one.document, one.line


def _by(one: Said) -> str:
    return f"{one.by}: {one.words}" if one.words else one.by


# ---------------------------------------------------------------------------------------------- answers to orders


def _answered(answers: Sequence[Said], heard: Sequence[Said]) -> Standing:
    last = heard[-1]
    if last.kind == "advice" and last.state is B.DISPUTED:
        return Standing(state=B.DISPUTED, at=last.at, words=_by(last))
    lines: dict[str, BusinessState] = {}
    for one in answers:
        if one.whole or not one.lines:
            lines = dict(one.lines) or {"": one.state}  # whatever was said of its lines before
        else:
            lines.update(one.lines)
    outcomes = set(lines.values()) - {B.NONE}
    last = answers[-1]
    if not outcomes:
        return Standing()
    state = outcomes.pop() if len(outcomes) == 1 else B.CHANGED
    before = next((one for one in reversed(answers[:-1]) if one.state is not last.state), None)
    words = _by(last)
    if before is not None:
        words += f"; before that {before.by} said {before.state.replace('_', ' ')}"
    return Standing(state=state, at=last.at, words=words)


# ---------------------------------------------------------------------------------------------- money


def _counted(heard: Sequence[Said]) -> list[Said]:
    """Payments that count: of those with one trace only what the latest document says."""
    payments = [one for one in heard if one.kind == "payment"]
    latest = {one.trace: one.document for one in payments if one.trace}
    return [one for one in payments if not one.trace or latest[one.trace] == one.document]


def _paid(
    heard: Sequence[Said], paid: Sequence[Said], worth: Decimal | None, *, credit: bool, currency: str
) -> Standing:
    last = max(paid, key=_order)
    rejected = heard[-1] if heard[-1].kind == "advice" and heard[-1].state is B.DISPUTED else None
    owed = _signed(worth, credit=credit) if worth is not None else _stated(paid)
    adjusted = sum((one.amount for one in heard if one.kind == "adjustment"), ZERO)
    came = sum((one.amount for one in paid), ZERO)
    left = None if owed is None else owed + adjusted - came - sum((one.allowed for one in paid), ZERO)
    state = _state(paid, left, credit=credit)
    words = _words(paid, came, owed, adjusted, left, currency)
    if rejected is not None:
        return Standing(state=B.DISPUTED, at=rejected.at, words=f"{_by(rejected)}; {words}", open=left)
    return Standing(state=state, at=last.at, words=words, open=left)


def _signed(worth: Decimal, *, credit: bool) -> Decimal:
    """What a payer owes by it: a credit memo lowers what is paid."""
    return -worth if credit else worth


def _stated(paid: Sequence[Said]) -> Decimal | None:
    """What the payer takes it to be, where the document itself does not say."""
    return max((one.stated for one in paid if one.stated is not None), default=None)


def _state(paid: Sequence[Said], left: Decimal | None, *, credit: bool) -> BusinessState:
    if left is None:
        return B.PARTLY_PAID
    owed = -left if credit else left
    if not owed:
        return B.PAID
    if owed < 0:
        return B.OVERPAID
    if any(one.contested for one in paid):
        return B.DISPUTED
    return B.PARTLY_PAID if all(one.more for one in paid) else B.SHORT_PAID


def _words(
    paid: Sequence[Said],
    came: Decimal,
    owed: Decimal | None,
    adjusted: Decimal,
    left: Decimal | None,
    currency: str,
) -> str:
    """ "90.00 of 100.00 USD paid by 820 WT-1, 10.00 short: quantity contested (06) -10.00"."""
    money = f" {currency}" if currency else ""
    whole = f"{_plain(came)} of {_plain(owed)}{money} paid" if owed is not None else f"{_plain(came)}{money} paid"
    told = [f"{whole} by {_names([one.by for one in paid])}"]
    if adjusted:
        told.append(f"adjusted by {_plain(adjusted)}")
    discount, allowed = sum((one.discount for one in paid), ZERO), sum((one.allowed for one in paid), ZERO)
    if discount:
        refused = "" if allowed == discount else f", of which {_plain(allowed)} was agreed"
        told.append(f"discount of {_plain(discount)} taken{refused}")
    if left:
        told.append(f"{_plain(abs(left))} {'short' if (left > 0) == ((owed or ZERO) >= 0) else 'too much'}")
    if owed is None:
        told.append("what it is worth is not known")
    reasons = [reason for one in paid for reason in (*one.contested, *one.reasons)]
    return ", ".join(told) + (f": {_names(reasons)}" if reasons else "")


def _names(names: Sequence[str]) -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


def _plain(amount: Decimal) -> str:
    return format(amount, "f")
