"""A gateway and its ERP as processes of their own, which a test may kill and start again; and the homes they live in.

Every process leads a process group of its own and is ended by its id; the ERP outlives the gateways it serves.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncssh

from gateway.app.memory import Memory, compose_memory
from gateway.settings import Places

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0
MAIN = ("-c", "from gateway.cli.main import main; main()")

PATIENCE = """
timeout_seconds: 5
first_delay_seconds: 0.2
longest_delay_seconds: 2
"""
"""An ERP that is back after a second is served within the next: a test has no minutes to wait."""


# ---------------------------------------------------------------------------------------------- home


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A gateway's folder with partners, mappings and secrets. `database_url` is "" for SQLite in the folder."""

    folder: Path
    database_url: str
    client_key: Path
    api_key: str

    def environment(self, erp_url: str) -> Mapping[str, str]:
        """Settings of a gateway that lives here, its doors on free ports."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        return kept | {
            "GATEWAY_HOME": str(self.folder),
            "GATEWAY_PARTNERS_DIR": str(self.folder / "partners"),
            "GATEWAY_MAPPINGS_DIR": str(ROOT / "mappings"),
            "GATEWAY_DATABASE_URL": self.database_url,
            "GATEWAY_SFTP_PORT": "0",
            "GATEWAY_HTTP_PORT": "0",
            "GATEWAY_AS2_PORT": "0",
            "GATEWAY_ERP_URL": erp_url,
        }

    def memory(self) -> Memory:
        """The store's read side, for looking on. Close it."""
        places = Places.model_construct(home=self.folder, database_url=self.database_url)
        return compose_memory(places.url, self.folder, "onlooker")


