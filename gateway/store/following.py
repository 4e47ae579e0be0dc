"""What is known about documents beside the road: set behind the events, apart from the transactions that move them.

A projection is a function of what stands in the tables: nothing on the road pays for it, nothing can forget it, and
what was set twice is as if it was set once. It is behind by as long as the follower takes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from sqlalchemy import Connection, and_, not_, or_, select, update

from gateway.errors import MachineError
from gateway.store.event_tail import EventTail
from gateway.store.following_tables import FOLLOWER
from gateway.store.means import Means, Transaction
from gateway.store.tables import EVENT

log = structlog.get_logger("gateway.following")

LOOKED_AT: Final = 1_000
"""Events of one look, at most."""

TOGETHER: Final = 100
"""What they are about, at most: one short transaction, for whoever else waits to write."""


class Projector(Protocol):
    """One projection."""

    def project(self, transaction: Transaction, documents: Sequence[str]) -> bool | None:
        """Set what is known about these documents, by their ids, as they stand now. Any of them may have been looked
        at before, and may be purged since. True when there is more to it than one short transaction takes: it is
        called again with the same documents, in another, and goes on.
        """


@dataclass
class Follower:
    """Follows the events for some projections, in their order: each sees what those before it have set.

    The first look begins with the first event there ever was. A projection by rules that partner files may change sees
    to what is open by itself. `families` are the beginnings of the kinds of events: what they are about is handed on.
    `own` are the kinds by which a projection tells what it has set: from us they are nothing new. `rest` is how many
    times as long as a look took it rests after it, so that who moves documents has the machine.

    A document that a projection cannot take, by a fault of ours, is logged and passed over until something happens to
    it again: the others do not wait for it.
    """

    means: Means
    name: str
    projectors: Sequence[Projector]
    families: Sequence[str] = ("document.",)
    own: Sequence[str] = ()
    rest: float = 0.0
    _tail: EventTail = field(init=False)

    def __post_init__(self) -> None:
        self._tail = EventTail(self.means.database)

    def work(self) -> int:
        """Look at every event that was not looked at. Any number of nodes may do so at once. Returns how many there
        were. Raises MachineError.
        """
        self._stand_up()
        looked, began = 0, time.monotonic()
        while count := self._follow():
            looked += count
            time.sleep(self.rest * (time.monotonic() - began))
            began = time.monotonic()
        return looked

    def _stand_up(self) -> None:
        with self.means.database.reading() as connection:
            if connection.execute(select(FOLLOWER.c.name).where(FOLLOWER.c.name == self.name)).first() is not None:
                return
        with self.means.database.begin() as connection:
            first = self.means.database.insert(FOLLOWER).values(name=self.name, position=0)
            connection.execute(first.on_conflict_do_nothing())

    def _follow(self) -> int:
        """Look at the next events. Returns how many there were or are left to look at, 0 when there are none."""
        final = self._tail.final()
        stored = select(FOLLOWER.c.position).where(FOLLOWER.c.name == self.name)
        with self.means.database.reading() as connection:  # mostly nothing has happened
            if connection.execute(stored).scalar_one() >= final:
                return 0
        try:
            return self._together(final)
        except MachineError:
            raise
        except Exception:  # a fault of ours about one of them must not keep all others back
            log.exception("following.failed", follower=self.name)
            return self._apart(final)

    def _together(self, final: int) -> int:
        with self.means.database.begin() as connection:
            position = self._locked(connection)
            documents, end = self._next(connection, position, final)
            if documents and self._project(connection, documents):
                return len(documents)
            self._moved(connection, max(position, end))
        return int(max(end - position, 0))

    def _apart(self, final: int) -> int:
        """Each by itself, in a transaction of its own."""
        with self.means.database.begin() as connection:
            position = self._locked(connection)
            documents, end = self._next(connection, position, final)
        for document in documents:
            if not self._alone(document, position):
                return 1  # another node went on meanwhile
        with self.means.database.begin() as connection:
            if self._locked(connection) == position:
                self._moved(connection, max(position, end))
        return int(max(end - position, 0))

    def _alone(self, document: str, position: int) -> bool:
        """Whether this is still ours to look at."""
        more = True
        while more:
            try:
                with self.means.database.begin() as connection:
                    if self._locked(connection) != position:
                        return False
                    more = self._project(connection, [document])
            except MachineError:
                raise
            except Exception:  # what cannot be set is told, and the rest goes on
                log.exception("following.left", follower=self.name, document=document)
                return True
        return True

    def _locked(self, connection: Connection) -> int:
        stored = select(FOLLOWER.c.position).where(FOLLOWER.c.name == self.name)
        return int(connection.execute(stored.with_for_update(key_share=True)).scalar_one())

    def _project(self, connection: Connection, documents: Sequence[str]) -> bool:
        """Whether one of them has more to do with these."""
        transaction = Transaction(self.means, connection, self.means.now())
        return any(projector.project(transaction, documents) for projector in self.projectors)

    def _moved(self, connection: Connection, position: int) -> None:
        connection.execute(update(FOLLOWER).where(FOLLOWER.c.name == self.name).values(position=position))

    def _next(self, connection: Connection, position: int, final: int) -> tuple[Sequence[str], int]:
        """What the next events are about, each once, and up to which of them that is."""
        last = min(final, position + LOOKED_AT)
        about = or_(*(EVENT.c.kind.startswith(family) for family in self.families))
        ours = and_(EVENT.c.kind.in_(self.own), EVENT.c.who.startswith(self.means.whoever))
        wanted = select(EVENT.c.number, EVENT.c.subject).where(
            EVENT.c.number > position, EVENT.c.number <= last, about, not_(ours)
        )
        found: dict[str, None] = {}
        for number, subject in connection.execute(wanted.order_by(EVENT.c.number)):
            if len(found) == TOGETHER and subject not in found:
                return list(found), number - 1
            found[subject] = None
        return list(found), last
