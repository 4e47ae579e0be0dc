"""Answers that are wrong, forged, doubled or endless: nothing of anybody else moves, and each says why it did nothing.

997s, 999s and TA1s as the road hands them to the store; what the doors and the commands make of them is in
`tests/journeys/test_answers.py`.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.store.tables import EVENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, RECEIVED_ACKNOWLEDGEMENT
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered, opened
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_deadlines import fetched, keeper
from tests.contract.store.test_reconciling import a_ta1, again, everything, sent, standing
from tests.contract.store.test_verbs import do

BOLT = {"partner": "bolt", "channel": "bolt", "receiver": "BOLTIND", "gs_receiver": "BOLTIND"}


def why(shop: Shop, answer: str) -> tuple[str, str]:
    """What became of a 997 or 999 that came in, and the sentence about it."""
    detail = shop.questions.document(answer)
    assert detail is not None
    return detail.row.state, detail.row.reason


# ---------------------------------------------------------------------------------------------- strangers' answers


async def _awaited(shop: Shop) -> str:
    [invoice] = await sent(shop, "HP-1")
    return invoice


async def _waived(shop: Shop) -> str:
    invoice = await _awaited(shop)
    do(shop, "waive", invoice, reason="paid already")
    return invoice


async def _overdue(shop: Shop, *, negative_only: bool = False) -> str:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    shop.clock.turn(hours=25)
    keeper(shop, negative_only=negative_only).work()
    return invoice


async def _assumed(shop: Shop) -> str:
    return await _overdue(shop, negative_only=True)


async def _superseded(shop: Shop) -> str:
    first = await _awaited(shop)
    again(shop, first)
    return first


async def _accepted(shop: Shop) -> str:
    invoice = await _awaited(shop)
    await answered(shop, an_answer(GOOD))
    return invoice


async def _rejected(shop: Shop) -> str:
    invoice = await _awaited(shop)
    await answered(shop, an_answer(REFUSED))
    return invoice


STANDINGS: dict[str, Callable[[Shop], Awaitable[str]]] = {
    "awaited": _awaited,
    "waived": _waived,
    "overdue": _overdue,
    "assumed_accepted": _assumed,
    "superseded": _superseded,
    "accepted": _accepted,
    "rejected": _rejected,
}

STRANGE: dict[str, dict[str, Any]] = {
    "another partner": {"sender": "BOLTIND"},
    "another partner by our partner's GS id": {"sender": "BOLTIND", "gs_sender": "ACMERETAIL"},
    "to another of ours": {"receiver": "OUROTHER"},
    "as a test": {"usage": "T"},
}


@pytest.mark.parametrize(("state", "written"), [*((state, "997") for state in STANDINGS), ("awaited", "999")])
async def test_whatever_stands_an_answer_of_a_stranger_moves_nothing(shop: Shop, state: str, written: str) -> None:
    invoice = await STANDINGS[state](shop)
    shop.clock.turn(hours=1)
    before = everything(shop), shop.kinds(invoice)

    told = [
        why(shop, answer)
        for strange in STRANGE.values()
        for lines in (GOOD, REFUSED)
        for answer in await answered(shop, an_answer(lines, kind=written, **strange))
    ]

    for strange in STRANGE.values():
        await answered(shop, an_answer(ta1=a_ta1("R", "009"), **strange))

    assert (everything(shop), shop.kinds(invoice)) == before
    ta1s = shop.all(RECEIVED_ACKNOWLEDGEMENT, RECEIVED_ACKNOWLEDGEMENT.c.kind == "TA1")
    assert [row.outbound_interchange_id for row in ta1s] == [None] * len(STRANGE)
    assert {one for one, _ in told} == {"held"}
    assert all(words.startswith("an acknowledgement of something we have not sent: group IN 1") for _, words in told)


async def test_a_group_number_that_two_partners_share_is_answered_by_each_for_itself(shop: Shop) -> None:
    [ours] = await sent(shop, "HP-1")
    [theirs] = await sent(shop, "HP-2", **BOLT)
    assert [row.control_number for row in shop.all(OUTBOUND_GROUP)] == [1, 1]

    await answered(shop, an_answer(REFUSED))
    await answered(shop, an_answer(GOOD, sender="BOLTIND", gs_sender="ACMERETAIL"), partner="bolt")

    assert (standing(shop, ours)[0], standing(shop, theirs)[0]) == ("rejected", "accepted")


# ---------------------------------------------------------------------------------------------- what contradicts itself

TWICE = ("AK2*810*0001", "AK5*A", "AK2*810*0001", "AK5*R*5")


@pytest.mark.parametrize("written", ["997", "999"])
@pytest.mark.parametrize(
    "lines",
    [TWICE, TWICE[2:] + TWICE[:2], ("AK2*810*1", "AK5*R*5", "AK2*810*0001", "AK5*E")],
    ids=["accepted first", "rejected first", "without zeros"],
)
async def test_a_set_that_is_accepted_and_rejected_in_one_answer_is_rejected(
    shop: Shop, lines: tuple[str, ...], written: str
) -> None:
    twice, other = await sent(shop, "HP-1", "HP-2")

    [answer] = await answered(shop, an_answer(("AK1*IN*1", *lines, "AK9*P*2*2*1"), kind=written))

    assert (standing(shop, twice)[0], standing(shop, other)[0]) == ("rejected", "awaited")
    state, words = why(shop, answer)
    assert state == "held"
    assert "it is not in order itself: 810" in words
    assert "is answered twice: rejected, and not rejected; but group IN 1" in words


@pytest.mark.parametrize(
    ("lines", "words", "after"),
    [
        (("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK1*IN*2", "AK9*A*1*1*1"), "", "awaited"),
        (("AK1*IN*1", "AK9*A*1*1*1", "AK9*R*1*1*0"), "", "awaited"),
        (("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK9*A*1*1*1", "AK2*810*0001", "AK5*R*5"), "", "rejected"),
        (("AK1*IN*1", "AK5*A", "AK9*A*1*1*1"), "", "awaited"),
        (("AK1*IN*1", "AK9*A*1*1*-1"), "AK903 and AK904 do not count sets", "awaited"),
        (("AK1*IN*1", "AK9*A*1*0*1"), "AK904 says 1 sets were accepted of 0 received", "awaited"),
    ],
)
async def test_an_answer_that_is_broken_itself_accepts_nothing_of_either_group(
    shop: Shop, lines: tuple[str, ...], words: str, after: str
) -> None:
    first, second = [*await sent(shop, "HP-1"), *await sent(shop, "HP-2")]

    for written in ("997", "999"):
        [answer] = await answered(shop, an_answer(lines, kind=written))
        state, told = why(shop, answer)
        assert (state, told.partition(":")[0]) == ("held", "an acknowledgement that accepts nothing")
        assert f"it is not in order itself: {words}" in told

    assert (standing(shop, first)[0], standing(shop, second)[0]) == (after, "awaited")


# ---------------------------------------------------------------------------------------------- late and out of turn


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waived", ", after it was waived"),
        ("overdue", ", after its time"),
        ("assumed_accepted", ", after it was assumed to be accepted"),
    ],
)
@pytest.mark.parametrize(("lines", "after"), [(GOOD, "accepted"), (REFUSED, "rejected")])
async def test_a_true_answer_counts_however_late_and_says_what_was_thought_before(
    shop: Shop, state: str, words: str, lines: tuple[str, ...], after: str
) -> None:
    invoice = await STANDINGS[state](shop)
    shop.clock.turn(days=1)

    [answer] = await answered(shop, an_answer(lines))

    assert standing(shop, invoice)[0] == after
    assert why(shop, answer)[0] == "reconciled"
    assert shop.all(EVENT, EVENT.c.subject == invoice)[-1].why.endswith(words)


@pytest.mark.parametrize("state", ["waived", "assumed_accepted", "overdue"])
async def test_what_accepts_wrongly_leaves_what_a_person_or_the_clock_said(shop: Shop, state: str) -> None:
    invoice = await STANDINGS[state](shop)
    before = everything(shop), shop.kinds(invoice)

    for wrong in ("AK9*A*2*2*2", "AK9*P*1*1*0", "AK9*Q*1*1*1"):
        await answered(shop, an_answer(("AK1*IN*1", wrong)))

    assert (everything(shop), shop.kinds(invoice)) == before


async def test_the_same_file_again_after_a_waiver_is_a_duplicate_and_moves_nothing(shop: Shop) -> None:
    first, second = await sent(shop, "HP-1", "HP-2")
    data = an_answer(("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK9*P*2*2*1"))
    await answered(shop, data)
    do(shop, "waive", second, reason="their 997 is cut")
    before = everything(shop), shop.kinds(first), shop.kinds(second)
    shop.clock.turn(hours=1)

    await answered(shop, data)

    assert (everything(shop), shop.kinds(first), shop.kinds(second)) == before


async def test_an_answer_older_than_ninety_days_is_about_nothing_and_the_newer_group_is_left_alone(shop: Shop) -> None:
    [old] = await sent(shop, "HP-1")
    shop.clock.turn(days=90, minutes=1)
    [new] = await sent(shop, "HP-2")

    told = [why(shop, one) for lines in (GOOD, REFUSED) for one in await answered(shop, an_answer(lines))]

    assert [standing(shop, one)[0] for one in (old, new)] == ["awaited", "awaited"]
    assert {state for state, _ in told} == {"held"}


# ---------------------------------------------------------------------------------------------- answers to answers


async def test_an_answer_to_an_answer_of_ours_is_kept_and_troubles_nobody(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    before = everything(shop), shop.kinds(invoice)

    good = ("AK1*FA*1", "AK2*997*0001", "AK5*A", "AK9*A*1*1*1")
    refused = ("AK1*FA*1", "AK2*997*0001", "AK5*R*5", "AK9*R*1*1*0")
    flawed = ("AK1*FA*1", "AK9*A*1*1*2")
    answers = [an_answer(good), an_answer(good, kind="999"), an_answer(refused), an_answer(flawed)]
    told = [why(shop, one) for data in answers for one in await answered(shop, data)]

    words = "an acknowledgement of an acknowledgement, group FA 1 to ZZ/ACMERETAIL: X12 has none, nobody waits for it"
    assert (everything(shop), shop.kinds(invoice)) == before
    assert [state for state, _ in told] == ["reconciled", "reconciled", "held", "held"]
    assert all(one.startswith(words) for _, one in told)


# ---------------------------------------------------------------------------------------------- without end


async def test_a_hundred_thousand_loops_are_written_in_one_short_transaction_and_a_short_row(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1")
    before = everything(shop), shop.kinds(invoice)
    many = [line for n in range(2, 99_950) for line in (f"AK2*810*{n:06}", "AK5*R*5")]
    data = an_answer(("AK1*IN*1", *many, "AK9*P*99948*99948*0"))
    outcome = opened(shop, await shop.arrived(data), data)

    began = time.monotonic()
    shop.journal.record_processed([outcome])
    took = time.monotonic() - began

    [kept] = shop.all(RECEIVED_ACKNOWLEDGEMENT)
    assert (everything(shop), shop.kinds(invoice)) == before
    assert took < 3  # some 0.2 s
    assert len(json.dumps(kept.detail)) < 200_000
    detail = shop.questions.document(kept.document_id)
    assert detail is not None
    assert "it answers 99948 sets, and no group of ours has as many" in detail.row.reason
    assert len(detail.said) <= 51


async def test_five_thousand_ta1s_for_nothing_of_ours_move_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    before = everything(shop), shop.kinds(invoice)
    flood = "~".join(a_ta1("R", "009", number=f"{n:09}") for n in range(2, 5_002))
    data = an_answer(ta1=flood)
    outcome = opened(shop, await shop.arrived(data), data)

    began = time.monotonic()
    shop.journal.record_processed([outcome])

    assert time.monotonic() - began < 10  # some 2 s
    assert (everything(shop), shop.kinds(invoice)) == before
    assert len(shop.all(RECEIVED_ACKNOWLEDGEMENT)) == 5_000


# ---------------------------------------------------------------------------------------------- TA1


@pytest.mark.parametrize("statuses", ["AR", "RA", "ER"])
async def test_of_ta1s_in_one_file_that_contradict_each_other_the_refusal_stands(shop: Shop, statuses: str) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)

    await answered(shop, an_answer(ta1="~".join(a_ta1(one, "009") for one in statuses)))

    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 == "rejected"
    assert standing(shop, invoice)[0] == "rejected"


async def test_a_ta1_that_is_ninety_days_late_moves_nothing(shop: Shop) -> None:
    [invoice] = await sent(shop, "HP-1", ta1_requested=True)
    shop.clock.turn(days=91)

    await answered(shop, an_answer(ta1=a_ta1("R", "009")))

    assert standing(shop, invoice)[0] == "awaited"
    assert shop.all(OUTBOUND_INTERCHANGE)[0].ta1 in ("", "awaited")
