"""One database, one home: what a start accepts, what it refuses, and that it never locks an operator out."""

import asyncio
import os
import queue
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from gateway.crossref.rows import Row
from gateway.errors import MachineError
from gateway.mapping.reading import Unmapped
from gateway.parcel import INLINE_LIMIT
from gateway.pipeline.knowledge import NOTHING_YET, Lacking
from gateway.store.belonging import Mark
from gateway.store.blobs import FileBlobs
from gateway.store.crossref import CrossReferenceBook
from gateway.store.database import open_database
from gateway.store.home import Answer, NoNodes, StoreHome
from gateway.store.locks import Lock
from gateway.store.marks import Marks, new_token
from gateway.store.means import Means
from gateway.store.tables import CONTENT, DOCUMENT, EVENT, HOME
from gateway.store.witness import RunningNodes, Witness
from tests.contract.store.clock import Clock
from tests.contract.store.shop import Shop, an_interchange

LARGE = b"x" * (INLINE_LIMIT + 1)
on_postgresql = pytest.mark.parametrize("kind", ["postgresql"])


@dataclass
class Running:
    """A node that runs and always says the same."""

    answer: Answer
    asked: list[str] = field(default_factory=list)

    def running(self) -> int:
        return 1

    def see(self, token: str) -> Answer:
        self.asked.append(token)
        return self.answer


class CutOff(NoNodes):
    """The process dies when it has made its mark, and before the database names it."""

    def see(self, token: str) -> Answer:
        raise KeyboardInterrupt


@pytest.fixture
def home(means: Means) -> StoreHome:
    """The home that the store's test database begins with."""
    return StoreHome(means, NoNodes())


def elsewhere(home: StoreHome, folder: Path) -> StoreHome:
    """The same database, from a node with another folder."""
    folder.mkdir(exist_ok=True)
    return StoreHome(replace(home.means, blobs=FileBlobs(folder)), NoNodes())


def copied(home: StoreHome, folder: Path) -> StoreHome:
    """The same database, from a node whose folder was copied just now."""
    shutil.copytree(home.means.blobs.home, folder)
    return elsewhere(home, folder)


def row_of(home: StoreHome) -> tuple[str, str]:
    """Id and token that the database names."""
    with home.means.database.reading() as connection:
        row = connection.execute(HOME.select()).one()
    return row.id, row.token


async def test_a_second_folder_is_refused_and_told_where_the_home_is(home: StoreHome, tmp_path: Path) -> None:
    home.settle()

    with pytest.raises(MachineError, match="has no mark of any") as refused:
        elsewhere(home, tmp_path / "second").settle()

    assert str(home.means.blobs.home) in str(refused.value)
    assert not (tmp_path / "second" / "marks").exists()
    home.settle()


async def test_the_same_folder_is_accepted_again_and_again_and_stays_the_same_home(home: StoreHome) -> None:
    home.settle()
    first, token = row_of(home)
    home.settle()

    assert row_of(home)[0] == first
    assert row_of(home)[1] != token
    assert "as the database names it" in home.check()


async def test_marks_of_starts_long_ago_do_not_pile_up(home: StoreHome) -> None:
    for _ in range(3):
        home.settle()
        for path in (home.means.blobs.home / "marks").iterdir():
            os.utime(path, (0, 0))

    home.settle()

    assert [mark.token for mark in home.marks.found()] == [row_of(home)[1]]


async def test_a_copy_is_refused_once_a_start_has_gone_on_without_it(home: StoreHome, tmp_path: Path) -> None:
    home.settle()
    copy = copied(home, tmp_path / "copy")
    home.settle()

    with pytest.raises(MachineError, match="is a copy or an older state of this database's home"):
        copy.settle()
    home.settle()


async def test_a_home_that_was_moved_is_accepted_and_the_folder_it_came_from_is_not(
    home: StoreHome, tmp_path: Path
) -> None:
    home.settle()
    moved = copied(home, tmp_path / "moved")

    moved.settle()

    with pytest.raises(MachineError, match="a copy or an older state"):
        home.settle()


async def test_a_fresh_copy_is_refused_by_a_node_that_runs_and_leaves_nothing_behind(
    home: StoreHome, tmp_path: Path
) -> None:
    home.settle()
    named = row_of(home)
    copy = replace(copied(home, tmp_path / "copy"), nodes=Running("missing"))

    with pytest.raises(MachineError, match="is not the folder that the nodes which run have as their home"):
        copy.settle()

    assert row_of(home) == named
    assert [mark.token for mark in copy.marks.found()] == [named[1]]
    with pytest.raises(MachineError, match="is not the folder"):
        copy.check()


