"""The HTTP door of a partner: its answers by HTTP, its message ids, and who it may speak for."""

import json

import pytest

from tests.journeys.bad_input.orders import an_order, from_acme, from_bolt
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_an_order_that_came_by_http_is_answered_in_the_mailbox_of_its_channel(road: Road) -> None:
    status, receipt = await road.post("acme-http", from_acme(an_order("HTTP-1")), "acme-1")
    became = await road.settled(transmission_id=receipt["transmission_id"])
    await road.neighbour()

    assert status == 202
    assert (receipt["message_id"], receipt["known"]) == ("acme-1", False)
    assert became.transmission.message_id == "acme-1"
    assert became.states == ["delivered"]
    assert became.told == ["A"]
    assert [one["channel"] for one in became.transmission.acknowledgements] == ["acme-http"]
    _, listed = await road.get("acme-http", "/api/v1/mailbox")
    assert became.transmission.acknowledgements[0]["name"] in [one["name"] for one in json.loads(listed)["items"]]
    assert [envelope["business_number"] for envelope in became.erp] == ["HTTP-1"]


async def test_the_same_message_id_again_is_the_same_transmission(road: Road) -> None:
    content = from_acme(an_order("HTTP-2"))
    first = await road.post("acme-http", content, "acme-2")
    again = await road.post("acme-http", content, "acme-2")
    await road.settled(transmission_id=first[1]["transmission_id"])

    assert (first[0], again[0]) == (202, 202)
    assert again[1] == first[1] | {"known": True}
    assert len([one for one in road.sandbox.stored if one.business_number == "HTTP-2"]) == 1


async def test_the_same_message_id_with_other_content_is_refused_and_not_stored(road: Road) -> None:
    first = await road.post("acme-http", from_acme(an_order("HTTP-3")), "acme-3")
    status, problem = await road.post("acme-http", from_acme(an_order("HTTP-4")), "acme-3")
    became = await road.settled(transmission_id=first[1]["transmission_id"])
    await road.neighbour()

    assert status == 409
    assert problem["type"] == "urn:edi-gateway:problem:conflict"
    assert became.states == ["delivered"]
    assert not [one for one in road.sandbox.stored if one.business_number == "HTTP-4"]


async def test_two_channels_may_use_one_message_id(road: Road) -> None:
    first = await road.post("acme-http", from_acme(an_order("HTTP-5")), "same")
    second = await road.post("bolt-http", from_bolt("HTTP-6"), "same")

    assert (first[0], second[0]) == (202, 202)
    for _, receipt in (first, second):
        assert (await road.settled(transmission_id=receipt["transmission_id"])).states == ["delivered"]


async def test_what_is_not_x12_is_stored_and_asking_for_it_says_why_it_was_refused(road: Road) -> None:
    status, receipt = await road.post("acme-http", b"{}")
    became = await road.settled(transmission_id=receipt["transmission_id"])
    _, shown = await road.get("acme-http", f"/api/v1/transmissions/{became.transmission.id}")

    assert status == 202
    assert json.loads(shown)["state"] == "refused"
    assert json.loads(shown)["reason"] == 'no ISA: this is not X12, it begins with "{}"'
    assert became.answers == {}


async def test_a_sender_that_the_http_channel_does_not_carry_is_quarantined(road: Road) -> None:
    _, receipt = await road.post("bolt-http", from_acme(an_order("HTTP-7")))
    became = await road.settled(transmission_id=receipt["transmission_id"])

    assert became.state == "quarantined"
    assert became.transmission.reason == "sender ZZ/ACMERETAIL is acme, which channel bolt-http does not carry"
    assert became.answers == {}
    assert became.documents == []


async def test_the_same_bytes_by_http_after_sftp_are_delivered_once(road: Road) -> None:
    content = from_acme(an_order("HTTP-8"))
    first = await road.send("acme-sftp", content)
    _, receipt = await road.post("acme-http", content, "acme-8")
    again = await road.settled(transmission_id=receipt["transmission_id"])

    assert again.transmission.interchanges[0]["state"] == "duplicate"
    assert [one["id"] for one in again.transmission.acknowledgements] == [
        one["id"] for one in first.transmission.acknowledgements
    ]
    assert len([one for one in road.sandbox.stored if one.business_number == "HTTP-8"]) == 1
