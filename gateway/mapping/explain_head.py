"""What the head of a resolved mapping says for all its fields, in rows like those of the fields."""

from collections.abc import Iterator, Mapping, Sequence

from gateway.flaws import Place
from gateway.mapping.codes import CodeList
from gateway.mapping.explain import NEVER_READ, NEVER_WRITTEN, Explained, origin_of
from gateway.mapping.head import Authored
from gateway.mapping.language import Direction, Located, Mapped
from gateway.mapping.source import Table


def explained_head(chain: Sequence[Authored], mapped: Mapped) -> Iterator[Explained]:
    """Versions, direction, levels, division and keys, named with a colon: `split:`, `search: po`.

    `chain` is what the mapping is made of, base first.
    """
    last = chain[-1]
    said = next((one for one in reversed(chain) if one.versions), chain[0])
    yield _both("versions:", ", ".join(mapped.versions), said.versions[0].place if said.versions else said.place)
    if mapped.direction != "both":
        yield _directed(mapped.direction, next((one for one in reversed(chain) if one.direction), last))
    levels = next((one.levels for one in reversed(chain) if one.levels), ())
    if levels:
        order = ", ".join(level.value for level in levels)
        read, written = "every level, however nested", f"nested in this order: {order}"
        yield Explained("levels:", "", origin_of(levels[0].place), read, written)
    yield from _split(chain, mapped)
    for name, words in (("search", mapped.search), ("thread", mapped.thread)):
        yield from (_key(name, key, at) for key, at in words.items())
    for one in chain:
        for element, extra in one.extra_codes.items():
            yield _both(f"extra_codes: {element}", ", ".join(sorted(extra)), one.places["extra_codes"])


def explained_codes(codes: Mapping[str, CodeList], lists: Table) -> Iterator[Explained]:
    """A row for each code list; `lists` is the table they were read from."""
    return (_list(found, lists) for found in codes.values())


def _both(name: str, said: str, place: Place) -> Explained:
    return Explained(name, "", origin_of(place), said, said)


def _directed(direction: Direction, by: Authored) -> Explained:
    read = NEVER_READ if direction == "write" else "only read"
    written = NEVER_WRITTEN if direction == "read" else "only written"
    return Explained("direction:", "", origin_of(by.places.get("direction", by.place)), read, written)


def _split(chain: Sequence[Authored], mapped: Mapped) -> Iterator[Explained]:
    table = next((one.split for one in reversed(chain) if one.split is not None), None)
    if table is not None and mapped.split is not None:
        by, into = mapped.split.by, mapped.split.into
        read, written = (
            f"a document for each of {by}, in {into}",
            f"where an agreement combines, put together again, {into} as {by}"
            + (f"; parts may differ in {mapped.split.differing}" if mapped.split.differ else ""),
        )
        yield Explained("split:", "", origin_of(table.place), read, written)


def _key(kind: str, name: str, at: tuple[Located, ...]) -> Explained:
    return Explained(f"{kind}: {name}", "", origin_of(at[0].place), " or ".join(map(str, at)), NEVER_WRITTEN)


def _list(codes: CodeList, lists: Table) -> Explained:
    """How many codes a list has each way, what becomes of others, and the first line of each file that has some."""
    places = [lists.entries[codes.name].key.place, *codes.places.values()]
    first: dict[str, Place] = {}
    for place in sorted(places):
        first.setdefault(place.file, place)
    unknown = f"others: {codes.unknown}"
    read, written = f"{len(codes.reads)} codes, {unknown}", f"{len(codes.writes)} words, {unknown}"
    return Explained(f"codes: {codes.name}", "", ", ".join(map(origin_of, first.values())), read, written)
