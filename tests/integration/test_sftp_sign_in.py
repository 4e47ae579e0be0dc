"""Who gets in, how often one may try, and how much one connection may hold."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from time import monotonic

import asyncssh
import pytest
import structlog

from gateway.transports.sftp import Account, Key, same_secret
from tests.fakes.sftp_door import ACME_KEY, OTHER_KEY, SftpDoor, eventually, open_door

NO_ENTRY = (asyncssh.PermissionDenied, asyncssh.ConnectionLost, asyncssh.DisconnectError, ConnectionError)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path) as door:
        yield door


class Guesser(asyncssh.SSHClient):
    """A client that answers every password question with another wrong word."""

    def __init__(self) -> None:
        self.asked = 0

    def password_auth_requested(self) -> str:
        self.asked += 1
        return f"guess {self.asked}"


async def guess(door: SftpDoor, user: str) -> Guesser:
    guesser = Guesser()
    with pytest.raises(NO_ENTRY):
        await asyncssh.connect(
            "127.0.0.1",
            door.port,
            username=user,
            known_hosts=None,
            config=None,
            agent_path=None,
            client_keys=None,
            client_factory=lambda: guesser,
            preferred_auth="password",
        )
    return guesser


async def test_key_and_password_both_open_the_door(door: SftpDoor) -> None:
    with_key = await door.connect("acme", client_keys=[ACME_KEY])
    with_password = await door.connect("acme", password="road-runner", client_keys=None)

    assert await (await with_key.start_sftp_client()).exists("/inbound")
    assert await (await with_password.start_sftp_client()).exists("/inbound")


@pytest.mark.parametrize(
    ("user", "secret"),
    [
        ("acme", {"client_keys": [OTHER_KEY]}),
        ("acme", {"password": "", "client_keys": None}),
        ("globex", {"password": "", "client_keys": None}),
        ("globex", {"password": "road-runner", "client_keys": None}),
        ("nobody", {"client_keys": [ACME_KEY]}),
        ("nobody", {"password": "", "client_keys": None}),
        ("acme ", {"client_keys": [ACME_KEY]}),
        ("ACME", {"client_keys": [ACME_KEY]}),
    ],
)
async def test_others_stay_outside(door: SftpDoor, user: str, secret: dict[str, object]) -> None:
    with pytest.raises(NO_ENTRY):
        await door.connect(user, **secret)


async def test_a_user_table_that_fails_lets_nobody_in(door: SftpDoor) -> None:
    class Broken(dict[str, Account]):
        pass

    door.accounts.clear()
    door.accounts["acme"] = Account(channel="acme", user="acme", password_check=lambda given: 1 // 0 == 0)

    with pytest.raises(NO_ENTRY):
        await door.connect("acme", password="road-runner", client_keys=None)


async def test_an_account_bound_to_networks_is_unknown_from_elsewhere(door: SftpDoor) -> None:
    door.accounts["acme"] = Account(
        channel="acme", user="acme", keys=(Key(ACME_KEY.public_data),), allow_from=(ip_network("192.0.2.0/24"),)
    )

    with pytest.raises(NO_ENTRY):
        await door.connect("acme", client_keys=[ACME_KEY])


async def test_six_wrong_passwords_end_the_connection(door: SftpDoor) -> None:
    assert (await guess(door, "acme")).asked == 6


async def test_a_storm_of_wrong_passwords_bans_the_address(tmp_path: Path) -> None:
    async with open_door(tmp_path, failures_before_ban=15) as door:
        for _ in range(3):
            await guess(door, "acme")
        with pytest.raises(NO_ENTRY):
            await door.connect("acme", client_keys=[ACME_KEY])


async def test_wrong_passwords_of_known_and_unknown_users_take_the_same_time(tmp_path: Path) -> None:
    async with open_door(tmp_path, failure_delay_seconds=0.1, authentication_tries=1_000) as door:
        door.accounts["acme"] = Account(channel="acme", user="acme", password_check=same_secret("x" * 1_000_000))
        seconds = []
        for user in ("acme", "nobody"):
            started = monotonic()
            with pytest.raises(NO_ENTRY):
                await door.connect(user, password="wrong", client_keys=None, preferred_auth="password")
            seconds.append(monotonic() - started)

    assert min(seconds) >= 0.1
    assert seconds[1] >= seconds[0]  # the second failure of the address waits longer, whoever it names


async def test_a_sixth_silent_connection_is_cut_and_a_silent_one_times_out(tmp_path: Path) -> None:
    async with open_door(tmp_path, login_seconds=0.5) as door:
        opened = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(6)]
        banners = [await reader.read(4) for reader, _ in opened]
        async with asyncio.timeout(5):
            for reader, _ in opened:
                while await reader.read(4096):
                    pass
        for _, writer in opened:
            writer.close()

        assert banners == [b"SSH-"] * 5 + [b""]
        await door.connect()


async def test_a_partner_has_as_many_connections_as_agreed_and_others_are_not_disturbed(tmp_path: Path) -> None:
    async with open_door(tmp_path, connections_per_channel=2) as door:
        first, second = await door.connect(), await door.connect()
        third = await door.connect()
        with pytest.raises(asyncssh.Error):
            await third.start_sftp_client()

        assert await (await door.client("globex")).exists("/inbound")
        second.close()
        await second.wait_closed()
        assert await (await first.start_sftp_client()).exists("/inbound")
        assert await (await door.client()).exists("/inbound")


async def test_a_ninth_session_on_one_connection_is_refused(door: SftpDoor) -> None:
    connection = await door.connect()
    sessions = [await connection.start_sftp_client() for _ in range(8)]
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.start_sftp_client()
    sessions[0].exit()
    await sessions[0].wait_closed()

    assert await (await connection.start_sftp_client()).exists("/inbound")


async def test_a_sixty_fifth_open_file_on_one_connection_is_refused(door: SftpDoor) -> None:
    connection = await door.connect()
    one, other = await connection.start_sftp_client(), await connection.start_sftp_client()
    files = [await one.open(f"/inbound/{number}.edi", "wb") for number in range(64)]
    for attempt in (one.open("/inbound/more.edi", "wb"), other.open("/inbound/more.edi", "wb"), other.listdir("/")):
        with pytest.raises(asyncssh.SFTPFailure, match="too many open files"):
            await attempt
    await files[0].close()

    assert await other.exists("/inbound/0.edi")
    await other.open("/inbound/more.edi", "wb")


async def test_an_idle_connection_is_ended(tmp_path: Path) -> None:
    async with open_door(tmp_path, idle_seconds=0.3) as door:
        connection = await door.connect()
        client = await connection.start_sftp_client()
        for _ in range(4):
            await asyncio.sleep(0.15)
            await client.stat("/inbound")
        async with asyncio.timeout(5):
            await connection.wait_closed()


async def test_only_sftp_can_be_started(door: SftpDoor) -> None:
    connection = await door.connect()
    for attempt in (
        connection.create_process("id"),
        connection.create_process(),
        connection.create_process("scp -t /"),
        connection.create_process(subsystem="netconf"),
        connection.open_connection("127.0.0.1", 22),
    ):
        with pytest.raises(asyncssh.ChannelOpenError):
            await attempt
    with pytest.raises(asyncssh.ChannelListenError):
        await connection.start_server(lambda: None, "127.0.0.1", 0)


@pytest.mark.parametrize(
    "extension",
    [b"copy-data", b"hardlink@openssh.com", b"ranges@asyncssh.com", b"statvfs@openssh.com", b"lsetstat@openssh.com"],
)
async def test_dangerous_extensions_are_neither_offered_nor_answered(door: SftpDoor, extension: bytes) -> None:
    handler = (await door.client())._handler
    with pytest.raises(asyncssh.SFTPOpUnsupported):
        await handler._make_request(extension)

    assert not handler._supports_copy_data
    assert not handler._supports_statvfs
    assert not handler._supports_hardlink


@pytest.mark.parametrize(
    "offer",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
        {"kex_algs": ["diffie-hellman-group14-sha256"]},
        {"encryption_algs": ["aes128-cbc"]},
        {"encryption_algs": ["chacha20-poly1305@openssh.com"]},
        {"mac_algs": ["hmac-sha1"], "encryption_algs": ["aes128-ctr"]},
        {"server_host_key_algs": ["ssh-rsa"]},
    ],
)
async def test_weak_algorithms_are_not_agreed_to(door: SftpDoor, offer: dict[str, object]) -> None:
    with pytest.raises((asyncssh.KeyExchangeFailed, asyncssh.DisconnectError)):
        await door.connect(**offer)


async def test_the_software_behind_the_door_is_not_told(door: SftpDoor) -> None:
    connection = await door.connect()

    assert connection.get_extra_info("server_version") == "SSH-2.0-EDI-Gateway"


async def test_a_client_that_reads_no_answers_cannot_fill_the_memory(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "big.edi", b"x" * 250_000)
    connection = await door.connect(window=1 << 30)
    client = await connection.start_sftp_client()
    file = await client.open("/outbound/big.edi", "rb")
    connection._transport.pause_reading()
    reads = [asyncio.ensure_future(file.read(250_000, 0)) for _ in range(400)]
    served = next(iter(door.server._door.connections))
    transport = served._require_connection()._transport
    sizes = []
    for _ in range(50):
        await asyncio.sleep(0.01)
        sizes.append(transport.get_write_buffer_size())
    connection._transport.resume_reading()
    data = await asyncio.gather(*reads)

    assert max(sizes) < 6 * 1024 * 1024
    assert all(len(piece) == 250_000 for piece in data)


async def test_sign_ins_and_refusals_are_written_down_without_any_secret(door: SftpDoor) -> None:
    with structlog.testing.capture_logs() as lines:
        with pytest.raises(NO_ENTRY):
            await door.connect("acme", password="hunter2", client_keys=None)
        connection = await door.connect()
        connection.close()
        await eventually(lambda: any(line["operation"] == "logout" for line in lines))
    said = [(line["user"], line["operation"], line["result"]) for line in lines]

    assert said[0] == ("acme", "login", "refused: wrong password")
    assert ("acme", "login", "ok") in said
    assert "hunter2" not in repr(lines)
