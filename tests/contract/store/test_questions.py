"""What screens and commands are told."""

from typing import Any

import pytest
import sqlalchemy

from gateway.errors import MachineError, UsageError
from gateway.store.tables import DOCUMENT
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop, an_interchange


async def test_documents_come_newest_first_and_by_partner_and_state(shop: Shop) -> None:
    first = await shop.documents(2)
    second = await shop.documents(control="000000002", state="held", reason="unmapped unit BX")

    assert [row.id for row in shop.questions.documents()] == [*second, *reversed(first)]
    assert [row.reason for row in shop.questions.documents(state="held")] == ["unmapped unit BX"]
    assert shop.questions.documents(partner="bolt") == []
    assert len(shop.questions.documents(limit=1)) == 1


async def test_documents_of_a_set_are_found_with_all_else_that_they_are_asked_for_by(shop: Shop) -> None:
    orders = await shop.documents(2)
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    ask = shop.questions.documents

    assert [row.id for row in ask(set_id="850")] == list(reversed(orders))
    assert [row.id for row in ask(set_id="850", limit=1)] == orders[-1:]
    assert [row.id for row in ask(set_id="810", partner="acme", direction="outbound", usage="P")] == [invoice]
    assert [row.id for row in ask(set_id="810", acknowledgement="awaited")] == [invoice]
    assert [row.id for row in ask(set_id="810", search="HP-1")] == [invoice]
    assert ask(set_id="850", search="HP-1") == ask(set_id="850", state="held") == ask(set_id="812") == []
    assert ask(set_id="810", owner="kim") == ask(set_id="810", business="short_paid") == []


async def test_a_list_of_a_set_reads_the_index_of_sets_alone_until_it_has_a_page(shop: Shop, kind: str) -> None:
    await shop.documents(1)
    rare = {"set_id": "812"}
    for wanted in (rare, rare | {"partner": "acme", "direction": "inbound", "usage": "P"}):
        plan = _plan(shop, kind, wanted)

        alone = (
            "COVERING INDEX ix_document_set" if kind == "sqlite" else "Index Only Scan Backward using ix_document_set"
        )
        assert alone in plan, plan


