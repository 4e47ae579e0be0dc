"""A set in a sentence and a few facts, from what its guide says: what it is, from whom, when, where to, how much.

No partner file is asked: what only a partner knows (which REF is the department) is left to the listing.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from gateway.x12.explained import Step, Summary
from gateway.x12.guide import Guide
from gateway.x12.interchange import GroupHeader, InterchangeHeader, Segment
from gateway.x12.meaning import code_in_words, date_in_words, number_in_words, time_in_words
from gateway.x12.plainly import plainly
from gateway.x12.readback import read_response
from gateway.x12.titles import amount, capital, decimal, has_amount, in_units, party, several
from gateway.x12.verdict import ACKNOWLEDGEMENTS


class Head(NamedTuple):
    """Where a set says which document it is: the segment, and the positions of number, date, purpose and kind in it.

    0 for what it does not say. `of` is the position of the order that the document is about.
    """

    segment: str
    number: int
    date: int = 0
    purpose: int = 0
    kind: int = 0
    of: int = 0


HEADS = {
    "180": Head("BGN", 2, 3, 1),
    "204": Head("B2", 4),
    "210": Head("B3", 2, 6),
    "214": Head("B10", 1),
    "753": Head("BGN", 2, 3, 1),
    "754": Head("BGN", 2, 3, 1),
    "810": Head("BIG", 2, 1, 8, 7, of=4),
    "812": Head("BCD", 2, 1, 11, of=10),
    "820": Head("TRN", 2),
    "824": Head("BGN", 2, 3, 1),
    "830": Head("BFR", 2, 8, 1, of=11),
    "832": Head("BCT", 2),
    "846": Head("BIA", 3, 4, 1, 2),
    "850": Head("BEG", 3, 5, 1, 2),
    "855": Head("BAK", 3, 4, 1, 2),
    "856": Head("BSN", 2, 3, 1),
    "860": Head("BCH", 3, 6, 1, 2),
    "861": Head("BRA", 1, 2, 3, 4),
    "862": Head("BSS", 2, 3, 1, of=10),
    "864": Head("BMG", 2, 0, 1),
    "865": Head("BCA", 3, 6, 1, 2),
    "875": Head("G50", 3, 2, 0, 7),
    "880": Head("G01", 2, 1, of=4),
    "940": Head("W05", 2, of=3),
    "943": Head("W06", 4, 3, 1, of=6),
    "944": Head("W17", 3, 2, 1),
    "945": Head("W06", 4, 3, 1, of=6),
    "947": Head("W15", 2, 1, 4),
    "990": Head("B1", 2, 3),
}
"""Where each set tells its number; 997 and 999 answer a group instead."""

DATES = {"DTM": (1, 2), "G62": (1, 2)}
"""Segments of a date: positions of its kind and of the date."""

PARTIES_SHOWN = 6
DATES_SHOWN = 6
UNITS_SHOWN = 3
SENTENCES_SHOWN = 20

NUMBER_LIMIT = 80
"""Characters of a document's number in its sentence; no guide allows more."""

_EVERY_PRICE = frozenset({"", "PE", "UM"})
"""Bases of a price (639) under which quantity times price is an amount: per each, per unit of measure."""


class Whole(NamedTuple):
    """A set as a summary looks at it: its segments, each with the innermost loop it stands in."""

    guide: Guide
    segments: Sequence[Segment]
    steps: Sequence[Step | None]
    component: str


def summarize(whole: Whole, interchange: InterchangeHeader, group: GroupHeader | None) -> Summary:
    """The set in one sentence, and its facts."""
    sender = group.sender if group is not None and group.sender else interchange.sender
    head = _Head(whole)
    parties, dates, goods = _parties(whole), _dates(whole), _goods(whole)
    told = [f"{whole.guide.title}{head.number} from {sender}{head.about}"]
    told += [f"dated {head.date}"] if head.date else []
    told += [" ".join(filter(None, (goods.lines, goods.amount)))] if goods.lines else []
    told += [f"{name[:1].lower()}{name[1:]} {who}" for name, who in parties if name == "Ship to"][:1]
    facts = [
        ("It says", _answer(whole)),
        ("Purpose", _joined(head.purpose)),
        ("Date", (head.date,) if head.date else ()),
        ("Parties", tuple(f"{name}: {who}" for name, who in parties)),
        ("Dates", dates),
        ("Contents", _joined((goods.lines, goods.quantities, goods.amount))),
    ]
    return Summary(sentence=", ".join(told) + ".", facts=tuple((what, values) for what, values in facts if values))


def _joined(values: Sequence[str]) -> tuple[str, ...]:
    told = ", ".join(filter(None, values))
    return (told,) if told else ()


class _Head:
    """What the set says of itself."""

    def __init__(self, whole: Whole) -> None:
        known = HEADS.get(whole.guide.set_id)
        segment = next((one for one in islice(whole.segments, 60) if known and one[0] == known.segment), None)
        self.number = self.date = self.about = ""
        self.purpose: tuple[str, ...] = ()
        if known is None or segment is None:
            self._acknowledgement(whole)
            return
        number = _at(segment, known.number)[:NUMBER_LIMIT]
        self.number = f" {number}" if number else ""
        self.date = date_in_words(_at(segment, known.date))
        order = _at(segment, known.of)[:NUMBER_LIMIT]
        self.about = f" for purchase order {order}" if order and order != number else ""
        definition = whole.guide.segment(segment[0])
        for position in (known.purpose, known.kind):
            if position and definition is not None and position <= len(definition.elements):
                said = code_in_words(definition.elements[position - 1].reference, _at(segment, position))
                self.purpose += (said,) if said else ()

    def _acknowledgement(self, whole: Whole) -> None:
        """A 997 or 999 is about a group."""
        answered = next((one for one in islice(whole.segments, 10) if one[0] == "AK1"), None)
        if answered is not None:
            kind = code_in_words("479", _at(answered, 1)) or _at(answered, 1)
            self.about = f" about group {_at(answered, 2)} ({kind})"


