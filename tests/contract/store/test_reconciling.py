"""What partners answer is matched to what we sent and moves it, in the transaction that takes the answer in."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.store.database import Database
from gateway.store.journal import StoreJournal
from gateway.store.tables import (
    DOCUMENT,
    EVENT,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    RECEIVED_ACKNOWLEDGEMENT,
    TRANSMISSION,
)
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered, opened
from tests.contract.store.sending import handed_in, sealed, segments, translated
from tests.contract.store.shop import Shop


async def sent(shop: Shop, *numbers: str, **terms: Any) -> list[str]:
    """Ids of invoices that went out in one interchange."""
    batch = {"batch_sets": len(numbers), "batch_wait_minutes": 60 if len(numbers) > 1 else 0}
    documents = [await handed_in(shop, number, terms=batch | terms) for number in numbers]
    sealed(shop)
    shop.clock.turn(minutes=30)
    return documents


def standing(shop: Shop, document: str) -> tuple[str, list[str]]:
    """What the partner said of a document of ours: state and lines."""
    detail = shop.questions.document(document)
    assert detail is not None
    return detail.row.acknowledgement, list(detail.said)


async def sent_again(shop: Shop) -> tuple[str, str]:
    """Ids of an invoice that a partner lost, and of the one sent in its place."""
    [first] = await sent(shop, "HP-1")
    return first, again(shop, first)


def again(shop: Shop, document: str) -> str:
    """Send a document again; the id of the other."""
    shop.operator.resend(document, mode="original", reason="acme lost it", who="ann", anyway=True)
    new = max(row.id for row in shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound"))
    shop.journal.record_collected([translated(new, "HP-1")])
    sealed(shop)
    shop.clock.turn(minutes=30)
    return new


def successor(shop: Shop, document: str) -> str:
    """The document that counts instead of this one."""
    detail = shop.questions.document(document)
    assert detail is not None
    return detail.successor


def everything(shop: Shop) -> list[Any]:
    """What an answer may move."""
    tables = (OUTBOUND_GROUP, OUTBOUND_INTERCHANGE)
    ours = shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound")
    return [ours, *(shop.all(table) for table in tables)]


# ---------------------------------------------------------------------------------------------- what moves


async def test_a_997_moves_the_invoice_it_answers_and_is_reconciled(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")

    [answer] = await answered(shop, an_answer(GOOD))

    row = shop.all(DOCUMENT, DOCUMENT.c.id == invoice)[0]
    group = shop.all(OUTBOUND_GROUP)[0]
    [kept] = shop.all(RECEIVED_ACKNOWLEDGEMENT)
    assert standing(shop, invoice) == ("accepted", [])
    assert (row.state, row.acknowledged_at) == ("sealed", shop.clock())
    assert shop.state(answer) == "reconciled"
    assert shop.kinds(answer) == ["document.reconciled"]
    assert shop.kinds(invoice)[-1] == "document.acknowledged"
    assert (group.acknowledgement, group.included, group.received, group.accepted) == ("accepted", 1, 1, 1)
    assert (kept.kind, kept.status, kept.document_id, kept.partner) == ("997", "A", answer, "acme")
    assert (kept.outbound_group_id, kept.outbound_document_id) == (group.id, invoice)
    assert (kept.outbound_interchange_id, kept.received_at) == (group.interchange_id, shop.clock())


async def test_a_refused_invoice_says_in_plain_words_what_is_wrong_with_it(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")

    [answer] = await answered(shop, an_answer(REFUSED))

    state, lines = standing(shop, invoice)
    assert state == "rejected"
    assert lines == [
        "group IN 1 was rejected, 0 of 1 sets accepted",
        "810 0001 was rejected",
        "line 1: quantity invoiced (IT1-02) is missing",
    ]
    detail = shop.questions.document(invoice)
    assert detail is not None
    place = {"segment": "IT1", "position": 3, "element": 2, "codes": "AK403:1"}
    assert detail.places[2] == {"line": lines[2], **place}
    assert shop.state(answer) == "reconciled"


async def test_a_list_says_of_a_refused_invoice_what_the_partner_found(shop: Shop) -> None:
    refused, accepted = await sent(shop, "HP-1"), await sent(shop, "HP-2")

    await answered(shop, an_answer(REFUSED))

    rows = {row.id: row.answer for row in shop.questions.documents(direction="outbound")}
    assert rows == {refused[0]: "line 1: quantity invoiced (IT1-02) is missing", accepted[0]: ""}


@pytest.mark.parametrize("mode", ["original", "current"])
async def test_what_the_partner_refused_is_sent_again_only_when_somebody_insists(shop: Shop, mode: str) -> None:
    [invoice] = await sent(shop, "HP-1")
    shop.mailbox.fetched("acme", shop.mail("outbound")[0])
    await answered(shop, an_answer(REFUSED))

    with pytest.raises(NotInOrder) as refused:
        shop.operator.resend(invoice, mode=mode, reason="acme lost it", who="ann")
    assert (shop.state(invoice), len(shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound"))) == ("sent", 1)
    shop.operator.resend(invoice, mode=mode, reason="acme refused it by mistake", who="ann", anyway=True)

    assert "refused by the partner: line 1: quantity invoiced (IT1-02) is missing" in str(refused.value)
    assert "our system hands in the corrected document" in str(refused.value)
    assert shop.state(invoice) == "superseded"


async def test_a_997_in_the_wrong_stage_says_what_it_nearly_fits(shop: Shop) -> None:
    await sent(shop, "HP-1")

    [answer] = await answered(shop, an_answer(GOOD, usage="T"))

    detail = shop.questions.document(answer)
    assert detail is not None
    assert "group IN 1 in " in detail.row.reason
    assert "nearly fits: went out in production (ISA15 P), and the answer came as a test" in detail.row.reason


async def test_lines_are_named_by_the_bytes_that_were_sent_wherever_they_are_kept(shop: Shop) -> None:
    long = (*segments("HP-1"), *((("NTE", "ADD", "x" * 80),) * 900))
    document = await handed_in(shop, "HP-1", segments=long, terms={"line_ends": True})
    sealed(shop)
    shop.clock.turn(minutes=30)

    await answered(shop, an_answer(REFUSED))

    assert standing(shop, document)[1][-1] == "line 1: quantity invoiced (IT1-02) is missing"


async def test_of_a_group_accepted_in_part_each_invoice_is_what_its_ak5_says(shop: Shop) -> None:
    good, noted, bad = await sent(shop, "HP-1", "HP-2", "HP-3")
    partly = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK3*IT1*3**8", "AK4*3*355*7*EACH", "AK5*E*5")

    await answered(shop, an_answer((*partly, "AK2*810*0003", "AK5*R*4", "AK9*P*3*3*2")))

    assert standing(shop, good) == ("accepted", [])
    assert standing(shop, noted)[0] == "accepted_with_errors"
    assert standing(shop, noted)[1][-1] == 'line 1: unit of measure (IT1-03) has a code that is not known there: "EACH"'
    assert standing(shop, bad)[0] == "rejected"
    assert standing(shop, bad)[1][-1].startswith("810 0003 was rejected: ")
    assert shop.all(OUTBOUND_GROUP)[0].acknowledgement == "partially_accepted"


async def test_a_group_rejected_as_a_whole_rejects_every_invoice_in_it(shop: Shop) -> None:
    invoices = await sent(shop, "HP-1", "HP-2")

    await answered(shop, an_answer(("AK1*IN*1", "AK9*R*2*0*0*4")))

    assert [standing(shop, one)[0] for one in invoices] == ["rejected", "rejected"]
    assert standing(shop, invoices[0])[1][0].startswith("group IN 1 was rejected, 0 of 0 sets accepted: ")


async def test_where_nobody_says_which_of_a_group_were_refused_each_is_accepted_in_part(shop: Shop) -> None:
    invoices = await sent(shop, "HP-1", "HP-2")

    await answered(shop, an_answer(("AK1*IN*1", "AK9*P*2*2*1")))

    assert [standing(shop, one)[0] for one in invoices] == ["partially_accepted"] * 2


async def test_what_names_no_set_leaves_those_as_they_are_that_were_answered_by_name(shop: Shop) -> None:
    invoices = await sent(shop, "HP-1", "HP-2", "HP-3")
    named = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*R*5", "AK2*810*0003", "AK5*A", "AK9*P*3*3*2")
    await answered(shop, an_answer(named))
    before = everything(shop)
    shop.clock.turn(hours=1)

    [vague] = await answered(shop, an_answer(("AK1*IN*1", "AK9*P*3*3*1")))

    assert [standing(shop, one)[0] for one in invoices] == ["accepted", "rejected", "accepted"]
    assert [row.id for row in shop.questions.documents(acknowledgement="rejected")] == [invoices[1]]
    assert everything(shop) == before
    detail = shop.questions.document(vague)
    assert detail is not None
    assert detail.row.state == "held"
    assert "none is named; answers before accepted 2 and rejected 1" in detail.row.reason


async def test_what_names_no_set_moves_only_those_of_which_nothing_was_said(shop: Shop) -> None:
    good, bad = await sent(shop, "HP-1", "HP-2")
    wrong = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*R*5", "AK9*P*9*9*1")
    await answered(shop, an_answer(wrong))
    shop.clock.turn(hours=1)

    [vague] = await answered(shop, an_answer(("AK1*IN*1", "AK9*P*2*2*1")))

    assert (standing(shop, good)[0], standing(shop, bad)[0]) == ("partially_accepted", "rejected")
    assert shop.state(vague) == "reconciled"


async def test_zeros_that_a_partner_leaves_out_of_numbers_do_not_matter(shop: Shop) -> None:
    first, second = await sent(shop, "HP-1", "HP-2")

    await answered(shop, an_answer(("AK1*IN*00001", "AK2*810*1", "AK5*A", "AK2*810*2", "AK5*R*5", "AK9*P*2*2*1")))

    assert (standing(shop, first)[0], standing(shop, second)[0]) == ("accepted", "rejected")


async def test_a_997_that_lost_a_part_accepts_nothing_and_refuses_what_it_names(shop: Shop) -> None:
    good, bad = await sent(shop, "HP-1", "HP-2")
    said = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1")

    [answer] = await answered(shop, an_answer(said).replace(b"SE*8*", b"SE*80*"))

    assert (standing(shop, good)[0], standing(shop, bad)[0]) == ("awaited", "rejected")
    assert shop.state(answer) == "held"


async def test_an_answer_where_none_is_expected_counts(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", expects="none")

    await answered(shop, an_answer(GOOD))

    assert standing(shop, invoice)[0] == "accepted"


# ---------------------------------------------------------------------------------------------- one after the other


async def test_the_same_answer_again_is_kept_and_moves_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    await answered(shop, an_answer(REFUSED))
    before = everything(shop), shop.kinds(invoice)
    shop.clock.turn(hours=1)

    [again] = await answered(shop, an_answer(REFUSED))

    assert (everything(shop), shop.kinds(invoice)) == before
    assert shop.state(again) == "reconciled"
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 2


async def test_the_same_bytes_again_are_a_duplicate_and_say_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    data = an_answer(GOOD)
    await answered(shop, data)
    before = everything(shop), shop.kinds(invoice)

    await answered(shop, data)

    assert (everything(shop), shop.kinds(invoice)) == before
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 1


async def test_another_answer_later_counts_and_says_that_it_contradicts_the_one_before(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    await answered(shop, an_answer(GOOD))
    shop.clock.turn(hours=1)

    await answered(shop, an_answer(REFUSED))

    assert standing(shop, invoice)[0] == "rejected"
    last = shop.all(EVENT, EVENT.c.subject == invoice)[-1]
    assert last.why.endswith("; an answer before said accepted")
    assert last.detail["before"] == "accepted"
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 2


async def test_two_answers_in_one_batch_count_in_the_order_in_which_they_came(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    refused, good = an_answer(REFUSED), an_answer(GOOD)
    first = await shop.arrived(refused)
    shop.clock.turn(minutes=1)
    second = await shop.arrived(good)

    shop.journal.record_processed([opened(shop, second, good), opened(shop, first, refused)])

    assert standing(shop, invoice) == ("accepted", [])
    told = [event.why for event in shop.all(EVENT, EVENT.c.kind == "document.acknowledged")]
    assert [why.split(" by ")[0] for why in told] == ["rejected", "accepted"]


async def test_two_nodes_that_take_answers_to_one_group_at_once_end_with_the_later_one(
    shop: Shop, opened_again: Callable[[], StoreJournal]
) -> None:
    [invoice] = await sent(shop, "HP-1")
    outcomes = []
    for data in (an_answer(GOOD), an_answer(REFUSED)):
        outcomes.append(opened(shop, await shop.arrived(data), data))
        shop.clock.turn(minutes=1)

    journals = (opened_again(), shop.journal)
    await asyncio.gather(
        *(asyncio.to_thread(one.record_processed, [outcome]) for one, outcome in zip(journals, outcomes, strict=True))
    )

    assert standing(shop, invoice)[0] == "rejected"
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 2


async def test_a_partner_may_fetch_an_invoice_and_answer_it_at_the_same_time(
    shop: Shop, opened_again: Callable[[], StoreJournal]
) -> None:
    invoices = await sent(shop, *(f"HP-{number}" for number in range(20)))
    accepted = [line for number in range(1, 21) for line in (f"AK2*810*{number:04}", "AK5*A")]
    data = an_answer(("AK1*IN*1", *accepted, "AK9*A*20*20*20"), ta1=a_ta1("A", "000"))
    outcome = opened(shop, await shop.arrived(data), data)
    journal, [entry] = opened_again(), shop.mail("outbound")

    await asyncio.gather(
        asyncio.to_thread(journal.record_processed, [outcome]),
        asyncio.to_thread(shop.mailbox.fetched, "acme", entry),
        asyncio.to_thread(shop.mailbox.remove, "acme", "outbound", entry.name),
    )

    rows = shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound")
    assert {row.id for row in rows} == set(invoices)
    assert {(row.state, row.acknowledgement) for row in rows} == {("sent", "accepted")}


@pytest.fixture
def opened_again(shop: Shop, opened: Callable[[], Database]) -> Callable[[], StoreJournal]:
    """The journal of another node."""
    return lambda: StoreJournal(dataclasses.replace(shop.means, database=opened(), node="two"))


# ---------------------------------------------------------------------------------------------- what moves nothing


@pytest.mark.parametrize(
    "hostile",
    [
        an_answer(GOOD, sender="BOLTIND"),
        an_answer(REFUSED, sender="BOLTIND", gs_sender="ACMERETAIL"),
        an_answer(GOOD, receiver="OUROTHER"),
        an_answer(GOOD, usage="T"),
        an_answer(("AK1*PO*1", "AK9*A*1*1*1")),
        an_answer(("AK1*IN*2", "AK9*R*1*1*0")),
        an_answer(("AK1*IN*99999999999", "AK9*A*1*1*1")),
        an_answer(("AK1*IN*", "AK9*A*1*1*1")),
        an_answer(("AK9*A*1*1*1",)),
    ],
    ids=["partner", "gs", "ours", "usage", "kind", "number", "huge", "empty", "none"],
)
async def test_an_answer_to_something_we_have_not_sent_moves_nothing_and_is_held(shop: Shop, hostile: bytes) -> None:
    [invoice] = await sent(shop, "HP-1")
    before = everything(shop), shop.kinds(invoice)

    [answer] = await answered(shop, hostile)

    assert (everything(shop), shop.kinds(invoice)) == before
    detail = shop.questions.document(answer)
    assert detail is not None
    assert detail.row.state == "held"
    assert detail.row.reason.startswith("an acknowledgement of something we have not sent: group")
    assert detail.said
    assert shop.all(RECEIVED_ACKNOWLEDGEMENT)[0].outbound_group_id is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (("AK1*IN*1", "AK9*A*2*2*2"), "AK902 counts 2 and AK903 counts 2, group IN 1 in acme-810-000000001.x12 has 1"),
        (("AK1*IN*1", "AK9*A*1*9999999999*1"), "AK903 counts 9999999999, group IN 1"),
        (("AK1*IN*1", "AK2*810*0002", "AK5*A", "AK9*A*1*1*1"), "it names sets that are not in group IN 1"),
        (("AK1*IN*1", "AK9*P*1*1*0"), "it does not say what became of 810 0001"),
        (("AK1*IN*1", "AK2*810*0001", "AK5*A"), "it is not in order itself: "),
    ],
)
async def test_an_answer_that_does_not_fit_what_we_sent_accepts_nothing_and_is_held(
    shop: Shop, said: tuple[str, ...], words: str
) -> None:
    [invoice] = await sent(shop, "HP-1")
    before = everything(shop), shop.kinds(invoice)

    [answer] = await answered(shop, an_answer(said))

    assert (everything(shop), shop.kinds(invoice)) == before
    detail = shop.questions.document(answer)
    assert detail is not None
    assert detail.row.state == "held"
    assert detail.row.reason.startswith("an acknowledgement that accepts nothing: ")
    assert words in detail.row.reason
    assert shop.all(RECEIVED_ACKNOWLEDGEMENT)[0].outbound_document_id == invoice


async def test_what_such_an_answer_refuses_by_name_is_refused(shop: Shop) -> None:
    good, bad = await sent(shop, "HP-1", "HP-2")
    wrong = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*R*5", "AK9*P*9*9*1")

    [answer] = await answered(shop, an_answer(wrong))

    assert (standing(shop, good)[0], standing(shop, bad)[0]) == ("awaited", "rejected")
    assert shop.state(answer) == "held"
    assert shop.all(OUTBOUND_GROUP)[0].acknowledgement == "awaited"


async def test_between_two_groups_that_fit_equally_nothing_moves_and_both_are_named(shop: Shop) -> None:
    await sent(shop, "HP-1")
    await sent(shop, "HP-2", gs_receiver="ACMESTORES")
    before = everything(shop)

    [answer] = await answered(shop, an_answer(GOOD, gs_sender="SOMEBODY"))

    detail = shop.questions.document(answer)
    assert everything(shop) == before
    assert detail is not None
    assert "can be any of 2 that we sent: group IN 1 in acme-810-000000001.x12, group IN 1 in" in detail.row.reason


async def test_the_gs_ids_choose_between_two_groups_that_fit_otherwise(shop: Shop) -> None:
    [first] = await sent(shop, "HP-1")
    [second] = await sent(shop, "HP-2", gs_receiver="ACMESTORES")

    await answered(shop, an_answer(GOOD, gs_sender="ACMESTORES"))

    assert (standing(shop, first)[0], standing(shop, second)[0]) == ("awaited", "accepted")


async def test_a_number_that_went_round_answers_the_newer_group_only(shop: Shop) -> None:
    [old] = await sent(shop, "HP-1")
    shop.clock.turn(days=91)

    [answer] = await answered(shop, an_answer(GOOD))

    assert standing(shop, old)[0] == "awaited"
    assert shop.state(answer) == "held"


async def test_an_acknowledgement_that_is_held_or_reconciled_is_not_replayed(shop: Shop) -> None:
    await sent(shop, "HP-1")
    [good] = await answered(shop, an_answer(GOOD))

    with pytest.raises(UsageError, match="is reconciled: it is an acknowledgement"):
        shop.operator.replay(good, mode="current", again=False, reason="try", who="dana")


async def test_a_held_acknowledgement_is_closed_by_a_person_with_a_reason_and_moves_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    [answer] = await answered(shop, an_answer(tuple(one.replace("IN*1", "IN*77") for one in GOOD)))

    words = shop.operator.close(answer, reason="acme answered a test", who="dana")

    assert words.startswith(f"{answer} is closed")
    assert (shop.state(answer), standing(shop, invoice)[0]) == ("closed", "awaited")
    told = shop.all(EVENT, EVENT.c.subject == answer)[-1]
    assert (told.kind, told.who, told.why) == ("document.closed", "dana", "acme answered a test")
    assert "something we have not sent" in told.detail["was"]
    assert shop.questions.documents(state="held") == []
    with pytest.raises(UsageError, match="is closed: only what is held"):
        shop.operator.close(answer, reason="again", who="dana")


async def test_only_a_held_acknowledgement_is_closed_and_never_without_a_reason(shop: Shop) -> None:
    await sent(shop, "HP-1")
    [good] = await answered(shop, an_answer(GOOD))
    [order] = await shop.documents(1, state="held", reason="unmapped unit BX")
    waiting = await handed_in(shop, "HP-2")

    refused = ((waiting, "no 997 or 999"), (order, "close it with --handled"), (good, "only what is held"))
    for document, words in refused:
        with pytest.raises(UsageError, match=words):
            shop.operator.close(document, reason="tidy", who="dana")
    with pytest.raises(UsageError, match="a reason is needed"):
        shop.operator.close(good, reason=" ", who="dana")
    assert [shop.state(one) for one in (good, order)] == ["reconciled", "held"]


async def test_an_answer_of_any_length_is_kept_in_as_many_lines_as_people_read(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    notes = [line for n in range(3, 3000) for line in (f"AK3*IT1*{n}**8", "AK4*2*358*1")]

    await answered(shop, an_answer(("AK1*IN*1", "AK2*810*0001", *notes, "AK5*R*5", "AK9*R*1*1*0")))

    assert standing(shop, invoice)[0] == "rejected"
    assert len(standing(shop, invoice)[1]) == 50


async def test_characters_that_a_database_refuses_do_not_keep_an_answer_from_being_written(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")

    [answer] = await answered(shop, an_answer(("AK1*IN*1", "AK2*810*0001", "AK5*R\0\0", "AK9*\0*1*1*0")))

    assert standing(shop, invoice)[0] == "awaited"
    assert shop.state(answer) == "held"


# ---------------------------------------------------------------------------------------------- TA1


def a_ta1(status: str, note: str, *, number: str = "000000001", time: str = "1200") -> str:
    return f"TA1*{number}*260302*{time}*{status}*{note}"


async def test_a_ta1_that_rejects_takes_every_invoice_of_the_interchange(shop: Shop) -> None:
    invoices = await sent(shop, "HP-1", "HP-2", ta1_requested=True)

    await answered(shop, an_answer(ta1=a_ta1("R", "009")))

    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    [kept] = shop.all(RECEIVED_ACKNOWLEDGEMENT)
    assert (interchange.ta1, interchange.ta1_note) == ("rejected", "009")
    assert [standing(shop, one)[0] for one in invoices] == ["rejected", "rejected"]
    assert standing(shop, invoices[0])[1][0].startswith("interchange 000000001 was rejected: ")
    assert shop.all(OUTBOUND_GROUP)[0].acknowledgement == "rejected"
    assert (kept.kind, kept.status, kept.document_id) == ("TA1", "R", None)
    assert kept.outbound_interchange_id == interchange.id
    assert [event.kind for event in shop.all(EVENT, EVENT.c.subject == interchange.id)][-1] == "sending.acknowledged"


@pytest.mark.parametrize(("status", "state"), [("A", "accepted"), ("E", "accepted_with_errors")])
async def test_a_ta1_that_accepts_says_nothing_of_the_invoices(shop: Shop, status: str, state: str) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)

    await answered(shop, an_answer(ta1=a_ta1(status, "000")))

    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 == state
    assert standing(shop, invoice)[0] == "awaited"


async def test_of_two_ta1s_in_one_batch_the_one_that_came_later_counts(shop: Shop) -> None:
    await sent(shop, "HP-1", ta1_requested=True)
    refused, good = an_answer(ta1=a_ta1("R", "009")), an_answer(ta1=a_ta1("A", "000"))
    first = await shop.arrived(refused)
    shop.clock.turn(minutes=1)
    second = await shop.arrived(good)

    shop.journal.record_processed([opened(shop, second, good), opened(shop, first, refused)])

    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 == "accepted"
    why = [event.why for event in shop.all(EVENT, EVENT.c.kind == "sending.acknowledged")]
    assert why[-1].endswith("; an answer before said rejected")


async def test_a_ta1_rejects_what_is_in_its_own_interchange_only(shop: Shop) -> None:
    [first] = await sent(shop, "HP-1", ta1_requested=True)
    [second] = await sent(shop, "HP-2", ta1_requested=True)
    data = an_answer(("AK1*IN*2", "AK9*A*1*1*1"), ta1=a_ta1("R", "009"))

    await answered(shop, data)

    assert (standing(shop, first)[0], standing(shop, second)[0]) == ("rejected", "accepted")


async def test_a_ta1_that_rejects_stands_against_a_997_that_accepts_in_the_same_file(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)

    [answer] = await answered(shop, an_answer(GOOD, ta1=a_ta1("R", "009")))

    state, lines = standing(shop, invoice)
    words = (
        "accepted by the 997 for group IN 1 in acme-810-000000001.x12; but a TA1 rejected its interchange, and that "
        "stands"
    )
    assert (state, lines[-1]) == ("rejected", words)
    [flag] = shop.all(EVENT, EVENT.c.kind == "document.contradicted")
    assert (flag.subject, flag.why, flag.detail) == (invoice, words, {"document": answer})
    assert shop.all(OUTBOUND_GROUP)[0].acknowledgement == "rejected"
    assert shop.state(answer) == "held"


async def test_a_ta1_that_rejects_stands_until_one_accepts_and_the_997_comes_again(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    told = []
    for answer in (
        an_answer(ta1=a_ta1("R", "009")),
        an_answer(GOOD),
        an_answer(GOOD),
        an_answer(ta1=a_ta1("A", "000")),
        an_answer(GOOD),
    ):
        shop.clock.turn(minutes=10)
        await answered(shop, answer)
        told.append(standing(shop, invoice)[0])

    assert told == ["rejected"] * 4 + ["accepted"]
    assert shop.kinds(invoice).count("document.contradicted") == 1


@pytest.mark.parametrize("first", ["TA1", "997"])
async def test_a_ta1_that_rejects_stands_whichever_of_the_two_is_worked_on_first(shop: Shop, first: str) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    outcomes = {}
    for kind, data in (("TA1", an_answer(ta1=a_ta1("R", "009"))), ("997", an_answer(GOOD))):
        outcomes[kind] = opened(shop, await shop.arrived(data), data)
        shop.clock.turn(minutes=10)

    for kind in sorted(outcomes, key=lambda one: one != first):
        shop.journal.record_processed([outcomes[kind]])

    assert standing(shop, invoice)[0] == "rejected"
    assert "document.contradicted" in shop.kinds(invoice)
    assert any("that stands" in line for line in standing(shop, invoice)[1])


async def test_a_ta1_that_rejected_before_another_accepted_is_past_when_it_is_worked_on_late(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    refused = an_answer(ta1=a_ta1("R", "009"))
    late = opened(shop, await shop.arrived(refused), refused)
    shop.clock.turn(minutes=10)
    await answered(shop, an_answer(GOOD, ta1=a_ta1("A", "000")))

    shop.journal.record_processed([late])

    assert (standing(shop, invoice)[0], shop.all(OUTBOUND_INTERCHANGE)[0].ta1) == ("accepted", "accepted")


@pytest.mark.parametrize("sets", [(GOOD, REFUSED), (REFUSED, GOOD)])
async def test_two_997s_in_one_file_that_contradict_each_other_accept_nothing(
    shop: Shop, sets: tuple[tuple[str, ...], ...]
) -> None:
    [invoice] = await sent(shop, "HP-1")

    await answered(shop, an_answer(*sets))

    assert standing(shop, invoice)[0] == "rejected"
    assert shop.all(OUTBOUND_GROUP)[0].acknowledgement == "rejected"


async def test_a_ta1_and_a_997_in_one_interchange_are_both_heard(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)

    await answered(shop, an_answer(GOOD, ta1=a_ta1("A", "000")))

    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 == "accepted"
    assert standing(shop, invoice)[0] == "accepted"


@pytest.mark.parametrize(
    "ta1", [a_ta1("R", "009", number="000000002"), a_ta1("R", "009", time="1201"), "TA1*x*y*z*R*009", "TA1"]
)
async def test_a_ta1_for_something_else_moves_nothing_and_is_told_with_its_transmission(shop: Shop, ta1: str) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    before = everything(shop), shop.kinds(invoice)

    await answered(shop, an_answer(ta1=ta1))

    assert (everything(shop), shop.kinds(invoice)) == before
    last = shop.all(TRANSMISSION)[-1]
    assert (last.state, last.reason.split(":")[0]) == ("processed", "a TA1 for something we have not sent")
    assert "interchange.unmatched" in [event.kind for event in shop.all(EVENT)]


async def test_where_the_bytes_that_were_sent_are_lost_answers_go_on(shop: Shop) -> None:
    long = (*segments("HP-1"), *((("NTE", "ADD", "x" * 80),) * 900))
    document = await handed_in(shop, "HP-1", segments=long)
    sealed(shop)
    shop.clock.turn(minutes=30)
    shop.means.blobs.path(shop.all(OUTBOUND_INTERCHANGE)[0].sha256).unlink()

    await answered(shop, an_answer(REFUSED, ta1=a_ta1("A", "000")))

    assert standing(shop, document)[0] == "rejected"
    assert standing(shop, document)[1][-1] == "segment 3 IT1, element 2 quantity invoiced is missing"
    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 == ""


async def test_a_ta1_with_a_status_of_its_own_making_moves_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    before = everything(shop), shop.kinds(invoice)

    await answered(shop, an_answer(ta1=a_ta1("Q", "009")))

    assert (everything(shop), shop.kinds(invoice)) == before


# ---------------------------------------------------------------------------------------------- lists


async def test_what_was_sent_again_is_awaited_no_more_and_names_what_took_its_place(shop: Shop) -> None:
    first, second = await sent_again(shop)
    third = again(shop, second)

    assert [row.id for row in shop.questions.documents(acknowledgement="awaited")] == [third]
    assert [successor(shop, one) for one in (first, second, third)] == [third, third, ""]


async def test_that_the_first_was_accepted_after_all_is_told_with_what_was_sent_again(shop: Shop) -> None:
    first, second = await sent_again(shop)

    [answer] = await answered(shop, an_answer(GOOD))

    state, lines = standing(shop, second)
    words = (
        "the first sending was accepted meanwhile, by the 997 for group IN 1 in acme-810-000000001.x12; this one still "
        "lies unfetched in the outbound folder of acme and was left there"
    )
    assert (standing(shop, first)[0], state, lines) == ("accepted", "awaited", [words])
    [told] = shop.all(EVENT, EVENT.c.kind == "document.first-accepted")
    assert (told.subject, told.why, told.detail) == (second, words, {"first": first})
    assert shop.state(second) == "sealed"
    assert len(shop.mail("outbound")) == 2
    assert shop.state(answer) == "reconciled"


async def test_where_the_partner_fetched_what_was_sent_again_it_is_said_that_they_have_both(shop: Shop) -> None:
    _, second = await sent_again(shop)
    for entry in shop.mail("outbound"):
        shop.mailbox.fetched("acme", entry)

    await answered(shop, an_answer(GOOD))

    assert standing(shop, second)[1][-1].endswith("; the partner has both")
    refused = tuple("AK1*IN*2" if one == "AK1*IN*1" else one for one in REFUSED)
    await answered(shop, an_answer(refused))
    assert standing(shop, second)[0] == "rejected"
    assert standing(shop, second)[1][-1].endswith("; the partner has both")


async def test_that_the_first_was_accepted_before_is_told_with_what_is_sent_again_and_with_what_follows_that(
    shop: Shop,
) -> None:
    [first] = await sent(shop, "HP-1")
    await answered(shop, an_answer(GOOD))

    words = shop.operator.resend(first, mode="original", reason="acme lost it", who="ann", anyway=True)
    second = successor(shop, first)
    shop.journal.record_collected([translated(second, "HP-1")])
    sealed(shop)

    line = "the first sending was accepted before this one was asked for, on 2026-03-02 at 12:30 UTC"
    assert words.endswith(f"; {line}")
    assert standing(shop, second) == ("awaited", [line])
    [told] = shop.all(EVENT, EVENT.c.kind == "document.first-accepted")
    assert (told.subject, told.why, told.detail) == (second, line, {"first": first})
    assert standing(shop, again(shop, second)) == ("awaited", [line])
    await answered(shop, an_answer(tuple(one.replace("IN*1", "IN*2") for one in REFUSED)))
    assert standing(shop, second)[1][-1] == line


async def test_that_the_first_was_refused_after_all_is_nothing_to_tell(shop: Shop) -> None:
    _, second = await sent_again(shop)

    await answered(shop, an_answer(REFUSED))

    assert standing(shop, second) == ("awaited", [])


async def test_documents_are_found_by_what_the_partner_said(shop: Shop) -> None:
    [first] = await sent(shop, "HP-1")
    [second] = await sent(shop, "HP-2")
    await answered(shop, an_answer(REFUSED))

    assert [row.id for row in shop.questions.documents(acknowledgement="rejected")] == [first]
    assert [row.id for row in shop.questions.documents(acknowledgement="awaited")] == [second]
    assert shop.questions.documents(acknowledgement="accepted") == []
