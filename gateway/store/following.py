"""What is known about documents beside the road: set behind the events, apart from the transactions that move them.

A projection is a function of what stands in the tables: nothing on the road pays for it, nothing can forget it, and
what was set twice is as if it was set once. It is behind by as long as the follower takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy import Connection, and_, not_, or_, select, update

from gateway.store.event_tail import EventTail
from gateway.store.following_tables import FOLLOWER
from gateway.store.means import Means, Transaction
from gateway.store.tables import EVENT

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
    `own` are the kinds by which a projection tells what it has set: from us they are nothing new.
    """

    means: Means
    name: str
    projectors: Sequence[Projector]
    families: Sequence[str] = ("document.",)
    own: Sequence[str] = ()
    _tail: EventTail = field(init=False)

    def __post_init__(self) -> None:
        self._tail = EventTail(self.means.database)

    def work(self) -> int:
        """Look at every event that was not looked at. Any number of nodes may do so at once. Returns how many there
        were. Raises MachineError.
        """
        self._stand_up()
        looked = 0
        while count := self._follow():
            looked += count
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
        with self.means.database.begin() as connection:
            position = connection.execute(stored.with_for_update()).scalar_one()
            documents, end = self._next(connection, position, final)
            transaction = Transaction(self.means, connection, self.means.now())
            for projector in self.projectors if documents else ():
                if projector.project(transaction, documents):
                    return len(documents)
            moved = update(FOLLOWER).where(FOLLOWER.c.name == self.name).values(position=max(position, end))
            connection.execute(moved)
        return int(max(end - position, 0))

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
