"""The SFTP servers of partners that the demo plays: the gateway fetches from them and lays files there.

One listener stands for all of them; each user has an `out` for the gateway to fetch from and an `in` for what it lays
there, in memory, and nothing else.
"""

import hmac
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncssh

from gateway.app.demo.adopt import text_of, value_of
from gateway.partners.book import Book
from gateway.partners.channel import SftpChannel

OUT: Final = "out"
IN: Final = "in"
TEMPORARY: Final = ".part"
_FILE: Final = stat.S_IFREG | 0o600


def over_own_servers(files: Mapping[str, str], book: Book, server: "OwnServers") -> Mapping[str, str]:
    """The partner files with an SFTP server of the partner's own in place of every mailbox, under the same names."""
    changed = {}
    for name, channel in book.channels.items():
        if isinstance(channel, SftpChannel):
            kept = {key: value for key, value in value_of(f"channels/{name}.yaml", files).items() if key in _KEPT}
            changed[f"channels/{name}.yaml"] = text_of(kept | _channel(name, server))
    return {**files, **changed}


_KEPT: Final = ("owner", "carries", "environment")


def _channel(name: str, server: "OwnServers") -> dict[str, Any]:
    return {
        "door": "sftp-client",
        "host": "127.0.0.1",
        "port": str(server.port),
        "user": name,
        "password": secret_of(name),
        "host_keys": [server.key.export_public_key().decode("ascii").strip()],
        "networks": ["127.0.0.0/8"],
        "poll": {"folder": OUT, "every_seconds": "1", "settle_seconds": "0"},
        "push": {"folder": IN},
    }


def secret_of(channel: str) -> str:
    """Where the password is with which the gateway signs in."""
    return f"file:secrets/demo-{channel}.password"


@dataclass(slots=True)
class _File:
    data: bytearray
    modified: float = field(default_factory=time.time)

    def attributes(self) -> asyncssh.SFTPAttrs:
        modified = int(self.modified)
        return asyncssh.SFTPAttrs(size=len(self.data), permissions=_FILE, atime=modified, mtime=modified)


Drive = dict[str, _File]
"""Files of one partner by their path."""


@dataclass(slots=True)
class OwnServers:
    """Where they are, and what each has. `password_of` is asked when somebody signs in."""

    key: asyncssh.SSHKey
    password_of: Callable[[str], str] = lambda user: ""
    port: int = 0
    drives: dict[str, Drive] = field(default_factory=dict)

    def drive(self, user: str) -> Drive:
        """What one partner's server has."""
        return self.drives.setdefault(user, {})


@asynccontextmanager
async def own_servers() -> AsyncIterator[OwnServers]:
    """A listener on a free port of this machine, for as long as the block lasts."""
    servers = OwnServers(asyncssh.generate_private_key("ssh-ed25519"))
    listener = await asyncssh.create_server(
        lambda: _Sign(servers),
        "127.0.0.1",
        0,
        server_host_keys=[servers.key],
        sftp_factory=lambda channel: _Sftp(channel, servers.drive(channel.get_extra_info("username"))),
        config=None,
    )
    servers.port = listener.get_port()
    try:
        yield servers
    finally:
        listener.close()
        await listener.wait_closed()


class _Sign(asyncssh.SSHServer):
    def __init__(self, servers: OwnServers) -> None:
        self._servers = servers

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        expected = self._servers.password_of(username)
        return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())


class _Sftp(asyncssh.SFTPServer):
    """What a plain server does with files; everything else it refuses."""

    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", drive: Drive) -> None:
        super().__init__(channel)
        self._drive = drive

    def _at(self, path: bytes) -> _File:
        found = self._drive.get(path.decode().strip("/"))
        if found is None:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return found

    def realpath(self, path: bytes) -> bytes:
        return path

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in _names(self._drive, path.decode().strip("/")):
            yield asyncssh.SFTPName(name.encode(), b"", self._at(path + b"/" + name.encode()).attributes())

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self._at(path).attributes()

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self._at(path).attributes()

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        return _opened(file_obj).attributes()

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        name = path.decode().strip("/")
        if pflags & asyncssh.FXF_WRITE and name.startswith(f"{IN}/"):
            self._drive[name] = _File(bytearray())
        return [self._at(path)]

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return bytes(_opened(file_obj).data[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        file = _opened(file_obj)
        file.data.extend(bytes(max(0, offset - len(file.data))))
        file.data[offset : offset + len(data)] = data
        return len(data)

    def close(self, file_obj: object) -> None:
        pass

    def remove(self, path: bytes) -> None:
        self._at(path)
        del self._drive[path.decode().strip("/")]

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        file, new = self._at(oldpath), newpath.decode().strip("/")
        if new in self._drive:
            raise asyncssh.SFTPFailure("there is a file of that name")
        del self._drive[oldpath.decode().strip("/")]
        self._drive[new] = file


def _opened(handle: object) -> _File:
    assert isinstance(handle, list)  # noqa: S101 - what `open` returned; an empty file alone would be false
    file: _File = handle[0]
    return file


def _names(drive: Drive, folder: str) -> Iterator[str]:
    yield from [path.removeprefix(f"{folder}/") for path in list(drive) if path.rpartition("/")[0] == folder]


@dataclass(frozen=True, slots=True)
class OwnServerDoor:
    """A partner at its own server: it lays files for us there, and finds ours."""

    drive: Drive

    async def send(self, name: str, content: bytes) -> None:
        """It is there in one step, whole."""
        self.drive[f"{OUT}/{name}"] = _File(bytearray(content))

    async def waiting(self) -> Sequence[str]:
        """What we laid there and renamed."""
        return [name for name in _names(self.drive, IN) if not name.endswith(TEMPORARY)]

    async def fetch(self, name: str) -> bytes:
        """Its bytes."""
        return bytes(self.drive[f"{IN}/{name}"].data)

    async def confirm(self, name: str) -> None:
        """Taken: it is no longer there."""
        self.drive.pop(f"{IN}/{name}", None)
