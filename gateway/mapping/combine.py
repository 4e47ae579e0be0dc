"""Several documents become the one they are parts of, in canonical space: the way back of `split`.

Nothing is guessed: what parts say once for all of them has to be equal, and what does not add up is a problem.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from gateway.canonical import arithmetic
from gateway.mapping.reading import Effect, Problem
from gateway.mapping.split import CLAIMS, MONEY, Body, Split, added, counts, fraction
from gateway.mapping.written import absent

SUMMED: Final = ("quantity", "quantity_left", "extension", "shipped_quantity", "ordered", "shipped_to_date")
"""Numbers of a line that its parts share."""

MERGED: Final[Mapping[str, tuple[str, ...]]] = {
    "answers": ("quantity",),
    "schedule": ("quantity",),
    "shipped_parts": ("quantity", "difference"),
    "quantities": ("quantity",),
    "amounts": ("amount",),
    "shipped_totals": ("quantity", "weight", "volume"),
}
"""Lists whose entries are one where they are equal but for these numbers, which are added up."""

JOINED: Final = ("destinations", "ship_tos", "serial_numbers")
"""Lists of a line whose entries follow one another."""

UNITS: Final = ("orders", "pallets", "packages")
"""Lists of a ship notice, by `id`."""


@dataclass(frozen=True, slots=True)
class Combined:
    """The whole, with what keeps it from being sent or is not in it."""

    document: dict[str, object]
    problems: tuple[Problem, ...] = ()


def combine(parts: Sequence[Body], rule: Split) -> Combined:
    """The whole of some parts, each with its `part`, in the order of their numbers. Nobody is asked whether all are
    there.

    Lines that are equal in everything but what is shared are one line, quantities added up, shares as `rule.by` says;
    lines of an invoice stay apart where one line would come to another cent.
    Problems: parts that contradict each other, or are for one place (`parts-differ`, refuse).
    """
    problems: list[Problem] = list(_twice(parts, rule))
    ordered = [_renamed(body, at) for at, body in enumerate(sorted(parts, key=_number), start=1)]
    names = dict.fromkeys(name for body in ordered for name in body if name not in ("part", "lines"))
    whole: dict[str, object] = {}
    for name in names:
        values = [body.get(name) for body in ordered]
        if name == rule.into and (rule.shares or rule.many):
            found: object = _places(values, rule, problems)
        elif name == "totals":
            found = _totals(ordered, problems)
        elif name in CLAIMS:
            found = _claims(name, ordered, problems)
        else:
            found = _once(name, values, rule, problems)
        if not absent(found):
            whole[name] = found
    if any("lines" in body for body in ordered):
        whole["lines"] = _all_lines(ordered, rule, problems)
    return Combined(whole, tuple(problems))


def _number(body: Body) -> int:
    part = body.get("part") or {}
    return int(part.get("number", 0))


def _twice(parts: Sequence[Body], rule: Split) -> Iterator[Problem]:
    """A place has one part, and a part one place: otherwise something is in it twice, or stands for something else."""
    said = [body.get("part") or {} for body in parts]
    numbers = [one.get("number") for one in said]
    places = [_text([one.get("key"), body.get(rule.into)]) for one, body in zip(said, parts, strict=True)]
    for number in sorted({one for one in numbers if one is not None and numbers.count(one) > 1}):
        yield _differ("part.number", f"have number {number} more than once")
    for place in sorted({place for place in places if places.count(place) > 1}):
        key = said[places.index(place)].get("key")
        if key is not None:
            yield _differ("part.key", f"are for '{key}' more than once")


def _once(name: str, values: Sequence[Any], rule: Split, problems: list[Problem]) -> object:
    """What stands above the lines: the same in every part, what wins where they differ, or one list of all."""
    lists = [value or () for value in values]
    if name in MONEY:
        return _money(lists)
    if name in MERGED:
        return _merged(lists, MERGED[name])
    if name in UNITS:
        found = _distinct(entry for entries in lists for entry in entries)
        if len({entry.get("id") for entry in found}) < len(found):
            problems.append(_differ(name, "say different things of the same entry"))
        return found
    if len({_text(value) for value in values}) > 1:
        if (won := rule.won(name, values)) is not None:
            return won
        problems.append(_differ(name, f"say different things: {_shown(values)}"))
    return values[0]


def _places(values: Sequence[Any], rule: Split, problems: list[Problem]) -> object:
    """The places that no share tells about: all, or those of which more than the identifier is known."""
    found = _distinct(entry for value in values for entry in ([value] if isinstance(value, dict) else value or ()))
    if rule.by == "lines.ship_tos":
        return ()
    if rule.by == "lines.destinations":
        found = [entry for entry in found if set(entry) - {"id", "id_qualifier"}]
    if rule.many:
        return found
    if found:
        said = "is not written: shares name their places by identifier only"
        problems.append(_problem("not-written", rule.into, said, "warn"))
    return ()


def _totals(parts: Sequence[Body], problems: list[Problem]) -> dict[str, object]:
    """Numbers added up where every part states them; the count of lines is counted by who writes the set."""
    totals = [body.get("totals") or {} for body in parts]
    found: dict[str, object] = {}
    for name in dict.fromkeys(name for one in totals for name in one if name != "line_count"):
        values = [one.get(name) for one in totals]
        if all(fraction(value) is not None for value in values):
            found[name] = added(values)
        elif len({_text(value) for value in values}) == 1:
            found[name] = values[0]
        else:
            problems.append(_differ(f"totals.{name}", "do not all state it alike: it cannot be added up"))
    return found


def _claims(name: str, parts: Sequence[Body], problems: list[Problem]) -> list[Body]:
    """Sums of one kind or unit added up where every part states them. A part that states others and has no line in a
    unit has none of it: that is said, not guessed.
    """
    lists = [body.get(name) or () for body in parts]
    whole = _merged(lists, MERGED[name])
    for entry in whole:
        same = _alike(entry, MERGED[name])
        silent = [body for body, said in zip(parts, lists, strict=True) if same not in _kinds(said, MERGED[name])]
        if any(not body.get(name) or _has_lines_in(entry.get("unit"), body) for body in silent):
            problems.append(_differ(name, f"do not all state it alike ({_words(entry)}): it cannot be added up"))
            break
    return whole


def _has_lines_in(unit: object, body: Body) -> bool:
    return unit is None or any(line.get("unit") in (None, unit) for line in body.get("lines") or ())


def _kinds(entries: Iterable[Body], numbers: Sequence[str]) -> set[str]:
    return {_alike(entry, numbers) for entry in entries}


def _words(entry: Body) -> str:
    return ", ".join(f"{name} {value}" for name, value in entry.items())[:60]


# ---------------------------------------------------------------------------------------------- lines


def _all_lines(parts: Sequence[Body], rule: Split, problems: list[Problem]) -> list[dict[str, object]]:
    together: dict[tuple[str, int], list[Body]] = {}
    for body in parts:
        met: dict[str, int] = {}
        for line in _shared(body, rule, problems):
            # What only one of two lines states would stand for both: they stay two.
            stated = [name for name in (*SUMMED, *CLAIMS) if name in line]
            same = _text([stated, {name: value for name, value in line.items() if not _of_a_share(name)}])
            met[same] = met.get(same, 0) + 1  # a part may have two equal lines: they stay two
            together.setdefault((same, met[same]), []).append(line)
    billed = any("invoice_number" in body for body in parts)
    lines = [line for entries in together.values() for line in _lines(entries, billed=billed)]
    if all(str(line.get("number", "")).isdecimal() for line in lines):
        lines.sort(key=lambda line: int(str(line["number"])))
    return lines


def _of_a_share(name: str) -> bool:
    return name in SUMMED or name in MERGED or name in JOINED or name in MONEY


def _lines(entries: Sequence[Body], *, billed: bool) -> Sequence[dict[str, object]]:
    """One line, or on an invoice those there were: 1 x 1.255 for each of two stores is 2.52, and 2 x 1.255 is 2.51."""
    line = _line(entries)
    if len(entries) == 1 or not billed:
        return [line]
    each = [arithmetic.of_line(entry) for entry in entries]
    sum_ = sum((amount for amount in each if amount is not None), Decimal(0))
    if None in each or arithmetic.of_line(line) == sum_:
        return [line]
    return [dict(entry) for entry in entries]


def _line(entries: Sequence[Body]) -> dict[str, object]:
    line: dict[str, object] = {}
    for name in dict.fromkeys(name for entry in entries for name in entry):
        stated = [entry[name] for entry in entries if name in entry]
        if name in SUMMED:
            line[name] = added(stated) if len(stated) > 1 else stated[0]
        elif name in MERGED:
            line[name] = _merged(stated, MERGED[name])
        elif name in MONEY:
            line[name] = _money(stated)
        elif name in JOINED:
            line[name] = [entry for each in stated for entry in each]
        else:
            line[name] = stated[0]
    return line


def _shared(body: Body, rule: Split, problems: list[Problem]) -> Iterator[dict[str, object]]:
    """The lines of a part, each with the part's place as its share."""
    for at, line in enumerate(body.get("lines") or ()):
        if not rule.shares or line.get(rule.shares):
            yield dict(line)
            continue
        if line.get("quantity") is None:
            problems.append(_differ(f"lines[{at}].quantity", "do not all state it: nobody can say what goes where"))
            yield dict(line)
            continue
        yield {**line, rule.shares: [_share(body, line, rule)]}


