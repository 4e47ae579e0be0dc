"""Work of a dead process: counted against what it had in hand, then handed out again.

PostgreSQL: every node holds a session advisory lock on its own name; who can take another node's lock knows it
dead. SQLite: there is
one process, so whatever is pending at its start was left by the one before.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence

import sqlalchemy
import structlog
from dbos import DBOSClient, WorkflowStatus
from sqlalchemy import text

from gateway.pipeline.ports import Journal

log = structlog.get_logger("gateway.engine")

_LOCK = text("select pg_advisory_lock(hashtext('gateway'), hashtext(:node))")
_TRY_LOCK = text("select pg_try_advisory_lock(hashtext('gateway'), hashtext(:node))")
_UNLOCK = text("select pg_advisory_unlock(hashtext('gateway'), hashtext(:node))")
_OTHERS = text(
    "select distinct executor_id from dbos.workflow_status where status = 'PENDING' and executor_id <> :node"
)


def mark_suspects(journal: Journal, workflows: Sequence[WorkflowStatus]) -> int:
    """Count a crash for every transmission a dead process was processing. Returns how many."""
    batched: list[str] = []
    alone: list[str] = []
    for workflow in workflows:
        if workflow.name in ("process", "suspect") and workflow.input:
            (batched if workflow.name == "process" else alone).extend(workflow.input["args"][0])
    if batched or alone:
        journal.mark_suspects(batched, alone)
    return len(batched) + len(alone)


def mark_left_over(client: DBOSClient, journal: Journal) -> None:
    """SQLite, before launch: the process before us died with these in hand."""
    try:
        pending = client.list_workflows(status="PENDING", load_output=False)
    except sqlalchemy.exc.OperationalError:  # first start: the engine has no tables yet
        return
    if pending:
        log.warning("takeover.restart", workflows=len(pending), transmissions=mark_suspects(journal, pending))


class Watcher:
    """PostgreSQL: holds this node's lock and takes over dead nodes. `alive` is set while the lock is held."""

    def __init__(
        self,
        url: str,
        node: str,
        *,
        client: DBOSClient,
        journal: Journal,
        resume: Callable[[list[str], str], object],
        period_seconds: float = 0.25,
    ) -> None:
        self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT")
        self._node, self._client, self._journal, self._resume = node, client, journal, resume
        self._period = period_seconds
        self._stop = threading.Event()
        self.alive = threading.Event()
        self._thread = threading.Thread(target=self._run, name="takeover", daemon=True)

    def start(self) -> None:
        """Take the lock; returns once it is held: no work may be taken before."""
        self._thread.start()
        self.alive.wait()

    def stop(self) -> None:
        """Give the lock back."""
        self._stop.set()
        self._thread.join(timeout=10)
        self._engine.dispose()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._engine.connect() as connection:
                    connection.execute(_LOCK, {"node": self._node})
                    self.alive.set()
                    while not self._stop.wait(self._period):
                        self._look(connection)
            except sqlalchemy.exc.DBAPIError as lost:
                # Also at the very first start: another node may not have made the engine's tables yet.
                log.warning("takeover.connection", error=type(lost.orig).__name__)
                self._stop.wait(0.3)

    def _look(self, connection: sqlalchemy.Connection) -> None:
        for (other,) in connection.execute(_OTHERS, {"node": self._node}).all():
            if not connection.execute(_TRY_LOCK, {"node": other}).scalar():
                continue
            try:
                self._take_over(other)
            finally:
                with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                    connection.execute(_UNLOCK, {"node": other})

    def _take_over(self, other: str) -> None:
        pending = self._client.list_workflows(status="PENDING", executor_id=other, load_output=False)
        transmissions = mark_suspects(self._journal, pending)
        by_queue: dict[str, list[str]] = defaultdict(list)
        for workflow in pending:
            by_queue[workflow.queue_name or "process"].append(workflow.workflow_id)
        for queue, ids in by_queue.items():  # without its queue's name the work would land on the internal queue
            self._resume(ids, queue)
        log.warning("takeover.node", node=other, workflows=len(pending), transmissions=transmissions)
