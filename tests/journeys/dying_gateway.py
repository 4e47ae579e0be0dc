"""The `gateway` command, except that it dies, once, at one of the renames by which the folder door works.

`shown`: right after a file of ours showed under its name; `claimed`: right after one of theirs was claimed; `stored`:
after that was stored, before it is put away.
"""

import os
import signal
from pathlib import Path
from typing import Any

from gateway.cli.main import main

PROGRAM = ("-m", "tests.journeys.dying_gateway")
POINT = "GATEWAY_TEST_DIE_WHEN"
MARK = "GATEWAY_TEST_DIED"
"""A file that is there once it has died."""

_rename = os.rename


def _deadly(old: str, new: str, **folders: Any) -> None:
    here = "claimed" if "/" in str(new) else "stored" if "/" in str(old) else "shown"
    dies = bool(folders) and here == os.environ[POINT] and not Path(os.environ[MARK]).exists()
    if dies and here == "stored":
        _die()
    _rename(old, new, **folders)
    if dies:
        _die()


def _die() -> None:
    Path(os.environ[MARK]).touch()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.rename = _deadly  # type: ignore[assignment]
    main()
