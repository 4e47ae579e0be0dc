"""Load for the SFTP benchmark, by libssh2. Runs in the environment of tests/interop; loopback only.

    sftp_load.py files PORT USER KEY PREFIX CONNECTIONS FILES     uploads of 3 KB, open to close, on open connections
    sftp_load.py connections PORT USER KEY - THREADS TOTAL        sign in by key, and leave

Prints JSON: how many, in how many seconds, and the milliseconds that half and 99 of 100 took at most.
"""

import json
import socket
import sys
import threading
import time

from ssh2.session import Session
from ssh2.sftp import LIBSSH2_FXF_CREAT, LIBSSH2_FXF_TRUNC, LIBSSH2_FXF_WRITE

FLAGS = LIBSSH2_FXF_CREAT | LIBSSH2_FXF_WRITE | LIBSSH2_FXF_TRUNC
BODY = b"ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     ~" * 43


def connected(port: int, user: str, key: str) -> Session:
    """A signed-in session."""
    session = Session()
    session.handshake(socket.create_connection(("127.0.0.1", port)))
    session.userauth_publickey_fromfile(user, key)
    return session


def files(port: int, user: str, key: str, prefix: str, connections: int, total: int) -> list[float]:
    """Upload `total` files on so many connections; the seconds each took."""
    sessions = [connected(port, user, key) for _ in range(connections)]
    clients = [session.sftp_init() for session in sessions]

    def upload(worker: int, number: int) -> None:
        file = clients[worker].open(f"{prefix}{worker}-{number}.edi", FLAGS, 0o644)
        file.write(BODY[:3_000])
        if file.close() not in (0, None):
            raise OSError("an upload was not accepted")

    took = at_once(connections, total // connections, upload)
    for session in sessions:
        session.disconnect()
    return took


def connections(port: int, user: str, key: str, _: str, threads: int, total: int) -> list[float]:
    """Connect `total` times, so many at once; the seconds each took."""
    return at_once(threads, total // threads, lambda worker, number: connected(port, user, key).disconnect())


def at_once(workers: int, each: int, work: "object") -> list[float]:
    """Run `work(worker, number)` `each` times in so many threads; the seconds that each took, the whole span first."""
    assert callable(work)
    took: list[float] = []
    failed: list[BaseException] = []
    together = threading.Barrier(workers + 1)

    def run(worker: int) -> None:
        together.wait()
        try:
            for number in range(each):
                started = time.perf_counter()
                work(worker, number)
                took.append(time.perf_counter() - started)
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    together.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return [time.perf_counter() - started, *took]


if __name__ == "__main__":
    what, port, user, key, prefix, workers, total = sys.argv[1:]
    run = {"files": files, "connections": connections}[what]
    span, *each = run(int(port), user, key, prefix, int(workers), int(total))
    each.sort()
    shown = {"half_ms": each[len(each) // 2] * 1_000, "most_ms": each[int(len(each) * 0.99)] * 1_000}
    print(json.dumps({"count": len(each), "seconds": span, **shown}))