async def test_a_running_node_is_shown_the_mark_before_the_database_names_it(home: StoreHome) -> None:
    home.settle()
    nodes = Running("seen")

    replace(home, nodes=nodes).settle()

    assert nodes.asked == [row_of(home)[1]]


async def test_a_machine_that_is_paused_does_not_keep_another_from_starting(home: StoreHome) -> None:
    home.settle()

    with capture_logs() as logs:
        replace(home, nodes=Running("silent")).settle()

    assert [entry["event"] for entry in logs] == ["home.unverified"]


async def test_the_home_of_another_database_is_refused(home: StoreHome, tmp_path: Path) -> None:
    home.settle()
    other = elsewhere(home, tmp_path / "other")
    other.marks.make(Mark(token=new_token(), home=new_token()))

    with pytest.raises(MachineError, match="is the home of another database"):
        other.settle()


async def test_a_new_database_does_not_take_an_old_home(home: StoreHome) -> None:
    home.marks.make(Mark(token=new_token(), home=new_token()))

    with pytest.raises(MachineError, match=r"home of another database.*This database has no home yet"):
        home.settle()


async def test_a_start_that_dies_on_its_way_does_not_keep_the_next_from_starting(home: StoreHome) -> None:
    with pytest.raises(KeyboardInterrupt):
        replace(home, nodes=CutOff()).settle()
    first_left = row_of(home)
    home.settle()
    named = row_of(home)
    with pytest.raises(KeyboardInterrupt):
        replace(home, nodes=CutOff()).settle()

    assert first_left == (named[0], "")
    assert row_of(home) == named
    home.settle()


async def test_a_connection_that_breaks_while_the_mark_is_named_does_not_lock_anybody_out(
    home: StoreHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named_but_cut(self: StoreHome, mark: Mark) -> str:
        name(self, mark)
        raise MachineError("database: the connection broke while it committed")

    name = StoreHome._name
    with monkeypatch.context() as patch:
        patch.setattr(StoreHome, "_name", named_but_cut)
        with pytest.raises(MachineError, match="the connection broke"):
            home.settle()

    home.settle()


async def test_a_first_start_that_died_is_finished_by_one_folder_only(home: StoreHome, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        replace(home, nodes=CutOff()).settle()

    elsewhere(home, tmp_path / "second").settle()

    with pytest.raises(MachineError, match="a copy or an older state"):
        home.settle()


async def test_first_nodes_that_race_agree_on_one_home(home: StoreHome) -> None:
    racing = [replace(home) for _ in range(4)]

    await asyncio.gather(*(asyncio.to_thread(one.settle) for one in racing))

    ids = {mark.home for mark in home.marks.found()}
    assert ids == {row_of(home)[0]}
    assert home.objection() == ""


async def test_of_first_nodes_with_folders_of_their_own_one_wins(home: StoreHome, tmp_path: Path) -> None:
    racing = [elsewhere(home, tmp_path / f"node-{number}") for number in range(4)]

    outcomes = await asyncio.gather(*(asyncio.to_thread(one.settle) for one in racing), return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MachineError) for outcome in outcomes) == 3
    assert [one.objection() == "" for one in racing] == [outcome is None for outcome in outcomes]


# ---------------------------------------------------------------------------------------------- older databases


def put_back(home: StoreHome, row: Any) -> None:
    """The database is again as a backup has it."""
    with home.means.database.begin() as connection:
        connection.execute(HOME.update().values(**row._mapping))


def backup_of(home: StoreHome) -> Any:
    with home.means.database.reading() as connection:
        return connection.execute(HOME.select()).one()


@pytest.fixture
def clock(means: Means) -> Clock:
    """The clock that marks are dated by."""
    assert isinstance(means.now, Clock)
    return means.now


@pytest.mark.parametrize("moved_on", [StoreHome.settle, StoreHome.leave], ids=["start", "stop"])
async def test_a_database_from_before_the_last_start_or_stop_is_refused_until_a_person_takes_it(
    home: StoreHome, clock: Clock, moved_on: Callable[[StoreHome], None]
) -> None:
    home.settle()
    backup = backup_of(home)
    clock.turn(minutes=1)
    moved_on(home)
    put_back(home, backup)

    with pytest.raises(MachineError, match="the database is older than the home: a backup was restored"):
        home.settle()

    assert backup_of(home) == backup
    home.adopt(who="operator/ann")
    home.settle()


async def test_a_copy_of_the_database_does_not_start_beside_a_node_that_runs_on_the_original(
    home: StoreHome, clock: Clock
) -> None:
    home.settle()
    copy = backup_of(home)
    clock.turn(minutes=1)
    home.settle()
    original = backup_of(home)
    put_back(home, copy)

    with pytest.raises(MachineError, match="another database uses this home"):
        home.settle()

    put_back(home, original)
    assert home.objection() == ""


async def test_starts_that_die_when_their_mark_is_named_do_not_let_an_older_database_in(
    home: StoreHome, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: Marks, token: str) -> None:
        if token in left:
            raise KeyboardInterrupt
        remove(self, token)

    remove, backups, left = Marks.remove, [], []
    home.settle()
    for _ in range(3):
        backups.append(backup_of(home))
        left = [row_of(home)[1]]
        clock.turn(minutes=1)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Marks, "remove", dies)
            home.settle()
    home.settle()

    for backup in backups:
        put_back(home, backup)
        assert "the database is older than the home" in home.objection()


