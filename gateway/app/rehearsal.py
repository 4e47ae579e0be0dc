"""What a replay would make of documents that came in, told field by field; nothing is written, sent or enqueued."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.app.memory import Memory
from gateway.app.written_by import library_of
from gateway.errors import MachineError, UsageError
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.differences import NOTHING, Difference, field_differences
from gateway.mapping.library import Library
from gateway.partners.book import load
from gateway.pipeline.inbound.translate import retranslate
from gateway.pipeline.questions import DocumentRow
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import DocumentOutcome
from gateway.store import rehearsals
from gateway.store.rehearsals import Known

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field: its path in the canonical document, what it was and would be as JSON, and the mapping's line."""

    field: str
    was: str
    would_be: str
    said_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A document as it is (`was`: state, mapping, destination, number) and as it would be.

    `fields` are told where both are canonical documents. `parts` counts the documents that it would be. `why_not` says
    why nothing was tried.
    """

    row: DocumentRow
    was: Mapping[str, str] = field(default_factory=dict)
    would_be: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[Changed] = ()
    parts: int = 1
    why_not: str = ""

    @property
    def facts(self) -> Sequence[tuple[str, str, str]]:
        """What is otherwise besides the document itself: name, was, would be."""
        names = dict.fromkeys([*self.was, *self.would_be])
        pairs = ((name, self.was.get(name, ""), self.would_be.get(name, "")) for name in names)
        return [(name, was, now) for name, was, now in pairs if was != now]

    @property
    def alike(self) -> bool:
        """Whether the replay would change nothing but that it is done again."""
        moved = [name for name, _, _ in self.facts if name not in ("state", "mapping")]
        return not (self.why_not or self.fields or moved or self.parts > 1) and self.would_be.get("state") == "mapped"


def rehearse(memory: Memory, ids: Sequence[str], *, mode: str) -> list[Rehearsed]:
    """Map these documents once more, by the files in force (`mode` "current") or by what was pinned ("original").

    Raises UsageError when one of them did not come in, MachineError when no files are in force yet.
    """
    rules = _in_force(memory)
    found = {one.row.id: one for one in rehearsals.known(memory.means, ids)}
    for one in ids:
        if one not in found:
            raise UsageError(f"{one} is ours: only what came in is mapped again without being sent")
    return [_rehearsed(memory, rules, found[one], mode) for one in ids]


def _in_force(memory: Memory) -> Rules:
    authored = memory.releases.current()
    if authored is None:
        raise MachineError("no partner files are in force yet: start a gateway first (`./run`)")
    book = load(authored.partners, doubts=False)
    return Rules(revision=authored.revision, book=book, library=Library(authored.mappings))


def _rehearsed(memory: Memory, rules: Rules, known: Known, mode: str) -> Rehearsed:
    row = known.row
    if known.set is None:
        return Rehearsed(row=row, why_not=known.why_not)
    again = replace(known.set, original=mode == "original")
    outcome = retranslate(again, rules, memory.releases.mapping_text, references=memory.references)
    was = _facts(row.state, row.reason, known.pins, row.destination, row.business_number)
    now = _facts(outcome.state, outcome.reason, outcome.pins, outcome.destination, outcome.business_number)
    fields = [] if known.canonical is None or outcome.canonical is None else _fields(memory, rules, known, outcome)
    return Rehearsed(row=row, was=was, would_be=now, fields=fields, parts=1 + len(outcome.siblings))


def _facts(state: str, reason: str, pins: Mapping[str, str], destination: str, number: str) -> Mapping[str, str]:
    said = f"{state}: {reason}" if reason else state
    return {"state": said, "mapping": pins.get("mapping", ""), "destination": destination, "number": number}


def _fields(memory: Memory, rules: Rules, known: Known, outcome: DocumentOutcome) -> list[Changed]:
    before, after = json.loads(known.canonical or b"{}"), json.loads(outcome.canonical or b"{}")
    differences = list(field_differences(before, after))
    if not differences:
        return []
    now, then = _origins(memory, rules, outcome.pins), _origins(memory, rules, known.pins)
    return [_changed(one, now, then) for one in differences]


def _origins(memory: Memory, rules: Rules, pins: Mapping[str, str]) -> Mapping[str, str]:
    """Which line says each field, by its canonical path; nothing when the files are gone or not to be read today."""
    try:
        library = library_of(memory, pins)
        return {row.field: row.origin for row in library.explain(pins["mapping"])} if library else {}
    except (MappingError, KeyError):  # read by a version of the gateway that knew other mappings
        return {}


def _changed(one: Difference, now: Mapping[str, str], then: Mapping[str, str]) -> Changed:
    first, second = (now, then) if one.found != NOTHING else (then, now)
    said_by = _line(one.place, first) or _line(one.place, second)
    return Changed(field=one.place, was=one.expected, would_be=one.found, said_by=said_by)


def _line(place: str, origins: Mapping[str, str]) -> str:
    """The line of a field, or of the innermost object around it that has one."""
    path = _INDEX.sub("[]", place)
    while path:
        for name in (path, path.removesuffix("[]"), f"{path}[]"):
            if name in origins:
                return origins[name]
        path = path.rpartition(".")[0]
    return ""
