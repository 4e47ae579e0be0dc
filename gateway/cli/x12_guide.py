"""`gateway x12 guide`: what may stand in a transaction set, as the standard or a partner has it, to read or to send."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.x12_terms import PARTNERS, Partner, Partners, book_of, sent
from gateway.errors import MachineError, UsageError
from gateway.flaws import did_you_mean
from gateway.x12.guide import Guide, load, nearest, release_of, releases

if TYPE_CHECKING:
    from gateway.partners.agreement import Agreement
    from gateway.partners.book import Book
    from gateway.partners.outbound import OutboundAgreement
    from gateway.x12.sheet import Sheet


def guide(
    set_id: Annotated[str, typer.Argument(metavar="SET", help="The transaction set, like 850.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As in GS08, like 004010 or 004010VICS.")],
    partner: Partner = "",
    partners: Partners = PARTNERS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    html: Annotated[bool, typer.Option("--html", help="One page that needs nothing else, to send or print.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Print what may stand in a transaction set, in plain words.

    Loops, segments, elements and codes, each with its name. With --partner as that partner uses it: what it asks for
    beyond the standard is worked in and marked.

    Example: gateway x12 guide 850 005010 --partner bolt --html --out bolt-850.html
    """
    if json_ and html:
        raise UsageError("--json and --html are two ways of printing: choose one")
    laid_out = _sheet(set_id, version, partner, partners, quiet=json_)
    text = _shown(laid_out, json_=json_, html=html)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"--out {out}: {error.strerror}") from error
    except OSError as error:
        raise MachineError(f"{out}: {error.strerror or error}") from error
    if not json_:
        typer.echo(f"{out}: {laid_out.title} {laid_out.set_id} in {laid_out.release}", err=True)


def _sheet(set_id: str, version: str, partner: str, folder: Path, *, quiet: bool) -> "Sheet":
    from gateway.x12.sheet import sheet

    if not partner:
        return sheet(_guide(set_id, version))
    book = book_of(partner, folder)
    agreement = _agreement(book, partner, set_id, version)
    asked = agreement.terms.guide
    standard = asked.guide if asked is not None else _guide(set_id, _readable(version, agreement))
    if asked is None and not quiet:
        typer.echo(f"{agreement.id} names no partner guide: this is the standard's", err=True)
    laid_out = sheet(standard, asked, agreement.terms.extra_codes)
    return replace(laid_out, partner=laid_out.partner or book.partners[partner].name)


def _readable(version: str, agreement: "Agreement | OutboundAgreement") -> str:
    """The version, or the release that stands in for it where that was agreed on."""
    stand_in = nearest(version) if agreement.terms.nearest else None
    return version if stand_in is None else stand_in.id


def _agreement(book: "Book", partner: str, set_id: str, version: str) -> "Agreement | OutboundAgreement":
    """The agreement about a set that comes in or goes out, one with a guide of the partner's own before others. Raises
    UsageError.
    """
    candidates = book.candidates(partner, set_id)
    for agreement in sorted(candidates, key=lambda one: one.terms.guide is None):
        if agreement.scope.covers(version):
            return agreement
    outbound = sent(book, partner, set_id, version)
    if outbound is not None:
        return outbound
    raise UsageError(f"nothing is agreed with {partner} about {set_id} in {version}: see `gateway partner list`")


def _guide(set_id: str, version: str) -> Guide:
    found = load(set_id, version)
    if found is not None:
        return found
    release = release_of(version)
    if release is None:
        hint = did_you_mean(version, releases())
        raise UsageError(f"there are no guides for version {version[:20]!r}: {' and '.join(releases())}{hint}")
    sets = sorted(known for known in release.groups if load(known, release.id) is not None)
    raise UsageError(f"there is no guide for {set_id[:20]!r} in {release.id}: {', '.join(sets)}")


def _shown(laid_out: "Sheet", *, json_: bool, html: bool) -> str:
    if json_:
        return json.dumps(asdict(laid_out), ensure_ascii=False) + "\n"
    if html:
        from gateway.cli.x12_guide_page import page

        return page(laid_out)
    from gateway.cli.x12_guide_text import lines

    return "\n".join(lines(laid_out)) + "\n"
