"""`gateway x12 explain`: a file laid out for somebody who never saw EDI: on the terminal, as a page, as JSON."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gateway.cli.table import as_json
from gateway.cli.x12_source import STANDARD_INPUT, blocks_of
from gateway.cli.x12_terms import PARTNERS, Partner, Partners, agreed_with
from gateway.errors import UsageError

if TYPE_CHECKING:
    from gateway.cli.x12_explain_choice import Choice
    from gateway.cli.x12_explain_look import Look
    from gateway.x12.explained import Part

WIDEST = 120
"""Columns used at most: nobody reads longer lines well."""

NARROWEST = 60

PIPED = 100
"""Columns where there is no terminal."""

SPOOLED_BYTES = 8 << 20
"""Bytes of a page kept in memory until its index is known; more go to a temporary file."""


def explain(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 file; - is standard input.")],
    set_: Annotated[
        int | None, typer.Option("--set", metavar="N", min=1, help="Only the Nth transaction set of the file.")
    ] = None,
    only_findings: Annotated[
        bool, typer.Option("--only-findings", help="Only sets and segments that something was found in.")
    ] = False,
    html: Annotated[bool, typer.Option("--html", help="A page for a browser, complete in itself.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per segment, set and envelope.")] = False,
    partner: Partner = "",
    partners: Partners = PARTNERS,
) -> None:
    """Lay an X12 file out in plain words, findings in place.

    Every segment and element is shown with its name and meaning.

    Exit 1 when anything is rejected or noted as an error; warnings alone are exit 0. The whole file is judged, whatever
    part of it is shown. With --partner it is judged, and answered, by what was agreed with that partner, else by the
    standard.

    Example: gateway x12 explain orders.edi --html > orders.html
    """
    from gateway.cli.x12_explain_choice import Choice
    from gateway.x12.explain import explain as explained

    if html and json_:
        raise UsageError("--html or --json, not both")
    choice = Choice(set_, only_findings=only_findings)
    terms, answering = agreed_with(partner, partners)
    parts = choice.chosen(explained(blocks_of(file), terms, answering=answering))
    _encodable(sys.stdout, "utf-8" if html or json_ else "")
    if json_:
        from gateway.cli.x12_explain_json import objects

        _write(_line(one) for part in parts for one in objects(part, only_findings=only_findings))
    elif html:
        _write_page(file, parts, only_findings=only_findings, agreed=bool(partner))
    else:
        _write_text(parts, choice, only_findings=only_findings)
    if set_ is not None and not choice.found:
        raise UsageError(f"{file}: there is no set {set_}: the file has {choice.sets}")
    if choice.faulty:
        raise typer.Exit(1)


def _write_text(parts: "Iterator[Part]", choice: "Choice", *, only_findings: bool) -> None:
    from gateway.cli.x12_explain_text import TextListing

    listing = TextListing(_look(sys.stdout), only_findings=only_findings)
    _write(line for part in parts for line in listing.lines(part))
    _write(listing.ending(choice))


def _write_page(file: str, parts: "Iterator[Part]", *, only_findings: bool, agreed: bool) -> None:
    """The body first, to a place of its own: what stands at the top of the page is known when all was read."""
    from gateway.cli.x12_explain_page import Page

    page = Page("standard input" if file == STANDARD_INPUT else file, only_findings=only_findings, agreed=agreed)
    with SpooledTemporaryFile(max_size=SPOOLED_BYTES, mode="w+", encoding="utf-8", newline="") as body:
        for part in parts:
            body.writelines(page.pieces(part))
        body.seek(0)
        sys.stdout.write(page.head())
        shutil.copyfileobj(body, sys.stdout)
        sys.stdout.write(page.foot())
    sys.stdout.flush()


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(plain: dict[str, object]) -> str:
    """An object on a line; what a terminal might obey, or a reader not see, is escaped."""
    line = as_json(plain)
    return line if line.isprintable() else json.dumps(plain)


def _look(out: TextIO) -> "Look":
    """Colour for a terminal that wants it (no NO_COLOR, https://no-color.org), signs as far as its encoding goes."""
    from gateway.cli.x12_explain_look import Look

    terminal = out.isatty()
    width = shutil.get_terminal_size((PIPED, 24)).columns if terminal or "COLUMNS" in os.environ else PIPED
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    plain = (out.encoding or "ascii").lower().replace("-", "") not in ("utf8", "utf8sig")
    return Look(width=max(NARROWEST, min(width, WIDEST)), colour=colour, plain=plain)


def _encodable(out: TextIO, encoding: str) -> None:
    """Have what the output cannot encode written as an escape, or all of it in `encoding`."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(encoding=encoding or None, errors="backslashreplace")
