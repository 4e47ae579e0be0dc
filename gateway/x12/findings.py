"""What is wrong with a document, said exactly: level, code, place, value, and its effect.

A finding is data, not an exception: an acknowledgement has to list every one of them.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Level = Literal["interchange", "group", "set", "segment", "element"]


class Effect(Enum):
    """What a finding does to the set, group or interchange it is found in."""

    REJECT = "reject"  # AK501 R, AK901 R or TA104 R: not delivered
    NOTE = "note"  # AK501 E: delivered, and the partner is told
    WARN = "warn"  # ours to see, never in the acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What made a rule apply that was broken: the element, or the segment when `element` is 0, that asks for another
    one or forbids it. Places as in `Finding`. A 999 names it (CTX, situational trigger).
    """

    segment: str
    position: int
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault at one place.

    `code` names the acknowledgement element and its value: "AK304:3", "AK403:7", "AK502:4", "AK905:2", "TA105:023",
    "IK403:I10" for what a partner guide asks; or "W:<word>" for warnings that no acknowledgement carries. `position`
    counts segments in the set, ST being 1 (in the interchange, ISA being 1, when the finding is outside any set).
    `loop` is the innermost loop id of the guide, "" outside loops (AK303). `element`, `component`, `repeat` count from
    1, 0 when they do not apply. `reference` is the data element number (AK403's reference, "353"). `value` is what was
    found, cut to 99 characters, never with a character outside the agreed set: `altered` says that something stands in
    the place of some, so that it is no copy. `message` says what was found, what was allowed and where. `trigger` is
    what made a broken syntax note or situational rule apply, None where nothing did. `which` tells the segment that a
    partner guide is about from others of its id ("REF with REF01 19, the division"), "" where it needs no telling.
    """

    level: Level
    code: str
    effect: Effect
    message: str
    segment: str = ""
    position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0
    reference: str = ""
    value: str = ""
    altered: bool = False
    trigger: Trigger | None = None
    which: str = ""
