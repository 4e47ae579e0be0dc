"""One measurement in a process of its own: `python x12_measures.py NAME FILE RUNS` prints JSON.

Every measurement reads the file anew in each run, and says how many sets it met: one that skipped some would show.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from memory import peak_kb

from gateway.x12.acknowledge import check, functional_acknowledgement
from gateway.x12.interchange import Delimiters, InterchangeResult, SetResult, Terms
from gateway.x12.read import examine
from gateway.x12.rewrite import Rewriter, Wish
from gateway.x12.tokens import Limits, Tokens

BLOCK = 1 << 20
EVERYTHING = Terms(charset="extended", hash_totals=True)

MEASURES = {
    "tokenize": ("ours", "segments and elements, kept nowhere"),
    "validate": ("ours", "validate with everything on: order, elements, codes, notes, characters, totals"),
    "acknowledge": ("ours", "validate, draft the 997, prove and write it"),
    "rewrite": ("ours", "rewrite with other delimiters"),
    "pyx12_read": ("pyx12", "X12Reader: segments, elements, counts of envelopes"),
    "pyx12_validate": ("pyx12", "x12n_document: validate 835s with its map; no 999, which breaks off"),
}


def blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            yield block


def tokenize(file: Path) -> int:
    tokens, sets = Tokens(blocks(file), Limits()), 0
    while (header := tokens.seek()[1]) is not None:
        delimiters = header.header.delimiters
        while (batch := tokens.batch(delimiters)) is not None:
            for raw in batch.raws:
                sets += raw.split(delimiters.element)[0] == "ST"
            if batch.raws[-1].startswith("IEA"):
                break
    return sets


def validate(file: Path) -> int:
    sets = 0
    for event in examine(blocks(file), lambda *_: EVERYTHING):
        if isinstance(event, SetResult):
            sets += 1
            if event.status != "A":
                raise SystemExit(f"a set that should be good is {event.status}: {event.findings[0].message}")
    return sets


def acknowledge(file: Path) -> int:
    answered = 0
    for event in examine(blocks(file), lambda *_: EVERYTHING):
        if isinstance(event, InterchangeResult):
            draft = functional_acknowledgement(event)
            if draft is None or check(draft):
                raise SystemExit("no 997, or a bad one")
            now = datetime(2026, 1, 2, 9, 15, tzinfo=UTC)
            sealed = draft.seal(interchange_number=1, group_numbers=range(1, draft.groups + 1), now=now)
            answered += sealed.count(b"AK5*A")
    return answered


def rewrite(file: Path) -> int:
    rewriter = Rewriter(Wish(delimiters=Delimiters("|", ":", "'")))
    for _ in rewriter.rewrite(blocks(file)):
        pass
    return rewriter.summary.sets


def pyx12_read(file: Path) -> int:
    import pyx12.x12file

    with file.open(encoding="ascii") as source:
        return sum(segment.get_seg_id() == "ST" for segment in pyx12.x12file.X12Reader(source))


def pyx12_validate(file: Path) -> int:
    import pyx12.params
    import pyx12.x12n_document

    with file.open(encoding="ascii") as source:
        good = pyx12.x12n_document.x12n_document(pyx12.params.ParamsBase(), source, None, None)
    if not good:
        raise SystemExit("pyx12 refuses the file that is made for it")
    return file.read_text("ascii").count("~ST*835*")


def main() -> None:
    name, file, runs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    measure: Callable[[Path], int] = globals()[name]
    seconds, sets = [], 0
    for _ in range(runs):
        start = time.perf_counter()
        sets = measure(file)
        seconds.append(time.perf_counter() - start)
    peak = peak_kb()
    print(json.dumps({"seconds": seconds, "sets": sets, "peak_kb": peak}))


if __name__ == "__main__":
    main()
