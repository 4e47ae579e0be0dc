"""`gateway x12 explain --json`: one object per line, in the order of the file; a set's segments follow the set.

`kind` says which: `passed`, `interchange`, `group`, `loose`, `set`, `segment`, `set_end`, `group_end` or
`interchange_end`.
"""

from collections.abc import Iterator

from gateway.cli.x12_listing import plain_findings
from gateway.x12.explained import (
    Advice,
    ElementText,
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SegmentText,
    SetText,
    Summary,
    Verdict,
)

Plain = dict[str, object]


def objects(part: Part, *, only_findings: bool = False) -> Iterator[Plain]:
    """One part as plain objects. `only_findings` leaves out segments that nothing was found in."""
    match part:
        case Passed():
            yield {
                "kind": "passed",
                "offset": part.offset,
                "length": part.length,
                "sample": part.sample,
                "findings": _advice(part.advice),
            }
        case InterchangeOpening():
            yield {
                "kind": "interchange",
                "ordinal": part.ordinal,
                "control_number": part.header.control_number,
                **_summary(part.summary),
                "delimiters": [{"character": one, "use": what} for one, what in part.delimiters],
                "segment": _segment(part.segment),
            }
        case GroupOpening():
            number = part.header.control_number
            yield (
                {"kind": "group", "ordinal": part.ordinal, "control_number": number}
                | _summary(part.summary)
                | {"segment": _segment(part.segment)}
            )
        case Loose():
            yield {"kind": "loose", "said": part.said, "segment": _segment(part.segment)}
        case SetText():
            yield from _set(part, only_findings=only_findings)
        case GroupClosing():
            yield {"kind": "group_end"} | _closing(part)
        case InterchangeClosing():
            yield {"kind": "interchange_end"} | _closing(part)


def _set(part: SetText, *, only_findings: bool) -> Iterator[Plain]:
    known: Plain = {"set_ordinal": part.ordinal, "set": part.header.id, "number": part.header.control_number}
    yield {
        "kind": "set",
        **known,
        "title": part.title,
        "release": part.release,
        "size": part.contents.size,
        **_summary(part.contents.summary),
        **_verdict(part.verdict),
        "errors": part.wrong,
        "warnings": part.warnings,
        "findings": _advice(part.contents.advice),
    }
    for segment in part.contents.segments():
        if not only_findings or any(segment.all_advice):
            yield {"kind": "segment", **known, **_segment(segment)}
    yield {"kind": "set_end", **known, **_verdict(part.verdict)}


def _summary(summary: Summary) -> Plain:
    facts = {what.lower().replace(" ", "_"): list(values) for what, values in summary.facts}
    return {"summary": summary.sentence, "facts": facts}


def _verdict(verdict: Verdict) -> Plain:
    return {"status": verdict.status, "verdict": verdict.text, "answer": verdict.answer}


def _closing(part: GroupClosing | InterchangeClosing) -> Plain:
    segment = None if part.segment is None else _segment(part.segment)
    return {**_verdict(part.verdict), "segment": segment, "findings": _advice(part.advice)}


def _segment(segment: SegmentText) -> Plain:
    return {
        "position": segment.position,
        "id": segment.id,
        "name": segment.name,
        "absent": segment.absent,
        "text": segment.text,
        "loops": [
            {"id": step.id, "name": step.name, "title": step.title, "number": step.number} for step in segment.loops
        ],
        "elements": [_element(element) for element in segment.elements],
        "findings": _advice(segment.advice),
    }


def _element(element: ElementText) -> Plain:
    return {
        "place": element.place,
        "position": element.position,
        "repeat": element.repeat,
        "component": element.component,
        "reference": element.reference,
        "name": element.name,
        "value": element.value,
        "meaning": element.meaning,
        "parts": [_element(part) for part in element.parts],
        "findings": _advice(element.advice),
    }


def _advice(advice: tuple[Advice, ...]) -> list[Plain]:
    found = plain_findings(tuple(one.finding for one in advice))
    return [
        {**plain, "found": one.text, "allowed": one.allowed, "who": one.who, "remedy": one.remedy}
        for plain, one in zip(found, advice, strict=True)
    ]
