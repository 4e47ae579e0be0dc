"""`./run demo`: plays a partner against a real gateway in a temporary home, with a real SFTP client, and says what happened.

Every file goes in over SFTP as its sender would send it; every answer is fetched from that partner's outbound folder.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from gateway.app.adopt import Adoption
from gateway.pipeline.questions import DocumentDetail, TransmissionRow
from gateway.x12.interchange import InterchangeHeader, InterchangeResult, SetResult
from gateway.x12.read import examine

SETTLED = frozenset({"delivered", "rejected", "held", "dead"})
REPORTED = frozenset({"delivered", "rejected", "held", "dead"})
PATIENCE_SECONDS = 60.0
"""How long one file may take to be settled; ordinarily it is well under a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the demo: a document, or a file that held none. `good` false means lost, undelivered or unacknowledged."""

    file: str
    partner: str
    set_id: str
    number: str
    canonical: str
    erp: str
    acknowledgement: str
    seconds: float
    good: bool = True
    reason: str = ""
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file to play, and the channel and partner it goes in by ("" when nobody knows its sender)."""

    path: Path
    content: bytes
    channel: str = ""


@dataclass(slots=True)
class Answers:
    """What was fetched from outbound folders: file name to bytes."""

    files: dict[str, bytes] = field(default_factory=dict)


def senders(content: bytes) -> Iterator[InterchangeHeader]:
    """The header of every interchange in a file."""
    for event in examine(content):
        if isinstance(event, InterchangeHeader):
            yield event


def find_files(given: Sequence[Path], samples: Path) -> list[Path]:
    """The files to play: those given (folders are walked), or every `in.edi` of the samples."""
    if not given:
        return sorted(samples.glob("*/*/*/in.edi"))
    found: list[Path] = []
    for one in given:
        found.extend(sorted(path for path in one.rglob("*") if path.is_file()) if one.is_dir() else [one])
    return found
