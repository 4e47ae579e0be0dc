"""The store put together: for a running gateway, and for commands that only ask or enqueue."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy

from gateway.app.agreed import agreed_numbers
from gateway.engine.scheduler import DbosScheduler
from gateway.errors import MachineError
from gateway.pipeline.ports import Scheduler
from gateway.settings import Settings
from gateway.store.audit import AuditBook
from gateway.store.blobs import FileBlobs
from gateway.store.carrying_book import CarryingBook
from gateway.store.crossref import CrossReferenceBook
from gateway.store.crossref_known import StoreCrossReferences
from gateway.store.database import Database, open_database, unfit
from gateway.store.home import NoNodes, StoreHome
from gateway.store.identifiers import Identifiers
from gateway.store.journal import StoreJournal
from gateway.store.mailbox import StoreMailbox
from gateway.store.means import Means
from gateway.store.operator import StoreOperator
from gateway.store.polls import StorePolls
from gateway.store.questions import StoreQuestions
from gateway.store.releases import StoreReleases
from gateway.store.sent_messages import StoreSentMessages
from gateway.store.threads import StoreThreads
from gateway.store.witness import RunningNodes


def utc_now() -> datetime:
    """The clock of everything: aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Every port of the store over one database."""

    database: Database
    blobs: FileBlobs
    scheduler: DbosScheduler
    means: Means
    journal: StoreJournal
    carryings: CarryingBook
    polls: StorePolls
    sent: StoreSentMessages
    mailbox: StoreMailbox
    questions: StoreQuestions
    operator: StoreOperator
    releases: StoreReleases
    threads: StoreThreads
    references: StoreCrossReferences
    crossref: CrossReferenceBook
    home: StoreHome
    audit: AuditBook
    new_id: Identifiers

    def close(self) -> None:
        """Close every connection."""
        self.polls.close()
        self.scheduler.close()
        self.database.close()


def compose_memory(
    url: str,
    home: Path,
    node: str,
    *,
    now: Callable[[], datetime] = utc_now,
    work: Scheduler | None = None,
    new_id: Identifiers | None = None,
) -> Memory:
    """The store of one database and home; nothing is created or connected yet.

    Whoever plays the gateway without its engine brings a clock, ids, and a scheduler of its own for the `work`.
    """
    database = open_database(url)
    blobs = FileBlobs(home)
    scheduler = DbosScheduler(url, database.write, node=node)
    new_id = new_id or Identifiers()
    means = Means(database=database, blobs=blobs, scheduler=work or scheduler, now=now, new_id=new_id, node=node)
    releases = StoreReleases(database)
    return Memory(
        database=database,
        blobs=blobs,
        scheduler=scheduler,
        means=means,
        journal=StoreJournal(means),
        carryings=CarryingBook(means),
        polls=StorePolls(means),
        sent=StoreSentMessages(means),
        mailbox=StoreMailbox(means),
        questions=StoreQuestions(database, blobs),
        operator=StoreOperator(means, agreed_numbers(releases)),
        releases=releases,
        threads=StoreThreads(database, blobs),
        references=StoreCrossReferences(database),
        crossref=CrossReferenceBook(means),
        home=StoreHome(means, RunningNodes(url) if database.kind == "postgresql" else NoNodes()),
        audit=AuditBook(database),
        new_id=new_id,
    )


@contextlib.contextmanager
def open_memory(settings: Settings) -> Iterator[Memory]:
    """The store for a command. Raises MachineError when there is none yet, or it needs migrating."""
    url = existing(settings.places.url)
    memory = compose_memory(url, settings.places.home, "command")
    try:
        require_current(memory.database)
        yield memory
    finally:
        memory.close()


def existing(url: str) -> str:
    """This URL, if opening it makes no new SQLite file: who only asks writes nothing. Raises MachineError."""
    if url.startswith("sqlite") and not Path(file := sqlalchemy.make_url(url).database or "").exists():
        raise MachineError(f"no database at {file}: start a gateway first (`./run`), or set GATEWAY_HOME")
    return url


def require_current(database: Database) -> None:
    """Raises MachineError when the tables are not those this version needs."""
    if objection := unfit(database.status()["at"]):
        raise MachineError(objection)
