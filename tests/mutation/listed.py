"""The survivors we know of with their reasons: written by hand in `survivors.yaml`, for docs/evidence/ from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mutation.mutants import Name

SURVIVORS = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True, slots=True)
class Compared:
    """Survivors that nobody has given a reason for; and those that are listed and are none any more."""

    unlisted: tuple[Name, ...]
    gone: tuple[Name, ...]


def reasons(text: str) -> dict[Name, str]:
    """Each listed survivor with its reason. Raises ValueError for one that is listed twice or has no reason."""
    found: dict[Name, str] = {}
    for group in yaml.safe_load(text) or ():
        for one in group["mutants"]:
            name = (one["path"], one["where"], one["line"], one["becomes"], one.get("nth", 1))
            if name in found or not group["reason"].strip():
                raise ValueError(f"listed twice, or without a reason: {told(name)}")
            found[name] = " ".join(group["reason"].split())
    return found


def entries(names: Iterable[Name]) -> str:
    """Survivors as they are written in the file, to be put under a reason."""
    return yaml.safe_dump([_entry(name) for name in names], sort_keys=False, allow_unicode=True, width=1000)


def compared(survived: Iterable[Name], listed: Iterable[Name], modules: Iterable[str]) -> Compared:
    """The survivors of some modules against the list."""
    survived, of = list(survived), set(modules)
    expected = [name for name in listed if name[0] in of]
    return Compared(
        tuple(name for name in survived if name not in set(expected)),
        tuple(name for name in expected if name not in set(survived)),
    )


def page(made: Mapping[str, int], survived: Iterable[Name], listed: Mapping[Name, str]) -> str:
    """`docs/evidence/mutants.md`."""
    left = list(survived)
    counts = {path: sum(name[0] == path for name in left) for path in made}
    rows = [f"| `{path}` | {many} | {many - counts[path]} | {counts[path]} |" for path, many in made.items()]
    total = sum(made.values())
    rows.append(f"| all | {total} | {total - len(left)} | {len(left)} |")
    return "\n".join([_HEAD, *rows, "", "## Not noticed, and why", *_by_reason(left, listed), ""])


def _by_reason(survived: list[Name], listed: Mapping[Name, str]) -> Iterator[str]:
    for reason in dict.fromkeys(reason for name, reason in listed.items() if name in set(survived)):
        yield f"\n**{reason}**\n"
        yield from (f"- {told(name)}" for name in survived if listed.get(name) == reason)


def _entry(name: Name) -> dict[str, Any]:
    path, where, line, becomes, nth = name
    entry = {"path": path, "where": where, "line": line, "becomes": becomes}
    return entry if nth == 1 else {**entry, "nth": nth}


def told(name: Name) -> str:
    """One survivor, as people read it."""
    path, where, line, becomes, nth = name
    return f"`{path}` {where}: `{line}` becomes `{becomes}`" + (f" (number {nth} of its like)" if nth > 1 else "")


_HEAD = """# Mutants

Written by `./test --long` (`tests/mutation/`). Each mutant is the module with one small fault: a boundary moved, `and`
for `or`, a constant changed, a condition always or never met, a statement, an entry of a table or an operand left out,
neighbouring arguments swapped, nothing returned. The tests of the room have to notice it. Not touched: annotations,
decorators, docstrings, imports. What no test notices is listed below with its reason (`tests/mutation/survivors.yaml`);
one that is not listed, or that is listed and noticed, fails the test.

It covers the modules of this table and no others: all of `gateway/ledger/`, and of `gateway/mapping/` the two that the
ways in and out begin with. What they stand on is not covered: the other modules of `gateway/mapping/` (fetching,
converting, checks, splitting, writing out), and all of X12, AS2, partners, cross references, the road, the store, the
doors and the commands. Those are held by their tests alone, of which nobody has counted what they miss.

| module | mutants | noticed | not noticed |
|---|---|---|---|"""
