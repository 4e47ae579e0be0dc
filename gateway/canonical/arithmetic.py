"""Whether an invoice adds up: the stated total held to its lines, allowances, charges and taxes, to the cent.

    total = sum of quantity x price, - allowances + charges + taxes, of the lines and of the whole

Rounded half up to cents, per amount or once at the end, as partners agree. What cannot be reckoned (a percentage of
nothing stated, a line without a price) is told as such and never guessed; the total is then not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any, Literal

from gateway.canonical.values import NUMBER_DIGITS

Rounding = Literal["line", "total"]
"""`line`: every line, allowance, charge and tax is rounded before it is added; `total`: only the sum is."""

CENT = Decimal("0.01")
EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
"""Wide enough for products of canonical numbers (56 digits each at most): nothing is rounded before it should be."""

PER = {"hundred": -2, "thousand": -3}
"""Price bases of more than one unit, as powers of ten to multiply by."""

AS_INVOICED = frozenset({"", "each", "contract", "quoted", "CA", "NT", "UM", "WH"})
"""Price bases that leave the price per invoiced unit: none, each, or what kind of price it is (X12 element 639)."""

BY_ANY_UNIT = (AS_INVOICED | PER.keys()) - {"", "each"}
"""Price bases that name no unit: what the price is per changes with the unit of the line."""

INDICATORS = {"allowance": -1, "charge": 1, "service": 1, "neither": 0}
"""X12 element 248, by our words: which way an amount counts. `neither` is told to the reader and counts nothing."""

ON_THE_INVOICE = frozenset({"", "off_invoice", "paid_by_customer", "CA"})
SETTLED_APART = frozenset(
    {"bill_back", "check_to_customer", "credit_to_customer", "paid_by_vendor", "11", "15", "20", "21"}
)
"""Ways of settling (X12 element 331) that change this invoice's total, and those that do not."""

ADDED = frozenset({"", "added"})
INCLUDED = frozenset({"included", "information_only"})
"""Whether a tax comes on top (X12 element 662)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that does not add up, or that cannot be reckoned.

    `code` is "differs" (then `stated` and `reckoned` are the two numbers) or "not-reckonable". `field` is the canonical
    path ("totals.amount", "lines[3].price"). `steps` say how it was reckoned, one amount each, in document order.
    """

    code: Literal["differs", "not-reckonable"]
    field: str
    message: str
    stated: Decimal | None = None
    reckoned: Decimal | None = None
    steps: tuple[str, ...] = ()


class _NotReckonable(Exception):
    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path


@dataclass(slots=True)
class _Sum:
    """What has been added so far: sums by kind, and how each amount came about."""

    rounding: Rounding
    kinds: dict[str, Decimal] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def add(self, kind: str, amount: Decimal, how: str) -> None:
        if self.rounding == "line":
            amount = rounded(amount)
        self.kinds[kind] = self.kinds.get(kind, Decimal(0)) + amount
        self.steps.append(f"{how} = {amount:f}")

    @property
    def total(self) -> Decimal:
        return rounded(sum(self.kinds.values(), Decimal(0)))

    @property
    def words(self) -> str:
        return " ".join(f"{'-' if amount < 0 else '+'} {kind} {abs(amount):f}" for kind, amount in self.kinds.items())


