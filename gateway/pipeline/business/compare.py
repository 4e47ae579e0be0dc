"""What is said of a document held beside the document itself: an answer beside the order, a discount beside the terms.
Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from gateway.ledger.business import BusinessState
from gateway.pipeline.business.statement import Body, day, listed, money, number_of

B = BusinessState
Line = Mapping[str, str]
_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


def beside_order(lines: Sequence[Line], order: Body) -> Sequence[Line]:
    """Answers to lines with `differs`, in words, where they are not what was ordered; what the seller calls accepted
    and is not as ordered counts as changed. Lines are known by their numbers.
    """
    ordered = {_plain(number_of(one, "number")): one for one in listed(order, "lines")}
    return [_beside(one, ordered.get(_plain(one.get("line", ""))), order) for one in lines]


def answers_all(lines: Sequence[Line], order: Body) -> bool:
    """Whether every line of the order is answered."""
    ordered = {_plain(number_of(one, "number")) for one in listed(order, "lines")}
    return bool(ordered) and ordered <= {_plain(one.get("line", "")) for one in lines}


def _plain(number: str) -> str:
    return number.strip().lstrip("0") or number


def _beside(answer: Line, ordered: Body | None, order: Body) -> Line:
    if ordered is None:
        return {**answer, "outcome": _changed(answer), "differs": "no line of the order has this number"}
    found = tuple(_differences(answer, ordered, order))
    if not found:
        return answer
    return {**answer, "outcome": _changed(answer), "differs": "; ".join(found)}


def _changed(answer: Line) -> str:
    return B.CHANGED.value if answer.get("outcome", "") in ("", B.CONFIRMED) else answer["outcome"]


def _differences(answer: Line, ordered: Body, order: Body) -> Iterator[str]:
    """ "quantity 20, ordered 24"."""
    same_unit = answer.get("unit", "") in ("", number_of(ordered, "unit"))
    for name in ("quantity", "taken"):
        told, wanted = money(answer.get(name)), money(ordered.get("quantity"))
        if same_unit and told is not None and wanted is not None and told != wanted:
            yield f"{name} {told}, ordered {wanted}"
    if not same_unit:
        yield f"unit {answer.get('unit', '')}, ordered in {number_of(ordered, 'unit')}"
    price, wanted = money(answer.get("price")), money(ordered.get("price"))
    same_basis = answer.get("price_basis", "") == number_of(ordered, "price_basis")
    if same_basis and price is not None and wanted is not None and price != wanted:
        yield f"price {price}, ordered at {wanted}"
    for name, field, words in (("ship", "requested_ship", "leaves"), ("arrive", "requested_delivery", "arrives")):
        told_day, wanted_day = day(answer.get(name)), day(ordered.get(field) or order.get(field))
        if told_day is not None and wanted_day is not None and told_day > wanted_day:
            yield f"{words} {told_day}, wanted by {wanted_day}"


def offered(invoice: Body, paid_on: date | None) -> Decimal:
    """The payment discount that an invoice offers to who pays on a day; 0 when it offers none, or that is over."""
    totals = invoice.get("totals")
    totals = totals if isinstance(totals, Mapping) else {}
    amount = money(totals.get("amount"))
    terms = [one for one in listed(invoice, "terms") if not _over(one, invoice, paid_on)]
    if listed(invoice, "terms") and not terms:
        return Decimal()
    stated = [money(totals.get("discount")), _less(amount, totals.get("discounted"))]
    for one in terms:
        base = money(one.get("discountable")) or money(totals.get("discountable")) or amount
        stated += [money(one.get("discount_amount")), _less(base, one.get("discounted"))]
        percent = money(one.get("discount_percent"))
        if percent is not None and base is not None:
            stated.append((base * percent / _HUNDRED).quantize(_CENT))
    return max((one for one in stated if one is not None), default=Decimal())


def _less(amount: Decimal | None, discounted: object) -> Decimal | None:
    left = money(discounted)
    return None if amount is None or left is None else amount - left


def _over(terms: Body, invoice: Body, paid_on: date | None) -> bool:
    """Whether the discount was over on that day. Days are counted from the invoice where the terms do not say else."""
    last, days = day(terms.get("discount_date")), terms.get("discount_days")
    begun = day(invoice.get("invoice_date"))
    if last is None and isinstance(days, int) and begun is not None:
        if number_of(terms, "basis_date") not in ("", "invoice_date"):
            return False
        last = begun + timedelta(days=min(days, 10_000))
    return last is not None and paid_on is not None and paid_on > last
