"""One faulty set, one unmapped code, one file of many parts: what is good goes through, what is not says why."""

import pytest

from tests.journeys.bad_input.orders import LINE, an_order, changed, fresh, from_acme, group, isa, named, sealed
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")

ACME = "acme-sftp"
FA_SET = ["ST*997*0001", "AK1*IN*77", "AK9*A*1*1*1", "SE*4*0001"]


async def test_a_missing_mandatory_segment_is_rejected_and_named(road: Road) -> None:
    became = await road.send(ACME, from_acme(an_order("SET-1", without="BEG")))

    assert became.states == ["rejected"]
    assert "BEG" in became.document.row.reason
    assert ["AK3", "BEG", "2", "", "3"] in named(became.answers["997"], "AK3")
    assert became.answer("997", "AK9") == ["R", "1", "1", "0"]
    assert became.document.row.acknowledgement == "R"
    assert became.erp == []


async def test_a_bad_set_between_two_good_ones_stops_only_itself(road: Road) -> None:
    bad = changed(an_order("SET-3", st02="0002"), "BEG", "BEG*00*SA*SET-3")
    became = await road.send(ACME, from_acme(an_order("SET-2"), bad, an_order("SET-4", st02="0003")))

    assert became.states == ["delivered", "rejected", "delivered"]
    assert [document.row.acknowledgement for document in became.documents] == ["A", "R", "A"]
    assert became.told == ["A", "R", "A"]
    assert became.answer("997", "AK9") == ["P", "3", "3", "2"]
    assert named(became.answers["997"], "AK4") == [["AK4", "5", "373", "1"]]
    assert "BEG05" in became.documents[1].row.reason
    assert [envelope["business_number"] for envelope in became.erp] == ["SET-2", "SET-4"]


async def test_an_unmapped_code_is_accepted_held_and_named(road: Road) -> None:
    became = await road.send(ACME, from_acme(an_order("SET-5", lines=[LINE.replace("*EA*", "*AS*")])))

    assert became.told == ["A"]
    assert became.states == ["held"]
    assert "AS" in became.document.row.reason
    assert any(str(finding["code"]).startswith("M:") for finding in became.document.findings)
    assert became.erp == []


async def test_what_the_mapping_refuses_is_dead_with_the_reason(road: Road) -> None:
    became = await road.send(ACME, from_acme(an_order("SET-6", without="REF*IA")))

    assert became.told == ["A"]
    assert became.states == ["dead"]
    assert "vendor_number" in became.document.row.reason
    assert became.erp == []


async def test_several_interchanges_in_one_file_are_answered_and_delivered_one_by_one(road: Road) -> None:
    good, bad, last = fresh(), fresh(), fresh()
    content = b"\r\n".join(
        (
            from_acme(an_order("SET-7"), number=good),
            sealed(isa(bad), group(an_order("SET-8")), iea=f"IEA*9*{bad}"),
            from_acme(an_order("SET-9"), number=last),
        )
    )
    became = await road.send(ACME, content)

    assert became.state == "processed"
    assert became.states == ["delivered", "rejected", "delivered"]
    assert [one["state"] for one in became.transmission.interchanges] == ["accepted", "rejected", "accepted"]
    kinds = sorted(one["kind"] for one in became.transmission.acknowledgements)
    assert kinds == ["997", "997", "TA1"]
    assert [envelope["business_number"] for envelope in became.erp] == ["SET-7", "SET-9"]


async def test_a_stranger_in_a_file_of_several_interchanges_stops_only_itself(road: Road) -> None:
    stranger = sealed(isa(fresh(), sender="ZZ/NOBODYWEKNOW"), group(an_order("SET-10")))
    became = await road.send(ACME, stranger + from_acme(an_order("SET-11")))

    assert [one["state"] for one in became.transmission.interchanges] == ["quarantined", "accepted"]
    assert became.states == ["delivered"]
    assert len(became.transmission.acknowledgements) == 1
    assert [envelope["business_number"] for envelope in became.erp] == ["SET-11"]


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        ("no SE", "023"),
        ("no GE", "023"),
        ("no IEA", "023"),
    ],
)
async def test_a_truncated_interchange_is_refused_as_a_whole(road: Road, fault: str, note: str) -> None:
    number = fresh()
    content = from_acme(an_order("SET-12"), number=number)
    became = await road.send(ACME, content[: content.index(fault.removeprefix("no ").encode() + b"*")])

    assert became.answer("TA1", "TA1") == [number, "260103", "0915", "R", note]
    assert "997" not in became.answers
    assert became.states == ["rejected"]
    assert became.document.row.reason == "its interchange was rejected: the interchange ends without IEA"
    assert became.erp == []


