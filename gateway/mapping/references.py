"""Cross references as a mapping uses them: values that only a dated table knows, and units with exact factors.

Both happen in canonical space: after a set is read, and before a document is written. The tables are somebody else's;
what is needed of them is `Lookups`. A value that no row knows is remembered, so that the document can wait for it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from gateway.canonical.arithmetic import BY_ANY_UNIT
from gateway.mapping.codes import CodeList
from gateway.mapping.language import FieldForm, ObjectForm, UnitsForm
from gateway.mapping.quantities import converted, scaled
from gateway.mapping.reading import Effect, State, Unmapped
from gateway.mapping.written import Run, absent
from gateway.x12.interchange import Segment

Body = dict[str, object]

_SEGMENT = re.compile(r"(?:.*/)?([A-Z][A-Z0-9]{1,2})")


class Lookups(Protocol):
    """What is known of one partner's values on one day."""

    @property
    def partner(self) -> str:
        """Whose values they are."""

    def find(self, table: str, value: str, *, back: bool = False, item: str = "") -> str | None:
        """Our value for theirs, or theirs for ours when `back`; None when no row says it."""

    def factor(self, table: str, unit: str, *, back: bool = False, item: str = "") -> tuple[str, Fraction] | None:
        """The other unit, and the factor that turns a quantity of theirs into ours, whichever way is asked."""


class NoLookups:
    """Where nobody has tables: nothing is known of anything."""

    partner = "the partner"

    def find(self, table: str, value: str, *, back: bool = False, item: str = "") -> str | None:
        """None."""
        return None

    def factor(self, table: str, unit: str, *, back: bool = False, item: str = "") -> tuple[str, Fraction] | None:
        """None."""
        return None


class Reporter(Protocol):
    """What a reading and a writing take problems by."""

    def report(self, name: str, location: str, code: str, effect: Effect, message: str, *, value: str = "") -> None:
        """Note one problem."""


@dataclass(frozen=True, slots=True)
class Spotter:
    """Takes problems of a reading, and finds a segment in which the value stands."""

    state: State

    def report(self, name: str, location: str, code: str, effect: Effect, message: str, *, value: str = "") -> None:
        """Note one problem, with the position of its value where that stands in the set as it is."""
        self.state.report(name, location, code, effect, message, value=value, segment=self._segment(location, value))

    def _segment(self, location: str, value: str) -> Segment | None:
        named = _SEGMENT.match(location)
        if named is None:
            return None
        return next((each for each in self.state.content.segments if each[0] == named[1] and value in each), None)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with `xref:`. `carry` is where the thread has it, when the document does not say it."""

    name: str
    table: str
    location: str
    written: bool = True
    carry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Object:
    """An object in which something is looked up, or in an object of it. `bases` are the words that can be written for
    what a price is per, None for any.
    """

    fields: tuple[_Field, ...]
    inner: "tuple[tuple[str, _Object], ...]"
    units: UnitsForm | None
    bases: frozenset[str] | None = None

    def tables(self) -> Iterator[str]:
        """Every table named, here and inside."""
        yield from (one.table for one in self.fields)
        if self.units is not None:
            yield self.units.table
        for _, inner in self.inner:
            yield from inner.tables()


class References:
    """Everything of one mapping that is looked up. Holds no state of a document: safe to share between threads."""

    def __init__(self, roots: Iterable[ObjectForm], lists: Mapping[str, CodeList]) -> None:
        # The forms are the same for every X12 version.
        self._root = next((_compiled(root, lists) for root in roots), None)
        self.tables = frozenset(self._root.tables()) if self._root is not None else frozenset[str]()

    def inward(self, document: Body, lookups: Lookups | None, spotter: Spotter) -> tuple[Body, tuple[Unmapped, ...]]:
        """A document in our words, and what no row knows: that is left out of it, and reported."""
        if self._root is None:
            return document, ()
        looking = _Looking(lookups or NoLookups(), spotter, back=False)
        return looking.translated(self._root, document, ""), tuple(looking.unmapped)

    def outward(
        self, document: Mapping[str, object], lookups: Lookups | None, run: Run
    ) -> tuple[Mapping[str, object], tuple[Unmapped, ...]]:
        """A document in the partner's words; as `inward`, the other way."""
        if self._root is None:
            return document, ()
        looking = _Looking(lookups or NoLookups(), run, back=True, carried=run.carried)
        return looking.translated(self._root, document, ""), tuple(looking.unmapped)


def _compiled(form: ObjectForm, lists: Mapping[str, CodeList]) -> _Object | None:
    """None where nothing of an object is looked up."""
    fields: list[_Field] = []
    inner: list[tuple[str, _Object]] = []
    for child in form.fields:
        if isinstance(child, FieldForm):
            if child.xref:
                carry = tuple(child.carry.split(".")) if child.carry else ()
                written = bool(child.at) and (child.read is None or child.write is not None)
                fields.append(_Field(child.name, child.xref, " or ".join(map(str, child.at)), written, carry))
        elif (found := _compiled(child, lists)) is not None:
            inner.append((child.name, found))
    entered = " or ".join(map(str, form.at))
    fields += [_Field(part.name, part.xref, entered) for part in form.parts if part.xref]
    if not (fields or inner or form.units):
        return None
    return _Object(tuple(fields), tuple(inner), form.units, _bases(form, lists))


def _bases(form: ObjectForm, lists: Mapping[str, CodeList]) -> frozenset[str] | None:
    """What the code list of the field `per` has a code for; None where it has no list, and says everything."""
    for child in form.fields:
        if isinstance(child, FieldForm) and form.units is not None and child.name == form.units.per:
            return frozenset(lists[child.code].writes) if child.code in lists else None
    return None


