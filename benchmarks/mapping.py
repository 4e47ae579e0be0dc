"""The mapping engine, measured beside jsonata-python on the same machine in one run.

    .tools/bin/uv run --frozen python benchmarks/mapping.py [--quick] [--runs 5] [--write] [--without jsonata]

One 850 of 50 lines, 118 segments: read through `x12/850` to the canonical order, and written back. Reading starts at
the tree of a set that was checked, writing ends with segments in order; checking, delimiters and the pydantic model
are measured apart. jsonata-python maps the same tree, as JSON, to nearly the same order, in an environment that is made
for it under `--cache`. `--write` puts the table into docs/evidence/mapping.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bots_home
from x12 import UV, machine

from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.x12.interchange import Loop, TransactionSet

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "evidence" / "mapping.md"
PEER = "jsonata-python==0.7.1"
LINES = 50
ROUNDS = 1_000
LIMITS = {"read": 0.3, "write": 0.5}
"""Milliseconds, median, on one core."""

TITLE = """# Speed of the mapping engine

`benchmarks/mapping.py`. One 850 (004010) of {lines} lines, {segments} segments, through `x12/850@1`, which
has {fields} fields. Milliseconds of processor time, so that what else the machine does counts less, though a busy
neighbour on the same core still counts: median of all rounds, {rounds} in each of {runs} runs; the medians of the
fastest and of the slowest run; fastest and slowest tenth of all rounds. One core, nothing kept between rounds but what
was compiled, and no two lines with the same numbers.
"""

NOTES = """Reading starts at the tree of a set that was checked; writing ends with segments in the guide's order, and
gives the same set. The canonical model is counted apart: it is needed once in either direction. jsonata-python gets the
tree as JSON, parsed before; its expression fills 36 fields, converts neither dates nor numbers, and has no way back."""

EXPRESSION = (HERE / "mapping_850.jsonata").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: milliseconds of each round; `limit` 0 where none is promised, `medians` those of the runs."""

    who: str
    what: str
    milliseconds: tuple[float, ...]
    limit: float = 0.0
    medians: tuple[float, ...] = ()

    def cells(self) -> tuple[str, ...]:
        ordered = sorted(self.milliseconds)
        tenth = len(ordered) // 10
        spread = f"{ordered[tenth]:.3g}-{ordered[-tenth - 1]:.3g}"
        runs = f"{min(self.medians):.3g}-{max(self.medians):.3g}" if self.medians else ""
        limit = f"{self.limit:g}" if self.limit else ""
        return self.who, self.what, f"{statistics.median(ordered):.3g}", runs, spread, limit


def together(runs: list[list[Row | str]]) -> list[Row | str]:
    """The same measurements of several runs as one each; the sentences of the first run, then what only others said."""
    found: dict[tuple[str, ...], list[Row]] = {}
    sentences: dict[str, None] = {}
    for one in (one for run in runs for one in run):
        if isinstance(one, Row):
            found.setdefault((one.who, one.what), []).append(one)
        else:
            sentences[one] = None
    return [*sentences, *map(_pooled, found.values())]


def _pooled(rows: list[Row]) -> Row:
    every = tuple(each for row in rows for each in row.milliseconds)
    medians = tuple(statistics.median(row.milliseconds) for row in rows)
    return Row(rows[0].who, rows[0].what, every, rows[0].limit, medians)


def order(lines: int) -> dict[str, object]:
    """A canonical order as a retailer sends it."""
    party = {"name": "CEDAR MART DC 14", "id": "0014", "id_qualifier": "assigned_by_buyer"}
    address = {"address1": "2200 DEPOT ROAD", "city": "WACO", "state": "TX", "postal_code": "76701", "country": "US"}
    return {
        "purpose": "original",
        "type": "stand_alone",
        "po_number": "4500123456",
        "order_date": "2026-01-02",
        "currency": "USD",
        "department": "038",
        "vendor_number": "0098765",
        "promotion": "SPRING26",
        "requested_ship": "2026-01-12",
        "cancel_after": "2026-01-31",
        "contacts": [{"function": "buyer", "name": "DANA WHITFIELD", "telephone": "5125550143"}],
        "buyer": {"name": "CEDAR MART STORES", "id": "0100", "id_qualifier": "assigned_by_buyer"},
        "ship_tos": [{**party, **address}],
        "terms": [
            {"kind": "discount_offered", "basis_date": "invoice_date", "discount_percent": "2", "discount_days": 10}
        ],
        "notes": [{"kind": "L1", "reference": "SHIP", "text": "DELIVER TO DOCK 4."}],
        "lines": [line(number) for number in range(1, lines + 1)],
        "totals": {"line_count": lines},
    }


def line(number: int) -> dict[str, object]:
    """One article of it: no two have the same numbers, so that nothing is gained by remembering values."""
    return {
        "number": str(number),
        "quantity": f"{number * 6}",
        "unit": "case",
        "price": f"{18 + number}.{number:02}",
        "buyer_sku": f"0100{number:03}",
        "vendor_sku": f"HP-{number}",
        "upc": "012345678905",
        "descriptions": [{"form": "free", "text": f"STONEWARE MIXING BOWL SET {number}"}],
    }


