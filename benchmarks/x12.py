"""The X12 engine, measured beside its peers on the same machine in one run.

    .tools/bin/uv run --frozen python benchmarks/x12.py [--quick] [--write] [--without bots,pyx12,large]

An interchange of 2,000 850s (3.5 MB) is read by us, by pyx12 and by Bots; each measurement runs in a process of its
own, three times over. Bots runs in an environment that is made for it under `--cache`. An interchange of 500 MB is
made while it is read, through a pipe: it is never on disk. `--write` puts the table into docs/evidence/x12.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import bots_home
from x12_files import orders, remittances
from x12_measures import MEASURES

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "evidence" / "x12.md"
UV = ROOT / ".tools" / "bin" / "uv"
RUNS = 3
MEGABYTE = 1e6

TITLE = """# Speed of the X12 engine

`benchmarks/x12.py`, in one run. One 850 (004010) has 61 segments and 1.75 KB; 2,000 of them are one interchange of
3.5 MB. Best of {runs} runs with slowest and fastest, each measurement in a process of its own; MB are 10^6 bytes.
"""

PEERS = """pyx12 has no map of the 850: its validator is measured on 835s of 5010X221A1, a set of health care that we
have no guide of. Bots checks neither codes nor syntax notes; its grammar is made here from our guide of the 850."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: seconds of each run, bytes and sets of one run, peak memory in MB (0 where it was not taken)."""

    who: str
    what: str
    size: int
    sets: int
    seconds: tuple[float, ...]
    peak: float = 0.0

    def cells(self) -> tuple[str, ...]:
        rates = sorted(self.size / MEGABYTE / one for one in self.seconds)
        spread = f" ({rates[0]:.3g}-{rates[-1]:.3g})" if len(rates) > 1 else ""
        per_second = f"{self.sets / min(self.seconds):,.0f}"
        peak = f"{self.peak:,.0f}" if self.peak else ""
        return self.who, self.what, f"{self.size / MEGABYTE:,.1f}", f"{rates[-1]:.3g}{spread}", per_second, peak


