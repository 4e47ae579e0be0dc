"""OpenSSH's own server on a free port, where it is installed: `sshd` in PATH, /usr/sbin, or GATEWAY_TEST_SSHD."""

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.partner_server import OUR_KEY, PARTNER_KEY

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class OpenSshServer:
    """`folder` is where a session's paths begin for us: absolute, of this machine."""

    port: int
    user: str
    folder: Path


def found_sshd() -> str | None:
    """Where the program is."""
    named = os.environ.get("GATEWAY_TEST_SSHD")
    return named or shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


@contextlib.asynccontextmanager
async def openssh_server(*, forbidden: str = "") -> AsyncIterator[OpenSshServer]:
    """A server for one user. As root it is run without privileges: it asks for an account of its own otherwise.

    `forbidden` are requests of SFTP that it refuses, joined by commas.
    """
    sshd = found_sshd()
    assert sshd is not None
    with tempfile.TemporaryDirectory(prefix="partner-sshd-") as name:
        root = Path(name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        user = UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        _settings(root, port, f"internal-sftp -P {forbidden}" if forbidden else "internal-sftp")
        words = [sshd, "-D", "-e", "-f", str(root / "sshd_config")]
        if os.geteuid() == 0:
            account = pwd.getpwnam(UNPRIVILEGED)
            for path in (root, *root.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)
            words = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", _may_look_up(), *words]
        process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.DEVNULL)
        try:
            await _listening(port)
            yield OpenSshServer(port, user, root / "drive")
        finally:
            process.terminate()
            await process.wait()


def _may_look_up() -> str:
    """It asks whether the account is locked, which is written where only this group may read."""
    with contextlib.suppress(KeyError):
        return f"--groups={grp.getgrnam('shadow').gr_gid}"
    return "--clear-groups"


def _settings(root: Path, port: int, sftp: str) -> None:
    for folder in ("in", "out", "done"):
        (root / "drive" / folder).mkdir(parents=True)
    (root / "host-key").write_bytes(PARTNER_KEY.export_private_key("openssh"))
    (root / "host-key").chmod(0o600)
    (root / "authorized").write_bytes(OUR_KEY.export_public_key())
    (root / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {root}/host-key\nAuthorizedKeysFile {root}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nSubsystem sftp {sftp}\nLogLevel ERROR\n"
    )


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return
