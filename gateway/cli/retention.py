"""`gateway retention`: how long what is kept, legal holds, and the proofs of what went."""

from typing import Annotated

import typer

from gateway.app.keeping import read_book
from gateway.app.memory import open_memory
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.errors import UsageError
from gateway.partners.retention import DEFAULTS
from gateway.settings import Settings
from gateway.store.backup_form import in_words
from gateway.store.holds import Kind, LegalHolds
from gateway.store.purge import first_fault, proofs

app = typer.Typer(help="How long documents are kept; legal holds; proofs of what was purged.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with it.")]
Who = Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")]


@app.command()
def show(
    all_: Annotated[bool, typer.Option("--all", help="Also holds that were lifted.")] = False, json_: Json = False
) -> None:
    """How long each set is kept and by which file, and the legal holds.

    Example: gateway retention show
    """
    settings = Settings()
    book = read_book(settings.places)
    said = [("default", DEFAULTS), ("company", book.company.retention)]
    said += [(name, profile.retention) for name, profile in book.partners.items()]
    rows = [(whose, set_id, str(period)) for whose, one in said for set_id, period in sorted(one.items())]
    with open_memory(settings) as memory:
        holds = LegalHolds(memory.means).listed(all_=all_)
    if json_:
        for whose, set_id, period in rows:
            typer.echo(as_json({"by": whose, "set": set_id, "kept": period}))
        for hold in holds:
            typer.echo(as_json({"hold": hold}))
        return
    for line in lines(("BY", "SET", "KEPT"), rows):
        typer.echo(line)
    held = [
        (str(one.number), one.kind, one.partner, one.subject, in_words(one.at), one.who, one.reason, one.lifted_why)
        for one in holds
    ]
    for line in lines(("HOLD", "OF", "PARTNER", "SUBJECT", "SINCE", "WHO", "WHY", "LIFTED"), held) if held else []:
        typer.echo(line)


@app.command()
def hold(
    partner: Annotated[str, typer.Option(metavar="ID", help="Everything of this partner.")] = "",
    document: Annotated[str, typer.Option(metavar="ID", help="This document, and what belongs to it.")] = "",
    number: Annotated[str, typer.Option(metavar="NUMBER", help="With --partner: what is found by this number.")] = "",
    reason: Reason = "",
    who: Who = "",
    json_: Json = False,
) -> None:
    """Place a legal hold: nothing under it is purged until it is lifted.

    Example: gateway retention hold --partner acme --number 71-230077 --reason "claim 2026-14, asked by legal"
    """
    if bool(document) == bool(partner) or (number and not partner):
        raise UsageError("name --document, or --partner, or --partner with --number")
    kind: Kind = "document" if document else "thread" if number else "partner"
    with open_memory(Settings()) as memory:
        holds = LegalHolds(memory.means)
        placed = holds.place(kind, partner=partner, subject=document or number, reason=reason, who=actor(who))
    typer.echo(as_json({"hold": placed}) if json_ else f"legal hold {placed}: nothing under it is purged")


@app.command()
def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The hold's number.")],
    reason: Reason = "",
    who: Who = "",
    json_: Json = False,
) -> None:
    """Lift a legal hold; that it was there stays written.

    Example: gateway retention lift 3 --reason "claim 2026-14 is settled, letter of 2026-11-02"
    """
    with open_memory(Settings()) as memory:
        lifted = LegalHolds(memory.means).lift(number, reason=reason, who=actor(who))
    typer.echo(as_json({"hold": lifted}) if json_ else f"legal hold {lifted.number} is lifted")


@app.command("proofs")
def list_proofs(
    items: Annotated[bool, typer.Option("--items", help="Also each document that went.")] = False, json_: Json = False
) -> None:
    """The proofs of every purge, each held to its hash and to the one before. Exit 1 names the first that does not fit.

    Example: gateway retention proofs --items --json
    """
    with open_memory(Settings()) as memory:
        for row in proofs(memory.means):
            shown = row if items else {**row, "items": len(row["items"]), "contents": len(row["contents"])}
            if json_:
                typer.echo(as_json(shown))
                continue
            typer.echo(f"{row['number']}  {in_words(row['at'])}  {row['who']}  {len(row['items'])}  {row['reason']}")
            typer.echo(f"   SHA-256 {row['hash']}")
            for one in row["items"] if items else ():
                typer.echo(f"   {' '.join(one.values())}")
        fault = first_fault(memory.means)
    if fault:
        typer.echo(f"gateway: {fault}", err=True)
        raise typer.Exit(1)