async def test_a_start_whose_mark_was_forgotten_while_it_was_paused_makes_it_again(home: StoreHome) -> None:
    class Paused(NoNodes):
        def see(self, token: str) -> Answer:
            home.marks.remove(token)
            return "nobody"

    home.settle()
    replace(home, nodes=Paused()).settle()

    home.settle()


async def test_a_start_that_finishes_while_another_looks_does_not_confuse_it(
    home: StoreHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(self: Marks, token: str = "") -> list[Mark]:
        patch.undo()
        home.settle()
        return found(self, token)

    home.settle()
    found = Marks.found
    with monkeypatch.context() as patch:
        patch.setattr(Marks, "found", overtaken)
        assert home.objection() == ""


# ---------------------------------------------------------------------------------------------- upgrades


async def test_an_old_database_and_its_old_home_begin_together(home: StoreHome, shop: Shop) -> None:
    await shop.receive(shop.parcel(content=shop.means.blobs.keep(LARGE)))

    home.settle()

    assert home.check().endswith("as the database names it")


async def test_an_old_database_does_not_take_a_folder_that_lacks_its_content(
    home: StoreHome, shop: Shop, tmp_path: Path
) -> None:
    await shop.receive(shop.parcel(content=shop.means.blobs.keep(LARGE)))

    with pytest.raises(MachineError, match="of 1 contents looked at, 1 are not readable there"):
        elsewhere(home, tmp_path / "second").settle()


async def test_a_file_that_is_too_short_counts_as_missing(home: StoreHome, shop: Shop) -> None:
    content = shop.means.blobs.keep(LARGE)
    await shop.receive(shop.parcel(content=content))
    shop.means.blobs.path(content.sha256).write_bytes(LARGE[:-1])

    assert home.holdings.sampled().missing == home.holdings.counted().missing == 1


async def test_a_new_database_does_not_take_an_unmarked_home_full_of_anothers_content(home: StoreHome) -> None:
    home.means.blobs.keep(LARGE)

    with pytest.raises(MachineError, match="of 1 files looked at the database knows none"):
        home.settle()


async def test_a_bounded_look_takes_the_newest_in(home: StoreHome, shop: Shop) -> None:
    contents = [shop.means.blobs.keep(LARGE + bytes([number])) for number in range(12)]
    await shop.receive(*(shop.parcel(content=content) for content in contents))
    shop.means.blobs.path(contents[-1].sha256).unlink()

    for _ in range(5):
        looked = home.holdings.sampled(most=4)
        assert (looked.contents, looked.missing) == (4, 1)
    assert home.holdings.counted().contents == len(shop.all(CONTENT)) == 12


# ---------------------------------------------------------------------------------------------- adoption


async def test_a_person_may_adopt_another_folder_and_then_the_one_before_is_refused(
    home: StoreHome, tmp_path: Path
) -> None:
    home.settle()
    heir = elsewhere(home, tmp_path / "heir")

    adopted = heir.adopt(who="operator/ann")

    assert row_of(home)[0] == adopted
    heir.settle()
    with pytest.raises(MachineError, match="is the home of another database"):
        home.settle()


async def test_an_adoption_is_an_event_that_names_who_and_the_folder(home: StoreHome, shop: Shop) -> None:
    adopted = home.adopt(who="operator/ann")

    told = shop.all(EVENT, EVENT.c.kind == "home.adopted")
    assert [(row.subject, row.who) for row in told] == [(adopted, "operator/ann")]
    assert str(home.means.blobs.home) in told[0].why


async def test_nothing_is_adopted_while_a_node_runs(home: StoreHome, tmp_path: Path) -> None:
    home.settle()
    named = row_of(home)

    with pytest.raises(MachineError, match="stop every node first"):
        replace(elsewhere(home, tmp_path / "heir"), nodes=Running("seen")).adopt(who="operator/ann")

    assert row_of(home) == named


# ---------------------------------------------------------------------------------------------- nodes that run


@pytest.fixture
def witness(url: str, home: StoreHome) -> Iterator[Witness]:
    """A node that runs in the home."""
    home.settle()
    witness = Witness(url, home, lambda why: None)
    witness.start()
    yield witness
    witness.stop()


@on_postgresql
async def test_a_node_that_runs_sees_its_own_home_and_no_copy(
    kind: str, url: str, home: StoreHome, witness: Witness, tmp_path: Path
) -> None:
    nodes = RunningNodes(url)
    copy = replace(copied(home, tmp_path / "copy"), nodes=nodes)
    assert nodes.running() == 1

    replace(home, nodes=nodes).settle()
    with pytest.raises(MachineError, match="is not the folder"), capture_logs() as logs:
        replace(copied(home, tmp_path / "fresh"), nodes=nodes).settle()
    with pytest.raises(MachineError, match="a copy or an older state"):
        copy.settle()

    assert [entry["event"] for entry in logs] == ["home.other"]
    assert "a node that runs has it, too" in replace(home, nodes=nodes).check()


@on_postgresql
async def test_a_node_that_has_gone_is_not_waited_for(kind: str, url: str, home: StoreHome, witness: Witness) -> None:
    nodes = RunningNodes(url, patience_seconds=60)
    witness.stop()

    assert nodes.running() == 0
    assert nodes.see(new_token()) == "nobody"


@on_postgresql
async def test_a_node_counts_as_running_again_after_its_connection_broke(
    kind: str, url: str, home: StoreHome, witness: Witness, shop: Shop
) -> None:
    nodes = RunningNodes(url)
    with shop.means.database.begin() as connection, capture_logs():
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 7012020"
        )

    deadline = asyncio.get_running_loop().time() + 20
    while not nodes.running():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    assert nodes.see(row_of(home)[1]) == "seen"


