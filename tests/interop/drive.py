"""One step of a client library, run in the environment of tests/interop/get-sftp-clients.

    drive.py LIBRARY PORT upload LOCAL REMOTE | download REMOTE LOCAL | rename OLD NEW | delete REMOTE

Signs in as acme by password. Ends with 1 and says why when the library tells of a failure.
"""

import asyncio
import socket
import sys
from pathlib import Path

USER, PASSWORD = "acme", "road-runner"


def by_paramiko(port: int, step: str, one: str, other: str) -> None:
    import paramiko

    with paramiko.Transport(("127.0.0.1", port)) as transport:
        transport.connect(username=USER, password=PASSWORD)
        client = paramiko.SFTPClient.from_transport(transport)
        match step:
            case "upload":
                client.put(one, other)
            case "download":
                client.get(one, other)
            case "rename":
                client.rename(one, other)
            case "delete":
                client.remove(one)


def by_ssh2(port: int, step: str, one: str, other: str) -> None:
    from ssh2.session import Session
    from ssh2.sftp import LIBSSH2_FXF_CREAT, LIBSSH2_FXF_READ, LIBSSH2_FXF_TRUNC, LIBSSH2_FXF_WRITE

    session = Session()
    session.handshake(socket.create_connection(("127.0.0.1", port)))
    session.userauth_password(USER, PASSWORD)
    client = session.sftp_init()
    match step:
        case "upload":
            file = client.open(other, LIBSSH2_FXF_CREAT | LIBSSH2_FXF_WRITE | LIBSSH2_FXF_TRUNC, 0o644)
            file.write(Path(one).read_bytes())
            if (code := file.close()) not in (0, None):  # the one place where it raises nothing
                raise OSError(f"close answered {code}")
        case "download":
            with client.open(one, LIBSSH2_FXF_READ, 0) as file:
                Path(other).write_bytes(b"".join(piece for _, piece in file))
        case "rename":
            client.rename(one, other)
        case "delete":
            client.unlink(one)


def by_asyncssh(port: int, step: str, one: str, other: str) -> None:
    import asyncssh

    async def run() -> None:
        connecting = asyncssh.connect(
            "127.0.0.1", port, username=USER, password=PASSWORD, known_hosts=None, config=None
        )
        async with connecting as connection, connection.start_sftp_client() as client:
            match step:
                case "upload":
                    await client.put(one, other)
                case "download":
                    await client.get(one, other)
                case "rename":
                    await client.posix_rename(one, other)
                case "delete":
                    await client.remove(one)

    asyncio.run(run())


LIBRARIES = {"paramiko": by_paramiko, "ssh2-python": by_ssh2, "asyncssh": by_asyncssh}

if __name__ == "__main__":
    library, port, step, *names = sys.argv[1:]
    try:
        LIBRARIES[library](int(port), step, names[0], names[1] if len(names) > 1 else "")
    except Exception as error:  # noqa: BLE001 - whatever a library raises is what it tells
        sys.exit(f"{type(error).__name__}: {error}")
