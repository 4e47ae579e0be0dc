"""A mapping's own tests: what reading a file gave, against the JSON that was expected, told apart field by field."""

import json
from collections.abc import Iterator, Sequence

from gateway.mapping.reading import Reading
from gateway.mapping.to_canonical import dumps

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
