"""What a rule of a partner guide asks of a segment and of a value, and how a person would say it."""

from gateway.x12.forms import fits, in_words
from gateway.x12.guide import ElementUse
from gateway.x12.interchange import Loop, Segment
from gateway.x12.overlay import Resolved, Test, When
from gateway.x12.values import shown

CODES_SHOWN = 8
"""Codes that a sentence lists; a printed guide has them all."""


def unwanted(rule: Resolved, value: str) -> tuple[str, str] | None:
    """The first thing a rule has against a value that the standard accepts: IK403 with its value, and a sentence."""
    asked = rule.rule
    size = len(value.lstrip("-").replace(".", "", 1)) if _numeric(rule) else len(value)
    if asked.longest is not None and size > asked.longest:
        return "IK403:I12", f"{shown(value)} has {size} characters, {asked.longest} allowed"
    if asked.shortest is not None and size < asked.shortest:
        return "IK403:I12", f"{shown(value)} has {size} characters, {asked.shortest} needed"
    if asked.codes is not None and value not in asked.codes:
        listed = ", ".join(asked.codes[:CODES_SHOWN]) + (" and others" if len(asked.codes) > CODES_SHOWN else "")
        only = "" if len(asked.codes) == 1 else "one of "
        return "IK403:I6", f"{shown(value)} is not {only}{listed}"
    if asked.forms and not any(fits(value, form) for form in asked.forms):
        return "IK403:I12", f"{shown(value)} is not {' or '.join(map(in_words, asked.forms))}"
    return None


def use_of(rule: Resolved, element: int = 0) -> ElementUse | None:
    """The standard's use of the element or component that a rule is about (of `element`, when given)."""
    number = element or rule.element
    use = rule.definition.elements[number - 1] if number else None
    if rule.component and number == rule.element and use is not None and use.composite is not None:
        return use.composite.elements[rule.component - 1]
    return use


def meant(test: Test, segment: Segment) -> bool:
    """Whether a segment is one that a test is about."""
    for position, values in test:  # noqa: SIM110  # once per segment and rule: a generator costs three times as much
        if position >= len(segment) or segment[position] not in values:
            return False
    return True


def holds(when: When, loop: Loop, root: Loop) -> bool:
    """Whether the condition of a rule about a loop is met; `root` is the whole set."""
    segments = (root if when.outside else loop).segments.get(when.segment, ())
    return any(value_at(segment, when.element) in when.values for segment in segments)


def value_at(segment: Segment, position: int) -> str:
    """An element by position, "" when the segment is shorter."""
    return segment[position] if position < len(segment) else ""


def what(rule: Resolved) -> str:
    """What a rule is about, as a person would write it: "REF with REF01 DP"."""
    said = " and ".join(f"{rule.id}{position:02} {' or '.join(sorted(values))}" for position, values in rule.test)
    return f"{rule.id} with {said}" if said else rule.id


def which(rule: Resolved) -> str:
    """What a rule is about and what that is to the partner: "REF with REF01 19, the division"; "" for any of an id."""
    said = what(rule)
    words = f", {rule.rule.text}" if rule.rule.text else ""
    return said + words if said != rule.id or words else ""


def name(rule: Resolved) -> str:
    """The short name of the element that a rule is about."""
    use = use_of(rule)
    if use is None:
        return rule.definition.name
    return use.element.name if use.element is not None else use.composite.name if use.composite is not None else ""


def _numeric(rule: Resolved) -> bool:
    use = use_of(rule)
    return use is not None and use.element is not None and use.element.kind in ("N", "R")
