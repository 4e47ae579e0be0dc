"""One document for several places becomes a document for each, in canonical space. `combine` is the way back.

What is stated as an amount for the whole (an allowance, a charge, a tax) stands in the first part only, so that parts
add up to the whole; so does a rate of a stated quantity, and a percentage of a stated base, which are amounts in other
words. A bare rate or percentage stands in every part. Totals are claims about the whole: no part has them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from gateway.mapping.convert import Unconvertible, to_decimal
from gateway.mapping.reading import Problem
from gateway.mapping.written import absent

Body = Mapping[str, Any]
By = Literal["ship_tos", "lines.destinations", "lines.ship_tos"]
Wins = Literal["latest", "earliest"] | tuple[str, ...]
"""Which of different dates stands for the whole; or words, the first of which that a part says stands for all."""

WAYS: Final[tuple[By, ...]] = ("ship_tos", "lines.destinations", "lines.ship_tos")
PLACES: Final = ("ship_tos", "ship_to", "mark_for")
"""Heading fields that a part's place may stand in."""

MOST_PARTS: Final = 1_000
"""Of one set: each repeats its heading."""

MONEY: Final = ("allowances_charges", "taxes")
"""Entries with an amount count once for the whole."""

SHARED: Final = ("quantity_left", "extension", "shipped_quantity", "ordered", "shipped_to_date")
"""Numbers of a line that its parts share, besides `quantity`, and whose shares nobody states."""

LISTED: Final = ("schedule", "answers", "shipped_parts", "quantities", "serial_numbers")
"""Lists of a line that tell of its whole quantity: which entry goes where, nobody states."""

CLAIMS: Final = ("totals", "amounts", "shipped_totals")
"""What the partner says the whole adds up to. In a part of ours they are the part's own, and are added up."""


@dataclass(frozen=True, slots=True)
class Split:
    """`by` says where a document tells its places, `into` the heading field that holds a part's own.

    `many` is true when `into` is a list. `differ` are heading fields that parts may say differently, with what wins.
    """

    by: By
    into: str = "ship_tos"
    many: bool = True
    differ: tuple[tuple[str, Wins], ...] = ()

    @property
    def shares(self) -> str:
        """The list of a line that has its shares, "" where only headings name places."""
        return self.by.partition(".")[2]

    @property
    def differing(self) -> str:
        """What parts may differ in, in words: `response_date (latest), answer (accepted before rejected)`."""
        shown = ((name, said if isinstance(said, str) else " before ".join(said)) for name, said in self.differ)
        return ", ".join(f"{name} ({words})" for name, words in shown)

    def won(self, name: str, values: Sequence[Any]) -> object | None:
        """What stands for the whole where parts say these different `values`, one of each part; None where they may not
        differ, one says nothing, or one says a word that nothing was said of.
        """
        said = dict(self.differ).get(name)
        if said is None or any(absent(value) for value in values):
            return None
        if isinstance(said, str):  # dates: as text they are in order, too
            found: object = max(values, key=str) if said == "latest" else min(values, key=str)
            return found
        return next((word for word in said if word in values), None) if set(values) <= set(said) else None


