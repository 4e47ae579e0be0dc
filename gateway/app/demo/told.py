"""What an acknowledgement file says, as its receiver reads it: the demo believes what was fetched, not what was
meant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.x12.interchange import InterchangeResult, SetResult
from gateway.x12.read import examine


@dataclass(slots=True)
class Told:
    """AK501 by (GS06, ST02) of what was answered, and TA1s by ISA13: (TA104, TA105)."""

    sets: dict[tuple[str, str], str] = field(default_factory=dict)
    interchanges: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_acknowledgements(files: Iterable[bytes]) -> Told:
    """Read 997 and TA1 files. What is not one adds nothing."""
    told = Told()
    for content in files:
        for event in examine(content):
            if isinstance(event, SetResult) and event.content is not None:
                _read_functional(event.content.segments, told.sets)
            elif isinstance(event, InterchangeResult):
                told.interchanges.update({ta1[1]: (ta1[4], ta1[5]) for ta1 in event.received_ta1})
    return told


def _read_functional(segments: Iterable[tuple[str, ...]], sets: dict[tuple[str, str], str]) -> None:
    group = answered = ""
    for segment in segments:
        match segment:
            case ("AK1", _, number, *_):
                group = number
            case ("AK2", _, number, *_):
                answered = number
            case ("AK5", status, *_):
                sets[group, answered] = status


def statuses(told: Mapping[tuple[str, str], str]) -> str:
    """All AK501 in order, for one line."""
    return " ".join(told.values())
