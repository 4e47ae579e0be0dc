"""`gateway database`: bring the tables up to date, back up and restore, and give the database another home."""

import contextlib
from typing import Annotated

import typer

from gateway.app.home import alone_in
from gateway.app.memory import existing, open_memory
from gateway.cli import database_backup
from gateway.cli.actor import actor
from gateway.cli.table import as_json
from gateway.errors import SettingsError
from gateway.settings import Settings
from gateway.store.belonging import Holdings
from gateway.store.database import open_database

app = typer.Typer(help="Migrate the database, back it up, restore it, or give it another home.", no_args_is_help=True)
app.command()(database_backup.backup)
app.command()(database_backup.restore)
app.command()(database_backup.compare)


@app.command()
def migrate(json_: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False) -> None:
    """Create or update the tables; safe to run again, and while older nodes run.

    Example: GATEWAY_DATABASE_URL=postgresql://gateway@db/gateway gateway database migrate
    """
    places = Settings().places
    if not places.database_url and not places.home.is_dir():
        raise SettingsError(f"no home at {places.home}: make it, or set GATEWAY_HOME or GATEWAY_DATABASE_URL")
    database = open_database(places.url)
    try:
        database.migrate()
        found = database.status()
    finally:
        database.close()
    typer.echo(as_json(found) if json_ else f"at {found['at']}")


@app.command()
def status(json_: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False) -> None:
    """Which migration the database is at, and which this version needs. Exit 1 when they differ."""
    database = open_database(existing(Settings().places.url))
    try:
        found = database.status()
    finally:
        database.close()
    typer.echo(as_json(found) if json_ else f"{found['kind']}: at {found['at'] or 'nothing'}, needs {found['needs']}")
    if found["at"] != found["needs"]:
        raise typer.Exit(1)


@app.command("adopt-home")
def adopt_home(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only show what would be unreadable.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Make GATEWAY_HOME the home of the database, because the folder that was is lost. Stop every node first.

    Exit 1 while this folder is not the home.

    Example: GATEWAY_HOME=/srv/gateway gateway database adopt-home
    """
    settings = Settings()
    folder = settings.places.home
    if not folder.is_dir():
        raise SettingsError(f"no home at {folder}: make it, or set GATEWAY_HOME")
    with contextlib.ExitStack() as held:
        memory = held.enter_context(open_memory(settings))
        if memory.database.kind == "sqlite":
            held.enter_context(alone_in(folder))
        objection, holdings = memory.home.objection(), memory.home.holdings.counted()
        adopt = yes and bool(objection)
        adopted = memory.home.adopt(who=actor()) if adopt else ""
    if json_:
        typer.echo(as_json({"objection": objection, "adopted": adopted, "holdings": holdings}))
    else:
        for line in _adoption(objection, holdings, adopted):
            typer.echo(line)
    if objection and not adopted:
        raise typer.Exit(1)


def _adoption(objection: str, holdings: Holdings, adopted: str) -> list[str]:
    readable = holdings.contents - holdings.missing
    lines = [
        f"contents above 64 KB   {holdings.contents}: {readable} readable here, {holdings.missing} not",
        f"files here             {holdings.files}: {holdings.strange} unknown to the database, set aside at a start",
    ]
    if not objection:
        return [*lines, "this folder is the home already, or the next start makes it so: nothing was changed"]
    if adopted:
        return [*lines, f"adopted: this folder is home {adopted[:8]} now, the one before is refused"]
    return [objection, *lines, "nothing was changed: --yes makes this folder the home all the same"]
