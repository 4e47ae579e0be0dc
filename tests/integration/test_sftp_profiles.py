"""Algorithm profiles, and host keys that change with notice."""

import asyncio
import shutil
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import asyncssh
import pytest
import structlog

from gateway.app.profiles import profile_on
from gateway.transports.sftp import load_host_keys
from gateway.transports.sftp.algorithms import COMPATIBLE, LEGACY, STRICT
from tests.fakes.sftp_door import OTHER_KEY, eventually, open_door

NO_WAY_TO_TALK = (asyncssh.KeyExchangeFailed, asyncssh.DisconnectError, asyncssh.ConnectionLost)
LAST_DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[asyncssh.SSHKey, ...]:
    return load_host_keys(tmp_path_factory.mktemp("home"))


async def test_strict_agrees_to_encrypt_then_mac_only(tmp_path: Path) -> None:
    async with open_door(tmp_path, profile=lambda: STRICT) as door:
        with pytest.raises(NO_WAY_TO_TALK):
            await door.connect(mac_algs=["hmac-sha2-256"], encryption_algs=["aes256-ctr"])

        await door.connect(mac_algs=["hmac-sha2-256-etm@openssh.com"], encryption_algs=["aes256-ctr"])


with_what_cryptography_warns_of = pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning"  # finite-field Diffie-Hellman: all that is asked of it
)
OLD = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "server_host_key_algs": ["ssh-rsa"],
}


@with_what_cryptography_warns_of
async def test_legacy_lets_old_devices_in_and_writes_down_what_they_need(
    tmp_path: Path, keys: tuple[asyncssh.SSHKey, ...]
) -> None:
    async with open_door(tmp_path, host_keys=keys, profile=lambda: LEGACY) as door:
        with structlog.testing.capture_logs() as lines:
            await door.connect(**OLD)
            await eventually(lambda: any(line["operation"] == "login" for line in lines))

    assert [line["result"] for line in lines if line["operation"] == "login"] == [
        "ok, by weak algorithms: aes128-cbc, hmac-sha1"
    ]


@with_what_cryptography_warns_of
async def test_legacy_ends_by_itself_while_the_door_is_open(tmp_path: Path, keys: tuple[asyncssh.SSHKey, ...]) -> None:
    now = [datetime(2026, 3, 2, 23, 59, tzinfo=UTC)]
    profile = partial(profile_on, "legacy", LAST_DAY, lambda: now[0])
    async with open_door(tmp_path, host_keys=keys, profile=profile) as door:
        await door.connect(**OLD)
        now[0] = datetime(2026, 3, 3, tzinfo=UTC)
        with pytest.raises(NO_WAY_TO_TALK):
            await door.connect(**OLD)

        await door.connect()


def test_legacy_without_a_day_is_compatible_and_the_others_have_no_day() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)

    assert profile_on("legacy", None, lambda: now) is COMPATIBLE
    assert profile_on("strict", None, lambda: now) is STRICT
    assert profile_on("compatible", LAST_DAY, lambda: now) is COMPATIBLE


@pytest.mark.skipif(not shutil.which("sftp"), reason="needs Debian's openssh-client")
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
async def test_the_next_host_key_is_announced_and_openssh_learns_it_before_it_is_used(
    tmp_path: Path, kind: str
) -> None:
    first, following = (asyncssh.generate_private_key(kind) for _ in range(2))
    (tmp_path / "spool").mkdir()
    (tmp_path / "key").write_bytes(OTHER_KEY.export_private_key("openssh"))
    (tmp_path / "key").chmod(0o600)
    known = tmp_path / "known_hosts"
    async with open_door(tmp_path / "spool", host_keys=[first, following]) as door:
        known.write_bytes(f"[127.0.0.1]:{door.port} ".encode() + first.export_public_key())
        options = [
            *("BatchMode=yes", "IdentitiesOnly=yes", f"IdentityFile={tmp_path / 'key'}", "UpdateHostKeys=yes"),
            *("StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "LogLevel=ERROR"),
        ]
        (tmp_path / "batch").write_text("ls\n!sleep 0.3\nls\n")
        words = ["-F", "none", "-P", str(door.port), *(part for one in options for part in ("-o", one))]
        process = await asyncio.create_subprocess_exec(
            "sftp", *words, "-b", str(tmp_path / "batch"), "globex@127.0.0.1", stdout=asyncio.subprocess.DEVNULL
        )
        code = await asyncio.wait_for(process.wait(), 30)

    learned = {line.split()[2] for line in known.read_text().splitlines()}
    assert code == 0
    assert learned == {key.export_public_key().decode().split()[1] for key in (first, following)}
