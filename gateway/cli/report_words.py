"""Refusals as a person reads them in a terminal: what, where, what was sent, who wrote it, what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from gateway.cli.table import printable
from gateway.ledger.acks import HEADLINES
from gateway.pipeline.owed import estimates
from gateway.pipeline.reporting import Fault, Refusal, Sums
from gateway.pipeline.reporting_exposure import Exposure, estimated, sums
from gateway.pipeline.reporting_scorecard import Scorecard, sheet

_VERDICTS: Mapping[str, str] = {
    "rejected": "rejected",
    "partially_accepted": "rejected in part",
    "accepted_with_errors": "used, with errors noted",
    "waived": "refused, and waived since",
    "disputed": "contested",
}
_WIDTH = 13


def refusals(documents: Iterable[Refusal]) -> Iterator[str]:
    """One block for each document, an empty line behind it."""
    for one in documents:
        yield printable(_head(one))
        yield from (printable(line) for line in _about(one))
        for fault in one.faults:
            yield from (printable(line) for line in _fault(fault))
        yield ""


def cards(found: Sequence[Scorecard]) -> Iterator[str]:
    """Each partner's numbers under each other: they are too many for columns."""
    rows = sheet(found)
    for row in rows.rows:
        yield str(row[0])
        for header, cell in zip(rows.headers[1:], row[1:], strict=True):
            if cell is not None and cell != "":
                yield f"  {header:<22}  {printable(str(cell))}"
        yield ""


def exposed(found: Sequence[Exposure]) -> Iterator[str]:
    """One line for each, and what they come to."""
    for one, (estimate, currency) in zip(found, estimates(one.owed for one in found), strict=True):
        thing = one.owed
        worth = f" ({amount(thing.amount, thing.currency)})" if thing.amount is not None else ""
        worth = f" (estimated from the order: {amount(estimate, currency)})" if estimate is not None else worth
        about = f"order {thing.order}" if thing.order else thing.number
        late = f"{one.hours} hours late" if one.standing != "due soon" else f"{-one.hours} hours left"
        yield printable(f"{thing.what} for {thing.partner}, {about}{worth}: {one.standing}, {late}, {thing.subject}")
        yield printable(f"    to do  {one.to_do}; owner {thing.owner or 'nobody'}")
    by_orders = estimated(found)
    for key, total in sums(found).items():
        guessed = f"; estimated from orders: {money(by_orders[key])}" if key in by_orders else ""
        yield f"{' '.join(key)}: {total.documents}{f', {money(total)}' if money(total) else ''}{guessed}"


def money(total: Sums) -> str:
    """ "4,120.00 USD and 17.00 EUR, 2 without amount"; "" for nothing."""
    said = " and ".join(amount(value, name) for name, value in sorted(total.money.items()))
    unpriced = f"{total.unpriced} without amount" if total.unpriced else ""
    return ", ".join(filter(None, (said, unpriced)))


def amount(value: Decimal, currency: str) -> str:
    """ "4,120.00 USD"; without a currency the one agreed is meant."""
    return f"{value:,f} {currency or '(currency as agreed)'}"


def _head(one: Refusal) -> str:
    name = " ".join(filter(None, (one.set_id or "document", one.business_number)))
    worth = f" ({amount(one.amount, one.currency)})" if one.amount is not None else ""
    side = "from" if one.verdict.endswith("by us") else "to"
    order = f", order {one.order}" if one.order else ""
    verdict = _VERDICTS.get(one.verdict, one.verdict)
    return f"{name} {side} {one.partner}{order}{worth}: {verdict} on {one.at:%Y-%m-%d %H:%M} UTC"


def _about(one: Refusal) -> Iterator[str]:
    yield _line("document", one.id + (" (test)" if one.usage == "T" else ""))
    due = f", {one.due} {'missed' if one.missed else 'due'}: {one.due_at:%Y-%m-%d %H:%M} UTC" if one.due_at else ""
    yield _line("owner", f"{one.owner or 'nobody'}{due}")
    if one.instead:
        yield _line("instead", f"{one.instead}: {HEADLINES.get(one.instead_is, one.instead_is)}")


def _fault(fault: Fault) -> Iterator[str]:
    yield f"  - {fault.says}"
    if fault.code:
        yield _line("code", f"{fault.code}{f', {fault.meaning}' if fault.meaning else ''}", deep=True)
    if fault.segment:
        here = "" if fault.value is None else f", where {fault.place} is {fault.value or 'empty'}"
        yield _line("we sent", f"{fault.segment}{here}", deep=True)
    if fault.mapping:
        yield _line("written by", fault.mapping, deep=True)
    if fault.to_do:
        yield _line("to do", fault.to_do, deep=True)


def _line(name: str, words: str, *, deep: bool = False) -> str:
    return f"{'    ' if deep else '  '}{name:<{_WIDTH - (2 if deep else 0)}}{words}"
