"""Looking into partners' servers, as the store remembers it: on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from gateway.pipeline.polling import Look
from gateway.store.database import open_database
from gateway.store.means import Means
from gateway.store.polls import StorePolls
from gateway.store.tables import EVENT
from tests.contract.store.clock import Clock
from tests.contract.store.test_take_over import eventually


@pytest.fixture
def polls(means: Means) -> Iterator[StorePolls]:
    found = StorePolls(means)
    yield found
    found.close()


@pytest.fixture
def clock(means: Means) -> Clock:
    assert isinstance(means.now, Clock)
    return means.now


def kinds(means: Means) -> list[tuple[str, str]]:
    with means.database.reading() as connection:
        return [(row.kind, row.why) for row in connection.execute(select(EVENT).order_by(*EVENT.primary_key.columns))]


def test_a_channel_that_never_failed_says_nothing_and_is_seen(polls: StorePolls, means: Means, clock: Clock) -> None:
    polls.looked("acme-server", Look(state="working", files=2))
    (found,) = polls.polled()

    assert (found.state, found.failures, found.files) == ("working", 0, 2)
    assert found.seen_at == found.taken_at == found.looked_at == clock()
    assert kinds(means) == []


def test_an_event_says_when_it_begins_to_fail_and_when_it_works_again(polls: StorePolls, means: Means) -> None:
    for state in ("working", "failing", "failing", "working", "working"):
        polls.looked("acme-server", Look(state=state, reason="" if state == "working" else "no answer"))  # type: ignore[arg-type]

    assert kinds(means) == [("channel.failing", "no answer"), ("channel.works", "")]
    assert polls.polled()[0].failures == 0


def test_failures_in_a_row_are_counted_and_the_last_success_is_kept(
    polls: StorePolls, means: Means, clock: Clock
) -> None:
    polls.looked("acme-server", Look(state="working"))
    seen = clock()
    for number in range(3):
        clock.turn(minutes=number + 1)
        polls.looked("acme-server", Look(state="failing", reason=f"time {number}"))
    (found,) = polls.polled()

    assert (found.failures, found.seen_at, found.reason) == (3, seen, "time 2")


def test_a_stop_is_an_event_and_stays(polls: StorePolls, means: Means) -> None:
    polls.looked("acme-server", Look(state="stopped", reason="shows the host key SHA256:x"))

    assert kinds(means) == [("channel.stopped", "shows the host key SHA256:x")]
    assert polls.polled()[0].state == "stopped"


def test_a_quiet_channel_is_not_written_down_at_every_look(polls: StorePolls, clock: Clock) -> None:
    polls.looked("acme-server", Look(state="working"))
    first = polls.polled()[0].looked_at
    clock.turn(seconds=5)
    polls.looked("acme-server", Look(state="working"))
    between = polls.polled()[0].looked_at
    clock.turn(seconds=40)
    polls.looked("acme-server", Look(state="working"))

    assert (between, polls.polled()[0].looked_at) == (first, clock())


def test_what_stays_at_the_partner_is_an_event_with_its_name(polls: StorePolls, means: Means) -> None:
    polls.left("acme-server", "odd\0name.edi", "is empty")

    assert kinds(means) == [("channel.left", "is empty")]


def test_nothing_is_known_that_was_not_received_by_the_channel(polls: StorePolls) -> None:
    assert polls.known("acme-server", ["sftp-client-1"]) == set()
    assert polls.known("acme-server", []) == set()


def test_a_channel_is_held_by_one_node_until_it_lets_go_or_dies(polls: StorePolls, means: Means, kind: str) -> None:
    if kind == "sqlite":
        assert polls.hold("acme-server")
        assert polls.hold("acme-server")
        return
    other = StorePolls(means)
    try:
        assert polls.hold("acme-server")
        assert not other.hold("acme-server")
        assert other.hold("bolt-server")
        assert polls.hold("acme-server"), "it is still ours"
        polls.let_go("acme-server")
        assert other.hold("acme-server")
        other.close()
        assert polls.hold("acme-server")
    finally:
        other.close()


def test_a_node_whose_connection_broke_no_longer_holds_what_it_held(
    polls: StorePolls, means: Means, kind: str, url: str
) -> None:
    if kind == "sqlite":
        return
    assert polls.hold("acme-server")
    database = open_database(url)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
        )
    database.close()
    other = StorePolls(means)
    try:
        with pytest.raises(Exception, match="holds the channels"):
            polls.hold("acme-server")
        assert eventually(lambda: other.hold("acme-server")), "the server lets go once it sees that it ended"
        assert not polls.hold("acme-server")
    finally:
        other.close()
