"""A mapping's own tests: what reading a file gave against the JSON that was expected, and what writing that JSON gave
against the file, told apart field by field and segment by segment.
"""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from gateway.mapping.head import RoundTrip
from gateway.mapping.prove import Proof, proven
from gateway.mapping.reading import Problem, Reading
from gateway.mapping.references import Lookups
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.x12.findings import Effect
from gateway.x12.interchange import SetResult
from gateway.x12.outbound import outbound_set
from gateway.x12.write import OutboundSegment, Repeats

MAXIMUM_DIFFERENCES = 50


def compare(expected: str, readings: Sequence[Reading]) -> tuple[str, ...]:
    """Differences in words, empty when the readings are exactly the expected JSON and have nothing to refuse or park.

    `expected` is the text of one object, or of a list when the file holds several sets.
    """
    try:
        wanted = json.loads(expected)
    except ValueError as error:
        return (f"the expected JSON is not readable: {error}",)
    wanted = wanted if isinstance(wanted, list) else [wanted]
    differences = [
        f"set {number}: {problem.field or 'the set'}: {problem.message} ({problem.effect})"
        for number, reading in enumerate(readings, start=1)
        for problem in reading.problems
        if problem.effect != "warn"
    ]
    if len(wanted) != len(readings):
        differences.append(f"{len(wanted)} documents were expected, the file gives {len(readings)}")
    for number, (want, reading) in enumerate(zip(wanted, readings, strict=False), start=1):
        prefix = f"set {number}: " if len(wanted) > 1 else ""
        found = json.loads(dumps(reading.document))
        differences += [prefix + said for said in _differences(want, found, "")]
    return tuple(differences[:MAXIMUM_DIFFERENCES])


def compare_back(
    compiled: CompiledMapping,
    expected: str,
    results: Sequence[SetResult],
    trip: RoundTrip,
    lookups: Lookups | None = None,
) -> tuple[str, ...]:
    """Differences in words between what writing the JSON gives and the sets it was read from; empty for none.

    `expected` is JSON that `compare` found equal to what the sets read as.
    """
    wanted = json.loads(expected)
    documents = wanted if isinstance(wanted, list) else [wanted]
    found: list[str] = []
    for number, (document, result) in enumerate(zip(documents, results, strict=False), start=1):
        if result.content is not None and trip != "none":
            prefix = f"written back, set {number}: " if len(documents) > 1 else "written back: "
            found += [prefix + said for said in _set_differences(compiled, document, result, trip, lookups)]
    return tuple(found[:MAXIMUM_DIFFERENCES])


def _set_differences(
    compiled: CompiledMapping, document: dict[str, object], result: SetResult, trip: RoundTrip, lookups: Lookups | None
) -> Iterator[str]:
    content = result.content
    assert content is not None  # noqa: S101 - told to mypy: asked by the caller
    written = compiled.write(document, version=content.release, lookups=lookups)
    yield from _grave(written.problems)
    if trip == "exact":
        yield from _segment_differences([_trimmed(one) for one in outbound_set(content).segments], written.segments)
        return
    proof = proven(compiled.transaction, content.release, written.segments)
    if proof.content is None:
        yield f"what was written cannot be read: {_why(proof)}"
        return
    if all(finding.effect is Effect.WARN for finding in result.findings):
        yield from proof.findings
    reading = compiled.read(proof.content, lookups)
    yield from _grave(reading.problems)
    yield from _differences(document, json.loads(dumps(reading.document)), "")


def _grave(problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems:
        if problem.effect != "warn":
            yield f"{problem.field or 'the set'}: {problem.message} ({problem.effect})"


def _why(proof: Proof) -> str:
    return proof.refusal or "; ".join(proof.findings[:5])


def _segment_differences(wanted: Sequence[OutboundSegment], found: Sequence[OutboundSegment]) -> Iterator[str]:
    for tag, start, end, first, last in SequenceMatcher(None, wanted, found, autojunk=False).get_opcodes():
        if tag != "equal":
            missing, new = wanted[start:end], found[first:last]
            yield from (
                f"segment {start + at + 2} of the file is not written: {_text(each)}" for at, each in enumerate(missing)
            )
            yield from (f"segment {first + at + 2} is not in the file: {_text(each)}" for at, each in enumerate(new))


def _trimmed(segment: OutboundSegment) -> OutboundSegment:
    """Without empty elements and components at the end, which say nothing (X12.6, 3.7.1)."""
    values = list(segment)
    while len(values) > 1 and values[-1] == "":
        values.pop()
    return tuple(values)


def _text(segment: OutboundSegment) -> str:
    return "*".join(_value(value) for value in segment)


def _value(value: object) -> str:
    if isinstance(value, Repeats):
        return "^".join(map(_value, value.values))
    return ":".join(value) if isinstance(value, tuple) else str(value)


def _differences(wanted: object, found: object, path: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in wanted | found:
            inner = f"{path}.{name}" if path else name
            if name not in found:
                yield f"{inner}: expected {_short(wanted[name])}, found nothing"
            elif name not in wanted:
                yield f"{inner}: found {_short(found[name])}, expected nothing"
            else:
                yield from _differences(wanted[name], found[name], inner)
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            yield f"{path}: expected {len(wanted)} entries, found {len(found)}"
        for at, (left, right) in enumerate(zip(wanted, found, strict=False)):
            yield from _differences(left, right, f"{path}[{at}]")
    elif type(wanted) is not type(found) or wanted != found:
        yield f"{path}: expected {_short(wanted)}, found {_short(found)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
