"""A backup while the gateway runs: one state of the database, the content it refers to, and a manifest of hashes.

Content files are never changed and named by their hash, so those that the state refers to may be gathered after it was
taken: only a purge removes them, and that waits while a backup runs.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.errors import MachineError, UsageError
from gateway.store.aside import Aside
from gateway.store.backup_form import CONTENTS, MANIFEST, BackedUp, Copied, Manifest, content_path, sha256_of
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot, snapshot

KEYS = ("keys/as2",)
"""Folders of the home that go into every backup: private keys in them are encrypted."""

SECRETS = ("keys", "secrets")
"""Those that go into it only when they are asked for: the host keys of SFTP and secrets are in the clear."""


@dataclass(frozen=True, slots=True)
class Backup:
    """Backups of one database and home into `folder`, made by the gateway of `version`."""

    database: Database
    blobs: FileBlobs
    now: Callable[[], datetime]
    version: str

    def write(self, folder: Path, *, secrets: bool = False, link: bool = True) -> tuple[Manifest, str]:
        """Make a backup. Returns its manifest and the SHA-256 of the manifest's file.

        Args:
            folder: is made; it may be there and empty.
            secrets: whether secrets and SFTP host keys are copied, too.
            link: whether content files may be hard links to those of the home, where the file system is the same.

        Raises UsageError when the folder has something in it, MachineError.
        """
        try:
            _begin(folder)
            with held(self.blobs.home, shared=True):
                return _Writing(self, folder, secrets, link).write()
        except OSError as refused:
            raise MachineError(f"{refused.filename or folder}: {refused.strerror}") from refused


@dataclass(slots=True)
class _Writing:
    backup: Backup
    folder: Path
    secrets: bool
    link: bool
    files: list[BackedUp] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def write(self) -> tuple[Manifest, str]:
        with snapshot(self.backup.database, self.backup.now) as state:
            tables = self._database(state)
            number, size = self._contents(state)
            self._home()
            manifest = Manifest(
                version=self.backup.version,
                kind=state.database.kind,
                migration=state.migration(),
                moment=state.moment,
                finished=self.backup.now(),
                last_event=state.last_event(),
                rows=state.rows(),
                tables=tuple(tables),
                files=tuple(self.files),
                contents=number,
                content_bytes=size,
                missing=tuple(self.missing),
                secrets=self.secrets,
            )
        return manifest, self._finish(manifest)

    def _database(self, state: Snapshot) -> Sequence[Copied]:
        if state.database.kind == "sqlite":
            state.copy_file(self.folder / "gateway.db")
            self._note("gateway.db")
            return ()
        (self.folder / "tables").mkdir(mode=0o700)
        tables = state.copy_tables(self.folder / "tables")
        for one in tables:
            self._note(f"tables/{one.name}")
        return tables

    def _contents(self, state: Snapshot) -> tuple[int, int]:
        number = total = 0
        with (self.folder / CONTENTS).open("x", encoding="ascii") as listing:
            for sha256, size in state.contents():
                listing.write(f"{sha256} {size}\n")
                if self._content(sha256, size):
                    number, total = number + 1, total + size
                else:
                    self.missing.append(sha256)
        self._note(CONTENTS)
        return number, total

    def _content(self, sha256: str, size: int) -> bool:
        """Whether the home has this content whole, and now the backup, too."""
        target = self.folder / content_path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.backup.blobs.path(sha256)
        aside = Aside(self.backup.blobs.home / "set-aside", self.backup.blobs.path)
        source = path if path.exists() else aside.find(sha256)
        if source is None:
            return False
        _put(source, target, link=self.link)
        if sha256_of(target) == (sha256, size):
            return True
        target.unlink()
        return False

    def _home(self) -> None:
        home = self.backup.blobs.home
        for name in SECRETS if self.secrets else KEYS:
            for source in sorted((home / name).rglob("*")):
                if source.is_file() and not source.is_symlink():
                    path = f"home/{source.relative_to(home).as_posix()}"
                    target = self.folder / path
                    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    _put(source, target, link=False)
                    self._note(path)

    def _note(self, path: str) -> None:
        sha256, size = sha256_of(self.folder / path)
        self.files.append(BackedUp(path=path, size=size, sha256=sha256))

    def _finish(self, manifest: Manifest) -> str:
        """Everything is on disk before there is a manifest that says so."""
        os.sync()
        raw = manifest.model_dump_json(indent=1).encode() + b"\n"
        unfinished = self.folder / f"{MANIFEST}.new"
        with unfinished.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / MANIFEST)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return hashlib.sha256(raw).hexdigest()


@contextmanager
def held(home: Path, *, shared: bool) -> Iterator[None]:
    """Keep purges away while a backup is made (`shared`), and backups while a purge runs. Raises MachineError."""
    descriptor = os.open(home / "keeping.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise MachineError(f"{home}: a {'purge' if shared else 'backup'} runs: wait until it has ended") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _begin(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise UsageError(f"{folder}: it is not empty; each backup has a folder of its own")


def _put(source: Path, target: Path, *, link: bool) -> None:
    if link:
        with suppress(OSError):  # another file system, or one without links
            target.hardlink_to(source)
            return
    shutil.copyfile(source, target)
    target.chmod(0o600)
