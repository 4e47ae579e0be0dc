"""Writing repeating groups inside one segment: SDQ's stores and quantities, ten to a segment, then the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.mapping.address import Hop
from gateway.mapping.draft import DraftLoop, DraftSegment, held, opening, put
from gateway.mapping.encode import Encode, encoder, shown
from gateway.mapping.plan import PlannedObject
from gateway.mapping.put import Body, Numbers, Spot, Step
from gateway.mapping.sequences import group_starts
from gateway.mapping.translate import Refused
from gateway.mapping.written import Run, absent

Fill = Callable[[object, DraftLoop, Run], bool]
Parts = tuple[tuple[str, str, Encode], ...]


def sequence_step(planned: PlannedObject, trigger: str, numbers: Numbers, fill: Fill) -> Step:
    """A step for `pairs:`; `fill` writes what stands once in the segment."""
    form, entrance = planned.form, planned.entrance
    assert entrance is not None  # noqa: S101 - told to mypy: pairs: always enters a segment
    *before, last = entrance.hops
    path = Spot(loops=tuple((hop, numbers.of(hop)) for hop in before), hop=last, number=0, is_head=False)
    starts = planned.starts or group_starts(entrance, form.start, len(planned.parts))[0]
    parts = tuple(
        (each.part.name, each.target.text, encoder(each.part.kind, each.target.definition, each.codes))
        for each in planned.parts
    )
    groups = _Groups(form.name, last, starts, parts, fill, planned.taken)
    inside = not before and last.id == trigger
    shared = _Shared(path, numbers.of(last)) if form.rest and not inside else None

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        entries = body.get(form.name)
        if absent(entries):
            return False
        if not isinstance(entries, list | tuple):
            run.report(form.name, entrance.text, "wrong-form", "refuse", f"'{form.name}' is a list")
            return False
        if inside:
            return groups.into(loop, entries, run)
        if shared is not None:
            return shared.fill(groups, loop, entries, run)
        made = groups.segments(entries, run)
        if made:
            path.enter(loop).segments.setdefault(last.id, []).extend(made)
        return bool(made)

    return step


class _Groups:
    """The groups of one `pairs:` form."""

    def __init__(
        self, name: str, hop: Hop, starts: tuple[int, ...], parts: Parts, fill: Fill, taken: frozenset[str]
    ) -> None:
        self._name = name
        self._hop = hop
        self._starts = starts
        self._parts = parts
        self._fill = fill
        self._taken = taken

    def segments(self, entries: list[object] | tuple[object, ...], run: Run) -> list[DraftSegment]:
        """As many segments as are needed: a new one when the last is full, or when what stands once changes."""
        made: list[DraftSegment] = []
        once: DraftSegment = []
        used = 0
        for index, entry in enumerate(entries):
            since = len(run.problems)
            head = DraftLoop(self._hop.id, opening(self._hop))
            self._fill(entry, head, run)
            texts = self._texts(entry, run)
            if texts:
                if not made or used == len(self._starts) or head.head != once:
                    once, used = list(head.head), 0
                    made.append(head.head)
                self._put(made[-1], self._starts[used], texts)
                used += 1
            if len(run.problems) > since:
                run.prefix(since, f"{self._name}[{index}].")
        return made

    def into(self, loop: DraftLoop, entries: list[object] | tuple[object, ...], run: Run) -> bool:
        """Into the segment that starts the loop at hand: where others have written, there is less room."""
        wrote = False
        loop.shared = True
        for index, entry in enumerate(entries):
            since = len(run.problems)
            self._fill(entry, loop, run)
            texts = self._texts(entry, run)
            at = next((at for at in self._starts if self._is_free(loop.head, at)), 0)
            if texts and at:
                self._put(loop.head, at, texts)
                wrote = True
                if texts[0] in self._taken:
                    where = self._hop.id
                    run.report("", where, "moved", "warn", f"{where}: another field will be read from it")
            elif texts:
                message = f"{self._hop.id}: no place is left for another group"
                run.report("", self._hop.id, "no-room", "refuse", message, value=next(filter(None, texts), ""))
            if len(run.problems) > since:
                run.prefix(since, f"{self._name}[{index}].")
        return wrote

    def _texts(self, entry: object, run: Run) -> list[str]:
        """One text for each part, empty when the entry says nothing at all."""
        found: list[str] = []
        for name, location, encode in self._parts:
            value = entry.get(name) if isinstance(entry, Mapping) else None
            text = ""
            if not absent(value):
                try:
                    text = encode(value)
                except Refused as refused:
                    run.report(
                        name, location, refused.code, refused.effect, f"{location}: {refused}", value=shown(value)
                    )
            found.append(text)
        return found if any(found) else []

    def _is_free(self, segment: DraftSegment, start: int) -> bool:
        return not any(held(segment, start + offset) for offset in range(len(self._parts)))

    def _put(self, segment: DraftSegment, start: int, texts: list[str]) -> None:
        for offset, text in enumerate(texts):
            if text:
                put(segment, start + offset, 0, text)


@dataclass(frozen=True, slots=True)
class _Shared:
    """The segment that the named pairs are written into, or a new one where there are none."""

    path: Spot
    number: int

    def fill(self, groups: _Groups, loop: DraftLoop, entries: list[object] | tuple[object, ...], run: Run) -> bool:
        """Write the groups into it; True when anything was written."""
        scope = self.path.enter(loop)
        there = scope.named.get(self.number)
        head = there if isinstance(there, list) else opening(self.path.hop)
        wrote = groups.into(DraftLoop(self.path.hop.id, head), entries, run)
        if wrote and head is not there:
            scope.named[self.number] = head
            scope.add(head)
        return wrote
