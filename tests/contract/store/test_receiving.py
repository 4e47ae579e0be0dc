"""Receiving: durable before yes, once per message id, a group at a time."""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import func, select
from structlog.testing import capture_logs

from gateway.errors import Busy, Conflict, MachineError
from gateway.parcel import INLINE_LIMIT, Receipt
from gateway.store.database import Database
from gateway.store.tables import CONTENT, EVENT, TRANSMISSION, UNANNOUNCED
from gateway.store.writer import Writer
from tests.contract.store.shop import Shop, receive_together


class _AnswerLost(Database):
    """A database that commits, and then loses the connection before it can say so: once."""

    lost = False

    @contextmanager
    def begin(self) -> Iterator[sqlalchemy.Connection]:
        with super().begin() as connection:
            yield connection
        if not _AnswerLost.lost:
            _AnswerLost.lost = True
            broken = sqlalchemy.exc.OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)
            raise MachineError("gone") from broken


class _Down(Database):
    """A database that nobody can reach."""

    @contextmanager
    def begin(self) -> Iterator[sqlalchemy.Connection]:
        raise MachineError("database: connection refused")
        yield


def _with_database(shop: Shop, kind: type[Database]) -> Shop:
    given = shop.means.database
    values = {field.name: getattr(given, field.name) for field in dataclasses.fields(given)}
    return Shop(dataclasses.replace(shop.means, database=kind(**values)))


async def test_what_was_answered_is_found_byte_for_byte_by_another_connection(shop: Shop, opened: Any) -> None:
    receipt = (await shop.receive(shop.parcel(b"ISA*00*x~")))[0]

    with opened().reading() as connection:
        row = connection.execute(
            select(CONTENT.c.body).join(TRANSMISSION, TRANSMISSION.c.sha256 == CONTENT.c.sha256)
        ).one()
    assert row.body == b"ISA*00*x~"
    assert shop.journal.received([receipt.transmission_id])[0].content.inline == b"ISA*00*x~"


async def test_a_large_parcel_is_a_file_that_its_row_refers_to(shop: Shop) -> None:
    data = b"x" * (INLINE_LIMIT + 1)

    receipt = (await shop.receive(shop.parcel(content=shop.means.blobs.keep(data))))[0]

    content = shop.journal.received([receipt.transmission_id])[0].content
    assert content.inline is None
    assert b"".join(shop.means.blobs.chunks(content)) == data
    assert shop.all(CONTENT)[0].body is None


async def test_a_group_is_one_piece_of_work_with_all_ids(shop: Shop) -> None:
    receipts = await shop.receive(*(shop.parcel(f"file {number}".encode()) for number in range(5)))

    assert shop.work("process") == [("process", [[receipt.transmission_id for receipt in receipts]])]


async def test_a_group_is_never_larger_than_its_limit(shop: Shop) -> None:
    await shop.receive(*(shop.parcel(f"file {number}".encode()) for number in range(5)), group=2, pace_seconds=0.0)

    assert [len(arguments[0]) for _, arguments in shop.work("process")] == [2, 2, 1]  # type: ignore[arg-type]


async def test_a_large_transmission_is_work_of_its_own_so_that_nobody_waits_for_its_reading(shop: Shop) -> None:
    spool = shop.means.blobs.spool()
    spool.write(b"~" * (INLINE_LIMIT + 1))
    large = dataclasses.replace(shop.parcel(), content=spool.seal())
    small = [shop.parcel(b"one"), shop.parcel(b"two")]

    first, catalogue, second = [one.transmission_id for one in await shop.receive(small[0], large, small[1])]

    assert shop.work("process") == [("process", [[first, second]]), ("process", [[catalogue]])]


async def test_the_same_message_id_in_one_group_is_one_transmission(shop: Shop) -> None:
    first, second = await shop.receive(shop.parcel(message_id="m-1"), shop.parcel(message_id="m-1"))

    assert second == Receipt(transmission_id=first.transmission_id, known=True)
    assert len(shop.all(TRANSMISSION)) == 1


async def test_the_same_message_id_later_answers_with_the_earlier_id(shop: Shop) -> None:
    first = (await shop.receive(shop.parcel(message_id="m-1")))[0]

    again = (await shop.receive(shop.parcel(message_id="m-1")))[0]

    assert again == Receipt(transmission_id=first.transmission_id, known=True)
    assert len(shop.work("process")) == 1


async def test_the_same_message_id_with_other_bytes_is_a_conflict_and_its_neighbour_goes_on(shop: Shop) -> None:
    await shop.receive(shop.parcel(b"one", message_id="m-1"))

    other, neighbour = await receive_together(
        Writer(shop.means), [shop.parcel(b"two", message_id="m-1"), shop.parcel(b"three", message_id="m-2")]
    )

    assert isinstance(other, Conflict)
    assert isinstance(neighbour, Receipt)
    assert len(shop.all(TRANSMISSION)) == 2


