"""`./run demo`: see the whole road with your own eyes: a whole trade, or files of your own."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.app.demo.files import find_files
from gateway.app.demo.files import told as left_out_in_words
from gateway.app.demo.play import play
from gateway.app.demo.report import HEADERS, Line, keep, lines
from gateway.app.demo.stage import Played
from gateway.app.demo.trade import report, thread
from gateway.app.demo.trade.scenario import Name, make
from gateway.app.demo.trade.stage import Outcome, Over, perform
from gateway.app.logs import configure
from gateway.app.memory import utc_now
from gateway.app.words import counted
from gateway.cli import demo_month as month
from gateway.cli import table
from gateway.errors import UsageError
from gateway.settings import Settings

Play = Literal["retail", "grocery", "supplier", "rejected", "samples", "month"]
"""What `--scenario` takes: the trades, the samples one by one, and a month of business."""

MONTH_DOCUMENTS = 10_000


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, or folders of which the X12 files are played, instead of a scenario."),
    ] = None,
    scenario: Annotated[
        Play | None,
        typer.Option(
            help="Which trade to play; samples: good and bad files; month: a month of five partners, which leaves its "
            "home behind. Without anything else: retail."
        ),
    ] = None,
    over: Annotated[
        Over,
        typer.Option(
            help="How partners with an SFTP channel exchange files: at our mailbox, (sftp-pull) at servers of their "
            "own, where the gateway fetches and lays files, or (as2) by AS2, signed and encrypted both ways."
        ),
    ] = "sftp",
    adopt_as: Annotated[
        str,
        typer.Option(
            "--as", metavar="PARTNER", help="Take unknown senders for this partner, and their receivers for us."
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Keep the files in this folder; of files played canonical JSON and ERP requests."),
    ] = None,
    documents: Annotated[
        int, typer.Option(min=20, max=100_000, help="Of a month: about how many, 997s of partners counted.")
    ] = MONTH_DOCUMENTS,
    seed: Annotated[int, typer.Option(help="Of a month: what happens when. The same seed is the same month.")] = 7,
    keep_home: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Of a month: the home to leave behind; a new folder without it."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")] = False,
) -> None:
    """Play a trade from order to invoice, or X12 files, against a gateway in a temporary home.

    Without files: partners with EDI systems of their own, a pretend ERP, and the gateway between them; one row per
    document and receipt, both ways. Exit 1 unless everything became what it should.

    With files: SFTP in, ERP and 997 out, one row per document. Exit 1 when anything was lost, left undelivered though
    acceptable, or not acknowledged; a reported refusal is no failure. Foreign files (--as) whose control numbers clash
    are played in gateways of their own, so that each shows what would become of it.

    With --scenario month: 31 days over a change of the clocks, seeded, with acknowledgements that are late, lost, wrong
    or take back what they said. What has to hold is looked at after every step; exit 1 when it did not.

    Example: gateway demo --scenario rejected --out kept
    """
    settings = Settings()
    configure(settings.logs)
    if scenario and (files or adopt_as):
        raise UsageError("--scenario plays no files: leave out the files and --as, or the scenario")
    if scenario == "month":
        if out is not None or over != "sftp":
            raise UsageError("--out and --over are not for the month: --keep says where it leaves its home")
        month.play(documents, seed, keep_home, settings, json_=json_)
        return
    if keep_home is not None:
        raise UsageError("--keep is for --scenario month: others keep what they exchanged with --out")
    if out is not None:
        _make(out)
    if files or adopt_as or scenario == "samples":
        if over != "sftp":
            raise UsageError("--over is for the trades; files and samples are played over SFTP")
        _play_files(files or [], adopt_as, out, settings, json_=json_)
    else:
        _play_scenario(scenario or "retail", over, out, settings, json_=json_)


def _play_scenario(name: Name, over: Over, out: Path | None, settings: Settings, *, json_: bool) -> None:
    chosen = make(name, utc_now)
    if not json_:
        _say(*report.opening(chosen, over))
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
        outcome = asyncio.run(perform(chosen, settings, Path(folder) / "home", over))
    kept = 0 if out is None else report.keep(outcome, out)
    if json_:
        for value in report.as_values(chosen, outcome):
            typer.echo(table.as_json(value))
    else:
        _show(outcome)
        _say(*report.closing(chosen, outcome), *([] if out is None else [f"{counted(kept, 'file')} kept in {out}"]))
    if not outcome.good:
        raise typer.Exit(1)


def _show(outcome: Outcome) -> None:
    for line in table.lines(thread.HEADERS, [row.cells() for row in outcome.thread]):
        typer.echo(line)


def _play_files(files: list[Path], adopt_as: str, out: Path | None, settings: Settings, *, json_: bool) -> None:
    found = find_files(files, settings.places.samples_dir)
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