def in_process(command: list[str]) -> dict[str, object]:
    """What a measuring process prints. Raises RuntimeError with the end of what it said when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE, env=_environment())
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it failed without a word"])[-1])
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def measured(who: str, what: str, command: list[str], size: int) -> Row:
    found = in_process(command)
    seconds = tuple(found["seconds"])  # type: ignore[arg-type]  # JSON of our own
    return Row(who, what, size, int(str(found["sets"])), seconds, float(str(found["peak_kb"])) / 1024)


def in_python(name: str, file: Path, runs: int) -> Row:
    """One of `x12_measures`."""
    command = [sys.executable, str(HERE / "x12_measures.py"), name, str(file), str(runs)]
    return measured(*MEASURES[name], command, file.stat().st_size)


def bots_row(file: Path, runs: int, cache: Path) -> Row:
    python, home = bots_home.environment(cache, UV), bots_home.home(cache)
    command = [str(python), str(HERE / "peer_bots.py"), str(home), str(file), str(runs)]
    return measured(
        "Bots 3.3.1", "parse_edi_file and split, 850 grammar made from our guide", command, file.stat().st_size
    )


def whole_process(arguments: list[str], feed: Callable[[int], None] | None = None) -> tuple[float, float]:
    """Seconds and peak MB of `gateway ARGUMENTS`, output thrown away; `feed` writes to its standard input."""
    reading, writing = os.pipe() if feed is not None else (None, None)
    with tempfile.NamedTemporaryFile("r", prefix="peak-") as peak:
        command = [sys.executable, str(HERE / "x12_process.py"), peak.name, *arguments]
        start = time.perf_counter()
        with subprocess.Popen(command, stdin=reading, stdout=subprocess.DEVNULL, env=_environment()) as process:
            if reading is not None and writing is not None and feed is not None:
                os.close(reading)
                feed(writing)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise RuntimeError(f"gateway {' '.join(arguments)} ended with {process.returncode}")
        return seconds, int(peak.read()) / 1024


def check_row(small: Path, folder: Path, count: int, runs: int) -> Row:
    """The whole command on a larger file, start of the interpreter included."""
    file = folder / "larger.edi"
    file.write_text("".join(orders(count)))
    found = [whole_process(["x12", "check", str(file)]) for _ in range(runs)]
    base = min(whole_process(["x12", "check", str(small)])[1] for _ in range(2))
    peak = max(one for _, one in found)
    size = file.stat().st_size
    file.unlink()
    what = f"whole process `gateway x12 check FILE`{_over(peak, base)}"
    return Row("ours", what, size, count, tuple(seconds for seconds, _ in found), peak)


def large_row(small: Path, count: int) -> Row:
    """A huge interchange through a pipe, made by another process while it is read."""
    maker = [sys.executable, str(HERE / "x12_files.py"), str(count)]
    size = 0

    def feed(writing: int) -> None:
        nonlocal size
        with subprocess.Popen(maker, stdout=subprocess.PIPE) as making, open(writing, "wb") as pipe:
            assert making.stdout is not None
            while block := making.stdout.read(1 << 20):
                size += len(block)
                pipe.write(block)

    seconds, peak = whole_process(["x12", "check", "-"], feed)
    base = min(whole_process(["x12", "check", str(small)])[1] for _ in range(2))
    what = f"whole process `gateway x12 check -`, made while it is read{_over(peak, base)}"
    return Row("ours", what, size, count, (seconds,), peak)


def rows(given: argparse.Namespace, folder: Path) -> Iterator[Row | str]:
    """Every row, or a sentence on why one is missing."""
    runs = 1 if given.quick else RUNS
    count = 400 if given.quick else 2_000
    file, small, claims = folder / "orders.edi", folder / "small.edi", folder / "claims.edi"
    file.write_text("".join(orders(count)))
    small.write_text("".join(orders(1)))
    claims.write_text(remittances(count // 5))
    wanted = {
        **{name: partial(in_python, name, claims if name == "pyx12_validate" else file, runs) for name in MEASURES},
        "check": partial(check_row, small, folder, 3_000 if given.quick else 34_300, runs),
        "large": partial(large_row, small, 17_000 if given.quick else 286_000),
        "bots": partial(bots_row, file, runs, Path(given.cache)),
    }
    left_out = tuple(filter(None, given.without.split(",")))
    for name, measure in wanted.items():
        if name.startswith(left_out or ("-",)):
            continue
        try:
            yield measure()
        except RuntimeError as error:
            yield f"Not measured: {name}: {error}"


def _over(peak: float, base: float) -> str:
    return f"; {peak - base:.0f} MB over the {base:.0f} MB it takes for a small file"


def report(found: list[Row | str], before: tuple[float, ...]) -> Iterator[str]:
    """The page, line by line."""
    yield from TITLE.format(runs=RUNS).splitlines()
    yield ""
    yield from machine(before)
    yield ""
    yield "| who | what | MB | MB/s | sets/s | peak MB |"
    yield "|---|---|---|---|---|---|"
    yield from (f"| {' | '.join(one.cells())} |" for one in found if isinstance(one, Row))
    yield ""
    yield from (f"{one}." for one in found if isinstance(one, str))
    yield from PEERS.splitlines()


def machine(before: tuple[float, ...]) -> Iterator[str]:
    """Where this was measured, and what else the machine had to do: load averages of the last minute."""
    names = (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name"))
    processor = next(names, platform.machine())
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    yield f"{today}, {processor}, {os.cpu_count()} cores, CPython {platform.python_version()}."
    after = os.getloadavg()[0]
    yield f"Load average of the last minute: {before[0]:.2f} before the run, {after:.2f} after it; it adds 1 itself."


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller files, one run: to see that it works")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/x12.md")
    parser.add_argument("--without", default="", help="leave out: bots, pyx12, large, with commas")
    parser.add_argument(
        "--cache", default=str(Path.home() / ".cache" / "gateway-benchmarks"), help="where Bots may live"
    )
    given = parser.parse_args()
    before = os.getloadavg()
    found: list[Row | str] = []
    with tempfile.TemporaryDirectory(prefix="x12-") as folder:
        for one in rows(given, Path(folder)):
            found.append(one)
            print(" | ".join(one.cells()) if isinstance(one, Row) else one, file=sys.stderr, flush=True)
    page = "\n".join(report(found, before)) + "\n"
    print(page)
    if given.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