def rounded(amount: Decimal) -> Decimal:
    """The amount in cents, half a cent rounded away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def faults(invoice_body: Mapping[str, Any], rounding: Rounding = "line") -> tuple[Fault, ...]:
    """Everything about the money of an `invoice.v1` body that does not hold; () when it adds up to the cent.

    Args:
        invoice_body: the plain form, as `Invoice.body()` gives it; numbers as decimals or decimal text.
        rounding: per amount or once at the end, as agreed with the partner.
    """
    with localcontext(EXACT):
        found: list[Fault] = []
        together = _Sum(rounding)
        for position, line in enumerate(_many(invoice_body, "lines")):
            found += _line(line, f"lines[{position}]", together)
        found += _extras(invoice_body, "", together, None)
        if any(fault.code == "not-reckonable" for fault in found):
            return tuple(found)
        return (*found, *_total(invoice_body, together))


def of_line(line: Mapping[str, Any]) -> Decimal | None:
    """What a line adds to an invoice that is rounded per line, with its allowances, charges and taxes; None when that
    cannot be reckoned, or is not what the line states.
    """
    with localcontext(EXACT):
        together = _Sum("line")
        found = list(_line(line, "line", together))
        return None if found else together.total


def of_lines(body: Mapping[str, Any]) -> Decimal | None:
    """What the lines of an order or an answer to one come to at their prices, in cents; None without lines, or when one
    of them cannot be reckoned: also one that is ordered by the case and priced by the piece.
    """
    lines = _many(body, "lines")
    if not lines or any(_by_the_piece(line) and line.get("unit") not in (None, "each") for line in lines):
        return None
    with localcontext(EXACT):
        try:
            return rounded(sum((_extension(line, "line")[0] for line in lines), Decimal(0)))
        except (_NotReckonable, InvalidOperation):
            return None


def _by_the_piece(line: Mapping[str, Any]) -> bool:
    return line.get("price_basis") == "each"


def _total(body: Mapping[str, Any], together: _Sum) -> Iterator[Fault]:
    totals = body.get("totals") or {}
    try:
        stated = _number(totals, "amount", "totals.")
    except _NotReckonable as error:
        yield Fault(code="not-reckonable", field=error.path, message=str(error))
        return
    if stated is None:
        yield Fault(code="not-reckonable", field="totals.amount", message="no total is stated")
        return
    reckoned = together.total
    if stated != reckoned:
        off = f"{abs(stated - reckoned):f} too {'much' if stated > reckoned else 'little'}"
        how = f"rounded per {together.rounding}: {together.words}" if together.kinds else "nothing is invoiced"
        yield Fault(
            code="differs",
            field="totals.amount",
            message=f"the total is stated as {stated:f} and comes to {reckoned:f} ({off}; {how})",
            stated=stated,
            reckoned=reckoned,
            steps=tuple(together.steps),
        )


def _line(line: Mapping[str, Any], path: str, together: _Sum) -> Iterator[Fault]:
    try:
        amount, how = _extension(line, path)
    except _NotReckonable as error:
        yield Fault(code="not-reckonable", field=error.path, message=str(error))
    else:
        together.add("lines", amount, how)
        stated = _number(line, "extension", f"{path}.")
        if stated is not None and stated != rounded(amount):
            yield Fault(
                code="differs",
                field=f"{path}.extension",
                message=f"the line is stated as {stated:f} and comes to {rounded(amount):f} ({how})",
                stated=stated,
                reckoned=rounded(amount),
                steps=(how,),
            )
    yield from _extras(line, f"{path}.", together, line)


def _extension(line: Mapping[str, Any], path: str) -> tuple[Decimal, str]:
    """A line's quantity times price; its stated amount where one of the two is not said."""
    name = f"line {line['number']}" if line.get("number") else path
    quantity, price = _number(line, "quantity", f"{path}."), _number(line, "price", f"{path}.")
    stated = _number(line, "extension", f"{path}.")
    if quantity is None or price is None:
        if stated is None:
            missing = "quantity" if quantity is None else "price"
            raise _NotReckonable(f"{path}.{missing}", f"{name} has no {missing}: what it comes to cannot be reckoned")
        return stated, f"{name}: stated"
    basis = str(line.get("price_basis") or "")
    if basis in PER:
        return (quantity * price).scaleb(PER[basis]), f"{name}: {quantity:f} x {price:f} per {basis}"
    if basis in AS_INVOICED or basis == line.get("unit"):
        return quantity * price, f"{name}: {quantity:f} x {price:f}"
    if stated is not None:
        return stated, f"{name}: stated"
    unit = line.get("unit") or "no unit"
    raise _NotReckonable(
        f"{path}.price_basis", f"{name} is priced per '{basis}' and invoiced in '{unit}': cannot be reckoned"
    )


