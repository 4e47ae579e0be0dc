"""Whether a home belongs to a database: decided from what the database names and what marks the home has.

No I/O. The database names one home by its id, and by the token of its last start; a home has marks
(`gateway.store.marks`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Standing = Literal[
    "same",  # the home has the mark that the database names
    "first",  # neither knows of another: they may begin together
    "unmarked",  # the database has a home, and this folder was never one
    "stale",  # of this home, but not its newest state: a copy, or a backup
    "ahead",  # of this home, and it was used since: the database is a copy, or a backup
    "other",  # the home of another database
]

REMEDY = (
    "Content above 64 KB and the SFTP host keys are files in a home: mount the one folder on every node and let "
    "GATEWAY_HOME name it. If that folder is lost for good, `gateway database adopt-home` shows what is unreadable "
    "without it, and with --yes takes this one"
)


OLDER = (
    "the database is older than the home: a backup was restored, or another database uses this home. Content that came "
    "later has no row in it. Start with the database that the home was last used with, or bring back a home of the "
    "same time; `gateway database adopt-home` shows what is unreadable, and with --yes takes the two as they are"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A file in a home: `token` is its name, `home` the id it holds.

    `after` is the token that the database named before this one, `made_at` the time: None in marks of old.
    """

    token: str
    home: str
    after: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the database says of its home. `token` is "" while the first start has not finished."""

    home: str
    token: str
    folder: str
    node: str
    marked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What was looked at, of contents that the database has as files, and of files that the home has."""

    contents: int = 0
    missing: int = 0
    files: int = 0
    strange: int = 0


def standing(named: Named | None, marks: Sequence[Mark]) -> Standing:
    """Where a database and a home stand to each other.

    A start names the home before it marks it, so marks of a home that no row names are always somebody else's. When the
    database names a mark the one before goes: so only its newest state finds the mark that it names.
    """
    if named is None:
        return "other" if marks else "first"
    ours = [mark for mark in marks if mark.home == named.home]
    if not named.token:
        return "first" if len(ours) == len(marks) else "other"
    if any(mark.token == named.token for mark in ours):
        return "same"
    if ours:
        return "ahead" if any(mark.made_at and mark.made_at > named.marked_at for mark in ours) else "stale"
    return "other" if marks else "unmarked"


def objection(found: Standing, folder: Path, named: Named | None, marks: Sequence[Mark]) -> str:
    """Why this folder may not be used with this database: found, expected, and what to do. "" when it may be."""
    if found in ("same", "first"):
        return ""
    expected = "This database has no home yet" if named is None else f"The database's home is {_described(named)}"
    lacks = _short(named.token) if named else ""
    others = ", ".join(sorted({_short(mark.home) for mark in marks}))
    words = {
        "unmarked": "is not the home of this database: it has no mark of any",
        "stale": f"is a copy or an older state of this database's home: it lacks the mark {lacks}",
        "ahead": f"was used since this database was: it lacks the mark {lacks}, and has later ones",
        "other": f"is the home of another database: it is marked {others}",
    }
    return f"{folder} {words[found]}. {expected}. {OLDER if found == 'ahead' else REMEDY}"


def unsafe(folder: Path, holdings: Holdings) -> str:
    """Why an unmarked database and an unmarked home may not begin together, or "".

    Safe is: every content looked at is a file here, and if there are files here the database knows one of them.
    """
    if holdings.missing:
        return (
            f"{folder} may not become the home of this database: of {holdings.contents} contents looked at, "
            f"{holdings.missing} are not readable there. Bring the blobs/ of all nodes together in one folder. {REMEDY}"
        )
    if holdings.files and holdings.strange == holdings.files:
        return (
            f"{folder} may not become the home of this database: it has content of another, of {holdings.files} files "
            f"looked at the database knows none. {REMEDY}"
        )
    return ""


def unshared(folder: Path, named: Named | None) -> str:
    """What to say when a node that runs does not see a mark which was just made here."""
    expected = f". The database's home is {_described(named)}" if named else ""
    return f"{folder} is not the folder that the nodes which run have as their home: a copy of it?{expected}. {REMEDY}"


def _described(named: Named) -> str:
    when = f"{named.marked_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{_short(named.home)}, last used in {named.folder} by {named.node} at {when}"


def _short(name: str) -> str:
    return name[:8]