def _share(body: Body, line: Body, rule: Split) -> dict[str, object]:
    value = body.get(rule.into)
    parties = [value] if isinstance(value, dict) else list(value or ())
    place = parties[0] if len(parties) == 1 else {}
    name = place.get("id") or (body.get("part") or {}).get("key", "")
    if rule.shares == "ship_tos":
        return {**(place or {"id": name}), "quantity": line["quantity"]}
    share = {"location": name, "location_qualifier": place.get("id_qualifier")}
    share |= {"quantity": line["quantity"], "unit": line.get("unit")}
    return {key: value for key, value in share.items() if value is not None}


# ---------------------------------------------------------------------------------------------- entries


def _money(lists: Iterable[Sequence[Body]]) -> list[Body]:
    """Entries that come to a sum count each by itself; of the others equal ones are one."""
    found: list[Body] = []
    for entries in lists:
        earlier = {_text(entry) for entry in found}
        found += [entry for entry in entries if counts(entry) or _text(entry) not in earlier]
    return found


def _merged(lists: Iterable[Sequence[Body]], numbers: Sequence[str]) -> list[Body]:
    together: dict[tuple[str, int], list[Body]] = {}
    for entries in lists:
        met: dict[str, int] = {}
        for entry in entries:
            same = _alike(entry, numbers)
            met[same] = met.get(same, 0) + 1
            together.setdefault((same, met[same]), []).append(entry)
    return [
        entries[0] if len(entries) == 1 else {**entries[0], **_sums(entries, numbers)} for entries in together.values()
    ]