async def test_a_group_without_ge_is_rejected_and_the_next_group_is_not(road: Road) -> None:
    cut = group(an_order("SET-13"))[:-1]
    became = await road.send(ACME, sealed(isa(fresh()), cut, group(an_order("SET-14"), number="2")))

    first, second = named(became.answers["997"], "AK9")
    assert first[1:] == ["R", "1", "1", "0", "3"]
    assert second[1:] == ["A", "1", "1", "1"]
    assert became.states == ["rejected", "delivered"]
    assert [envelope["business_number"] for envelope in became.erp] == ["SET-14"]


async def test_from_a_partner_whose_truncated_files_are_kept_the_whole_sets_are_delivered(road: Road) -> None:
    sets = group(an_order("SET-15"), an_order("SET-16", st02="0002"), sender="GULLSTORES")
    content = sealed(isa(fresh(), sender="ZZ/GULLSTORES"), sets)
    became = await road.send("gull-sftp", content[: content.rindex(b"PO1*")])

    assert became.answer("TA1", "TA1")[3:] == ["E", "023"]
    assert became.told == ["A", "R"]
    assert became.answer("997", "AK9")[0] == "P"
    assert became.states == ["delivered", "rejected"]
    assert [envelope["business_number"] for envelope in became.erp] == ["SET-15"]


async def test_an_acknowledgement_from_a_partner_is_kept_and_never_acknowledged(road: Road) -> None:
    before = await road.names(ACME, "outbound")
    content = sealed(isa(fresh()), group(FA_SET, functional_id="FA"))
    became = await road.send(ACME, content)

    assert became.state == "processed"
    assert became.states == ["held"]
    reason = became.document.row.reason
    assert reason == "an acknowledgement of something we have not sent: group IN 77 to ZZ/ACMERETAIL"
    assert became.answers == {}
    assert await road.names(ACME, "outbound") == before
    assert b"AK9*A*1*1*1~" in became.document.x12


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (group(changed(FA_SET, "SE", "SE*9*0001"), functional_id="FA"), 'SE01 says "9", the set has 4 segments'),
        (group(FA_SET, functional_id="FA", ge="GE*5*1"), 'GE01 says "5", the group has 1 sets'),
        (group(["ST*997*0001", "AK1*IN", "SE*3*0001"], functional_id="FA"), "AK9 is mandatory and missing"),
        (group(["ST*999*0001", "AK1*IN*1", "SE*3*0001"], functional_id="FA"), "cannot be used"),
    ],
    ids=["wrong SE", "wrong GE", "no AK9", "unknown set"],
)
async def test_a_broken_acknowledgement_is_kept_too_because_nobody_is_told(
    road: Road, broken: list[str], said: str
) -> None:
    became = await road.send(ACME, sealed(isa(fresh()), broken))

    assert became.answers == {}
    assert became.states == ["held"]
    assert said in became.document.row.reason


async def test_an_order_in_a_group_of_acknowledgements_is_not_delivered_unanswered(road: Road) -> None:
    became = await road.send(ACME, sealed(isa(fresh()), group(an_order("SET-17"), functional_id="FA")))

    assert became.answers == {}
    assert became.states == ["held"]
    assert became.erp == []


async def test_orders_beside_an_acknowledgement_are_answered_and_delivered(road: Road) -> None:
    groups = group(FA_SET, functional_id="FA"), group(an_order("SET-18"), number="2")
    became = await road.send(ACME, sealed(isa(fresh()), *groups))

    assert became.states == ["held", "delivered"]
    assert became.answer("997", "AK1")[:2] == ["PO", "2"]
    assert became.told == ["A"]