def _extras(body: Mapping[str, Any], path: str, together: _Sum, line: Mapping[str, Any] | None) -> Iterator[Fault]:
    """The allowances, charges and taxes of a line, or of the whole (`line` None)."""
    for position, entry in enumerate(_many(body, "allowances_charges")):
        place = f"{path}allowances_charges[{position}]"
        yield from _told(entry, place, together, line)
        yield from _taxes(entry, f"{place}.", together)
    yield from _taxes(body, path, together)


def _told(entry: Mapping[str, Any], path: str, together: _Sum, line: Mapping[str, Any] | None) -> Iterator[Fault]:
    try:
        counted = _allowance_or_charge(entry, path, line)
    except _NotReckonable as error:
        yield Fault(code="not-reckonable", field=error.path, message=str(error))
        return
    if counted is not None:
        amount, how = counted
        together.add("allowances" if amount < 0 else "charges", amount, how)


def _allowance_or_charge(
    entry: Mapping[str, Any], path: str, line: Mapping[str, Any] | None
) -> tuple[Decimal, str] | None:
    """What it adds (below zero: takes off), None for what does not count on this invoice or states no money."""
    indicator, handling = str(entry.get("indicator") or ""), str(entry.get("handling") or "")
    code = entry.get("code") or entry.get("grocery_code") or entry.get("agency_code") or ""
    name = f"{indicator} {code}".strip()
    if INDICATORS.get(indicator) == 0 or handling in SETTLED_APART:
        return None
    amount, how = _stated_money(entry, path, name, line)
    if amount is None:
        return None
    if indicator not in INDICATORS:
        raise _NotReckonable(
            f"{path}.indicator", f"'{indicator}' does not say whether {amount:f} is taken off or added"
        )
    if handling not in ON_THE_INVOICE:
        raise _NotReckonable(f"{path}.handling", f"'{handling}' does not say whether {name} counts on this invoice")
    return INDICATORS[indicator] * amount, how


def _stated_money(
    entry: Mapping[str, Any], path: str, name: str, line: Mapping[str, Any] | None
) -> tuple[Decimal | None, str]:
    """An amount as stated, a rate times its quantity (of a line: the line's own), or a percentage of its base."""
    amount = _number(entry, "amount", f"{path}.")
    if amount is not None:
        return amount, name
    rate, percent = _number(entry, "rate", f"{path}."), _number(entry, "percent", f"{path}.")
    if rate is not None:
        quantity = _number(entry, "quantity", f"{path}.")
        if quantity is None and line is not None and entry.get("unit") in {None, line.get("unit")}:
            quantity = _number(line, "quantity", "")
        if quantity is None:
            raise _NotReckonable(f"{path}.rate", f"{name} is {rate:f} per unit of a quantity that is not stated")
        return rate * quantity, f"{name}: {quantity:f} x {rate:f}"
    if percent is None:
        return None, name
    base = _number(entry, "base", f"{path}.")
    if base is None:
        raise _NotReckonable(f"{path}.percent", f"{name} is {percent:f} percent of an amount that is not stated")
    return (base * percent).scaleb(-2), f"{name}: {percent:f} percent of {base:f}"


def _taxes(body: Mapping[str, Any], path: str, together: _Sum) -> Iterator[Fault]:
    for position, tax in enumerate(_many(body, "taxes")):
        place, relationship = f"{path}taxes[{position}]", str(tax.get("relationship") or "")
        if relationship in INCLUDED:
            continue
        try:
            amount, how = _stated_money(tax, place, f"tax {tax.get('kind', '')}", None)
            if amount is not None and relationship not in ADDED:
                why = f"'{relationship}' does not say whether the tax is added"
                raise _NotReckonable(f"{place}.relationship", why)
        except _NotReckonable as error:
            yield Fault(code="not-reckonable", field=error.path, message=str(error))
        else:
            if amount is not None:
                together.add("taxes", amount, how)


def _many(body: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return body.get(name) or ()


def _number(body: Mapping[str, Any], name: str, path: str) -> Decimal | None:
    """A number of a body, None when it is absent. Raises _NotReckonable for what is none."""
    value = body.get(name)
    if value is None:
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > NUMBER_DIGITS:
        raise _NotReckonable(f"{path}{name}", f"'{value}' is not a number")
    return number
