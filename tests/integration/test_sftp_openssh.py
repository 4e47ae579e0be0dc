"""The client most partners have: OpenSSH's sftp and scp, as they are installed."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.sftp_door import OTHER_KEY, SftpDoor, eventually, open_door

pytestmark = pytest.mark.skipif(
    not (shutil.which("sftp") and shutil.which("scp")), reason="needs Debian's openssh-client (sftp, scp)"
)


class OpenSsh:
    """Runs OpenSSH's programs as partner globex against a door."""

    def __init__(self, door: SftpDoor, folder: Path) -> None:
        self._port = str(door.port)
        self._folder = folder
        self._key = folder / "client-key"
        self._key.write_bytes(OTHER_KEY.export_private_key("openssh"))
        self._key.chmod(0o600)

    def _options(self) -> list[str]:
        settings = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "IdentityFile": str(self._key),
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }
        return ["-F", "none", "-P", self._port, *(part for item in settings.items() for part in ("-o", "=".join(item)))]

    async def start(self, program: str, *arguments: str, commands: str | None = None) -> asyncio.subprocess.Process:
        """Start `sftp` with a batch of commands, or `scp`."""
        words = [program, *self._options(), *arguments]
        if commands is not None:
            batch = self._folder / "batch"
            batch.write_text(commands)
            words += ["-b", str(batch), "globex@127.0.0.1"]
        return await asyncio.create_subprocess_exec(
            *words,
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )

    async def run(self, program: str, *arguments: str, commands: str | None = None) -> tuple[int, str]:
        """Run to the end: exit code and everything it said."""
        process = await self.start(program, *arguments, commands=commands)
        said, complained = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, (said + complained).decode()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    (tmp_path / "spool").mkdir()
    async with open_door(tmp_path / "spool") as door:
        yield door


@pytest.fixture
def openssh(door: SftpDoor, tmp_path: Path) -> OpenSsh:
    return OpenSsh(door, tmp_path)


@pytest.mark.parametrize("command", ["put", "put -p", "put -f"])
async def test_sftp_uploads_and_sees_what_was_accepted(
    door: SftpDoor, openssh: OpenSsh, tmp_path: Path, command: str
) -> None:
    (tmp_path / "po.edi").write_bytes(b"ISA" * 50_000)
    code, said = await openssh.run("sftp", commands=f"{command} po.edi inbound/po.edi\nls -l inbound\n")

    assert (code, "150000" in said, "po.edi" in said) == (0, True, True)
    assert door.received() == [("globex-sftp", "po.edi", b"ISA" * 50_000)]


async def test_sftp_uploads_under_a_temporary_name_and_renames(
    door: SftpDoor, openssh: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "po.edi").write_bytes(b"ISA*00")
    code, said = await openssh.run(
        "sftp", commands="cd inbound\nput po.edi po.edi.tmp\nrename po.edi.tmp po.edi\nls -1\n"
    )

    assert (code, said.splitlines()[-1]) == (0, "po.edi")
    assert door.received() == [("globex-sftp", "po.edi", b"ISA*00")]


async def test_scp_says_zero_and_the_same_name_shorter_is_a_document_of_its_own(
    door: SftpDoor, openssh: OpenSsh, tmp_path: Path
) -> None:
    codes = []
    for text in (b"the longer one", b"short"):
        (tmp_path / "po.edi").write_bytes(text)
        codes.append((await openssh.run("scp", "-s", "po.edi", "globex@127.0.0.1:inbound/po.edi"))[0])

    assert codes == [0, 0]
    assert door.received() == [("globex-sftp", "po.edi", b"the longer one"), ("globex-sftp", "po.edi", b"short")]


async def test_sftp_downloads_and_deletes_what_waits_for_it(door: SftpDoor, openssh: OpenSsh, tmp_path: Path) -> None:
    door.mailroom.put("globex-sftp", "outbound", "997.edi", b"ST*997" * 20_000)
    code, _ = await openssh.run("sftp", commands="get outbound/997.edi\nrm outbound/997.edi\nls archive\n")

    assert code == 0
    assert (tmp_path / "997.edi").read_bytes() == b"ST*997" * 20_000
    assert [entry.name for entry in door.mailroom.pickups] == ["997.edi"]
    assert door.mailroom.entry("globex-sftp", "archive", "997.edi") is not None


@pytest.mark.parametrize("stage", ["open", "write", "close"])
async def test_sftp_and_scp_report_what_was_not_accepted(
    door: SftpDoor, openssh: OpenSsh, tmp_path: Path, stage: str
) -> None:
    (tmp_path / "po.edi").write_bytes(b"ISA" * 50_000)
    match stage:
        case "open":
            door.mailroom.refuse_admission = RuntimeError("secret")
        case "write":
            door.blobs.room_bytes = 100_000
        case "close":
            door.mailroom.refuse_receipt = RuntimeError("secret")
    by_sftp = await openssh.run("sftp", commands="put po.edi inbound/po.edi\n")
    by_scp = await openssh.run("scp", "-s", "po.edi", "globex@127.0.0.1:inbound/po.edi")

    assert (by_sftp[0], by_scp[0]) == (1, 1)
    assert "secret" not in by_sftp[1] + by_scp[1]
    assert door.received() == []


async def test_sftp_killed_in_the_middle_of_an_upload_delivers_nothing(
    door: SftpDoor, openssh: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "po.edi").write_bytes(b"ISA*00*  " * 2_000_000)
    process = await openssh.start("sftp", "-l", "16000", commands="put po.edi inbound/po.edi\n")
    spool = tmp_path / "spool"
    await eventually(lambda: any(path.stat().st_size > 500_000 for path in spool.glob("spool-*")), seconds=15)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    await eventually(lambda: door.blobs.leftovers() == [])

    assert door.received() == []
    code, said = await openssh.run("sftp", commands="ls -1 inbound\n")
    assert (code, "po.edi" in said) == (0, False)