def _alike(entry: Body, numbers: Sequence[str]) -> str:
    """What entries have alike that are one: all but these numbers, and which of them they state."""
    stated = sorted(set(numbers) & set(entry))
    return _text([stated, {name: value for name, value in entry.items() if name not in numbers}])


def _sums(entries: Sequence[Body], numbers: Sequence[str]) -> dict[str, object]:
    return {name: added(entry[name] for entry in entries) for name in numbers if name in entries[0]}


def _distinct(entries: Iterable[Body]) -> list[Body]:
    found: dict[str, Body] = {}
    for entry in entries:
        found.setdefault(_text(entry), entry)
    return list(found.values())


def _renamed(body: Body, at: int) -> Body:
    """Names that a part made up for its pallets and packages (#1, #2) mean something in that part only."""
    made = {
        entry["id"]: f"#{at}{entry['id']}"
        for name in UNITS
        for entry in body.get(name) or ()
        if str(entry.get("id", "")).startswith("#")
    }
    return {**body, **{name: _relinked(body[name], made) for name in (*UNITS, "lines") if made and name in body}}


def _relinked(entries: Iterable[Body], made: Mapping[str, str]) -> list[Body]:
    links = ("id", "order", "pallet", "package")
    return [
        {name: made.get(value, value) if name in links else value for name, value in entry.items()}
        | ({"packages": [made.get(one, one) for one in entry["packages"]]} if "packages" in entry else {})
        for entry in entries
    ]


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _shown(values: Iterable[object]) -> str:
    shown = ["nothing" if value is None else value if isinstance(value, str) else _text(value) for value in values]
    return " and ".join(text[:60] for text in dict.fromkeys(shown))


def _differ(field: str, sentence: str) -> Problem:
    return _problem("parts-differ", field, f"its parts {sentence}", "refuse")


def _problem(code: str, field: str, sentence: str, effect: Effect) -> Problem:
    return Problem(
        field=field, location="", position=0, code=code, value="", effect=effect, message=f"'{field}' {sentence}"
    )
