"""Work enqueued inside somebody else's transaction: committed with the rows it is about, or not at all."""

import itertools
import os
import time
from collections.abc import Sequence
from typing import cast

import sqlalchemy
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from gateway.pipeline.ports import Task

APPLICATION = "gateway"
APPLICATION_VERSION = "1"
"""Fixed: another version would not take over the work of nodes that still run the one before."""

QUEUES: dict[Task, str] = {
    "process": "process",
    "translate": "process",
    "suspect": "suspects",
    "deliver": "deliver",
    "probe": "timers",
    "collect": "seal",
    "seal": "seal",
    "send": "send",
    "probe_channel": "timers",
}
"""Six queues, never one per destination or channel: each costs about 2 ms of CPU per poll."""

SERIALIZER = DBOSPortableJSONSerializer()
"""JSON in the database; the engine's default would be pickle."""


class DbosScheduler:
    """The `Scheduler` port. Needs no running engine: commands that only enqueue use it too.

    Workflow ids are unique across restarts (node, process, start time, counter), except where `stable_id` is given.
    """

    def __init__(self, url: str, engine: sqlalchemy.Engine, *, node: str) -> None:
        self._client = DBOSClient(
            system_database_url=url, system_database_engine=engine, serializer=SERIALIZER, lazy=True
        )
        self._prefix = f"{node}-{os.getpid()}-{time.time_ns() // 1_000_000}"
        self._counter = itertools.count(1)

    @property
    def client(self) -> DBOSClient:
        """DBOS's own client, for take-over and pruning."""
        return self._client

    def close(self) -> None:
        """Release the client; the engine it was given stays open."""
        self._client.destroy()

    def enqueue(
        self,
        connection: object,
        task: Task,
        arguments: Sequence[object],
        *,
        delay_seconds: float = 0.0,
        stable_id: str = "",
    ) -> None:
        """Enqueue `task(*arguments)` in the transaction open on `connection`, to start after `delay_seconds`."""
        options: EnqueueOptions = {
            "workflow_name": task,
            "queue_name": QUEUES[task],
            "workflow_id": stable_id or f"{task}-{self._prefix}-{next(self._counter)}",
            "app_version": APPLICATION_VERSION,
        }
        if delay_seconds > 0:
            options["delay_seconds"] = delay_seconds
        self._client.enqueue_in_transaction(cast("sqlalchemy.Connection", connection), options, *arguments)