def timed(work: Callable[[], object], rounds: int) -> tuple[float, ...]:
    """Milliseconds of processor time of each round: waiting for a core is not the work."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append((time.process_time() - start) * 1e3)
    return tuple(found)


def ours(compiled: CompiledMapping, content: TransactionSet, document: dict[str, object], rounds: int) -> Iterator[Row]:
    assert content.tree.segments
    yield Row("ours", "X12 to canonical", timed(lambda: compiled.translate(content), rounds), LIMITS["read"])
    read = compiled.translate(content).document
    yield Row(
        "ours",
        "canonical to X12, numbers as JSON has them",
        timed(lambda: compiled.write(document, version="004010"), rounds),
        LIMITS["write"],
    )
    yield Row(
        "ours",
        "canonical to X12, numbers as reading gives them",
        timed(lambda: compiled.write(read, version="004010"), rounds),
    )
    yield Row("pydantic", "the canonical model over the same order", timed(lambda: compiled.faults(document), rounds))
    yield Row("ours", "canonical to JSON text", timed(lambda: dumps(read), rounds))


def plain(loop: Loop) -> dict[str, object]:
    """The tree as JSON that a JSONata user would be given: elements by name, segments and loops as lists of objects."""
    own = {name: [_named(segment) for segment in found] for name, found in loop.segments.items()}
    inner = {f"{name}_loop": [plain(each) for each in found] for name, found in loop.loops.items()}
    return {**own, **inner}


def _named(segment: tuple[str, ...]) -> dict[str, str]:
    return {f"{segment[0]}{at:02}": value for at, value in enumerate(segment) if at and value}


def jsonata(content: TransactionSet, rounds: int, cache: Path) -> Row:
    """The peer, in a process and an environment of its own. Raises RuntimeError when it cannot be had."""
    python = bots_home.environment_of(cache, UV, "jsonata-0.7.1", (PEER,))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as given:
        json.dump({"expression": EXPRESSION, "tree": plain(content.tree), "rounds": rounds}, given)
        given.flush()
        command = [str(python), str(HERE / "peer_jsonata.py"), given.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it failed without a word"])[-1])
    found = json.loads(done.stdout)
    wanted = [(each["number"], each["unit"], each["upc"], each["buyer_sku"]) for each in map(line, range(1, LINES + 1))]
    mapped = [(each["number"], each["unit"], each["upc"], each["buyer_sku"]) for each in found["order"]["lines"]]
    if mapped != wanted or found["order"]["ship_to"]["city"] != "WACO":
        raise RuntimeError("it maps something else")
    return Row("jsonata-python 0.7.1", "X12 to canonical, 36 fields, nothing converted", tuple(found["milliseconds"]))


def rows(given: argparse.Namespace) -> Iterator[Row | str]:
    """What is measured, then every row, or a sentence on why one is missing."""
    text = (ROOT / "mappings" / "x12" / "850" / "v1.map.yaml").read_text("utf-8")
    library = Library({"x12/850/v1.map.yaml": text})
    compiled, document = library.compile("x12/850@1"), order(LINES)
    written = compiled.write(document, version="004010")
    proof = proven("850", "004010", written.segments)
    assert not written.problems, written.problems
    assert not proof.findings, proof.findings
    assert proof.content is not None
    assert json.loads(dumps(compiled.read(proof.content).document)) == document
    rounds = 50 if given.quick else ROUNDS
    fields = len(library.explain("x12/850@1"))
    yield TITLE.format(lines=LINES, segments=len(proof.lines), fields=fields, rounds=f"{rounds:,}", runs=given.runs)
    yield from ours(compiled, proof.content, document, rounds)
    if given.without != "jsonata":
        try:
            yield jsonata(proof.content, 5 if given.quick else 100, Path(given.cache))
        except RuntimeError as error:
            yield f"Not measured: jsonata-python: {error}"


def report(found: list[Row | str], before: tuple[float, ...]) -> Iterator[str]:
    """The page, line by line."""
    title, *sentences = (one for one in found if isinstance(one, str))
    yield from title.splitlines()
    yield ""
    yield from machine(before)
    yield ""
    yield "| who | what | ms | runs | tenths | at most |"
    yield "|---|---|---|---|---|---|"
    yield from (f"| {' | '.join(one.cells())} |" for one in found if isinstance(one, Row))
    yield ""
    yield from (f"{one}." for one in sentences)
    yield from NOTES.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works")
    parser.add_argument("--runs", type=int, default=1, help="how often everything is measured: machines have moods")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/mapping.md")
    parser.add_argument("--without", default="", help="leave out: jsonata")
    parser.add_argument(
        "--cache", default=str(Path.home() / ".cache" / "gateway-benchmarks"), help="where jsonata-python may live"
    )
    given = parser.parse_args()
    before = os.getloadavg()
    runs: list[list[Row | str]] = []
    for _ in range(given.runs):
        runs.append([])
        for one in rows(given):
            runs[-1].append(one)
            print(" | ".join(one.cells()) if isinstance(one, Row) else one, file=sys.stderr, flush=True)
    page = "\n".join(report(together(runs), before)) + "\n"
    print(page)
    if given.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
