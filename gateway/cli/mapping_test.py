"""`gateway mapping test`: what every fixture of a mapping gives, both ways."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.folders import MAPPINGS, Mappings
from gateway.cli.mapping_book import Outcome, chosen, library_in, outcomes, places_in
from gateway.cli.table import as_json, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.mapping.differences import Difference


def test(
    targets: Annotated[list[str] | None, typer.Argument(help="acme/850@2, acme/850 or a file; all by default.")] = None,
    mappings: Mappings = MAPPINGS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Every fixture both ways: its file is read and compared with its JSON, that is written and compared with the file.

    Exit 1 when any differs. With --json one line a fixture: what was compared, and each difference with what was
    expected and found.

    Example: gateway mapping test acme/850@2
    """
    library = library_in(mappings)
    names = chosen(library, targets)
    found: list[tuple[str, Outcome]] = []
    for name in names:
        with places_in(mappings):
            found += [(name, outcome) for outcome in outcomes(library, name, mappings)]
    for name, outcome in found:
        typer.echo(_as_line(name, outcome) if json_ else "\n".join(_shown(name, outcome)))
    failed = sum(bool(outcome.differences) for _, outcome in found)
    if not json_:
        typer.echo(
            f"{counted(len(names), 'mapping')}, {counted(len(found), 'fixture')}: "
            + (f"{failed} differ" if failed else "all as expected")
        )
    if failed:
        raise typer.Exit(1)


def _shown(name: str, outcome: Outcome) -> "Iterator[str]":
    fixture = outcome.fixture
    edi, json = fixture.edi.rpartition("/")[2], fixture.json.rpartition("/")[2]
    yield f"{name}: {fixture.name}"
    back = f"{json} written, as {edi}" if fixture.round_trip == "exact" else f"{json} written, and read again"
    rows = [
        (f"{edi} read, as {json}", _result(outcome.read, outcome.unread, counted(outcome.sets, "set"))),
        (back, _result(outcome.written, outcome.unwritten, fixture.round_trip)),
    ]
    yield from (f"  {line}" for line in lines(("COMPARED", "RESULT"), rows))
    if outcome.differences:
        table = [_row(difference) for difference in outcome.differences]
        yield from (f"    {line}" for line in lines(("AT", "EXPECTED", "FOUND"), table))


def _result(differences: "tuple[Difference, ...] | None", why_not: str, how: str) -> str:
    if differences is None:
        return f"not compared: {why_not}"
    return counted(len(differences), "difference") if differences else f"equal ({how})"


def _row(difference: "Difference") -> tuple[str, str, str]:
    if difference.expected or difference.found:
        return f"{difference.within}{difference.place}", difference.expected, difference.found
    return str(difference), "", ""


def _as_line(name: str, outcome: Outcome) -> str:
    fixture = outcome.fixture
    return as_json(
        {
            "mapping": name,
            "fixture": fixture.name,
            "edi": fixture.edi,
            "json": fixture.json,
            "sets": outcome.sets,
            "good": not outcome.differences,
            "read": _way(outcome.read, outcome.unread),
            "written": {"round_trip": fixture.round_trip, **_way(outcome.written, outcome.unwritten)},
        }
    )


def _way(differences: "tuple[Difference, ...] | None", why_not: str) -> dict[str, object]:
    compared = differences is not None
    shown = [
        {"said": str(each), "place": each.place, "expected": each.expected, "found": each.found}
        for each in differences or ()
    ]
    return {"compared": compared, "why_not": why_not, "differences": shown}
