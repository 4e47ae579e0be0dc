"""`gateway owed`: what has to follow, of us and of partners: order answers, ship notices, invoices, 997s and TA1s."""

from collections.abc import Sequence
from typing import Annotated, cast

import typer

from gateway.app.keepers import keepers
from gateway.app.memory import open_memory, utc_now
from gateway.cli.formats import Format, none_found, shown
from gateway.errors import UsageError
from gateway.pipeline.owed import MOST, STANDINGS, Owed, Standing, Wanted, sheet
from gateway.settings import Settings
from gateway.store.owed_list import StoreOwed

BY = ("us", "partner")


def command(
    by: Annotated[
        str, typer.Option("--by", metavar="WHO", help="Only what we owe: us; or what they do: partner.")
    ] = "",
    partner: Annotated[str, typer.Option(help="Only with this partner.")] = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only this: 855, 856, 810, 997, TA1 ...")] = "",
    order: Annotated[str, typer.Option(metavar="PO", help="Only about this order number.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its time.")] = False,
    state: Annotated[str, typer.Option(metavar="STATE", help="open (default), late, met, waived or ended.")] = "open",
    tests: Annotated[bool, typer.Option("--tests", help="Tests (ISA15 T) instead of production.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, what is due first first.")] = 1000,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What has to follow and has not yet: owed by us and owed to us, what is due first first.

    Exit 1 when something of it is past its time.

    Example: gateway owed --by us --set 856 --overdue
    """
    if by and by not in BY:
        raise UsageError(f"--by {by!r}: it is one of {', '.join(BY)}")
    if state not in STANDINGS or (overdue and state != "open"):
        raise UsageError(f"--state {state!r}: it is one of {', '.join(STANDINGS)}; --overdue goes with open")
    now, form = utc_now(), "json" if json_ else format_
    wanted = Wanted(
        by=by,
        partner=partner,
        what=set_,
        order=order,
        usage="T" if tests else "P",
        standing=cast("Standing", state),
        overdue_at=now if overdue else None,
    )
    with open_memory(Settings()) as memory:
        things = StoreOwed(memory.database, keepers(memory)).owed(wanted, limit=limit)
    if things or form == "csv":
        typer.echo(shown(sheet(things, now), form))
    late = sum(one.overdue(now) for one in things)
    if form == "table":
        narrowed = (by, partner, set_, order, overdue, state != "open", tests)
        well = "nothing: all that had to follow has, or nothing was agreed to"
        typer.echo(_summary(things, late, limit) if things else none_found(well, *narrowed))
    if late:
        raise typer.Exit(1)


def _summary(things: Sequence[Owed], late: int, limit: int) -> str:
    ours = sum(one.by == "us" for one in things)
    more = f"; there may be more: --limit is {limit}" if len(things) == limit else ""
    return f"{len(things)} owed, {ours} by us, {len(things) - ours} by partners, {late} past their time{more}"
