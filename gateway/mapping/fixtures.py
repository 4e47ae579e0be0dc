"""A mapping's own tests: what reading a file gave against the JSON that was expected, and what writing that JSON gave
against the file, told apart field by field and segment by segment.
"""

import json
from collections.abc import Iterator, Sequence

from gateway.mapping.combine import combine
from gateway.mapping.differences import Difference, field_differences, segment_differences, trimmed
from gateway.mapping.head import RoundTrip
from gateway.mapping.prove import Proof, proven
from gateway.mapping.reading import Problem, Reading
from gateway.mapping.references import Lookups
from gateway.mapping.split import CLAIMS, Split
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.x12.findings import Effect
from gateway.x12.interchange import SetResult
from gateway.x12.outbound import outbound_set

MAXIMUM_DIFFERENCES = 50


def compare(expected: str, readings: Sequence[Reading]) -> tuple[Difference, ...]:
    """Differences in words, empty when the readings are exactly the expected JSON and have nothing to refuse or park.

    `expected` is the text of one object, or of a list when the file holds several sets.
    """
    try:
        wanted = json.loads(expected)
    except (ValueError, RecursionError) as error:
        return (Difference(said=f"the expected JSON is not readable: {error}"),)
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(document, dict) for document in wanted):
        return (Difference(said="the expected JSON is no object, or list of objects"),)
    differences = [
        difference.inside(f"set {number}: ")
        for number, reading in enumerate(readings, start=1)
        for difference in _grave(reading.problems)
    ]
    if len(wanted) != len(readings):
        said = f"{len(wanted)} documents were expected, the file gives {len(readings)}"
        differences.append(Difference(said=said))
    for number, (want, reading) in enumerate(zip(wanted, readings, strict=False), start=1):
        prefix = f"set {number}: " if len(wanted) > 1 else ""
        found = json.loads(dumps(reading.document))
        differences += [difference.inside(prefix) for difference in field_differences(want, found)]
    return tuple(differences[:MAXIMUM_DIFFERENCES])


def compare_parts(compiled: CompiledMapping, expected: str, readings: Sequence[Reading]) -> tuple[Difference, ...]:
    """Differences between what the sets are divided into and the expected JSON, a list of all parts; and between what
    those give put together again and the whole, but for what no part states (its totals).
    """
    try:
        wanted = json.loads(expected)
    except (ValueError, RecursionError) as error:
        return (Difference(said=f"the expected parts are not readable JSON: {error}"),)
    if compiled.split is None:
        return (Difference(said="parts are expected, and the mapping has no split:"),)
    found = [part for reading in readings for part in compiled.parts(reading)]
    differences = [one for part in found for one in _grave(part.problems)]
    if not isinstance(wanted, list) or len(wanted) != len(found):
        differences.append(Difference(said=f"the set is divided into {len(found)}, other parts were expected"))
        return tuple(differences)
    for number, (want, part) in enumerate(zip(wanted, found, strict=True), start=1):
        plain = json.loads(dumps(part.document))
        differences += [one.inside(f"part {number}: ") for one in field_differences(want, plain)]
    if len(readings) == 1:
        differences += _together(wanted, readings[0], compiled.split)
    return tuple(differences[:MAXIMUM_DIFFERENCES])


def _together(parts: Sequence[dict[str, object]], reading: Reading, rule: Split) -> Iterator[Difference]:
    combined = combine(parts, rule)
    yield from _grave(combined.problems)
    whole = json.loads(dumps({name: value for name, value in reading.document.items() if name not in CLAIMS}))
    found = json.loads(dumps({name: value for name, value in combined.document.items() if name not in CLAIMS}))
    yield from (one.inside("put together: ") for one in field_differences(whole, found))


def compare_back(
    compiled: CompiledMapping,
    expected: str,
    results: Sequence[SetResult],
    trip: RoundTrip,
    lookups: Lookups | None = None,
) -> tuple[Difference, ...]:
    """Differences in words between what writing the JSON gives and the sets it was read from; empty for none.

    `expected` is JSON that `compare` found equal to what the sets read as, where the mapping reads.
    """
    try:
        wanted = json.loads(expected)
    except (ValueError, RecursionError) as error:
        return (Difference(said=f"the JSON to write is not readable: {error}"),)
    documents = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(document, dict) for document in documents):
        return (Difference(said="the JSON to write is no object, or list of objects"),)
    found: list[Difference] = []
    for number, (document, result) in enumerate(zip(documents, results, strict=False), start=1):
        if result.content is not None and trip != "none":
            prefix = f"written back, set {number}: " if len(documents) > 1 else "written back: "
            found += [each.inside(prefix) for each in _set_differences(compiled, document, result, trip, lookups)]
    return tuple(found[:MAXIMUM_DIFFERENCES])


def _set_differences(
    compiled: CompiledMapping, document: dict[str, object], result: SetResult, trip: RoundTrip, lookups: Lookups | None
) -> Iterator[Difference]:
    content = result.content
    assert content is not None  # noqa: S101 - told to mypy: asked by the caller
    written = compiled.write(document, version=content.release, lookups=lookups)
    yield from _grave(written.problems)
    if trip == "exact":
        yield from segment_differences([trimmed(one) for one in outbound_set(content).segments], written.segments)
        return
    proof = proven(compiled.transaction, content.release, written.segments)
    if proof.content is None:
        yield Difference(said=f"what was written cannot be read: {_why(proof)}")
        return
    if all(finding.effect is Effect.WARN for finding in result.findings):
        yield from (Difference(said=said) for said in proof.findings)
    reading = compiled.read(proof.content, lookups)
    yield from _grave(reading.problems)
    yield from field_differences(document, json.loads(dumps(reading.document)))


def _grave(problems: Sequence[Problem]) -> Iterator[Difference]:
    for problem in problems:
        if problem.effect != "warn":
            place = problem.field or "the set"
            yield Difference(said=f"{place}: {problem.message} ({problem.effect})", place=place)


def _why(proof: Proof) -> str:
    return proof.refusal or "; ".join(proof.findings[:5])
