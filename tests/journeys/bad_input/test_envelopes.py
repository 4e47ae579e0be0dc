"""What cannot be read, is not from whom it says, or not for us: nothing of it is delivered, and it is on record."""

import pytest

from tests.journeys.bad_input.orders import an_order, changed, fresh, from_acme, group, isa, named, sealed
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")

ACME = "acme-sftp"


async def test_what_is_not_x12_gets_an_error_note_and_no_answer(road: Road) -> None:
    became = await road.send(ACME, b"Dear supplier,\nplease find our order attached.\n")

    assert became.state == "refused"
    assert became.transmission.reason.startswith('no ISA: this is not X12, it begins with "Dear supplier,')
    assert became.transmission.reason in became.note
    assert became.transmission.file_name in became.note
    assert became.answers == {}
    assert became.documents == []


async def test_an_isa_that_is_too_short_gets_an_error_note_and_no_answer(road: Road) -> None:
    became = await road.send(ACME, b"ISA*00*ZZ*ACMERETAIL~GS*PO*ACMERETAIL*HARBORPINE~")

    assert became.state == "refused"
    assert "an ISA that cannot be read: fewer than sixteen elements" in became.transmission.reason
    assert became.transmission.reason in became.note
    assert became.answers == {}


async def test_a_broken_isa_behind_a_good_interchange_gets_a_note_and_the_good_one_is_delivered(road: Road) -> None:
    became = await road.send(ACME, from_acme(an_order("ENV-1")) + b"ISA*00*ZZ*ACMERETAIL~GS*PO~")

    assert became.state == "processed"
    assert became.states == ["delivered"]
    assert became.told == ["A"]
    assert "an ISA that cannot be read" in became.transmission.reason
    assert "an ISA that cannot be read" in became.note


async def test_an_unknown_sender_is_quarantined_and_told_nothing(road: Road) -> None:
    before = await road.names(ACME, "outbound"), await road.names(ACME, "error")
    header = isa(fresh(), sender="ZZ/NOBODYWEKNOW", ask="1")
    became = await road.send(ACME, sealed(header, group(an_order("ENV-2"))))

    assert became.state == "quarantined"
    assert became.transmission.reason == "unknown sender ZZ/NOBODYWEKNOW on channel acme-sftp"
    assert became.transmission.interchanges[0]["state"] == "quarantined"
    assert became.documents == []
    assert became.answers == {}
    assert (await road.names(ACME, "outbound"), await road.names(ACME, "error")) == before


async def test_a_sender_that_the_channel_does_not_carry_is_quarantined_and_nobody_is_told(road: Road) -> None:
    before = await road.names(ACME, "outbound"), await road.names("fir-sftp", "outbound")
    header = isa(fresh(), sender="ZZ/FIRHARDWARE", ask="1")
    became = await road.send(ACME, sealed(header, group(an_order("ENV-3"))))

    assert became.state == "quarantined"
    assert became.transmission.reason == "sender ZZ/FIRHARDWARE is fir, which channel acme-sftp does not carry"
    assert became.documents == []
    assert became.answers == {}
    assert (await road.names(ACME, "outbound"), await road.names("fir-sftp", "outbound")) == before


@pytest.mark.parametrize(
    ("receiver", "note", "words"),
    [
        ("ZZ/SOMEONEELSE", "009", "ISA07-08 ZZ/SOMEONEELSE is not an id of ours"),
        ("01/HARBORPINE", "007", "ISA07 '01': HARBORPINE is ours under qualifier ZZ"),
    ],
)
async def test_a_receiver_that_is_not_us_is_refused_with_a_ta1(
    road: Road, receiver: str, note: str, words: str
) -> None:
    number = fresh()
    became = await road.send(ACME, from_acme(an_order("ENV-4"), number=number, receiver=receiver))

    assert became.answer("TA1", "TA1") == [number, "260103", "0915", "R", note]
    assert "997" not in became.answers
    assert became.transmission.interchanges[0]["state"] == "rejected"
    assert became.transmission.interchanges[0]["reason"] == words
    assert became.documents == []


async def test_an_unknown_set_is_rejected_and_the_known_one_beside_it_delivered(road: Road) -> None:
    unknown = ["ST*837*0001", "BHT*0019*00*1", "SE*3*0001"]
    groups = group(an_order("ENV-5")), group(unknown, number="2", functional_id="HC")
    became = await road.send(ACME, sealed(isa(fresh()), *groups))

    assert became.states == ["delivered", "rejected"]
    assert became.documents[1].row.reason == 'we read no 837 in version "004010"'
    assert named(became.answers["997"], "AK5") == [["AK5", "A"], ["AK5", "R", "1"]]
    assert [segment[1:] for segment in named(became.answers["997"], "AK9")] == [
        ["A", "1", "1", "1"],
        ["R", "1", "1", "0", "1"],
    ]
    assert [envelope["business_number"] for envelope in became.erp] == ["ENV-5"]


