"""Attacks that file transfer servers have fallen to, tried on the SFTP door.

Each ends the same way: nothing is lost, nobody is let in, the log has a line nobody forged, the door stays open, and
another partner is served meanwhile.
"""

import asyncio
import gzip
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import asyncssh
import pytest
import structlog
from asyncssh.packet import String, UInt32

from gateway.errors import MachineError
from gateway.transports.sftp.session import REMOVED
from tests.fakes.sftp_door import ACME_KEY, OTHER_KEY, SftpDoor, eventually, open_door

NO_ENTRY = (asyncssh.Error, ConnectionError, OSError)
SLOWEST_SECONDS = 5.0
"""For one small upload of another partner during an attack, on a busy machine; undisturbed it takes milliseconds."""

_opened: list[str] | None = None


def _spy(event: str, arguments: Any) -> None:
    if event == "open" and _opened is not None:
        _opened.append(str(arguments[0]))


sys.addaudithook(_spy)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """The lines of all logs while a test runs."""
    with structlog.testing.capture_logs() as lines:
        yield lines


def about(lines: list[Any], user: str) -> list[tuple[str, str]]:
    """(operation, result) of the audit lines about a user, signing in and out left out."""
    return [
        (line["operation"], line["result"])
        for line in lines
        if line.get("user") == user and (line["operation"], line["result"]) not in (("login", "ok"), ("logout", "ok"))
    ]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path, unauthenticated_per_address=50, failures_before_ban=10_000) as door:
        yield door


@asynccontextmanager
async def another_partner_is_served(door: SftpDoor) -> AsyncIterator[None]:
    """While this lasts globex uploads one file after the other; none may take long, and none be lost."""
    client, over, slowest, sent = await door.client("globex"), asyncio.Event(), 0.0, 0

    async def upload() -> None:
        nonlocal slowest, sent
        while not over.is_set() or not sent:
            started = monotonic()
            async with client.open(f"/inbound/theirs-{sent}.edi", "wb") as file:
                await file.write(b"theirs")
            sent, slowest = sent + 1, max(slowest, monotonic() - started)

    uploading = asyncio.create_task(upload())
    try:
        yield
    finally:
        over.set()
        await uploading
    theirs = [name for channel, name, data in door.received() if channel == "globex-sftp" and data == b"theirs"]
    assert len(theirs) == sent
    assert slowest < SLOWEST_SECONDS
    assert [channel for channel, _, _ in door.received() if channel != "globex-sftp"] == []


# ---------------------------------------------------------------------------------------------- signing in


