"""What an acknowledgement file says, as its receiver reads it: the demo believes what was fetched, not what was
meant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.x12.interchange import InterchangeHeader
from gateway.x12.read import examine


@dataclass(slots=True)
class Told:
    """AK501 or IK501 by (GS06, ST02) of what was answered, and TA1s by ISA13: (TA104, TA105)."""

    sets: dict[tuple[str, str], str] = field(default_factory=dict)
    interchanges: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_acknowledgements(files: Iterable[bytes]) -> Told:
    """Read 997, 999 and TA1 files. What is not one adds nothing.

    Cut by delimiters only: a partner reads our answer whatever version it is in, also one that we have no guide for.
    """
    told = Told()
    for content in files:
        for header in (event for event in examine(content) if isinstance(event, InterchangeHeader)):
            text = content[header.offset :].decode("latin-1")
            cut = header.delimiters
            _read(told, (tuple(one.strip().split(cut.element)) for one in text.split(cut.segment)))
    return told


def _read(told: Told, segments: Iterable[tuple[str, ...]]) -> None:
    group = answered = ""
    for segment in segments:
        match segment:
            case ("TA1", number, _, _, status, note, *_):
                told.interchanges[number] = (status, note)
            case ("AK1", _, number, *_):
                group = number
            case ("AK2", _, number, *_):
                answered = number
            case ("AK5" | "IK5", status, *_):
                told.sets[group, answered] = status
