"""`gateway mapping diff`: two mappings told apart in words, and by what they make of the fixtures of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.folders import MAPPINGS, Mappings
from gateway.cli.mapping_book import chosen, library_in, places_in, rows_of, sets_of
from gateway.cli.table import as_json, lines
from gateway.errors import UsageError

if TYPE_CHECKING:
    from gateway.mapping.differences import Difference
    from gateway.mapping.head import Fixture
    from gateway.mapping.library import Library
    from gateway.mapping.to_canonical import CompiledMapping

LONGEST = 100
"""Differences told of one fixture."""

WIDEST = 60
"""Characters of a value in the table; `--json` has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a fixture of `mapping` is under the second mapping: fields read, segments written otherwise."""

    mapping: str
    fixture: str
    read: "tuple[Difference, ...]" = ()
    written: "tuple[Difference, ...]" = ()
    why_not: str = ""


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A version, acme/850@1; acme/850 is its newest.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    mappings: Mappings = MAPPINGS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What is different from A to B: fields, codes, defaults; and what A and B make of every fixture of both.

    Exit 0 whether they differ or not, 1 when one of them cannot be used.

    Example: gateway mapping diff acme/850@1 acme/850@2
    """
    from gateway.mapping.differ import changes

    library = library_in(mappings)
    one, other = _one(library, before), _one(library, after)
    with places_in(mappings):
        first, second = library.compile(one), library.compile(other)
        found = changes(library.resolved(one), library.resolved(other))
        effects = list(_effects(library, first, second, mappings))
    if json_:
        typer.echo(as_json({"from": one, "to": other, "changes": list(found), "fixtures": list(map(_plain, effects))}))
        return
    typer.echo(f"{one} to {other}: " + (counted(len(found), "difference") if found else "the same fields and codes"))
    for line in lines(("WHAT", "DIFFERENCE", "SAID BY"), [(each.subject, each.said, each.origin) for each in found]):
        if found:
            typer.echo(f"  {line}")
    for effect in effects:
        typer.echo("\n".join(_shown(effect, one, other)))


def _one(library: "Library", target: str) -> str:
    found = chosen(library, [target])
    if not found:
        raise UsageError(f"there is no mapping '{target}'")
    return found[-1]


def _effects(library: "Library", first: "CompiledMapping", second: "CompiledMapping", folder: Path) -> Iterator[Effect]:
    seen: set[tuple[str, str]] = set()
    for name in (first.name, second.name):
        for fixture in library.fixtures(name):
            if (fixture.edi, fixture.json) not in seen:
                seen.add((fixture.edi, fixture.json))
                yield _effect(name, fixture, first, second, folder)


def _effect(name: str, fixture: "Fixture", first: "CompiledMapping", second: "CompiledMapping", folder: Path) -> Effect:
    from gateway.mapping.consequences import consequence

    edi = folder / fixture.edi
    if not edi.is_file():
        return Effect(mapping=name, fixture=fixture.name, why_not=f"there is no {edi}")
    results = [result for result in sets_of(edi.read_bytes()) if result.content is not None]
    known = rows_of(folder / fixture.crossref if fixture.crossref else None, name, results)
    read: list[Difference] = []
    written: list[Difference] = []
    for result in results:
        if result.content is None:
            continue
        found = consequence(first, second, result.content, known)
        if found.why_not:
            return Effect(mapping=name, fixture=fixture.name, why_not=found.why_not)
        within = f"set {result.ordinal}: " if len(results) > 1 else ""
        read += [each.inside(within) for each in found.read]
        written += [each.inside(within) for each in found.written]
    return Effect(mapping=name, fixture=fixture.name, read=tuple(read[:LONGEST]), written=tuple(written[:LONGEST]))


def _shown(effect: Effect, one: str, other: str) -> Iterator[str]:
    head = f"fixture of {effect.mapping}: {effect.fixture}"
    if effect.why_not:
        yield f"{head}: not looked at: {effect.why_not}"
        return
    if not effect.read and not effect.written:
        yield f"{head}: read and written alike"
        return
    yield head
    for way, differences in (("READ", effect.read), ("WRITTEN FROM THE SAME DOCUMENT", effect.written)):
        table = [(f"{each.within}{each.place}", _cut(each.expected), _cut(each.found)) for each in differences]
        if table:
            yield from (f"  {line}" for line in lines((way, one, other), table))


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def _plain(effect: Effect) -> dict[str, object]:
    said: dict[str, object] = {"mapping": effect.mapping, "fixture": effect.fixture, "why_not": effect.why_not}
    for way, differences in (("read", effect.read), ("written", effect.written)):
        said[way] = [
            {"place": f"{each.within}{each.place}", "was": each.expected, "now": each.found} for each in differences
        ]
    return said
