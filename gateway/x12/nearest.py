"""Codes of an answer, in the list that its release and kind has: the code itself, or the nearest one there.

Codes that begin with I say that a partner guide was not kept; only a 999 has them (X12 005010 elements 618, 620, 621).
"""

from collections.abc import Mapping
from typing import Final

from gateway.x12.findings import Effect, Finding

NEAREST: Final[Mapping[str, Mapping[str, str]]] = {
    # A segment (AK304, IK304): not used, dependent missing, loop and segment below minimum, dependent not used.
    "K304": {"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"},
    # An element (AK403, IK403): code not used, dependent missing, not used, too few repetitions, pattern, dependent not
    # used. 12 and 13 came after 004010.
    "K403": {"12": "3", "13": "3", "I6": "7", "I9": "2", "I10": "10", "I11": "1", "I12": "7", "I13": "10"},
    # A set (AK502, IK502): its place and its number came after 004010; a convention that is not supported.
    "K502": {"18": "6", "19": "1", "23": "7", "I6": "1"},
    "K905": {"19": "6"},
}
"""By the last letters of the element, as AK3 and IK3 have the same: what to say where a code is not in the list."""


def of_guide(finding: Finding) -> bool:
    """Whether a finding is about a partner guide, not about the standard: it has a code of the 999, or an I-code."""
    return finding.code[:2] == "IK" or finding.code[6:7] == "I"


def silent(finding: Finding, *, implementation: bool) -> bool:
    """Whether an answer does not speak of a finding: warnings, and in a 997 what a partner guide only notes.

    `implementation` is true for the 999.
    """
    if finding.effect is Effect.WARN:
        return True
    return not implementation and of_guide(finding) and finding.effect is not Effect.REJECT


def code_in(finding: Finding, element: str, codes: frozenset[str] | None) -> str:
    """The finding's code as `element` ("AK304", "IK403" ...) with the list `codes` says it, "" when it cannot.

    None for `codes`: any value goes.
    """
    name, _, value = finding.code.partition(":")
    if name[1:] != element[1:]:
        return ""
    if codes is None or value in codes:
        return value
    nearest = NEAREST.get(element[1:], {}).get(value, "")
    return nearest if nearest in codes else ""
