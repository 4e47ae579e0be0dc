"""Statements as rows keep them, and as the ledger adds them up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim, normal
from gateway.ledger.settling import Said
from gateway.pipeline.business.compare import line_name
from gateway.pipeline.business.statement import Statement, day, money, number_of
from gateway.store.columns import indexed

_ZERO = Decimal()


def called(set_id: str, number: str) -> str:
    """ "820 WT-77120": what people call a set."""
    return f"{set_id} {number[:60]}".strip()


def nothing() -> Statement:
    """What is kept of a set that says nothing of any document."""
    return Statement(kind="advice", claim=None, reason="it says nothing of any document that could be read")


def subject_number(row: Any) -> str:
    """The number that the other side means a document by."""
    name = row.canonical_type.partition(".")[0]
    if name == "invoice":
        return number_of(row.search, "invoice_number") or str(row.business_number)
    if name in ("order", "order_change"):
        return number_of(row.thread, "order") or number_of(row.search, "po_number") or str(row.business_number)
    return str(row.business_number) if name else ""


def lookup(one: Statement) -> str:
    """The normal form of the number that a statement is looked up by; of one that names control numbers only, those."""
    if one.claim is not None and normal(one.claim.number):
        return indexed(normal(one.claim.number))
    return by_group(one.group) if one.group else ""


def first(said: Sequence[Statement], most: int) -> Sequence[Statement]:
    """The first of them, with one that says so where there are more."""
    if len(said) <= most:
        return said
    return [*said[:most], Statement(kind="advice", claim=None, reason=f"{len(said) - most} more that nobody looked at")]


def by_group(group: str) -> str:
    """What a statement is looked up by that names the control number of a group only."""
    return f"GS06 {group.lstrip('0')[:20]}"


def claim_as_json(one: Statement) -> dict[str, Any] | None:
    """A claim as its column keeps it."""
    if one.claim is None:
        return None
    claim = one.claim
    values = {"kinds": list(claim.kinds), "number": claim.number, "release": claim.release, "change": claim.change}
    values |= {"dated": claim.dated.isoformat() if claim.dated else "", "set": claim.set_id}
    return values | {"group": one.group, "set_number": one.set_number}


def claim(stored: Mapping[str, Any]) -> Claim:
    """A claim of its column."""
    return Claim(
        kinds=tuple(stored["kinds"]),
        number=stored["number"],
        release=stored["release"],
        change=stored["change"],
        dated=day(stored["dated"]),
        set_id=stored["set"],
    )


def said_as_json(one: Statement) -> dict[str, Any]:
    """What was said as its column keeps it; amounts as text."""
    amounts = {"stated": one.stated, "discount": one.discount}
    return {
        "state": one.state.value,
        "lines": [dict(line) for line in one.lines],
        "more": one.more,
        "contested": list(one.contested),
        "reasons": list(one.reasons),
        "trace": one.trace,
        "detail": {name: value for name, value in one.detail.items() if value},
    } | {name: format(value, "f") for name, value in amounts.items() if value is not None}


def said(row: Any) -> Said:
    """What the ledger adds up, of a row."""
    told = row.said
    discount = money(told.get("discount")) or _ZERO
    return Said(
        document=row.document_id,
        line=row.line,
        kind=row.kind,
        at=row.at,
        by=row.by,
        state=BusinessState(told["state"]),
        lines=outcomes(told["lines"]),
        whole=bool(told.get("whole")),
        amount=-(row.amount or _ZERO) if told.get("turned") else row.amount or _ZERO,
        stated=money(told.get("stated")),
        discount=discount,
        allowed=min(discount, money(told.get("offered")) or _ZERO),
        more=told["more"],
        contested=tuple(told["contested"]),
        reasons=tuple(told["reasons"]),
        trace=told["trace"],
        words=row.words,
    )


def outcomes(lines: Sequence[Mapping[str, str]]) -> Mapping[str, BusinessState]:
    """What becomes of each line. One that says neither number nor article, or an article that came before, counts for
    itself: its answer never takes the place of another's.
    """
    found: dict[str, BusinessState] = {}
    for position, one in enumerate(lines, 1):
        name = line_name(one)
        unlike = not name or (not one.get("line") and name in found)
        found[f"{name} #{position}" if unlike else name] = BusinessState(one.get("outcome", ""))
    return found


def is_credit(rows: Sequence[Any]) -> bool:
    """Whether what was said is about a credit memo, as its own body says."""
    return any(row.said.get("credit") for row in rows)


def by_line(lines: Sequence[Mapping[str, str]]) -> str:
    """ "line 003: quantity 20, ordered 24": what differs, the first of it."""
    differing = [one for one in lines if one.get("differs") or one.get("outcome") not in ("", "confirmed", None)]
    told = [
        f"line {line_name(one) or '?'}: {one.get('differs') or one.get('said') or one['outcome']}" for one in differing
    ]
    return "; ".join(told[:5]) + (f"; and {len(told) - 5} more lines" if len(told) > 5 else "")