def _is_lost(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """True for an item that no row knew: what its unit is, nobody can be asked yet."""
    return name in before and name not in after


@dataclass(slots=True)
class _Looking:
    """One document under way. Each value that is not known is reported once, at the first place it stands."""

    lookups: Lookups
    reporter: Reporter
    back: bool
    carried: Mapping[str, object] = field(default_factory=dict)
    unmapped: dict[Unmapped, None] = field(default_factory=dict)

    def translated(self, known: _Object, body: Mapping[str, object], path: str) -> Body:
        """A copy of one object, looked up. Units go by our item: inward they come last, outward first."""
        made = dict(body)
        if known.units is not None and self.back:
            self._convert(known.units, made, path, known.bases)
        for one in known.fields:
            if self.back and not one.written:
                continue
            if one.carry and absent(made.get(one.name)) and not absent(there := self._carried(one.carry)):
                made[one.name] = there
            if not absent(made.get(one.name)):
                self._put(one, made, path + one.name)
        for name, inner in known.inner:
            there = made.get(name)
            if isinstance(there, dict):
                made[name] = self.translated(inner, there, f"{path}{name}.")
            elif isinstance(there, list | tuple):
                made[name] = [
                    self.translated(inner, each, f"{path}{name}[{at}].") if isinstance(each, dict) else each
                    for at, each in enumerate(there)
                ]
        if known.units is not None and not self.back and not _is_lost(known.units.item, body, made):
            self._convert(known.units, made, path)
        return made

    # -------------------------------------------------------------------------------------- values

    def _put(self, one: _Field, made: Body, path: str) -> None:
        value = made.pop(one.name)
        if isinstance(value, list | tuple):
            found = [self._found(one, each, f"{path}[{at}]") for at, each in enumerate(value)]
            made[one.name] = [each for each in found if each is not None]
        elif (other := self._found(one, value, path)) is not None:
            made[one.name] = other

    def _found(self, one: _Field, value: object, path: str) -> object:
        if not isinstance(value, str):
            return value
        other = self.lookups.find(one.table, value, back=self.back)
        if other is None:
            self._unknown(Unmapped(one.table, value, back=self.back), path, one.location)
        return other

    def _carried(self, path: tuple[str, ...]) -> object:
        value: object = self.carried
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _unknown(self, unmapped: Unmapped, path: str, location: str) -> None:
        if unmapped in self.unmapped:
            return
        self.unmapped[unmapped] = None
        whose = "ours" if self.back else f"{self.lookups.partner}'s"
        of_item = f" of item '{unmapped.item}'" if unmapped.item else ""
        for_whom = f" for {self.lookups.partner}" if self.back else ""
        message = f"table '{unmapped.table}' has no row{for_whom} that knows {whose} '{unmapped.value}'{of_item}"
        said = f"{location}: {message}" if location else message
        self.reporter.report(path, location, "unmapped-reference", "park", said, value=unmapped.value)

    # --------------------------------------------------------------------------------------- units

    def _convert(self, units: UnitsForm, made: Body, path: str, bases: frozenset[str] | None = None) -> None:
        name = units.unit[0][0]
        unit = made.get(name)
        if not isinstance(unit, str) or absent(unit):
            return
        item = made.get(units.item) if units.item else ""
        item = item if isinstance(item, str) else ""
        found = self.lookups.factor(units.table, unit, back=self.back, item=item)
        if found is None:
            self._unknown(Unmapped(units.table, unit, back=self.back, item=item), path + name, "")
            return
        other, factor = found
        factor = 1 / factor if self.back else factor
        per = made.get(units.per) if units.per else None
        # "contract" or "hundred" name no unit: it is so much per case, or per hundred cases, and then per piece.
        turned = per == unit and not self._stays(units, unit, other, item, bases)
        prices = units.prices if absent(per) or turned or per in BY_ANY_UNIT else ()
        for names in units.quantities:
            converted(made, names, lambda value, at: self._scaled(value, factor, unit, other, path + at))
        for names in prices:
            converted(made, names, lambda value, at: self._scaled(value, 1 / factor, unit, other, path + at))
        for names in (*units.unit, (units.per,)) if turned else units.unit:
            converted(made, names, lambda value, at: self._renamed(value, unit, other, path + at))

    def _stays(self, units: UnitsForm, unit: str, other: str, item: str, bases: frozenset[str] | None) -> bool:
        """Whether a price per `unit` of ours is written as it is, beside a quantity in `other`: `5 CA, 10.00 PE`. There
        may be a code for prices per piece and none for prices per case; such a price stays when it is read, too. Not
        where the partner means something else by the word.
        """
        if not self.back or bases is None or other in bases or unit not in bases:
            return False
        return self.lookups.factor(units.table, unit, item=item) in (None, (unit, Fraction(1)))

    def _scaled(self, value: object, factor: Fraction, unit: str, other: str, path: str) -> object:
        result = scaled(value, factor)
        if result is None:
            message = f"{value} {unit} is no finite number of {other} (x {factor}): nothing is rounded"
            self.reporter.report(path, "", "not-exact", "park", message, value=str(value))
            return value
        return result

    def _renamed(self, value: object, unit: str, other: str, path: str) -> object:
        if value != unit:
            message = f"{value} is not the unit of the line, {unit}: which factor it has is not said"
            self.reporter.report(path, "", "other-unit", "park", message, value=str(value))
            return value
        return other