@pytest.mark.parametrize(
    "user", ["", "acme\0", "acme\n", "acme\r\nlogin ok", "]]acme", "acme'; --", "../acme", "a" * 900, "a" * 5_000]
)
async def test_user_names_that_hold_something_let_nobody_in_and_write_no_line(door: SftpDoor, user: str) -> None:
    class Named(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.conn = conn

        def password_auth_requested(self) -> str:
            self.conn._username = user  # behind the back of the client, which would refuse most of them
            return "road-runner"

    async with another_partner_is_served(door):
        with structlog.testing.capture_logs() as lines, pytest.raises(NO_ENTRY):
            await door.connect("x", client_keys=None, client_factory=Named, preferred_auth="password")

    assert [line["user"] for line in lines if (line["operation"], line["result"]) == ("login", "ok")] == []
    assert not any(set(line["user"]) & {"\0", "\n", "\r"} for line in lines)


def odd_key(algorithm: bytes, public_data: bytes) -> asyncssh.SSHKeyPair:
    (pair,) = asyncssh.load_keypairs([ACME_KEY])
    pair.algorithm = pair.sig_algorithm = algorithm
    pair.sig_algorithms = pair.host_key_algorithms = (algorithm,)
    pair.public_data = public_data
    return pair


@pytest.mark.parametrize(
    ("algorithm", "blob"),
    [
        (b"ssh-ed25519", b""),
        (b"ssh-ed25519", b"/etc/ssh/ssh_host_ed25519_key"),
        (b"ssh-ed25519", String(b"ssh-ed25519") + String(b"short")),
        (b"ssh-ed25519", ACME_KEY.public_data + b"more"),
        (b"ssh-unknown", String(b"ssh-unknown") + String(b"x" * 32)),
        (b"ssh-dss", String(b"ssh-dss") + String(b"\1") * 4),
        (b"rsa-sha2-256", String(b"ssh-rsa") + String(b"\3") + String(b"\0" + b"\xff" * 4_000)),
        (b"ssh-ed25519", b"\xff" * 200_000),
    ],
    ids=["empty", "path of a key file", "cut off", "too long", "unknown kind", "dss", "huge rsa", "200 KB"],
)
async def test_what_is_no_key_lets_nobody_in_and_no_file_is_opened_for_it(
    door: SftpDoor, algorithm: bytes, blob: bytes
) -> None:
    global _opened
    _opened = []
    try:
        with pytest.raises(NO_ENTRY):
            await door.connect("acme", client_keys=[odd_key(algorithm, blob)], preferred_auth="publickey")
        opened = list(_opened)
    finally:
        _opened = None

    assert not [path for path in opened if "ssh_host" in path or "/etc/ssh" in path]
    assert await (await door.client()).exists("/inbound")


async def test_a_right_key_with_a_wrong_signature_lets_nobody_in(door: SftpDoor) -> None:
    pair = odd_key(b"ssh-ed25519", OTHER_KEY.public_data)

    with pytest.raises(NO_ENTRY):
        await door.connect("globex", client_keys=[pair], preferred_auth="publickey")


@pytest.mark.parametrize("error", [MachineError("/srv/secret is gone"), KeyError("secret"), RuntimeError("secret")])
async def test_accounts_that_cannot_be_looked_up_let_nobody_in_and_tell_nothing(
    door: SftpDoor, error: Exception
) -> None:
    def broken(_: str) -> None:
        raise error

    object.__setattr__(door.server._door, "accounts", broken)
    for secrets in ({"client_keys": [ACME_KEY]}, {"client_keys": None, "password": "road-runner"}):
        with pytest.raises(NO_ENTRY) as refused:
            await door.connect("acme", **secrets)
        assert "secret" not in str(refused.value)


async def test_a_session_asked_for_before_signing_in_is_never_opened(door: SftpDoor) -> None:
    class Rogue(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.conn = conn

        def password_auth_requested(self) -> str:
            self.conn._auth_complete = True  # or the client itself would hold it back
            self.conn.send_packet(90, String("session"), UInt32(0), UInt32(1 << 20), UInt32(1 << 15))
            self.conn._auth_complete = False
            return "wrong"

    async with another_partner_is_served(door):
        with structlog.testing.capture_logs() as lines, pytest.raises(NO_ENTRY):
            await door.connect("acme", client_keys=None, client_factory=Rogue, preferred_auth="password")

    assert not any(line["operation"] in ("realpath", "open", "list") for line in lines if line.get("user") == "acme")


# ---------------------------------------------------------------------------------------------- paths

HOSTILE = [
    *(
        b"../../etc/passwd",
        b"/etc/passwd",
        b"//etc/passwd",
        b"inbound/../../etc/passwd",
        b"inbound/../outbound/../..//x",
    ),
    *(
        b"..\\..\\windows\\x",
        b"C:\\x",
        b"inbound/%2e%2e/x",
        b"inbound/x\0.edi",
        b"inbound/\x1b[2J",
    ),
    *(
        b"inbound/a\nb",
        b"inbound/a/b",
        b"globex-sftp/inbound/x",
        b"~/x",
        b"inbound/\xff\xfe",
        b"inbound/\xe2\x80\xae.edi",
    ),
    *(b"autorun/x.py", b"../autorun/x", b"keys/sftp_host_ed25519_key", b"inbound/" + b"x" * 5_000, b"/proc/self/mem"),
]


async def test_no_path_leads_out_of_the_mailbox_by_any_operation(
    door: SftpDoor, tmp_path: Path, lines: list[Any]
) -> None:
    global _opened
    client = await (await door.connect()).start_sftp_client(path_encoding=None)
    good = b"/inbound/good.tmp"
    async with client.open(good, "wb") as file:
        await file.write(b"x")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    _opened = []
    lines.clear()
    taken = []
    tried = 0
    try:
        async with another_partner_is_served(door):
            for path in HOSTILE:
                for attempt in (
                    lambda path=path: client.open(path, "wb"),
                    lambda path=path: client.open(path, "rb"),
                    lambda path=path: client.stat(path),
                    lambda path=path: client.readdir(path),
                    lambda path=path: client.rename(good, path),
                    lambda path=path: client.posix_rename(good, path),
                    lambda path=path: client.remove(path),
                    lambda path=path: client.mkdir(path),
                    lambda path=path: client.rmdir(path),
                    lambda path=path: client.symlink(b"/etc/passwd", path),
                    lambda path=path: client.symlink(path, b"/inbound/link"),
                    lambda path=path: client.readlink(path),
                    lambda path=path: client.chmod(path, 0o777),
                    lambda path=path: client.truncate(path, 0),
                ):
                    tried += 1
                    try:
                        await attempt()
                    except asyncssh.SFTPError:
                        continue
                    taken.append(path)
        opened = [path for path in _opened if not path.startswith((str(tmp_path), sys.prefix, sys.base_prefix))]
    finally:
        _opened = None

    assert set(taken) == set()
    assert len(about(lines, "acme")) == tried
    assert {result.partition(":")[0] for _, result in about(lines, "acme")} == {"refused"}
    assert not [
        path for path in opened if "passwd" in path or "autorun" in path or "/proc" in path or "host_ed" in path
    ]
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert await client.exists(good)


@pytest.mark.parametrize(
    "name", ["x.py", ".env", "autorun.xml", "x.edi;id", "$(id).edi", "..%2f..%2fx", "=cmd|calc.csv", "<img src=x>"]
)
async def test_a_name_is_data_and_never_the_name_of_a_file_of_ours(door: SftpDoor, tmp_path: Path, name: str) -> None:
    client = await door.client()
    for folder in ("/inbound/", ""):
        try:
            async with client.open(folder + name, "wb") as file:
                await file.write(b"import os" * 20_000)
        except asyncssh.SFTPError:
            continue

    assert [path.name for path in tmp_path.rglob("*") if not path.name.startswith(("spool-", "blob-"))] == []
    assert {data for _, _, data in door.received()} <= {b"import os" * 20_000}


async def test_a_partner_that_guesses_names_and_handles_of_another_finds_nothing(door: SftpDoor) -> None:
    door.mailroom.put("globex-sftp", "outbound", "997-000000001.edi", b"theirs")
    theirs = await (await door.client("globex")).open("/outbound/997-000000001.edi", "rb")
    ours = await door.client()
    guess = asyncssh.SFTPClientFile(ours._handler, theirs._handle, False, None, "strict", 16_384, 1)
    with pytest.raises(asyncssh.SFTPError):
        await guess.read(10)
    for path in ("/outbound/997-000000001.edi", "/archive/997-000000001.edi", "/inbound/997-000000001.edi"):
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await ours.stat(path)

    assert await theirs.read() == b"theirs"


# ---------------------------------------------------------------------------------------------- resources


@pytest.mark.parametrize(
    "first",
    [
        b"\0" * 100_000,
        b"SSH-2.0-" + b"x" * 100_000,
        b"SSH-1.5-old\r\n",
        b"SSH-2.0-x\r\n" + struct.pack("!IB", 0xFFFFFFFF, 4) + b"x" * 50_000,
        b"SSH-2.0-x\r\n" + struct.pack("!IB", 0, 0) + b"x" * 50_000,
        b"GET / HTTP/1.1\r\n\r\n" * 5_000,
    ],
)
async def test_what_is_not_ssh_ends_its_own_connection_only(door: SftpDoor, first: bytes, lines: list[Any]) -> None:
    async with another_partner_is_served(door):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(first)
        async with asyncio.timeout(20):
            try:
                while await reader.read(65_536):
                    pass
            except ConnectionError:
                pass
        writer.close()
        await eventually(lambda: about(lines, ""))

    (line,) = about(lines, "")
    assert line[0] == "connect"
    assert line[1].startswith("ended before signing in: ")


async def test_who_knows_none_of_our_algorithms_is_seen_with_what_each_side_offers(
    door: SftpDoor, lines: list[Any]
) -> None:
    with pytest.raises(NO_ENTRY):
        await door.connect(kex_algs=["diffie-hellman-group14-sha1"])
    await eventually(lambda: about(lines, ""))

    (line,) = about(lines, "")
    assert "curve25519-sha256" in line[1]
    assert "diffie-hellman-group14-sha1" in line[1]


ASKED_FOR: dict[str, tuple[Callable[[asyncssh.SSHClientConnection], Any], str]] = {
    "a command": (lambda client: client.create_process("id; rm -rf /"), "exec"),
    "scp as it was": (lambda client: client.create_process("scp -t /"), "exec"),
    "a shell": (lambda client: client.create_process(), "shell"),
    "another subsystem": (lambda client: client.create_process(subsystem="netconf"), "subsystem"),
    "a port of ours": (lambda client: client.open_connection("169.254.169.254", 80), "forward"),
    "a socket of ours": (lambda client: client.open_unix_connection("/run/docker.sock"), "forward"),
    "a port to listen on": (lambda client: client.start_server(lambda: None, "127.0.0.1", 0), "forward"),
    "a socket to listen on": (lambda client: client.start_unix_server(lambda: None, "/tmp/x"), "forward"),
}


@pytest.mark.parametrize("wish", ASKED_FOR)
async def test_what_is_asked_for_beside_sftp_is_refused_with_one_line(
    door: SftpDoor, lines: list[Any], wish: str
) -> None:
    connection = await door.connect()
    ask, operation = ASKED_FOR[wish]
    async with another_partner_is_served(door):
        with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ChannelListenError)):
            await ask(connection)

    assert [(one, result.partition(":")[0]) for one, result in about(lines, "acme")] == [(operation, "refused")]


