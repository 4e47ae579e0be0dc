"""`gateway partner`: check partner files, list what they say, and tell why a file finds the agreement it finds."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.folders import MAPPINGS, PARTNERS, Mappings, Partners
from gateway.cli.table import as_json, lines, printable
from gateway.errors import NotInOrder, UsageError

# Forms take a tenth of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from gateway.flaws import Flaw
    from gateway.partners.book import Book
    from gateway.partners.trace import Trace
    from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader

app = typer.Typer(help="Check partner files, and ask them. Needs no database.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def check(partners: Partners = PARTNERS, mappings: Mappings = MAPPINGS, json_: Json = False) -> None:
    """Every mistake of the partner files with its place. Exit 1 when any.

    Example: gateway partner check --partners partners
    """
    from gateway.partners.problems import PartnerFilesError

    try:
        book = _book(partners, mappings)
    except PartnerFilesError as error:
        for flaw in error.flaws:
            shown = flaw.shown(f"{partners}/").split("\n")
            typer.echo(_flaw_json(flaw) if json_ else "\n".join(map(printable, shown)))
        raise typer.Exit(1) from None
    counts = {
        "partners": len(book.partners),
        "agreements": len({agreement.id for agreement in book.agreements}),
        "channels": len(book.channels),
        "destinations": len(book.destinations),
    }
    said = ", ".join(counted(count, name.removesuffix("s")) for name, count in counts.items())
    typer.echo(as_json({**counts, "revision": book.revision}) if json_ else f"good: {said}")


@app.command(name="list")
def list_(partners: Partners = PARTNERS, json_: Json = False) -> None:
    """Every agreement: with whom, about what, by which channels, where to.

    Example: gateway partner list --json
    """
    book = _book(partners, None)
    rows = [
        {
            "agreement": agreement.id,
            "identity": agreement.identity,
            "set": agreement.set_id,
            "versions": " ".join(sorted(agreement.scope.versions)),
            "usage": agreement.usage,
            "mapping": agreement.mapping,
            "channels": " ".join(sorted(agreement.scope.channels) or _carrying(book, agreement.partner)),
            "destination": agreement.destination,
            "test_destination": agreement.test_destination,
            "owner": agreement.owner,
        }
        for agreement in book.agreements
    ]
    if not rows:
        if not json_:
            typer.echo("no agreements yet", err=True)
        return
    if json_:
        shown = [as_json(row) for row in rows]
    else:
        headers = ("AGREEMENT", "FOR", "SET", "VERSIONS", "USAGE", "MAPPING", "CHANNELS", "TO", "TESTS TO", "OWNER")
        shown = lines(headers, [tuple(row.values()) for row in rows])
    typer.echo("\n".join(shown))


@app.command()
def why(
    file: Annotated[str, typer.Argument(help="An X12 file, - for standard input.")],
    channel: Annotated[str | None, typer.Option("--channel", help="The channel it comes in by.")] = None,
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    json_: Json = False,
) -> None:
    """Which agreement every set of a file finds, and why. Exit 1 when one finds none.

    Example: gateway partner why edi_samples/acme/850-004010/plain/in.edi --channel acme-sftp
    """
    from gateway.flaws import did_you_mean
    from gateway.partners.book import NoAgreement
    from gateway.partners.trace import why as trace_of

    book = _book(partners, mappings)
    if channel is not None and channel not in book.channels:
        raise UsageError(f"there is no channel '{channel}'{did_you_mean(channel, book.channels)}")
    failed, seen = False, 0
    for header, group, transaction in _sets(_pieces(file)):
        seen += 1
        trace = trace_of(book, channel, header, group, transaction)
        failed = failed or isinstance(trace.found, NoAgreement)
        number = "/".join((header.control_number, group.control_number, transaction.control_number))
        typer.echo(_trace_json(number, trace) if json_ else _trace_text(number, trace))
    if not seen:
        raise NotInOrder(f"{file}: no transaction set in it; `gateway x12 check` says why")
    if failed:
        raise typer.Exit(1)


def _book(partners: Path, mappings: Path | None) -> "Book":
    from gateway.partners.authored import SUFFIXES
    from gateway.partners.book import load
    from gateway.partners.problems import PartnerFilesError
    from gateway.store.authored import read_folder

    try:
        return load(read_folder(partners, SUFFIXES), mappings=None if mappings is None else _names(mappings))
    except PartnerFilesError as wrong:
        raise wrong.below(partners) from None


def _names(folder: Path) -> tuple[str, ...]:
    """The mappings there are, by their file names: whether they are good is for `gateway mapping check`."""
    from gateway.mapping.head import name_of

    found = (name_of(path.relative_to(folder).as_posix()) for path in sorted(folder.glob("*/*/*.map.yaml")))
    return tuple(name for name in found if name)


def _carrying(book: "Book", partner: str) -> list[str]:
    return [name for name, channel in book.channels.items() if partner in channel.carries]


def _sets(content: Iterable[bytes]) -> "Iterator[tuple[InterchangeHeader, GroupHeader, SetHeader]]":
    """The three headers of every set, in order; sets that cannot be read have headers too."""
    from gateway.x12.interchange import GroupResult, InterchangeHeader
    from gateway.x12.read import examine

    header: InterchangeHeader | None = None
    for event in examine(content):
        if isinstance(event, InterchangeHeader):
            header = event
        elif isinstance(event, GroupResult) and header is not None:
            for result in event.sets:
                yield header, event.header, result.header


def _pieces(file: str) -> Iterator[bytes]:
    """The content of a file a megabyte at a time: how large it is makes no difference."""
    if file == "-":
        yield from iter(lambda: sys.stdin.buffer.read(1 << 20), b"")
        return
    try:
        with Path(file).open("rb") as source:
            yield from iter(lambda: source.read(1 << 20), b"")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error


def _trace_text(number: str, trace: "Trace") -> str:
    return "\n".join([f"{printable(number)}", *(f"  {printable(line)}" for line in trace.lines)])


def _trace_json(number: str, trace: "Trace") -> str:
    from gateway.partners.book import NoAgreement

    found = trace.found
    agreement = "" if isinstance(found, NoAgreement) else found.id
    reason = found.reason if isinstance(found, NoAgreement) else ""
    row = {"set": number, "channel": trace.channel, "agreement": agreement, "reason": reason}
    return as_json({**row, "trace": [line.strip() for line in trace.lines]})


def _flaw_json(flaw: "Flaw") -> str:
    place = flaw.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return as_json({**where, "code": flaw.code, "sentence": flaw.sentence})
