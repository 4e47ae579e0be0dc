"""Files that we push, without a database: what a door and the engine see of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.pipeline.outbound.send import Awaited, Carriage, Carried, Settled, Verdict
from tests.fakes.blobs import MemoryBlobs

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_file(id_: str = "f1", data: bytes = b"ISA*~", blobs: MemoryBlobs | None = None, **about: Any) -> Carried:
    """One file to carry to ACME."""
    values: dict[str, Any] = {
        "id": id_,
        "kind": "interchange",
        "subject": f"i-{id_}",
        "partner": "acme",
        "channel": "acme-folder",
        "name": f"{id_}.x12",
        "content": (blobs or MemoryBlobs()).keep(data),
        "message_id": f"{id_}-1",
        "lane": 1,
        "usage": "P",
        "attempts": 0,
        "since": NOON,
    }
    return Carried(**values | about)


@dataclass
class MemoryReceipts:
    """What doors note; `notes` by file."""

    notes: dict[str, dict[str, str]] = field(default_factory=dict)

    def awaited(self, message_id: str) -> Awaited | None:
        raise NotImplementedError

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        self.notes.setdefault(id, {}).update(notes)

    def settle(self, message_id: str, verdict: Verdict) -> Settled:
        raise NotImplementedError


@dataclass
class ScriptedSender:
    """A door that answers as `answer` says, an exception raised; `sent` are the files it was given, in order."""

    answer: Callable[[Carried], Carriage | Exception] = lambda _: Carriage(kind="carried")
    sent: list[Carried] = field(default_factory=list)
    closed: bool = False

    async def send(self, carried: Carried) -> Carriage:
        self.sent.append(carried)
        said = self.answer(carried)
        if isinstance(said, Exception):
            raise said
        return said

    async def close(self) -> None:
        self.closed = True