@on_postgresql
async def test_a_node_that_runs_ends_once_the_database_names_a_home_that_is_not_its_own(
    kind: str, url: str, home: StoreHome, tmp_path: Path
) -> None:
    told: queue.Queue[str] = queue.Queue()
    home.settle()
    witness = Witness(url, home, told.put, look_seconds=0.01)
    witness.start()
    with capture_logs() as logs:
        copied(home, tmp_path / "copy").settle()
        why = await asyncio.to_thread(told.get, timeout=20)
    witness.stop()

    assert "is a copy or an older state of this database's home" in why
    assert f"last used in {tmp_path / 'copy'}" in why
    assert [entry["event"] for entry in logs] == ["home.lost"]
    assert told.empty()
    assert RunningNodes(url).running() == 0


@on_postgresql
async def test_a_node_that_runs_goes_on_while_others_start_and_stop_in_its_home(
    kind: str, url: str, home: StoreHome
) -> None:
    told: queue.Queue[str] = queue.Queue()
    home.settle()
    witness = Witness(url, home, told.put, look_seconds=0)
    witness.start()
    for _ in range(5):
        replace(home, nodes=RunningNodes(url)).settle()
        home.leave()
    witness.stop()

    assert told.empty()


@on_postgresql
async def test_a_node_that_runs_lets_documents_wait_for_rows_and_people_add_them(
    kind: str, url: str, home: StoreHome, witness: Witness, shop: Shop
) -> None:
    impatient = open_database(f"{url}&options=-c%20lock_timeout%3D5s")
    shop = Shop(replace(shop.means, database=impatient))
    lacking = Lacking(values=(Unmapped("sku", "AB-1"),), on=date(2026, 3, 2), as_of=NOTHING_YET, pinned=False)
    about: dict[str, Any] = {"state": "held", "canonical": None, "reason": "unmapped", "lacking": lacking}
    opened = shop.opened(await shop.arrived(an_interchange("000000001")), **about)

    shop.journal.record_processed([opened])
    row = Row(partner="acme", table="sku", theirs="AB-1", ours="SKU-1")
    CrossReferenceBook(shop.means).add([row], who="operator/kim")

    assert {row.state for row in shop.all(DOCUMENT)} == {"validated"}
    impatient.close()


@on_postgresql
async def test_a_node_that_runs_has_no_lock_that_anybody_else_waits_for(
    kind: str, url: str, home: StoreHome, witness: Witness, shop: Shop
) -> None:
    others = [one for one in Lock if one is not Lock.LIVE]
    with shop.means.database.begin() as connection:
        free = [connection.execute(select(func.pg_try_advisory_xact_lock(one.value))).scalar_one() for one in others]

    assert free == [True] * len(others)
