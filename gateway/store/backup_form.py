"""What a backup is on disk, and whether it is whole.

<folder>/manifest.json      what follows with its hashes, written last: a folder without it is no backup
<folder>/gateway.db         SQLite: the database as it was at the moment
<folder>/tables/<name>      PostgreSQL: each table as COPY writes it, all of one moment
<folder>/contents           one line for each content that is a file: SHA-256 and size
<folder>/blobs/ab/cd/<sha>  these files
<folder>/home/keys ...      files of the home that go with it
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from gateway.errors import MachineError, NotInOrder

MANIFEST = "manifest.json"
CONTENTS = "contents"
FORMAT: Literal["gateway-backup-1"] = "gateway-backup-1"
CHUNK = 1 << 20
LARGEST_MANIFEST = 16 << 20
"""Bytes; one has some kilobytes, and some more for each key and missing content."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackedUp(_Form):
    """One file of a backup: its path below the folder, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


class Copied(_Form):
    """One table of PostgreSQL: its columns in the order of the file."""

    name: str
    columns: tuple[str, ...]
    rows: int


class Manifest(_Form):
    """What is in a backup.

    All that was committed before `moment` is in it. `migration` is where its tables stand, `contents` counts content
    files, `missing` are those which the home did not have whole. `secrets`: whether secrets and host keys are in it.
    """

    format: Literal["gateway-backup-1"] = FORMAT
    version: str
    kind: Literal["sqlite", "postgresql"]
    migration: str
    moment: AwareDatetime
    finished: AwareDatetime
    last_event: int
    rows: Mapping[str, int]
    tables: tuple[Copied, ...] = ()
    files: tuple[BackedUp, ...]
    contents: int
    content_bytes: int
    missing: tuple[str, ...] = ()
    secrets: bool = False

    @property
    def told(self) -> str:
        """The moment, for people."""
        return in_words(self.moment)


def in_words(moment: datetime) -> str:
    """A moment as reasons and tables have it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def sha256_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def content_path(sha256: str) -> str:
    """Where content of a hash lies below a backup, as below a home."""
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest of a backup and the SHA-256 of its file. Raises NotInOrder when there is none, MachineError."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            raw = file.read(LARGEST_MANIFEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotInOrder(f"{folder} is no backup, or one that was not finished: it has no {MANIFEST}") from None
    except OSError as refused:
        raise MachineError(f"{folder / MANIFEST}: {refused.strerror}") from refused
    try:
        return Manifest.model_validate_json(raw), hashlib.sha256(raw).hexdigest()
    except ValidationError as wrong:
        raise NotInOrder(f"{folder / MANIFEST}: not a manifest that this version reads ({_first(wrong)})") from None


def _first(wrong: ValidationError) -> str:
    one = wrong.errors()[0]
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


def listed_contents(folder: Path) -> Iterator[tuple[str, int]]:
    """(SHA-256, size) of each content file of a backup whose list is known to be whole. Raises OSError."""
    with (folder / CONTENTS).open("r", encoding="ascii") as file:
        for line in file:
            sha256, _, size = line.strip().partition(" ")
            yield sha256, int(size)


def verify(folder: Path) -> Manifest:
    """Hold every file of a backup to its hash. Raises NotInOrder that names the first which differs, MachineError."""
    manifest, _ = read_manifest(folder)
    try:
        for one in manifest.files:
            _hold(folder, one.path, one.sha256, one.size)
        missing = set(manifest.missing)
        for sha256, size in listed_contents(folder):
            if sha256 not in missing:
                _hold(folder, content_path(sha256), sha256, size)
    except OSError as refused:
        raise MachineError(f"{refused.filename or folder}: {refused.strerror}") from refused
    return manifest


def _hold(folder: Path, path: str, sha256: str, size: int) -> None:
    try:
        found = sha256_of(folder / path)
    except FileNotFoundError:
        raise NotInOrder(f"{folder / path}: it is not there; nothing was restored") from None
    if found != (sha256, size):
        raise NotInOrder(f"{folder / path}: it has other bytes than the backup was made with; nothing was restored")
