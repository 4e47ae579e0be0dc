"""Test data and production data (ISA15): neither ever takes the other's way."""

import pytest

from tests.journeys.bad_input.orders import an_order, fresh, from_acme, group, isa, sealed, segments
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_test_data_under_a_production_agreement_goes_to_the_test_destination(road: Road) -> None:
    became = await road.send("acme-sftp", from_acme(an_order("USE-1"), usage="T"))

    assert became.states == ["delivered"]
    assert became.document.row.destination == "erp-test"
    assert [(one["business_number"], one["stage"]) for one in became.erp] == [("USE-1", "test")]
    assert segments(became.answers["997"])[0][15] == "T"
    assert became.told == ["A"]


async def test_test_and_production_interchanges_have_numbers_of_their_own(road: Road) -> None:
    number = fresh()
    production = await road.send("acme-sftp", from_acme(an_order("USE-2"), number=number))
    test = await road.send("acme-sftp", from_acme(an_order("USE-3"), number=number, usage="T"))

    assert production.states == test.states == ["delivered"]
    assert [one["stage"] for one in (*production.erp, *test.erp)] == ["production", "test"]


async def test_test_data_without_a_test_destination_is_held(road: Road) -> None:
    became = await road.send("acme-sftp", from_acme(an_order("USE-4"), usage="T", receiver="ZZ/COVESUPPLY"))

    assert became.states == ["held"]
    assert became.document.row.reason == "ISA15 is T, acme/orders has no test_destination"
    assert became.told == ["A"]
    assert segments(became.answers["997"])[0][15] == "T"
    assert became.erp == []


async def test_production_data_under_an_agreement_in_test_is_held(road: Road) -> None:
    orders = group(an_order("USE-5"), sender="FIRHARDWARE")
    became = await road.send("fir-sftp", sealed(isa(fresh(), sender="ZZ/FIRHARDWARE"), orders))

    assert became.states == ["held"]
    assert became.document.row.reason.startswith("ISA15 is P, fir/orders is in test")
    assert became.told == ["A"]
    assert became.erp == []


async def test_test_data_under_an_agreement_in_test_goes_to_the_test_destination(road: Road) -> None:
    orders = group(an_order("USE-6"), sender="FIRHARDWARE")
    became = await road.send("fir-sftp", sealed(isa(fresh(), sender="ZZ/FIRHARDWARE", usage="T"), orders))

    assert became.states == ["delivered"]
    assert [one["stage"] for one in became.erp] == ["test"]


async def test_neither_test_nor_production_is_held(road: Road) -> None:
    became = await road.send("acme-sftp", from_acme(an_order("USE-7"), usage="I"))

    assert became.states == ["held"]
    assert "neither P nor T" in became.document.row.reason
    assert became.erp == []
