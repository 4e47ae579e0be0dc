"""`gateway audit`: who did what and why, and the proof that nothing of it was changed since."""

from typing import Annotated

import typer

from gateway.app.memory import open_memory
from gateway.app.report_days import midnight
from gateway.app.words import counted
from gateway.cli.table import as_json, lines, printable
from gateway.errors import NotInOrder, UsageError
from gateway.ledger.audit import VERBS, Entry
from gateway.settings import Settings

app = typer.Typer(help="What people did: list it, show an act in full, prove that it is whole.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
SHORTEST_HASH = 8
"""Characters of a hash that may stand for the whole: fewer fit by chance."""

WIDEST = 60


@app.command("list")
def list_entries(
    verb: Annotated[str, typer.Option(metavar="VERB", help="Only this, like documents.waive, or documents.")] = "",
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="Only what this person did.")] = "",
    subject: Annotated[str, typer.Option(metavar="ID", help="Only what was done to it; the whole id or name.")] = "",
    since: Annotated[str, typer.Option(metavar="DAY", help="From this day on (UTC), like 2026-11-01.")] = "",
    before: Annotated[
        int | None, typer.Option(metavar="ENTRY", min=1, help="Only those before this one: how to read on.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 50,
    json_: AsJson = False,
) -> None:
    """What people did, newest first.

    Example: gateway audit list --verb documents.waive
    """
    first = midnight(since, "--since")
    with open_memory(Settings()) as memory:
        found = memory.audit.entries(verb=verb, who=who, subject=subject, since=first, before=before, limit=limit)
    if json_:
        for one in found:
            typer.echo(as_json(one))
        return
    if not found:
        chosen = any((verb, who, subject, since, before))
        typer.echo(f"nothing {'like that was done' if chosen else 'has been done by anybody yet'}", err=True)
        return
    headers = ("entry", "at (UTC)", "who", "verb", "what", "why")
    for line in lines(headers, [_row(one) for one in found]):
        typer.echo(line)
    if len(found) == limit and found[-1].number > 1:
        typer.echo(f"the newest {limit}: --before {found[-1].number} reads on", err=True)


def _row(entry: Entry) -> tuple[str, ...]:
    first = entry.subjects[0] if entry.subjects else ""
    what = f"{first} and {len(entry.subjects) - 1} more" if len(entry.subjects) > 1 else first
    at = entry.at.strftime("%Y-%m-%d %H:%M:%S")
    reason = entry.reason if len(entry.reason) <= WIDEST else f"{entry.reason[: WIDEST - 3]}..."
    return str(entry.number), at, entry.who, entry.verb, what, reason


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ENTRY", help="Its number.")],
    json_: AsJson = False,
) -> None:
    """One act in full: who, when, to what, why, with which hash.

    Example: gateway audit show 12
    """
    with open_memory(Settings()) as memory:
        entry = memory.audit.entry(number)
    if json_:
        typer.echo(as_json(entry))
        return
    typer.echo(f"entry     {entry.number}, {entry.at:%Y-%m-%d %H:%M:%S} UTC")
    typer.echo(f"who       {printable(entry.who)} {VERBS.get(entry.verb, entry.verb)} ({entry.verb})")
    typer.echo(f"why       {printable(entry.reason) or '-'}")
    for name, value in entry.detail.items():
        typer.echo(f"{name:9} {printable(value if isinstance(value, str) else as_json(value))}")
    for one in entry.subjects:
        typer.echo(f"what      {printable(one)}")
    typer.echo(f"hash      {entry.hash}")
    typer.echo(f"previous  {entry.previous}")


@app.command()
def verify(
    head: Annotated[
        str, typer.Option("--head", metavar="HASH", help="Of an entry known from before: it has to be there still.")
    ] = "",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Prove that no entry was changed, taken out or slipped in since it was written. Exit 1 names the first that does
    not fit.

    Keep the hash it prints where nobody who owns the database can reach it: only that proves, with --head, that
    the end of the trail was not cut off and written anew.

    Example: gateway audit verify --head 4f2ac1d09e
    """
    wanted = head.strip().lower()
    if head and (len(wanted) < SHORTEST_HASH or not set(wanted) <= set("0123456789abcdef")):
        raise UsageError(f"--head {head!r}: a hash, or at least the first {SHORTEST_HASH} hex digits of one")
    with open_memory(Settings()) as memory:
        found = memory.audit.verify(head=wanted)
    if found.broken is not None:
        raise NotInOrder(f"{found.broken.reason}; {counted(found.entries, 'entry', 'entries')} before it are in order")
    if json_:
        typer.echo(as_json({"entries": found.entries, "head": found.head}))
        return
    typer.echo(f"{counted(found.entries, 'entry', 'entries')}, each as it was written and bound to the one before")
    typer.echo(f"head {found.head}")
