"""Fields to segments, the way that can do everything: lists, pairs, conditions, and segments others write into too.

`template` is the quick way for the usual case; whatever it does not expect comes here. Both write the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.mapping.address import Hop, Target
from gateway.mapping.draft import DraftLoop, DraftSegment, held, meets, opening, put
from gateway.mapping.encode import Encode
from gateway.mapping.language import FieldForm
from gateway.mapping.written import Run
from gateway.x12.write import Repeats

Body = Mapping[str, object]
Step = Callable[[Body, DraftLoop, Run], bool]
"""Writes one part of an object into a loop; True when anything of the document was written."""

Texts = Callable[[Body, Run], list[str]]


class Numbers:
    """Numbers for hops: equal hops of one mapping have one number, quick to look up while writing."""

    def __init__(self) -> None:
        self._known: dict[Hop, int] = {}

    def of(self, hop: Hop) -> int:
        """The number of a hop; `#1` without conditions is the plain one."""
        occurrence = 0 if hop.occurrence == 1 else hop.occurrence
        return self._known.setdefault(Hop(hop.id, hop.tests, occurrence), len(self._known))


@dataclass(frozen=True, slots=True)
class Beside:
    """An element written beside a field: one of `values`, the first. A `strict` one must not hold anything else."""

    element: int
    component: int
    values: tuple[str, ...]
    strict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOut:
    """A field ready to be written. `fixed` is the text of a constant, `default` that of a default; "" for none.

    `simple` fields give one text by `encode`, whatever else the document says; `quick` gives the same, but may raise
    TypeError for a value that `encode` refuses. `always` ones (constants, expressions) are written also when the
    document does not say them.
    """

    form: FieldForm
    target: Target
    texts: Texts
    encode: Encode
    quick: Encode
    simple: bool
    always: bool = False
    fixed: str = ""
    default: str = ""
    mandatory: bool = False
    beside: tuple[Beside, ...] = ()

    @property
    def name(self) -> str:
        """The canonical field."""
        return self.form.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a segment is found or made: through loops, each with its number, then the segment with its own.

    `is_head` means the segment that starts the loop: there is one, and it is there already.
    """

    loops: tuple[tuple[Hop, int], ...]
    hop: Hop
    number: int
    is_head: bool

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for spots that are one segment."""
        return (*(number for _, number in self.loops), None if self.is_head else self.number)

    def enter(self, loop: DraftLoop) -> DraftLoop:
        """The loop the segment belongs to, made where it is not there yet."""
        for hop, number in self.loops:
            inner = loop.named.get(number)
            if not isinstance(inner, DraftLoop):
                inner = loop.named[number] = DraftLoop(hop.id, opening(hop))
                loop.add_loop(inner)
            loop = inner
        return loop

    def enter_anew(self, loop: DraftLoop) -> DraftLoop:
        """As `enter`, but into a new occurrence of the last loop on the way."""
        *around, (hop, _) = self.loops
        outer = Spot(loops=tuple(around), hop=self.hop, number=0, is_head=False).enter(loop)
        inner = DraftLoop(hop.id, opening(hop))
        outer.add_loop(inner)
        return inner

    def segment(self, loop: DraftLoop) -> DraftSegment:
        """The segment, in a loop that `enter` gave."""
        if self.is_head:
            return loop.head
        found = loop.named.get(self.number)
        if isinstance(found, list):
            return found
        segment = loop.named[self.number] = opening(self.hop)
        loop.add(segment)
        return segment


def spot(target: Target, trigger: str, numbers: Numbers) -> Spot:
    """The spot of a target in a loop that starts with segment `trigger` ("" for the whole set)."""
    around = target.loops[-1].id if target.loops else trigger
    loops = tuple((hop, numbers.of(hop)) for hop in target.loops)
    return Spot(loops=loops, hop=target.segment, number=numbers.of(target.segment), is_head=target.segment.id == around)


@dataclass(slots=True)
class Unit:
    """The fields of one segment."""

    spot: Spot
    fields: list[FieldOut] = field(default_factory=list)

    def general(self, names: frozenset[str]) -> Step | None:
        """A step for a body with these fields, None when it has nothing for this segment."""
        said = [one for one in self.fields if one.name in names or one.always]
        defaults = [one for one in self.fields if one.default]
        if not said and not any(one.mandatory for one in defaults):
            return None

        def step(body: Body, loop: DraftLoop, run: Run) -> bool:
            pieces = [(one, texts) for one in said if (texts := one.texts(body, run))]
            if not body and all(one.fixed for one, _ in pieces):
                # An object that is not in the document: constants alone do not make one.
                pieces = []
            written = {one.name for one, _ in pieces}
            left = [one for one in defaults if one.name not in written]
            if not pieces and not any(one.mandatory for one in left):
                return False
            _write(self.spot, [*pieces, *((one, [one.default]) for one in left)], loop, run)
            return bool(pieces)

        return step


def _write(where: Spot, pieces: list[tuple[FieldOut, list[str]]], loop: DraftLoop, run: Run) -> None:
    loop = where.enter(loop)
    if where.hop.occurrence > 1 and not where.is_head:
        _check_occurrence(where, pieces[0][0], loop, run)
    segment = where.segment(loop)
    more: list[DraftSegment] = []
    for one, texts in _in_order(pieces):
        if one.target.pair:
            for text in texts:
                put_pair(segment, one, text, run)
            continue
        if one.target.repeats and len(texts) > 1:
            put(segment, one.target.elements[0], one.target.component, Repeats(tuple(texts)))
            continue
        _put_one(segment, one, texts[0], run)
        for at, text in enumerate(texts[1:]):
            if where.is_head:
                _report_full(one, text, run, f"{where.hop.id} stands once in its loop")
                break
            if at == len(more):
                more.append(opening(where.hop))
                loop.add(more[-1])
            _put_one(more[at], one, text, run)
    for each in (segment, *more):
        put_beside(each, pieces, run)


def _in_order(pieces: Iterable[tuple[FieldOut, list[str]]]) -> list[tuple[FieldOut, list[str]]]:
    """Fixed places first, then pairs with a place of their own, then those that take what is free."""
    return sorted(pieces, key=lambda piece: 0 if not piece[0].target.pair else 1 if piece[0].form.slot else 2)


def _check_occurrence(where: Spot, one: FieldOut, loop: DraftLoop, run: Run) -> None:
    """The n-th of a segment of which fewer are there will be read as an earlier one: said, for it is no loss."""
    alike = [each for each in loop.segments.get(where.hop.id, ()) if meets(each, where.hop)]
    if where.number not in loop.named and len(alike) < where.hop.occurrence - 1:
        message = (
            f"{one.target.text}: only {len(alike)} of them are before it: it is written as number {len(alike) + 1}"
        )
        run.report(one.name, one.target.text, "moved", "warn", message)


def _put_one(segment: DraftSegment, one: FieldOut, text: str, run: Run) -> None:
    target = one.target
    element, component = target.elements[0], target.component
    there = held(segment, element, component)
    if there not in ("", text):
        _report_conflict(one, str(there), text, run)
        return
    put(segment, element, component, text)


def put_pair(segment: DraftSegment, one: FieldOut, text: str, run: Run) -> None:
    """Write qualifier and value: into the field's own place (`slot`), else into the next that is free."""
    positions = (one.form.slot,) if one.form.slot else one.target.elements
    for at in positions:
        if not held(segment, at) and not held(segment, at + 1):
            put(segment, at, 0, one.target.pair)
            put(segment, at + 1, 0, text)
            return
    _report_full(one, text, run, f"no place is left for the pair in {segment[0]}")


def put_beside(segment: DraftSegment, pieces: Iterable[tuple[FieldOut, object]], run: Run) -> None:
    """Write what stands beside the fields that were written."""
    for one, _ in pieces:
        for beside in one.beside:
            there = held(segment, beside.element, beside.component)
            if there == "":
                put(segment, beside.element, beside.component, beside.values[0])
            elif beside.strict and there not in beside.values:
                _report_conflict(one, str(there), beside.values[0], run)


def _report_conflict(one: FieldOut, there: str, text: str, run: Run) -> None:
    message = f"{one.target.text}: '{there[:40]}' stands there already, '{text[:40]}' is to be written too"
    run.report(one.name, one.target.text, "conflict", "refuse", message, value=text)


def _report_full(one: FieldOut, text: str, run: Run, why: str) -> None:
    run.report(one.name, one.target.text, "no-room", "refuse", f"{one.target.text}: {why}", value=text)
