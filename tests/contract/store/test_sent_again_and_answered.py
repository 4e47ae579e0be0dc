"""What went once more under the same numbers, and what the partner says of its first copy and of its second."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.cli import outbound_sheet
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.outbound.send import Carriage
from gateway.store.deadline_tables import DEADLINE
from gateway.store.deadlines import StoreDeadlines
from gateway.store.tables import (
    CARRYING,
    DOCUMENT,
    EVENT,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    RECEIVED_ACKNOWLEDGEMENT,
)
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop
from tests.contract.store.test_carrying import CARRIED, CUT, DOWN, tried
from tests.contract.store.test_sending_again import again, fetched, sent


def the_document(shop: Shop, document: str) -> Any:
    [row] = shop.all(DOCUMENT, DOCUMENT.c.id == document)
    return row


def a_ta1(shop: Shop, status: str, note: str, *, times: int = 1) -> bytes:
    """About the one interchange of ours."""
    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    return an_answer(ta1="~".join([f"TA1*{interchange.control_number:09}*260302*1200*{status}*{note}"] * times))


async def gone_twice(shop: Shop, *, accepted: bool = False) -> str:
    """A document that the partner fetched once more under the same numbers, an hour ago; with `accepted` it had
    accepted the first copy.
    """
    document = await sent(shop)
    if accepted:
        await answered(shop, an_answer(GOOD))
    shop.clock.turn(days=3)
    again(shop, document)
    fetched(shop)
    shop.clock.turn(hours=1)
    return document


def again_anyway(shop: Shop, document: str) -> None:
    """What was refused goes once more under the same numbers, and is fetched."""
    about = {"mode": "original", "reason": "they erred", "who": "dana"}
    shop.operator.resend(document, numbers="same", anyway=True, **about)
    fetched(shop)


async def test_each_copy_may_be_answered_and_it_counts_once(shop: Shop) -> None:
    document = await gone_twice(shop)

    [first] = await answered(shop, an_answer(GOOD))
    shop.clock.turn(hours=1)
    [second] = await answered(shop, an_answer(GOOD))

    assert the_document(shop, document).acknowledgement == "accepted"
    assert shop.kinds(document).count("document.acknowledged") == 1
    assert [shop.state(one) for one in (first, second)] == ["reconciled", "reconciled"]


async def test_a_ta1_that_calls_the_second_copy_a_duplicate_does_not_refuse_the_first(shop: Shop) -> None:
    document = await gone_twice(shop, accepted=True)

    await answered(shop, a_ta1(shop, "R", "025"))

    row = the_document(shop, document)
    assert row.acknowledgement == "accepted"
    assert "duplicate" in row.acknowledgement_detail[0]["line"]
    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    assert interchange.ta1 == ""
    [said] = shop.all(RECEIVED_ACKNOWLEDGEMENT, RECEIVED_ACKNOWLEDGEMENT.c.kind == "TA1")
    assert said.outbound_interchange_id == interchange.id


async def test_a_file_that_calls_the_second_copy_a_duplicate_over_and_over_is_told_once(shop: Shop) -> None:
    document = await gone_twice(shop)

    await answered(shop, a_ta1(shop, "R", "025", times=3))

    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    told = [row.kind for row in shop.all(EVENT, EVENT.c.subject == interchange.id)]
    assert told.count("sending.acknowledged") == 1
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 3
    assert len(the_document(shop, document).acknowledgement_detail) == 1


async def test_a_997_that_comes_after_the_second_copy_was_called_a_duplicate_is_believed(shop: Shop) -> None:
    document = await gone_twice(shop)
    await answered(shop, a_ta1(shop, "R", "025"))
    assert the_document(shop, document).acknowledgement == "awaited"
    shop.clock.turn(hours=1)

    await answered(shop, an_answer(GOOD))

    assert the_document(shop, document).acknowledgement == "accepted"


async def test_the_first_copy_called_a_duplicate_is_refused_as_ever(shop: Shop) -> None:
    document = await sent(shop)

    await answered(shop, a_ta1(shop, "R", "025"))

    assert the_document(shop, document).acknowledgement == "rejected"


@pytest.mark.parametrize(("first_try", "now"), [(CUT, "awaited"), (DOWN, "rejected")])
async def test_a_duplicate_that_we_made_ourselves_as_nobody_knew_whether_it_arrived_is_no_refusal(
    shop: Shop, first_try: Carriage, now: str
) -> None:
    document = await to_carry(shop)
    tried(shop, first_try)
    shop.clock.turn(hours=1)
    tried(shop, CARRIED)
    shop.clock.turn(hours=1)

    await answered(shop, a_ta1(shop, "R", "025"))

    assert the_document(shop, document).acknowledgement == now


async def test_after_a_receipt_that_did_not_come_the_partner_may_call_the_copy_a_duplicate(shop: Shop) -> None:
    document = await to_carry(shop)
    due = shop.means.now() + timedelta(minutes=30)
    tried(shop, Carriage(kind="awaiting", answer_due_at=due))
    shop.clock.turn(hours=1)
    [copy] = shop.carryings.take("acme", most=16)
    assert copy.again
    shop.clock.turn(minutes=1)

    await answered(shop, a_ta1(shop, "R", "025"))

    row = the_document(shop, document)
    assert row.acknowledgement == "awaited"
    assert "duplicate" in row.acknowledgement_detail[0]["line"]


COPY_REFUSED = {
    "the group, number not unique": ("AK1*IN*1", "AK9*R*1*1*0*19"),
    "the group, number not valid": ("AK1*IN*1", "AK9*R*1*1*0*6"),
    "the set": ("AK1*IN*1", "AK2*810*0001", "AK5*R*23", "AK9*R*1*1*0"),
    "both": ("AK1*IN*1", "AK2*810*0001", "AK5*R*7", "AK9*R*1*1*0*6"),
}


@pytest.mark.parametrize("said", COPY_REFUSED.values(), ids=COPY_REFUSED)
@pytest.mark.parametrize("form", ["997", "999"])
async def test_a_refusal_of_the_copy_as_a_duplicate_after_the_first_was_accepted_is_for_a_person(
    shop: Shop, said: tuple[str, ...], form: str
) -> None:
    document = await gone_twice(shop, accepted=True)

    [answer] = await answered(shop, an_answer(said, kind=form))

    row, [group] = the_document(shop, document), shop.all(OUTBOUND_GROUP)
    assert (row.acknowledgement, group.acknowledgement) == ("accepted", "accepted")
    assert "an answer before accepted it" in row.acknowledgement_detail[0]["line"]
    assert shop.kinds(document)[-1] == "document.contradicted"
    [held] = shop.all(DOCUMENT, DOCUMENT.c.id == answer)
    assert (held.state, held.reason.partition(":")[0]) == (
        "held",
        "an acknowledgement that refuses nothing, for a person to look at",
    )


async def test_the_document_names_the_answer_that_is_held_until_that_is_closed(shop: Shop) -> None:
    document, other = await sent(shop), await handed_in(shop, "HP-2")
    sealed(shop)
    await answered(shop, an_answer(GOOD))
    shop.clock.turn(days=1)
    again(shop, document)
    shop.clock.turn(hours=1)
    [answer] = await answered(shop, an_answer(COPY_REFUSED["both"]))

    detail, another = shop.questions.document(document), shop.questions.document(other)

    assert detail is not None and another is not None
    [held] = detail.held_answers
    assert (held.id, held.kind, held.says, held.received_at) == (answer, "997", "R", shop.clock())
    assert "refuses nothing, for a person to look at" in held.reason
    assert another.held_answers == []
    shown = [f"{name} {words}" for name, words in outbound_sheet.facts(detail)]
    assert any(one.startswith(f"held answer {answer}, a 997 that says R, ") for one in shown)
    assert f" gateway documents close {answer} --reason TEXT" in shown

    shop.operator.close(answer, reason="they have one", who="dana")

    closed = shop.questions.document(document)
    assert closed is not None and closed.held_answers == []


async def test_a_refusal_of_the_copy_before_anything_was_said_of_the_first_leaves_it_awaited(shop: Shop) -> None:
    document = await gone_twice(shop)

    [answer] = await answered(shop, an_answer(COPY_REFUSED["both"]))

    assert the_document(shop, document).acknowledgement == "awaited"
    assert shop.state(answer) == "held"
    shop.clock.turn(hours=1)
    await answered(shop, an_answer(GOOD))
    assert the_document(shop, document).acknowledgement == "accepted"


@pytest.mark.parametrize("said", [REFUSED, ("AK1*IN*1", "AK9*R*1*1*0*6*1")])
async def test_what_is_refused_of_the_copy_for_anything_else_too_is_refused(shop: Shop, said: tuple[str, ...]) -> None:
    document = await gone_twice(shop, accepted=True)

    [answer] = await answered(shop, an_answer(said))

    assert (the_document(shop, document).acknowledgement, shop.state(answer)) == ("rejected", "reconciled")


async def test_what_went_once_is_refused_also_when_its_numbers_are_said_to_be_used_before(shop: Shop) -> None:
    document = await sent(shop)

    await answered(shop, an_answer(COPY_REFUSED["both"]))

    assert the_document(shop, document).acknowledgement == "rejected"


@pytest.mark.parametrize("copied", [False, True])
async def test_what_a_ta1_refused_may_be_accepted_when_it_went_again_since(shop: Shop, copied: bool) -> None:
    document = await sent(shop)
    await answered(shop, a_ta1(shop, "R", "009"))
    shop.clock.turn(hours=1)
    again_anyway(shop, document)
    shop.clock.turn(hours=1)
    if copied:  # that is no second refusal
        await answered(shop, a_ta1(shop, "R", "025"))
        shop.clock.turn(hours=1)

    [answer] = await answered(shop, an_answer(GOOD))

    assert shop.state(answer) == "reconciled"
    assert the_document(shop, document).acknowledgement == "accepted"


async def test_what_was_refused_by_mistake_stays_so_until_it_is_answered_and_is_not_late_at_once(shop: Shop) -> None:
    document = await sent(shop)
    await answered(shop, an_answer(REFUSED))
    StoreDeadlines(shop.means, StandardClocks()).work()
    shop.clock.turn(days=9)
    again_anyway(shop, document)

    StoreDeadlines(shop.means, StandardClocks()).work()

    [due] = shop.all(DEADLINE, DEADLINE.c.document_id == document)
    assert (due.due, due.missed_at, due.started_at) == ("attention", None, shop.clock())
    assert the_document(shop, document).acknowledgement == "rejected"


async def test_an_answer_to_a_copy_of_something_old_is_matched(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, CARRIED)
    [document] = [one.id for one in shop.all(DOCUMENT)]
    shop.clock.turn(days=100)
    again(shop, document)
    tried(shop, CARRIED)
    assert shop.all(CARRYING)[0].state == "carried"
    shop.clock.turn(days=1)

    [answer] = await answered(shop, an_answer(GOOD))

    assert shop.state(answer) == "reconciled"
    assert the_document(shop, document).acknowledgement == "accepted"


async def test_what_was_only_assumed_to_be_good_is_awaited_when_it_goes_again(shop: Shop) -> None:
    class NegativeOnly(StandardClocks):
        def negative_only(self, agreement: str) -> bool:
            return True

    document = await sent(shop)
    shop.clock.turn(days=3)
    StoreDeadlines(shop.means, NegativeOnly()).work()
    assert the_document(shop, document).acknowledgement == "assumed_accepted"

    again(shop, document)

    assert the_document(shop, document).acknowledgement == "awaited"


async def test_that_a_partner_fetched_the_second_copy_stands_in_its_history(shop: Shop) -> None:
    document = await sent(shop)
    [first] = shop.all(OUTBOUND_INTERCHANGE)
    shop.clock.turn(days=1)
    again(shop, document)

    fetched(shop)
    fetched(shop)

    told = [one.at for one in shop.all(EVENT, EVENT.c.subject == first.id) if one.kind == "sending.fetched"]
    assert told == [shop.clock() - timedelta(days=1), shop.clock()]
    [later] = shop.all(OUTBOUND_INTERCHANGE)
    assert (later.state, later.fetched_at) == ("fetched", first.fetched_at)
    assert shop.kinds(document).count("document.sent") == 1
