"""A partner's own SFTP server in memory, on a free port: an honest one, and every way in which it may not be."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

PARTNER_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_PARTNER_KEY = asyncssh.generate_private_key("ssh-ed25519")
OUR_KEY = asyncssh.generate_private_key("ssh-ed25519")


@dataclass(slots=True)
class Kept:
    """One file of the server. `mode` says what kind it is."""

    data: bytes
    mtime: int = 1_700_000_000
    mode: int = stat.S_IFREG | 0o644


@dataclass
class Drive:
    """What the server has, by path without a leading slash, and what it did, in order.

    `refuse` are operations that are refused, `hooks` are called before an operation has its effect and may be
    coroutines; `names` replaces the names of every listing, `sizes` lies about them; `cut_after` cuts the line after
    so many operations of a kind, their effect done and not answered.
    """

    files: dict[str, Kept] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)
    refuse: dict[str, Exception] = field(default_factory=dict)
    hooks: dict[str, Callable[[str], object]] = field(default_factory=dict)
    names: Callable[[], AsyncIterator[asyncssh.SFTPName]] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    untimed: bool = False
    cut_after: dict[str, int] = field(default_factory=dict)
    endless: bool = False
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def put(self, path: str, data: bytes, mtime: int = 1_700_000_000) -> None:
        """A file, as the partner's own program writes it."""
        self.files[path] = Kept(data, mtime)

    def operations(self, *kinds: str) -> list[tuple[str, str]]:
        """What was asked for, of these kinds."""
        return [one for one in self.done if one[0] in kinds]

    async def before(self, kind: str, path: str) -> None:
        """Note an operation; a hook may change the drive, and a refusal ends it."""
        self.done.append((kind, path))
        hook = self.hooks.get(kind)
        if hook is not None and asyncio.iscoroutine(waiting := hook(path)):
            await waiting
        if kind in self.refuse:
            raise self.refuse[kind]

    def after(self, kind: str) -> None:
        """Cut the line when it is time."""
        if kind in self.cut_after:
            self.cut_after[kind] -= 1
            if self.cut_after[kind] <= 0:
                del self.cut_after[kind]
                for connection in list(self.connections):
                    connection.abort()


@dataclass(slots=True)
class _Open:
    path: str
    kept: Kept

    def __bool__(self) -> bool:
        return True


class _Server(asyncssh.SFTPServer):
    """The operations our client uses; everything else is asyncssh's own, which refuses."""

    def __init__(self, channel: asyncssh.SSHServerChannel, drive: Drive) -> None:
        super().__init__(channel)
        self._drive = drive

    def _attributes(self, path: str, kept: Kept) -> asyncssh.SFTPAttrs:
        size = self._drive.sizes.get(path, len(kept.data))
        if self._drive.untimed:
            return asyncssh.SFTPAttrs(size=size, permissions=kept.mode)
        return asyncssh.SFTPAttrs(size=size, permissions=kept.mode, atime=kept.mtime, mtime=kept.mtime)

    def _kept(self, path: bytes) -> tuple[str, Kept]:
        name = path.decode("utf-8", "surrogateescape").lstrip("/")
        if name not in self._drive.files:
            self._drive.done.append(("missing", name))
            raise asyncssh.SFTPNoSuchFile("no such file")
        return name, self._drive.files[name]

    def realpath(self, path: bytes) -> bytes:
        return path

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
        folder = path.decode()
        await self._drive.before("list", folder)
        if self._drive.names is not None:
            async for one in self._drive.names():
                yield one
            return
        for name, kept in list(self._drive.files.items()):
            where, _, last = name.rpartition("/")
            if where == folder:
                yield asyncssh.SFTPName(last.encode("utf-8", "surrogateescape"), b"", self._attributes(name, kept))

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:  # type: ignore[override]
        name, _ = self._kept(path)
        await self._drive.before("lstat", name)
        return self._attributes(*self._kept(path))

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:  # type: ignore[override]
        return await self.lstat(path)

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:  # type: ignore[override]
        assert isinstance(file_obj, _Open)
        await self._drive.before("fstat", file_obj.path)
        return self._attributes(file_obj.path, self._drive.files.get(file_obj.path, file_obj.kept))

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # type: ignore[override]
        name = path.decode("utf-8", "surrogateescape").lstrip("/")
        if pflags & asyncssh.FXF_WRITE:
            await self._drive.before("create", name)
            if pflags & asyncssh.FXF_EXCL and name in self._drive.files:
                raise asyncssh.SFTPFailure("there already")
            self._drive.files[name] = Kept(b"")
        else:
            await self._drive.before("open", name)
        opened = _Open(*self._kept(path))
        self._drive.after("open")
        return opened

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:  # type: ignore[override]
        assert isinstance(file_obj, _Open)
        await self._drive.before("read", file_obj.path)
        self._drive.after("read")
        if self._drive.endless:
            return bytes(size)
        return file_obj.kept.data[offset : offset + size]

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:  # type: ignore[override]
        assert isinstance(file_obj, _Open)
        await self._drive.before("write", file_obj.path)
        kept = file_obj.kept
        kept.data = kept.data[:offset].ljust(offset, b"\0") + data + kept.data[offset + len(data) :]
        self._drive.after("write")
        return len(data)

    async def fsync(self, file_obj: object) -> None:  # type: ignore[override]
        assert isinstance(file_obj, _Open)
        await self._drive.before("fsync", file_obj.path)

    async def close(self, file_obj: object) -> None:  # type: ignore[override]
        assert isinstance(file_obj, _Open)
        await self._drive.before("close", file_obj.path)

    async def remove(self, path: bytes) -> None:  # type: ignore[override]
        name, _ = self._kept(path)
        await self._drive.before("remove", name)
        self._drive.files.pop(name, None)
        self._drive.after("remove")

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:  # type: ignore[override]
        name, _ = self._kept(oldpath)
        await self._drive.before("rename", name)
        new = newpath.decode().lstrip("/")
        if new in self._drive.files:
            raise asyncssh.SFTPFailure("there already")
        _, kept = self._kept(oldpath)
        self._drive.files[new] = kept
        del self._drive.files[name]
        self._drive.after("rename")

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:  # type: ignore[override]
        raise AssertionError("this one would replace what is there")


class _Owner(asyncssh.SSHServer):
    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._drive.connections.append(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection in self._drive.connections:
            self._drive.connections.remove(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "harborpine" and key.public_data == OUR_KEY.public_data

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("harborpine", "pine-cone")


@dataclass
class RunningServer:
    """A server that listens, and what it has."""

    drive: Drive
    port: int


@asynccontextmanager
async def partner_server(
    drive: Drive | None = None, *, keys: Sequence[asyncssh.SSHKey] = (PARTNER_KEY,), port: int = 0
) -> AsyncIterator[RunningServer]:
    """A server on 127.0.0.1."""
    drive = drive or Drive()
    acceptor = await asyncssh.create_server(
        lambda: _Owner(drive),
        "127.0.0.1",
        port,
        server_host_keys=list(keys),
        sftp_factory=lambda channel: _Server(channel, drive),
        config=None,
    )
    try:
        yield RunningServer(drive, acceptor.get_port())
    finally:
        acceptor.close()
        for connection in list(drive.connections):
            connection.abort()
        await acceptor.wait_closed()


def named(name: bytes | str, size: int = 6, mode: int = stat.S_IFREG | 0o644) -> asyncssh.SFTPName:
    """One entry of a listing."""
    raw = name if isinstance(name, bytes) else name.encode()
    return asyncssh.SFTPName(raw, b"", asyncssh.SFTPAttrs(size=size, permissions=mode, atime=1, mtime=1))
