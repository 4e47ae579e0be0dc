"""Parts of a document of ours wait for each other, and go out as one: once, all of them, or those a person lets go."""

import dataclasses
import threading
from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import UsageError
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.stage import OutboundOutcome, Part
from gateway.pipeline.stage import TransmissionOutcome
from gateway.store import processed
from gateway.store.means import Transaction
from gateway.store.tables import CANONICAL, DOCUMENT, OUTBOUND_PART, UNSEALED_SET
from tests.contract.store.sending import SYSTEM, sealed, translated
from tests.contract.store.shop import Shop

GROUP = "a" * 64


def waiting(id_: str, number: int, of: int = 3, group: str = GROUP) -> OutboundOutcome:
    """What translating makes of a part by itself."""
    part = Part(number=number, of=of, key=f"00{number}", group=group)
    return replace(translated(id_, "PO-1"), state="collected", terms=None, segments=(), part=part, reason="waits")


async def a_part(shop: Shop, number: int, *, again: str = "", group: str = GROUP) -> str:
    """The id of a part that was handed in."""
    key = f"part-{group[:1]}-{number}{again}"
    transmission = await shop.arrived(key.encode(), channel=SYSTEM, door="intake", message_id=key)
    outcome = waiting(document_id(transmission), number, group=group)
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="processed", outbound=(outcome,))])
    return outcome.id


def together(shop: Shop, leader: str, **changes: object) -> OutboundOutcome:
    """What translating makes of a leader and its others."""
    [document] = shop.journal.collected([leader])
    assert document.together
    part = waiting(leader, 1).part
    others = tuple(one.id for one in document.others)
    return replace(translated(leader, "PO-1"), part=part, combined=others, **changes)  # type: ignore[arg-type]


def reasons(shop: Shop) -> dict[str, tuple[str, str]]:
    return {row.id: (row.state, row.reason) for row in shop.all(DOCUMENT)}


async def test_parts_say_how_many_of_them_are_here_and_nothing_is_sent(shop: Shop) -> None:
    first, second = await a_part(shop, 1), await a_part(shop, 2)

    said = ("collected", "waits for its other parts (2 of 3 here)")
    assert reasons(shop) == {first: said, second: said}
    assert (shop.work("collect"), shop.work("seal"), shop.all(UNSEALED_SET)) == ([], [], [])
    detail = shop.questions.document(second)
    assert detail is not None
    assert detail.row.part == "2/3 002"
    assert shop.kinds(second) == ["document.collected"]


async def test_a_part_that_waits_is_not_taken_for_one_that_was_forgotten(shop: Shop) -> None:
    first = await a_part(shop, 1)
    shop.clock.turn(days=3)

    assert shop.journal.requeue_stranded(shop.means.now()) == 0

    assert shop.work("collect") == []
    [document] = shop.journal.collected([first])
    assert (document.together, document.others) == (False, ())


async def test_the_last_part_lets_all_go_as_one(shop: Shop) -> None:
    third, first, second = await a_part(shop, 3), await a_part(shop, 1), await a_part(shop, 2)

    assert shop.work("collect") == [("collect", [[first]])]
    [document] = shop.journal.collected([first])
    assert document.together
    assert [(one.id, one.content) for one in document.others] == [(second, b"part-a-2"), (third, b"part-a-3")]

    shop.journal.record_collected([together(shop, first)])
    sealed(shop)

    assert reasons(shop) == {
        first: ("sealed", ""),
        second: ("combined", f"goes out as {first}, with all parts"),
        third: ("combined", f"goes out as {first}, with all parts"),
    }
    assert shop.kinds(second) == ["document.collected", "document.combined"]
    assert len(shop.mail("outbound")) == 1


async def test_what_is_recorded_twice_goes_out_once(shop: Shop) -> None:
    first, second, third = [await a_part(shop, number) for number in (1, 2, 3)]
    mine, theirs = together(shop, first), together(shop, second)

    shop.journal.record_collected([mine, theirs])
    shop.journal.record_collected([theirs])
    shop.journal.record_collected([mine])

    assert [shop.state(one) for one in (first, second, third)] == ["translated", "combined", "combined"]
    assert [row.document_id for row in shop.all(UNSEALED_SET)] == [first]


