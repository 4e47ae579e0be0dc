"""What a loop is about, in a few words: "Ship to: Store 12", "Line 1: 12 each at 7.25", "Order: purchase order 71-1".

From the guide alone: which elements of a segment are quantities, units, prices and product numbers is told by their
data element numbers, so that every set's lines are named the same way.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from gateway.x12.guide import ElementUse, Guide
from gateway.x12.interchange import Segment
from gateway.x12.meaning import code_in_words, date_in_words

QUANTITIES = frozenset({"330", "358", "380", "382", "413", "477", "663"})
"""Ordered, invoiced, plain, shipped, received, adjusted, received (861)."""

PRICES = frozenset({"212", "237"})
UNIT, COMPOSITE_UNIT = "355", "C001"
LINE_NUMBER, PRODUCT_KIND = "350", "235"

PRODUCT_NUMBERS_SHOWN = 2

TITLE_LIMIT = 160
"""Characters of a title; it is a name and not the contents."""

_DIGITS_LIMIT = 30
"""Digits of a number worth adding up; X12 has none above 15."""


class Amount(NamedTuple):
    """A quantity, its unit's code and the price of one, as far as a segment tells them."""

    quantity: Decimal | None
    unit: str
    price: Decimal | None


def naming(guide: Guide, component: str, loop: str, number: int, ahead: Sequence[Segment]) -> tuple[str, str]:
    """Name and title of an occurrence of `loop`, whose trigger is `ahead[0]`; `component` separates components."""
    near = _near(ahead)
    name, title = guide.loop_name(loop) or loop, ""
    if loop == "HL":
        name, title = _level(guide, near, component)
    elif loop in ("N1", "NM1"):
        name, title = party(ahead[0], name)
    elif has_amount(guide, ahead[0]) or loop == guide.line_item:
        title = _line(guide, near, ahead[0], component)
    elif loop != "CTT":
        title = _generic(guide, ahead[0])
    return name, title[:TITLE_LIMIT]


def party(segment: Segment, name: str = "Party") -> tuple[str, str]:
    """N1 or NM1: the kind of party, and name with identifier: ("Ship to", "Store 12 (042, assigned by buyer)")."""
    kind = code_in_words("98", _at(segment, 1))
    who = _at(segment, 2) if segment[0] == "N1" else " ".join(filter(None, (_at(segment, 4), _at(segment, 3))))
    qualifier, number = (_at(segment, 3), _at(segment, 4)) if segment[0] == "N1" else ("", "")
    said = code_in_words("66", qualifier)
    known = f"{number}, {said}" if number and said else number
    title = f"{who} ({known})" if who and known else who or known
    return capital(kind) if kind else f"{name} {_at(segment, 1)[:3]}".rstrip(), title[:TITLE_LIMIT]


def amount(guide: Guide, segment: Segment, component: str) -> Amount:
    """The first quantity of a segment with its unit, and the price: by the data element numbers of its elements."""
    quantity, unit, price = None, "", None
    for use, value in _uses(guide, segment):
        if quantity is None and use.reference in QUANTITIES:
            quantity = decimal(value)
        elif quantity is not None and not unit and use.reference in (UNIT, COMPOSITE_UNIT):
            unit = value.split(component, 1)[0] if component else value
        elif price is None and use.reference in PRICES:
            price = decimal(value)
    return Amount(quantity, unit, price)


def has_amount(guide: Guide, segment: Segment) -> bool:
    """True for a segment whose definition has a quantity with a unit: a line of some kind."""
    definition = guide.segment(segment[0])
    references = {use.reference for use in definition.elements} if definition is not None else set()
    return bool(references & QUANTITIES) and bool(references & {UNIT, COMPOSITE_UNIT}) and PRODUCT_KIND in references


def decimal(value: str) -> Decimal | None:
    """A number as X12 writes it, None for anything else."""
    digits = value.removeprefix("-").replace(".", "", 1)
    return Decimal(value) if len(digits) <= _DIGITS_LIMIT and digits.isascii() and digits.isdigit() else None


