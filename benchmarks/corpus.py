"""Every file of a folder, read by us and by pyx12: what can be read, what yields sets and an answer, what is refused.

    .tools/bin/uv run --frozen python benchmarks/corpus.py FOLDER [--write]

The folder has one folder per project (files named LICENSE* and `.tsv` and what lies under `expected/` are no samples).
It is no part of the repository; the table is, with `--write` in docs/evidence/corpus.md. pyx12's reader runs in this
process too, a file at a time; whatever either raises is counted, and nothing stops the run.
"""

import argparse
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyx12.x12file

from gateway.x12.acknowledge import check, functional_acknowledgement, interchange_acknowledgement
from gateway.x12.findings import Effect
from gateway.x12.interchange import InterchangeHeader, InterchangeResult, SetResult, Unreadable
from gateway.x12.read import examine

PAGE = Path(__file__).parent.parent / "docs" / "evidence" / "corpus.md"
NOW = datetime(2026, 1, 2, 9, 15, tzinfo=UTC)
WANTED_SHARE = 0.95

CONTRADICTIONS = ("004", "026", "027")
"""TA105 of an ISA whose delimiters cannot all be meant: nothing behind it can be told apart for sure."""

REASONS = {
    "no ISA": "no ISA at all: a lone transaction set, or text",
    "broken ISA": "an ISA that has no sixteen elements and a terminator",
    "delimiters": "an ISA whose delimiters contradict each other: the terminator is a letter, or one stands for two",
    "no set": "no set inside a group: text where GS belongs, or no group at all",
    "no answer": "sets, but neither a TA1 nor a 997 for them",
    "answers only": "nothing but acknowledgements, which are never acknowledged",
}


SUMMARY = """Of {readable} files with a readable ISA, {yielding} ({share}) yield sets and an answer; of {headers}, with
{other} whose delimiters contradict each other counted as readable too, {wider}.

`benchmarks/corpus.py` read {files} files from {projects} public repositories: samples, test data and pieces of sources
and documents, many of them broken on purpose. Some of them are kept in `tests/data/corpus/`.

- Read without an exception: {read} of {files}.
- A readable ISA has sixteen elements and delimiters that do not contradict each other. An answer is a 997, a TA1, or
  silence where nothing but acknowledgements came. Every answer was proved under our own guide.
- pyx12's reader gets through {peer} files with at least one set, and raises on {raises}. Getting through says nothing
  of what it found: it looks at envelopes only, as it has no map for most of these sets.
"""

