"""The same interchange again, and another under its number."""

import asyncio

import pytest

from gateway.errors import NotInOrder, UsageError
from tests.journeys.bad_input.orders import an_order, fresh, from_acme, group, isa, sealed
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")

ACME = "acme-sftp"


async def test_the_same_bytes_again_are_answered_with_the_stored_acknowledgement_and_delivered_once(road: Road) -> None:
    content = from_acme(an_order("DUP-1"))
    first = await road.send(ACME, content)
    (offered,) = first.transmission.acknowledgements
    await (await road.session(ACME)).remove(f"/outbound/{offered['name']}")
    assert offered["name"] not in await road.names(ACME, "outbound")

    again = await road.send(ACME, content)

    (offered_again,) = again.transmission.acknowledgements
    assert again.answers == first.answers
    assert (offered_again["id"], offered_again["offers"]) == (offered["id"], "2")
    assert again.transmission.interchanges[0]["state"] == "duplicate"
    assert first.transmission.id in again.transmission.interchanges[0]["reason"]
    assert "with the same bytes" in again.transmission.interchanges[0]["reason"]
    assert again.documents == []
    assert len(road.envelopes(first.document.row.id)) == 1
    assert len([one for one in road.sandbox.stored if one.business_number == "DUP-1"]) == 1


async def test_the_same_bytes_by_another_channel_are_answered_there_and_still_delivered_once(road: Road) -> None:
    content = from_acme(an_order("DUP-2"))
    first = await road.send(ACME, content)
    again = await road.send("harbor-hub", content)

    (offered,) = again.transmission.acknowledgements
    assert offered["channel"] == "harbor-hub"
    assert offered["name"] in await road.names("harbor-hub", "outbound")
    assert again.answers == first.answers
    assert again.transmission.interchanges[0]["state"] == "duplicate"
    assert len([one for one in road.sandbox.stored if one.business_number == "DUP-2"]) == 1


async def test_the_same_interchange_twice_in_one_file_is_delivered_once(road: Road) -> None:
    content = from_acme(an_order("DUP-3"))
    became = await road.send(ACME, content + b"\n" + content)

    assert [one["state"] for one in became.transmission.interchanges] == ["accepted", "duplicate"]
    assert became.states == ["delivered"]
    assert len(became.erp) == 1
    assert {one["kind"] for one in became.transmission.acknowledgements} == {"997"}


async def test_a_refused_interchange_again_gets_its_stored_ta1(road: Road) -> None:
    content = from_acme(an_order("DUP-4"), receiver="ZZ/SOMEONEELSE")
    first = await road.send(ACME, content)
    again = await road.send(ACME, content)

    assert again.answers == first.answers
    assert set(again.answers) == {"TA1"}
    assert again.transmission.interchanges[0]["state"] == "duplicate"


async def test_other_bytes_under_the_same_number_are_quarantined_until_released(road: Road) -> None:
    number = fresh()
    first = await road.send(ACME, from_acme(an_order("DUP-5"), number=number))
    before = await road.names(ACME, "outbound")
    corrected = from_acme(an_order("DUP-6"), number=number)
    held = await road.send(ACME, corrected)

    assert held.state == "quarantined"
    assert f"ISA13 {number} came before" in held.transmission.reason
    assert first.transmission.id in held.transmission.reason
    assert "with other bytes: release it" in held.transmission.reason
    assert held.documents == []
    assert held.answers == {}
    assert await road.names(ACME, "outbound") == before
    assert not [one for one in road.sandbox.stored if one.business_number == "DUP-6"]

    await asyncio.to_thread(
        road.gateway.memory.operator.release, held.transmission.id, reason="ACME confirmed by telephone", who="dana"
    )
    released = await road.settled(transmission_id=held.transmission.id)

    assert released.state == "processed"
    assert released.transmission.reason == ""
    assert released.states == ["delivered"]
    assert released.told == ["A"]
    assert [envelope["business_number"] for envelope in released.erp] == ["DUP-6"]
    whys = {event.kind: (event.who, event.why) for event in released.document.events}
    assert "document.delivered" in whys

    # Whoever sends again what was released meets the answer to that, and what it took the number from is the other.
    again = await road.send(ACME, corrected)
    assert again.transmission.interchanges[0]["state"] == "duplicate"
    assert again.answers == released.answers
    assert len([one for one in road.sandbox.stored if one.business_number == "DUP-6"]) == 1


async def test_in_a_file_of_several_only_the_quarantined_interchange_waits_for_its_release(road: Road) -> None:
    number = fresh()
    await road.send(ACME, from_acme(an_order("DUP-7"), number=number))
    content = from_acme(an_order("DUP-8")) + from_acme(an_order("DUP-9"), number=number)
    held = await road.send(ACME, content)

    assert held.state == "quarantined"
    assert [one["state"] for one in held.transmission.interchanges] == ["accepted", "quarantined"]
    assert held.states == ["delivered"]

    await asyncio.to_thread(road.gateway.memory.operator.release, held.transmission.id, reason="checked", who="dana")
    released = await road.settled(transmission_id=held.transmission.id)

    assert released.states == ["delivered", "delivered"]
    assert sorted(envelope["business_number"] for envelope in released.erp) == ["DUP-8", "DUP-9"]
    assert len(released.transmission.acknowledgements) == 2


async def test_what_is_not_quarantined_cannot_be_released(road: Road) -> None:
    became = await road.send(ACME, from_acme(an_order("DUP-10")))

    with pytest.raises(UsageError, match="nothing of it is quarantined"):
        await asyncio.to_thread(road.gateway.memory.operator.release, became.transmission.id, reason="x", who="dana")


async def test_a_stranger_that_is_released_without_becoming_a_partner_is_quarantined_again(road: Road) -> None:
    stranger = sealed(isa(fresh(), sender="ZZ/NOBODYWEKNOW"), group(an_order("DUP-11")))
    held = await road.send(ACME, stranger)
    release = road.gateway.memory.operator.release
    with pytest.raises(NotInOrder, match=r"would be quarantined again.*unknown sender"):
        await asyncio.to_thread(release, held.transmission.id, reason="try", who="dana")
    await asyncio.to_thread(release, held.transmission.id, reason="try", who="dana", anyway=True)
    again = await road.settled(transmission_id=held.transmission.id)

    assert again.state == "quarantined"
    assert "unknown sender" in again.transmission.reason
    assert again.answers == {}
    assert again.documents == []
