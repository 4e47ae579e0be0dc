"""The SFTP clients that partners have, each with its four steps as command lines."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.sftp_door import OTHER_KEY, SftpDoor

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / ".tools" / "interop"
PYTHON = PLACE / "python" / "bin" / "python"
AUDIT = PLACE / "python" / "bin" / "ssh-audit"
NODE_MODULES = PLACE / "node" / "node_modules"
GET_THEM = "run tests/interop/get-sftp-clients"


@dataclass(frozen=True)
class Said:
    """How a client ended and what it said."""

    code: int
    text: str


@dataclass(frozen=True)
class Desk:
    """Where a client works: a door, a folder with its files, its key."""

    door: SftpDoor
    folder: Path

    @property
    def key(self) -> Path:
        """The private key of partner globex, who signs in by key."""
        path = self.folder / "client-key"
        if not path.exists():
            path.write_bytes(OTHER_KEY.export_private_key("openssh"))
            path.chmod(0o600)
        return path

    def batch(self, text: str) -> str:
        """The path of a file with commands for a client."""
        path = self.folder / "batch"
        path.write_text(text + "\n")
        return str(path)

    async def run(self, *words: str, **environment: str) -> Said:
        """Run a program to its end."""
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C", "HOME": str(self.folder), **environment},
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), 60)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return Said(process.returncode or 0, said.decode(errors="replace"))


class Client:
    """One client. `user` is whom it signs in as, `missing` what to do to get it, "" when it is here."""

    user = "acme"

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def missing(self) -> str:
        """What to do to get it."""
        return ""

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        """Take a step: `upload` LOCAL REMOTE, `download` REMOTE LOCAL, `rename` OLD NEW, `delete` REMOTE."""
        raise NotImplementedError


class Program(Client):
    """A program of Debian's."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(name)
        self._package = package

    @property
    def missing(self) -> str:
        return "" if shutil.which(self.name) else f"apt-get install {self._package}"


class OpenSsh(Program):
    """`sftp` with a batch, signed in by key."""

    user = "globex"

    def options(self, desk: Desk) -> list[str]:
        """Of `sftp` and `scp` alike."""
        settings = [
            *("BatchMode=yes", "IdentitiesOnly=yes", f"IdentityFile={desk.key}", "StrictHostKeyChecking=no"),
            *("UserKnownHostsFile=/dev/null", "LogLevel=ERROR"),
        ]
        return ["-F", "none", "-P", str(desk.door.port), *(part for one in settings for part in ("-o", one))]

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        words = {"upload": "put", "download": "get", "rename": "rename", "delete": "rm"}
        batch = desk.batch(f"{words[step]} {one} {other}")
        return await desk.run("sftp", *self.options(desk), "-b", batch, "globex@127.0.0.1")


class Scp(OpenSsh):
    """`scp` over SFTP: it copies, up and down, and does nothing else."""

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        there = "globex@127.0.0.1:"
        names = [one, there + other] if step == "upload" else [there + one, other]
        return await desk.run("scp", "-s", "-q", *self.options(desk), *names)


class Curl(Program):
    """curl over libssh2."""

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        url = f"sftp://127.0.0.1:{desk.door.port}"
        words = {
            "upload": ["-T", one, f"{url}/{other}"],
            "download": ["-o", other, f"{url}/{one}"],
            "rename": ["-Q", f"rename /{one} /{other}", f"{url}/", "-o", "listing"],
            "delete": ["-Q", f"rm /{one}", f"{url}/", "-o", "listing"],
        }
        return await desk.run("curl", "-sS", "--insecure", "-u", "acme:road-runner", *words[step])


class Lftp(Program):
    """lftp. After a download it lists: told to leave at once it kills its connection, now and then before its CLOSE."""

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        words = {
            "upload": f"put {one} -o /{other}",
            "download": f"get /{one} -o {other}; cls /outbound",
            "rename": f"mv /{one} /{other}",
            "delete": f"rm /{one}",
        }
        # Told no it would connect anew and try again, with pauses of half a minute: here it tries once and says so.
        settings = "set sftp:auto-confirm yes; set net:max-retries 1; set net:persist-retries 0; set cmd:fail-exit yes"
        settings += "; set net:reconnect-interval-base 1; set net:reconnect-interval-max 1; set net:timeout 10"
        settings += "; set xfer:max-redirections 0; set cmd:interactive no"
        url = f"sftp://127.0.0.1:{desk.door.port}"
        return await desk.run("lftp", "-u", "acme,road-runner", "-e", f"{settings}; {words[step]}; bye", url)


class Rclone(Program):
    """rclone, signed in by key."""

    user = "globex"

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        there = f":sftp,host=127.0.0.1,port={desk.door.port},user=globex,key_file={desk.key},shell_type=none:/"
        words = {
            "upload": ["copyto", one, there + other],
            "download": ["copyto", there + one, other],
            "rename": ["moveto", there + one, there + other],
            "delete": ["deletefile", there + one],
        }
        once = ("--config", str(desk.folder / "rclone.conf"), "--retries", "1", "--low-level-retries", "1")
        (desk.folder / "rclone.conf").touch()
        return await desk.run("rclone", *once, *words[step])


class Psftp(Program):
    """PuTTY's psftp, whose core WinSCP has too."""

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        words = {"upload": "put", "download": "get", "rename": "mv", "delete": "rm"}
        batch = desk.batch(f"{words[step]} {one} {other}\nquit")
        key = desk.door.fingerprint()
        options = ["-batch", "-P", str(desk.door.port), "-l", "acme", "-pw", "road-runner", "-hostkey", key]
        return await desk.run("psftp", *options, "-b", batch, "127.0.0.1")


class PythonLibrary(Client):
    """A library in the environment of its own."""

    @property
    def missing(self) -> str:
        return "" if PYTHON.exists() else GET_THEM

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        names = [name for name in (one, other) if name]
        return await desk.run(str(PYTHON), str(HERE / "drive.py"), self.name, str(desk.door.port), step, *names)


class Node(Client):
    """node's ssh2-sftp-client."""

    @property
    def missing(self) -> str:
        return "" if shutil.which("node") and (NODE_MODULES / self.name).is_dir() else f"{GET_THEM} (needs node, npm)"

    async def run(self, desk: Desk, step: str, one: str, other: str = "") -> Said:
        names = [name for name in (one, other) if name]
        words = ("node", str(HERE / "drive.js"), str(desk.door.port), step, *names)
        return await desk.run(*words, NODE_PATH=str(NODE_MODULES))


CLIENTS: tuple[Client, ...] = (
    OpenSsh("sftp", "openssh-client"),
    Scp("scp", "openssh-client"),
    Curl("curl", "curl"),
    Lftp("lftp", "lftp openssh-client"),
    Rclone("rclone", "rclone"),
    Psftp("psftp", "putty-tools"),
    PythonLibrary("paramiko"),
    PythonLibrary("ssh2-python"),
    PythonLibrary("asyncssh"),
    Node("ssh2-sftp-client"),
)
