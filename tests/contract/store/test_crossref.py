"""Cross references kept: rows only added to, documents that wait for them, and what was known when."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from gateway.crossref.rows import Row
from gateway.errors import UsageError
from gateway.mapping.reading import Unmapped
from gateway.pipeline.knowledge import NOTHING_YET, Lacking
from gateway.store.crossref import CrossReferenceBook, Done, Refused
from gateway.store.crossref_known import StoreCrossReferences
from gateway.store.crossref_tables import CROSSREF_ROW, CROSSREF_UNMAPPED
from gateway.store.tables import DOCUMENT
from tests.contract.store.shop import Shop, a_mapped, an_interchange

DAY = date(2026, 3, 2)
WHO = "operator/kim"


def a_row(theirs: str = "AB-1", ours: str = "SKU-1", **about: Any) -> Row:
    return Row(**({"partner": "acme", "table": "sku", "theirs": theirs, "ours": ours} | about))


def a_unit(theirs: str, item: str = "*") -> Row:
    return a_row(theirs, "each", table="unit", item=item, factor=Fraction(1, 12))


def lacking(*values: Unmapped, on: date = DAY, as_of: datetime = NOTHING_YET, pinned: bool = False) -> dict[str, Any]:
    """What makes a document of the shop wait."""
    waits = Lacking(values=values, on=on, as_of=as_of, pinned=pinned)
    return {"state": "held", "canonical": None, "reason": "unmapped", "lacking": waits}


@pytest.fixture
def book(shop: Shop) -> CrossReferenceBook:
    return CrossReferenceBook(shop.means)


@pytest.fixture
def known(shop: Shop) -> StoreCrossReferences:
    return StoreCrossReferences(shop.means.database)


def added(book: CrossReferenceBook, *rows: Row) -> Done:
    return book.add(rows, who=WHO)


# -------------------------------------------------------------------------------------------------------------- rows


def test_a_row_is_found_at_once_by_who_looks_it_up(book: CrossReferenceBook, known: StoreCrossReferences) -> None:
    before = known.current("acme", DAY).lookups.find("sku", "AB-1")

    added(book, a_row(), a_unit("case", "SKU-1"), a_row("0042", "NORTH", partner="*", table="location"))

    lookups = known.current("acme", DAY).lookups
    assert before is None
    assert lookups.find("sku", "AB-1") == "SKU-1"
    assert lookups.find("sku", "SKU-1", back=True) == "AB-1"
    assert lookups.find("location", "0042") == "NORTH"
    assert lookups.factor("unit", "case", item="SKU-1") == ("each", Fraction(1, 12))
    assert known.current("other", DAY).lookups.find("sku", "AB-1") is None


def test_rows_keep_everything_that_was_said_of_them(book: CrossReferenceBook) -> None:
    row = a_row(valid_from=DAY, valid_to=date(2027, 1, 1), preferred=True, note="new packing", owner="sales")

    done = added(book, row)

    found, _ = book.rows()[0]
    assert found.said == row.said
    assert (found.note, found.owner, found.recorded_by, (found.number,)) == ("new packing", "sales", WHO, done.added)


def test_rows_that_overlap_are_refused_and_nothing_is_added(book: CrossReferenceBook) -> None:
    first = added(book, a_row()).added[0]

    with pytest.raises(Refused) as refused:
        added(book, a_row("AB-9", "SKU-9"), a_row(ours="SKU-2"))

    assert [(fault.index, fault.sentence) for fault in refused.value.faults] == [
        (1, f"'AB-1' is 'SKU-1' already in row {first} (always)")
    ]
    assert len(book.rows()) == 1


def test_rows_that_are_there_already_are_left_alone(book: CrossReferenceBook) -> None:
    added(book, a_row())

    done = added(book, a_row(), a_row("AB-2", "SKU-2"))

    assert (len(done.added), done.present) == (1, 1)
    assert [row.theirs for row, _ in book.rows()] == ["AB-2", "AB-1"]


def test_a_retired_row_is_not_found_any_more_and_says_why(
    book: CrossReferenceBook, known: StoreCrossReferences
) -> None:
    number = added(book, a_row()).added[0]

    book.retire(number, reason="never was", who=WHO)

    assert known.current("acme", DAY).lookups.find("sku", "AB-1") is None
    assert book.rows() == []
    assert [(row.number, told) for row, told in book.rows(retired=True)] == [(number, {"by": WHO, "why": "never was"})]
    for other, said in ((number, "was retired"), (number + 8, f"there is no row {number + 8}")):
        with pytest.raises(UsageError, match=said):
            book.retire(other, reason="again", who=WHO)
    with pytest.raises(UsageError, match="a reason is needed"):
        book.retire(number, reason=" ", who=WHO)


def test_a_row_retired_from_a_day_on_holds_until_then(book: CrossReferenceBook, known: StoreCrossReferences) -> None:
    number = added(book, a_row()).added[0]

    book.retire(number, reason="new packing", who=WHO, until=DAY)
    last = added(book, a_row(ours="SKU-2", valid_from=DAY)).added[0]

    assert known.current("acme", DAY - timedelta(days=1)).lookups.find("sku", "AB-1") == "SKU-1"
    assert known.current("acme", DAY).lookups.find("sku", "AB-1") == "SKU-2"
    with pytest.raises(UsageError, match="not a day inside that"):
        book.retire(last, reason="again", who=WHO, until=DAY)


# -------------------------------------------------------------------------------------------------------- knowledge


def test_what_was_pinned_sees_the_tables_as_they_were(
    shop: Shop, book: CrossReferenceBook, known: StoreCrossReferences
) -> None:
    number = added(book, a_row()).added[0]
    then = known.current("acme", DAY)
    shop.clock.turn(seconds=-3600)  # another node's clock, an hour behind
    book.retire(number, reason="wrong", who=WHO)
    added(book, a_row(ours="SKU-2"))

    again = known.pinned("acme", DAY, then.as_of)

    assert again.lookups.find("sku", "AB-1") == "SKU-1"
    assert known.current("acme", DAY).lookups.find("sku", "AB-1") == "SKU-2"
    assert known.current("acme", DAY).as_of > then.as_of
    assert known.pinned("acme", DAY, NOTHING_YET).lookups.find("sku", "AB-1") is None


def test_rows_of_all_partners_are_held_once_and_found_by_everybody(
    book: CrossReferenceBook, known: StoreCrossReferences
) -> None:
    def found(partner: str, value: str) -> str | None:
        return known.current(partner, DAY).lookups.find("sku", value)

    added(book, a_row("X-1", "SKU-7", partner="*"), a_row("AB-1", "SKU-1"))
    first = [found(partner, "X-1") for partner in ("acme", "bolt")]
    added(book, a_row("X-1", "SKU-8"), a_row("X-2", "SKU-9", partner="*"))

    assert first == ["SKU-7", "SKU-7"]
    assert [found(partner, "X-1") for partner in ("acme", "bolt", "acme")] == ["SKU-8", "SKU-7", "SKU-8"]
    assert [found(partner, "X-2") for partner in ("acme", "bolt")] == ["SKU-9", "SKU-9"]
    assert {name: sorted(row.theirs for row in kept.rows.values()) for name, kept in known._kept.items()} == {
        "*": ["X-1", "X-2"],
        "acme": ["AB-1", "X-1"],
        "bolt": [],
    }


def test_no_two_changes_have_one_time(book: CrossReferenceBook) -> None:
    for number in range(3):
        added(book, a_row(f"AB-{number}", f"SKU-{number}", partner="*" if number else "acme"))

    times = [row.recorded_at for row, _ in book.rows()]

    assert len(set(times)) == 3


# ----------------------------------------------------------------------------------------------------------- waiting


async def test_unmapped_values_are_listed_with_the_documents_that_wait(shop: Shop, book: CrossReferenceBook) -> None:
    await shop.documents(2, **lacking(Unmapped("sku", "AB-1"), Unmapped("unit", "case", item="SKU-1")))
    await shop.documents(1, control="000000002", **lacking(Unmapped("sku", "AB-1")))

    found = [(one.table, one.value, one.item, one.documents, one.direction) for one in book.missing()]

    assert found == [("sku", "AB-1", "", 3, "inbound"), ("unit", "case", "SKU-1", 2, "inbound")]
    assert book.missing(partner="other") == book.missing(table="location") == []


async def test_documents_go_on_when_the_last_row_they_wait_for_is_added(shop: Shop, book: CrossReferenceBook) -> None:
    both = await shop.documents(1, **lacking(Unmapped("sku", "AB-1"), Unmapped("unit", "case", item="SKU-1")))
    one = await shop.documents(1, control="000000002", **lacking(Unmapped("sku", "AB-1")))

    first = added(book, a_row())
    second = added(book, a_unit("case"))

    assert (first.replayed, first.waiting) == (tuple(one), 1)
    assert (second.replayed, second.waiting) == (tuple(both), 0)
    assert shop.work("translate") == [("translate", [one]), ("translate", [both])]
    assert [shop.state(document) for document in (*both, *one)] == ["validated", "validated"]
    assert not any(row.original for row in shop.all(DOCUMENT))
    replayed = shop.questions.document(one[0])
    assert replayed is not None
    assert (replayed.events[-1].who, replayed.events[-1].why) == (
        WHO,
        "cross reference added: sku 'AB-1' of acme is 'SKU-1'",
    )


async def test_a_row_of_all_partners_lets_documents_of_any_go_on(shop: Shop, book: CrossReferenceBook) -> None:
    waiting = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))

    assert added(book, a_row(partner="other")).replayed == ()
    assert added(book, a_row(partner="*")).replayed == tuple(waiting)


async def test_a_row_that_begins_after_a_document_came_does_not_let_it_go_and_says_so(
    shop: Shop, book: CrossReferenceBook
) -> None:
    [early] = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))
    shop.clock.turn(days=1)
    begins = DAY + timedelta(days=1)
    later = await shop.documents(1, control="000000002", **lacking(Unmapped("sku", "AB-1"), on=begins))
    shop.clock.turn(days=7)

    done = added(book, a_row(valid_from=begins))
    again = added(book, a_row(valid_from=begins))

    assert (done.replayed, done.waiting) == (tuple(later), 1)
    said = "the row of sku 'AB-1' begins on 2026-03-03: date it earlier if it held then"
    assert done.late == again.late == (f"document {early} came on 2026-03-02, {said}",)
    assert (again.present, again.replayed, shop.state(early)) == (1, (), "held")
    [missing] = book.missing()
    assert missing.late == (
        "the first document came on 2026-03-02, the row begins on 2026-03-03: date it earlier if it held then"
    )


async def test_a_row_that_is_dated_earlier_lets_go_what_came_before_it_was_added(
    shop: Shop, book: CrossReferenceBook
) -> None:
    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))
    shop.clock.turn(days=7)
    begins = DAY + timedelta(days=1)
    added(book, a_row(valid_from=begins))

    done = added(book, a_row(valid_from=DAY, valid_to=begins))

    assert (done.replayed, done.waiting, done.late) == (tuple(ids), 0, ())


async def test_the_day_a_document_came_is_the_one_where_its_partner_is(shop: Shop, book: CrossReferenceBook) -> None:
    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))
    row = a_row(valid_to=DAY)
    asked: list[tuple[str, datetime]] = []

    def west(partner: str, moment: datetime) -> date:
        asked.append((partner, moment))
        return moment.date() - timedelta(days=1)

    assert book.add([row], who=WHO).replayed == ()
    assert book.add([row], who=WHO, days=west).replayed == tuple(ids)
    assert asked == [("acme", shop.means.now())]


async def test_a_value_that_no_row_will_ever_know_is_not_said_to_begin_later(
    shop: Shop, book: CrossReferenceBook
) -> None:
    await shop.documents(1, **lacking(Unmapped("unit", "case", item="SKU-1")))
    begins = DAY + timedelta(days=1)

    done = added(book, replace(a_unit("case", "SKU-2"), valid_from=begins), a_row("case", "X", valid_from=begins))

    assert (done.waiting, done.late) == (1, ())
    assert [one.late for one in book.missing()] == [""]


async def test_only_looking_lets_nothing_go_on(shop: Shop, book: CrossReferenceBook) -> None:
    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))

    done = book.add([a_row()], who=WHO, only_look=True)

    assert (done, shop.state(ids[0]), book.rows()) == (Done(), "held", [])


async def test_retiring_the_row_that_is_written_says_what_nobody_can_say_then(
    shop: Shop, book: CrossReferenceBook
) -> None:
    first, second, third = added(book, a_row("A", preferred=True), a_row("B"), a_row("C")).added

    _, done = book.retire(first, reason="their number changed", who=WHO)
    _, after = book.retire(second, reason="never was", who=WHO)

    [sentence] = done.unsettled
    assert sentence == f"'SKU-1' would be written as 'C' or as 'B' (row {second}), and none is preferred: " + (
        "mark the one we write, and only that"
    )
    assert after.unsettled == ()
    assert [row.number for row, _ in book.rows()] == [third]


async def test_a_document_goes_on_when_the_last_row_beside_the_right_one_is_retired(
    shop: Shop, book: CrossReferenceBook, known: StoreCrossReferences
) -> None:
    first, second, _ = added(book, a_row("A", preferred=True), a_row("B"), a_row("C")).added
    book.retire(first, reason="their number changed", who=WHO)
    as_of = known.current("acme", DAY).as_of
    waits = lacking(Unmapped("sku", "SKU-1", back=True), as_of=as_of)
    ids = await shop.documents(1, **waits)
    with shop.means.database.begin() as connection:
        connection.execute(CROSSREF_UNMAPPED.update().values(direction="outbound"))

    _, done = book.retire(second, reason="never was", who=WHO)

    assert done.replayed == tuple(ids)


def test_a_factor_kept_by_an_older_version_keeps_no_other_row_from_being_read(
    book: CrossReferenceBook, known: StoreCrossReferences
) -> None:
    fine = Fraction(1, 10**18)

    added(book, a_row(), a_row("grain", "each", table="unit", factor=fine))

    assert known.current("acme", DAY).lookups.find("sku", "AB-1") == "SKU-1"
    assert known.current("acme", DAY).lookups.factor("unit", "grain") == ("each", fine)


async def test_what_is_mapped_again_waits_only_for_what_is_still_unknown(shop: Shop, book: CrossReferenceBook) -> None:
    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))
    added(book, a_row())
    still = Lacking(values=(Unmapped("unit", "case"),), on=DAY, as_of=datetime.max.replace(tzinfo=UTC), pinned=False)

    shop.journal.record_translated([replace(a_mapped(ids[0]), state="held", reason="unit", lacking=still)])

    assert [(one.table, one.value) for one in book.missing()] == [("unit", "case")]
    assert added(book, a_unit("case")).replayed == tuple(ids)
    shop.journal.record_translated([a_mapped(ids[0])])
    assert shop.all(CROSSREF_UNMAPPED) == []


async def test_a_document_that_begins_to_wait_after_its_row_was_added_goes_on_at_once(
    shop: Shop, book: CrossReferenceBook
) -> None:
    added(book, a_row())

    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))

    assert shop.state(ids[0]) == "validated"
    assert shop.kinds(ids[0]) == ["document.held", "document.replayed"]
    assert shop.work("translate") == [("translate", [ids])]


async def test_a_replay_of_what_was_pinned_is_not_overruled(shop: Shop, book: CrossReferenceBook) -> None:
    added(book, a_row())

    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1"), pinned=True))

    assert shop.state(ids[0]) == "held"


async def test_a_document_that_a_person_dealt_with_is_not_touched(shop: Shop, book: CrossReferenceBook) -> None:
    ids = await shop.documents(1, **lacking(Unmapped("sku", "AB-1")))
    shop.operator.replay(ids[0], mode="current", again=False, reason="by hand", who=WHO)

    done = added(book, a_row())

    assert (done.replayed, done.waiting) == ((), 0)
    assert shop.work("translate") == [("translate", [ids])]


async def test_values_longer_than_an_index_takes_do_not_keep_a_document_from_being_written(shop: Shop) -> None:
    values = [Unmapped("sku", "x" * 300 + end) for end in ("1", "2")] + [Unmapped("sku", "a\0b")]

    ids = await shop.documents(1, **lacking(*values))

    assert shop.state(ids[0]) == "held"
    assert len(shop.all(CROSSREF_UNMAPPED)) == 2


async def test_people_who_add_the_same_row_at_once_add_it_once(shop: Shop, book: CrossReferenceBook) -> None:
    await asyncio.gather(*(asyncio.to_thread(added, book, a_row()) for _ in range(4)))

    assert [row.theirs for row in shop.all(CROSSREF_ROW)] == ["AB-1"]


async def test_no_document_waits_for_a_row_that_was_added_while_it_was_written(
    shop: Shop, book: CrossReferenceBook
) -> None:
    opened = [
        shop.opened(await shop.arrived(an_interchange(f"{number:09}")), **lacking(Unmapped("sku", f"AB-{number}")))
        for number in range(1, 9)
    ]
    rows = [a_row(f"AB-{number}", f"SKU-{number}") for number in range(1, 9)]

    await asyncio.gather(
        *(asyncio.to_thread(shop.journal.record_processed, [one]) for one in opened),
        *(asyncio.to_thread(added, book, row) for row in rows),
    )

    assert {row.state for row in shop.all(DOCUMENT)} == {"validated"}
