"""Paths a client sends, as places in the mailbox. Pure: a path is text to be judged, never opened anywhere."""

import posixpath
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, get_args

from gateway.pipeline.ports import Folder

FOLDERS: Final[tuple[Folder, ...]] = get_args(Folder)

LONGEST_NAME: Final = 200
"""Characters of a file name; UTF-8 makes at most 800 bytes of it."""

LONGEST_PATH: Final = 4_096
"""Bytes of a path as sent (PATH_MAX)."""

TEMPORARY_SUFFIXES: Final = (".tmp", ".part", ".filepart", ".partial", ".temp", ".writing")
"""What clients call a file they are not done with: lftp, rclone, WinSCP, FileZilla, cron scripts. `.ocTransferId1.part`
of ownCloud ends in one of them, but some of its versions number it behind."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories no name may hold: control (NUL, newline, ESC), formatting (bidirectional overrides, zero width),
surrogates, private and unassigned characters, line and paragraph separators."""


class BadName(ValueError):
    """A path that no file of the mailbox can have; the text may be shown to the client."""


class NoSuchPlace(LookupError):
    """A lawful path that leads nowhere: not one of the four folders, or below them."""


Parts = tuple[str, ...]
"""A path in pieces, from the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a path leads: a folder, a name in a folder, or (neither) the root or what is only on the way to a folder.

    `where` is the path of the folder as it was written, which may be one of several.
    """

    folder: Folder | None = None
    name: str | None = None
    where: Parts = field(default=(), compare=False)

    @property
    def path(self) -> bytes:
        """The absolute path, as `realpath` answers it."""
        folder = self.where or ((self.folder,) if self.folder else ())
        return "/".join(["", *folder, *filter(None, (self.name,))]).encode() or b"/"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the four folders are for one partner: under their own names, and under those that it prescribes.

    A folder with other names is shown under those; its own name works all the same. No other path is a folder, and no
    folder lies in another.
    """

    others: Mapping[Folder, tuple[Parts, ...]] = field(default_factory=dict)

    def folder(self, path: Parts) -> Folder | None:
        """The folder that has this path."""
        for folder in FOLDERS:
            if path == (folder,) or path in self.others.get(folder, ()):
                return folder
        return None

    def below(self, path: Parts) -> Mapping[str, Folder | None]:
        """What is shown in the root, or in a directory on the way to a folder; empty for any other path."""
        shown: dict[str, Folder | None] = {}
        for folder in FOLDERS:
            for one in self.others.get(folder) or ((folder,),):
                if len(one) > len(path) and one[: len(path)] == path:
                    shown[one[len(path)]] = self.folder(one[: len(path) + 1])
        return shown


PLAIN: Final = Layout()
"""The four folders under their own names."""


def resolve(path: bytes, layout: Layout = PLAIN) -> Place:
    """The place a path means, relative paths from the root.

    Raises BadName (not UTF-8, unseen characters, too long, a backslash) and NoSuchPlace. `..` cannot leave the root:
    there is nothing above it.
    """
    if len(path) > LONGEST_PATH:
        raise BadName(f"path longer than {LONGEST_PATH} bytes")
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        raise BadName("name is not UTF-8") from None
    if "\0" in text:
        raise BadName("name holds a control character")
    parts = tuple(part for part in posixpath.normpath(posixpath.join("/", text)).split("/") if part)
    folder, above = layout.folder(parts), layout.folder(parts[:-1])
    if folder is None and above is not None:
        return Place(folder=above, name=checked(parts[-1]), where=parts[:-1])
    if folder is None and parts and not layout.below(parts):
        raise NoSuchPlace("no such file")
    return Place(folder=folder, where=parts)


def checked(name: str) -> str:
    """The name itself when it is plain. Raises BadName."""
    if len(name) > LONGEST_NAME:
        raise BadName(f"name longer than {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise BadName("name holds a control or invisible character")
    if "\\" in name:
        # A Windows client's path, flattened: taken as a name it would hide which file was meant.
        raise BadName("name holds a backslash")
    return name


def is_temporary(name: str) -> bool:
    """Whether a client uses this name only until its upload is whole and renamed."""
    lower = name.lower()
    return lower.startswith(".") or lower.endswith(TEMPORARY_SUFFIXES) or ".octransferid" in lower


def escaped(path: bytes | str, limit: int = 300) -> str:
    """A path for a log line: printable ASCII, everything else as backslash escapes, at most about `limit`."""
    text = path if isinstance(path, str) else path[:limit].decode("utf-8", "backslashreplace")
    return text[:limit].encode("unicode_escape").decode("ascii")
