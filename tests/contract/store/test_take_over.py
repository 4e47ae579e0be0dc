"""When a node on PostgreSQL is taken for dead: its lock has to be free, and to stay free."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import text

from gateway.engine import takeover
from gateway.engine.takeover import Watcher


@dataclass
class Taken:
    """Remembers which nodes were taken over; fails for each when told to."""

    nodes: list[str] = field(default_factory=list)
    fails: bool = False

    def take_over(self, node: str) -> None:
        self.nodes.append(node)
        if self.fails:
            raise KeyError("a fault of ours")


@pytest.fixture
def nodes(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which node "two" has work pending."""
    monkeypatch.setattr(takeover, "_OTHERS", text("select 'two' where cast(:node as text) <> 'two'"))
    return postgresql_url


@contextmanager
def watching(url: str, taken: Any, patience_seconds: float) -> Iterator[Watcher]:
    watcher = Watcher(url, "one", taken, period_seconds=0.02, patience_seconds=patience_seconds)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()


@contextmanager
def holding(url: str, node: str) -> Iterator[None]:
    """A connection that holds the lock of a node."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(takeover._LOCK, {"node": node})
        yield
    engine.dispose()


def eventually(done: Any) -> bool:
    until = time.monotonic() + 5
    while not done() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(done())


def test_a_node_whose_lock_stays_free_is_taken_over(nodes: str) -> None:
    taken = Taken()

    with watching(nodes, taken, 0.1):
        assert eventually(lambda: taken.nodes)


def test_a_node_that_lost_its_connection_for_a_moment_is_left_alone(nodes: str) -> None:
    taken = Taken()
    with watching(nodes, taken, 0.4):
        with holding(nodes, "two"):
            time.sleep(0.1)
        time.sleep(0.2)
        with holding(nodes, "two"):
            time.sleep(0.5)

            assert taken.nodes == []


def test_a_take_over_that_fails_does_not_cost_the_watcher_its_own_lock(nodes: str) -> None:
    taken = Taken(fails=True)
    with watching(nodes, taken, 0.0):
        assert eventually(lambda: len(taken.nodes) > 2)

        engine = sqlalchemy.create_engine(nodes, poolclass=sqlalchemy.pool.NullPool)
        with engine.connect() as connection:
            free = connection.execute(takeover._TRY_LOCK, {"node": "one"}).scalar()
        engine.dispose()

    assert free is False
