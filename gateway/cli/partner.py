"""`gateway partner`: write partner files, check them, list what they say, and tell which agreement a file finds."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.words import counted
from gateway.cli import partner_certificate
from gateway.cli.folders import MAPPINGS, PARTNERS, Mappings, Partners
from gateway.cli.partner_book import book_in, headers_in
from gateway.cli.partner_new import new
from gateway.cli.partner_show import list_, show
from gateway.cli.table import as_json, printable
from gateway.errors import NotInOrder, UsageError

# Forms take a tenth of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.flaws import Flaw
    from gateway.partners.trace import Trace

app = typer.Typer(help="Write partner files, check them, and ask them. Needs no database.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def check(
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as mistakes: exit 1.")] = False,
    json_: Json = False,
) -> None:
    """Every mistake of the partner files with its place. Exit 1 when any.

    Where a mapping and a partner guide do not go together for some documents is a warning (P029), and where the files
    of two agreements could have one name (P034).

    Example: gateway partner check --partners partners
    """
    from gateway.partners.problems import PartnerFilesError, of_a_mapping

    def tell(flaws: "Sequence[Flaw]") -> None:
        for flaw in flaws:
            shown = flaw.shown(f"{mappings if of_a_mapping(flaw) else partners}/").split("\n")
            typer.echo(_flaw_json(flaw) if json_ else "\n".join(map(printable, shown)))

    try:
        book = book_in(partners, mappings, in_full=True)
    except PartnerFilesError as error:
        tell((*error.flaws, *error.doubts))
        raise typer.Exit(1) from None
    counts = {
        "partners": len(book.partners),
        "agreements": len({one.id for one in book.agreements} | {one.id for one in book.outbounds}),
        "channels": len(book.channels),
        "destinations": len(book.destinations),
        "intakes": len(book.intakes),
    }
    said = ", ".join(counted(count, name.removesuffix("s")) for name, count in counts.items())
    typer.echo(as_json({**counts, "revision": book.revision}) if json_ else f"good: {said}")
    tell(book.doubts)
    if strict and book.doubts:
        raise typer.Exit(1)


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

    book = book_in(partners, mappings)
    if channel is not None and channel not in book.channels:
        raise UsageError(f"there is no channel '{channel}'{did_you_mean(channel, book.channels)}")
    failed, seen = False, 0
    for header, group, transaction in headers_in(file):
        seen += 1
        trace = trace_of(book, channel, header, group, transaction)
        failed = failed or isinstance(trace.found, NoAgreement)
        number = "/".join((header.control_number, group.control_number, transaction.control_number))
        typer.echo(_trace_json(number, trace) if json_ else _trace_text(number, trace))
    if not seen:
        raise NotInOrder(f"{file}: no transaction set in it; `gateway x12 check` says why")
    if failed:
        raise typer.Exit(1)


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


app.command(name="list")(list_)
app.command()(show)
app.command()(new)
app.add_typer(partner_certificate.app, name="certificate")
