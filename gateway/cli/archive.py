"""`gateway archive`: documents as plain files that outlive the gateway."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.memory import open_memory, utc_now
from gateway.cli.table import as_json
from gateway.errors import NotInOrder, UsageError
from gateway.partners.retention import Period
from gateway.settings import Settings
from gateway.store.archive import Archive, Wanted
from gateway.store.archive_form import verify as hold_to_manifest

app = typer.Typer(help="Write documents out as plain files; hold such files to their hashes.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the archive.")]
Json = Annotated[bool, typer.Option("--json", help="As one JSON object.")]


@app.command()
def export(
    folder: Folder,
    older_than: Annotated[str, typer.Option(metavar="TIME", help='Received before that long, like "3 years".')] = "",
    year: Annotated[int | None, typer.Option(min=1990, max=9998, help="Received in this year (UTC).")] = None,
    partner: Annotated[str, typer.Option(metavar="ID", help="Only of this partner.")] = "",
    set_id: Annotated[str, typer.Option("--set", metavar="SET", help="Only this set, like 810.")] = "",
    json_: Json = False,
) -> None:
    """Write documents, their bytes, what was answered and every event into a new folder. Exit 1 when bytes are missing.

    Example: gateway archive export /archive/2025-acme-810 --year 2025 --partner acme --set 810
    """
    now = utc_now()
    wanted = Wanted(year=year, before=_before(older_than, now), partner=partner, set_id=set_id)
    with open_memory(Settings()) as memory:
        archive = Archive(memory.database, memory.blobs, folder)
        chain = archive.write(wanted, made=now)
    if json_:
        found = {"folder": str(folder), "documents": archive.documents, "chain": chain, "missing": archive.missing}
        typer.echo(as_json(found))
    else:
        typer.echo(f"{archive.documents} documents in {folder}, with all that belongs to them")
        typer.echo(f"chain  {chain}")
        for one in archive.missing:
            typer.echo(f"missing  {one}: the home does not have this content")
    if archive.missing:
        raise typer.Exit(1)


def _before(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        return Period.parse(text).before(now)
    except ValueError as wrong:
        raise UsageError(f"--older-than: {wrong}") from None


@app.command()
def verify(
    folder: Folder,
    chain: Annotated[
        str, typer.Option(metavar="HASH", help="What export printed: nothing was replaced as a whole.")
    ] = "",
    json_: Json = False,
) -> None:
    """Hold every file of an archive to its manifest. Exit 1 names the first that does not fit.

    Example: gateway archive verify /archive/2025-acme-810
    """
    files, found = hold_to_manifest(folder)
    if chain and chain != found:
        raise NotInOrder(f"{folder}: the chain ends with {found}, not with {chain}: it is another archive")
    typer.echo(as_json({"files": files, "chain": found}) if json_ else f"good: {files} files, chain {found}")
