"""`./run demo`: see the whole road with your own eyes, on the samples or on your own files."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.demo.files import find_files
from gateway.app.demo.files import told as left_out_in_words
from gateway.app.demo.play import play
from gateway.app.demo.report import HEADERS, Line, keep, lines
from gateway.app.demo.stage import Played
from gateway.app.logs import configure
from gateway.app.words import counted
from gateway.cli import table
from gateway.errors import UsageError
from gateway.settings import Settings


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, or folders of which the X12 files are played; default: edi_samples/."),
    ] = None,
    adopt_as: Annotated[
        str,
        typer.Option(
            "--as", metavar="PARTNER", help="Take unknown senders for this partner, and their receivers for us."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Keep canonical JSON, ERP requests and 997 files in this folder.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")] = False,
) -> None:
    """Play a partner against a gateway in a temporary home: SFTP in, ERP and 997 out, one row per document.

    Exit 1 when anything was lost, left undelivered though acceptable, or not acknowledged; a reported refusal is no
    failure. Foreign files (--as) whose control numbers clash are played in gateways of their own, so that each shows
    what would become of it.

    Example: gateway demo --as acme --out kept my-orders/*.edi
    """
    settings = Settings()
    configure(settings.logs)
    if out is not None:
        _make(out)
    found = find_files(files or [], settings.places.samples_dir)
    left_out = found.left_out if files else []
    if not json_:
        _say(*left_out_in_words(left_out))
    played = asyncio.run(_play(found.files, adopt_as, settings))
    rows = list(lines(played))
    kept = 0 if out is None else keep(played, out)
    if json_:
        for row in (*rows, *_left_out(left_out)):
            typer.echo(table.as_json(row))
    else:
        for line in table.lines(HEADERS, [row.cells() for row in rows]):
            typer.echo(line)
        _say(_summary(played, rows), *_hints(played, rows, adopt_as))
        _say(*([] if out is None else [f"{counted(kept, 'file')} kept in {out}"]))
    if not all(row.good for row in rows):
        raise typer.Exit(1)


def _say(*sentences: str) -> None:
    for sentence in sentences:
        typer.echo(sentence, err=True)


def _left_out(files: Sequence[tuple[Path, str]]) -> Iterator[Line]:
    """Rows for what was not played: a program has nothing else to learn it from."""
    return (Line(file=path.name, happened=f"left out: {why}") for path, why in files)


def _summary(played: Sequence[Played], rows: Sequence[Line]) -> str:
    bad = sum(not row.good for row in rows)
    delivered = sum(row.happened.startswith("delivered") for row in rows)
    return f"{counted(len(played), 'file')}, {counted(len(rows), 'row')}: {delivered} delivered, {bad} failed"


def _hints(played: Sequence[Played], rows: Sequence[Line], adopt_as: str) -> Iterator[str]:
    rounds = max(one.round for one in played)
    if rounds > 1:
        yield f"played in {rounds} gateways, each new: control numbers or ids of these files clash in a single one"
    if not adopt_as and any("unknown sender" in row.happened for row in rows):
        yield "unknown senders get no answer; `--as PARTNER` plays them as one of your partners (gateway partner list)"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError(f"--out {folder}: {refused}") from refused


async def _play(files: list[Path], adopt_as: str, settings: Settings) -> list[Played]:
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
        return await play(files, adopt_as=adopt_as, settings=settings, home=Path(folder) / "home")
