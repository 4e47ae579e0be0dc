"""A new local home for trying the gateway out: folders and random secrets. `./run` and `./run demo` only, never
`serve`.
"""

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from gateway.app.secrets import Secrets
from gateway.errors import MachineError


def make_home(home: Path) -> None:
    """Create the home, readable by its owner only. Raises MachineError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "secrets").mkdir(exist_ok=True, mode=0o700)
    except OSError as refused:
        raise MachineError(f"{home}: cannot make the gateway's home: {refused}") from refused


def fill_secrets(references: Iterable[str], places: Secrets) -> Sequence[tuple[str, str]]:
    """Write a random secret to every `file:` reference that has no file yet.

    Returns the new ones as (reference, secret), to be shown once.
    """
    made: list[tuple[str, str]] = []
    for reference in references:
        path = places.path(reference)
        if path is None or path.exists():
            continue
        value = secrets.token_urlsafe(24)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value + "\n")
        made.append((reference, value))
    return made
