"""A gateway without doors, engine and waiting: everything it decides and writes, when the player says so."""

import asyncio
import contextlib
import random
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from gateway.app.demo.month.clock import Clock
from gateway.app.demo.month.work import Work
from gateway.app.demo.play import settle
from gateway.app.destinations import line
from gateway.app.following import follower
from gateway.app.home import alone_in, one_home
from gateway.app.hours import closed_for
from gateway.app.memory import Memory, compose_memory
from gateway.app.owed import owed_watch
from gateway.app.road import StagesOfTheRoad
from gateway.backends.batch import Deliveries
from gateway.engine.workflows import Workflows
from gateway.errors import MachineError
from gateway.mapping.library import Library
from gateway.parcel import Parcel
from gateway.partners.book import Book, load
from gateway.partners.clocks import BookClocks
from gateway.pipeline.ports import Backend
from gateway.pipeline.rules import Rules
from gateway.settings import Settings
from gateway.store.database import open_database
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.identifiers import Identifiers
from gateway.store.mailbox import StoreMailbox
from gateway.store.order_waits import OrderWaits
from gateway.store.writer import Writer

Files = tuple[Mapping[str, str], Mapping[str, str]]
"""Partner files and mapping files."""


@dataclass(slots=True, kw_only=True)
class House:
    """What of a gateway a month is played with."""

    clock: Clock
    work: Work
    memory: Memory
    rules: Rules
    mailbox: StoreMailbox
    clocks: BookClocks
    writer: Writer
    workflows: Workflows
    deadlines: StoreDeadlines
    watches: Sequence[Callable[[], object]]
    loop: asyncio.AbstractEventLoop
    received: int = field(default=0)

    def receive(self, parcels: Sequence[Parcel]) -> list[str]:
        """Have all of these stored. Returns the ids of their transmissions. Raises what a door would be told."""

        async def all_of_them() -> list[str]:
            receipts = await asyncio.gather(*(self.writer.receive(one) for one in parcels))
            return [one.transmission_id for one in receipts]

        ids = asyncio.run_coroutine_threadsafe(all_of_them(), self.loop).result()
        self.received += len(ids)
        return ids

    def go_on(self) -> int:
        """Everything that the gateway does by itself by now. Returns how many pieces of work that were."""
        return self.work.run_due(self.workflows)

    def look(self, *, moved: bool = True) -> None:
        """What is looked at every few seconds, as often as it takes: what follows where anything `moved`, and which
        deadlines are over.
        """
        for watch in self.watches if moved else ():
            watch()
        while self.deadlines.work():
            pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every house of a month stands on: authored files, compiled where they are used, and an empty database."""

    settings: Settings
    files: Files
    book: Book
    library: Library
    database: Path


def ground(settings: Settings, files: Files, folder: Path) -> Ground:
    """Load these files, and make an empty database below the folder."""
    path = folder / "empty.db"
    database = open_database(f"sqlite:///{path}")
    database.migrate()
    with database.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Ground(
        settings=settings,
        files=files,
        book=load(files[0], doubts=False),
        library=Library(files[1]),
        database=path,
    )


@contextlib.contextmanager
def opened(on: Ground, home: Path, clock: Clock, chance: random.Random, backend: Backend) -> Iterator[House]:
    """A house in a new home, with a SQLite database of its own, for the length of a block."""
    place, _ = settle(on.settings, home, *on.files)
    shutil.copy(on.database, home / "gateway.db")
    work = Work(clock)
    new_id = Identifiers(now=clock, random=chance.randbytes)
    memory = compose_memory(place.places.url, home, "month", now=clock, work=work, new_id=new_id)
    event.listen(memory.database.write, "connect", _without_waiting_for_the_disk)
    with contextlib.ExitStack() as stack:
        stack.callback(memory.close)
        stack.enter_context(alone_in(home))
        memory.blobs.prepare()
        stack.enter_context(one_home(memory, _lost))
        yield _composed(stack, memory, on, clock, work, backend, random.Random(chance.random()))  # noqa: S311


def _composed(
    stack: contextlib.ExitStack,
    memory: Memory,
    on: Ground,
    clock: Clock,
    work: Work,
    backend: Backend,
    chance: random.Random,
) -> House:
    authored = memory.releases.publish(*on.files, now=clock())
    rules = Rules(revision=authored.revision, book=on.book, library=on.library)
    loop = _running_loop(stack)
    lines = {name: line(one, backend) for name, one in rules.book.destinations.items()}
    workflows = Workflows(
        memory.journal,
        StagesOfTheRoad(rules=rules, memory=memory),
        Deliveries(lines, clock=clock, uniform=chance.random),
        loop,
        uniform=chance.random,
    )
    writer = Writer(memory.means, pace_seconds=0.0)
    writer.start()
    stack.callback(writer.stop)
    clocks = BookClocks(rules.book)

    def shut(channel: str, now: datetime) -> Sequence[str]:
        return closed_for(rules.book, channel, now)

    return House(
        clock=clock,
        work=work,
        memory=memory,
        rules=rules,
        mailbox=replace(memory.mailbox, shut=shut),
        clocks=clocks,
        writer=writer,
        workflows=workflows,
        deadlines=StoreDeadlines(memory.means, clocks, rules.revision),
        watches=(
            Follower(memory.means, "order changes", [OrderWaits()]).work,
            follower(rules, memory.means).work,
            owed_watch(rules, memory.means),
        ),
        loop=loop,
    )


def _running_loop(stack: contextlib.ExitStack) -> asyncio.AbstractEventLoop:
    """A loop that runs in a thread of its own: backends live on one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="month", daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    stack.callback(end)
    return loop


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """A month that is played need not outlive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")


def _lost(why: str) -> None:
    raise MachineError(why)