@pytest.mark.parametrize("extension", sorted(REMOVED))
async def test_what_was_taken_out_of_sftp_is_refused_with_one_line(
    door: SftpDoor, lines: list[Any], extension: bytes
) -> None:
    client = await door.client()
    async with another_partner_is_served(door):
        with pytest.raises(asyncssh.SFTPOpUnsupported):
            await client._handler._make_request(extension)

    assert about(lines, "acme") == [("extension", "refused: not supported")]


async def test_handles_and_sessions_over_the_cap_are_refused_with_one_line_each(
    door: SftpDoor, lines: list[Any]
) -> None:
    connection = await door.connect()
    client = await connection.start_sftp_client()
    async with another_partner_is_served(door):
        for number in range(64):
            await client.open(f"/inbound/{number}.tmp", "wb")
        with pytest.raises(asyncssh.SFTPFailure):
            await client.open("/inbound/64.tmp", "wb")
        for _ in range(7):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.start_sftp_client()

    assert [line for line in about(lines, "acme") if line[1] != "ok"] == [
        ("open", "refused: too many open files on this connection"),
        ("session", "refused: too many sessions on this connection"),
    ]


async def test_sftp_packets_that_are_none_end_their_session_only(door: SftpDoor, lines: list[Any]) -> None:
    connection = await door.connect()
    async with another_partner_is_served(door):
        for data in (
            struct.pack("!I", 0xFFFFFFFF) + b"x",
            struct.pack("!IB", 1, 1),
            struct.pack("!IBI", 5, 1, 3) + struct.pack("!IBI", 5, 200, 1),
            struct.pack("!IBI", 5, 1, 3) + struct.pack("!IBII", 9, 3, 1, 0xFFFFFFF0),
            struct.pack("!IBI", 5, 1, 3) + struct.pack("!I", 0),
            struct.pack("!IBI", 5, 1, 3) + struct.pack("!IBI", 5, 77, 1),
        ):
            writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None)
            writer.write(data)
            writer.write_eof()
            async with asyncio.timeout(10):
                await reader.read()
            writer.close()

    assert await (await connection.start_sftp_client()).exists("/inbound")
    assert ("request", "refused: not supported: type 77") in about(lines, "acme")
    assert ("session", "refused: ended, what came is not SFTP (Max packet size exceeded)") in about(lines, "acme")


