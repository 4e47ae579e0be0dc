"""What a folder of a partner's server shows. Names are data: a name is one plain name, or it is left alone."""

import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, cast

from asyncssh import SFTPAttrs, SFTPName

from gateway.transports.sftp.names import BadName, checked
from gateway.transports.sftp_client.line import Line

Kind = Literal["file", "other"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as the server shows it; `modified` in seconds of its own clock, None when it tells none."""

    name: str
    size: int
    modified: int | None


@dataclass(slots=True, kw_only=True)
class Shown:
    """A listing: files by name, what cannot be a file of ours with the reason, and whether there was more."""

    files: dict[str, Seen] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    names: int = 0
    more: bool = False


async def listing(line: Line, folder: str, claimed: str = "") -> Shown:
    """The files of a folder: the first `Limits.names` names, however many the server goes on to tell. A name may be
    longer by `claimed`, which is what we put behind it.

    Raises Declined, LineLost.
    """
    with line.audit.operation("list", folder) as told:
        shown = await line.step("list", _shown(line, folder, claimed), seconds=line.limits.listing_seconds)
        told.size = shown.names
        if shown.more:
            told.result = f"more than {line.limits.names} names: the rest was not looked at"
    return shown


async def _shown(line: Line, folder: str, claimed: str) -> Shown:
    """Each name is judged as it comes: kept as the server tells them, ten thousand may be gigabytes."""
    shown = Shown()
    listed = cast("AsyncGenerator[SFTPName]", line.client.scandir(folder.encode()))
    async with aclosing(listed) as names:
        async for one in names:
            if shown.names == line.limits.names:
                shown.more = True
                break
            shown.names += 1
            _sort(one, shown, claimed)
    return shown


def _sort(one: SFTPName, shown: Shown, claimed: str) -> None:
    raw = one.filename if isinstance(one.filename, bytes) else one.filename.encode()
    if raw in (b".", b"..") or kind_of(one.attrs) != "file":
        return
    try:
        name = plain(raw, claimed)
    except BadName as bad:
        shown.odd[raw[:200].decode("utf-8", "backslashreplace")] = str(bad)
        return
    if one.attrs.size is None:
        shown.odd[name] = "the server does not tell its size"
    else:
        shown.files[name] = Seen(name, one.attrs.size, one.attrs.mtime)


def plain(raw: bytes, claimed: str = "") -> str:
    """The name, when it can only be a name in its folder. Raises BadName."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadName("name is not UTF-8") from None
    if not name or "/" in name or name in (".", ".."):
        raise BadName("this is a path and no name")
    checked(name.removesuffix(claimed))
    return name


def kind_of(attributes: SFTPAttrs) -> Kind:
    """Links lead who knows where, and are left alone. A server that tells no kind is taken to show files only."""
    if attributes.permissions is None or stat.S_IFMT(attributes.permissions) == 0:
        return "file"
    return "file" if stat.S_ISREG(attributes.permissions) else "other"


def path_of(folder: str, name: str) -> bytes:
    """The path of a plain name in a folder."""
    return f"{folder.rstrip('/')}/{name}".encode() if folder != "." else name.encode()