def plain(number: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing: 12, 7.25, 1,500."""
    return f"{number.normalize():,f}"


def in_units(quantity: Decimal, unit: str) -> str:
    """ "12 each", "1.5 case"; the code itself where we have no words for it."""
    return f"{plain(quantity)} {code_in_words(UNIT, unit) or unit}".rstrip()


def several(number: int, noun: str) -> str:
    """ "1 line", "2 lines"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def capital(text: str) -> str:
    """The text with its first letter in upper case, the others as they are."""
    return text[:1].upper() + text[1:]


def products(guide: Guide, segment: Segment) -> list[str]:
    """The product numbers of a segment, each behind what kind it is: "UPC 041196910766"."""
    definition = guide.segment(segment[0])
    if definition is None:
        return []
    found = []
    for use in definition.elements:
        kind, number = _at(segment, use.position), _at(segment, use.position + 1)
        if use.reference == PRODUCT_KIND and kind and number:
            found.append(f"{code_in_words(PRODUCT_KIND, kind) or kind} {number}")
    return found


def _level(guide: Guide, near: dict[str, Segment], component: str) -> tuple[str, str]:
    """An HL by what stands in it: the order's number, the carton's mark, the item's quantity and number."""
    head = near["HL"]
    name = capital(code_in_words("735", _at(head, 3))) or f"Level {_at(head, 3)}".rstrip()
    told = []
    if "PRF" in near:
        told.append(f"purchase order {_at(near['PRF'], 1)}")
    if "SN1" in near:
        shipped = amount(guide, near["SN1"], component)
        if shipped.quantity is not None:
            told.append(in_units(shipped.quantity, shipped.unit))
    if "LIN" in near:
        told += products(guide, near["LIN"])[:PRODUCT_NUMBERS_SHOWN]
    if "MAN" in near:
        told.append(f"mark {_at(near['MAN'], 2)}")
    if not told and "TD1" in near and _at(near["TD1"], 2):
        told.append(f"{_at(near['TD1'], 2)} packages")
    return name, ", ".join(told)


def _line(guide: Guide, near: dict[str, Segment], head: Segment, component: str) -> str:
    told = []
    ordered = amount(guide, head, component)
    if ordered.quantity is not None:
        price = f" at {ordered.price:,f}" if ordered.price is not None else ""
        told.append(in_units(ordered.quantity, ordered.unit) + price)
    told += products(guide, head)[:PRODUCT_NUMBERS_SHOWN]
    for name, position in (("PID", 5), ("G69", 1)):
        if name in near and _at(near[name], position):
            told.append(_at(near[name], position))
            break
    number = next((value for use, value in _uses(guide, head) if use.reference == LINE_NUMBER), "")
    return f"{number}: {', '.join(told)}" if number and told else number or ", ".join(told)


def _generic(guide: Guide, head: Segment) -> str:
    """The first code in words with the value behind it, or the first value."""
    for use, value in _uses(guide, head):
        said = code_in_words(use.reference, value) if use.coded else ""
        if said:
            behind = _at(head, use.position + 1)
            definition = guide.segment(head[0])
            plain_value = definition is not None and len(definition.elements) > use.position
            if behind and plain_value and definition is not None and not definition.elements[use.position].coded:
                use_behind = definition.elements[use.position].element
                dated = use_behind is not None and use_behind.kind == "DT"
                return f"{said} {date_in_words(behind) or behind if dated else behind}"
            return said
        if not use.coded:
            return value
    return ""


def _near(ahead: Sequence[Segment]) -> dict[str, Segment]:
    """The first segment of each id from a trigger on, up to where it comes again."""
    near = {ahead[0][0]: ahead[0]}
    for segment in ahead[1:]:
        if segment[0] == ahead[0][0]:
            break
        near.setdefault(segment[0], segment)
    return near


def _uses(guide: Guide, segment: Segment) -> Iterator[tuple[ElementUse, str]]:
    definition = guide.segment(segment[0])
    if definition is not None:
        yield from ((use, value) for use, value in zip(definition.elements, segment[1:], strict=False) if value)


def _at(segment: Segment, position: int) -> str:
    return segment[position] if position < len(segment) else ""