@dataclass(frozen=True, slots=True)
class Divided:
    """The documents of a division; with problems the one that could not be divided."""

    documents: tuple[dict[str, object], ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Share:
    """How much of a line goes to a place. `key` is the place: kind of identifier, identifier or name."""

    key: tuple[str, str]
    party: Body
    quantity: object


class _Undivided(Exception):
    """Why a document cannot be divided: code, field and sentence."""


def split(document: Body, rule: Split) -> Divided:
    """The document of each place, in the order in which places are first named.

    A document that names no shares is one document, without `part`. Problems park: shares that do not add up to their
    line (`split-sum`), a place that nobody can tell (`split-place`), more than `MOST_PARTS` (`split-parts`).
    """
    try:
        return Divided(tuple(_parts(document, rule)))
    except _Undivided as why:
        code, field, sentence = why.args
        return Divided((dict(document),), (_parked(code, field, sentence),))


def _parts(document: Body, rule: Split) -> Iterator[dict[str, object]]:
    lines = document.get("lines") or ()
    if not rule.shares or not any(line.get(rule.shares) for line in lines):
        if not rule.shares and len(document.get("ship_tos") or ()) > 1:
            raise _Undivided("split-place", "ship_tos", "several ship-tos, and no line says where it goes")
        yield dict(document)
        return
    shared = [_shares(document, line, f"lines[{at}]", rule) for at, line in enumerate(lines)]
    places: dict[tuple[str, str], Body] = {}
    for share in (share for shares in shared for share in shares):
        places.setdefault(share.key, share.party)
    if len(places) > MOST_PARTS:
        raise _Undivided("split-parts", "lines", f"it is for {len(places)} places: at most {MOST_PARTS} are divided")
    headings = _headings(document, places, rule)
    names = Counter(name for _, name in places)
    met: set[int] = set()
    for number, (key, heading) in enumerate(zip(places, headings, strict=True), start=1):
        # Of two kinds of identifier that are one text, a replay has to find its own.
        name = key[1] if names[key[1]] == 1 else f"{key[1]} ({key[0] or 'no kind'})"
        part = {"number": number, "of": len(places), "key": name}
        yield {"part": part, **heading, "lines": list(_lines(lines, shared, key, rule, met))}


# ---------------------------------------------------------------------------------------------- shares


def _shares(document: Body, line: Body, field: str, rule: Split) -> Sequence[_Share]:
    """The shares of one line, a place once; they add up to the line."""
    entries = line.get(rule.shares) or ()
    if not entries and rule.by == "lines.ship_tos" and len(document.get("ship_tos") or ()) == 1:
        return [_share(document["ship_tos"][0], line, f"{field}.ship_tos", line.get("quantity"))]
    alone = line.get("quantity") if len(entries) == 1 else None
    found: dict[tuple[str, str], _Share] = {}
    for at, entry in enumerate(entries):
        share = _share(entry, line, f"{field}.{rule.shares}[{at}]", alone)
        known = found.get(share.key)
        both = share if known is None else _Share(share.key, share.party, added([known.quantity, share.quantity]))
        found[share.key] = both
    if not found:
        raise _Undivided("split-sum", f"{field}.{rule.shares}", "it has no share for any place: it would be lost")
    whole, sum_ = fraction(line.get("quantity")), added([share.quantity for share in found.values()])
    if whole is None or whole != Fraction(sum_):
        said = f"its shares add up to {sum_:f}, the line says {_shown(line.get('quantity'))}"
        raise _Undivided("split-sum", f"{field}.{rule.shares}", said)
    unsaid = next((name for name in (*SHARED, *LISTED) if not absent(line.get(name))), "")
    if len(found) > 1 and unsaid:
        said = f"it has '{unsaid}' and several shares: nobody can say which of it goes where"
        raise _Undivided("split-sum", f"{field}.{unsaid}", said)
    return list(found.values())


def _share(entry: Body, line: Body, field: str, otherwise: object) -> _Share:
    quantity = entry.get("quantity", otherwise)
    if fraction(quantity) is None:
        raise _Undivided("split-sum", field, "a share without a quantity")
    if entry.get("unit") not in (None, line.get("unit")):
        said = f"a share in {entry['unit']}, the line is in {_shown(line.get('unit'))}: they cannot be added up"
        raise _Undivided("split-sum", field, said)
    if "location" in entry:
        party = {"id": entry["location"], "id_qualifier": entry.get("location_qualifier")}
        party = {name: value for name, value in party.items() if value is not None}
    else:
        party = {name: value for name, value in entry.items() if name not in ("quantity", "unit")}
    name = party.get("id") or party.get("name")
    if not name:
        raise _Undivided("split-place", field, "a share for a place without identifier and name")
    return _Share((str(party.get("id_qualifier") or ""), str(name)), party, quantity)


# ---------------------------------------------------------------------------------------------- parts


def _headings(document: Body, places: Mapping[tuple[str, str], Body], rule: Split) -> Iterator[dict[str, object]]:
    """What each part says above its lines."""
    common = {name: value for name, value in document.items() if name not in ("lines", "part", *CLAIMS)}
    known = tuple(document.get("ship_tos") or ())
    parties = [_known(party, known) for party in places.values()]
    if rule.into == "ship_tos":
        for at, party in enumerate(known):
            if party not in parties:
                said = "no line has a share for it (`into: mark_for` keeps it in every part)"
                raise _Undivided("split-place", f"ship_tos[{at}]", said)
    elif common.get(rule.into) not in (None, *parties):
        raise _Undivided("split-place", rule.into, "the heading names another place than the shares do")
    for at, party in enumerate(parties):
        heading: dict[str, object] = {**common, rule.into: [dict(party)] if rule.many else dict(party)}
        heading |= {name: once(common[name], first=at == 0) for name in MONEY if name in common}
        yield {name: value for name, value in heading.items() if not absent(value)}


def _known(party: Body, known: Iterable[Body]) -> Body:
    """The place as the heading describes it, where it does."""
    for one in known:
        kinds = (one.get("id_qualifier"), party.get("id_qualifier"))
        if one.get("id") is not None and one.get("id") == party.get("id") and (None in kinds or kinds[0] == kinds[1]):
            return one
    return party


def _lines(
    lines: Sequence[Body], shared: Sequence[Sequence[_Share]], key: tuple[str, str], rule: Split, met: set[int]
) -> Iterator[dict[str, object]]:
    """The lines with a share for one place; `met` are those that an earlier part has."""
    for at, (line, shares) in enumerate(zip(lines, shared, strict=True)):
        share = next((share for share in shares if share.key == key), None)
        if share is None:
            continue
        own = {name: once(line[name], first=at not in met) for name in MONEY if name in line}
        if len(shares) > 1:
            own["amounts"] = []
        met.add(at)
        kept = {name: value for name, value in line.items() if name != rule.shares}
        values = {**kept, **own, "quantity": share.quantity}
        yield {name: value for name, value in values.items() if not absent(value)}


def once(entries: Sequence[Body], *, first: bool) -> list[Body]:
    """Allowances, charges or taxes of one part: those that say how much they come to in the first only."""
    return [entry for entry in entries if first or not counts(entry)]


def counts(entry: Body) -> bool:
    """Whether an allowance, charge or tax comes to one sum, whatever it is put beside: it has an amount, a rate and its
    quantity (not the range that it holds for), or a percentage and its base.
    """
    if not absent(entry.get("amount")):
        return True
    rated = not absent(entry.get("rate")) and not absent(entry.get("quantity")) and absent(entry.get("quantity_to"))
    return rated or (not absent(entry.get("percent")) and not absent(entry.get("base")))


# ---------------------------------------------------------------------------------------------- numbers


def fraction(value: object) -> Fraction | None:
    """A Decimal, whole number or decimal text as a fraction; None for anything else."""
    if isinstance(value, str):
        try:
            value = to_decimal(value)
        except Unconvertible:
            return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Fraction(value)


def added(values: Iterable[object]) -> Decimal:
    """The exact sum, with the scale of the finest. What is no number counts nothing."""
    sum_, scale = Fraction(0), 0
    for value in values:
        found = fraction(value)
        if found is not None:
            sum_ += found
            scale = max(scale, -int(Decimal(str(value)).as_tuple().exponent))
    digits = int(sum_ * 10**scale)
    return Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -scale))


def _shown(value: object) -> str:
    return "nothing" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _parked(code: str, field: str, sentence: str) -> Problem:
    return Problem(
        field=field, location="", position=0, code=code, value="", effect="park", message=f"'{field}': {sentence}"
    )