HEADERS = (
    "project", "files", "no exception", "ISA readable", "sets and answer", "sets", "pyx12: whole", "pyx12: raises",
    "pyx12: sets",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What became of one file. `raised` is an exception; `reason` is a key of `REASONS`, "" for a whole answer."""

    project: str
    file: str
    raised: str = ""
    headers: int = 0
    readable: bool = False
    sets: int = 0
    trees: int = 0
    answered: bool = False
    status: str = ""
    reason: str = ""
    peer: str = ""
    peer_sets: int = 0
    codes: Counter[str] = field(default_factory=Counter)


def samples(folder: Path) -> list[Path]:
    """The sample files of a folder, in order of their names."""
    return sorted(
        path
        for path in folder.glob("*/**/*")
        if path.is_file()
        and "expected" not in path.relative_to(folder).parts
        and not path.name.upper().startswith(("LICENSE", "README"))
        and path.suffix != ".tsv"
    )


def look(folder: Path, path: Path) -> Outcome:
    """Read one file with both."""
    project = path.relative_to(folder).parts[0]
    outcome = Outcome(project=project, file=str(path.relative_to(folder)))
    data = path.read_bytes()
    try:
        _ours(data, outcome)
    except Exception as error:  # noqa: BLE001  # this is what is counted
        outcome.raised = f"{type(error).__name__}: {error}"
    _theirs(data, outcome)
    return outcome


def _ours(data: bytes, outcome: Outcome) -> None:
    seen: list[InterchangeResult] = []
    unreadable = ""
    for event in examine(data):
        if isinstance(event, InterchangeHeader):
            outcome.headers += 1
        elif isinstance(event, SetResult):
            outcome.sets += 1
            outcome.trees += event.content is not None
            outcome.codes.update(_faults(event.findings))
        elif isinstance(event, InterchangeResult):
            seen.append(event)
            outcome.codes.update(_faults(event.findings))
            for group in event.groups:
                outcome.codes.update(_faults(group.findings))
        elif isinstance(event, Unreadable):
            broken = "cannot be read" in event.findings[0].message
            unreadable = unreadable or ("broken ISA" if broken else "no ISA")
    outcome.readable = any(result.note not in CONTRADICTIONS for result in seen)
    answers = [bool(_sealed(result)) for result in seen]
    outcome.answered = bool(answers) and all(answers)
    outcome.status = "".join(sorted({result.status for result in seen}))
    outcome.reason = _reason(outcome, seen, unreadable)


def _faults(findings: tuple[object, ...]) -> Iterator[str]:
    return (one.code for one in findings if one.effect is not Effect.WARN)  # type: ignore[attr-defined]


def _sealed(result: InterchangeResult) -> bytes:
    """The answer to an interchange: its TA1 if one is due, and its 997; every one proved under our own guide."""
    drafts = (interchange_acknowledgement(result, policy="requested"), functional_acknowledgement(result))
    sealed = b""
    for draft in filter(None, drafts):
        faults = check(draft)
        if faults:
            raise AssertionError(f"an answer of ours is not valid: {faults[0].message}")
        sealed += draft.seal(interchange_number=1, group_numbers=range(1, draft.groups + 1), now=NOW)
    return sealed


def _reason(outcome: Outcome, seen: list[InterchangeResult], unreadable: str) -> str:
    if not outcome.headers:
        return unreadable or "no ISA"
    if not outcome.readable:
        return "delimiters"
    groups = [group for result in seen for group in result.groups]
    answers = bool(groups) and all(group.header.functional_id == "FA" for group in groups)
    lone = any(result.received_ta1 for result in seen) and not groups
    if not outcome.sets and not lone:
        return "no set"
    if not outcome.answered:
        return "answers only" if answers or lone else "no answer"
    return ""


def _theirs(data: bytes, outcome: Outcome) -> None:
    """pyx12's reader over the same bytes, a byte a character, which is the kindest way to open them for it."""
    try:
        for segment in pyx12.x12file.X12Reader(io.StringIO(data.decode("latin-1"))):
            outcome.peer_sets += segment.get_seg_id() == "ST"
    except Exception as error:  # noqa: BLE001  # this is what is counted
        outcome.peer = type(error).__name__
    else:
        outcome.peer = "" if outcome.peer_sets else "no set"


@dataclass(slots=True)
class Totals:
    """Counts over the files of a project, or all. Of those with a readable ISA `yielding` give sets and an answer."""

    files: int = 0
    raised: int = 0
    headers: int = 0
    readable: int = 0
    yielding: int = 0
    sets: int = 0
    peer_whole: int = 0
    peer_raised: int = 0
    peer_sets: int = 0

    def add(self, outcome: Outcome) -> None:
        self.files += 1
        self.raised += bool(outcome.raised)
        self.headers += bool(outcome.headers)
        self.readable += outcome.readable
        self.yielding += yields(outcome)
        self.sets += outcome.sets
        self.peer_whole += not outcome.peer
        self.peer_raised += bool(outcome.peer) and outcome.peer != "no set"
        self.peer_sets += outcome.peer_sets

    def cells(self) -> str:
        numbers = (
            self.files, self.files - self.raised, self.readable, self.yielding, self.sets, self.peer_whole,
            self.peer_raised, self.peer_sets,
        )  # fmt: skip
        return " | ".join(map(str, numbers))


def yields(outcome: Outcome) -> bool:
    """Sets and an answer; a file of acknowledgements is answered by silence."""
    return outcome.readable and outcome.reason in ("", "answers only") and not outcome.raised


def page(outcomes: list[Outcome]) -> Iterator[str]:
    """The table, line by line."""
    whole = Totals()
    projects: dict[str, Totals] = {}
    for outcome in outcomes:
        whole.add(outcome)
        projects.setdefault(outcome.project, Totals()).add(outcome)
    share = whole.yielding / whole.readable if whole.readable else 0.0
    yield "# Files of other projects, read by us and by pyx12"
    yield ""
    yield from SUMMARY.format(
        files=whole.files, projects=len(projects), read=whole.files - whole.raised, readable=whole.readable,
        yielding=whole.yielding, share=f"{share:.1%}", other=whole.headers - whole.readable, headers=whole.headers,
        wider=f"{whole.yielding / max(whole.headers, 1):.1%}", peer=whole.peer_whole, raises=whole.peer_raised,
    ).splitlines()  # fmt: skip
    yield ""
    yield "## By project"
    yield ""
    yield f"| {' | '.join(HEADERS)} |"
    yield "|" + "---|" * len(HEADERS)
    yield from (f"| {name.replace('+', '/')} | {totals.cells()} |" for name, totals in sorted(projects.items()))
    yield f"| all | {whole.cells()} |"
    yield ""
    yield from _refused(outcomes)
    yield from _codes(outcomes)


def _refused(outcomes: list[Outcome]) -> Iterator[str]:
    yield "## What yields no set or no answer, and why"
    yield ""
    yield "| why | files | pyx12: whole | for example |"
    yield "|---|---|---|---|"
    for reason, text in REASONS.items():
        same = [one for one in outcomes if one.reason == reason]
        if same:
            example = min(same, key=lambda one: len(one.file)).file
            whole = sum(not one.peer for one in same)
            yield f"| {text} | {len(same)} | {whole} | {example} |"
    yield ""


def _codes(outcomes: list[Outcome]) -> Iterator[str]:
    """Good X12 is one thing, what these files hold another: which faults they have."""
    files: Counter[str] = Counter(code for one in outcomes for code in one.codes)
    accepted = sum(one.status == "A" and not one.codes for one in outcomes)
    yield "## What is wrong in them"
    yield ""
    yield f"{accepted} files have no fault at all. The others by code, of which a file may have several:"
    yield ""
    yield "| code | files |"
    yield "|---|---|"
    yield from (f"| `{code}` | {count} |" for code, count in files.most_common(20))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/corpus.md")
    given = parser.parse_args()
    outcomes = [look(given.folder, path) for path in samples(given.folder)]
    text = "\n".join(page(outcomes)) + "\n"
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    for outcome in outcomes:
        if outcome.raised:
            print(f"{outcome.file}: {outcome.raised}")
    readable = [one for one in outcomes if one.readable]
    missing = [one for one in readable if not yields(one)]
    for one in missing:
        print(f"{one.file}: {REASONS[one.reason]}")
    if any(one.raised for one in outcomes) or len(missing) > (1 - WANTED_SHARE) * len(readable):
        raise SystemExit("not every file was read, or too few yield sets and an answer")


if __name__ == "__main__":
    main()
