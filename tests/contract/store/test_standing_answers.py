"""What programs and screens are told over the HTTP API is what the commands tell: on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app.memory import Memory, compose_memory
from gateway.app.reports import reports
from gateway.errors import UsageError
from gateway.pipeline.sheet import Sheet
from gateway.pipeline.verbs import How, Selection
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_reconcile import ordered, shipped
from tests.contract.store.test_threading import came
from tests.contract.store.test_threading_view import shown


@pytest.fixture
def memory(url: str, tmp_path: Path) -> Iterator[Memory]:
    found = compose_memory(url, tmp_path / "home", "test")
    yield found
    found.close()


def asked(memory: Memory, name: str, **query: Any) -> Sheet:
    report = next(one for one in reports(memory) if one.name == name)
    answer: Sheet = report.answer(report.question(**query))
    return answer


def column(sheet: Sheet, name: str) -> list[Any]:
    return [row[name] for row in sheet.values()]


async def test_documents_are_found_by_what_the_command_finds_them_by(shop: Shop, memory: Memory) -> None:
    [order], invoice = await shop.documents(), await handed_in(shop, "HP-1")
    sealed(shop)

    assert set(column(asked(memory, "documents"), "document")) == {invoice, order}
    assert column(asked(memory, "documents", direction="outbound", ack="awaited"), "number") == ["HP-1"]
    assert column(asked(memory, "documents", state="mapped"), "document") == [order]
    assert column(asked(memory, "documents", search="HP-1"), "headline") != [""]
    assert column(asked(memory, "documents", set="850"), "document") == [order]
    assert column(asked(memory, "documents", set="810"), "document") == [invoice]
    assert asked(memory, "documents", set="810", direction="inbound").rows == []


async def test_what_is_no_state_is_refused_with_those_there_are(shop: Shop, memory: Memory) -> None:
    for name, word in (("state", "sent"), ("ack", "awaited"), ("business", "short_paid")):
        with pytest.raises(UsageError, match=word):
            asked(memory, "documents", **{name: "nonsense"})


async def test_a_day_is_counted_and_what_a_count_counts_is_told(shop: Shop, memory: Memory) -> None:
    [order] = await shop.documents()
    day = f"{shop.clock():%Y-%m-%d}"

    counts = asked(memory, "reconcile", day=day, partner="acme")
    behind = asked(memory, "reconcile", day=day, show="in progress")

    assert column(counts, "partner") == ["acme"]
    assert column(behind, "id") == [order]
    assert asked(memory, "reconcile", day=day, view="worth").headers[:2] == ("partner", "day")
    assert asked(memory, "reconcile", **{"from": day, "to": day}).rows == asked(memory, "reconcile", day=day).rows


async def test_what_a_warehouse_shipped_short_is_a_difference_as_in_the_command(shop: Shop, memory: Memory) -> None:
    order, advice = await ordered(shop, "10"), await shipped(shop, "8")
    day = f"{shop.clock():%Y-%m-%d}"

    [one] = asked(memory, "reconcile", day=day, view="differences").values()

    assert (one["partner"], one["column"], one["number"], one["ids"]) == ("acme", "940", 1, f"{order} {advice}")
    assert one["words"] == "HP-1 short: line 1 (AB-1): 10 ordered, 8 shipped"
    assert column(asked(memory, "reconcile", day=day, view="warehouse"), "standing") == ["short"]


async def test_a_file_that_nobody_has_opened_is_a_difference_of_nobody(shop: Shop, memory: Memory) -> None:
    file = await shop.arrived()
    day = f"{shop.clock():%Y-%m-%d}"

    rows = asked(memory, "reconcile", day=day, view="differences").values()

    assert [(one["column"], one["partner"], one["ids"]) for one in rows] == [("file", "", file)]


async def test_days_are_given_in_one_way(shop: Shop, memory: Memory) -> None:
    for query in ({"from": "2026-03-02"}, {"day": "2026-03-02", "to": "2026-03-02"}, {"day": "yesterday"}):
        with pytest.raises(UsageError):
            asked(memory, "reconcile", **query)
    assert asked(memory, "reconcile").rows == []


async def test_what_is_owed_is_told_by_who_owes_it(shop: Shop, memory: Memory) -> None:
    assert asked(memory, "owed").rows == []
    with pytest.raises(UsageError, match="overdue goes with"):
        asked(memory, "owed", overdue=True, state="met")


async def test_everything_that_people_may_ask_for_has_a_name_of_its_own(memory: Memory) -> None:
    names = [one.name for one in reports(memory)]

    assert len(names) == len(set(names))
    assert {"acks", "audit", "notices", "documents", "owed", "reconcile"} <= set(names)


async def test_threads_are_listed_as_the_command_lists_them(shop: Shop, memory: Memory) -> None:
    await came(shop, "order", set_id="850")
    shown(shop)

    [one] = asked(memory, "threads", kind="customer").values()

    assert (one["number"], one["documents"], one["open"]) == ("4711", 1, 1)
    assert (one["state"], one["because"]) == ("waiting for us", "850 PO-0001: delivery")
    assert column(asked(memory, "threads", open=True, partner="acme"), "number") == ["4711"]
    assert asked(memory, "threads", usage="T").rows == asked(memory, "threads", kind="supplier").rows == []


async def test_what_people_did_is_found_from_a_day_on_and_by_verbs_that_there_are(shop: Shop, memory: Memory) -> None:
    [order] = await shop.documents()
    for days in (0, 1):
        shop.clock.turn(days=days)
        shop.operator.act("note", Selection(ids=(order,)), How(), reason=f"day {days}", who="dana")

    assert column(asked(memory, "audit", verb="documents"), "reason") == ["day 1", "day 0"]
    assert column(asked(memory, "audit", since=f"{shop.clock():%Y-%m-%d}"), "reason") == ["day 1"]
    for query in ({"verb": "documents.guess"}, {"since": "yesterday"}, {"since": "2026-W45"}):
        with pytest.raises(UsageError):
            asked(memory, "audit", **query)


async def test_the_page_names_the_columns_that_no_command_prints_under_those_names(memory: Memory) -> None:
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    told = page.split("Three of the commands print less")[1].split("\n\n")[0]

    for name in ("documents", "audit", "notices"):
        columns = [header.replace(" ", "_") for header in asked(memory, name).headers]
        assert ", ".join(f"`{one}`" for one in columns) in " ".join(told.split())
