"""What we push: laid out with what it holds, taken in hand before it is tried, and told as it went."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from gateway.ledger.carrying import CARRYING as LIFE
from gateway.pipeline.outbound.send import (
    BY_THE_CLOCK,
    Carriage,
    Carried,
    CarryOutcome,
    Verdict,
    Way,
    decide,
    put_off,
)
from gateway.store.carrying_book import CarryingBook
from gateway.store.database import Database
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CARRYING,
    CONTENT,
    EVENT,
    MAILBOX_ENTRY,
    OUTBOUND_INTERCHANGE,
)
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop, an_interchange

CARRIED = Carriage(kind="carried")
DOWN = Carriage(kind="retry", detail="connection refused")
CUT = Carriage(kind="unknown", detail="the line was cut")
NO = Carriage(kind="refused", detail="decryption-failed", receipt=b"MDN: failed", disposition="processed/error")


def decided(shop: Shop, file: Carried, carriage: Carriage) -> CarryOutcome:
    """What follows from a try, with the longest of the possible delays."""
    return decide(file, carriage, BY_THE_CLOCK, now=shop.means.now(), random=0.999)


def tried(shop: Shop, carriage: Carriage, *, trip: bool = False, channel: str = "acme") -> Sequence[Carried]:
    """Take what waits, and say that each came to this."""
    files = shop.carryings.take(channel, most=16)
    shop.carryings.record_sent(channel, [decided(shop, one, carriage) for one in files], trip=trip)
    return files


def the_row(shop: Shop, **where: Any) -> Any:
    """The one row of `carrying`."""
    [row] = shop.all(CARRYING, *(CARRYING.c[name] == value for name, value in where.items()))
    return row


def kinds(shop: Shop, subject: str) -> list[str]:
    """Kinds of events of one subject, in order."""
    return [row.kind for row in shop.all(EVENT, EVENT.c.subject == subject)]


def another(shop: Shop, opened: Callable[[], Database], node: str = "other") -> CarryingBook:
    """Another process on the same database."""
    return CarryingBook(replace(shop.means, database=opened(), node=node))


# ---------------------------------------------------------------------------------------------- laid out


async def test_what_goes_by_a_channel_we_push_through_waits_to_be_carried_and_lies_in_no_folder(shop: Shop) -> None:
    document = await to_carry(shop, lane="urgent", usage="T")

    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    row = the_row(shop)
    assert (row.kind, row.subject, row.channel, row.via) == ("interchange", interchange.id, "acme", "acme")
    assert (row.state, row.attempts, row.doubt, row.in_hand_by) == ("waiting", 0, False, None)
    assert (row.name, row.sha256, row.size) == (interchange.name, interchange.sha256, interchange.size)
    assert (row.partner, row.lane, row.usage, row.message_id) == ("acme", 0, "T", f"{row.id}-1")
    assert shop.all(MAILBOX_ENTRY) == []
    assert shop.work("send") == [("send", ["acme"])]
    assert (shop.state(document), interchange.state) == ("sealed", "offered")


async def test_what_partners_fetch_lies_in_their_folder_and_is_not_carried(shop: Shop) -> None:
    await handed_in(shop, "HP-1")

    sealed(shop)

    assert shop.all(CARRYING) == []
    assert len(shop.mail("outbound")) == 1
    assert shop.work("send") == []


async def test_an_answer_to_a_partner_we_push_to_is_carried_in_the_urgent_lane(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(), push=True)

    [answer] = shop.all(ACKNOWLEDGEMENT)
    row = the_row(shop)
    assert (row.kind, row.subject, row.lane, row.transmission_id) == ("acknowledgement", answer.id, 0, outcome.id)
    assert shop.mail("outbound") == []
    assert shop.work("send") == [("send", ["acme"])]


# ---------------------------------------------------------------------------------------------- carried


async def test_what_the_other_side_has_is_sent_with_its_documents(shop: Shop) -> None:
    document = await to_carry(shop)
    shop.clock.turn(seconds=5)

    [file] = tried(shop, CARRIED)

    [interchange] = shop.all(OUTBOUND_INTERCHANGE)
    row = the_row(shop)
    assert (file.channel, file.name, file.again) == ("acme", interchange.name, False)
    assert b"".join(shop.means.blobs.chunks(file.content)).startswith(b"ISA*")
    assert (row.state, row.attempts, row.taken_at, row.in_hand_by) == ("carried", 1, shop.means.now(), None)
    assert (interchange.state, interchange.carried_at) == ("carried", shop.means.now())
    assert shop.state(document) == "sent"
    assert kinds(shop, interchange.id) == ["carrying.waits", "sending.offered", "carrying.carried", "sending.carried"]
    assert shop.kinds(document)[-1] == "document.sent"


async def test_an_answer_that_is_there_is_told_of_in_its_row(shop: Shop) -> None:
    await shop.processed(an_interchange(), push=True)

    tried(shop, CARRIED)

    [answer] = shop.all(ACKNOWLEDGEMENT)
    assert (answer.state, answer.carried_at) == ("carried", shop.means.now())
    assert kinds(shop, answer.id)[-2:] == ["carrying.carried", "acknowledgement.carried"]


async def test_the_most_urgent_goes_first_and_a_batch_is_bounded(shop: Shop) -> None:
    for number, lane in (("HP-1", "bulk"), ("HP-2", "urgent"), ("HP-3", "normal")):
        await to_carry(shop, number, lane=lane, agreement=f"acme/{lane}")

    first = shop.carryings.take("acme", most=2)
    rest = shop.carryings.take("acme", most=2)

    assert [one.lane for one in first] == [0, 1]
    assert [one.lane for one in rest] == [2]
    assert shop.carryings.take("acme", most=2) == []


async def test_a_file_that_failed_is_tried_again_after_its_delay_and_not_before(shop: Shop) -> None:
    await to_carry(shop)

    tried(shop, DOWN)

    row = the_row(shop)
    assert (row.state, row.attempts, row.reason, row.doubt) == ("waiting", 1, "connection refused", False)
    assert row.next_at > shop.means.now() + timedelta(seconds=4)
    assert shop.delays("send") == [0.0, 5.0]
    assert kinds(shop, row.subject)[-1] == "carrying.deferred"
    assert shop.carryings.take("acme", most=1) == []
    shop.clock.turn(seconds=5)
    [again] = shop.carryings.take("acme", most=1)
    assert (again.attempts, again.again, again.message_id) == (1, False, row.message_id)


async def test_what_may_be_there_already_is_tried_with_again_under_the_same_message_id(shop: Shop) -> None:
    await to_carry(shop)
    [first] = tried(shop, CUT)
    shop.clock.turn(seconds=6)

    [second] = tried(shop, DOWN)
    shop.clock.turn(seconds=20)
    [third] = shop.carryings.take("acme", most=1)

    assert [one.again for one in (first, second, third)] == [False, True, True]
    assert {one.message_id for one in (first, second, third)} == {first.message_id}


async def test_a_refusal_waits_for_a_person_with_the_receipt_kept(shop: Shop) -> None:
    document = await to_carry(shop)

    tried(shop, NO)

    row = the_row(shop)
    assert (row.state, row.reason, row.disposition) == ("refused", "decryption-failed", "processed/error")
    kept = shop.all(CONTENT, CONTENT.c.sha256 == row.answer)
    assert [one.body for one in kept] == [b"MDN: failed"]
    assert shop.state(document) == "sealed"
    assert shop.all(OUTBOUND_INTERCHANGE)[0].state == "offered"


async def test_a_file_is_given_up_when_its_time_is_over(shop: Shop) -> None:
    await to_carry(shop)
    shop.clock.turn(hours=73)

    tried(shop, DOWN)

    row = the_row(shop)
    assert row.state == "given_up"
    assert "given up after 1 attempts" in row.reason
    assert kinds(shop, row.subject)[-1] == "carrying.given-up"


async def test_what_is_only_put_off_spends_no_attempt_and_is_no_event(shop: Shop) -> None:
    await to_carry(shop)
    opens = shop.means.now() + timedelta(hours=2)
    [file] = shop.carryings.take("acme", most=1)

    shop.carryings.record_sent("acme", [put_off(file, opens, "closed")])

    row = the_row(shop)
    assert (row.attempts, row.first_tried_at, row.next_at, row.reason) == (0, None, opens, "closed")
    assert shop.delays("send")[-1] == 7200.0
    assert "carrying.deferred" not in kinds(shop, row.subject)


# ---------------------------------------------------------------------------------------------- in hand


async def test_what_is_in_hand_is_nobody_elses(shop: Shop, opened: Callable[[], Database]) -> None:
    await to_carry(shop)
    other = another(shop, opened)

    mine = shop.carryings.take("acme", most=1)

    assert len(mine) == 1
    assert other.take("acme", most=1) == []
    assert the_row(shop).in_hand_by.startswith("one ")


async def test_a_node_in_its_next_life_takes_up_at_once_what_it_had_in_hand(shop: Shop) -> None:
    await to_carry(shop)
    shop.carryings.take("acme", most=1)

    [file] = CarryingBook(shop.means).take("acme", most=1)

    assert file.again is True


async def test_what_a_dead_node_had_in_hand_is_taken_over_after_a_time_and_asked_for_first(
    shop: Shop, opened: Callable[[], Database]
) -> None:
    await to_carry(shop)
    shop.carryings.take("acme", most=1)
    other = another(shop, opened)
    shop.clock.turn(minutes=29)
    assert other.take("acme", most=1) == []

    shop.clock.turn(minutes=2)

    [file] = other.take("acme", most=1)
    assert file.again is True


async def test_a_node_that_is_known_dead_is_not_waited_for(shop: Shop, opened: Callable[[], Database]) -> None:
    await to_carry(shop)
    shop.carryings.take("acme", most=1)
    other = another(shop, opened)

    assert other.put_down("one") == 1

    assert shop.work("send")[-1] == ("send", ["acme"])
    [file] = other.take("acme", most=1)
    assert file.again is True
    assert other.put_down("on") == 0


async def test_who_was_taken_over_writes_nothing_but_that_it_is_there(
    shop: Shop, opened: Callable[[], Database]
) -> None:
    await to_carry(shop)
    [slow] = shop.carryings.take("acme", most=1)
    other = another(shop, opened)
    shop.clock.turn(minutes=31)
    other.take("acme", most=1)

    shop.carryings.record_sent("acme", [decided(shop, slow, NO)])
    held = the_row(shop)
    shop.carryings.record_sent("acme", [decided(shop, slow, CARRIED)])

    assert (held.state, held.in_hand_by.partition(" ")[0]) == ("waiting", "other")
    assert the_row(shop).state == "carried"


# ---------------------------------------------------------------------------------------------- receipts


def awaiting(shop: Shop, minutes: int = 30) -> Carriage:
    """Taken; the receipt is due in so many minutes."""
    return Carriage(kind="awaiting", notes={"mic": "abc"}, answer_due_at=shop.means.now() + timedelta(minutes=minutes))


async def test_a_receipt_that_comes_later_says_that_it_is_there(shop: Shop) -> None:
    document = await to_carry(shop)
    [file] = tried(shop, awaiting(shop))
    assert (the_row(shop).state, shop.state(document)) == ("awaiting", "sealed")

    found = shop.carryings.awaited(file.message_id)
    said = shop.carryings.settle(
        file.message_id, Verdict(kind="carried", receipt=b"signed MDN", disposition="processed")
    )

    row = the_row(shop)
    assert found is not None
    assert (found.id, found.channel, found.state, found.notes) == (file.id, "acme", "awaiting", {"mic": "abc"})
    assert (said, row.state, row.disposition, row.answered_at) == ("settled", "carried", "processed", shop.means.now())
    assert [one.body for one in shop.all(CONTENT, CONTENT.c.sha256 == row.answer)] == [b"signed MDN"]
    assert shop.state(document) == "sent"


async def test_row_14_a_receipt_that_is_replayed_changes_nothing(shop: Shop) -> None:
    await to_carry(shop)
    [file] = tried(shop, awaiting(shop))
    shop.carryings.settle(file.id, Verdict(kind="carried"))
    before = shop.all(EVENT)

    assert shop.carryings.settle(file.message_id, Verdict(kind="carried")) == "known"
    assert shop.carryings.settle(file.message_id, Verdict(kind="refused")) == "known"

    assert (the_row(shop).state, shop.all(EVENT)) == ("carried", before)


async def test_row_14_a_receipt_for_nothing_of_ours_or_for_what_was_never_tried_counts_for_nothing(shop: Shop) -> None:
    await to_carry(shop)

    assert shop.carryings.awaited("somebody-elses") is None
    assert shop.carryings.settle("somebody-elses", Verdict(kind="carried")) == "nothing"
    assert shop.carryings.settle(the_row(shop).message_id, Verdict(kind="carried")) == "nothing"
    assert the_row(shop).state == "waiting"


async def test_a_receipt_may_overtake_the_answer_of_the_door(shop: Shop) -> None:
    await to_carry(shop)
    [file] = shop.carryings.take("acme", most=1)
    assert shop.carryings.settle(file.message_id, Verdict(kind="carried")) == "settled"

    shop.carryings.record_sent("acme", [decided(shop, file, awaiting(shop))])

    assert the_row(shop).state == "carried"


async def test_an_overdue_receipt_has_the_file_sent_again_under_the_same_message_id(shop: Shop) -> None:
    await to_carry(shop)
    [first] = tried(shop, awaiting(shop))
    assert shop.delays("send")[-1] == 1800.0
    assert shop.carryings.take("acme", most=1) == []

    shop.clock.turn(minutes=30)
    [second] = shop.carryings.take("acme", most=1)

    assert (second.message_id, second.again, second.notes) == (first.message_id, True, {"mic": "abc"})
    assert kinds(shop, first.subject)[-1] == "carrying.overdue"


async def test_a_receipt_counts_however_late_it_comes(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, CUT)
    shop.clock.turn(hours=80)
    [file] = tried(shop, CUT)
    assert the_row(shop).state == "given_up"

    assert shop.carryings.settle(file.message_id, Verdict(kind="carried")) == "settled"

    assert (the_row(shop).state, shop.state(document)) == ("carried", "sent")


async def test_what_a_door_notes_is_there_at_the_next_try(shop: Shop) -> None:
    await to_carry(shop)
    [file] = shop.carryings.take("acme", most=1)
    shop.carryings.note(file.id, {"mic": "abc"})
    shop.carryings.note(file.id, {"staged": "x"})

    [again] = CarryingBook(shop.means).take("acme", most=1)

    assert again.notes == {"mic": "abc", "staged": "x"}
    with pytest.raises(ValueError, match="payload"):
        shop.carryings.note(file.id, {"body": "x" * 20_000})


# ---------------------------------------------------------------------------------------------- asked for again


async def test_a_second_copy_of_an_interchange_has_the_stored_answer_carried_again(shop: Shop) -> None:
    await shop.processed(an_interchange(), push=True)
    [first] = tried(shop, CARRIED)

    await shop.processed(an_interchange(), push=True)

    row = the_row(shop)
    assert (row.state, row.attempts, row.message_id) == ("waiting", 0, f"{row.id}-2")
    [again] = shop.carryings.take("acme", most=1)
    assert (again.content.sha256, again.name, again.again) == (first.content.sha256, first.name, False)
    [answer] = shop.all(ACKNOWLEDGEMENT)
    assert (answer.state, answer.offers) == ("offered", 2)


async def test_an_answer_on_its_way_is_not_begun_anew_by_a_copy(shop: Shop) -> None:
    await shop.processed(an_interchange(), push=True)
    tried(shop, DOWN)
    before = the_row(shop)

    await shop.processed(an_interchange(), push=True)

    assert the_row(shop) == before


async def test_a_copy_by_another_channel_is_answered_where_it_came(shop: Shop) -> None:
    await shop.processed(an_interchange())
    assert len(shop.mail("outbound")) == 1

    await shop.processed(an_interchange(), channel="acme-folder", push=True)

    row = the_row(shop)
    assert (row.channel, row.name) == ("acme-folder", f"acme-997-000000001-{row.subject}.x12")
    assert len(shop.mail("outbound")) == 1


# ---------------------------------------------------------------------------------------------- channels that are down


async def test_a_channel_that_trips_is_paused_for_all_and_probed(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, DOWN, trip=True)
    shop.clock.turn(minutes=1)

    await to_carry(shop, "HP-2")

    assert shop.work("probe_channel") == [("probe_channel", ["acme", 0])]
    assert shop.work("send") == [("send", ["acme"])]
    assert shop.carryings.take("acme", most=16) == []
    assert len(shop.carryings.take("acme", most=16, probing=True)) == 2
    assert kinds(shop, "acme") == ["channel.paused"]


async def test_a_channel_that_works_again_sends_whatever_waits(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, DOWN, trip=True)
    shop.carryings.channel_probe_failed("acme", 1, 3.0)

    shop.carryings.resume_channel("acme")

    assert shop.delays("probe_channel") == [1.0, 3.0]
    assert shop.work("send")[-1] == ("send", ["acme"])
    assert len(shop.carryings.take("acme", most=16)) == 1
    assert kinds(shop, "acme") == ["channel.paused", "channel.resumed"]


async def test_what_waits_for_a_channel_that_stays_down_goes_another_way_and_comes_back(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, DOWN, trip=True)
    ways = {"acme": Way("acme-folder", 60)}
    shop.clock.turn(minutes=59)
    assert shop.carryings.reroute("acme", ways) == 0

    shop.clock.turn(minutes=1)
    moved = shop.carryings.reroute("acme", ways)
    row = the_row(shop)
    shop.carryings.resume_channel("acme")

    assert (moved, row.channel, row.via) == (1, "acme", "acme-folder")
    assert "acme has been down since 2026-03-02 12:00 UTC" in row.reason
    assert ("send", ["acme-folder"]) in shop.work("send")
    assert the_row(shop).via == "acme"
    assert [kind for kind in kinds(shop, row.subject) if kind == "carrying.rerouted"] == ["carrying.rerouted"] * 2


async def test_when_the_second_way_is_down_too_files_wait_for_their_own(shop: Shop) -> None:
    ways = {"acme": Way("acme-folder", 60)}
    await to_carry(shop)
    tried(shop, DOWN, trip=True)
    shop.clock.turn(hours=1)
    shop.carryings.reroute("acme", ways)
    tried(shop, DOWN, trip=True, channel="acme-folder")

    moved = shop.carryings.reroute("acme", ways)

    row = the_row(shop)
    assert (moved, row.via, row.reason) == (0, "acme", "acme-folder is down too")
    assert shop.carryings.reroute("acme", ways) == 0


async def test_what_may_have_gone_through_does_not_go_another_way(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, CUT, trip=True)
    shop.clock.turn(hours=2)

    assert shop.carryings.reroute("acme", {"acme": Way("acme-folder", 60)}) == 0

    assert the_row(shop).via == "acme"


async def test_a_channel_that_works_gives_nothing_away(shop: Shop) -> None:
    await to_carry(shop)

    assert shop.carryings.reroute("acme", {"acme": Way("acme-folder", 1)}) == 0


# ---------------------------------------------------------------------------------------------- the sweep


async def test_what_no_work_knows_of_is_taken_up_by_the_sweep(shop: Shop) -> None:
    await to_carry(shop)
    shop.clock.turn(minutes=5)

    taken = shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert taken == 1
    assert shop.work("send") == [("send", ["acme"])] * 2


async def test_what_is_in_hand_or_has_a_delay_ahead_is_not_forgotten(shop: Shop) -> None:
    await to_carry(shop)
    await to_carry(shop, "HP-2")
    [file] = shop.carryings.take("acme", most=1)
    shop.clock.turn(minutes=5)
    [other] = shop.carryings.take("acme", most=1)
    shop.carryings.record_sent("acme", [put_off(other, shop.means.now() + timedelta(hours=1), "")])

    assert shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1)) == 0
    assert file.id != other.id


async def test_a_receipt_that_nobody_woke_for_is_found_overdue_by_the_sweep(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, awaiting(shop))
    shop.clock.turn(hours=1)

    assert shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1)) == 1


async def test_a_probe_that_was_lost_is_revived(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, DOWN, trip=True)
    shop.clock.turn(minutes=5)

    assert shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1)) == 1

    assert shop.work("probe_channel") == [("probe_channel", ["acme", 0])] * 2


# ---------------------------------------------------------------------------------------------- whatever happens


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_every_move_is_lawful_and_every_file_is_sent_once(
    shop: Shop, opened: Callable[[], Database], seed: int
) -> None:
    random, books = Random(seed), [shop.carryings, another(shop, opened)]
    for number in range(3):
        await to_carry(shop, f"HP-{number}")
    for _ in range(60):
        book = random.choice(books)
        files = book.take("acme", most=2, probing=random.random() < 0.2)
        said = [random.choice((CARRIED, DOWN, CUT, NO, awaiting(shop, 3))) for _ in files]
        if random.random() < 0.7:
            outcomes = [decided(shop, one, carriage) for one, carriage in zip(files, said, strict=True)]
            book.record_sent("acme", outcomes, trip=random.random() < 0.2)
        for one in files:
            if random.random() < 0.2:
                book.settle(one.message_id, Verdict(kind=random.choice(("carried", "refused"))))
        if random.random() < 0.3:
            book.resume_channel("acme")
        shop.clock.turn(minutes=random.choice((0, 1, 5, 40)))

    with shop.means.database.reading() as connection:
        moves = connection.execute(select(EVENT).where(EVENT.c.kind.like("carrying.%")).order_by(EVENT.c.number)).all()
    told = {event for to in LIFE.moves.values() for event in to.values()}
    assert {one.kind for one in moves} <= told
    for row in shop.all(CARRYING):
        assert kinds(shop, row.subject).count("sending.carried") == (row.state == "carried")
