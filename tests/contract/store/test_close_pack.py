"""A month is taken to file as of one moment, and every change of it afterwards is seen."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.app import close_pack, close_tables
from gateway.app.memory import Memory, compose_memory
from gateway.app.reporting_answers import reporting_answers
from gateway.canonical.facts import Facts
from gateway.errors import NotInOrder, UsageError
from gateway.store.following import Follower
from gateway.store.owed_tables import OWED
from gateway.store.pace import PaceProjector
from gateway.store.reports.moment import at_one_moment
from gateway.store.tables import DOCUMENT
from tests.contract.store.answers import REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_reconcile import ordered, shipped


@pytest.fixture
def memory(url: str, tmp_path: Path) -> Iterator[Memory]:
    memory = compose_memory(url, tmp_path / "home", "command")
    yield memory
    memory.close()


async def invoice(shop: Shop, number: str, amount: str) -> str:
    document = await handed_in(shop, number, facts=Facts(Decimal(amount), "USD"))
    sealed(shop)
    shop.clock.turn(minutes=30)
    return document


async def a_month(shop: Shop) -> str:
    """One invoice refused and two that nobody has answered; the month they are of."""
    month = f"{shop.clock():%Y-%m}"
    await invoice(shop, "HP-1", "4120.00")
    await answered(shop, an_answer(REFUSED))
    await invoice(shop, "=HP-2", "0.10")
    await invoice(shop, "HP-3", "1000.15")
    Follower(shop.means, "business", [PaceProjector(lambda _: "")]).work()
    return month


def taken(memory: Memory, shop: Shop, month: str, folder: Path) -> close_pack.Taken:
    return close_pack.take(memory, month, folder, who="ann", now=shop.clock)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8"))))


def put(shop: Shop, **about: Any) -> None:
    """Something that has to follow."""
    texts = dict.fromkeys(("order_id", "agreement", "order_number", "reckoned", "coming", "met_by", "ended"), "")
    row = texts | {"what": "997", "owed_by": "us", "partner": "acme", "usage": "P"} | about
    with shop.means.database.begin() as connection:
        connection.execute(OWED.insert().values(row))


async def test_the_pdf_says_what_the_tables_come_to_and_when_it_was_asked(
    shop: Shop, memory: Memory, tmp_path: Path
) -> None:
    month, folder = await a_month(shop), tmp_path / "pack"
    result = taken(memory, shop, month, folder)

    text = "\n".join(page.extract_text() for page in PdfReader(folder / "close.pdf").pages)

    assert f"Close pack {month}" in text
    assert f"{shop.clock():%Y-%m-%d %H:%M:%S} UTC" in text
    assert "1,000.25 USD" in text  # 0.10 and 1,000.15 that nobody has answered
    assert "4,120.00 USD" in text
    assert result.pack.audit[1] in text or result.pack.audit == (0, "")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["totals"]["unacknowledged.csv"] == {"USD": "1000.25"}
    assert manifest["totals"]["rejected.csv"] == {"USD": "4120.00"}
    for one in manifest["files"]:
        assert one["name"] == "close.pdf" or one["sha256"] in text.replace("\n", "")


async def test_the_csv_files_say_the_same_and_no_spreadsheet_reckons_with_them(
    shop: Shop, memory: Memory, tmp_path: Path
) -> None:
    month, folder = await a_month(shop), tmp_path / "pack"
    taken(memory, shop, month, folder)

    assert [one["number"] for one in rows(folder, "unacknowledged.csv")] == ["'=HP-2", "HP-3"]
    assert [one["code"] for one in rows(folder, "rejected.csv")] == ["AK403:1"]
    [card] = rows(folder, "scorecard.csv")
    assert (card["sent"], card["refused"]) == ("3", "1")
    assert {"reconciliation.csv", "owed.csv", "said.csv"} <= {one.name for one in folder.iterdir()}


async def test_what_was_late_in_the_month_is_in_it_however_much_was_late_before(
    shop: Shop, memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = shop.clock()
    month, before = now.replace(day=1), now.replace(day=1) - timedelta(days=40)
    dues = {
        "F0": before,
        "F1": before,
        "F2": before,
        "F3": month,
        "F4": before,
        "F5": month,
        "F6": month + timedelta(days=40),
    }
    for name, due_at in dues.items():
        open_ = name in ("F4", "F5", "F6")
        about = {"subject": name, "state": "open" if open_ else "met", "started_at": before, "due_at": due_at}
        put(shop, **about, met_at=None if open_ else due_at + timedelta(hours=1))
    monkeypatch.setattr(close_tables, "MOST", 3)
    folder = tmp_path / "pack"
    shop.clock.turn(hours=24)
    result = taken(memory, shop, f"{now:%Y-%m}", folder)

    # What is missing still is in it since whenever it was due; what came late is of the month in which it was due.
    assert [one["subject"] for one in rows(folder, "owed.csv")] == ["F4", "F5", "F3"]
    assert not next(table for table in result.pack.tables if table.name == "owed").cut


async def test_what_a_warehouse_shipped_short_is_among_the_differences_of_the_month(
    shop: Shop, memory: Memory, tmp_path: Path
) -> None:
    month, folder = f"{shop.clock():%Y-%m}", tmp_path / "pack"
    order, advice = await ordered(shop, "10"), await shipped(shop, "8")
    taken(memory, shop, month, folder)

    [one] = rows(folder, "differences.csv")

    assert (one["column"], one["words"]) == ("940", "HP-1 short: line 1 (AB-1): 10 ordered, 8 shipped")
    assert one["ids"] == f"{order} {advice}"


async def test_taking_it_is_an_entry_of_the_audit_trail_and_the_trail_proves_the_manifest(
    shop: Shop, memory: Memory, tmp_path: Path
) -> None:
    month, folder = await a_month(shop), tmp_path / "pack"
    result = taken(memory, shop, month, folder)
    said, manifest = close_pack.verify(folder)

    assert (said["month"], manifest) == (month, result.manifest)
    assert close_pack.entry_of(memory, month, manifest) == result.entry
    [entry] = memory.audit.entries(verb="report.close")
    assert (entry.who, list(entry.subjects)) == ("ann", [month])
    with pytest.raises(NotInOrder, match="no entry of the audit trail"):
        close_pack.entry_of(memory, month, "0" * 64)


async def test_the_same_moment_gives_the_same_bytes(shop: Shop, memory: Memory, tmp_path: Path) -> None:
    month = await a_month(shop)
    for name in ("one", "two"):
        close_pack.take(memory, month, tmp_path / name, who="ann", now=shop.clock)
    files = [{one.name: one.read_bytes() for one in (tmp_path / name).iterdir()} for name in ("one", "two")]

    assert files[0].keys() == files[1].keys()
    assert {name for name in files[0] if name.endswith(".csv") and files[0][name] != files[1][name]} == set()


async def test_every_change_of_a_folder_is_named(shop: Shop, memory: Memory, tmp_path: Path) -> None:
    month, folder = await a_month(shop), tmp_path / "pack"
    taken(memory, shop, month, folder)
    rejected = folder / "rejected.csv"
    kept = rejected.read_bytes()

    rejected.write_bytes(kept.replace(b"4120.00", b"4120.01"))
    with pytest.raises(NotInOrder, match=r"rejected\.csv was changed"):
        close_pack.verify(folder)
    rejected.unlink()
    with pytest.raises(NotInOrder, match=r"rejected\.csv is not there"):
        close_pack.verify(folder)
    rejected.write_bytes(kept)
    (folder / "more.csv").write_text("x")
    with pytest.raises(NotInOrder, match=r"more\.csv is no part of the pack"):
        close_pack.verify(folder)
    (folder / "more.csv").unlink()
    close_pack.verify(folder)


async def test_a_folder_that_is_there_is_never_written_over_and_a_month_to_come_is_refused(
    shop: Shop, memory: Memory, tmp_path: Path
) -> None:
    month, folder = await a_month(shop), tmp_path / "pack"
    folder.mkdir()
    (folder / "note").write_text("mine")
    for asked, where in ((month, folder), ("2099-01", tmp_path / "new"), ("2026-13", tmp_path / "new")):
        with pytest.raises(UsageError):
            close_pack.take(memory, asked, where, who="ann", now=shop.clock)

    assert (folder / "note").read_text() == "mine"
    assert memory.audit.entries(verb="report.close") == []


async def test_all_questions_of_a_moment_see_one_state(shop: Shop, memory: Memory) -> None:
    await invoice(shop, "HP-1", "1.00")

    def count(database: object) -> int:
        with database.reading() as connection:  # type: ignore[attr-defined]
            return len(connection.execute(DOCUMENT.select()).all())

    with at_one_moment(memory.database, shop.clock) as moment:
        before = count(moment)
        await invoice(shop, "HP-2", "2.00")  # nobody waits for whoever reads

        assert (count(moment), count(memory.database)) == (before, before + 1)


async def test_programs_get_the_rows_of_the_commands(shop: Shop, memory: Memory) -> None:
    await a_month(shop)
    books = {one.name: one for one in reporting_answers(memory)}
    day = f"{shop.clock():%Y-%m-%d}"

    def asked(name: str, **said: object) -> list[dict[str, object]]:
        question = books[name].question.model_validate({"from": day, "to": day, **said})
        return [dict(one) for one in books[name].answer(question).values()]

    assert [one["code"] for one in asked("rejected", open=True)] == ["AK403:1"]
    assert [one["code"] for one in asked("noted", by="month")] == ["AK403:1"]
    assert asked("noted") == asked("noted", theirs=True) == asked("exposure") == []
    assert [(one["partner"], one["refused"]) for one in asked("scorecard")] == [("acme", 1)]
    with pytest.raises(UsageError):
        asked("exposure", set="997")
