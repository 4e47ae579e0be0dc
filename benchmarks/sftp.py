"""The SFTP door beside OpenSSH's own server, in one run: small files, one large file, connections.

    .tools/bin/uv run --frozen python benchmarks/sftp.py [--quick] [--write] [--rounds 3]

Needs sshd (Debian: openssh-server; it need not run) and what `tests/interop/get-sftp-clients` gets. Ours is `gateway
serve` on SQLite that receives and does not process: an OK means that the bytes are on disk and in the database.
OpenSSH's internal-sftp writes a plain file and syncs nothing. Client and servers share the machine; loopback only.
"""

import argparse
import contextlib
import getpass
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "evidence" / "sftp.md"
LIBSSH2 = HERE.parent / ".tools" / "interop" / "python" / "bin" / "python"
CIPHER = "aes256-gcm@openssh.com"


@dataclass(frozen=True)
class Server:
    """A server under measure: where, as whom, below which path; its main process."""

    name: str
    port: int
    user: str
    folder: str
    process: int

    def memory_mb(self) -> float:
        """Resident memory of the main process."""
        text = Path(f"/proc/{self.process}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1024


@dataclass(frozen=True)
class Size:
    """How much is done."""

    files: int
    large_mb: int
    connections: int
    rounds: int
    note: str = ""


# ---------------------------------------------------------------------------------------------- servers


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1_200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        if process.poll() is not None:
            raise SystemExit("a server did not start")
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on {port}")


@contextlib.contextmanager
def openssh(folder: Path, public_key: str) -> Iterator[Server]:
    """OpenSSH's sshd with internal-sftp, for the user who runs this."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SystemExit("no sshd here: apt-get install openssh-server (it need not run)")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    host_key, keys, config, port = folder / "host", folder / "authorized", folder / "sshd_config", _free_port()
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(host_key)
    host_key.chmod(0o600)
    keys.write_text(public_key)
    (folder / "inbound").mkdir()
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nAuthorizedKeysFile {keys}\nStrictModes no\n"
        "PasswordAuthentication no\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n"
        f"PidFile {folder / 'pid'}\nMaxStartups 100:30:200\nMaxSessions 100\nUseDNS no\nLogLevel QUIET\n"
    )
    process = subprocess.Popen([program, "-D", "-f", str(config)])
    try:
        _wait_for(port, process)
        yield Server("OpenSSH", port, getpass.getuser(), f"{folder}/inbound/", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


PARTNER_FILES = {
    "company.yaml": (
        "name: Harbor & Pine Supply\nowner: edi\nidentities:\n  harborpine:\n    legal_entity: Harbor & Pine Supply\n"
        "    isa: [ZZ/HARBORPINE]\n    gs: [HARBORPINE]\n    destination: erp\n"
    ),
    "acme.yaml": "name: ACME Retail\nowner: edi\nisa: [ZZ/ACMERETAIL]\ngs: [ACMERETAIL]\nagreements: {}\n",
    "destinations/erp.yaml": (
        "kind: erp\nowner: edi\nstage: production\nbase_url: http://127.0.0.1:9\nidempotency: key\n"
    ),
    "channels/acme-sftp.yaml": (
        "door: sftp\nowner: edi\ncarries: [acme]\nuser: acme\nauthorized_keys:\n  - {key}\n"
        "max_file_bytes: 1000000000\nmax_waiting_files: 1000000\nmax_waiting_bytes: 100000000000\n"
    ),
}


@contextlib.contextmanager
def ours(folder: Path, public_key: str) -> Iterator[Server]:
    """`gateway serve` in a home of its own."""
    for name, text in PARTNER_FILES.items():
        path = folder / "partners" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{key}", public_key.strip()))
    (folder / "mappings").mkdir()
    port = _free_port()
    settings = {
        "GATEWAY_HOME": str(folder / "home"),
        "GATEWAY_PARTNERS_DIR": str(folder / "partners"),
        "GATEWAY_MAPPINGS_DIR": str(folder / "mappings"),
        "GATEWAY_SFTP_PORT": str(port),
        "GATEWAY_HTTP_PORT": "0",
        "GATEWAY_AS2_PORT": "0",
        "GATEWAY_PROCESS": "false",
        "GATEWAY_BACKLOG_LIMIT": "1000000",
    }
    (folder / "home").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    words = [sys.executable, "-c", "from gateway.cli.main import main; main()"]
    subprocess.run([*words, "database", "migrate"], env=kept | settings, check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen([*words, "serve"], env=kept | settings, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server("ours", port, "acme", "inbound/", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


# ---------------------------------------------------------------------------------------------- measures


def load(server: Server, key: Path, what: str, workers: int, total: int, round_: int) -> dict[str, float]:
    """One run of sftp_load.py."""
    prefix = f"{server.folder}r{round_}-{workers}-"
    words = [str(LIBSSH2), str(HERE / "sftp_load.py"), what, str(server.port), server.user, str(key), prefix]
    done = subprocess.run([*words, str(workers), str(total)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{server.name}: {what} failed\n{done.stderr}")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def carry(server: Server, key: Path, command: str) -> float:
    """Seconds that OpenSSH's sftp takes for one command, signing in included."""
    settings = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
    options = [part for one in (*settings, f"Ciphers={CIPHER}", "LogLevel=ERROR") for part in ("-o", one)]
    words = ["sftp", "-F", "none", "-q", "-i", str(key), "-P", str(server.port), *options, "-b", "-"]
    started = time.perf_counter()
    subprocess.run([*words, f"{server.user}@127.0.0.1"], input=command.encode(), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(server: Server, key: Path, large: Path, size: Size, round_: int) -> dict[str, float]:
    """Everything, once."""
    one = load(server, key, "files", 1, size.files, round_)
    ten = load(server, key, "files", 10, size.files * 2, round_)
    there = f"{server.folder}large-{round_}.tmp"
    up = carry(server, key, f"put {large} {there}\n")
    down = carry(server, key, f"get {there} {large}.back\n")
    carry(server, key, f"rm {there}\n")
    if large.stat().st_size != Path(f"{large}.back").stat().st_size:
        raise SystemExit(f"{server.name}: the large file came back in another size")
    came = load(server, key, "connections", 4, size.connections, round_)
    return {
        "3 KB files a second, 1 connection": one["count"] / one["seconds"],
        "3 KB files a second, 10 connections": ten["count"] / ten["seconds"],
        "milliseconds of a file, 10 connections, 99 of 100": ten["most_ms"],
        f"MB a second up, one file of {size.large_mb} MB": size.large_mb / up,
        f"MB a second down, one file of {size.large_mb} MB": size.large_mb / down,
        "connections a second by key, 4 at once": came["count"] / came["seconds"],
        "memory of the main process, MB": server.memory_mb(),
    }


def page(results: dict[str, list[dict[str, float]]], size: Size, before: float) -> str:
    """The table as it is kept."""
    rows = []
    for what in results["ours"][0]:
        cells = []
        for name in ("ours", "OpenSSH"):
            values = sorted(one[what] for one in results[name])
            cells.append(f"{statistics.median(values):,.0f} ({values[0]:,.0f}-{values[-1]:,.0f})")
        rows.append(f"| {what} | {' | '.join(cells)} |")
    version = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False).stderr.split(",")[0]
    return (
        "# Speed of the SFTP door\n\n"
        "`benchmarks/sftp.py`. Ours is `gateway serve` on SQLite with `GATEWAY_PROCESS=false`: an OK to an upload\n"
        "means that its bytes are on disk and in the database. OpenSSH's is `sshd` with internal-sftp: it writes a\n"
        "file and syncs nothing. Small files by libssh2, open, write and close, one after the other on each\n"
        f"connection; the large file by OpenSSH's `sftp` with {CIPHER}, signing in included. Median of\n"
        f"{size.rounds} rounds, the lowest and highest behind it. Clients and servers share the machine: trust ratios\n"
        "above two only.\n\n"
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, CPython {sys.version.split()[0]}, {version}{size.note}.\n"
        f"Load average of the last minute: {before:.2f} before the run, {os.getloadavg()[0]:.2f} after it.\n\n"
        "| what | ours | OpenSSH |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def main() -> None:
    """Measure both, in turns, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/sftp.md")
    given = parser.parse_args()
    if not LIBSSH2.exists():
        raise SystemExit("libssh2 is not here: run tests/interop/get-sftp-clients")
    quick = Size(200, 20, 40, given.rounds, "; a tenth of everything (`--quick`)")
    size = quick if given.quick else Size(2_000, 200, 400, given.rounds)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        key = folder / "key"
        private = asyncssh.generate_private_key("ssh-ed25519")
        key.write_bytes(private.export_private_key("openssh"))
        key.chmod(0o600)
        public = private.export_public_key().decode()
        large = folder / "large"
        large.write_bytes(os.urandom(1 << 20) * size.large_mb)
        for name in ("ours", "theirs"):
            (folder / name).mkdir()
        results: dict[str, list[dict[str, float]]] = {"ours": [], "OpenSSH": []}
        with ours(folder / "ours", public) as first, openssh(folder / "theirs", public) as second:
            for round_ in range(size.rounds):
                for server in (first, second):
                    results[server.name].append(measure(server, key, large, size, round_))
    text = page(results, size, before)
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
