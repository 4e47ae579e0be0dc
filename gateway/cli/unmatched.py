"""`gateway report unmatched`: payments, answers and notes of partners that are about nothing we know."""

from typing import Annotated, Literal

import typer

from gateway.app.memory import open_memory
from gateway.cli.formats import Format, none_found, shown
from gateway.pipeline.business.report import MOST, WantedFacts, sheet
from gateway.settings import Settings
from gateway.store.business_report import StoreBusinessFacts


def unmatched(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only what this set says, like 820.")] = "",
    state: Annotated[
        Literal["", "early", "unmatched", "ambiguous"], typer.Option(help="Only these: early, unmatched, ambiguous.")
    ] = "",
    usage: Annotated[Literal["P", "T"], typer.Option(help="P production, T tests (ISA15).")] = "P",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the oldest first.")] = 1000,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What partners paid, answered or noted that is about no document we know, or may be about several; with why.

    Exit 1 when there is any. `gateway documents book` says what a line is about; `gateway documents close` takes all of
    a set off the list.

    Example: gateway report unmatched --set 820 --format csv
    """
    form: Format = "json" if json_ else format_
    wanted = WantedFacts(partner=partner, set_id=set_, state=state, usage=usage)
    with open_memory(Settings()) as memory:
        facts = StoreBusinessFacts(memory.database).left(wanted, limit=limit)
    if facts or form == "csv":
        typer.echo(shown(sheet(facts), form))
    if form == "table":
        more = f"; there may be more: --limit is {limit}" if len(facts) == limit else ""
        well = none_found("nothing: all that partners said was about what we know", partner, set_, state, usage == "T")
        typer.echo(f"{len(facts)} to look at{more}" if facts else well)
    if facts:
        raise typer.Exit(1)
