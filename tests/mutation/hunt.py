"""All mutants of some modules against the tests that could notice them, two at a time."""

import os
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.mutants import Mutant, Name, mutants
from tests.mutation.trial import BROKEN, NO_TESTS, SURVIVED, Ran, Trials, surveyed, within_pytest

AT_ONCE = 2
MARGIN_SECONDS = 10
"""What a run may take beside five times what its tests take without a change."""

FIRST_TESTS, FIRST_FILES = 40, 3
"""The quickest tests from the likeliest files go first: nine mutants in ten end there."""


@dataclass(frozen=True, slots=True)
class Room:
    """Modules to be changed and the tests that have to notice.

    `modules` and `tests` are paths from the root, tests also of folders; `beneath` names modules that are imported by
    them, and that import none of them.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    beneath: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hunted:
    """How many mutants of each module there were, and which of them no test noticed."""

    made: dict[str, int]
    survivors: list[Mutant]


def hunt(root: Path, room: Room, told: Callable[[str], None] = lambda _: None) -> Hunted:
    """Every mutant of a room. Forks: call it from a process without threads, which has imported nothing of the room.

    Raises RuntimeError when tests fail without any change.
    """
    sources = {path: (root / path).read_text(encoding="utf-8") for path in room.modules}
    made = [mutant for path, source in sources.items() for mutant in mutants(path, source)]
    survived: set[Name] = set()
    with tempfile.TemporaryDirectory() as folder:

        def work(trials: Trials) -> None:
            tests = _survey(trials, sources, list(_test_files(root, room.tests)), Path(folder))
            told(f"{len(made)} mutants, {len(tests)} tests")
            survived.update(_Pool(trials, _Tests(tests)).survivors(made, told))

        within_pytest(root, Path(folder) / "bytecode", room.beneath, work)
    counts = {path: sum(one.path == path for one in made) for path in room.modules}
    return Hunted(counts, [mutant for mutant in made if mutant.name in survived])


def _test_files(root: Path, tests: Iterable[str]) -> Iterator[str]:
    for name in tests:
        files = [root / name] if name.endswith(".py") else sorted((root / name).rglob("test_*.py"))
        yield from (str(file.relative_to(root)) for file in files)


def _survey(trials: Trials, sources: Mapping[str, str], files: list[str], folder: Path) -> dict[str, Ran]:
    shares = [share for share in (files[at::AT_ONCE] for at in range(AT_ONCE)) if share]
    answers = [folder / f"{at}.json" for at in range(len(shares))]
    started = [trials.survey(sources, *one) for one in zip(shares, answers, strict=True)]
    for pid in started:
        os.waitpid(pid, 0)
    return surveyed(answers)


class _Tests:
    """Which tests could notice a mutant, in waves: the next is tried when the one before noticed nothing."""

    def __init__(self, tests: Mapping[str, Ran]) -> None:
        self.seconds = {name: one.seconds for name, one in tests.items()}
        self._by_line: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._by_module: dict[str, list[str]] = defaultdict(list)
        for name in sorted(tests, key=self.seconds.__getitem__):
            for line in tests[name].lines:
                self._by_line[line].append(name)
            for path in {path for path, _ in tests[name].lines}:
                self._by_module[path].append(name)

    def waves(self, mutant: Mutant) -> list[Sequence[str]]:
        """The likeliest of those that run its line; then all others of them, and those of the module by name."""
        own = [name for name in self.seconds if _mirrors(name, mutant.path)]
        if mutant.statement:
            run = self._by_line[mutant.path, mutant.statement]
        else:
            run = list(dict.fromkeys([*own, *self._by_module[mutant.path]]))
        files = [name for name, _ in Counter(_file(name) for name in run).most_common()]
        files.sort(key=lambda name: not _mirrors(name, mutant.path))
        first = [name for name in run if _file(name) in files[:FIRST_FILES]][:FIRST_TESTS]
        chosen = set(first)
        # What is made once and kept is made in one test and used in many.
        return [first, [name for name in dict.fromkeys([*run, *own]) if name not in chosen]]


def _file(test: str) -> str:
    return test.partition("::")[0]


def _mirrors(test: str, path: str) -> bool:
    return Path(_file(test)).name.startswith(f"test_{Path(path).stem}")


@dataclass(slots=True)
class _Pool:
    """Runs that go on beside each other."""

    trials: Trials
    tests: _Tests
    running: dict[int, tuple[Mutant, list[Sequence[str]]]] = field(default_factory=dict)

    def survivors(self, made: Sequence[Mutant], told: Callable[[str], None]) -> set[Name]:
        """The names of those that no test notices."""
        waiting = deque((mutant, self.tests.waves(mutant)) for mutant in made)
        survived = set()
        while waiting or self.running:
            while waiting and len(self.running) < AT_ONCE:
                mutant, waves = waiting.popleft()
                tests, later = _next(waves)
                if tests:
                    self.running[self._start(mutant, tests)] = mutant, later
                else:
                    survived.add(mutant.name)
                    told(f"not noticed: {mutant.path} {mutant.where}: {mutant.line} => {mutant.becomes}")
            if self.running:
                mutant, left = self._ended()
                if left is not None:
                    waiting.appendleft((mutant, left))
        return survived

    def _start(self, mutant: Mutant, tests: Sequence[str]) -> int:
        seconds = MARGIN_SECONDS + 5 * sum(self.tests.seconds[name] for name in tests)
        return self.trials.start(mutant.path, mutant.text, tests, seconds)

    def _ended(self) -> tuple[Mutant, list[Sequence[str]] | None]:
        """The first that ends, with the waves that are left for it: None when it was noticed."""
        pid, status = os.wait()
        mutant, later = self.running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code in (NO_TESTS, BROKEN):
            raise RuntimeError(f"the tests of {mutant.name} did not run")
        return mutant, later if code == SURVIVED else None


def _next(waves: list[Sequence[str]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    left = [wave for wave in waves if wave]
    return (left[0], left[1:]) if left else ((), [])
