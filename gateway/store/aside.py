"""Content that no row refers to is set aside, not removed: over a home that is not its own, a database knows nothing.

    <home>/set-aside/<day>/<sha256>    moved here by the sweep of that day (UTC)

Whoever reads it, and every sweep whose database knows it, brings it back.
"""

import contextlib
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger("gateway.store")

KEPT_DAYS = 30
"""What nobody has asked for in so many days is removed: time enough to notice that a backup was the wrong one."""

PAGE = 1_000

Known = Callable[[Sequence[str]], Collection[str]]
"""Of these hashes, those that a row refers to."""


@dataclass(frozen=True, slots=True)
class Aside:
    """The files set aside in one home. `place` says where content of a hash lives. Methods raise OSError."""

    folder: Path
    place: Callable[[str], Path]

    def put(self, path: Path) -> Path:
        """Move a file here. Returns where it is now."""
        day = self.folder / _today().isoformat()
        day.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path.rename(day / path.name)

    def find(self, sha256: str) -> Path | None:
        """Where content of this hash was set aside, None when it was not."""
        return next((path for _, day in self._days() if (path := day / sha256).exists()), None)

    def bring_back(self, sha256: str) -> None:
        """Put it where it lives, if it is here."""
        found = self.find(sha256)
        if found is not None:
            target = self.place(sha256)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):  # another reader did
                found.rename(target)
                log.warning("blob.brought_back", sha256=sha256, found="a row refers to content that was set aside")

    def sweep(self, known: Known) -> None:
        """Bring back what is known after all, and remove what is not and lies here for more than `KEPT_DAYS`."""
        for day, folder in list(self._days()):
            over = _today() - day > timedelta(days=KEPT_DAYS)
            names = (path.name for path in list(folder.iterdir()))
            while page := list(itertools.islice(names, PAGE)):
                referred = set(known(page))
                for name in page:
                    if name in referred and not self.place(name).exists():
                        self.bring_back(name)
                    elif over:
                        (folder / name).unlink(missing_ok=True)
                        log.warning("blob.removed", sha256=name, set_aside=day.isoformat())
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()

    def _days(self) -> Iterator[tuple[date, Path]]:
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            with contextlib.suppress(ValueError):
                yield date.fromisoformat(path.name), path


def _today() -> date:
    return datetime.now(UTC).date()
