"""`gateway mapping`: check mappings and their fixtures, try one on a file, see what it resolved to."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.folders import MAPPINGS, Mappings
from gateway.cli.table import as_json, lines
from gateway.errors import GatewayError, NotInOrder, UsageError

# The canonical models take a quarter of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from gateway.flaws import Flaw
    from gateway.mapping.head import Fixture
    from gateway.mapping.library import Library
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
    json_: Json = False,
) -> None:
    """Every mistake of the mappings with its place, and every fixture that reads differently. Exit 1 when any.

    Example: gateway mapping check acme/850@2
    """
    library = _library(mappings)
    failed = False
    flaws = () if targets else library.strays()
    if not library.names() and not flaws and not json_:
        typer.echo(f"no mappings in {mappings} yet", err=True)
    for name, found in [("", flaws), *((name, _flaws(library, name, mappings)) for name in _chosen(library, targets))]:
        failed = failed or bool(found)
        for flaw in found:
            typer.echo(_flaw_json(name, flaw) if json_ else flaw.shown(f"{mappings}/"))
        if name and not found:
            count = len(library.fixtures(name))
            typer.echo(
                as_json({"mapping": name, "fixtures": count}) if json_ else f"{name}: good, {counted(count, 'fixture')}"
            )
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
    cannot be read: accepted, good (it would be delivered), findings, document, problems, keys.

    Example: gateway mapping read acme/850 order.edi
    """
    library = _library(mappings)
    with _places_in(mappings):
        compiled = library.compile(_chosen(library, [mapping])[-1])
    failed, seen = False, 0
    for result in _sets(_bytes(file)):
        seen += 1
        failed = not _print_set(compiled, result, _known(crossref, compiled.name, [result]), json_) or failed
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

    library = _library(mappings)
    with _places_in(mappings):
        compiled = library.compile(_chosen(library, [mapping])[-1])
    version = version or max(compiled.versions)
    if version not in compiled.versions:
        raise UsageError(f"{compiled.name} writes {', '.join(compiled.versions)}, not {version}")
    failed, known = False, _known(crossref, compiled.name)
    for ordinal, document in enumerate(documents(_bytes(file), file), start=1):
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
    library = _library(mappings)
    with _places_in(mappings):
        rows = library.explain(_chosen(library, [mapping])[-1])
    if json_:
        shown = [as_json(row) for row in rows]
    else:
        table = [(row.field, row.read, row.written, row.origin) for row in rows]
        shown = lines(("FIELD", "READ", "WRITTEN", "SAID BY"), table)
    typer.echo("\n".join(shown))


def _library(folder: Path) -> "Library":
    from gateway.mapping.library import SUFFIX, Library
    from gateway.store.authored import read_folder

    return Library(read_folder(folder, (SUFFIX,)))


@contextlib.contextmanager
def _places_in(folder: Path) -> Iterator[None]:
    """Mistakes of a mapping come with a path that can be opened from where the caller stands."""
    from gateway.mapping.diagnosis import MappingError

    try:
        yield
    except MappingError as wrong:
        raise wrong.below(folder) from None


def _chosen(library: "Library", targets: list[str] | None) -> list[str]:
    """Names for what the caller wrote: a version, all versions of a mapping (oldest first), or a file."""
    from gateway.flaws import did_you_mean
    from gateway.mapping.head import name_of

    names = library.names()
    if not targets:
        return list(names)
    chosen: list[str] = []
    for target in targets:
        as_file = name_of("/".join(Path(target).parts[-3:]))
        found = [name for name in names if name in (target, as_file) or name.split("@")[0] == target]
        if not found:
            raise UsageError(f"there is no mapping '{target}'{did_you_mean(target, names)}")
        chosen += [name for name in found if name not in chosen]
    return chosen


def _flaws(library: "Library", name: str, folder: Path) -> "tuple[Flaw, ...]":
    from gateway.flaws import Flaw
    from gateway.mapping.diagnosis import MappingError

    try:
        compiled = library.compile(name)
        fixtures = library.fixtures(name)
    except MappingError as error:
        return error.flaws
    return tuple(
        Flaw(place=fixture.place, code="E180", sentence=f"{fixture.name}: {difference}")
        for fixture in fixtures
        for difference in _differences(compiled, fixture, folder)
    )


