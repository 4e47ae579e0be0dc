"""What a 997, 999 or TA1 says: which group, set, segment and element is meant, and what became of it.

Plain values, as `readback` reads them and `plainly` says them in words. Which of our documents is meant is found by
whoever keeps them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

REFUSED: Final = frozenset("RMWX")
"""Statuses that reject (elements 715 and 717): R, and three faults of authentication, assurance and decryption."""

Verdict = Literal["accepted", "noted", "rejected", "unclear"]
"""What became of a set: accepted, accepted with errors noted, rejected, or not to be told from the answer."""

_OF_ALL: Final[dict[str, Verdict]] = {"A": "accepted", "E": "noted"}
_VERDICTS: Final[dict[str, Verdict]] = {**_OF_ALL, **dict.fromkeys(REFUSED, "rejected")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in the set that was answered. Positions count from 1, ST being 1; 0 and "" where nothing is said."""

    segment: str = ""
    position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementNote:
    """AK4 or IK4: one element in error. `value` is the copy of it, "" when there is none."""

    where: Where
    code: str
    value: str = ""
    triggers: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentNote:
    """AK3 or IK3: one segment in error, with its elements. `unit` is the business unit: (name, value), ("", "").

    `which` tells the segment from others of its id ("REF with REF01 19, the division"): no acknowledgement has it, a
    finding of our own may.
    """

    where: Where
    code: str = ""
    elements: tuple[ElementNote, ...] = ()
    triggers: tuple[Where, ...] = ()
    unit: tuple[str, str] = ("", "")
    which: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAnswer:
    """AK2 to AK5: what is said of one set. `status` is AK501, "" when it is missing."""

    set_id: str
    control_number: str
    implementation: str = ""
    status: str = ""
    codes: tuple[str, ...] = ()
    notes: tuple[SegmentNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswer:
    """One 997 or 999: what is said of a group. Counts are AK902-904, None when they are no numbers.

    `kind` is "997" or "999", by its segments. `version` is AK103, which 004010 does not have; `written` is GS08 of the
    group that the answer came in, "" when not known: a partner answers in the version that it was sent.
    `oddities` are sentences about what is broken in the answer itself.
    """

    kind: Literal["997", "999"]
    functional_id: str
    control_number: str
    version: str = ""
    written: str = ""
    status: str = ""
    included: int | None = None
    received: int | None = None
    accepted: int | None = None
    codes: tuple[str, ...] = ()
    sets: tuple[SetAnswer, ...] = ()
    oddities: tuple[str, ...] = ()

    def verdict(self, set_id: str, control_number: str) -> Verdict:
        """What became of one of our sets. A group that is rejected rejects every set in it, named or not.

        A set that is not named in a group accepted as a whole is accepted: some partners name only what is wrong.
        """
        return self.verdicts([(set_id, control_number)])[set_id, control_number]

    def verdicts(self, sets: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Verdict]:
        """What became of each of our sets (ST01, ST02), as `verdict` says it; the answer is gone through once."""
        wanted = tuple(sets)
        if self.status in REFUSED:
            return dict.fromkeys(wanted, "rejected")
        named = self.abouts(wanted)
        unnamed = self._unnamed()
        return {one: self._named(named[one]) if one in named else unnamed for one in wanted}

    def about(self, set_id: str, control_number: str) -> SetAnswer | None:
        """What is said of one set, None when it is not named: the last refusal of several words, else the last."""
        return self.abouts([(set_id, control_number)]).get((set_id, control_number))

    def abouts(self, sets: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], SetAnswer]:
        """What is said of each of these sets (ST01, ST02), as by `about`; those that are not named are left out."""
        wanted, found = set(sets), dict[tuple[str, str], SetAnswer]()
        for one in self.sets:
            key = (one.set_id, one.control_number)
            if key in wanted and (one.status in REFUSED or key not in found or found[key].status not in REFUSED):
                found[key] = one
        return found

    def _named(self, said: SetAnswer) -> Verdict:
        if said.status:
            return _VERDICTS.get(said.status, "unclear")
        return _OF_ALL.get(self.status, "unclear")

    def _unnamed(self) -> Verdict:
        if self.status in ("A", "E"):
            return "accepted"
        return "accepted" if self.status == "P" and self._all_refused_are_named() else "unclear"

    def _all_refused_are_named(self) -> bool:
        if self.received is None or self.accepted is None:
            return False
        return sum(one.status in REFUSED for one in self.sets) == self.received - self.accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAnswer:
    """TA1: what is said of an interchange, by its ISA13, ISA09 and ISA10."""

    control_number: str
    date: str
    time: str
    status: str
    note: str
    oddities: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """A rejected interchange rejects every set in it; an accepted one says nothing about its sets yet."""
        return "rejected" if self.status in REFUSED else _VERDICTS.get(self.status, "unclear")
