"""What is said of a document held beside the document itself: an answer beside the order, a discount beside the terms.
Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from gateway.ledger.business import BusinessState
from gateway.ledger.order_lines import ARTICLES
from gateway.pipeline.business.statement import Body, day, listed, money, number_of

B = BusinessState
Line = Mapping[str, str]
_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


def beside_order(lines: Sequence[Line], order: Body) -> Sequence[Line]:
    """Answers to lines with `differs`, in words, where they are not what was ordered; what the seller calls accepted
    and is not as ordered counts as changed. Lines are known by their numbers, those without one by their articles.
    """
    known = _Ordered(order)
    return [_beside(one, known, order) for one in lines]


def answers_all(lines: Sequence[Line], order: Body) -> bool:
    """Whether every line of the order is answered."""
    known = _Ordered(order)
    answered = {id(found) for one in lines if (found := known.find(one)) is not None}
    return bool(known.lines) and all(id(one) in answered for one in known.lines)


def line_name(line: Line) -> str:
    """What people know a line by: its number, else its article; empty where it says neither."""
    return line.get("line", "") or next((line[name] for name in ARTICLES if line.get(name)), "")


class _Ordered:
    """The lines of an order, to be found by what an answer says of one."""

    def __init__(self, order: Body) -> None:
        self.lines = listed(order, "lines")
        self._numbers = {number: one for one in self.lines if (number := _plain(number_of(one, "number")))}
        self._named = defaultdict[tuple[str, str], list[Body]](list)
        for one in self.lines:
            for name in ARTICLES:
                self._named[name, number_of(one, name)].append(one)

    def find(self, answer: Line) -> Body | None:
        """The line with its number; one without a number on either side by an article that only one line has."""
        number = _plain(answer.get("line", ""))
        if number and self._numbers:
            return self._numbers.get(number)
        named = (self._named.get((name, answer[name]), []) for name in ARTICLES if answer.get(name))
        return next((found[0] for found in named if len(found) == 1), None)


def _plain(number: str) -> str:
    return number.strip().lstrip("0") or number


def _beside(answer: Line, known: _Ordered, order: Body) -> Line:
    ordered = known.find(answer)
    if ordered is None:
        if not line_name(answer):
            return answer
        said = "number" if answer.get("line") else "article, or several have it"
        return {**answer, "outcome": _changed(answer), "differs": f"no line of the order has this {said}"}
    if not answer.get("line") and number_of(ordered, "number"):
        answer = {**answer, "line": number_of(ordered, "number")}
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