async def test_parts_of_another_document_are_nothing_to_these(shop: Shop) -> None:
    await a_part(shop, 1)
    await a_part(shop, 2)
    other = await a_part(shop, 3, group="b" * 64)

    assert shop.work("collect") == []
    assert reasons(shop)[other] == ("collected", "waits for its other parts (1 of 3 here)")


async def test_a_part_that_is_handed_in_again_takes_the_place_of_the_one_that_waits(shop: Shop) -> None:
    wrong = await a_part(shop, 2)
    shop.clock.turn(minutes=1)
    right = await a_part(shop, 2, again="-corrected")
    shop.clock.turn(minutes=1)
    first, third = await a_part(shop, 1), await a_part(shop, 3)

    assert reasons(shop)[wrong] == ("superseded", f"the same part was handed in again as {right}")
    [document] = shop.journal.collected([first])
    assert [one.id for one in document.others] == [right, third]


async def test_a_person_lets_parts_go_without_those_that_are_missing(shop: Shop) -> None:
    first, second = await a_part(shop, 1), await a_part(shop, 2)

    words = shop.operator.release(second, reason="store 003 is closed", who="ann")

    assert words == f"2 of 3 parts go out as {first}, without the others"
    assert shop.work("collect") == [("collect", [[first]])]
    shop.journal.record_collected([together(shop, first)])
    sealed(shop)
    assert [shop.state(one) for one in (first, second)] == ["sealed", "combined"]
    [event] = [one for one in shop.questions.document(second).events if one.kind == "document.replayed"]  # type: ignore[union-attr]
    assert (event.who, event.why, event.detail) == ("ann", "store 003 is closed", {"parts": "1 2", "of": "3"})


async def test_what_waits_for_no_parts_is_not_released(shop: Shop) -> None:
    first, _, _ = [await a_part(shop, number) for number in (1, 2, 3)]
    shop.journal.record_collected([together(shop, first)])

    with pytest.raises(UsageError, match="waits for no other parts"):
        shop.operator.release(first, reason="now", who="ann")


async def test_when_the_whole_is_held_its_parts_wait_until_that_is_replayed(shop: Shop) -> None:
    first, second, third = [await a_part(shop, number) for number in (1, 2, 3)]
    shop.journal.record_collected([together(shop, first, state="held", reason="its parts say different things")])
    shop.clock.turn(days=1)

    assert reasons(shop)[second] == ("collected", "waits for its other parts (2 of 3 here)")
    assert shop.journal.requeue_stranded(shop.means.now()) == 0

    shop.operator.replay(first, mode="current", again=False, reason="the ERP agrees with itself now", who="ann")
    [document] = shop.journal.collected([first])
    assert not document.together
    shop.journal.record_collected([waiting(first, 1)])
    shop.journal.record_collected([together(shop, first)])

    assert [shop.state(one) for one in (first, second, third)] == ["translated", "combined", "combined"]


async def test_what_our_own_code_failed_on_does_not_let_the_others_go_alone(shop: Shop) -> None:
    first, second, _ = [await a_part(shop, number) for number in (1, 2, 3)]

    shop.journal.record_collected([OutboundOutcome(id=first, state="dead", reason="a bug")])
    shop.clock.turn(days=1)

    assert shop.journal.requeue_stranded(shop.means.now()) == 0
    [document] = shop.journal.collected([second])
    assert not document.together


