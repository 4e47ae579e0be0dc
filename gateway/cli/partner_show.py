"""`gateway partner list` and `gateway partner show`: what was agreed with whom, and which file and line says so."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.folders import PARTNERS, Partners
from gateway.cli.partner_book import book_in, known_partner
from gateway.cli.table import as_json, lines

if TYPE_CHECKING:
    from gateway.partners.book import Book
    from gateway.partners.resolved import Fact, Section

Row = dict[str, str]
_COLUMNS = {
    "agreement": "AGREEMENT",
    "direction": "DIRECTION",
    "set": "SET",
    "versions": "VERSIONS",
    "usage": "USAGE",
    "mapping": "MAPPING",
    "guide": "GUIDE",
    "channels": "CHANNELS",
    "identity": "OURS",
    "destination": "TO",
    "test_destination": "TESTS TO",
    "owner": "OWNER",
}
_LONGEST_VALUE = 48


def list_(
    partners: Partners = PARTNERS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Every partner with its agreements both ways: mapping, guide, channels, where to.

    Example: gateway partner list --json
    """
    book = book_in(partners, None)
    rows = [row for partner in book.partners for row in _rows(book, partner)]
    if not rows:
        if not json_:
            typer.echo("no partners yet", err=True)
        return
    shown = [as_json(row) for row in rows]
    if not json_:
        shown = lines(list(_COLUMNS.values()), [[row[key] or "-" for key in _COLUMNS] for row in rows])
    typer.echo("\n".join(shown))


def _rows(book: "Book", partner: str) -> list[Row]:
    """A row for each agreement; a partner without any has one that says so."""
    empty = {"partner": partner, **dict.fromkeys(_COLUMNS, ""), "owner": book.partners[partner].owner}
    carrying = " ".join(name for name, channel in book.channels.items() if partner in channel.carries)
    rows = [*_inbound(book, partner, carrying), *_outbound(book, partner)]
    return [{**empty, **row} for row in rows] or [{**empty, "agreement": f"{partner}/", "channels": carrying}]


def _inbound(book: "Book", partner: str, carrying: str) -> Iterator[Row]:
    for one in book.agreements:
        if one.partner == partner:
            yield {
                "agreement": one.id,
                "direction": "inbound",
                "set": one.set_id,
                "versions": " ".join(sorted(one.scope.versions)),
                "usage": one.usage,
                "mapping": one.mapping,
                "guide": one.guide,
                "channels": " ".join(sorted(one.scope.channels)) or carrying,
                "identity": one.identity,
                "destination": one.destination,
                "test_destination": one.test_destination,
                "owner": one.owner,
            }


def _outbound(book: "Book", partner: str) -> Iterator[Row]:
    for one in book.outbounds:
        if one.partner == partner:
            yield {
                "agreement": one.id,
                "direction": "outbound",
                "set": one.set_id,
                "versions": one.version,
                "usage": one.usage,
                "mapping": one.mapping,
                "guide": one.guide,
                "channels": one.channel,
                "identity": one.identity,
                "owner": one.owner,
            }


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The partner's id.")],
    partners: Partners = PARTNERS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object for each part, one a line.")] = False,
) -> None:
    """Everything about a partner as it is in force: every value, and the file and line that says so.

    Its ids, the channels that carry it, the systems of ours that may send to it, its agreements both ways.

    Example: gateway partner show acme
    """
    from gateway.partners.resolved import resolved

    book = book_in(partners, None)
    sections = resolved(book, known_partner(book, name))
    shown = [as_json(_object(section)) for section in sections]
    typer.echo("\n".join(shown) if json_ else "\n\n".join(_text(section) for section in sections))


def _object(section: "Section") -> dict[str, object]:
    facts = {fact.key: {"value": fact.value, "said_by": fact.origin} for fact in section.facts}
    return {"kind": section.kind, "id": section.id, "facts": facts}


def _text(section: "Section") -> str:
    rows = [("  " + fact.key, _value(fact), fact.origin) for fact in section.facts]
    return "\n".join([section.heading, *lines(("", "", ""), rows)[1:]])


def _value(fact: "Fact") -> str:
    text = _said(fact.value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(_said(one) for one in value) or "none"
    return "none" if value is None else str(value)
