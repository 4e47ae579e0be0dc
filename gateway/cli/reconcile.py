"""`gateway reconcile`: whether a day adds up, partner by partner, and what it is about where it does not."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

import typer

from gateway.app.memory import open_memory, utc_now
from gateway.app.partner_days import partner_days
from gateway.app.report_days import days_meant
from gateway.app.words import counted
from gateway.cli.formats import Cell, Format, formatted, shown
from gateway.cli.table import as_json
from gateway.pipeline import reconciling_sheet as sheets
from gateway.pipeline import warehousing
from gateway.pipeline.reconciling import MOST, Files, PartnerDay, Reconciling, Wanted
from gateway.pipeline.warehousing import OrderBalance
from gateway.settings import Settings
from gateway.store.reports.moment import standing_still
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.reports.warehouse import StoreWarehouseOrders

NOBODY = "(unknown)"
"""How what nobody can be named for is shown to people."""


def command(
    day: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="That day; by default the last that is over for every partner.")
    ] = "",
    from_: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first of several days.")] = "",
    to: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last of them.")] = "",
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    usage: Annotated[Literal["P", "T"], typer.Option(help="P: production. T: tests (ISA15 T).")] = "P",
    show: Annotated[str, typer.Option(metavar="COLUMN", help="What one count counts, one by one.")] = "",
    worth: Annotated[bool, typer.Option("--worth", help="What documents are worth, by set and currency.")] = False,
    warehouse: Annotated[bool, typer.Option("--warehouse", help="Our 940s against their 945s, one by one.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many with --show.")] = 1000,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Whether a day adds up, partner by partner: what came in, what our systems handed in, what went out.

    A day is the partner's, midnight to midnight in its time zone. Exit 1 when something does not add up: which
    documents and interchanges make it is said below.

    Example: gateway reconcile --day 2026-03-02 --partner acme
    """
    form = "json" if json_ else format_
    with open_memory(Settings()) as memory, standing_still(memory.database) as still:
        zones = partner_days(memory).zones
        zone = _zone(zones)
        store: Reconciling = StoreReconciling(still, zone)
        now = utc_now()
        meant = days_meant(day, from_, to, now, zones.values())
        wanted = Wanted(first=meant.first, last=meant.last, partner=partner, usage=usage)
        if show:
            _echo(shown(sheets.behind(store.behind(wanted, show, limit=limit)), form))
            return
        orders = StoreWarehouseOrders(still, memory.blobs, zone).orders(wanted, now=now)
        days, files = (store.days(wanted), store.files(wanted)) if not warehouse else ((), Files())
    if warehouse:
        found = warehousing.sheet(orders)
        _echo(shown(found, form) if found.rows or form == "csv" else "")
    elif form == "table":
        _table(days, wanted, orders)
    elif form == "csv" or worth:
        _echo(shown(sheets.worth(days) if worth else sheets.counts(days), form))
    else:
        _echo("\n".join(as_json(one) for one in (*sheets.whole(days, files), *_differing(orders))))
    many = sum(len(one.differences) for one in days) + len(files.of_concern)
    many += sum(one.differs for one in orders)
    if form != "json":
        _say(days, files, orders)
    if form == "table":
        typer.echo(counted(many, "difference") if many else "everything adds up")
    if many:
        raise typer.Exit(1)


def _zone(zones: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: zones.get(name, "")


def _differing(orders: Sequence[OrderBalance]) -> Sequence[Mapping[str, object]]:
    return [{"warehouse": one} for one in warehousing.sheet([one for one in orders if one.differs]).values()]


def _echo(text: str) -> None:
    if text:
        typer.echo(text)


# ---------------------------------------------------------------------------------------------- for people


def _table(days: Sequence[PartnerDay], wanted: Wanted, orders: Sequence[OrderBalance]) -> None:
    if not days:
        typer.echo(f"nothing came in and nothing went out from {wanted.first} to {wanted.last}")
        return
    for section in sheets.SECTIONS:
        fields = [field for part, field in sheets.COLUMNS.values() if part == section]
        rows: list[list[Cell]] = [
            [one.partner or NOBODY, one.day.isoformat(), *(getattr(getattr(one, section), name) for name in fields)]
            for one in days
        ]
        busy = [row for row in rows if any(row[2:])]
        if busy:
            headers = ("partner", "day", *(name.replace("_", " ") for name in fields))
            typer.echo(formatted(headers, busy, "table") + "\n")
    found = sheets.worth(days)
    if found.rows:
        typer.echo(shown(found, "table") + "\n")
    if orders:
        standings = Counter(str(one.balance.standing) for one in orders)
        told = ", ".join(f"{many} {name}" for name, many in sorted(standings.items()))
        typer.echo(f"{len(orders)} warehouse orders (940) against what was shipped (945): {told}\n")


def _say(days: Sequence[PartnerDay], files: Files, orders: Sequence[OrderBalance]) -> None:
    """What does not add up: beside the output, which may be for a spreadsheet."""
    for day in days:
        for one in day.differences:
            about = f"; {' '.join(one.subjects)}" if one.subjects else ""
            name = day.partner or NOBODY
            typer.echo(f"{name} {day.day} {one.column.replace('_', ' ')} {one.number:+}: {one.words}{about}", err=True)
    for file, words in files.of_concern:
        typer.echo(f"file {file} {words}: gateway documents transmissions", err=True)
    for order in orders:
        if order.differs:
            typer.echo(f"{order.partner} {order.day} 940 {order.told}; {' '.join(order.ids)}", err=True)
