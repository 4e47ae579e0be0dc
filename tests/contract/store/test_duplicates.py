"""The same interchange again: harmless with the same bytes, set aside with others, decided by one key."""

import asyncio
import dataclasses
from collections import Counter
from typing import Any

import pytest

from gateway.errors import UsageError
from gateway.pipeline.stage import TransmissionOutcome
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, EVENT, INTERCHANGE, INTERCHANGE_KEY, TRANSMISSION
from tests.contract.store.shop import Shop, an_interchange


async def test_the_same_bytes_again_deliver_nothing_and_offer_the_stored_answer_again(shop: Shop) -> None:
    await shop.processed(an_interchange())
    first = shop.mail("outbound")[0]
    shop.mailbox.remove("acme", "outbound", first.name)

    again = await shop.processed(an_interchange())

    offered = shop.mail("outbound")
    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "duplicate"]
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 1
    assert [(entry.name, entry.content.sha256, entry.state) for entry in offered] == [
        (first.name, first.content.sha256, "ready")
    ]
    assert shop.mail("archive") == []
    assert shop.all(TRANSMISSION)[1].state == "processed"
    assert shop.questions.transmission(again.id).acknowledgements[0]["offers"] == "2"  # type: ignore[union-attr]


async def test_an_answer_whose_entry_is_gone_is_offered_again_all_the_same(shop: Shop) -> None:
    await shop.processed(an_interchange())
    name = shop.mail("outbound")[0].name
    shop.mailbox.remove("acme", "outbound", name)
    shop.mailbox.remove("acme", "archive", name)

    await shop.processed(an_interchange())

    entry = shop.mailbox.entry("acme", "outbound", name)
    assert entry is not None
    assert entry.content.inline is not None


async def test_a_copy_by_another_channel_is_answered_where_it_came(shop: Shop) -> None:
    await shop.processed(an_interchange())
    (first,) = shop.mail("outbound")
    shop.mailbox.remove("acme", "outbound", first.name)

    copy = await shop.processed(an_interchange(), channel="acme-hub")

    (offered,) = shop.mail("outbound", "acme-hub")
    row = shop.questions.transmission(copy.id)
    assert row is not None
    assert (offered.content.sha256, offered.state) == (first.content.sha256, "ready")
    assert [(one["channel"], one["name"]) for one in row.acknowledgements] == [("acme-hub", offered.name)]
    assert shop.mail("outbound") == []
    assert [entry.name for entry in shop.mail("archive")] == [first.name]
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 1


async def test_an_answer_offered_in_two_channels_is_picked_up_and_asked_for_in_each(shop: Shop) -> None:
    first = await shop.processed(an_interchange())
    await shop.processed(an_interchange(), channel="acme-hub")
    (there,) = shop.mail("outbound", "acme-hub")
    shop.mailbox.fetched("acme-hub", there)
    shop.mailbox.remove("acme-hub", "outbound", there.name)

    await shop.processed(an_interchange(), channel="acme-hub")

    assert [(entry.name, entry.state) for entry in shop.mail("outbound", "acme-hub")] == [(there.name, "ready")]
    assert shop.mail("archive", "acme-hub") == []
    assert [entry.state for entry in shop.mail("outbound")] == ["ready"]
    (answer,) = shop.questions.transmission(first.id).acknowledgements  # type: ignore[union-attr]
    assert (answer["channel"], answer["offers"]) == ("acme", "3")


async def test_an_answer_never_takes_the_name_of_another_in_the_channel_of_the_copy(shop: Shop) -> None:
    await shop.processed(an_interchange())
    await shop.processed(an_interchange(usage="T"), channel="acme-hub")
    (other,) = shop.mail("outbound", "acme-hub")
    assert other.name == shop.mail("outbound")[0].name

    await shop.processed(an_interchange(), channel="acme-hub")

    contents = {entry.name: entry.content.sha256 for entry in shop.mail("outbound", "acme-hub")}
    assert len(contents) == 2
    assert contents[other.name] == other.content.sha256


async def test_copies_of_one_batch_are_answered_in_each_of_their_channels(shop: Shop) -> None:
    channels = ("acme", "acme-hub", "acme-http")
    ids = [await shop.arrived(an_interchange(), channel=channel) for channel in channels]

    shop.journal.record_processed([shop.opened(one) for one in ids])

    mail = [shop.mail("outbound", channel) for channel in channels]
    assert [len(one) for one in mail] == [1, 1, 1]
    assert len({entry.content.sha256 for entries in mail for entry in entries}) == 1
    offers = [row.detail["channel"] for row in _events(shop) if row.kind == "acknowledgement.offered"]
    assert sorted(offers) == sorted(channels)


async def test_where_all_answers_of_a_partner_go_they_go_again(shop: Shop) -> None:
    await shop.processed(an_interchange())
    outcome = shop.opened(await shop.arrived(an_interchange(), channel="acme-hub"))
    agreed = tuple(dataclasses.replace(one, acknowledge_to="acme") for one in outcome.interchanges)

    shop.journal.record_processed([dataclasses.replace(outcome, interchanges=agreed)])

    assert shop.mail("outbound", "acme-hub") == []
    assert len(shop.mail("outbound")) == 1
    assert shop.all(ACKNOWLEDGEMENT)[0].offers == 2


async def test_the_same_number_with_other_bytes_is_quarantined_without_answer(shop: Shop) -> None:
    await shop.processed(an_interchange())

    await shop.processed(an_interchange(order="9999"))

    row = shop.all(TRANSMISSION)[1]
    assert row.state == "quarantined"
    assert "other bytes" in row.reason
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 1


