"""Objects to loops and segments: which steps a body takes follows from the fields it has, and is worked out once."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.mapping.address import Hop
from gateway.mapping.around_out import around_step, names_around
from gateway.mapping.draft import DraftLoop, DraftSegment, opening
from gateway.mapping.encode import shown
from gateway.mapping.enter import each_step, group_step, one_step
from gateway.mapping.field_out import Elsewhere, derives, elsewhere, field_out, same
from gateway.mapping.language import Form, ObjectForm, releases
from gateway.mapping.levels import LOOP
from gateway.mapping.levels_out import Fill, levels_step
from gateway.mapping.plan import PlannedField, PlannedObject
from gateway.mapping.put import Body, Numbers, Spot, Step, Unit, spot
from gateway.mapping.sequences_out import sequence_step
from gateway.mapping.template import Head, Making, template_step
from gateway.mapping.written import Run, absent

KNOWN_LIMIT: Final = 1_000
"""Combinations of fields kept per object; real systems send a handful."""


class ObjectWriter:
    """Writes one object into the loop it stands in.

    `trigger` is the id of the segment that starts the loop ("" for the whole set), `base` what it holds at first. A
    `guest` writes into a loop that another object fills: nothing may be assumed empty.
    """

    def __init__(
        self, planned: PlannedObject, trigger: str, base: DraftSegment, numbers: Numbers, *, guest: bool = False
    ) -> None:
        self._planned = planned
        self._trigger = trigger
        self._base = base
        self._guest = guest
        self._units: list[Unit] = []
        self._steps: dict[str, Step] = {}
        self._always: set[str] = set()
        self._elsewhere: dict[str, list[Elsewhere]] = {}
        self._quiet: set[str] = {part.part.name for part in planned.parts} | names_around(planned)
        self._carries: list[tuple[str, tuple[str, ...]]] = []
        self.reckons = False
        """Whether an expression is somewhere inside: those see the objects around them."""
        for child in planned.fields:
            if isinstance(child, PlannedField):
                self._take(child, trigger, numbers)
            elif not child.form.level:
                self._take_object(child, trigger, numbers)
        self._nest = self._levels(numbers)
        self._units.sort(key=lambda unit: max(unit.spot.hop.occurrence, 1))
        self._required = tuple(child.form for child in planned.fields if child.form.required)
        self._known: dict[tuple[str, ...], tuple[Step, ...]] = {}
        self._begun: dict[tuple[str, ...], tuple[Making, tuple[Step, ...]]] = {}

    def fill(self, body: object, loop: DraftLoop, run: Run) -> bool:
        """Write a body; True when anything of it was written."""
        if not isinstance(body, dict):
            run.report("", "", "wrong-form", "refuse", f"an object is expected, not a {type(body).__name__}")
            return False
        if self._carries and run.carried:
            body = self._carried(body, run)
        steps = self._known.get(tuple(body))
        if steps is None:
            steps = self._remember(tuple(body))
        if self.reckons:
            run.around.append(body)
        wrote = False
        for step in steps:
            if step(body, loop, run):
                wrote = True
        if self.reckons:
            run.around.pop()
        return wrote

    def entry(self, body: object, run: Run) -> DraftLoop | None:
        """A body in a new loop or segment; None when nothing of it was written.

        Most say what stands in the first segment, and that as expected: then it is made at once.
        """
        if isinstance(body, dict) and (begun := self._begun.get(tuple(body))) is not None:
            make, steps = begun
            head = make(body)
            if head is not None:
                loop = DraftLoop(self._trigger, head)
                for step in steps:
                    step(body, loop, run)
                return loop
        loop = DraftLoop(self._trigger, self._base.copy())
        return loop if self.fill(body, loop, run) else None

    # -------------------------------------------------------------------------------------- fields

    def _take(self, child: PlannedField, trigger: str, numbers: Numbers) -> None:
        form = child.form
        if form.carry:
            self._carries.append((form.name, tuple(form.carry.split("."))))
        if child.target is None or child.target.envelope or (form.read is not None and form.write is None):
            self._unwritten(child)
            return
        where = spot(child.target, trigger, numbers)
        unit = self._unit(where)
        made = field_out(child, where)
        unit.fields.append(made)
        self.reckons = self.reckons or child.write is not None
        if found := elsewhere(child, where, trigger, numbers):
            self._elsewhere[form.name] = found

    def _unwritten(self, child: PlannedField) -> None:
        """A field that nothing writes: said, unless the document says only what the mapping says by itself.

        A constant is what the partner knows without being told: a document that says something else is refused.
        """
        name, known = child.form.name, [value for value in (child.const, child.default) if value is not None]
        path, const = child.form.path, child.const
        derived = derives(child, self._planned) if child.expression is not None and child.target is None else None

        def step(body: Body, loop: DraftLoop, run: Run) -> bool:
            value = body.get(name)
            if absent(value) or any(same(value, each) for each in known) or (derived is not None and derived(body)):
                return False
            if const is not None:
                message = f"the mapping always means '{const}', the document says '{shown(value)}'"
                run.report(name, "", "not-constant", "refuse", message, value=shown(value))
            else:
                run.lose(path)
            return False

        self._steps[name] = step

    def _unit(self, where: Spot) -> Unit:
        for unit in self._units:
            if unit.spot.key == where.key:
                return unit
        self._units.append(Unit(where))
        return self._units[-1]

    # ------------------------------------------------------------------------------------- objects

    def _take_object(self, child: PlannedObject, trigger: str, numbers: Numbers) -> None:
        name = child.form.name
        if child.form.entering == "pairs":
            last = child.entrance.hops[-1] if child.entrance is not None else Hop(trigger)
            writer = _writer(child, last, numbers)
            self._steps[name] = sequence_step(child, trigger, numbers, writer.fill)
            return
        if child.entrance is None:
            writer = ObjectWriter(child, trigger, self._base, numbers, guest=True)
            self._steps[name] = group_step(child, writer, trigger, numbers)
        else:
            last = child.entrance.hops[-1]
            writer = _writer(child, last, numbers)
            many = child.form.entering == "each"
            self._steps[name] = each_step(child, writer, numbers) if many else one_step(child, writer, numbers)
            if child.around is not None and child.around.entrance is not None:
                outer = _writer(child.around, child.around.entrance.hops[-1], numbers)
                self._steps[name] = around_step(child, writer, outer, numbers)
        self.reckons = self.reckons or writer.reckons
        if writer.reckons and child.form.entering != "each":
            self._always.add(name)

    def _levels(self, numbers: Numbers) -> Step | None:
        """The step that writes all lists that are levels, behind everything else: they are told apart by HL alone."""
        leveled: list[tuple[PlannedObject, Fill]] = []
        for child in self._planned.fields:
            if isinstance(child, PlannedObject) and child.form.level:
                writer = _writer(child, Hop(LOOP), numbers)
                leveled.append((child, writer.fill))
                self._quiet.add(child.form.name)
                self.reckons = self.reckons or writer.reckons
        return levels_step(self._planned, leveled, numbers) if leveled else None

    # --------------------------------------------------------------------------------------- bodies

    def _remember(self, key: tuple[str, ...]) -> tuple[Step, ...]:
        steps = self._known[key] = tuple(self._chosen(frozenset(key)))
        if len(self._known) > KNOWN_LIMIT:
            self._known.clear()
            self._begun.clear()
        if steps and isinstance(steps[0], Head) and not (self.reckons or self._carries):
            self._begun[key] = (steps[0].fill, steps[1:])
        return steps

    def _chosen(self, names: frozenset[str]) -> Iterator[Step]:
        """The steps of a body with these fields: its segments first, then what is in it, then what is lost."""
        written = {one.name for unit in self._units for one in unit.fields}
        for unit in self._units:
            step = unit.general(names) if self._guest else template_step(unit, names, self._base)
            if step is not None:
                yield step
        for name, step in self._steps.items():
            if name in names or name in self._always:
                yield step
        for name in self._elsewhere:
            if name in names:
                yield _settling(name, self._elsewhere[name])
        lost = sorted(names - written - set(self._steps) - self._quiet, key=str)
        if lost:
            yield _losing(lost, self._planned.form)
        if self._nest is not None:
            yield self._nest
        for form in self._required:
            yield self._requiring(form)

    def _carried(self, body: dict[str, object], run: Run) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, path in self._carries:
            value: object = run.carried
            for part in path:
                value = value.get(part) if isinstance(value, Mapping) else None
            if absent(body.get(name)) and not absent(value):
                found[name] = value
        return {**body, **found} if found else body

    def _requiring(self, form: Form) -> Step:
        fields = [one for unit in self._units for one in unit.fields if one.name == form.name]
        name, where = form.name, " or ".join(map(str, form.at))
        given = any(one.always or one.default for one in fields)

        def step(body: Body, loop: DraftLoop, run: Run) -> bool:
            if not given and absent(body.get(name)):
                message = f"'{name}' is required: there is nothing to write at {where}"
                run.report(name, where, "required", "refuse", message)
            return False

        return step


def _writer(planned: PlannedObject, entered: Hop, numbers: Numbers) -> ObjectWriter:
    """The writer of what is entered by a hop: a loop, or a segment as a loop that holds nothing else."""
    return ObjectWriter(planned, entered.id, opening(entered), numbers)


def _settling(name: str, conditions: list[Elsewhere]) -> Step:
    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        if not absent(body.get(name)):
            for condition in conditions:
                condition.settle(loop, run)
        return False

    return step


def _losing(names: list[str], form: ObjectForm) -> Step:
    path = form.path
    paths = [(name, f"{path}.{name}" if path else name, *releases(form, name)) for name in names]

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        for name, whole, *why in paths:
            if not absent(body[name]):
                run.lose(whole, *why)
        return False

    return step
