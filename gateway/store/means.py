"""What every writing part of the store works with, handed down by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection

from gateway.pipeline.ports import Scheduler
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The database and what stands beside it. `node` names this process in events."""

    database: Database
    blobs: FileBlobs
    scheduler: Scheduler
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    node: str = "node"

    whoever: ClassVar[str] = "gateway/"
    """How every node's `who` begins, and no person's."""

    @property
    def who(self) -> str:
        """Who does what the road does by itself."""
        return f"{self.whoever}{self.node}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open writing transaction at one time."""

    means: Means
    connection: Connection
    now: datetime
