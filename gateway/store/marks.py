"""Marks: small files in a home which say to which database it belongs, and how new its state is.

    <home>/marks/<token>    three lines: id of the home, token that it follows, when it was made

A token is random and never used again: nobody has asked for its name before, so no network file system's cache can
answer for a file that another machine made. A mark is durable before the database names it, and goes as soon as the
database names the next; one that no database ever named goes after an hour.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.errors import MachineError
from gateway.store.belonging import Mark
from gateway.store.spool import Disk

_TOKEN = re.compile(r"[0-9a-f]{32}")

KEPT_SECONDS = 3600.0
"""A mark nobody names may be that of a node which is just starting, until it is this old."""


def new_token() -> str:
    """A name that was never used: 128 random bits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one home. Every method raises MachineError when the file system refuses."""

    home: Path
    disk: Disk = field(default_factory=Disk)

    def found(self, token: str = "") -> list[Mark]:
        """All marks that are listed, and that of `token`, which is asked for by its name: listings may be stale."""
        with _refusals(self.home):
            names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
            wanted = {token, *names} - {""}
            marks = [self._read(name) for name in sorted(wanted) if _TOKEN.fullmatch(name)]
        return [mark for mark in marks if mark is not None]

    def has(self, token: str) -> bool:
        """Whether this folder has the mark of this token."""
        with _refusals(self.home):
            return _TOKEN.fullmatch(token) is not None and (self._folder / token).exists()

    def make(self, mark: Mark) -> None:
        """Write a mark whole and durably: file, then name. What it has of this token already is replaced."""
        with _refusals(self.home):
            new = not self._folder.is_dir()
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unnamed = self._folder / f"{mark.token}.new"
            descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                self.disk.write(descriptor, _text(mark).encode(), 0)
                self.disk.sync(descriptor)
            finally:
                os.close(descriptor)
            self.disk.replace(unnamed, self._folder / mark.token)
            self.disk.sync_folder(self._folder)
            if new:
                self.disk.sync_folder(self.home)

    def remove(self, token: str) -> None:
        """Take a mark away; nothing when there is none."""
        if _TOKEN.fullmatch(token):
            with _refusals(self.home):
                (self._folder / token).unlink(missing_ok=True)

    def forget_before(self, token: str, *, seconds: float = KEPT_SECONDS) -> None:
        """Remove whatever is so much older than this mark, by the clock of the file system itself."""
        with _refusals(self.home):
            before = (self._folder / token).stat().st_mtime - seconds
            for path in list(self._folder.iterdir()):
                with contextlib.suppress(FileNotFoundError):  # another node forgets, too
                    if path.stat().st_mtime < before:
                        path.unlink()

    def _read(self, token: str) -> Mark | None:
        try:
            text = (self._folder / token).read_text("ascii", "replace")
        except FileNotFoundError:
            return None
        home, after, made_at = (*text.splitlines(), "", "", "")[:3]
        return Mark(token=token, home=home, after=after, made_at=_time(made_at))

    @property
    def _folder(self) -> Path:
        return self.home / "marks"


def _text(mark: Mark) -> str:
    made_at = mark.made_at.isoformat() if mark.made_at else ""
    return f"{mark.home}\n{mark.after}\n{made_at}\n"


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@contextlib.contextmanager
def _refusals(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise MachineError(f"{home}: {os.strerror(refused.errno or 0)}") from refused
