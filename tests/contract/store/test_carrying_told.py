"""How what we push stands is told to who asks; and what a person may do about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.pipeline.outbound.send import Carriage, Verdict
from gateway.pipeline.sent_messages import SentMessage
from gateway.store import evidence
from gateway.store.sent_messages import StoreSentMessages
from gateway.store.tables import ACKNOWLEDGEMENT, CARRYING, EVENT, OUTBOUND_INTERCHANGE
from tests.contract.store.sending import to_carry
from tests.contract.store.shop import Shop, an_interchange
from tests.contract.store.test_carrying import CARRIED, CUT, DOWN, NO, the_row, tried


async def test_a_document_shows_how_its_file_stands(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, DOWN)

    detail = shop.questions.document(document)

    assert detail is not None
    [one] = detail.carrying
    assert (one.state, one.via, one.attempts, one.in_hand) == ("waiting", "acme", 1, False)
    assert one.next_try_at is not None
    assert one.words() == (
        f"Waits to be carried to the partner (acme), 1 attempt, next {one.next_try_at:%Y-%m-%d %H:%M:%S} UTC: "
        "connection refused"
    )
    assert detail.sending["carried"] == ""


async def test_a_document_that_came_in_shows_how_the_answer_to_it_stands(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(), push=True)
    tried(shop, CARRIED)

    detail = shop.questions.document(outcome.interchanges[0].documents[0].id)

    assert detail is not None
    assert [(one.state, one.next_try_at) for one in detail.carrying] == [("carried", None)]
    assert detail.acknowledgements[0]["state"] == "carried"
    assert detail.acknowledgements[0]["carried"]


async def test_an_answer_that_went_another_way_is_told_with_its_place(shop: Shop) -> None:
    await shop.processed(an_interchange())

    copy = await shop.processed(an_interchange(), channel="acme-folder", push=True)

    row = shop.questions.transmission(copy.id)
    assert row is not None
    assert [(one["channel"], one["name"]) for one in row.acknowledgements] == [("acme-folder", the_row(shop).name)]


async def test_what_waits_for_a_person_is_counted(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, NO)
    await to_carry(shop, "HP-2")
    tried(shop, DOWN, trip=True)

    counts = shop.questions.counts()

    assert (counts["carrying.refused"], counts["carrying.waiting"], counts["paused_channels"]) == (1, 1, 1)


# ---------------------------------------------------------------------------------------------- pushed again


async def test_what_was_refused_is_carried_again_under_another_message_id_when_a_person_says_so(shop: Shop) -> None:
    document = await to_carry(shop)
    [first] = tried(shop, NO)

    words = shop.operator.push(document[:12], reason="they have our certificate now", who="pat")

    row = the_row(shop)
    assert words == f"carried again, as it was: {first.name}"
    assert (row.state, row.attempts, row.reason, row.message_id) == ("waiting", 0, "", f"{row.id}-2")
    assert (row.answer, row.answered_at, row.disposition, row.since) == (None, None, "", shop.means.now())
    assert shop.work("send")[-1] == ("send", ["acme"])
    event = shop.all(EVENT, EVENT.c.kind == "carrying.again")[0]
    assert (event.who, event.why, event.detail) == (
        "pat",
        "they have our certificate now",
        {"was": "decryption-failed"},
    )
    [again] = tried(shop, CARRIED)
    assert (again.content, again.again, shop.state(document)) == (first.content, False, "sent")


async def test_what_was_given_up_keeps_its_message_id_for_the_other_side_may_have_it(shop: Shop) -> None:
    await to_carry(shop)
    [first] = tried(shop, CUT)
    shop.clock.turn(hours=80)
    tried(shop, CUT)
    assert the_row(shop).state == "given_up"

    shop.operator.push(first.id, reason="they are back", who="pat")

    [again] = shop.carryings.take("acme", most=1)
    assert (again.message_id, again.again, again.since) == (first.message_id, True, shop.means.now())


@pytest.mark.parametrize("which", ["interchange", "document", "file", "transmission", "acknowledgement"])
async def test_a_file_is_found_by_whatever_is_known_of_it(shop: Shop, which: str) -> None:
    document = await to_carry(shop)
    outcome = await shop.processed(an_interchange(), push=True)
    tried(shop, NO)
    ids = {
        "interchange": shop.all(OUTBOUND_INTERCHANGE)[0].id,
        "document": document,
        "file": shop.all(CARRYING, CARRYING.c.kind == "interchange")[0].id,
        "transmission": outcome.id,
        "acknowledgement": shop.all(ACKNOWLEDGEMENT)[0].id,
    }

    shop.operator.push(ids[which], reason="mended", who="pat")

    kind = "acknowledgement" if which in ("transmission", "acknowledgement") else "interchange"
    assert [row.kind for row in shop.all(CARRYING, CARRYING.c.state == "waiting")] == [kind]


async def test_what_is_on_its_way_or_there_is_not_begun_anew(shop: Shop) -> None:
    document = await to_carry(shop)

    with pytest.raises(UsageError, match="nothing was refused or given up"):
        shop.operator.push(document, reason="hurry", who="pat")
    tried(shop, CARRIED)
    with pytest.raises(UsageError, match="The partner has it"):
        shop.operator.push(document, reason="again", who="pat")
    with pytest.raises(UsageError, match="nothing has the id"):
        shop.operator.push("01ZZZZZZZZ", reason="again", who="pat")
    with pytest.raises(UsageError, match="reason"):
        shop.operator.push(document, reason=" ", who="pat")


async def test_what_partners_fetch_cannot_be_pushed(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange())

    with pytest.raises(UsageError, match="no file of it goes out by a channel that we push through"):
        shop.operator.push(outcome.id, reason="again", who="pat")


async def test_a_late_receipt_for_the_message_before_says_nothing_about_this_one(shop: Shop) -> None:
    document = await to_carry(shop)
    [first] = tried(shop, NO)
    shop.operator.push(document, reason="mended", who="pat")
    shop.clock.turn(seconds=1)

    said = shop.carryings.settle(first.message_id, Verdict(kind="carried"))

    assert (said, the_row(shop).state) == ("nothing", "waiting")


async def test_what_waits_for_its_receipt_says_until_when(shop: Shop) -> None:
    document = await to_carry(shop)
    due = shop.means.now() + timedelta(minutes=30)
    tried(shop, Carriage(kind="awaiting", answer_due_at=due))

    detail = shop.questions.document(document)

    assert detail is not None
    assert detail.carrying[0].words() == (
        "The partner's system took it; its receipt has not come yet (acme), 1 attempt, due 2026-03-02 12:30:00 UTC"
    )


async def test_what_went_again_by_other_numbers_is_not_pushed_too(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, NO)
    [row] = shop.all(CARRYING)
    shop.operator.resend(document, mode="original", reason="acme asked for it", who="dana", anyway=True)

    for which in (document, row.subject, row.id):
        with pytest.raises(NotInOrder, match="would get both"):
            shop.operator.push(which, reason="mended", who="dana")

    assert the_row(shop, id=row.id).state == "refused"


async def test_every_receipt_of_a_file_stays_as_evidence_after_it_was_pushed_again(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, Carriage(kind="unknown", detail="about another", receipt=b"MDN: another"))
    shop.clock.time += timedelta(hours=1)
    tried(shop, NO)
    shop.operator.push(document, reason="certificate installed", who="dana")
    tried(shop, Carriage(kind="awaiting", answer_due_at=shop.means.now() + timedelta(hours=2)))
    shop.carryings.settle(the_row(shop).message_id, Verdict(kind="carried", receipt=b"MDN: processed"))

    kept = [
        b"".join(shop.means.blobs.chunks(one.content))
        for one in evidence.exchanged(shop.means.database, shop.means.blobs, document)
    ]

    assert sorted(kept) == [b"MDN: another", b"MDN: failed", b"MDN: processed"]


async def test_every_message_that_a_file_went_out_in_stays_as_evidence(shop: Shop) -> None:
    document = await to_carry(shop)
    for number, refusal in enumerate((NO, CARRIED)):
        row = the_row(shop)
        StoreSentMessages(shop.means).keep(
            SentMessage(
                channel="acme",
                carried_id=row.message_id,
                message_id=f"<{row.message_id}@harborpine>",
                headers=(("AS2-Version", "1.2"),),
                content=shop.means.blobs.keep(b"message %d" % number),
                mics={},
                packed_at=shop.means.now(),
            )
        )
        tried(shop, replace(refusal, receipt=None))
        if refusal is NO:
            shop.operator.push(document, reason="certificate installed", who="dana")

    kept = list(evidence.exchanged(shop.means.database, shop.means.blobs, document))

    assert [b"".join(shop.means.blobs.chunks(one.content)) for one in kept] == [b"message 0", b"message 1"]