async def test_a_set_without_agreement_is_rejected(road: Road) -> None:
    header = isa(fresh(), version="00501")
    became = await road.send(ACME, sealed(header, group(an_order("ENV-6"), version="005010")))

    assert became.states == ["rejected"]
    assert became.document.row.reason == "no agreement for 850 in version 005010"
    assert became.answer("997", "AK5") == ["R", "1"]
    assert became.answer("997", "AK9") == ["R", "1", "1", "0"]
    assert became.erp == []


async def test_an_unknown_version_rejects_the_group(road: Road) -> None:
    became = await road.send(ACME, sealed(isa(fresh()), group(an_order("ENV-7"), version="002040")))

    assert became.states == ["rejected"]
    assert became.answer("997", "AK9") == ["R", "1", "1", "0", "2"]
    assert '"002040"' in became.document.row.reason
    assert became.erp == []


async def test_a_good_group_beside_a_group_of_unknown_version_is_delivered(road: Road) -> None:
    good, bad = group(an_order("ENV-8"), number="1"), group(an_order("ENV-9"), number="2", version="002040")
    became = await road.send(ACME, sealed(isa(fresh()), good, bad))

    assert became.states == ["delivered", "rejected"]
    assert [segment[1] for segment in named(became.answers["997"], "AK9")] == ["A", "R"]
    assert [envelope["business_number"] for envelope in became.erp] == ["ENV-8"]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("SE", "SE*90*0002", "4", 'SE01 says "90", the set has 9 segments'),
        ("SE", "SE*9*0009", "3", 'SE02 "0009" is not ST02 "0002"'),
        ("ST", "ST*850*0001", "7", 'ST02 "0001" came before in this group'),
        ("ST", "ST*850*1", "7", 'ST02 "1" is not four to nine letters or digits'),
    ],
)
async def test_a_set_whose_count_or_number_is_wrong_is_rejected_alone(
    road: Road, old: str, new: str, code: str, words: str
) -> None:
    broken = changed(an_order("ENV-11", st02="0002"), old, new)
    became = await road.send(ACME, from_acme(an_order("ENV-10"), broken))

    assert became.states == ["delivered", "rejected"]
    assert became.documents[1].row.reason == words
    good, bad = named(became.answers["997"], "AK5")
    assert good == ["AK5", "A"]
    assert bad[1] == "R"
    assert code in bad[2:]
    assert [envelope["business_number"] for envelope in became.erp] == ["ENV-10"]


@pytest.mark.parametrize(
    ("trailer", "code", "words"),
    [
        ("GE*2*1", "5", 'GE01 says "2", the group has 1 sets'),
        ("GE*1*7", "4", 'GE02 "7" is not GS06 "1"'),
    ],
)
async def test_a_group_whose_count_or_number_is_wrong_is_rejected_as_a_whole(
    road: Road, trailer: str, code: str, words: str
) -> None:
    became = await road.send(ACME, sealed(isa(fresh()), group(an_order("ENV-12"), ge=trailer)))

    assert became.states == ["rejected"]
    assert became.document.row.reason == f"its group was rejected: {words}"
    ak9 = became.answer("997", "AK9")
    assert (ak9[0], ak9[3], ak9[4]) == ("R", "0", code)
    assert became.erp == []


@pytest.mark.parametrize(
    ("trailer", "note", "words"),
    [
        ("IEA*1*999999999", "001", 'IEA02 "999999999" is not ISA13'),
        ("IEA*2*{number}", "021", 'IEA01 says "2", the interchange has 1 groups'),
    ],
)
async def test_an_interchange_whose_count_or_number_is_wrong_is_rejected_with_a_ta1(
    road: Road, trailer: str, note: str, words: str
) -> None:
    number = fresh()
    iea = trailer.format(number=number)
    became = await road.send(ACME, sealed(isa(number), group(an_order("ENV-13")), iea=iea))

    assert became.answer("TA1", "TA1") == [number, "260103", "0915", "R", note]
    assert "997" not in became.answers
    assert became.states == ["rejected"]
    assert words in became.transmission.interchanges[0]["reason"]
    assert "its interchange was rejected" in became.document.row.reason
    assert words in became.document.row.reason
    assert became.erp == []
