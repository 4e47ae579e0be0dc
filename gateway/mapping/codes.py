"""Code lists: X12 codes to canonical words and back, with a declared answer for codes nobody listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.source import Node, Table, Text

Unknown = Literal["keep", "refuse", "park"]


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list. `reads` is X12 to canonical, `writes` canonical to X12, `places` where each X12 code was written."""

    name: str
    reads: Mapping[str, str]
    writes: Mapping[str, str]
    unknown: Unknown
    places: Mapping[str, Place]


def read_lists(codes: Table, diagnosis: Diagnosis) -> dict[str, CodeList]:
    """The lists of a resolved mapping."""
    return {name: _list(name, entry.value, diagnosis) for name, entry in codes.entries.items()}


def _list(name: str, node: Node, diagnosis: Diagnosis) -> CodeList:
    reads: dict[str, str] = {}
    writes: dict[str, str] = {}
    places: dict[str, Place] = {}
    unknown: Unknown = "park"
    if not isinstance(node, Table):
        diagnosis.add(node.place, "E102", f"code list '{name}' is a table, like {{EA: each}}")
        return CodeList(name, reads, writes, unknown, places)
    for code, entry in node.entries.items():
        value = entry.value
        if not isinstance(value, Text) or not value.value:
            diagnosis.add(value.place, "E102", f"code list '{name}': '{code}' needs a word")
        elif code == "*":
            unknown = _unknown(value, diagnosis)
        else:
            reads[code], places[code] = value.value, value.place
            if value.tag != "read":
                _add_inverse(name, code, value, writes, diagnosis)
    return CodeList(name, reads, writes, unknown, places)


def _add_inverse(name: str, code: str, value: Text, writes: dict[str, str], diagnosis: Diagnosis) -> None:
    first = writes.setdefault(value.value, code)
    if first != code:
        sentence = f"code list '{name}' has both '{first}' and '{code}' for '{value.value}': it cannot be written back"
        diagnosis.add(value.place, "E140", f"{sentence}; mark one of them !read")


def _unknown(value: Text, diagnosis: Diagnosis) -> Unknown:
    for known in get_args(Unknown):
        if value.value == known:
            answer: Unknown = known
            return answer
    allowed = ", ".join(get_args(Unknown))
    hint = did_you_mean(value.value, get_args(Unknown))
    diagnosis.add(value.place, "E102", f"'{value.value}' is no answer for unknown codes: {allowed}{hint}")
    return "park"
