"""What the acknowledgement will say of a set, a group and an interchange, in words.

Which one is sent is what was agreed with the partner, else what the standard has: a 997, and a TA1 where ISA14 asks for
it or the envelope is at fault. Findings come with their effects, agreed ones too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway.x12.acknowledge import InterchangePolicy, interchange_acknowledgement
from gateway.x12.explained import Verdict
from gateway.x12.interchange import GroupHeader, GroupResult, InterchangeHeader, InterchangeResult, SetHeader, SetResult
from gateway.x12.nearest import silent
from gateway.x12.response import kind_for, said_of_group, said_of_set
from gateway.x12.titles import several

WORDS = {"A": "accepted", "E": "accepted, errors noted", "P": "partly accepted", "R": "rejected"}

ACKNOWLEDGEMENTS = "FA"
"""GS01 of 997 and 999, which nothing answers."""

_AGAIN = "the partner corrects it and sends it again under new control numbers"

_UNTOLD = "as nobody is told, it is held for a person"

_UNLESS = "The document is delivered, unless its group or interchange is refused."

_NONE = "No 997 or 999 is sent, as agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How a partner is answered. `functional`: what answers a group; a 999 where its release has one. `ta1`: when a TA1
    is sent. The default is for a partner with whom nothing was agreed.
    """

    functional: Literal["997", "999", "none"] = "997"
    ta1: InterchangePolicy = "requested"


AnsweringFor = Callable[[InterchangeHeader, GroupHeader, SetHeader], Answering | None]
"""What was agreed about answers for a set, None for nothing; the first set of an interchange that has it decides."""


def set_verdict(result: SetResult, group: GroupHeader | None, answering: Answering) -> Verdict:
    """AK501, or IK501 in a 999."""
    if group is not None and group.functional_id == ACKNOWLEDGEMENTS:
        said = "it is read" if result.status != "R" else "it cannot be used"
        return _verdict(result.status, f"An acknowledgement is never acknowledged: {said}.")
    if answering.functional == "none":
        return _untold_set(result)
    kind = kind_for(group.version if group is not None else "", answering.functional)
    listed = sum(not silent(finding, implementation=kind == "999") for finding in result.findings)
    said = said_of_set(result, kind)
    code = f"{'IK' if kind == '999' else 'AK'}501 {said}"
    text = {
        "A": f"The {kind} will say so ({code}). {_UNLESS}",
        "E": f"The {kind} will list {several(listed, 'error')} ({code}). {_UNLESS}",
        "R": f"The {kind} will say so and why ({code}). Nothing of this document is delivered: {_AGAIN}.",
    }[said]
    if said != result.status:
        text = f"The {kind} will say accepted ({code}): it does not speak of what a partner guide only notes. {_UNLESS}"
    return _verdict(result.status, text, kind)


def _untold_set(result: SetResult) -> Verdict:
    text = {
        "A": f"{_NONE}. {_UNLESS}",
        "E": f"{_NONE}: the errors are noted with us alone. {_UNLESS}",
        "R": f"{_NONE}. Nothing of this document is delivered: {_UNTOLD}.",
    }[result.status]
    return _verdict(result.status, text)


def group_verdict(result: GroupResult, answering: Answering) -> Verdict:
    """AK901 with its counts."""
    sets = f"{result.accepted} of {several(result.received, 'set')} accepted"
    if result.header.functional_id == ACKNOWLEDGEMENTS:
        return _verdict(result.status, f"{sets}; nothing answers a group of acknowledgements.")
    told = answering.functional != "none"
    text = {
        "P": " Those are delivered unless the interchange is refused; of the others nothing is.",
        "R": f" Nothing of the group is delivered: {_AGAIN if told else _UNTOLD}.",
    }.get(result.status, "")
    if answering.functional == "none":
        return _verdict(result.status, f"{_NONE}: {sets}.{text}")
    kind = kind_for(result.header.version, answering.functional)
    said = said_of_group(result, kind)
    return _verdict(result.status, f"The {kind} will say AK901 {said}: {sets}.{text}", kind)


def interchange_verdict(result: InterchangeResult, answering: Answering) -> Verdict:
    """TA104 and TA105, and whether a TA1 is sent."""
    sent = interchange_acknowledgement(result, policy=answering.ta1) is not None
    if result.status == "A":
        return _verdict("A", f"The envelope is in order. {_when_good(result, answering, sent=sent)}.", _ta1(sent))
    said = f"{result.status} with note {result.note}"
    told = f"A TA1 will say {said}." if sent else f"A TA1 would say {said}, but none is sent{_why_not(answering)}."
    again = _AGAIN if sent else _UNTOLD
    refused = f" Nothing in it is delivered, and no 997 or 999 is sent: {again}."
    whole = refused if result.status == "R" else " What it holds is judged by itself."
    return _verdict(result.status, told + whole, _ta1(sent))


def _when_good(result: InterchangeResult, answering: Answering, *, sent: bool) -> str:
    if result.header.acknowledgment_requested:
        return f"ISA14 asks for a TA1: {'it will say A' if sent else f'none is sent{_why_not(answering)}'}"
    return "A TA1 will say A, as agreed" if sent else "ISA14 asks for no TA1"


def _why_not(answering: Answering) -> str:
    return ", as agreed" if answering.ta1 == "never" else ": nothing answers a TA1"


def _ta1(sent: bool) -> str:
    return "TA1" if sent else ""


def _verdict(status: str, text: str, answer: str = "") -> Verdict:
    return Verdict(status=status, word=WORDS[status], text=text, answer=answer)
