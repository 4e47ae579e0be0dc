"""Findings for people: what was found, what may stand there, and who has to do what.

What to do is kept in `remedies.json`, the same words as in docs/errors.md; a test holds the two together.
"""

import json
import re
from functools import cache
from importlib.resources import files

from gateway.x12.explained import Advice, Who
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import ElementDefinition, ElementUse
from gateway.x12.meaning import allowed

_PLACE = re.compile(r"^[^ ]{1,80}\]?(/[^ ]*)?: ")
"""The place in front of a message ("850/BEG[2]/BEG05: "), which a reader already looks at."""

_CONTROL = re.compile(r"^(?:ISA|IEA|GS|GE|ST|SE)(\d\d)\b")
"""A message about a control segment begins with the element it is about."""

_TELLS_ITSELF = frozenset(
    {"AK403:2", "AK403:3", "AK403:10", "AK403:12", "AK403:13"}
    | {"AK502:3", "AK502:4", "AK905:4", "AK905:5", "TA105:001", "TA105:021"}
    | {"AK502:6", "AK502:7", "AK502:23", "AK905:1", "AK905:2", "AK905:6", "AK905:19"}
)
"""Findings whose message says what is allowed: notes, counts, numbers that have to be equal or used once, what we read
at all.
"""

_PARTNER = "partner: "

_WHERE_IT_REJECTS = "; where it rejects, "
"""Between what to do in most cases and what to do when the same code rejects the set."""

_UNLISTED = "AK403:7"

_ANY_DATE = "CCYYMMDD or YYMMDD"
"""How a remedy says what a date looks like; an element takes one of the two, by its length."""


def advise(finding: Finding, use: ElementUse | None = None) -> Advice:
    """A finding with what may stand at its place, by the element's `use`, and what to do about it."""
    who, remedy = remedy_for(finding.code, rejects=finding.effect is Effect.REJECT)
    element = _element(finding, use)
    silent = finding.code in _TELLS_ITSELF or (finding.code == _UNLISTED and not (element and element.codes))
    may = "" if element is None or silent else allowed(element)
    if element is not None and element.kind == "DT" and element.minimum == element.maximum:
        remedy = remedy.replace(_ANY_DATE, "CCYYMMDD" if element.maximum == len("CCYYMMDD") else "YYMMDD")
    return Advice(finding=finding, text=_PLACE.sub("", finding.message, count=1), allowed=may, who=who, remedy=remedy)


def remedy_for(code: str, *, rejects: bool = False) -> tuple[Who, str]:
    """Whose turn it is for a finding code and what to do; "" for a code that has no remedy."""
    usual, _, graver = _remedies().get(code, "").partition(_WHERE_IT_REJECTS)
    text = graver if rejects and graver else usual
    return ("partner", text.removeprefix(_PARTNER)) if text.startswith(_PARTNER) else ("us", text)


def control_element(finding: Finding, segment_id: str) -> int:
    """The element of a control segment that a finding of set, group or interchange is about; 0 when it names none."""
    found = _CONTROL.match(finding.message)
    return int(found[1]) if found is not None and finding.message.startswith(segment_id) else 0


def _element(finding: Finding, use: ElementUse | None) -> ElementDefinition | None:
    if use is None:
        return None
    if use.composite is None:
        return use.element
    components = use.composite.elements
    return components[finding.component - 1].element if 0 < finding.component <= len(components) else None


@cache
def _remedies() -> dict[str, str]:
    data: dict[str, str] = json.loads((files("gateway.x12") / "remedies.json").read_text("utf-8"))
    return data
