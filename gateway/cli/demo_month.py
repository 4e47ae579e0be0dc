"""`./run demo --scenario month`: a month of business in minutes, and a home to ask about it afterwards."""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import typer

from gateway.app.demo.month import told
from gateway.app.demo.month.perform import latest_start, perform
from gateway.app.demo.month.plan import DAYS, make
from gateway.app.logs import configure
from gateway.cli import table
from gateway.errors import UsageError
from gateway.settings import Settings

BETWEEN_LINES_SECONDS = 1.0


def play(documents: int, seed: int, home: Path | None, settings: Settings, *, json_: bool) -> None:
    """Play it and say what came of it. Raises UsageError for a home that is not empty; Exit 1 when something broke."""
    place = _new(home)
    plan = make(documents, seed, latest_start(datetime.now(UTC).date()))
    if not json_:
        _say(*told.opening(plan, documents))
    begun = time.monotonic()
    configure(settings.logs.model_copy(update={"log_level": "error"}))  # what is missed is what the month is about
    seen = sys.stderr.isatty() and not json_
    played = perform(settings, place, plan, _Progress(plan.first, seen=seen))
    if seen:
        _say("")
    if json_:
        for row in played.tallies:
            typer.echo(table.as_json(told.as_values(row)))
        typer.echo(table.as_json({"home": str(place), "documents": played.documents, "faults": list(played.faults)}))
    else:
        for line in table.lines(told.HEADERS, [told.cells(row) for row in played.tallies]):
            typer.echo(line)
        _say(*told.closing(played, time.monotonic() - begun), "Ask it:", *told.to_ask(played, place))
    if played.faults:
        raise typer.Exit(1)


def _new(home: Path | None) -> Path:
    """An empty folder that stays."""
    if home is None:
        return Path(tempfile.mkdtemp(prefix="gateway-month-"))
    try:
        home.mkdir(parents=True, exist_ok=True)
        if any(home.iterdir()):
            raise UsageError(f"--keep {home}: there is something in it already; name a new folder")
    except OSError as refused:
        raise UsageError(f"--keep {home}: {refused}") from refused
    return home.absolute()


class _Progress:
    """One line that is written over again, about once a second; none where nobody sees it."""

    def __init__(self, first: datetime, *, seen: bool) -> None:
        self._first, self._last, self._seen = first, 0.0, seen

    def __call__(self, at: datetime, files: int) -> None:
        now = time.monotonic()
        if not self._seen or now - self._last < BETWEEN_LINES_SECONDS:
            return
        self._last = now
        day = (at - self._first).days + 1
        typer.echo(f"\rday {min(day, DAYS):2} of {DAYS}, {at:%Y-%m-%d}: {files} files ", err=True, nl=False)


def _say(*sentences: str) -> None:
    for sentence in sentences:
        typer.echo(sentence, err=True)
