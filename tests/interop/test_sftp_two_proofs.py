"""Clients that are asked for a key and then for a password: which of them follow a partial success (RFC 4252, 5.1)."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.transports.sftp import Key, same_secret
from tests.fakes.sftp_door import OTHER_KEY, SftpDoor, open_door
from tests.interop.sftp_clients import GET_THEM, HERE, NODE_MODULES, PYTHON, Desk, Said


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    (tmp_path / "spool").mkdir()
    async with open_door(tmp_path / "spool", unauthenticated_per_address=50) as door:
        terms = {"keys": (Key(OTHER_KEY.public_data),), "password_check": same_secret("road-runner"), "sign_in": "both"}
        door.accounts["acme"] = replace(door.accounts["acme"], **terms)
        yield door


@pytest.fixture
def desk(door: SftpDoor, tmp_path: Path) -> Desk:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "po.edi").write_bytes(b"ISA*00")
    return Desk(door, tmp_path / "desk")


def require(*programs: str) -> None:
    missing = [one for one in programs if not shutil.which(one)]
    if missing:
        pytest.skip(f"{missing[0]} is not here: {GET_THEM}")


async def both_and_each_alone(desk: Desk, run: "object") -> list[bool]:
    """Whether the client got in with both, with a wrong password, without the key."""
    assert callable(run)
    said: list[Said] = [await run("road-runner", True), await run("wrong", True), await run("road-runner", False)]
    assert len(desk.door.received()) == 1, said
    return [one.code == 0 for one in said]


async def test_openssh_shows_a_key_and_then_types_the_password(desk: Desk) -> None:
    require("sftp")
    types = desk.folder / "types"

    async def run(password: str, key: bool) -> Said:
        types.write_text(f"#!/bin/sh\necho {password}\n")
        types.chmod(0o700)
        settings = [
            *(
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "LogLevel=ERROR",
                "NumberOfPasswordPrompts=1",
            ),
            *(["IdentitiesOnly=yes", f"IdentityFile={desk.key}"] if key else ["PubkeyAuthentication=no"]),
        ]
        options = ["-F", "none", "-P", str(desk.door.port), *(part for one in settings for part in ("-o", one))]
        batch = desk.batch("put po.edi inbound/po.edi")
        # A batch turns passwords off; the later -o does not turn them on again, the earlier one keeps them.
        words = ["sftp", "-o", "BatchMode=no", *options, "-b", batch, "acme@127.0.0.1"]
        return await desk.run(*words, SSH_ASKPASS=str(types), SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")

    assert await both_and_each_alone(desk, run) == [True, False, False]


async def test_psftp_shows_a_key_and_then_sends_the_password(desk: Desk) -> None:
    require("psftp", "puttygen")
    ppk = desk.folder / "key.ppk"
    assert (await desk.run("puttygen", str(desk.key), "-O", "private", "-o", str(ppk))).code == 0

    async def run(password: str, key: bool) -> Said:
        batch = desk.batch("put po.edi inbound/po.edi\nquit")
        options = ["-batch", "-P", str(desk.door.port), "-l", "acme", "-pw", password]
        identity = ["-i", str(ppk)] if key else []
        fingerprint = desk.door.fingerprint()
        return await desk.run("psftp", *options, *identity, "-hostkey", fingerprint, "-b", batch, "127.0.0.1")

    assert await both_and_each_alone(desk, run) == [True, False, False]


async def test_rclone_shows_a_key_and_then_sends_the_password(desk: Desk) -> None:
    require("rclone")
    (desk.folder / "rclone.conf").touch()

    async def run(password: str, key: bool) -> Said:
        hidden = (await desk.run("rclone", "obscure", password)).text.strip()
        identity = f",key_file={desk.key}" if key else ""
        there = f":sftp,host=127.0.0.1,port={desk.door.port},user=acme,pass={hidden}{identity},shell_type=none:/"
        once = ("--config", str(desk.folder / "rclone.conf"), "--retries", "1", "--low-level-retries", "1")
        return await desk.run("rclone", *once, "copyto", "po.edi", f"{there}inbound/po.edi")

    assert await both_and_each_alone(desk, run) == [True, False, False]


async def test_curl_shows_a_key_and_then_sends_the_password(desk: Desk) -> None:
    require("curl", "ssh-keygen")
    public = desk.folder / "key.pub"
    public.write_text((await desk.run("ssh-keygen", "-y", "-f", str(desk.key))).text)

    async def run(password: str, key: bool) -> Said:
        url = f"sftp://127.0.0.1:{desk.door.port}/inbound/po.edi"
        identity = ["--key", str(desk.key), "--pubkey", str(public)] if key else ["--key", "none", "--pubkey", "none"]
        return await desk.run("curl", "-sS", "--insecure", "-u", f"acme:{password}", *identity, "-T", "po.edi", url)

    assert await both_and_each_alone(desk, run) == [True, False, False]


PARAMIKO = """
import sys
import paramiko
port, password, *key = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect(
    "127.0.0.1", int(port), "acme", password, key_filename=key, allow_agent=False, look_for_keys=False
)
client.open_sftp().put("po.edi", "inbound/po.edi")
client.close()
"""


async def by_paramiko(desk: Desk, *words: str) -> Said:
    if not PYTHON.exists():
        pytest.skip(f"paramiko is not here: {GET_THEM}")
    return await desk.run(str(PYTHON), "-c", PARAMIKO, str(desk.door.port), *words)


async def test_paramiko_shows_a_key_and_then_sends_the_password(desk: Desk) -> None:
    async def run(password: str, key: bool) -> Said:
        return await by_paramiko(desk, password, *([str(desk.key)] if key else []))

    assert await both_and_each_alone(desk, run) == [True, False, False]


async def test_paramiko_whose_first_key_is_another_gets_in_by_its_password(desk: Desk) -> None:
    """It asks for the service anew before each way it tries."""
    desk.door.accounts["acme"] = replace(desk.door.accounts["acme"], keys=(), sign_in="either")
    said = await by_paramiko(desk, "road-runner", str(desk.key))

    assert said.code == 0, said.text


async def test_node_shows_a_key_and_then_sends_the_password_when_told_the_order(desk: Desk) -> None:
    require("node")
    if not (NODE_MODULES / "ssh2-sftp-client").is_dir():
        pytest.skip(f"ssh2-sftp-client is not here: {GET_THEM}")
    program = (
        "const [port, password, key] = process.argv.slice(1);"
        "const client = new (require('ssh2-sftp-client'))();"
        "const privateKey = key ? require('fs').readFileSync(key) : undefined;"
        "client.connect({host: '127.0.0.1', port: Number(port), username: 'acme', password, privateKey, retries: 0,"
        " authHandler: ['publickey', 'password']})"
        ".then(() => client.put('po.edi', 'inbound/po.edi')).then(() => client.end())"
        ".catch((error) => { console.log(error.message); process.exit(1); });"
    )

    async def run(password: str, key: bool) -> Said:
        words = [str(desk.door.port), password, *([str(desk.key)] if key else [])]
        return await desk.run("node", "-e", program, *words, NODE_PATH=str(NODE_MODULES))

    assert HERE.is_dir()
    assert await both_and_each_alone(desk, run) == [True, False, False]
