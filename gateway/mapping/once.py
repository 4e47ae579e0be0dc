"""Segments that the guide has just once at their place: lists that read the same one are written into one again."""

from gateway.mapping.address import Entrance
from gateway.mapping.draft import DraftSegment, held, put
from gateway.x12.guide import SegmentSpec


def stands_once(entrance: Entrance) -> bool:
    """Whether the guide has the entered segment at most once at this place. Never for a loop."""
    _, *path = entrance.scope.where.split("/")
    found = entrance.scope.guide.root.find(*path)
    return not entrance.is_loop and isinstance(found, SegmentSpec) and found.maximum == 1


def shared(there: list[DraftSegment] | None, head: DraftSegment) -> bool:
    """Write a segment into the first that stands there; False, and nothing written, where the two contradict."""
    if not there or any(held(there[0], at) not in ("", value) for at, value in enumerate(head) if value != ""):
        return False
    for at, value in enumerate(head):
        if value != "":
            put(there[0], at, 0, value)
    return True
