"""What a plan is made of: forms with targets instead of locations, for one X12 version."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.flaws import Place
from gateway.mapping.address import Entrance, Hop, Target
from gateway.mapping.codes import CodeList
from gateway.mapping.expression import Evaluate
from gateway.mapping.language import FieldForm, ObjectForm, Part
from gateway.mapping.plan_write import PlannedWrite
from gateway.mapping.shape import Kind
from gateway.x12.guide import Guide


@dataclass(frozen=True, slots=True)
class Check:
    """A companion or a condition: what stands at the target, and what should."""

    target: Target
    values: tuple[str, ...]
    places: tuple[Place, ...] = field(default=(), compare=False)

    def place_of(self, value: str, otherwise: Place) -> Place:
        """Where one of the values was written; `otherwise` for a check that nobody wrote down."""
        return dict(zip(self.values, self.places, strict=False)).get(value, otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedField:
    """A field with its target (None when it has only a constant, a default or an expression).

    `mandatory` means that the standard always wants the element, in a segment that is always there.
    """

    form: FieldForm
    target: Target | None
    codes: CodeList | None
    when: tuple[Check, ...]
    companions: tuple[Check, ...]
    default: object
    const: object
    expression: Evaluate | None
    write: PlannedWrite | None = None
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One field of a repeating group inside a segment, with the target of its first occurrence."""

    part: Part
    target: Target
    codes: CodeList | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedObject:
    """An object with what it enters. `named` are hops that other fields of the same loop name (for `rest:`).

    `around` has those of its fields that stand in the loop which the way to an entry goes through (`../`), `tested` the
    conditions of its own segment that a field of it writes. `starts` are the elements at which groups of a `pairs:` may
    begin that is the `rest:` of a segment's pairs, `taken` the qualifiers that other fields name.
    """

    form: ObjectForm
    entrance: Entrance | None
    when: tuple[Check, ...]
    fields: "tuple[PlannedField | PlannedObject, ...]"
    parts: tuple[PlannedPart, ...] = ()
    named: tuple[Hop, ...] = ()
    around: "PlannedObject | None" = None
    tested: tuple[Check, ...] = ()
    starts: tuple[int, ...] = ()
    taken: frozenset[str] = frozenset()


def value_kind(form: FieldForm, target: Target) -> Kind:
    """What `value` is in the `read:` of a field: its element as a number, or its text."""
    numeric = target.definition is not None and target.definition.kind in {"N", "R"}
    return form.kind if form.typed else "decimal" if numeric else "text"


def members(planned: PlannedObject) -> "Iterator[PlannedField | PlannedObject]":
    """The fields and objects of an object; a list is followed by what stands in the loop around its entries."""
    for child in planned.fields:
        yield child
        if isinstance(child, PlannedObject) and child.around is not None:
            yield child.around


def _lists(planned: PlannedObject) -> Iterator[CodeList]:
    for child in members(planned):
        if isinstance(child, PlannedObject):
            yield from _lists(child)
        elif child.codes is not None:
            yield child.codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One mapping for one X12 version."""

    version: str
    guide: Guide
    root: PlannedObject
    search: Mapping[str, Target]
    thread: Mapping[str, Target]


def lists_of(plans: Iterable[Plan]) -> Mapping[str, CodeList]:
    """The code lists that fields of these plans name, by name: they are the same for every X12 version."""
    return {found.name: found for plan in plans for found in _lists(plan.root)}