def _plan(shop: Shop, kind: str, wanted: dict[str, str]) -> str:
    """How the database goes about a list; PostgreSQL goes by how much there is."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    sqlalchemy.event.listen(shop.means.database.read, "before_cursor_execute", note)
    try:
        shop.questions.documents(**wanted)  # type: ignore[arg-type]
    finally:
        sqlalchemy.event.remove(shop.means.database.read, "before_cursor_execute", note)
    [(statement, parameters)] = [one for one in asked if "document" in one[0]]
    with shop.means.database.write.connect() as connection:
        if kind == "postgresql":
            connection.execute(_many_documents())
            connection.exec_driver_sql("ANALYZE document")
        explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))


def _many_documents() -> sqlalchemy.Insert:
    """Ten thousand copies of the one document, few of them 812s. The transaction comes to nothing."""
    each = sqlalchemy.func.generate_series(1, 10_000).table_valued("value").render_derived().c.value
    table = DOCUMENT.c
    other = {
        "id": sqlalchemy.func.lpad(sqlalchemy.cast(each, sqlalchemy.Text), 26, "0"),
        "set_id": sqlalchemy.case((each % 500 == 1, "812"), else_=table.set_id),
        "direction": sqlalchemy.case((each % 2 == 0, "outbound"), else_=table.direction),
    }
    copies = sqlalchemy.select(*(other.get(column.name, column).label(column.name) for column in table))
    return DOCUMENT.insert().from_select(
        [column.name for column in table], copies.join_from(DOCUMENT, each.table, sqlalchemy.true())
    )


async def test_a_document_is_found_by_any_of_its_numbers_exactly(shop: Shop) -> None:
    ids = await shop.documents(1, control="000000042")

    for search in ("PO-0001", "C-0001", "000000042", "42"):
        assert [row.id for row in shop.questions.documents(search=search)] == ids
    for search in ("PO-", "%", "PO-0002", "po-0001'; --"):
        assert shop.questions.documents(search=search) == []


async def test_a_ship_notice_is_found_by_every_order_that_it_names(shop: Shop) -> None:
    (received,) = await shop.documents(1, also=[("po_number", "PO-0077"), ("order", "PO-0077")])
    sent = await handed_in(shop, "HP-1", also=[("po_number", "PO-0077")])

    assert {row.id for row in shop.questions.documents(search="PO-0077")} == {received, sent}


async def test_a_document_is_shown_with_its_lineage(shop: Shop) -> None:
    receipt = (await shop.receive(shop.parcel(an_interchange(), file_name="a.edi", remote="192.0.2.7")))[0]
    outcome = shop.opened(receipt.transmission_id)
    shop.journal.record_processed([outcome])
    document = outcome.interchanges[0].documents[0]

    detail = shop.questions.document(document.id[:-1])

    assert detail is not None
    assert detail.row.id == document.id
    assert detail.row.control_numbers == "000000001/1/0001"
    assert detail.row.acknowledgement == "A"
    assert (detail.file_name, detail.remote, detail.interchange_state) == ("a.edi", "192.0.2.7", "accepted")
    assert detail.x12.startswith(b"ST*850*0001~")
    assert detail.x12.endswith(b"SE*5*0001~")
    assert detail.canonical == b'{"total":"10.50"}'
    assert [one["kind"] for one in detail.acknowledgements] == ["997"]
    assert [event.kind for event in detail.events] == [
        "transmission.received",
        "interchange.accepted",
        "document.mapped",
        "transmission.processed",
        "acknowledgement.offered",
    ]


async def test_a_beginning_that_fits_several_documents_names_the_first_few(shop: Shop) -> None:
    ids = await shop.documents(5)

    with pytest.raises(UsageError) as two:
        shop.questions.document(ids[0][:8])

    assert str(two.value) == f"{ids[0][:8]!r} matches 5: {', '.join(ids[:3])} and 2 more"
    assert shop.questions.document(ids[0].lower()).row.id == ids[0]  # type: ignore[union-attr]
    assert shop.questions.document("0" * 8) is None


async def test_a_beginning_of_less_than_six_characters_is_too_short(shop: Shop) -> None:
    ids = await shop.documents()

    with pytest.raises(UsageError, match="at least the first 6"):
        shop.questions.document(ids[0][:5])


async def test_test_documents_are_told_from_those_of_production(shop: Shop) -> None:
    production = await shop.documents()
    test = (await shop.processed(an_interchange(usage="T"))).interchanges[0].documents

    assert [row.usage for row in shop.questions.documents()] == ["T", "P"]
    assert [row.id for row in shop.questions.documents(usage="T")] == [one.id for one in test]
    assert [row.id for row in shop.questions.documents(usage="P")] == production


async def test_a_document_shows_the_release_of_its_transmission_and_every_step_of_its_answer(shop: Shop) -> None:
    await shop.processed(an_interchange())
    shop.clock.turn(days=1)
    other = await shop.processed(an_interchange(order="9999"))
    shop.operator.release(other.id[:8], reason="corrected, says acme", who="kim")
    outcome = shop.opened(other.id)
    shop.journal.record_processed([outcome])
    entry = shop.mail("outbound")[-1]
    shop.mailbox.fetched("acme", entry)
    shop.mailbox.remove("acme", "outbound", entry.name)

    detail = shop.questions.document(outcome.interchanges[0].documents[0].id)

    assert detail is not None
    assert [event.kind for event in detail.events] == [
        "transmission.received",
        "transmission.quarantined",
        "transmission.released",
        "interchange.accepted",
        "document.mapped",
        "transmission.processed",
        "acknowledgement.offered",
        "acknowledgement.fetched",
        "acknowledgement.confirmed",
    ]
    released = detail.events[2]
    assert (released.who, released.why) == ("kim", "corrected, says acme")
    assert detail.acknowledgements[0]["confirmed"] == shop.means.now().isoformat()


async def test_a_document_is_shown_with_the_message_id_it_came_under(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange(), message_id="order-7")
    outcome = shop.opened(transmission)
    shop.journal.record_processed([outcome])

    detail = shop.questions.document(outcome.interchanges[0].documents[0].id)

    assert detail is not None
    assert detail.message_id == "order-7"


async def test_a_transmission_is_shown_with_what_became_of_it(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(sets=2))

    row = shop.questions.transmission(outcome.id)

    assert row is not None
    assert (row.state, row.size, len(row.documents)) == ("processed", len(an_interchange(sets=2)), 2)
    assert row.interchanges[0]["control_number"] == "000000001"
    assert row.acknowledgements[0]["name"] == "acme-997-000000001.x12"
    assert shop.questions.transmission("NOSUCH") is None
    assert [one.id for one in shop.questions.transmissions(state="processed")] == [outcome.id]
    assert shop.questions.transmissions(state="dead") == []


async def test_counts_say_what_stands_where(shop: Shop) -> None:
    await shop.documents(2)
    await shop.arrived(b"ISA")

    assert shop.questions.counts() == {
        "document.mapped": 2,
        "transmission.processed": 1,
        "transmission.received": 1,
        "backlog": 1,
        "paused": 0,
        "paused_channels": 0,
        "notice_targets_down": 0,
    }


def test_the_reading_engine_cannot_write(shop: Shop) -> None:
    from gateway.store.tables import DESTINATION

    row = {"name": "erp", "paused": False, "pauses": 0, "probes": 0, "changed_at": shop.means.now()}
    try:
        with shop.means.database.reading() as connection:
            connection.execute(DESTINATION.insert(), [row])
    except MachineError:
        return
    raise AssertionError("a reading connection has written")


@pytest.mark.parametrize("nonsense", ["\0" * 8, "\ud800" * 8, "'; drop table document; --"])
def test_an_id_that_no_database_can_hold_is_not_known(shop: Shop, nonsense: str) -> None:
    assert shop.questions.transmission(nonsense) is None
    assert shop.questions.document(nonsense) is None
    with pytest.raises(UsageError):
        shop.operator.release(nonsense, reason="looked at", who="ann")


async def test_a_document_says_by_which_channel_each_copy_of_its_answer_went(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange())
    await shop.processed(an_interchange(), channel="acme-hub")
    (entry,) = shop.mail("outbound", "acme-hub")
    shop.mailbox.fetched("acme-hub", entry)

    detail = shop.questions.document(outcome.interchanges[0].documents[0].id)

    assert detail is not None
    name = shop.mail("outbound")[0].name
    steps = [(one.kind, one.detail["name"], one.detail.get("channel", one.who)) for one in detail.events[-3:]]
    assert steps == [
        ("acknowledgement.offered", name, "acme"),
        ("acknowledgement.offered", entry.name, "acme-hub"),
        ("acknowledgement.fetched", entry.name, "channel/acme-hub"),
    ]
