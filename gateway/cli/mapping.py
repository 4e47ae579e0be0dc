"""`gateway mapping`: check mappings and their fixtures, try one on a file, see what it resolved to."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.folders import MAPPINGS, Mappings
from gateway.cli.mapping_book import (
    chosen,
    content_of,
    findings_of,
    flaws_of,
    flaws_of_guides,
    library_in,
    places_in,
    rows_of,
    sets_of,
    warnings_in,
)
from gateway.cli.mapping_diff import diff
from gateway.cli.mapping_release import release
from gateway.cli.mapping_test import test
from gateway.cli.table import as_json, lines, printable
from gateway.errors import NotInOrder, UsageError

# The canonical models take a quarter of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.flaws import Flaw
    from gateway.mapping.references import Lookups
    from gateway.mapping.to_canonical import CompiledMapping, Reading
    from gateway.x12.interchange import SetResult

app = typer.Typer(help="Check mappings, and try them on files. Needs no database.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Rows = Annotated[
    Path | None, typer.Option("--crossref", metavar="FILE.csv", help="Rows for what the mapping looks up.")
]


@app.command()
def check(
    targets: Annotated[list[str] | None, typer.Argument(help="acme/850@2, acme/850 or a file; all by default.")] = None,
    mappings: Mappings = MAPPINGS,
    partners: Annotated[
        Path | None,
        typer.Option(
            envvar="GATEWAY_PARTNERS_DIR", help="Partner files with their guides; beside the mappings if any."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as mistakes: exit 1.")] = False,
    json_: Json = False,
) -> None:
    """Every mistake of the mappings with its place, and every fixture that reads differently. Exit 1 when any.

    Fields that no fixture has are a warning (W180), once per mapping. What partner guides have against a mapping that
    an agreement names is told as by `gateway partner check` (P028, P029).

    Example: gateway mapping check acme/850@2
    """
    from gateway.partners.problems import of_a_mapping

    library = library_in(mappings)
    failed = False
    flaws = () if targets else (*library.strays(), *library.lock_flaws())
    if not library.names() and not flaws and not json_:
        typer.echo(f"no mappings in {mappings} yet", err=True)
    for name, found in [("", flaws), *((name, flaws_of(library, name, mappings)) for name in chosen(library, targets))]:
        failed = failed or bool(found)
        for flaw in found:
            typer.echo(_flaw_json(name, flaw) if json_ else _flaw_text(flaw, mappings))
        if name and not found:
            warnings = warnings_in(library, name, mappings)
            failed = failed or bool(strict and warnings)
            count = len(library.fixtures(name))
            typer.echo(
                as_json({"mapping": name, "fixtures": count}) if json_ else f"{name}: good, {counted(count, 'fixture')}"
            )
            for flaw in warnings:
                typer.echo(_flaw_json(name, flaw) if json_ else _flaw_text(flaw, mappings))
    guides = partners or mappings.parent / "partners"
    for flaw in flaws_of_guides(library, guides, chosen(library, targets)):
        failed = failed or strict or flaw.code == "P028"
        typer.echo(_flaw_json("", flaw) if json_ else _flaw_text(flaw, mappings if of_a_mapping(flaw) else guides))
    if failed:
        raise typer.Exit(1)


@app.command()
def read(
    mapping: Annotated[str, typer.Argument(help="Which mapping, acme/850@2 (acme/850 is its newest version).")],
    file: Annotated[str, typer.Argument(help="An X12 file, - for standard input.")],
    mappings: Mappings = MAPPINGS,
    json_: Json = False,
    crossref: Rows = None,
) -> None:
    """The canonical JSON of every set in a file on standard output, problems on standard error.

    Exit 1 when a document would be refused or held. With --json one line a set, also of a set that is rejected or
    cannot be read: accepted, good (it would be delivered), findings, document, parts, problems, keys. Parts are the
    places that `split:` finds in it, each a document of its own to our systems.

    Example: gateway mapping read acme/850 order.edi
    """
    library = library_in(mappings)
    with places_in(mappings):
        compiled = library.compile(chosen(library, [mapping])[-1])
    failed, seen = False, 0
    for result in sets_of(content_of(file)):
        seen += 1
        failed = not _print_set(compiled, result, rows_of(crossref, compiled.name, [result]), json_) or failed
    if not seen:
        raise NotInOrder(f"{file}: no transaction set in it; `gateway x12 check` says why")
    if failed:
        raise typer.Exit(1)


@app.command()
def write(
    mapping: Annotated[str, typer.Argument(help="Which mapping, acme/850@2 (acme/850 is its newest version).")],
    file: Annotated[str, typer.Argument(help="Canonical JSON: one document or a list; - for standard input.")],
    version: Annotated[str, typer.Option(metavar="004010", help="X12 version; the mapping's newest by default.")] = "",
    mappings: Mappings = MAPPINGS,
    json_: Json = False,
    crossref: Rows = None,
) -> None:
    """The X12 of a canonical document, a segment a line, control numbers made up; problems on standard error.

    What is written is checked as what arrives is. Exit 1 when a document would be refused or held.

    Example: gateway mapping write acme/850 order.json --version 004010
    """
    from gateway.cli.mapping_write import documents, print_written

    library = library_in(mappings)
    with places_in(mappings):
        compiled = library.compile(chosen(library, [mapping])[-1])
    version = version or max(compiled.versions)
    if version not in compiled.versions:
        raise UsageError(f"{compiled.name} writes {', '.join(compiled.versions)}, not {version}")
    failed, known = False, rows_of(crossref, compiled.name)
    for ordinal, document in enumerate(documents(content_of(file), file), start=1):
        failed = not print_written(compiled, document, version, ordinal, known, as_line=json_) or failed
    if failed:
        raise typer.Exit(1)


@app.command()
def explain(
    mapping: Annotated[str, typer.Argument(help="Which mapping, acme/850@2 (acme/850 is its newest version).")],
    mappings: Mappings = MAPPINGS,
    json_: Json = False,
) -> None:
    """Every field of a mapping with all it extends: how it is read, how it is written, and which file and line says so.

    Example: gateway mapping explain acme/850
    """
    library = library_in(mappings)
    with places_in(mappings):
        rows = library.explain(chosen(library, [mapping])[-1])
    if json_:
        shown = [as_json(row) for row in rows]
    else:
        table = [(row.field, row.read, row.written, row.origin) for row in rows]
        shown = lines(("FIELD", "READ", "WRITTEN", "SAID BY"), table)
    typer.echo("\n".join(shown))


for command in (test, diff, release):
    app.command()(command)


def _print_set(compiled: "CompiledMapping", result: "SetResult", known: "Lookups | None", json_: bool) -> bool:
    """Print one set; False when it would not be delivered."""
    reading = None if result.content is None else compiled.read(result.content, known)
    places: list[str] = []
    if reading is not None:
        parts = compiled.parts(reading)
        reading = replace(reading, problems=parts[0].problems)
        places = [str(part["key"]) for one in parts if isinstance(part := one.document.get("part"), dict)]
    good = reading is not None and result.status != "R" and reading.effect in {None, "warn"}
    if json_:
        typer.echo(_set_json(result, reading, places, good=good))
    else:
        _print_text(result, reading, places)
    return good


def _print_text(result: "SetResult", reading: "Reading | None", places: "Sequence[str]") -> None:
    from gateway.mapping.to_canonical import dumps
    from gateway.mapping.unsaid import unsaid

    if reading is None:
        typer.echo(f"set {result.ordinal}: not readable: {findings_of(result)}", err=True)
        return
    typer.echo(dumps(reading.document, indent=2))
    if places:
        typer.echo(f"set {result.ordinal}: {counted(len(places), 'document')}, for {', '.join(places)}", err=True)
    if result.status == "R":
        typer.echo(f"set {result.ordinal}: rejected by its own checks: {findings_of(result)}", err=True)
    for problem in unsaid(reading.problems, result.findings):
        where = f" (segment {problem.position})" if problem.position else ""
        said = f"{problem.effect}: {problem.field}: {problem.message}{where} [{problem.code}]"
        typer.echo(f"set {result.ordinal}: {said}", err=True)


def _set_json(result: "SetResult", reading: "Reading | None", places: "Sequence[str]", *, good: bool) -> str:
    """All there is to say of one set: a program reads nothing else. No document when it could not be read."""
    from gateway.cli.x12_listing import plain_findings
    from gateway.mapping.to_canonical import dumps

    number = {"ordinal": result.ordinal, "set": result.header.id, "number": result.header.control_number}
    judged = {"accepted": result.status != "R", "good": good, "findings": plain_findings(result.findings)}
    if reading is None:
        return dumps({**number, **judged, "document": None, "problems": []})
    keys = {"search": reading.search, "thread": reading.thread, "business_number": reading.business_number}
    problems = [{name: getattr(problem, name) for name in problem.__dataclass_fields__} for problem in reading.problems]
    return dumps({**number, **judged, "document": reading.document, "parts": places, "problems": problems, **keys})


def _flaw_text(flaw: "Flaw", mappings: Path) -> str:
    return "\n".join(map(printable, flaw.shown(f"{mappings}/").split("\n")))


def _flaw_json(name: str, flaw: "Flaw") -> str:
    place = flaw.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return as_json({"mapping": name, **where, "code": flaw.code, "sentence": flaw.sentence})
