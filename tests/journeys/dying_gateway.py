"""The `gateway` command, except that it dies, once, at one of the renames by which the folder door works.

`shown`: right after a file of ours showed under its name; `claimed`: right after one of theirs was claimed; `stored`:
after that was stored, before it is put away.
"""

import os
import signal
from pathlib import Path
from typing import Any

from gateway.cli.main import main
from gateway.transports.folder import place, send, watch

PROGRAM = ("-m", "tests.journeys.dying_gateway")
POINT = "GATEWAY_TEST_DIE_WHEN"
MARK = "GATEWAY_TEST_DIED"
"""A file that is there once it has died."""

_rename, _rename_free = os.rename, place.rename_free


def _deadly(old: str, new: str, **folders: Any) -> None:
    dies = bool(folders) and _here("claimed")
    _rename(old, new, **folders)
    if dies:
        _die()


def _deadly_free(old: str, new: str, **folders: Any) -> None:
    if "/" in old and _here("stored"):
        _die()
    dies = "/" not in old and _here("shown")
    _rename_free(old, new, **folders)
    if dies:
        _die()


def _here(point: str) -> bool:
    return os.environ[POINT] == point and not Path(os.environ[MARK]).exists()


def _die() -> None:
    Path(os.environ[MARK]).touch()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.rename = _deadly  # type: ignore[assignment]
    send.rename_free = watch.rename_free = _deadly_free  # type: ignore[assignment]
    main()
