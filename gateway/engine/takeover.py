"""Work of a dead process: counted against what it had in hand, then handed out again.

PostgreSQL: every node holds a session advisory lock on its own name; who can take another node's lock knows it
dead. SQLite: there is one process, so whatever is pending at its start was left by the one before. A node that comes
back under its old name, as containers do, finds its own work on either.
"""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy
import structlog
from dbos import DBOSClient, WorkflowStatus
from sqlalchemy import text

from gateway.engine.workflows import Workflows
from gateway.errors import MachineError
from gateway.pipeline.ports import Journal

log = structlog.get_logger("gateway.engine")

_LOCK = text("select pg_advisory_lock(hashtext('gateway'), hashtext(:node))")
_TRY_LOCK = text("select pg_try_advisory_lock(hashtext('gateway'), hashtext(:node))")
_UNLOCK = text("select pg_advisory_unlock(hashtext('gateway'), hashtext(:node))")
_OTHERS = text(
    "select distinct executor_id from dbos.workflow_status where status = 'PENDING' and executor_id <> :node"
)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What dead processes had in hand, and how it goes on."""

    client: DBOSClient
    journal: Journal
    workflows: Workflows

    def take_over(self, executor: str | None) -> None:
        """Take over what is pending of one dead process, or of all (None). Does nothing when nothing is."""
        try:
            pending = self.client.list_workflows(status="PENDING", executor_id=executor, load_output=False)
        except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.ProgrammingError):
            return  # first start: the engine has no tables yet
        if not pending:
            return
        transmissions = self._mark_suspects(pending)
        for node in {workflow.executor_id for workflow in pending if workflow.name in ("send", "probe_channel")}:
            self.workflows.put_down(node or "")
        doubtful = self._write_down_interrupted(pending)
        self._resume([workflow for workflow in pending if workflow.workflow_id not in doubtful])
        log.warning(
            "takeover",
            node=executor or "the process before",
            workflows=len(pending),
            transmissions=transmissions,
            doubtful=len(doubtful),
        )

    def _mark_suspects(self, pending: Sequence[WorkflowStatus]) -> int:
        """Count a crash for every transmission that was being processed. Returns how many."""
        batched: list[str] = []
        alone: list[str] = []
        for workflow in pending:
            if workflow.name not in ("process", "suspect") or not workflow.input:
                continue
            ids = workflow.input["args"][0]
            if workflow.name == "process":
                batched.extend(ids)
            else:  # one after the other, each written before the next: the first that is not was in hand
                alone.extend(row.id for row in self.journal.received(ids)[:1])
        if batched or alone:
            self.journal.mark_suspects(batched, alone)
        return len(batched) + len(alone)

    def _write_down_interrupted(self, pending: Sequence[WorkflowStatus]) -> set[str]:
        """Deliveries that may have had an effect which a repeat would double: they go on as new work, after a while.

        Returns the ids of workflows that are not to be run again.
        """
        replaced: list[str] = []
        for workflow in pending:
            if workflow.name not in ("deliver", "probe") or not workflow.input:
                continue
            destination, which = workflow.input["args"][:2]
            ids = which if workflow.name == "deliver" else None
            if self.workflows.interrupted(destination, ids) and workflow.name == "deliver":
                replaced.append(workflow.workflow_id)
        if replaced:
            self.client.cancel_workflows(replaced)
        return set(replaced)

    def _resume(self, pending: Sequence[WorkflowStatus]) -> None:
        by_queue: dict[str, list[str]] = defaultdict(list)
        for workflow in pending:
            by_queue[workflow.queue_name or "process"].append(workflow.workflow_id)
        for queue, ids in by_queue.items():  # without its queue's name the work would land on the internal queue
            self.client.resume_workflows(ids, queue_name=queue)


PATIENCE_SECONDS = 2.0
"""How long a node's lock has to be free: a live one whose connection broke has it again sooner, and its work must
not be run beside it."""


class Watcher:
    """PostgreSQL: holds this node's lock and takes over dead nodes. `alive` is set while the lock is held."""

    def __init__(
        self,
        url: str,
        node: str,
        left_over: LeftOver,
        *,
        period_seconds: float = 0.25,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT")
        self._node, self._left_over, self._period = node, left_over, period_seconds
        self._patience = patience_seconds
        self._free_since: dict[str, float] = {}
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
            except (sqlalchemy.exc.DBAPIError, MachineError) as lost:
                # Also at the very first start: another node may not have made the engine's tables yet.
                log.warning("takeover.connection", error=type(lost.__cause__ or lost).__name__)
                self._stop.wait(0.3)

    def _look(self, connection: sqlalchemy.Connection) -> None:
        others = connection.execute(_OTHERS, {"node": self._node}).scalars().all()
        self._free_since = {name: since for name, since in self._free_since.items() if name in others}
        for other in others:
            if not connection.execute(_TRY_LOCK, {"node": other}).scalar():
                self._free_since.pop(other, None)
                continue
            now = time.monotonic()
            try:
                if now - self._free_since.setdefault(other, now) >= self._patience:
                    self._left_over.take_over(other)
            except Exception:  # whatever it is: our own lock must stay held, or others take us for dead
                log.exception("takeover.failed", node=other)
            finally:
                with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                    connection.execute(_UNLOCK, {"node": other})
