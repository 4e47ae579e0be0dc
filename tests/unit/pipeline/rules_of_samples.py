"""The sample partners and mappings as rules, and a transmission unsealed under them without a store."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import yaml

from gateway.mapping.library import Library
from gateway.parcel import Content
from gateway.partners.book import load
from gateway.pipeline.inbound.unseal import unseal
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import Received, TransmissionOutcome
from gateway.store.authored import read_folder

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@cache
def sample_files() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The partner and the mapping files of this repository."""
    return read_folder(ROOT / "partners", (".yaml",)), read_folder(ROOT / "mappings", (".yaml",))


@cache
def sample_rules() -> Rules:
    """The samples as they are."""
    return rules_with({})


def rules_with(
    agreement: Mapping[str, object],
    *,
    mappings: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    **profile: object,
) -> Rules:
    """The samples with settings of ACME's agreement and of its profile changed, and with other or more files."""
    partners, texts = sample_files()
    acme = yaml.safe_load(partners["acme.yaml"])
    acme["agreements"]["orders"] |= dict(agreement)
    authored = {**partners, "acme.yaml": yaml.safe_dump(acme | profile), **(files or {})}
    library = Library({**texts, **(mappings or {})})
    return Rules(revision="r-1", book=load(authored, mappings=library.names()), library=library)


class Bytes:
    """A source of what is in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def chunks(self, content: Content, size: int = 1 << 20) -> Iterator[bytes]:
        for start in range(0, len(self.data), size):
            yield self.data[start : start + size]

    def read(self, content: Content, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]


def unsealed(data: bytes, *, channel: str = "acme-sftp", rules: Rules | None = None) -> TransmissionOutcome:
    """What becomes of a file that came by a channel."""
    content = Content(sha256=hashlib.sha256(data).hexdigest(), size=len(data), inline=data)
    numbers = count(1)
    received = Received(id="t-1", channel=channel, content=content, received_at=NOON, file_name="orders.edi")
    return unseal(received, Bytes(data), rules or sample_rules(), lambda: f"id-{next(numbers)}")
