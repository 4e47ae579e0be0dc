"""A set under construction: loops and segments by id, in the order they came about; `layout` puts them in the guide's.

A segment is a list whose item 0 is its id. A composite is a tuple of its components, or plain text when it has only
the first; repetitions are `Repeats`. What two fields write into is found again by a number given when compiling.
"""

from gateway.mapping.address import Hop
from gateway.x12.write import Repeats, Value

DraftSegment = list[Value]


class DraftLoop:
    """One occurrence of a loop, or the whole set (id ""), or one segment entered as a loop that holds nothing else.

    `named` are the segments and loops that fields with the same location share, by their number. `shared` is True once
    somebody else has written into it: then nothing may be assumed empty.
    """

    __slots__ = ("head", "id", "loops", "named", "segments", "shared")

    def __init__(self, name: str, head: DraftSegment) -> None:
        self.id = name
        self.head = head
        self.segments: dict[str, list[DraftSegment]] = {name: [head]}
        self.loops: dict[str, list[DraftLoop]] = {}
        self.named: dict[int, DraftSegment | DraftLoop] = {}
        self.shared = False

    def add(self, segment: DraftSegment) -> None:
        """Put a segment behind those of its id."""
        found = self.segments.get(str(segment[0]))
        if found is None:
            self.segments[str(segment[0])] = [segment]
        else:
            found.append(segment)

    def add_loop(self, loop: "DraftLoop") -> None:
        """Put a nested loop behind those of its id."""
        found = self.loops.get(loop.id)
        if found is None:
            self.loops[loop.id] = [loop]
        else:
            found.append(loop)


def whole_set(set_id: str) -> DraftLoop:
    """An empty set: its head is an ST of which nothing is written."""
    root = DraftLoop("", ["ST", set_id])
    root.segments = {}
    return root


def opening(hop: Hop) -> DraftSegment:
    """A new segment for a hop: its id, and the first value of each condition."""
    segment: DraftSegment = [hop.id]
    for test in hop.tests:
        put(segment, test.element, 0, test.first)
    return segment


def put(segment: DraftSegment, element: int, component: int, value: Value) -> None:
    """Write one element, or one component of it (from 1)."""
    missing = element + 1 - len(segment)
    if missing > 0:
        segment.extend([""] * missing)
    if not component:
        segment[element] = value
        return
    there = segment[element]
    if component == 1 and not there:
        segment[element] = value
        return
    parts = list(there) if isinstance(there, tuple) else [there if isinstance(there, str) else ""]
    parts.extend([""] * (component - len(parts)))
    parts[component - 1] = value if isinstance(value, str) else ""
    segment[element] = tuple(parts)


def held(segment: DraftSegment, element: int, component: int = 0) -> Value:
    """What stands there, "" for nothing."""
    if element >= len(segment):
        return ""
    there = segment[element]
    if not component or isinstance(there, Repeats):
        return there
    if isinstance(there, tuple):
        return there[component - 1] if component <= len(there) else ""
    return there if component == 1 else ""


def meets(segment: DraftSegment, hop: Hop) -> bool:
    """Whether a segment holds what all conditions of a hop ask for."""
    for test in hop.tests:  # noqa: SIM110  # a loop and not all(): asked of many segments
        if held(segment, test.element) not in test.values:
            return False
    return True
