"""Is a port of ours free, or taken, and if so by this gateway? Asked by `gateway doctor`."""

import asyncio
import errno
import http.client
import json
import socket
from pathlib import Path

import asyncssh

API_TITLE = "EDI gateway"
"""What the HTTP door calls itself in its OpenAPI document."""

PATIENCE_SECONDS = 3.0
"""A gateway answers in milliseconds; what says nothing for so long is none."""

MAIL_HELP = b"214 2.0.0 See the page that we sent you"
"""What the mail door answers to HELP, and no other mail server does."""

MOST_BYTES = 1 << 20
"""Of an answer: what listens there may send without end."""

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked about, not listened on


def sftp_port(host: str, port: int, keys: Path) -> str:
    """What is at the SFTP port, in words; `keys` is the folder of this gateway's host keys.

    Raises OSError when it is taken by anything that does not hold one of those keys, or cannot be listened on.
    """
    if _is_free(host, port):
        return f"{host}:{port} is free"
    try:
        found = asyncio.run(_host_key(_WILDCARDS.get(host, host), port))
    except (OSError, asyncssh.Error, TimeoutError) as silent:
        raise OSError(_foreign(port)) from silent
    if found not in _public_keys(keys):
        raise OSError(f"{_foreign(port)}: its SSH host key is not one of {keys}")
    return f"{host}:{port} is answered by this gateway"


def http_port(host: str, port: int) -> str:
    """What is at the HTTP port, in words.

    Raises OSError when it is taken by anything that does not describe itself as a gateway, or cannot be listened on.
    """
    if _is_free(host, port):
        return f"{host}:{port} is free"
    connection = http.client.HTTPConnection(_WILDCARDS.get(host, host), port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/api/v1/openapi.json")
        title = json.loads(connection.getresponse().read(MOST_BYTES))["info"]["title"]
    except (OSError, http.client.HTTPException, ValueError, TypeError, LookupError) as strange:
        raise OSError(_foreign(port)) from strange
    finally:
        connection.close()
    if title != API_TITLE:
        raise OSError(_foreign(port))
    return f"{host}:{port} is answered by a gateway"


def as2_port(host: str, port: int) -> str:
    """What is at the AS2 port, in words.

    Raises OSError when it is taken by anything that does not answer as the AS2 door does, or cannot be listened on.
    """
    if _is_free(host, port):
        return f"{host}:{port} is free"
    connection = http.client.HTTPConnection(_WILDCARDS.get(host, host), port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/as2")
        answer = connection.getresponse()
        allowed = answer.getheader("Allow", "")
        answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException) as strange:
        raise OSError(_foreign(port)) from strange
    finally:
        connection.close()
    if (answer.status, allowed) != (405, "POST"):
        raise OSError(_foreign(port))
    return f"{host}:{port} is answered by a gateway"


def mail_port(host: str, port: int) -> str:
    """What is at the port of the mail door, in words.

    Raises OSError when it is taken by anything that does not answer as the mail door does, or cannot be listened on.
    """
    if _is_free(host, port):
        return f"{host}:{port} is free"
    address = _WILDCARDS.get(host, host), port
    try:
        with (
            socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection,
            connection.makefile("rb") as said,
        ):
            said.readline(MOST_BYTES)
            connection.sendall(b"HELP\r\n")
            answer = said.readline(MOST_BYTES).strip()
            connection.sendall(b"QUIT\r\n")
    except OSError as silent:
        raise OSError(_foreign(port)) from silent
    if answer != MAIL_HELP:
        raise OSError(_foreign(port))
    return f"{host}:{port} is answered by a gateway"


def _foreign(port: int) -> str:
    return f"port {port} is taken by something that is not this gateway"


def _is_free(host: str, port: int) -> bool:
    """Raises OSError when the port may not be listened on at all: no such address here, or it needs privileges."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the doors do: connections that just ended do not keep a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                return False
            raise OSError(f"{host}:{port} cannot be listened on: {refused.strerror}") from refused
    return True


async def _host_key(host: str, port: int) -> bytes:
    key = await asyncio.wait_for(asyncssh.get_server_host_key(host, port), PATIENCE_SECONDS)
    return b"" if key is None else key.public_data


def _public_keys(folder: Path) -> set[bytes]:
    try:
        return {asyncssh.read_private_key(path).public_data for path in sorted(folder.glob("sftp_host_*_key"))}
    except asyncssh.KeyImportError as wrong:
        raise OSError(f"{folder}: a host key in it cannot be read ({wrong})") from wrong