def _differences(compiled: "CompiledMapping", fixture: "Fixture", folder: Path) -> tuple[str, ...]:
    from gateway.mapping.fixtures import compare, compare_back

    edi, expected = folder / fixture.edi, folder / fixture.json
    missing = tuple(f"there is no {path}" for path in (edi, expected) if not path.is_file())
    if missing:
        return missing
    results = list(_sets(edi.read_bytes()))
    unread = tuple(
        f"set {result.ordinal} is no set to read: {_findings(result)}" for result in results if not result.content
    )
    wanted = expected.read_text("utf-8")
    try:
        known = _known(folder / fixture.crossref if fixture.crossref else None, compiled.name, results)
    except GatewayError as wrong:
        return tuple(str(wrong).splitlines())
    readings = [compiled.read(result.content, known) for result in results if result.content]
    differences = unread or (() if compiled.direction == "write" else compare(wanted, readings))
    if differences or compiled.direction == "read":
        return differences
    return compare_back(compiled, wanted, results, fixture.round_trip, known)


def _known(file: Path | None, mapping: str, results: "Sequence[SetResult]" = ()) -> "Lookups | None":
    """The rows of a file, for the day of the first set; None without a file."""
    if file is None:
        return None
    from gateway.cli.mapping_rows import lookups

    return lookups(file, mapping, next((result.content for result in results if result.content), None))


def _sets(content: bytes) -> "Iterator[SetResult]":
    from gateway.x12.interchange import SetResult
    from gateway.x12.read import examine

    return (event for event in examine(content) if isinstance(event, SetResult))


def _bytes(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error


def _print_set(compiled: "CompiledMapping", result: "SetResult", known: "Lookups | None", json_: bool) -> bool:
    """Print one set; False when it would not be delivered."""
    reading = None if result.content is None else compiled.read(result.content, known)
    good = reading is not None and result.status != "R" and reading.effect in {None, "warn"}
    if json_:
        typer.echo(_set_json(result, reading, good=good))
    else:
        _print_text(result, reading)
    return good


def _print_text(result: "SetResult", reading: "Reading | None") -> None:
    from gateway.mapping.to_canonical import dumps
    from gateway.mapping.unsaid import unsaid

    if reading is None:
        typer.echo(f"set {result.ordinal}: not readable: {_findings(result)}", err=True)
        return
    typer.echo(dumps(reading.document, indent=2))
    if result.status == "R":
        typer.echo(f"set {result.ordinal}: rejected by its own checks: {_findings(result)}", err=True)
    for problem in unsaid(reading.problems, result.findings):
        where = f" (segment {problem.position})" if problem.position else ""
        said = f"{problem.effect}: {problem.field}: {problem.message}{where} [{problem.code}]"
        typer.echo(f"set {result.ordinal}: {said}", err=True)


def _set_json(result: "SetResult", reading: "Reading | None", *, good: bool) -> str:
    """All there is to say of one set: a program reads nothing else. No document when it could not be read."""
    from gateway.cli.x12_listing import plain_findings
    from gateway.mapping.to_canonical import dumps

    number = {"ordinal": result.ordinal, "set": result.header.id, "number": result.header.control_number}
    judged = {"accepted": result.status != "R", "good": good, "findings": plain_findings(result.findings)}
    if reading is None:
        return dumps({**number, **judged, "document": None, "problems": []})
    keys = {"search": reading.search, "thread": reading.thread, "business_number": reading.business_number}
    problems = [{name: getattr(problem, name) for name in problem.__dataclass_fields__} for problem in reading.problems]
    return dumps({**number, **judged, "document": reading.document, "problems": problems, **keys})


def _findings(result: "SetResult") -> str:
    return "; ".join(finding.message for finding in result.findings[:5]) or "no reason found"


def _flaw_json(name: str, flaw: "Flaw") -> str:
    place = flaw.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return as_json({"mapping": name, **where, "code": flaw.code, "sentence": flaw.sentence})
