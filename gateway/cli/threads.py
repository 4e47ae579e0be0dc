"""`gateway threads`: the life of a purchase order, and which orders have something to come."""

from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.app.exchanged import order_threads
from gateway.app.memory import open_memory
from gateway.cli.formats import Format, shown
from gateway.cli.table import as_json, printable
from gateway.errors import UsageError
from gateway.pipeline.order_threads import MOST, OrderThread, Wanted, life_sheet, lines_sheet, list_sheet
from gateway.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The life of purchase orders, from the order to the payment.")
KINDS = ("customer", "supplier", "warehouse", "transfer")

Usage = Annotated[str, typer.Option("--usage", metavar="P|T", help="P: production (default); T: tests.")]
Form = Annotated[Format, typer.Option("--format", help="table, json or csv.")]
Json = Annotated[bool, typer.Option("--json", help="The same as --format json.")]


@app.command()
def show(
    number: Annotated[str, typer.Argument(metavar="PO", help="The order number, as the buyer gave it.")],
    partner: Annotated[str, typer.Option(help="Only with this partner.")] = "",
    usage: Usage = "P",
    lines: Annotated[bool, typer.Option("--lines", help="Only the ledger line by line.")] = False,
    format_: Form = "table",
    json_: Json = False,
) -> None:
    """The whole life of an order: what passed, how it stands, what is still owed, what is out of order, line by line.

    Exit 1 when something is flagged or past its deadline.

    Example: gateway threads show 4500017311 --partner acme
    """
    _check(usage)
    with open_memory(Settings()) as memory:
        threads = order_threads(memory).threads(number, partner=partner, usage=usage)
    if not threads:
        raise UsageError(
            f"no {'test ' if usage == 'T' else ''}order {printable(number)!r}: nothing names it, or not yet"
        )
    form: Format = "json" if json_ else format_
    if form == "json" and not lines:
        typer.echo("\n".join(map(as_json, threads)))
    elif form == "table":
        typer.echo("\n\n".join(_page(thread, lines=lines) for thread in threads))
    else:
        sheet = lines_sheet(threads, alone=False) if lines else life_sheet(threads, alone=False)
        typer.echo(shown(sheet, form))
    if any(thread.flags or any(row.late for row in thread.rows) for thread in threads):
        raise typer.Exit(1)


@app.command("list")
def list_(
    partner: Annotated[str, typer.Option(help="Only with this partner.")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only customer, supplier, warehouse, transfer.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Only those of which something has still to happen.")] = False,
    usage: Usage = "P",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 100,
    format_: Form = "table",
    json_: Json = False,
) -> None:
    """Orders, how many documents they have, how many have something to come or are late, and where each order stands.

    Those in which something happened last stand first. Exit 1 when one of them is late.

    Example: gateway threads list --partner acme --open
    """
    _check(usage)
    if kind and kind not in KINDS:
        raise UsageError(f"--kind {kind!r}: it is one of {', '.join(KINDS)}")
    wanted = Wanted(partner=partner, usage=usage, kind=kind, open=open_)
    with open_memory(Settings()) as memory:
        found = order_threads(memory).listed(wanted, limit=limit)
    form: Format = "json" if json_ else format_
    if found or form == "csv":
        typer.echo(shown(list_sheet(found), form))
    if form == "table":
        late = sum(bool(one.late) for one in found)
        more = f"; there may be more: --limit is {limit}" if len(found) == limit else ""
        typer.echo(f"{len(found)} threads, {late} with something late{more}")
    if any(one.late for one in found):
        raise typer.Exit(1)


def _check(usage: str) -> None:
    if usage not in ("P", "T"):
        raise UsageError(f"--usage {usage!r}: it is P or T")


def _page(thread: OrderThread, *, lines: bool) -> str:
    parts = [printable(thread.title), printable(f"state: {thread.standing}")]
    if not lines:
        parts.append(shown(life_sheet([thread], alone=True), "table"))
        parts += _words(thread)
    if thread.lines:
        parts.append("\n" + shown(lines_sheet([thread], alone=True), "table"))
    return "\n".join(parts)


def _words(thread: OrderThread) -> Sequence[str]:
    left = [f"{thread.left_out} older documents are left out"] if thread.left_out else []
    held = [
        f"{row.document} {row.number} is {row.state}: {row.reason}"
        for row in thread.rows
        if row.reason and row.state in ("held", "dead", "closed")
    ]
    return [printable(one) for one in (*left, *(f"flag: {flag.sentence}" for flag in thread.flags), *held)]
