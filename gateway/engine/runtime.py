"""The engine as one thing to start and stop: DBOS, its queues, take-over, and the sweep under the net."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy
import structlog
from dbos import DBOS, DBOSConfig

from gateway.engine.scheduler import APPLICATION, APPLICATION_VERSION, QUEUES, SERIALIZER, DbosScheduler
from gateway.engine.takeover import LeftOver, Watcher
from gateway.engine.workflows import Workflows
from gateway.pipeline.ports import Journal

log = structlog.get_logger("gateway.engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What was measured to matter. Dequeued workflows per second and queue <= concurrency / poll: keep it twice the
    arrivals.
    """

    poll_seconds: float = 0.05
    process_concurrency: int = 4
    deliver_concurrency: int = 16
    send_concurrency: int = 16
    threads: int = 48
    sweep_seconds: float = 30.0
    stranded_seconds: float = 60.0
    keep_finished_hours: float = 1.0


def make_tables(url: str) -> None:
    """The engine's own tables in a database, so that work can be enqueued before anything ran there."""
    DBOS.migrate(url)


class Engine:
    """Runs durable work in this process.

    `node` must be unique among live processes. On SQLite it must be the same at every start, so that DBOS takes up
    what was pending; on
    PostgreSQL any other node takes it over.
    """

    def __init__(
        self,
        url: str,
        database: sqlalchemy.Engine,
        *,
        node: str,
        scheduler: DbosScheduler,
        journal: Journal,
        tuning: Tuning,
    ) -> None:
        self._url, self._database, self._node = url, database, node
        self._scheduler, self._journal, self._tuning = scheduler, journal, tuning
        self._stop = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_forever, name="sweep", daemon=True)
        self._watcher: Watcher | None = None
        self._started = False

    def prepare(self) -> None:
        """Make the engine's tables without running anything: for a process that only enqueues."""
        make_tables(self._url)

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_url": self._url,
            "system_database_engine": self._database,
            "application_version": APPLICATION_VERSION,
            "executor_id": self._node,
            "serializer": SERIALIZER,
            "max_executor_threads": self._tuning.threads,
            "log_level": "CRITICAL",
        }

    def start(self, workflows: Workflows) -> None:
        """Register, take the liveness lock, launch. Blocks; call it in a thread when a loop is running."""
        self._started = True
        DBOS(config=self._config())
        for name in QUEUES:
            DBOS.workflow(name=name)(_function(getattr(workflows, name)))
        left_over = LeftOver(self._scheduler.client, self._journal, workflows)
        if self._database.dialect.name == "sqlite":
            left_over.take_over(None)
        else:
            self._watcher = Watcher(self._url, self._node, left_over)
            self._watcher.start()
            left_over.take_over(self._node)
        DBOS.launch()
        self._register_queues()
        self._sweeper.start()

    def _register_queues(self) -> None:
        poll = self._tuning.poll_seconds
        for name, concurrency, period in (
            ("process", self._tuning.process_concurrency, poll),
            ("deliver", self._tuning.deliver_concurrency, poll),
            ("timers", 4, max(poll, 0.25)),
            # What is sent is not behind what is received; twice as many can begin as commit groups arrive.
            ("seal", 4, max(poll, 0.1)),
            # One worker a channel, and a few that find theirs busy: a slow partner must not be in the others' way.
            ("send", self._tuning.send_concurrency, max(poll, 0.1)),
        ):
            DBOS.register_queue(
                name, worker_concurrency=concurrency, polling_interval_sec=period, on_conflict="always_update"
            )
        DBOS.register_queue(
            "suspects", global_concurrency=1, polling_interval_sec=max(poll, 0.5), on_conflict="always_update"
        )

    def stop(self) -> None:
        """Let running workflows finish (at most 10 s), then stop; what is queued stays queued."""
        if not self._started:
            return
        self._stop.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=10)
        if self._watcher is not None:
            self._watcher.stop()

    def _sweep_forever(self) -> None:
        while not self._stop.wait(self._tuning.sweep_seconds):
            try:
                self.sweep()
            except Exception:
                log.exception("sweep.failed")

    def sweep(self) -> None:
        """Requeue rows that no queued work knows of, and drop finished workflow rows."""
        now = datetime.now(UTC)
        client = self._scheduler.client
        older_than = now - timedelta(seconds=self._tuning.stranded_seconds)
        # Old work may know of old rows; what was enqueued since cannot, and under load there is always some.
        if not client.list_workflows(
            status=["ENQUEUED", "PENDING"],
            end_time=older_than.isoformat(),
            limit=1,
            load_input=False,
            load_output=False,
        ):
            requeued = self._journal.requeue_stranded(older_than)
            if requeued:
                log.warning("sweep.requeued", rows=requeued)
        before = (now - timedelta(hours=self._tuning.keep_finished_hours)).isoformat()
        done: Sequence[str] = [
            workflow.workflow_id
            for workflow in client.list_workflows(
                status=["SUCCESS", "ERROR"], completed_before=before, limit=5000, load_input=False, load_output=False
            )
        ]
        if done:
            client.delete_workflows(list(done))


def _function(method: Callable[..., None]) -> Callable[..., None]:
    """A plain function around a bound method: the engine keeps functions, and reads their signatures."""

    def workflow(*arguments: object) -> None:
        method(*arguments)

    workflow.__name__ = workflow.__qualname__ = method.__name__
    return workflow
