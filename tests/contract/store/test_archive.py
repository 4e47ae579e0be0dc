"""Documents written out as plain files: all that belongs to them, readable and bound without the gateway."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.parcel import INLINE_LIMIT
from gateway.store.archive import Archive, Wanted
from gateway.store.archive_form import FIRST, verify
from gateway.store.tables import CONTENT, DOCUMENT, EVENT, METADATA, TRANSMISSION
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.saying import a_payment, an_invoice, business
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop, an_interchange
from tests.contract.store.test_threading import came, followed, went


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def archived(shop: Shop, folder: Path, **wanted: object) -> Archive:
    """An archive of what is wanted."""
    archive = Archive(shop.means.database, shop.means.blobs, folder)
    archive.write(Wanted(**wanted), made=shop.means.now())  # type: ignore[arg-type]
    return archive


def lines(folder: Path, table: str) -> list[dict[str, object]]:
    path = folder / "tables" / f"{table}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def content(folder: Path, sha256: object) -> bytes:
    return (folder / "content" / str(sha256)[:2] / str(sha256)).read_bytes()


async def test_a_document_is_there_with_its_bytes_its_body_its_answer_and_its_events(shop: Shop, folder: Path) -> None:
    data = an_interchange()
    outcome = await shop.processed(data)
    document = outcome.interchanges[0].documents[0]

    archived(shop, folder)

    (row,) = lines(folder, "document")
    (file,) = lines(folder, "transmission")
    (answer,) = lines(folder, "acknowledgement")
    assert (row["id"], row["business_number"]) == (document.id, document.business_number)
    assert content(folder, file["sha256"]) == data
    assert b"AK9*A" in content(folder, answer["sha256"])
    assert (folder / "canonical" / f"{document.id}.1.json").read_bytes() == document.canonical
    assert [one["number"] for one in lines(folder, "event")] == [one.number for one in shop.all(EVENT)]
    start, length = int(str(row["byte_offset"])), int(str(row["byte_length"]))
    assert content(folder, file["sha256"])[start : start + length].startswith(b"ST*850")


async def test_an_invoice_is_there_with_the_997_that_accepted_it(shop: Shop, folder: Path) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    await answered(shop, an_answer(GOOD))
    await shop.documents(1)

    archived(shop, folder, set_id="810")

    assert {row["set_id"] for row in lines(folder, "document")} == {"810", "997"}
    assert len(lines(folder, "received_acknowledgement")) == 1


async def test_what_was_paid_of_an_invoice_is_there_to_the_cent(shop: Shop, folder: Path) -> None:
    invoice = await an_invoice(shop, worth="100.10")
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    assert business(shop, invoice) == "short_paid"

    archived(shop, folder, set_id="810")

    [row] = [row for row in lines(folder, "document") if row["id"] == invoice]
    assert (row["amount"], row["business"], row["business_open"]) == ("100.10", "short_paid", "10.10")
    assert [(one["subject_id"], one["amount"]) for one in lines(folder, "business_fact")] == [(invoice, "90.00")]


async def test_the_thread_of_documents_is_there_once_and_nothing_refers_to_a_row_outside(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.archive.PAGE", 1)
    await came(shop, "order")
    await went(shop, "invoice", "HP-1")
    await came(shop, "order", "9999")
    sealed(shop)
    await answered(shop, an_answer(GOOD))
    followed(shop)

    archived(shop, folder)

    threads, members = lines(folder, "thread"), lines(folder, "thread_document")
    assert sorted(str(one["number"]) for one in threads) == ["4711", "9999"]
    assert sorted(one["thread_id"] for one in members).count(threads[0]["id"]) == 2  # type: ignore[type-var]
    for table in METADATA.sorted_tables:
        for key in (one for one in table.foreign_keys if one.column.table is not CONTENT):
            there = {row[key.column.name] for row in lines(folder, key.column.table.name)} | {None}
            assert {row[key.parent.name] for row in lines(folder, table.name)} <= there, key


async def test_only_what_is_wanted_is_there(shop: Shop, folder: Path) -> None:
    await shop.documents(1)
    shop.clock.turn(days=400)
    (later,) = await shop.documents(1, control="000000002")
    (other,) = await shop.documents(1, control="000000003", partner="bolt")

    archived(shop, folder / "year", year=2027)
    archived(shop, folder / "partner", partner="bolt")
    archived(shop, folder / "before", before=datetime(2027, 1, 1, tzinfo=UTC))

    assert {row["id"] for row in lines(folder / "year", "document")} == {later, other}
    assert [row["id"] for row in lines(folder / "partner", "document")] == [other]
    assert [row["interchange_control_number"] for row in lines(folder / "before", "document")] == ["000000001"]


async def test_each_document_is_there_once_however_many_pages(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.archive.PAGE", 2)
    await shop.documents(5)
    await shop.documents(3, control="000000002")

    assert archived(shop, folder).documents == 8

    assert [row["id"] for row in lines(folder, "document")] == [row.id for row in shop.all(DOCUMENT)]


async def test_large_content_is_there_and_what_the_home_lost_is_named(shop: Shop, folder: Path) -> None:
    for number in (1, 2):
        data = an_interchange(f"{number:09}", line_end="\n" * (INLINE_LIMIT // 4))
        spool = shop.means.blobs.spool()
        spool.write(data)
        transmission = await shop.arrived(content=spool.seal(), message_id=str(number))
        shop.journal.record_processed([shop.opened(transmission)])
    kept, lost = [row.sha256 for row in shop.all(TRANSMISSION)]
    shop.means.blobs.path(lost).unlink()

    archive = archived(shop, folder)

    assert archive.missing == [lost]
    assert hashlib.sha256(content(folder, kept)).hexdigest() == kept
    verify(folder)


async def test_the_chain_can_be_followed_without_the_gateway(shop: Shop, folder: Path) -> None:
    await shop.documents(1)
    archived(shop, folder)

    head, *rest = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    chain = hashlib.sha256(f"{FIRST}\n{head['about']}".encode()).hexdigest()
    for line in rest:
        told = f"{chain}\n{line['path']}\n{line['size']}\n{line['sha256']}\n"
        chain = hashlib.sha256(told.encode()).hexdigest()
        assert (chain, hashlib.sha256((folder / line["path"]).read_bytes()).hexdigest()) == (
            line["chain"],
            line["sha256"],
        )

    assert verify(folder) == (len(rest), chain)


def _change(folder: Path) -> str:
    path = folder / "tables" / "document.jsonl"
    path.write_text(path.read_text().replace("850", "810"))
    return "document.jsonl: it has other bytes"


def _remove(folder: Path) -> str:
    (folder / "tables" / "event.jsonl").unlink()
    return "event.jsonl: it is not there"


def _add(folder: Path) -> str:
    (folder / "content" / "more").write_text("more")
    return "more: it is not in the manifest"


def _cut(folder: Path) -> str:
    path = folder / "manifest.jsonl"
    path.write_text("".join(line for number, line in enumerate(path.read_text().splitlines(True)) if number != 2))
    return "does not fit the one before it"


def _forge(folder: Path) -> str:
    path = folder / "manifest.jsonl"
    path.write_text(path.read_text().replace('\\"documents\\": 1', '\\"documents\\": 0', 1))
    return "its first line does not fit"


@pytest.mark.parametrize("damage", [_change, _remove, _add, _cut, _forge])
async def test_the_first_that_does_not_fit_is_named(shop: Shop, folder: Path, damage: object) -> None:
    await shop.documents(1)
    archived(shop, folder)
    words = damage(folder)  # type: ignore[operator]

    with pytest.raises(NotInOrder, match=words):
        verify(folder)


async def test_an_archive_has_a_folder_of_its_own(shop: Shop, folder: Path) -> None:
    archived(shop, folder)

    with pytest.raises(UsageError, match="not empty"):
        archived(shop, folder)
    with pytest.raises(NotInOrder, match="is no archive"):
        verify(folder.parent)