async def test_after_the_window_the_number_is_free(shop: Shop) -> None:
    await shop.processed(an_interchange())
    shop.clock.turn(days=91)

    await shop.processed(an_interchange(order="9999"))

    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "accepted"]
    assert shop.all(INTERCHANGE_KEY)[0].seen_at == shop.means.now()


async def test_within_the_window_it_is_not(shop: Shop) -> None:
    await shop.processed(an_interchange())
    shop.clock.turn(days=89)

    await shop.processed(an_interchange())

    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "duplicate"]


async def test_production_and_test_have_numbers_of_their_own(shop: Shop) -> None:
    await shop.processed(an_interchange())
    await shop.processed(an_interchange(usage="T"))

    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "accepted"]


async def test_of_two_in_one_batch_the_first_wins(shop: Shop) -> None:
    ids = [await shop.arrived(an_interchange()) for _ in range(2)] + [await shop.arrived(an_interchange(order="99"))]

    shop.journal.record_processed([shop.opened(one) for one in ids])

    found = {row.transmission_id: row.state for row in shop.all(INTERCHANGE)}
    assert [found[one] for one in ids] == ["accepted", "duplicate", "quarantined"]
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 1


async def test_of_two_in_one_file_the_first_wins(shop: Shop) -> None:
    await shop.processed(an_interchange() + an_interchange())

    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "duplicate"]
    assert len(shop.all(DOCUMENT)) == 1


async def test_of_two_nodes_at_the_same_time_one_wins_and_nothing_is_answered_twice(shop: Shop, opened: Any) -> None:
    nodes = [shop, Shop(dataclasses.replace(shop.means, database=opened(), node="two"))]
    numbers = [f"{number:09}" for number in range(1, 31)]
    batches = []
    for node, order in zip(nodes, (numbers, numbers[::-1]), strict=True):
        receipts = await node.receive(*(node.parcel(an_interchange(number)) for number in order))
        batches.append([node.opened(receipt.transmission_id) for receipt in receipts])

    await asyncio.gather(
        *(asyncio.to_thread(node.journal.record_processed, batch) for node, batch in zip(nodes, batches, strict=True))
    )

    assert Counter(row.state for row in shop.all(INTERCHANGE)) == {"accepted": 30, "duplicate": 30}
    assert len(shop.all(DOCUMENT)) == 30
    assert sorted(row.interchange_number for row in shop.all(ACKNOWLEDGEMENT)) == list(range(1, 31))


async def test_a_released_one_takes_the_number_over_and_is_answered(shop: Shop) -> None:
    await shop.processed(an_interchange())
    other = await shop.processed(an_interchange(order="9999"))

    shop.operator.release(other.id, reason="corrected", who="operator/kim")
    shop.journal.record_processed([shop.opened(other.id)])

    key = shop.all(INTERCHANGE_KEY)[0]
    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "released", "accepted"]
    assert key.transmission_id == other.id
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 2
    assert shop.work("process")[-1] == ("process", [[other.id]])


async def test_a_release_says_who_and_why(shop: Shop) -> None:
    await shop.processed(an_interchange())
    other = await shop.processed(an_interchange(order="9999"))

    shop.operator.release(other.id, reason="corrected", who="operator/kim")

    row = shop.journal.received([other.id])[0]
    event = next(one for one in _events(shop) if one.kind == "transmission.released")
    assert row.released
    assert (event.who, event.why, event.subject) == ("operator/kim", "corrected", other.id)


async def test_what_went_through_before_a_release_is_not_written_twice(shop: Shop) -> None:
    await shop.processed(an_interchange("000000002"))
    mixed = await shop.processed(an_interchange("000000001") + an_interchange("000000002", order="9999"))

    shop.operator.release(mixed.id, reason="corrected", who="operator/kim")
    shop.journal.record_processed([shop.opened(mixed.id)])

    states = [(row.ordinal, row.state) for row in shop.all(INTERCHANGE, INTERCHANGE.c.transmission_id == mixed.id)]
    assert sorted(states) == [(1, "accepted"), (2, "accepted"), (2, "released")]
    assert len(shop.all(DOCUMENT)) == len(shop.all(ACKNOWLEDGEMENT)) == 3


async def test_what_is_not_quarantined_cannot_be_released(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange())

    with pytest.raises(UsageError, match="nothing of it is quarantined"):
        shop.operator.release(outcome.id, reason="looked at", who="operator/kim")
    with pytest.raises(UsageError, match="no transmission 'NOSUCH'"):
        shop.operator.release("NOSUCH", reason="looked at", who="operator/kim")
    document = outcome.interchanges[0].documents[0].id
    with pytest.raises(UsageError, match=f"{document} is a document; it came in transmission {outcome.id}"):
        shop.operator.release(document, reason="looked at", who="operator/kim")


async def test_a_release_without_a_reason_is_refused(shop: Shop) -> None:
    await shop.processed(an_interchange())
    other = await shop.processed(an_interchange(order="9999"))

    with pytest.raises(UsageError, match="a reason is needed"):
        shop.operator.release(other.id, reason=" ", who="operator/kim")
    assert shop.all(TRANSMISSION)[1].state == "quarantined"


async def test_a_dead_transmission_is_read_again_when_a_person_says_so(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="dead", reason="our own fault")])

    shop.operator.release(transmission, reason="mended in the next version", who="operator/kim")

    again = shop.journal.received([transmission])
    assert [(one.id, one.crashes, one.released) for one in again] == [(transmission, 0, False)]
    assert "transmission.replayed" in [row.kind for row in _events(shop)]


def _events(shop: Shop) -> Any:
    return shop.all(EVENT)