async def test_the_same_message_id_of_another_channel_is_another_transmission(shop: Shop) -> None:
    first, second = await shop.receive(shop.parcel(message_id="m-1"), shop.parcel(message_id="m-1", channel="bolt"))

    assert first.transmission_id != second.transmission_id
    assert not second.known


async def test_parcels_without_message_ids_are_never_the_same(shop: Shop) -> None:
    first, second = await shop.receive(shop.parcel(b"same"), shop.parcel(b"same"))

    assert first.transmission_id != second.transmission_id
    assert len(shop.all(CONTENT)) == 1


async def test_two_writers_given_the_same_message_ids_agree(shop: Shop, opened: Any) -> None:
    other = Shop(dataclasses.replace(shop.means, database=opened()))
    parcels = [shop.parcel(f"file {number}".encode(), message_id=f"m-{number}") for number in range(20)]

    here, there = await asyncio.gather(shop.receive(*parcels), other.receive(*reversed(parcels)))

    assert [one.transmission_id for one in here] == [one.transmission_id for one in reversed(there)]
    assert len(shop.all(TRANSMISSION)) == 20


async def test_an_answer_lost_in_commit_is_tried_again_and_stored_once(shop: Shop) -> None:
    _AnswerLost.lost = False
    flaky = _with_database(shop, _AnswerLost)

    receipts = await flaky.receive(shop.parcel(b"one", message_id="m-1"), shop.parcel(b"two"))

    assert _AnswerLost.lost
    assert [row.id for row in shop.all(TRANSMISSION)] == sorted(one.transmission_id for one in receipts)
    assert not any(receipt.known for receipt in receipts)


async def test_a_database_that_is_down_is_a_machine_error_and_the_writer_lives_on(shop: Shop) -> None:
    down = _with_database(shop, _Down)

    with capture_logs():
        answers = await receive_together(Writer(down.means), [shop.parcel(b"one"), shop.parcel(b"two")])

    assert all(isinstance(answer, MachineError) for answer in answers)
    assert shop.all(TRANSMISSION) == []


async def test_text_that_no_database_takes_does_not_harm_its_neighbours(shop: Shop) -> None:
    receipts = await shop.receive(shop.parcel(b"one", file_name="a\0b\ud800.edi"), shop.parcel(b"two"))

    names = [row.file_name for row in shop.all(TRANSMISSION)]
    assert len(receipts) == 2
    assert names == ["a\ufffdb\ufffd.edi", None]


async def test_a_parcel_that_cannot_be_stored_fails_alone(shop: Shop) -> None:
    broken = shop.parcel(b"one", received_at=shop.means.now().replace(tzinfo=None))

    with capture_logs() as said:
        answers = await receive_together(Writer(shop.means), [broken, shop.parcel(b"two")])

    assert [line["event"] for line in said] == ["receive.failed"]
    assert isinstance(answers[0], MachineError)
    assert isinstance(answers[1], Receipt)


async def test_a_backlog_over_its_limit_is_busy_before_bytes_are_taken(shop: Shop) -> None:
    await shop.receive(shop.parcel(b"one"), shop.parcel(b"two"))
    writer = Writer(shop.means, backlog_limit=2)
    await asyncio.to_thread(writer.start)
    try:
        with pytest.raises(Busy) as busy:
            writer.admit("acme")
    finally:
        await asyncio.to_thread(writer.stop)

    assert busy.value.retry_after_seconds > 0


async def test_what_was_handed_in_before_the_stop_is_committed_and_nothing_after(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=0.2)
    await asyncio.to_thread(writer.start)
    await writer.receive(shop.parcel(b"first"))
    second = asyncio.ensure_future(writer.receive(shop.parcel(b"second")))
    await asyncio.sleep(0)

    await asyncio.to_thread(writer.stop)

    assert isinstance(await second, Receipt)
    with pytest.raises(MachineError):
        await writer.receive(shop.parcel(b"third"))


async def test_a_caller_that_goes_away_does_not_stop_the_others(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=0.1)
    await asyncio.to_thread(writer.start)
    await writer.receive(shop.parcel(b"zero"))
    gone = asyncio.ensure_future(writer.receive(shop.parcel(b"one")))
    stays = asyncio.ensure_future(writer.receive(shop.parcel(b"two")))
    await asyncio.sleep(0)
    gone.cancel()

    receipt = await stays
    await asyncio.to_thread(writer.stop)

    assert isinstance(receipt, Receipt)
    assert len(shop.all(TRANSMISSION)) == 3


