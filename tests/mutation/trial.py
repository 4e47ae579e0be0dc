"""One run of some tests in a process of its own, forked from one that has imported all that stays the same.

A fork costs milliseconds where a new interpreter, pytest and pydantic cost seconds. Nothing of a room under test is
imported before the fork, so that tables, defaults and classes are made by the module with its change as by any other.
"""

import ast
import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mutation.imports import ImportFrom, marked

MEMORY = 4 << 30
"""Bytes a run may take: a loop that no longer ends often fills a list."""

SURVIVED, NO_TESTS = int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED)
BROKEN = 70
"""Exit code of a run that could not begin."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One test without any change: its processor seconds, and the (path, line) of the statements that it ran."""

    seconds: float
    lines: frozenset[tuple[str, int]]


def within_pytest(root: Path, bytecode: Path, beneath: Sequence[str], work: Callable[["Trials"], None]) -> None:
    """Does some work in a process that has read pytest's settings and imported `beneath`, which no mutant changes.

    `bytecode` is a folder to keep compiled tests in, which saves half the time. What `work` raises is raised.
    """
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(bytecode)
    _settle_hypothesis()
    for name in beneath:
        importlib.import_module(name)
    home = Path.cwd()
    os.chdir(root)
    options = ["-x", "-s", "-qq", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-o", "addopts="]
    first = [name for name in ("tests/conftest.py",) if (root / name).exists()]
    begun = _Begun(root, work)
    code = pytest.main([*options, f"--rootdir={root}", *first], plugins=[begun])
    os.chdir(home)
    if not begun.done:
        raise RuntimeError(f"pytest did not begin: exit code {code}")


class _Begun:
    """Stops pytest where it is about to look for tests; forks go on from there."""

    def __init__(self, root: Path, work: Callable[["Trials"], None]) -> None:
        self.done = False
        self._root, self._work = root, work

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        if self.done:
            return None
        self.done = True
        gc.collect()
        gc.freeze()
        self._work(Trials(self._root, config))
        return 0


def _settle_hypothesis() -> None:
    """The same examples in every run, and no search for a smaller one: that it fails is all we ask."""
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")


class _Chosen:
    """Runs these tests only, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {name: at for at, name in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self._order), key=lambda one: self._order[one.nodeid])


class _Watch:
    """Keeps what each test runs, and which fail."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.ran: dict[str, Ran] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.seen.clear()
        start = time.process_time()
        result = yield
        self.ran[item.nodeid] = Ran(time.process_time() - start, frozenset(self.seen))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


class Trials:
    """Runs of tests, each in a fork of this process."""

    def __init__(self, root: Path, config: pytest.Config) -> None:
        self._root, self._config = root, config

    def start(self, path: str, text: str, tests: Sequence[str], seconds: float) -> int:
        """Begins to run these tests against a module of this text, up to the first that fails. The process id.

        It may take so many seconds of a processor; the clock on the wall would kill mutants where the machine is busy.
        """

        def run() -> int:
            limit = int(seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if sys.platform == "linux":  # elsewhere it cannot be limited
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            ImportFrom(self._root, {path: ast.parse(text)}).install()
            return self._tested(dict.fromkeys(name.partition("::")[0] for name in tests), _Chosen(tests))

        return _forked(run)

    def survey(self, sources: Mapping[str, str], files: Sequence[str], answer: Path) -> int:
        """Begins to run all tests of these files, unchanged; what each of them ran goes to `answer`. The process id."""

        def run() -> int:
            watch = _Watch()
            trees = {path: marked(path, text) for path, text in sources.items()}
            ImportFrom(self._root, trees, watch.seen.add).install()
            self._config.option.maxfail = 0
            code = self._tested(files, watch)
            ran = {name: [one.seconds, sorted(one.lines)] for name, one in watch.ran.items()}
            answer.write_text(json.dumps({"code": code, "failed": watch.failed, "ran": ran}), encoding="utf-8")
            return 0

        return _forked(run)

    def _tested(self, files: Iterable[str], plugin: object) -> int:
        self._config.args = list(files)
        self._config.pluginmanager.register(plugin)
        return int(self._config.hook.pytest_cmdline_main(config=self._config))


def _forked(run: Callable[[], int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os._exit(run())
    finally:
        os._exit(BROKEN)


def surveyed(answers: Sequence[Path]) -> dict[str, Ran]:
    """What the surveys found. Raises RuntimeError where a test fails without any change."""
    found: dict[str, Ran] = {}
    for answer in answers:
        told = json.loads(answer.read_text(encoding="utf-8"))
        if told["code"] not in (SURVIVED, NO_TESTS):
            raise RuntimeError(f"tests fail before anything is changed: {told['failed'] or told['code']}")
        for name, (seconds, lines) in told["ran"].items():
            found[name] = Ran(seconds, frozenset((path, line) for path, line in lines))
    return found