async def test_the_whole_is_held_and_goes_out_again_with_what_was_combined_in_it(shop: Shop) -> None:
    first, second, third = [await a_part(shop, number) for number in (1, 2, 3)]
    shop.journal.record_collected([together(shop, first)])
    sealed(shop)
    shop.clock.turn(hours=1)

    words = shop.operator.resend(first, mode="current", reason="the partner lost it", who="ann", anyway=True)

    new = words.split()[5].rstrip(",")
    [document] = shop.journal.collected([new])
    assert (document.together, [one.id for one in document.others]) == (True, [second, third])
    part = waiting(new, 1).part
    shop.journal.record_collected([replace(translated(new, "PO-1"), part=part, combined=(second, third))])
    sealed(shop)
    assert [shop.state(one) for one in (first, new, second)] == ["superseded", "sealed", "combined"]
    assert {row.document_id: row.leader for row in shop.all(OUTBOUND_PART)} == {
        first: None,
        new: new,
        second: new,
        third: new,
    }


async def test_another_place_under_the_same_number_is_held_and_takes_nothing_back(shop: Shop) -> None:
    first, second = await a_part(shop, 1), await a_part(shop, 2)
    shop.clock.turn(minutes=1)
    transmission = await shop.arrived(b"store 007", channel=SYSTEM, door="intake", message_id="store-007")
    wrong = waiting(document_id(transmission), 2)
    assert wrong.part is not None
    wrong = replace(wrong, part=replace(wrong.part, key="007"))
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="processed", outbound=(wrong,))])

    third = await a_part(shop, 3)

    assert reasons(shop)[wrong.id] == (
        "held",
        f"part 2 is for '002' already in {second}, and here for '007': number the parts anew",
    )
    assert shop.kinds(wrong.id) == ["document.collected", "document.held"]
    [document] = shop.journal.collected([first])
    assert [one.id for one in document.others] == [second, third]


async def resent(shop: Shop, document: str) -> str:
    """The id of the document that takes its place."""
    words = shop.operator.resend(document, mode="current", reason="the partner lost it", who="ann", anyway=True)
    return words.split()[5].rstrip(",")


async def test_what_is_sent_again_takes_no_part_along_that_came_since(shop: Shop) -> None:
    first, second, third = [await a_part(shop, number) for number in (1, 2, 3)]
    shop.journal.record_collected([together(shop, first)])
    sealed(shop)
    shop.clock.turn(hours=1)
    corrected = [await a_part(shop, number, again="-corrected") for number in (1, 2)]

    new = await resent(shop, first)

    [document] = shop.journal.collected([new])
    assert [one.id for one in document.others] == [second, third]
    shop.journal.record_collected([together(shop, new, state="held", reason="no agreement")])
    shop.operator.replay(new, mode="current", again=False, reason="there is one now", who="ann")
    shop.journal.record_collected([waiting(new, 1)])
    [document] = shop.journal.collected([new])
    assert (document.together, [one.id for one in document.others]) == (True, [second, third])
    last = await a_part(shop, 3, again="-corrected")
    [document] = shop.journal.collected([corrected[0]])
    assert [one.id for one in document.others] == [corrected[1], last]
    assert {shop.state(one) for one in (*corrected, last)} == {"collected"}


async def test_what_went_without_a_part_is_sent_again_without_it(shop: Shop) -> None:
    first = await a_part(shop, 1)
    shop.operator.release(first, reason="the others are closed", who="ann")
    shop.journal.record_collected([together(shop, first)])
    sealed(shop)
    late = await a_part(shop, 2)

    new = await resent(shop, first)

    [document] = shop.journal.collected([new])
    assert (document.together, document.others) == (True, ())
    assert reasons(shop)[late] == ("collected", "waits for its other parts (1 of 3 here)")
    words = shop.operator.release(late, reason="now", who="ann")
    assert words == f"1 of 3 parts go out as {late}, without the others"


async def test_a_part_that_comes_after_others_were_let_go_goes_with_them_and_does_not_hold_them_up(shop: Shop) -> None:
    first = await a_part(shop, 1)
    shop.operator.release(first, reason="the others are closed", who="ann")

    late = await a_part(shop, 2)

    assert reasons(shop) == {
        first: ("collected", "goes out with its other parts"),
        late: ("collected", "waits for its other parts (2 of 3 here)"),
    }
    [document] = shop.journal.collected([first])
    assert (document.together, [one.id for one in document.others]) == (True, [late])
    shop.journal.record_collected([together(shop, first)])
    assert [shop.state(one) for one in (first, late)] == ["translated", "combined"]


