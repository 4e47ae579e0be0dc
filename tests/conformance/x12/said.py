"""What the engine says of an interchange, and what a case wants it to say, both as lines that can be compared."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from gateway.x12.acknowledge import AcknowledgementDraft, check, functional_acknowledgement, interchange_acknowledgement
from gateway.x12.findings import Finding
from gateway.x12.interchange import Event, InterchangeHeader
from tests.conformance.x12.cases import FINDING_KEYS, Case
from tests.unit.x12.samples import interchanges

NOW = datetime(2024, 2, 1, 8, 0, tzinfo=UTC)

LEVELS = {"AK304": "segment", "AK403": "element", "AK502": "set", "AK905": "group", "TA105": "interchange"}
"""The level of a finding by its code's element; warnings have any."""

ENDS_SET = ("AK5", "IK5")


def found(case: Case, events: Sequence[Event]) -> list[str]:
    """The findings of all levels, and the acknowledgements that the case speaks of, as the engine has them."""
    lines = sorted(_finding(finding) for event in events for finding in _findings(event))
    for kind in case.answers:
        for result in interchanges(events):
            draft = functional_acknowledgement(result, kind="999" if kind == "999" else "997")
            lines += [f"{kind} {line}" for line in _body(draft)] if draft is not None else [f"{kind} none"]
    for result in interchanges(events):
        ta1 = interchange_acknowledgement(result, policy="requested")
        if ta1 is not None:
            _hold_to_guide(ta1)
            lines.append(f"TA1 {'*'.join(ta1.ta1)}")
    return lines


def wanted(case: Case) -> list[str]:
    """The same lines as the case has them."""
    lines = sorted(_wanted(finding) for finding in (case.finds, case.follows) if finding is not None)
    for kind, answer in case.answers.items():
        told = ["none"] if isinstance(answer, str) else _with_headers(answer, case)
        lines += [f"{kind} {line}" for line in told]
    return [*lines, f"TA1 {case.ta1}"] if case.ta1 else lines


def _wanted(finding: Mapping[str, str]) -> str:
    level = LEVELS.get(finding["code"].split(":")[0], "")
    words = [f"{key}={finding[key]}" for key in FINDING_KEYS if key in finding]
    return " ".join(filter(None, (level, *words)))


def _findings(event: Event) -> Sequence[Finding]:
    """A set's findings come once, with the set: its group keeps a copy of the set's result."""
    return () if isinstance(event, InterchangeHeader) else event.findings


def _finding(finding: Finding) -> str:
    values = {key: getattr(finding, key) for key in FINDING_KEYS} | {"effect": finding.effect.value}
    level = "" if finding.code.startswith("W:") else finding.level
    return " ".join(filter(None, (level, *(f"{key}={value}" for key, value in values.items() if value not in ("", 0)))))


def _body(draft: AcknowledgementDraft) -> Iterator[str]:
    """The segments from AK1 to AK9 of each group answered, as they are sent."""
    _hold_to_guide(draft)
    sealed = draft.seal(interchange_number=1, group_numbers=range(1, 1 + draft.groups), now=NOW)
    for segment in sealed.decode("latin-1").split(draft.delimiters.segment):
        name = segment.split(draft.delimiters.element, 1)[0]
        if name not in ("ISA", "GS", "ST", "SE", "GE", "IEA", ""):
            yield segment


def _hold_to_guide(draft: AcknowledgementDraft) -> None:
    wrong = [finding.message for finding in check(draft)]
    assert not wrong, f"the answer is not right itself: {wrong}"


def _with_headers(answer: Sequence[str], case: Case) -> Iterator[str]:
    """The lines of an answer with every AK1 and AK2 that the case leaves out, as GS and ST were sent."""
    headers = [line.split("*") for line in case.segments() if line.startswith(("GS*", "ST*"))]
    later = case.version >= "005010"
    groups = [f"AK1*{line[1]}*{line[6]}{'*' + line[8] if later else ''}" for line in headers if line[0] == "GS"]
    sets = ["*".join(("AK2", *line[1 : 4 if later else 3])) for line in headers if line[0] == "ST"]
    where: Literal["group", "set", "inside"] = "group"
    for line in answer:
        name = line[:3]
        if where == "group":
            group = groups.pop(0)
            yield line if name == "AK1" else group
            where = "set"
            if name == "AK1":
                continue
        if where == "set" and name != "AK9":
            header = sets.pop(0)
            yield line if name == "AK2" else header
            where = "inside"
            if name == "AK2":
                continue
        yield line
        where = "group" if name == "AK9" else "set" if name in ENDS_SET else where
