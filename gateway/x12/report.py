"""Findings of one set, with the place, the effect and the copied value that each of them needs."""

from gateway.x12.collect import Findings
from gateway.x12.cuts import BINARY
from gateway.x12.effects import effect_of
from gateway.x12.faults import Fault
from gateway.x12.findings import Finding, Level
from gateway.x12.interchange import Segment, Terms
from gateway.x12.triggers import trigger_of
from gateway.x12.values import printable
from gateway.x12.walk import Place, Plan

VALUE_LIMIT = 99
"""Characters of a value that a finding copies: AK404 holds 1/99."""


class Report:
    """What is found in one set. Positions count segments from 1, ST being the first."""

    def __init__(self, plan: Plan, terms: Terms, limit: int) -> None:
        self.findings = Findings(limit)
        self._plan = plan
        self._terms = terms

    def warn(self, word: str, text: str, position: int, segment: str = "") -> None:
        """A warning about a segment."""
        self.add("segment", f"W:{word}", text, segment=segment, position=position)

    def segment(self, code: str, name: str, text: str, loop: str, position: int) -> Finding:
        """A finding about a segment; `loop` is the innermost loop it belongs to, "" when none."""
        where = f"{self._plan.guide.set_id}/{printable(name)[:12]}[{position}]"
        return self.add("segment", code, f"{where}: {text}", segment=name, position=position, loop=loop)

    def element(self, fault: Fault, place: Place, position: int) -> Finding:
        """A finding about an element of a segment that stands at `place`."""
        component = f"-{fault.component}" if fault.component else ""
        where = f"{self._plan.guide.set_id}/{place.id}[{position}]/{place.id}{fault.element:02}{component}"
        value = self._copied(fault.value)
        finding = Finding(
            level="element",
            code=fault.code,
            effect=effect_of(fault.code, self._terms, reference=fault.reference, structural=fault.structural),
            message=f"{where}: {fault.text}",
            segment=place.id,
            position=position,
            loop=place.loop.id,
            element=fault.element,
            component=fault.component,
            repeat=fault.repeat,
            reference=fault.reference,
            value=value,
            altered=value != fault.value[:VALUE_LIMIT],
            trigger=trigger_of(fault, place, position),
        )
        self.findings.add(finding)
        return finding

    def add(
        self, level: Level, code: str, message: str, *, segment: str = "", position: int = 0, loop: str = ""
    ) -> Finding:
        """Any other finding."""
        finding = Finding(
            level=level,
            code=code,
            effect=effect_of(code, self._terms),
            message=message,
            segment=self._copied(segment),
            position=position,
            loop=loop,
        )
        self.findings.add(finding)
        return finding

    def judged(self, segment: Segment, place: Place, position: int, limit: int) -> Segment:
        """Report what is wrong in a segment the quick way did not pass; returns it as it is to be kept.

        `limit` is the number of elements looked at. Text beyond ASCII is UTF-8 when it decodes as such.
        """
        if len(segment) > limit:
            segment = segment[:limit]
        if segment[0] not in BINARY and not all(map(str.isascii, segment)):
            segment = _national(segment, self._terms.charset)
        if place.rule is not None:
            for fault in place.rule.faults(segment):
                self.element(fault, place, position)
        return segment

    def _copied(self, value: str) -> str:
        """A value as a finding shows it: cut, and nothing outside the agreed characters."""
        characters = self._plan.rules.characters
        cut = value[:VALUE_LIMIT]
        return cut if characters.issuperset(cut) else "".join(c if c in characters else "?" for c in cut)


def _national(segment: Segment, charset: str) -> Segment:
    """A segment with bytes beyond ASCII: UTF-8 when it decodes as such, Latin-1 otherwise or where that was agreed."""
    try:
        return segment if charset == "latin-1" else tuple(value.encode("latin-1").decode("utf-8") for value in segment)
    except UnicodeError:
        return segment