async def test_a_part_that_comes_while_the_others_are_written_waits_and_can_be_let_go(shop: Shop) -> None:
    first, second = await a_part(shop, 1), await a_part(shop, 2)
    shop.operator.release(first, reason="the other is closed", who="ann")
    written = together(shop, first)

    late = await a_part(shop, 3)
    shop.journal.record_collected([written])

    assert [shop.state(one) for one in (first, second)] == ["translated", "combined"]
    assert reasons(shop)[late] == ("collected", "waits for its other parts (1 of 3 here)")
    [document] = shop.journal.collected([late])
    assert not document.together
    assert shop.operator.release(late, reason="now", who="ann").startswith("1 of 3 parts go out")


async def test_a_part_that_is_handed_in_again_after_it_was_let_go_goes_in_its_place(shop: Shop) -> None:
    wrong = await a_part(shop, 1)
    shop.operator.release(wrong, reason="the others are closed", who="ann")
    shop.clock.turn(minutes=1)

    right = await a_part(shop, 1, again="-corrected")

    assert [shop.state(one) for one in (wrong, right)] == ["superseded", "collected"]
    [document] = shop.journal.collected([right])
    assert document.together
    assert shop.work("collect") == [("collect", [[wrong]]), ("collect", [[right]])]


async def test_when_what_was_let_go_is_held_the_late_part_waits_with_the_others(shop: Shop) -> None:
    first, second = await a_part(shop, 1), await a_part(shop, 2)
    shop.operator.release(first, reason="the other is closed", who="ann")

    shop.journal.record_collected([together(shop, first, state="held", reason="money")])

    assert reasons(shop)[second] == ("collected", "waits for its other parts (1 of 3 here)")
    [document] = shop.journal.collected([second])
    assert not document.together


async def test_what_is_sent_again_does_not_stop_parts_that_were_let_go_since(shop: Shop) -> None:
    first, _, _ = [await a_part(shop, number) for number in (1, 2, 3)]
    shop.journal.record_collected([together(shop, first)])
    sealed(shop)
    shop.clock.turn(hours=1)
    new = await resent(shop, first)
    corrected = await a_part(shop, 1, again="-corrected")
    shop.operator.release(corrected, reason="only this one", who="ann")

    shop.journal.record_collected([together(shop, new)])

    assert shop.state(new) == "translated"
    [document] = shop.journal.collected([corrected])
    assert (document.together, document.others) == (True, ())


async def test_the_body_that_is_kept_of_the_leader_is_the_whole(shop: Shop) -> None:
    first, second, _ = [await a_part(shop, number) for number in (1, 2, 3)]

    shop.journal.record_collected([together(shop, first, canonical=b'{"whole":true}')])

    bodies = {row.document_id: row.body for row in shop.all(CANONICAL)}
    assert (bodies[first], bodies[second]) == (b'{"whole":true}', b'{"invoice_number":"PO-1"}')


async def test_two_parts_that_come_at_once_by_two_nodes_see_each_other(shop: Shop, opened: Any) -> None:
    await a_part(shop, 1)
    outcomes = []
    for number in (2, 3):
        transmission = await shop.arrived(b"%d" % number, channel=SYSTEM, door="intake", message_id=f"at-once-{number}")
        one = waiting(document_id(transmission), number)
        outcomes.append(TransmissionOutcome(id=transmission, state="processed", outbound=(one,)))
    other = Shop(dataclasses.replace(shop.means, database=opened(), node="two"))
    last = threading.Thread(target=other.journal.record_processed, args=([outcomes[1]],))

    with shop.means.database.begin() as connection:
        processed.record(Transaction(shop.means, connection, shop.means.now()), [outcomes[0]], ())
        last.start()  # the second part is written, and not committed yet
        last.join(timeout=0.3)
    last.join()

    assert len(shop.work("collect")) == 1
    assert {reason for _, reason in reasons(shop).values()} == {"goes out with its other parts"}