async def test_each_transmission_has_its_event(shop: Shop) -> None:
    receipt = (await shop.receive(shop.parcel(remote="192.0.2.7", file_name="a.edi")))[0]

    event = shop.all(EVENT)[0]
    assert (event.subject, event.kind, event.who) == (
        receipt.transmission_id,
        "transmission.received",
        "channel/acme",
    )
    assert event.detail == {"door": "http", "remote": "192.0.2.7", "file_name": "a.edi"}


async def test_a_connection_that_breaks_before_the_commit_is_replaced(shop: Shop, kind: str, opened: Any) -> None:
    if kind == "sqlite":
        pytest.skip("SQLite has no connection that could break")
    cut = _Cutting(shop.means.scheduler, opened())

    receipts = await Shop(dataclasses.replace(shop.means, scheduler=cut)).receive(shop.parcel(b"one", message_id="m-1"))

    assert cut.cuts == 1
    assert [row.id for row in shop.all(TRANSMISSION)] == [receipts[0].transmission_id]


class _Cutting:
    """A scheduler that has the server end the connection in the middle of the first transaction."""

    def __init__(self, scheduler: Any, database: Database) -> None:
        self._scheduler, self._database, self.cuts = scheduler, database, 0

    def enqueue(self, connection: Any, *arguments: Any, **options: Any) -> None:
        if not self.cuts:
            self.cuts = 1
            backend = connection.execute(select(func.pg_backend_pid())).scalar()
            with self._database.begin() as other:
                other.execute(select(func.pg_terminate_backend(backend)))
        self._scheduler.enqueue(connection, *arguments, **options)


async def test_one_upload_after_the_other_is_not_made_to_wait_as_a_crowd_is(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=0.4)
    await asyncio.to_thread(writer.start)
    await writer.receive(shop.parcel(b"first"))
    began = asyncio.get_running_loop().time()

    await writer.receive(shop.parcel(b"second"))
    waited = asyncio.get_running_loop().time() - began
    await asyncio.to_thread(writer.stop)

    assert waited < 0.4


async def test_what_follows_within_the_pace_is_stored_at_once_and_becomes_work_by_itself(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=0.2)
    await asyncio.to_thread(writer.start)
    receipts = [await writer.receive(shop.parcel(f"file {number}".encode())) for number in range(3)]
    stored, early = len(shop.all(TRANSMISSION)), shop.work("process")
    async with asyncio.timeout(10):
        while len(shop.work("process")) < 2:
            await asyncio.sleep(0.02)
    await asyncio.to_thread(writer.stop)

    first, *others = [receipt.transmission_id for receipt in receipts]
    assert (stored, early) == (3, [("process", [[first]])])
    assert shop.work("process") == [("process", [[first]]), ("process", [others])]
    assert shop.all(UNANNOUNCED) == []


async def test_a_writer_that_stops_leaves_nothing_unannounced(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=60.0)
    await asyncio.to_thread(writer.start)
    receipts = [await writer.receive(shop.parcel(f"file {number}".encode())) for number in range(3)]
    await asyncio.to_thread(writer.stop)

    first, *others = [receipt.transmission_id for receipt in receipts]
    assert shop.work("process") == [("process", [[first]]), ("process", [others])]
    assert shop.all(UNANNOUNCED) == []


async def test_what_a_process_that_died_had_not_announced_is_announced_once_by_the_next(shop: Shop) -> None:
    first, *others = await _stored_by_one_that_dies(shop)
    assert {row.transmission_id for row in shop.all(UNANNOUNCED)} == set(others)

    for _ in range(2):
        await shop.receive()

    assert shop.work("process") == [("process", [[first]]), ("process", [others])]
    assert shop.all(UNANNOUNCED) == []


async def test_what_another_process_left_is_announced_without_a_start(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.announcing.LEFT_SECONDS", 0.05)
    alive = Writer(shop.means)
    await asyncio.to_thread(alive.start)
    first, *others = await _stored_by_one_that_dies(shop)
    shop.clock.turn(seconds=10)
    async with asyncio.timeout(10):
        while len(shop.work("process")) < 2:
            await asyncio.sleep(0.02)
    await asyncio.to_thread(alive.stop)

    assert shop.work("process") == [("process", [[first]]), ("process", [others])]


async def _stored_by_one_that_dies(shop: Shop) -> list[str]:
    """Three files on a writer that has not come to announce all of them, as when its process was killed."""
    writer = Writer(shop.means, pace_seconds=60.0)
    await asyncio.to_thread(writer.start)
    receipts = [await writer.receive(shop.parcel(f"file {number}".encode())) for number in range(3)]
    writer._announcer._later.clear()  # what only its memory knew is gone
    await asyncio.to_thread(writer.stop)
    return [receipt.transmission_id for receipt in receipts]