async def test_a_flood_of_listings_of_a_full_folder_does_not_hold_up_others(door: SftpDoor) -> None:
    for number in range(2_000):
        door.mailroom.put("acme", "archive", f"{number:06}.edi", b"x")
    connection = await door.connect()
    clients = [await connection.start_sftp_client() for _ in range(8)]
    async with another_partner_is_served(door):
        found = await asyncio.gather(*(client.listdir("/archive") for client in clients))

    assert {len(names) for names in found} == {2_002}


async def test_a_storm_of_new_keys_does_not_hold_up_others(door: SftpDoor) -> None:
    connection = await door.connect(rekey_bytes=4_096)
    client = await connection.start_sftp_client()
    door.mailroom.put("acme", "outbound", "997.edi", b"x" * 100_000)
    async with another_partner_is_served(door), client.open("/outbound/997.edi", "rb", block_size=4_096) as file:
        data = await file.read()

    assert data == b"x" * 100_000


async def test_a_client_that_writes_byte_by_byte_does_not_hold_up_others(door: SftpDoor) -> None:
    client = await door.client()
    file = await client.open("/inbound/po.tmp", "wb")
    async with another_partner_is_served(door):
        await asyncio.gather(*(file.write(b"x", offset) for offset in range(500)))
        await file.close()

    assert (await client.stat("/inbound/po.tmp")).size == 500


