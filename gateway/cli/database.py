"""`gateway database`: bring the tables up to date, and say where they stand."""

from typing import Annotated

import typer

from gateway.cli.table import as_json
from gateway.errors import UsageError
from gateway.settings import Settings
from gateway.store.database import open_database

app = typer.Typer(help="Migrate the database, or show where it stands.", no_args_is_help=True)


@app.command()
def migrate(json_: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Create or update the tables; safe to run again, and while older nodes run.

    Example: GATEWAY_DATABASE_URL=postgresql://gateway@db/gateway gateway database migrate
    """
    places = Settings().places
    if not places.database_url and not places.home.is_dir():
        raise UsageError(f"no home at {places.home}: make it, or set GATEWAY_HOME or GATEWAY_DATABASE_URL")
    database = open_database(places.url)
    try:
        database.migrate()
        found = database.status()
    finally:
        database.close()
    typer.echo(as_json(found) if json_ else f"at {found['at']}")


@app.command()
def status(json_: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Which migration the database is at, and which this version needs. Exit 1 when they differ."""
    database = open_database(Settings().places.url)
    try:
        found = database.status()
    finally:
        database.close()
    typer.echo(as_json(found) if json_ else f"{found['kind']}: at {found['at'] or 'nothing'}, needs {found['needs']}")
    if found["at"] != found["needs"]:
        raise typer.Exit(1)
