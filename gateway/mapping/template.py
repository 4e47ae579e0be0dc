"""The quick way to write a segment: for the fields that a body has, a copy of a segment in which only values are
missing. One value that is not what it should be, and `put` writes the segment the long way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.mapping.draft import DraftLoop, DraftSegment, opening, put
from gateway.mapping.put import Body, FieldOut, Spot, Step, Unit
from gateway.mapping.translate import Refused
from gateway.mapping.written import Run

Coded = tuple[int, str, Callable[[object], str]]
"""Element, field, its encoder."""

Plain = tuple[int, str, int, int]
"""Element and field of a text that stands as it is, its shortest and its longest form."""

Making = Callable[[Body], DraftSegment | None]
"""Makes a segment of a body's values; None when one of them is not as it should be."""


def template_step(unit: Unit, names: frozenset[str], base: DraftSegment) -> Step | None:
    """A step for a body with exactly these fields, None when it takes the long way.

    `base` is what the loop's first segment holds before anything is written into it.
    """
    where = unit.spot
    said = [one for one in unit.fields if one.name in names or one.always]
    long_way = unit.general(names)
    if long_way is None or not said or not _is_simple(where, said, names):
        return long_way
    defaults = [one for one in unit.fields if one.default and one not in said]
    if where.loops:
        made = _Template(opening(where.loops[0][0]))
    else:
        made = _Template(base if where.is_head else opening(where.hop))
    if not all(map(made.take, said)) or not all(map(made.take_default, defaults)) or not made.settle(said, defaults):
        return long_way
    if where.loops:
        return _first_of_loop(made, where, long_way)
    return Head(made.fill(), long_way) if where.is_head else _segment(made, where, long_way)


def _is_simple(where: Spot, said: list[FieldOut], names: frozenset[str]) -> bool:
    if len(where.loops) > 1 or (where.loops and not where.is_head) or where.hop.occurrence > 1:
        return False
    return all(one.simple and not (one.always and one.name in names) for one in said)


class _Template:
    """A segment with the places of its values."""

    def __init__(self, base: DraftSegment) -> None:
        self.segment = list(base)
        self.coded: list[Coded] = []
        self.plain: list[Plain] = []
        self._taken = {at for at, there in enumerate(base) if there}
        self._pairs: list[FieldOut] = []

    def take(self, one: FieldOut) -> bool:
        """A place for a field of the body; False when it is not free."""
        if one.target.pair:
            self._pairs.append(one)
            return True
        return self._claim(one, one.target.elements[0])

    def take_default(self, one: FieldOut) -> bool:
        """A place for a default."""
        if one.target.pair or one.target.component > 1 or one.target.elements[0] in self._taken:
            return False
        self._taken.add(one.target.elements[0])
        put(self.segment, one.target.elements[0], 0, one.default)
        return True

    def settle(self, said: list[FieldOut], defaults: list[FieldOut]) -> bool:
        """Places for the pairs, then for what stands beside the fields; False when that needs a closer look."""
        for one in sorted(self._pairs, key=lambda one: not one.form.slot):
            positions = (one.form.slot,) if one.form.slot else one.target.elements
            free = [at for at in positions if not {at, at + 1} & self._taken]
            if not free or not self._claim(one, free[0] + 1):
                return False
            self._taken.add(free[0])
            put(self.segment, free[0], 0, one.target.pair)
        fixed: dict[int, str] = {}
        for one in (*said, *defaults):
            for beside in one.beside:
                if beside.component > 1 or fixed.setdefault(beside.element, beside.values[0]) != beside.values[0]:
                    return False
                if beside.element in self._taken and beside.strict:
                    return False
        for element, text in fixed.items():
            if element not in self._taken:
                put(self.segment, element, 0, text)
        return True

    def _claim(self, one: FieldOut, element: int) -> bool:
        if element in self._taken or one.target.component > 1:
            return False
        self._taken.add(element)
        put(self.segment, element, 0, one.fixed)
        if not one.fixed:
            definition = one.target.definition
            special = one.form.code or one.form.fit or one.form.match
            if one.form.kind == "text" and not special and definition is not None:
                self.plain.append((element, one.name, max(definition.minimum, 1), definition.maximum))
            else:
                self.coded.append((element, one.name, one.quick))
        return True

    def fill(self) -> Making:
        """The function that puts a body's values into a copy."""
        template, coded, plain = self.segment, tuple(self.coded), tuple(self.plain)

        def fill(body: Body) -> DraftSegment | None:
            segment = template.copy()
            try:
                for element, name, encode in coded:
                    segment[element] = encode(body[name])
                for element, name, low, high in plain:
                    value = body[name]
                    if type(value) is not str or not low <= len(value) <= high or value[-1] == " ":
                        return None
                    segment[element] = value
            except (Refused, KeyError, TypeError):
                return None
            return segment

        return fill


def _segment(made: _Template, where: Spot, long_way: Step) -> Step:
    fill, name, number = made.fill(), where.hop.id, where.number

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        if number in loop.named or (segment := fill(body)) is None:
            return long_way(body, loop, run)
        loop.named[number] = segment
        there = loop.segments.get(name)
        if there is None:
            loop.segments[name] = [segment]
        else:
            there.append(segment)
        return True

    return step


@dataclass(frozen=True, slots=True)
class Head:
    """The step that writes the segment which starts a loop. `fill` makes it for a loop that is yet to be made."""

    fill: Making
    long_way: Step

    def __call__(self, body: Body, loop: DraftLoop, run: Run) -> bool:
        """Write it into a loop; True when anything was written."""
        if loop.shared or (segment := self.fill(body)) is None:
            return self.long_way(body, loop, run)
        loop.head[:] = segment
        return True


def _first_of_loop(made: _Template, where: Spot, long_way: Step) -> Step:
    """The first segment of a nested loop that nothing was written into yet: PID(F)/PID05."""
    fill, (hop, number) = made.fill(), where.loops[0]
    name = hop.id

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        if number in loop.named or (segment := fill(body)) is None:
            return long_way(body, loop, run)
        inner = loop.named[number] = DraftLoop(name, segment)
        inner.shared = True
        loop.add_loop(inner)
        return True

    return step