async def test_no_wrong_password_is_answered_after_the_door_has_counted_enough(door: SftpDoor) -> None:
    """Tries sent ahead in one go get no more answers than tries one by one."""

    class Stormer(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.conn = conn

        def password_auth_requested(self) -> str:
            for number in range(300):
                word = String("acme") + String("ssh-connection") + String("password") + b"\0" + String(f"guess{number}")
                self.conn.send_packet(50, word)
            return "road-runner"

    async with another_partner_is_served(door):
        with structlog.testing.capture_logs() as lines, pytest.raises(NO_ENTRY):
            await door.connect("acme", client_keys=None, client_factory=Stormer, preferred_auth="password")

    assert sum(line.get("result") == "refused: wrong password" for line in lines) <= 6


async def test_a_ban_is_on_the_address_that_guessed_and_never_on_the_partner(tmp_path: Path) -> None:
    async with open_door(tmp_path, failures_before_ban=6) as door:
        for guess in ("one", "two"):
            for _ in range(6):
                with pytest.raises(NO_ENTRY):
                    await door.connect("acme", client_keys=None, password=guess)
        with pytest.raises(NO_ENTRY):
            await door.connect("acme", client_keys=[ACME_KEY])
        elsewhere = await door.connect("acme", client_keys=[ACME_KEY], local_addr=("127.0.0.2", 0))

        assert await (await elsewhere.start_sftp_client()).exists("/inbound")


async def test_a_bomb_of_zeros_is_a_file_like_any_other_and_nobody_unpacks_it(door: SftpDoor) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    async with (await door.client()).open("/inbound/po.edi.gz", "wb") as file:
        await file.write(bomb)

    assert len(bomb) < 1_000_000
    assert door.received() == [("acme", "po.edi.gz", bomb)]


async def test_two_hundred_connections_that_say_nothing_leave_room_for_those_who_sign_in(tmp_path: Path) -> None:
    async with open_door(tmp_path, unauthenticated=40, unauthenticated_per_address=20, login_seconds=1.0) as door:
        silent = []
        for _ in range(200):
            try:
                silent.append(await asyncio.open_connection("127.0.0.1", door.port))
            except ConnectionError:
                continue
        await eventually(lambda: len(door.server._door.connections) <= 20)
        await eventually(lambda: len(door.server._door.connections) == 0, seconds=10)
        for _, writer in silent:
            writer.close()

        assert await (await door.client()).exists("/inbound")


# ---------------------------------------------------------------------------------------------- secrets


async def test_no_log_of_any_level_holds_a_password_or_a_private_key(
    door: SftpDoor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    asyncssh.set_debug_level(2)
    private = ACME_KEY.export_private_key().decode().splitlines()[1]
    try:
        with structlog.testing.capture_logs() as lines:
            for word in ("road-runner", "hunter2-is-wrong"):
                try:
                    client = await (await door.connect("acme", client_keys=None, password=word)).start_sftp_client()
                    door.mailroom.refuse_receipt = RuntimeError("password=road-runner")
                    with pytest.raises(asyncssh.SFTPFailure) as told:
                        async with client.open("/inbound/po.edi", "wb") as file:
                            await file.write(b"ISA")
                    assert "road-runner" not in str(told.value)
                except asyncssh.PermissionDenied:
                    continue
            await door.connect("acme", client_keys=[ACME_KEY])
    finally:
        asyncssh.set_debug_level(1)
    ours = [{name: value for name, value in line.items() if name != "exc_info"} for line in lines]

    assert "hunter2-is-wrong" not in caplog.text + repr(ours)
    assert "road-runner" not in caplog.text + repr(ours)
    assert private not in caplog.text + repr(lines)
