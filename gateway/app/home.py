"""The home: held by one process or shared by all nodes of a database; and a new one, with random secrets, for
`./run` and `./run demo` (never for `serve`).
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import structlog

from gateway.app.memory import Memory
from gateway.app.secrets import Secrets
from gateway.errors import MachineError
from gateway.store.witness import Witness

log = structlog.get_logger("gateway")

NOT_SHOWN = "file:secrets/.not-shown"
"""Where invented secrets are noted, by reference, until somebody has been shown them."""


@contextlib.contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Hold the home for this process; the system gives it back however the process ends.

    A second gateway on the same SQLite file would take the first one's work in hand for left over, and do it again.
    Raises MachineError when another has it.
    """
    try:
        descriptor = os.open(home / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as refused:
        raise MachineError(f"{home}: cannot be used: {refused.strerror}") from refused
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        os.close(descriptor)
        raise MachineError(f"{home}: another gateway runs in this home; stop it, or set GATEWAY_HOME") from taken
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def one_home(memory: Memory, lost: Callable[[str], None]) -> Iterator[None]:
    """Prove that this home is the one of the database, and while the block lasts tell the same to nodes that start.

    Raises MachineError, before anything in the home was read or swept, when it is not. `lost` is called, from another
    thread, with the reason when it is no longer: end the block then.
    """
    memory.home.settle()
    witness = Witness(memory.database.url, memory.home, lost) if memory.database.kind == "postgresql" else None
    if witness:
        witness.start()
    try:
        yield
    finally:
        if witness:
            witness.stop()
        try:
            memory.home.leave()
        except MachineError as refused:
            log.warning("home.left_unmarked", error=str(refused))


def make_home(home: Path) -> None:
    """Create the home, readable by its owner only. Raises MachineError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "secrets").mkdir(exist_ok=True, mode=0o700)
    except OSError as refused:
        raise MachineError(f"{home}: cannot make the gateway's home: {refused}") from refused


def fill_secrets(references: Iterable[str], places: Secrets) -> Sequence[tuple[str, str]]:
    """Write a random secret to every `file:` reference that has no file yet.

    Returns (reference, secret) of all that were ever invented here and that nobody was shown yet: also those of a start
    that failed before it could print them. Call `secrets_were_shown` when they are printed.
    """
    noted = places.path(NOT_SHOWN)
    assert noted is not None  # noqa: S101 - a `file:` reference has a path
    for reference in references:
        path = places.path(reference)
        if path is None or path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Noted first: a secret that is there but noted nowhere would never be shown.
        _write(noted, f"{reference}\n", os.O_APPEND)
        unfinished = path.with_name(f".{path.name}.new")
        _write(unfinished, secrets.token_urlsafe(24) + "\n", os.O_TRUNC)
        unfinished.replace(path)
    known = noted.read_text("utf-8").splitlines() if noted.exists() else []
    there = [one for one in dict.fromkeys(known) if (path := places.path(one)) is not None and path.exists()]
    return [(reference, places.get(reference)) for reference in there]


def secrets_were_shown(places: Secrets) -> None:
    """Somebody has been shown every invented secret: `fill_secrets` does not return them again."""
    noted = places.path(NOT_SHOWN)
    assert noted is not None  # noqa: S101 - a `file:` reference has a path
    noted.unlink(missing_ok=True)


def _write(path: Path, text: str, how: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