def make_home(folder: Path, *, database_url: str = "", destination: str = PATIENCE) -> Home:
    """The repository's sample partners with destination `erp` at GATEWAY_ERP_URL, and fresh secrets, mode 600."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    for path in (ROOT / "partners").rglob("*.yaml"):
        copy = folder / "partners" / path.relative_to(ROOT / "partners")
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        if path.name == "acme-sftp.yaml":
            text += f"authorized_keys:\n  - {key.export_public_key().decode().strip()}\n"
        if path.parent.name == "destinations":
            text = text.replace("kind: sandbox", "kind: erp\nbase_url: env:GATEWAY_ERP_URL")
        if (path.parent.name, path.name) == ("destinations", "erp.yaml"):
            text = "\n".join(line for line in text.splitlines() if not _set_in(line, destination)) + destination
        copy.write_text(text, "utf-8")
        for word in (word for word in text.split() if word.startswith("file:secrets/")):
            _write_secret(folder / word.removeprefix("file:"), f"opens-nothing-else-{Path(word).name}")
    _write_secret(folder / "client-key", key.export_private_key("openssh").decode())
    api_key = (folder / "secrets" / "acme-http.key").read_text("ascii")
    return Home(folder=folder, database_url=database_url, client_key=folder / "client-key", api_key=api_key)


def _set_in(line: str, settings: str) -> bool:
    name = line.partition(":")[0]
    return bool(name) and f"\n{name}:" in f"\n{settings}"


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


# ---------------------------------------------------------------------------------------------- processes


@dataclass(slots=True)
class Process:
    """One program that is started, killed and started again. What it says on standard error goes to `log`."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    starts: int = 0
    _running: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.returncode is None

    async def start(self) -> None:
        """Start it; returns at once."""
        assert not self.alive
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.arguments,
                cwd=ROOT,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    async def ready_line(self) -> str:
        """The one line it prints when it is ready, "" when it ended before that."""
        assert self._running is not None and self._running.stdout is not None
        return (await asyncio.wait_for(self._running.stdout.readline(), READY_SECONDS)).decode()

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        try:
            await asyncio.wait_for(self._end(signal.SIGTERM), 30)
        except TimeoutError:
            await self.kill()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, and do not wait for what it does."""
        assert self._running is not None
        os.killpg(self._running.pid, number)

    async def ended(self) -> int:
        """Wait until it ends by itself: its exit code."""
        assert self._running is not None
        return await self._running.wait()

    async def _end(self, number: signal.Signals) -> None:
        if self._running is None:
            return
        if self._running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, number)
        await self._running.wait()


@dataclass(slots=True)
class GatewayProcess:
    """One node. `sftp_port`, `http_url`, `as2_url` are of its last start: clients look them up at every try."""

    process: Process
    sftp_port: int = 0
    http_url: str = ""
    as2_url: str = ""

    async def start(self) -> None:
        """Start, and wait until its doors are open."""
        await self.process.start()
        await self.wait_until_ready()

    async def wait_until_ready(self) -> None:
        """Read where its doors are."""
        line = await self.process.ready_line()
        assert line, f"the gateway ended before it was ready:\n{tail(self.process.log)}"
        self.adopt(line)

    def adopt(self, line: str) -> None:
        """Its doors are where its ready line says."""
        addresses = json.loads(line)
        self.sftp_port, self.http_url = int(addresses["sftp_port"]), str(addresses["http_url"])
        self.as2_url = str(addresses["as2_url"])


@dataclass(slots=True)
class ErpProcess:
    """The sandbox ERP by itself. What it keeps is in `file` and survives its restarts; its port stays."""

    folder: Path
    latency_seconds: float = 0.0
    port: int = 0
    process: Process = field(init=False)

    async def start(self, *, mode: str = "ok") -> None:
        """Start it on its port; the first time on a free one."""
        arguments = ["sandbox", "--port", str(self.port), "--file", str(self.folder / "erp.jsonl"), "--mode", mode]
        self.process = Process(
            [*MAIN, *arguments, "--latency", str(self.latency_seconds)], dict(os.environ), self.folder / "erp.log"
        )
        await self.process.start()
        line = await self.process.ready_line()
        assert line, tail(self.folder / "erp.log")
        self.port = int(line.strip().rsplit(":", 1)[1])

    @property
    def url(self) -> str:
        """Where it is, or was."""
        return f"http://127.0.0.1:{self.port}"

    async def behave(self, mode: str, *, times: int = 0) -> None:
        """Change its mode; see `gateway.backends.sandbox_store.Mode`."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/mode", json={"mode": mode, "times": times}) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def counters(self) -> Mapping[str, int]:
        """Posts, keys, repeats and orders since its last start."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/stats") as answer:
            return dict(await answer.json())

    def orders(self) -> list[Mapping[str, str]]:
        """Every order it keeps, over all its starts: id, key, document_id, business_number."""
        path = self.folder / "erp.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


# ---------------------------------------------------------------------------------------------- both


@dataclass(slots=True)
class Site:
    """A home, its ERP, and the nodes that share it."""

    home: Home
    erp: ErpProcess
    nodes: list[GatewayProcess]
    memory: Memory

    def up(self) -> list[GatewayProcess]:
        """Nodes whose doors are open, as far as anybody knows."""
        return [node for node in self.nodes if node.process.alive and node.http_url]

    def logs(self) -> str:
        """What the nodes said last, for the message of a failed test."""
        return "\n".join(tail(node.process.log) for node in self.nodes)


@contextlib.asynccontextmanager
async def a_site(
    home: Home,
    *,
    nodes: int = 1,
    latency_seconds: float = 0.0,
    program: Sequence[str] = MAIN,
    environment: Mapping[str, str] | None = None,
    erp_running: bool = True,
) -> AsyncIterator[Site]:
    """A running ERP, a migrated database and nodes that are not started yet; all ended with the block.

    `program` are the interpreter's arguments in place of the gateway's own command, `environment` is added.
    """
    erp = ErpProcess(home.folder, latency_seconds)
    await erp.start()
    if not erp_running:
        await erp.process.stop()
    settings = {**home.environment(erp.url), **(environment or {})}
    memory = home.memory()
    if home.database_url:
        await asyncio.to_thread(memory.database.migrate)
    processes = [
        Process([*program, "serve", "--json"], settings, home.folder / f"node-{number}.log")
        for number in range(1, nodes + 1)
    ]
    site = Site(home=home, erp=erp, nodes=[GatewayProcess(process) for process in processes], memory=memory)
    try:
        yield site
    finally:
        # Nothing is asked of them any more: an orderly end would only cost each test seconds.
        await asyncio.gather(*(process.kill() for process in (*processes, erp.process)))
        await asyncio.to_thread(memory.close)


def tail(path: Path, lines: int = 40) -> str:
    """The last lines of a log."""
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:]) if path.exists() else ""
