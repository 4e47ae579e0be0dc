"""A backup while others write, and what a database that was restored from one may and may not do by itself."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.restoring import restore
from gateway.errors import MachineError, NotInOrder, UsageError
from gateway.parcel import INLINE_LIMIT
from gateway.pipeline.verbs import How, Selection
from gateway.settings import Places
from gateway.store import audit
from gateway.store.authored import read_folder
from gateway.store.backup import Backup, held
from gateway.store.backup_form import CONTENTS, Manifest, content_path, read_manifest, verify
from gateway.store.database import Database, open_database
from gateway.store.holds import LegalHolds
from gateway.store.later import Later
from gateway.store.releases import StoreReleases
from gateway.store.snapshot import snapshot
from gateway.store.tables import CARRYING, CONTROL_NUMBER, DOCUMENT, EVENT, METADATA, TRANSMISSION
from tests.contract.store.rows import WORK
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop, an_interchange

ROOT = Path(__file__).parents[3]
LARGE = b"ISA*large*~" * (INLINE_LIMIT // 10)
Restore = Callable[..., Shop]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def back_up(shop: Shop, folder: Path) -> Callable[..., Manifest]:
    """Makes the backup of the shop."""

    def make(**how: bool) -> Manifest:
        backup = Backup(shop.means.database, shop.means.blobs, shop.means.now, "0.1.0")
        return backup.write(folder, **how)[0]

    return make


@pytest.fixture
def restored(shop: Shop, folder: Path, tmp_path: Path, kind: str, empty_url: str) -> Iterator[Restore]:
    """Restores the backup into a new home and an empty database; a shop over them."""
    opened: list[Database] = []
    home = tmp_path / "new"

    def put_back(ahead: int = 100, later: Later | None = None) -> Shop:
        places = Places.model_construct(home=home, database_url="" if kind == "sqlite" else empty_url)
        restore(folder, places, who="jo", ahead=ahead, later=later)
        opened.append(open_database(places.url))
        with opened[-1].begin() as connection:
            WORK.create(connection, checkfirst=True)
        return Shop(replace(shop.means, database=opened[-1], blobs=replace(shop.means.blobs, home=home)))

    yield put_back
    for database in opened:
        database.close()


async def large(shop: Shop, number: int = 0) -> str:
    """The SHA-256 of a transmission that is a file."""
    spool = shop.means.blobs.spool()
    spool.write(b"%06d" % number + LARGE)
    content = spool.seal()
    await shop.arrived(content=content, message_id=f"large-{number}")
    return content.sha256


async def test_everything_of_the_moment_is_there_again(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await shop.documents(3)
    sha256 = await large(shop)
    before = {table.name: len(shop.all(table)) for table in METADATA.sorted_tables if table.name != "test_work"}

    manifest = back_up()

    new = restored()
    after = {table.name: len(new.all(table)) for table in METADATA.sorted_tables}
    content = new.means.blobs.path(sha256)
    assert content.read_bytes() == shop.means.blobs.path(sha256).read_bytes()
    assert (manifest.rows["document"], manifest.contents, manifest.missing) == (3, 1, ())
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"event", "home", "audit", "audit_head", "audit_subject"}
    assert [row.id for row in new.all(DOCUMENT)] == [row.id for row in shop.all(DOCUMENT)]


async def test_what_comes_while_a_backup_is_made_is_not_in_it_and_does_not_wait(
    shop: Shop, folder: Path, opened: Callable[[], Database]
) -> None:
    await shop.documents(1)

    with snapshot(opened(), shop.means.now) as state:
        await shop.documents(1, control="000000002")
        folder.mkdir()
        if state.database.kind == "sqlite":
            state.copy_file(folder / "gateway.db")
        else:
            state.copy_tables(folder)
        counted = state.rows()["document"]

    assert (counted, len(shop.all(DOCUMENT))) == (1, 2)
    text = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"000000001" in text and b"000000002" not in text


async def test_a_backup_is_of_one_state_however_much_is_written_meanwhile(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await asyncio.gather(*(shop.documents(5, control=f"{number:09}") for number in range(1, 4)))
    stop = threading.Event()
    received: list[int] = []

    def write_on() -> None:
        number = 100
        while not stop.is_set():
            asyncio.run(shop.documents(2, control=f"{number:09}"))
            received.append(number)
            number += 1

    writing = threading.Thread(target=write_on)
    writing.start()
    try:
        while not received:
            pass
        back_up()
    finally:
        stop.set()
        writing.join()

    new = restored()
    transmissions = {row.id for row in new.all(TRANSMISSION)}
    assert {row.transmission_id for row in new.all(DOCUMENT)} <= transmissions
    assert len(new.all(DOCUMENT)) >= 15 + 2


async def test_a_file_that_was_changed_is_named_and_nothing_is_restored(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    sha256 = await large(shop)
    back_up(link=False)
    path = folder / content_path(sha256)
    path.write_bytes(path.read_bytes().replace(b"large", b"small", 1))

    with pytest.raises(NotInOrder, match=f"{sha256}: it has other bytes"):
        restored()

    assert not (folder.parent / "new").exists()


async def test_a_folder_that_is_not_finished_is_no_backup(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest]
) -> None:
    await large(shop)
    back_up()
    (folder / CONTENTS).write_text("")

    with pytest.raises(NotInOrder, match="contents: it has other bytes"):
        verify(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(NotInOrder, match="was not finished"):
        verify(folder)


async def test_content_that_the_home_lost_is_named_and_the_rest_is_kept(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    lost, torn, good = [await large(shop, number) for number in range(3)]
    shop.means.blobs.path(lost).unlink()
    shop.means.blobs.path(torn).write_bytes(b"torn")

    manifest = back_up()

    new = restored()
    assert (set(manifest.missing), manifest.contents) == ({lost, torn}, 1)
    assert [new.means.blobs.path(one).exists() for one in (lost, torn, good)] == [False, False, True]


async def test_content_that_was_set_aside_goes_into_the_backup(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest]
) -> None:
    sha256 = await large(shop)
    path = shop.means.blobs.path(sha256)
    aside = shop.means.blobs.home / "set-aside" / "2026-03-01"
    aside.mkdir(parents=True)
    path.rename(aside / sha256)

    assert back_up().missing == ()
    assert (folder / content_path(sha256)).exists()


async def test_a_backup_is_never_restored_over_anything(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest], restored: Restore, tmp_path: Path
) -> None:
    await shop.documents(1)
    back_up()
    restored()
    again = Places.model_construct(home=tmp_path / "new", database_url=shop.means.database.url)

    with pytest.raises(UsageError, match="into an empty"):
        restore(folder, again, who="jo", ahead=1, later=None)
    if shop.means.database.kind == "postgresql":
        elsewhere = Places.model_construct(home=tmp_path / "another", database_url=shop.means.database.url)
        with pytest.raises(UsageError, match="the database has tables"):
            restore(folder, elsewhere, who="jo", ahead=1, later=None)
    with pytest.raises(UsageError, match="not empty"):
        back_up()


async def test_secrets_and_host_keys_are_copied_only_when_asked_for(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest]
) -> None:
    home = shop.means.blobs.home
    for name in ("keys/as2/ours-1.pem", "keys/sftp_host_ed25519_key", "secrets/acme-http.key"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)

    back_up()

    assert sorted(one.path for one in read_manifest(folder)[0].files if one.path.startswith("home/")) == [
        "home/keys/as2/ours-1.pem"
    ]


async def test_with_secrets_a_home_starts_from_its_backup_alone(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    secret = shop.means.blobs.home / "secrets" / "acme-http.key"
    secret.parent.mkdir()
    secret.write_text("opens-nothing")

    manifest = back_up(secrets=True)

    path = restored().means.blobs.home / "secrets" / "acme-http.key"
    assert manifest.secrets
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("opens-nothing", 0o600)


async def test_a_purge_and_a_backup_wait_for_each_other(
    shop: Shop, folder: Path, back_up: Callable[..., Manifest]
) -> None:
    with held(shop.means.blobs.home, shared=False), pytest.raises(MachineError, match="a purge runs"):
        back_up()
    with held(shop.means.blobs.home, shared=True), pytest.raises(MachineError, match="a backup runs"):
        _purge(shop)


async def test_control_numbers_jump_by_the_margin_and_around_the_end(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    with shop.means.database.begin() as connection:
        connection.execute(CONTROL_NUMBER.update().where(CONTROL_NUMBER.c.kind == "GS06").values(value=999_999_990))
    back_up()

    new = restored(ahead=100)

    assert {row.kind: row.value for row in new.all(CONTROL_NUMBER)} == {"ISA13": 101, "GS06": 91}


async def test_control_numbers_go_on_exactly_where_the_later_database_stands(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    back_up()
    await handed_in(shop, "HP-2")
    await handed_in(shop, "HP-3", terms={"gs_sender": "OTHERS"})
    sealed(shop)

    new = restored(later=Later(shop.means.database))

    assert [tuple(row) for row in new.all(CONTROL_NUMBER)] == [tuple(row) for row in shop.all(CONTROL_NUMBER)]


async def test_what_was_received_and_not_read_waits_for_a_person(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    transmission = await shop.arrived(an_interchange())
    back_up()

    new = restored()

    row = new.all(TRANSMISSION)[0]
    assert (row.id, row.state) == (transmission, "quarantined")
    assert "may have been read and delivered since" in row.reason
    assert new.all(EVENT, EVENT.c.subject == transmission)[-1].kind == "transmission.quarantined"


async def test_a_person_lets_it_go_on(shop: Shop, back_up: Callable[..., Manifest], restored: Restore) -> None:
    transmission = await shop.arrived(an_interchange())
    back_up()
    new = restored()

    new.operator.release(transmission, reason="it is not in the ERP", who="jo")

    assert new.all(TRANSMISSION)[0].state == "received"


async def test_with_the_later_database_only_what_moved_there_waits(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    waiting = await shop.arrived(an_interchange("000000001"))
    read = await shop.arrived(an_interchange("000000002"))
    invoice, sent = await handed_in(shop, "HP-1"), await handed_in(shop, "HP-2", terms={"channel": "other"})
    back_up()
    shop.journal.record_processed([shop.opened(read)])
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == sent).values(state="sealed"))

    new = restored(later=Later(shop.means.database))

    states = {row.id: row.state for row in (*new.all(TRANSMISSION), *new.all(DOCUMENT))}
    assert [states[one] for one in (waiting, read, invoice, sent)] == ["received", "quarantined", "translated", "held"]


async def test_a_document_of_ours_that_may_have_gone_out_waits_for_a_person(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    document = await handed_in(shop, "HP-1")
    back_up()

    new = restored()

    row = new.all(DOCUMENT)[0]
    assert (row.id, row.state) == (document, "held")
    assert "may have gone out since" in row.reason
    assert new.journal.sealable() == []
    assert new.kinds(document)[-1] == "document.held"


async def test_a_document_for_a_system_that_promises_nothing_waits_for_a_person(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await shop.documents(1)
    back_up()

    assert restored().all(DOCUMENT)[0].state == "held"


async def test_a_document_for_a_system_with_keys_goes_on_under_the_key_it_had(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    StoreReleases(shop.means.database).publish(read_folder(ROOT / "partners", (".yaml",)), {}, now=shop.means.now())
    (document,) = await shop.documents(1)
    back_up()

    new = restored()

    row = new.all(DOCUMENT)[0]
    assert (row.id, row.generation, row.state, row.attempts) == (document, 1, "mapped", 1)


async def test_what_is_carried_is_asked_for_first(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await to_carry(shop)
    back_up()

    assert [(row.state, row.doubt) for row in restored().all(CARRYING)] == [("waiting", True)]


async def test_a_restore_is_an_event_that_says_who_and_of_when(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    back_up()

    told = restored().all(EVENT, EVENT.c.kind == "home.restored")

    assert [(row.who, row.why) for row in told] == [("jo", "the state of 2026-03-02 12:00:00 UTC")]


@pytest.mark.parametrize("at_once", [1, 1_000])
async def test_what_came_later_is_listed(
    shop: Shop,
    back_up: Callable[..., Manifest],
    restored: Restore,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("gateway.store.later.PAGE", at_once)
    (before,) = await shop.documents(1)
    back_up()
    await shop.documents(1, control="000000002")
    after = shop.all(DOCUMENT)[-1].id
    given = [shop.attempted(one, "delivered", "delivered", external_id=f"SO-{one[-4:]}") for one in (before, after)]
    shop.journal.record_delivered("erp", given)
    await handed_in(shop, "HP-9")
    sealed(shop)
    shop.operator.replay(after, mode="current", again=True, reason="asked by phone", who="jo")

    new = restored()
    found = list(Later(shop.means.database).beyond(new.means.database))

    kinds = [one.kind for one in found]
    assert kinds.count("received") == 2
    delivered = {one.id: one.found for one in found if one.kind == "delivered"}
    assert "is held here" in delivered[before]
    assert [one.number for one in found if one.kind == "sent"] == [f"{shop.all(CONTROL_NUMBER)[1].value:09}"]
    assert kinds.count("answered") == 1
    assert [one.found for one in found if one.kind == "act"] == ["document.replayed: asked by phone"]


async def test_acts_about_no_document_that_came_later_are_listed_with_their_entry(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    (document,) = await shop.documents(1)
    LegalHolds(shop.means).place("partner", partner="acme", reason="claim 1", who="jo")
    back_up()
    shop.clock.turn(minutes=1)
    LegalHolds(shop.means).place("partner", partner="other", reason="claim 2", who="jo")
    shop.clock.turn(minutes=1)
    shop.operator.act("note", Selection(ids=(document,)), How(), reason="asked", who="jo")
    audit.acted(shop.means, "report.close", ["5a"], who="kim")
    audit.acted(shop.means, "database.backup", ["5b"], who="kim")

    acts = [one for one in Later(shop.means.database).beyond(restored().means.database) if one.kind == "act"]

    assert [(one.who, one.id, one.number, one.found) for one in acts] == [
        ("jo", document, "", "document.noted: asked"),
        ("jo", "other", "2", "retention.hold: claim 2"),
        ("kim", "5a", "4", "report.close: took the reports of a month to file"),
    ]


async def test_numbers_that_would_be_used_again_are_listed(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await shop.documents(1)
    back_up()
    for number in range(2, 5):
        await shop.documents(1, control=f"{number:09}")

    new = restored(ahead=0)

    numbers = [one for one in Later(shop.means.database).beyond(new.means.database) if one.kind == "number"]
    assert {one.id.split()[0] for one in numbers} == {"ISA13", "GS06"}
    assert all("it would be used again" in one.found for one in numbers)


async def test_nothing_came_later_when_nothing_did(
    shop: Shop, back_up: Callable[..., Manifest], restored: Restore
) -> None:
    await shop.documents(2)
    back_up()

    assert list(Later(shop.means.database).beyond(restored().means.database)) == []


def _purge(shop: Shop) -> None:
    with held(shop.means.blobs.home, shared=False):
        pass
