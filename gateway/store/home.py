"""One database, one home: proved at every start, before anything in it is read, written or swept.

A start looks whether the home has the mark that the database names, leaves a new mark, has a node that runs look for
it, only then lets the database name it, and takes the old one away. What was copied before that, home or database, is
stale from then on. A stop does the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import structlog
from sqlalchemy import Connection, select

from gateway.errors import MachineError
from gateway.ledger.events import HOME_ADOPTED
from gateway.store import audit, events
from gateway.store.belonging import Mark, Named, Standing, objection, standing, unsafe, unshared
from gateway.store.holdings import StoreHoldings
from gateway.store.marks import Marks, new_token
from gateway.store.means import Means, Transaction
from gateway.store.tables import HOME

log = structlog.get_logger("gateway.store")

Answer = Literal[
    "nobody",  # no node runs that could be asked
    "seen",  # a node that runs has the mark in its home: it is the same folder
    "missing",  # a node that runs has not: it is another folder
    "silent",  # one runs but does not answer: its machine may be paused
]


class Nodes(Protocol):
    """The nodes that run on the same database."""

    def running(self) -> int:
        """How many there are."""

    def see(self, token: str) -> Answer:
        """Ask whether their home has the mark of this token."""


class NoNodes:
    """SQLite has one process: there is never another to ask."""

    def running(self) -> int:
        """None."""
        return 0

    def see(self, token: str) -> Answer:
        """Nobody does."""
        return "nobody"


@dataclass(frozen=True, slots=True)
class StoreHome:
    """The folder of `means.blobs` as the home of the database of `means`."""

    means: Means
    nodes: Nodes
    marks: Marks = field(init=False)
    holdings: StoreHoldings = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", Marks(self.means.blobs.home))
        object.__setattr__(self, "holdings", StoreHoldings(self.means.database, self.means.blobs))

    def settle(self) -> None:
        """Prove that this folder is the database's home, and leave this start's mark. Raises MachineError if not.

        The folder must exist. Nodes that start together go one after the other; a start that dies on its way leaves
        what the database names as it was, and at most a mark that nothing names.
        """
        _, named = self._proved()
        mark = self._new(named.home if named else self._begin())
        self.marks.make(mark)
        try:
            self._have_it_seen(mark)
        except MachineError:
            self.marks.remove(mark.token)
            raise
        self._name(mark)  # if the connection breaks, it may be named all the same: then the mark has to stay
        self.marks.forget_before(mark.token)

    def leave(self) -> None:
        """Leave a mark at the end: a database that was copied while we ran is old from now on. Raises MachineError."""
        replace(self, nodes=NoNodes()).settle()

    def check(self) -> str:
        """In words, what folder and database are to each other. Raises MachineError with the objection to it."""
        found, named = self._proved()
        if named is None or found == "first":
            return "not marked yet, the next start does that"
        if not self.nodes.running():
            return f"{named.home[:8]}, as the database names it"
        mark = self._new(named.home)
        self.marks.make(mark)
        try:
            answer = self._have_it_seen(mark)
        finally:
            self.marks.remove(mark.token)
        shared = "a node that runs does not answer" if answer == "silent" else "a node that runs has it, too"
        return f"{named.home[:8]}, as the database names it; {shared}"

    def objection(self) -> str:
        """Why this folder may not be used with this database, "" when it may."""
        found, named, marks = self._looked()
        if found == "first":
            return unsafe(self._folder, self.holdings.sampled())
        return objection(found, self._folder, named, marks)

    def adopt(self, *, who: str) -> str:
        """Make this folder the database's home, whatever either was before. Returns its new id.

        For a person who has seen what is lost. Raises MachineError while a node runs: it may have another folder.
        """
        if self.nodes.running():
            raise MachineError("a node runs on this database: stop every node first")
        before = self.marks.found()
        mark = self._new(new_token())
        self.marks.make(mark)
        with self._transaction() as transaction:
            old = _locked(transaction.connection)
            self._put(transaction, mark)
            why = f"{self._folder} instead of {old.folder if old else 'none'}"
            change = events.Change(transmission="", subject=mark.home, kind=HOME_ADOPTED, why=why, who=who)
            events.record(transaction, [change])
            audit.record(transaction, "home.adopt", [mark.home], who=who, reason=why)
        for one in before:
            self.marks.remove(one.token)
        return mark.home

    def _proved(self) -> tuple[Standing, Named | None]:
        wrong = self.objection()
        if wrong:
            raise MachineError(wrong)
        found, named, _ = self._looked()
        return found, named

    def _looked(self) -> tuple[Standing, Named | None, list[Mark]]:
        """Look at both; again when another start went on in between."""
        while True:
            named = self._named()
            marks = self.marks.found(named.token if named else "")
            found = standing(named, marks)
            if found in ("same", "first") or named == self._named():
                return found, named, marks

    def _new(self, home: str) -> Mark:
        return Mark(token=new_token(), home=home, made_at=self.means.now())

    def _begin(self) -> str:
        """Name a home before it is marked: the mark of a start that dies then tells whose it is. The first wins."""
        with self._transaction() as transaction:
            row = {"number": 1, "id": new_token(), "token": "", **self._here(transaction)}
            insert = self.means.database.insert(HOME).on_conflict_do_nothing()
            transaction.connection.execute(insert, [row])
            named = _locked(transaction.connection)
        assert named is not None  # noqa: S101
        return named.home

    def _have_it_seen(self, mark: Mark) -> Answer:
        answer = self.nodes.see(mark.token)
        if answer == "missing":
            raise MachineError(unshared(self._folder, self._named()))
        if answer == "silent":
            log.warning("home.unverified", found="a node that runs does not answer whether it has the same home")
        return answer

    def _name(self, mark: Mark) -> None:
        """Compare and set: another start may have named its own mark since, and then that must be here, too.

        Raises MachineError with the objection if it is not: nothing was named then, and the mark is gone.
        """
        with self._transaction() as transaction:
            named = _locked(transaction.connection)
            marks = [one for one in self.marks.found(named.token if named else "") if one.token != mark.token]
            wrong = objection(standing(named, marks), self._folder, named, marks)
            if wrong:
                self.marks.remove(mark.token)
                raise MachineError(wrong)
            before = named.token if named else ""
            for one in marks:
                if one.token == before:
                    self.marks.remove(one.after)  # a start that died when it was named may have left it
            # Made once more: it may be so old by now that another start has forgotten it.
            self.marks.make(replace(mark, after=before, made_at=transaction.now))
            self._put(transaction, mark)
        self.marks.remove(before)

    def _put(self, transaction: Transaction, mark: Mark) -> None:
        values = {"id": mark.home, "token": mark.token, **self._here(transaction)}
        insert = self.means.database.insert(HOME).values(number=1, **values)
        transaction.connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_=values))

    def _here(self, transaction: Transaction) -> dict[str, object]:
        return {"folder": str(self._folder), "node": self.means.node, "marked_at": transaction.now}

    def _named(self) -> Named | None:
        with self.means.database.reading() as connection:
            return _row(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with self.means.database.begin() as connection:
            yield Transaction(self.means, connection, self.means.now())

    @property
    def _folder(self) -> Path:
        return self.means.blobs.home.resolve()


def _row(connection: Connection, *, lock: bool = False) -> Named | None:
    statement = select(HOME)
    row = connection.execute(statement.with_for_update(key_share=True) if lock else statement).first()
    if row is None:
        return None
    return Named(home=row.id, token=row.token, folder=row.folder, node=row.node, marked_at=row.marked_at)


def _locked(connection: Connection) -> Named | None:
    return _row(connection, lock=True)
