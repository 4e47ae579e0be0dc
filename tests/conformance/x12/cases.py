"""Cases: a good document, what is done to it, and the one thing that must then be found and answered.

A case is an entry in `cases/*.yaml`; every value in there is text, whatever it looks like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.x12.interchange import Terms
from tests.conformance.x12 import documents
from tests.conformance.x12.edits import Edit, edited, edited_text

FOLDER = Path(__file__).parent / "cases"

FINDING_KEYS = (
    "code",
    "effect",
    "segment",
    "position",
    "loop",
    "element",
    "component",
    "repeat",
    "reference",
    "value",
)
"""What a case says of a finding; what it leaves out must be empty."""

_KEYS = {"name", "base", "version", "edits", "terms", "finds", "follows", "997", "999", "TA1"}

_FLAGS = {"permitted", "keep_truncated", "hash_totals", "nearest"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One defect, or one thing that is none. `finds` is None for the latter. `follows` is what the fault means
    elsewhere: a set in a group that cannot be read has to be refused for a reason of its own.

    `answers` are the segments between ST and SE of the 997 and the 999, "none" where there is no answer at all; AK1 and
    AK2 that repeat what was sent may be left out. `ta1` is the TA1 that goes out, "" for none.
    """

    file: str
    name: str
    base: str
    version: str
    edits: Sequence[Edit]
    terms: Terms
    finds: Mapping[str, str] | None
    follows: Mapping[str, str] | None
    answers: Mapping[str, Sequence[str] | str]
    ta1: str

    @property
    def defect(self) -> bool:
        """Whether exactly one thing is wrong that a partner may be told."""
        return self.finds is not None and self.follows is None and not self.finds["code"].startswith("W:")

    def segments(self) -> list[str]:
        """The interchange as it is sent, before edits of its text."""
        return documents.counted(edited(documents.interchange(self.base, self.version), self.edits))

    def data(self) -> bytes:
        """The interchange as it is sent."""
        return edited_text("".join(f"{segment}~" for segment in self.segments()), self.edits).encode()


def load() -> list[Case]:
    """All cases, in order of file and place."""
    return [_case(path.stem, raw) for path in sorted(FOLDER.glob("*.yaml")) for raw in _read(path)]


def _read(path: Path) -> list[dict[str, Any]]:
    loader = yaml.BaseLoader(path.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = loader.get_single_data()
    return entries


def _case(file: str, raw: dict[str, Any]) -> Case:
    name = raw["name"]
    assert not set(raw) - _KEYS, f"{name}: {set(raw) - _KEYS}"
    finds = raw["finds"]
    if finds == "nothing":
        finds = None
    else:
        assert not set(finds) - set(FINDING_KEYS), f"{name}: {finds}"
        assert {"code", "effect"} <= set(finds), f"{name}: {finds}"
    return Case(
        file=file,
        name=name,
        base=raw["base"],
        version=raw["version"],
        edits=raw.get("edits", []),
        terms=_terms(raw.get("terms", {})),
        finds=finds,
        follows=raw.get("follows"),
        answers={kind: raw[kind] for kind in ("997", "999") if kind in raw},
        ta1=raw.get("TA1", ""),
    )


def _terms(raw: dict[str, Any]) -> Terms:
    given: dict[str, Any] = {key: value == "yes" if key in _FLAGS else value for key, value in raw.items()}
    if "extra_codes" in given:
        given["extra_codes"] = {element: frozenset(codes) for element, codes in given["extra_codes"].items()}
    return Terms(**given)