def _answer(whole: Whole) -> tuple[str, ...]:
    """What a 997 or 999 says of what it answers, a sentence each."""
    if whole.guide.functional_id != ACKNOWLEDGEMENTS:
        return ()
    sentences = plainly(read_response(whole.segments, whole.component, whole.guide.release.id))
    more = [f"and {len(sentences) - SENTENCES_SHOWN} more"] if len(sentences) > SENTENCES_SHOWN else []
    return tuple(capital(one) for one in (*sentences[:SENTENCES_SHOWN], *more))


class _Goods(NamedTuple):
    lines: str = ""
    quantities: str = ""
    amount: str = ""


def _goods(whole: Whole) -> _Goods:
    """How many lines or levels, how much in which units, and what for."""
    heads = [segment for segment in whole.segments if has_amount(whole.guide, segment) or segment[0] == "SN1"]
    lines = _levels(whole) or _lines(whole, heads)
    sums: dict[str, Decimal] = {}
    for segment in heads:
        told = amount(whole.guide, segment, whole.component)
        if told.quantity is not None and told.unit and segment[0] != "SLN":
            sums[told.unit] = sums.get(told.unit, Decimal()) + told.quantity
    quantities = ", ".join(in_units(total, unit) for unit, total in islice(sums.items(), UNITS_SHOWN))
    more = f" and {several(len(sums) - UNITS_SHOWN, 'other unit')}" if len(sums) > UNITS_SHOWN else ""
    return _Goods(lines, quantities + more, _money(whole, heads))


def _levels(whole: Whole) -> str:
    """The HL tree counted by kind: "1 shipment, 2 orders, 3 items"."""
    names = Counter(
        code_in_words("735", _at(segment, 3)) or f"level {_at(segment, 3)}"
        for segment in whole.segments
        if segment[0] == "HL"
    )
    return ", ".join(several(number, name) for name, number in islice(names.items(), 8))


def _lines(whole: Whole, heads: Sequence[Segment]) -> str:
    wanted = whole.guide.line_item or next((segment[0] for segment in heads if segment[0] != "SLN"), "")
    number = sum(1 for segment in whole.segments if wanted and segment[0] == wanted)
    return several(number, "line") if number else ""


def _money(whole: Whole, heads: Sequence[Segment]) -> str:
    """The total the document states, or quantity times price where every line has a plain price."""
    currency = next((_at(one, 2) for one in islice(whole.segments, 60) if one[0] == "CUR"), "")
    for segment in whole.segments:
        stated = {"TDS": number_in_words(_at(segment, 1), 2), "BPR": _at(segment, 2)}.get(segment[0], "")
        value = decimal(stated)
        if value is not None:
            return f"for {value:,.2f} {currency}".rstrip()
    total = Decimal()
    priced = [segment for segment in heads if segment[0] != "SLN"]
    for segment in priced:
        told = amount(whole.guide, segment, whole.component)
        if told.quantity is None or told.price is None or _basis(whole.guide, segment) not in _EVERY_PRICE:
            return ""
        total += told.quantity * told.price
    return f"worth {total:,.2f} {currency}".rstrip() if priced else ""


def _basis(guide: Guide, segment: Segment) -> str:
    definition = guide.segment(segment[0])
    uses = definition.elements if definition is not None else ()
    return next((_at(segment, use.position) for use in uses if use.reference == "639"), "")


def _parties(whole: Whole) -> list[tuple[str, str]]:
    """The parties of the set as a whole: those in no other loop, or in the first level of an HL tree."""
    found = []
    for segment, step in zip(whole.segments, whole.steps, strict=True):
        if segment[0] == "N1" and step is not None and all(one.id in ("N1", "HL") for one in step.path):
            name, who = party(segment)
            if (name, who) not in found and sum(one.id == "HL" for one in step.path) <= 1:
                found.append((name, who))
        if len(found) == PARTIES_SHOWN:
            break
    return found


def _dates(whole: Whole) -> tuple[str, ...]:
    """The dates of the set as a whole, each with its kind."""
    found = []
    for segment, step in zip(whole.segments, whole.steps, strict=True):
        positions = DATES.get(segment[0])
        if positions is None or not (step is None or (step.id == "HL" and not step.above)):
            continue
        definition = whole.guide.segment(segment[0])
        kind = definition.elements[positions[0] - 1].reference if definition is not None else ""
        said = code_in_words(kind, _at(segment, positions[0])) or f"date {_at(segment, positions[0])}"
        day = date_in_words(_at(segment, positions[1]))
        time = time_in_words(_at(segment, 3)) if segment[0] == "DTM" else ""
        if day:
            found.append(f"{capital(said)}: {' '.join(filter(None, (day, time)))}")
        if len(found) == DATES_SHOWN:
            break
    return tuple(found)


def _at(segment: Segment, position: int) -> str:
    return segment[position] if 0 < position < len(segment) else ""
