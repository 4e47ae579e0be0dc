"""What going from one mapping to another does to a set that arrived: fields read, and segments written, otherwise."""

import json
from dataclasses import dataclass

from gateway.mapping.differences import NOTHING, Difference, field_differences, segment_differences
from gateway.mapping.reading import Reading
from gateway.mapping.references import Lookups
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.x12.interchange import TransactionSet


@dataclass(frozen=True, slots=True)
class Consequence:
    """Differences of both ways; `expected` is what the first mapping makes of the set, `found` what the second makes.

    `why_not` says why nothing was compared.
    """

    read: tuple[Difference, ...] = ()
    written: tuple[Difference, ...] = ()
    why_not: str = ""


def consequence(
    first: CompiledMapping, second: CompiledMapping, content: TransactionSet, lookups: Lookups | None
) -> Consequence:
    """Both mappings read the set; then both write the document that the first read, as far as they write."""
    for mapping in (first, second):
        if content.release not in mapping.versions or content.header.id != mapping.transaction:
            return Consequence(why_not=f"{mapping.name} is not for {content.header.id} in {content.release}")
        if mapping.direction == "write":
            return Consequence(why_not=f"{mapping.name} does not read")
    one, other = first.read(content, lookups), second.read(content, lookups)
    document = json.loads(dumps(one.document))
    read = (*field_differences(document, json.loads(dumps(other.document))), *_problems(one, other))
    if "read" in (first.direction, second.direction):
        return Consequence(read)
    was, now = (each.write(document, version=content.release, lookups=lookups).segments for each in (first, second))
    return Consequence(read, tuple(segment_differences(was, now)))


def _problems(one: Reading, other: Reading) -> tuple[Difference, ...]:
    """Problems that only one of the readings has."""
    was, now = ({f"{each.effect}: {each.message}": each.field for each in reading.problems} for reading in (one, other))
    new = [
        Difference(said=said, place=now[said] or "the set", expected=NOTHING, found=said) for said in now.keys() - was
    ]
    old = [
        Difference(said=said, place=was[said] or "the set", expected=said, found=NOTHING) for said in was.keys() - now
    ]
    return tuple(sorted((*new, *old), key=lambda each: (each.place, each.said)))
