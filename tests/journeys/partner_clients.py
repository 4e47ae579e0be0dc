"""Partners that do not give up: they send each file until somebody says yes, through every crash in between.

What they were told is written down in `Yeses`; it is what the gateway is held to afterwards.
"""

import asyncio
import contextlib
import math
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

import aiohttp
import asyncssh

from tests.journeys.gateway_process import GatewayProcess, Home, Site
from tests.journeys.orders import OrderFile

TROUBLE = (OSError, asyncssh.Error, aiohttp.ClientError, TimeoutError)
"""What a partner sees of a gateway that dies under its hands."""

TRY_SECONDS = 15.0
PATIENCE_SECONDS = 90.0
OPENSSH = shutil.which("sftp")


@dataclass(slots=True)
class Yeses:
    """What the partners were told. `http` has per message id every transmission id that a 202 gave."""

    sftp: list[OrderFile] = field(default_factory=list)
    http: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    posted: list[OrderFile] = field(default_factory=list)
    as2: list[OrderFile] = field(default_factory=list)
    tries: int = 0
    allowed: float = math.inf
    """Partners pause while more than so many files are acknowledged: a kill must find them at work, however fast."""
    faults: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[OrderFile]:
        """Every file that was acknowledged, once per acknowledgement."""
        return self.sftp + self.posted + self.as2


@dataclass(frozen=True, slots=True)
class Partner:
    """One program of ACME's. `pause_seconds` is the longest it idles between files."""

    site: Site
    yeses: Yeses
    random: Random
    pause_seconds: float

    async def idle(self) -> None:
        """A while, of random length; longer while more may not be sent."""
        await asyncio.sleep(self.random.uniform(0, self.pause_seconds))
        while len(self.yeses.files) >= self.yeses.allowed:
            await asyncio.sleep(0.01)

    def node(self) -> GatewayProcess:
        """Any door that is open. Raises OSError when there is none."""
        nodes = self.site.up()
        if not nodes:
            raise OSError("no node is up")
        return self.random.choice(nodes)

    async def until_yes(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try again and again. Raises TimeoutError after `PATIENCE_SECONDS`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.yeses.tries += 1
                try:
                    async with asyncio.timeout(TRY_SECONDS):
                        return await attempt()
                except TROUBLE:
                    await asyncio.sleep(0.05)


# ---------------------------------------------------------------------------------------------- HTTP


async def post_all(partner: Partner, files: Iterable[OrderFile]) -> None:
    """Post each file under its own message id until it is a 202; some once more, as partners do."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {partner.site.home.api_key}"}) as session:
        for file in files:
            for _ in range(2 if partner.random.random() < 0.2 else 1):
                await partner.until_yes(lambda file=file: _post(partner, session, file))  # type: ignore[misc]
            partner.yeses.posted.append(file)
            await partner.idle()


async def _post(partner: Partner, session: aiohttp.ClientSession, file: OrderFile) -> None:
    url = f"{partner.node().http_url}/api/v1/transmissions?file_name={file.name}"
    async with session.post(url, data=file.content, headers={"X-Message-Id": file.name}) as answer:
        told = await answer.json()
        if answer.status != 202:
            raise OSError(f"{answer.status} {told}")
    partner.yeses.http[file.name].append(told["transmission_id"])


# ---------------------------------------------------------------------------------------------- asyncssh


@contextlib.asynccontextmanager
async def sftp_session(home: Home, port: int) -> AsyncIterator[asyncssh.SFTPClient]:
    """ACME, signed in."""
    options = {"username": "acme", "client_keys": [str(home.client_key)], "known_hosts": None, "agent_path": None}
    connecting = asyncssh.connect("127.0.0.1", port, config=None, **options)
    async with connecting as connection, connection.start_sftp_client() as session:
        yield session


async def upload_all(partner: Partner, files: Iterable[OrderFile]) -> None:
    """Upload each file in pieces over a connection that is kept; every third under a temporary name, then renamed."""
    async with _Uploads(partner) as uploads:
        for ordinal, file in enumerate(files):
            staged: set[str] = set()
            attempt = uploads.put_and_rename if ordinal % 3 == 2 else uploads.put
            await partner.until_yes(lambda file=file, staged=staged: attempt(file, staged))  # type: ignore[misc] # noqa: B023
            partner.yeses.sftp.append(file)
            await partner.idle()


class _Uploads:
    """A connection to any node, opened again whenever it broke."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._open = contextlib.AsyncExitStack()
        self._session: asyncssh.SFTPClient | None = None

    async def __aenter__(self) -> "_Uploads":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def put(self, file: OrderFile, _: set[str]) -> None:
        """One try of an upload under its own name."""
        async with self._connected() as session:
            await self._write(session, f"/inbound/{file.name}", file.content)

    async def put_and_rename(self, file: OrderFile, staged: set[str]) -> None:
        """One try under a temporary name. What was closed well is there after a crash, and only has to be renamed."""
        temporary, name = f"/inbound/{file.name}.tmp", f"/inbound/{file.name}"
        async with self._connected() as session:
            if temporary not in staged:
                await self._write(session, temporary, file.content)
                staged.add(temporary)
                await self._partner.idle()
            try:
                await session.rename(temporary, name)
            except asyncssh.SFTPNoSuchFile:
                if not await session.exists(name):
                    self._partner.yeses.faults.append(f"{file.name}: staged and acknowledged, but gone")
                    staged.clear()
                    raise

    async def _write(self, session: asyncssh.SFTPClient, path: str, content: bytes) -> None:
        async with session.open(path, "wb") as remote:
            half = len(content) // 2
            await remote.write(content[:half])
            await asyncio.sleep(self._partner.random.uniform(0, 0.02))
            await remote.write(content[half:])

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SFTPClient]:
        if self._session is None:
            port = self._partner.node().sftp_port
            self._session = await self._open.enter_async_context(sftp_session(self._partner.site.home, port))
        try:
            yield self._session
        except BaseException:
            await self._drop()
            raise

    async def _drop(self) -> None:
        self._session = None
        with contextlib.suppress(*TROUBLE):
            await self._open.aclose()


# ---------------------------------------------------------------------------------------------- OpenSSH


async def put_all(partner: Partner, files: Sequence[OrderFile], *, batch: int = 4) -> None:
    """OpenSSH's `sftp -b`, some files per call. It stops at the first refusal: what came before was acknowledged."""
    folder = partner.site.home.folder / "acme"
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    left = list(files)

    async def attempt() -> None:
        part = left[:batch]
        done = await _sftp(partner, part)
        partner.yeses.sftp.extend(part[:done])
        del left[:done]
        if done < len(part):
            raise OSError("sftp stopped")

    while left:
        await partner.until_yes(attempt)
        await partner.idle()


async def _sftp(partner: Partner, files: Sequence[OrderFile]) -> int:
    """How many of the files were acknowledged by one run of the program."""
    home, port = partner.site.home, partner.node().sftp_port
    settings = ("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    options = [word for setting in (*settings, "LogLevel=ERROR") for word in ("-o", setting)]
    (home.folder / "batch").write_text("".join(f"put {file.name} inbound/{file.name}\n" for file in files))
    process = await asyncio.create_subprocess_exec(
        *(str(OPENSSH), "-q", "-F", "none", "-P", str(port), "-i", str(home.client_key), *options),
        *("-b", str(home.folder / "batch"), "acme@127.0.0.1"),
        cwd=home.folder / "acme",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        said, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    # It echoes each command before it runs it: the last one echoed by a run that failed is the one that failed.
    echoed = said.count(b"sftp> put ")
    return len(files) if process.returncode == 0 else max(0, echoed - 1)
