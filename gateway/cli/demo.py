"""`./run demo`: see the whole road with your own eyes, on the samples or on your own files."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.demo.play import Played, find_files, play
from gateway.app.demo.report import HEADERS, keep, lines
from gateway.app.logs import configure
from gateway.app.words import counted
from gateway.cli import table
from gateway.errors import UsageError
from gateway.settings import Settings


def command(
    files: Annotated[list[Path] | None, typer.Argument(help="X12 files or folders; default: edi_samples/.")] = None,
    adopt_as: Annotated[
        str, typer.Option("--as", metavar="PARTNER", help="Take unknown senders for this partner.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Keep canonical JSON, ERP requests and 997 files in this folder.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")] = False,
) -> None:
    """Play a partner against a gateway in a temporary home: SFTP in, ERP and 997 out, one row per document.

    Exit 1 when anything was lost, left undelivered though acceptable, or not acknowledged; a reported refusal is no
    failure.

    Example: gateway demo --as acme --out kept my-orders/*.edi
    """
    settings = Settings()
    configure(settings.logs)
    if out is not None:
        _make(out)
    played = asyncio.run(_play(find_files(files or [], settings.places.samples_dir), adopt_as, settings))
    rows = list(lines(played))
    if json_:
        for row in rows:
            typer.echo(table.as_json(row))
    else:
        for line in table.lines(HEADERS, [row.cells() for row in rows]):
            typer.echo(line)
    bad = sum(not row.good for row in rows)
    delivered = sum(row.happened.startswith("delivered") for row in rows)
    typer.echo(
        f"{counted(len(played), 'file')}, {counted(len(rows), 'row')}: {delivered} delivered, {bad} failed", err=True
    )
    if out is not None:
        typer.echo(f"{counted(keep(played, out), 'file')} kept in {out}", err=True)
    if bad:
        raise typer.Exit(1)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError(f"--out {folder}: {refused}") from refused


async def _play(files: list[Path], adopt_as: str, settings: Settings) -> list[Played]:
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
        return await play(files, adopt_as=adopt_as, settings=settings, home=Path(folder) / "home")
