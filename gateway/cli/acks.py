"""`gateway acks`: what we sent and nobody has said yes to, with what is due when, and how much money hangs on it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.app.keepers import keepers
from gateway.app.memory import open_memory, utc_now
from gateway.cli.formats import Format, none_found, shown
from gateway.errors import UsageError
from gateway.pipeline.unsettled import MOST, REFUSED, UNSETTLED, Unsettled, Wanted, ages_sheet, by_age, sheet
from gateway.settings import Settings
from gateway.store.unsettled import StoreUnsettled


def command(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only this set, like 810.")] = "",
    ack: Annotated[
        str, typer.Option(metavar="STATE", help="Only awaited, overdue, partially_accepted, rejected.")
    ] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its deadline.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Tests (ISA15 T) instead of production.")] = False,
    ages: Annotated[bool, typer.Option("--ages", help="How old it is in numbers and money, not one by one.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the nearest deadline first.")] = 1000,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What we sent and is not known to be good, the nearest deadline first: awaited, overdue, refused.

    Exit 1 when something of it is past its deadline or refused.

    Example: gateway acks --set 810 --overdue --format csv
    """
    if ack and ack not in UNSETTLED:
        raise UsageError(f"--ack {ack!r}: it is one of {', '.join(UNSETTLED)}")
    wanted = Wanted(partner=partner, set_id=set_, acknowledgement=ack, usage="T" if tests else "P", overdue=overdue)
    now, form = utc_now(), "json" if json_ else format_
    documents: Sequence[Unsettled] = ()
    with open_memory(Settings()) as memory:
        if ages:
            aged = StoreUnsettled(memory.database, lambda _: "").ages(wanted, now)
        else:
            documents = StoreUnsettled(memory.database, keepers(memory)).unsettled(wanted, limit=limit)
            aged = by_age(documents, now)
    found = ages_sheet(aged) if ages else sheet(documents, now)
    if found.rows or form == "csv":
        typer.echo(shown(found, form))
    if form == "table" and not ages:
        well = "nothing: every document that was sent is accepted, or nothing was agreed to come back"
        typer.echo(_summary(documents, limit) if documents else none_found(well, partner, set_, ack, overdue, tests))
    if any(one.urgent for one in aged):
        raise typer.Exit(1)


def _summary(documents: Sequence[Unsettled], limit: int) -> str:
    missed = sum(one.missed for one in documents)
    refused = sum(one.acknowledgement in REFUSED for one in documents)
    more = f"; there may be more: --limit is {limit}" if len(documents) == limit else ""
    return f"{len(documents)} not settled, {missed} past their deadline, {refused} refused{more}"
