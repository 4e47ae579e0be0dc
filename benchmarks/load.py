"""A load generator that costs little: raw HTTP/1.1 on kept connections, bounded in count. Loopback only."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """What was sent: per message id the moment before sending, and the moment its 202 was read."""

    started: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def span_seconds(self) -> float:
        """First send to last 202."""
        return max(self.accepted.values()) - min(self.started.values())


class Connection:
    """One kept connection to the transmissions door."""

    def __init__(self, port: int, key: str, load: Load) -> None:
        self._port, self._key, self._load = port, key, load
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, message_id: str, body: bytes) -> None:
        """Send one transmission and wait for its answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"POST /api/v1/transmissions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._key}\r\n"
            f"X-Message-Id: {message_id}\r\nContent-Type: application/edi-x12\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._load.started[message_id] = time.time()
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)
        if answer.startswith(b"HTTP/1.1 202"):
            self._load.accepted[message_id] = time.time()
        else:
            self._load.refused.append(answer.split(b"\r\n")[0].decode())

    def close(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            self._writer.close()


async def burst(port: int, key: str, messages: Sequence[tuple[str, bytes]], connections: int) -> Load:
    """All messages as fast as `connections` kept connections take them."""
    load = Load()
    todo = iter(messages)

    async def worker() -> None:
        connection = Connection(port, key, load)
        for message_id, body in todo:
            await connection.post(message_id, body)
        connection.close()

    await asyncio.gather(*(worker() for _ in range(connections)))
    return load


async def paced(port: int, key: str, messages: Sequence[tuple[str, bytes]], per_second: float) -> Load:
    """One message every 1/`per_second` seconds, whatever the answers take (open loop)."""
    load = Load()
    idle = [Connection(port, key, load) for _ in range(min(64, len(messages)))]
    busy: set[asyncio.Task[None]] = set()

    async def one(connection: Connection, message_id: str, body: bytes) -> None:
        await connection.post(message_id, body)
        idle.append(connection)

    begin = time.monotonic()
    for number, (message_id, body) in enumerate(messages):
        await asyncio.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        connection = idle.pop() if idle else Connection(port, key, load)
        task = asyncio.create_task(one(connection, message_id, body))
        busy.add(task)
        task.add_done_callback(busy.discard)
    await asyncio.gather(*busy)
    for connection in idle:
        connection.close()
    return load
