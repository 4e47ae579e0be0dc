"""What partners refused or noted of ours, and we of theirs, is told down to the field, with what hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from gateway.canonical.facts import Facts
from gateway.pipeline.reporting import Asked, Refusal, sheet, sums
from gateway.pipeline.verbs import How, Selection
from gateway.store.reports.refused import StoreRefusals
from gateway.store.tables import DOCUMENT, OUTBOUND_INTERCHANGE
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import Segment
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed, translated
from tests.contract.store.shop import Shop

NOTED = ("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**8", "AK4*3*355*7*EA", "AK5*E*5", "AK9*E*1*1*1")


class Origins:
    """Says where it was asked."""

    def origin(
        self, pins: Mapping[str, str], set_id: str, version: str, segments: Sequence[Segment], place: tuple[int, int]
    ) -> str:
        assert segments[place[0] - 1][0] == "IT1"
        return f"{pins['mapping']} {set_id} {version} {place[0]}-{place[1]}"


def book(shop: Shop) -> StoreRefusals:
    return StoreRefusals(shop.means.database, shop.means.blobs, lambda agreement: f"keeper of {agreement}", Origins())


async def invoice(shop: Shop, number: str = "HP-1", amount: str = "4120.00") -> str:
    document = await handed_in(shop, number, facts=Facts(Decimal(amount), "USD"))
    sealed(shop)
    shop.clock.turn(minutes=30)
    return document


async def test_a_refusal_names_the_field_what_we_sent_there_who_wrote_it_and_what_to_do(shop: Shop) -> None:
    document = await invoice(shop)
    await answered(
        shop, an_answer(("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**8", "AK4*4*212*6*1.25", "AK5*R*5", "AK9*R*1*1*0"))
    )

    [one] = book(shop).refused(Asked())
    [fault] = one.faults

    assert (one.id, one.verdict, one.standing, one.owner) == (document, "rejected", "open", "keeper of acme/invoices")
    assert (one.amount, one.currency, one.business_number) == (Decimal("4120.00"), "USD", "HP-1")
    assert (fault.code, fault.meaning, fault.place, fault.value) == ("AK403:6", "invalid character", "IT1-04", "1.25")
    assert fault.segment == "IT1*1*2*EA*1.25**VN*AB-1"
    assert fault.mapping == "x12/810@1 810 004010 3-4"
    assert "line 1: unit price (IT1-04)" in fault.says
    assert "charset" in fault.to_do


async def test_a_place_that_is_not_in_our_set_is_told_without_our_value(shop: Shop) -> None:
    await invoice(shop)
    await answered(
        shop, an_answer(("AK1*IN*1", "AK2*810*0001", "AK3*PO1*77**8", "AK4*2*330*1", "AK5*R*5", "AK9*R*1*1*0"))
    )

    [fault] = book(shop).refused(Asked())[0].faults

    assert (fault.code, fault.segment, fault.value, fault.mapping) == ("AK403:1", "", None, "")


async def test_a_set_refused_without_a_word_and_one_refused_by_a_ta1_say_what_to_ask(shop: Shop) -> None:
    await invoice(shop)
    await answered(shop, an_answer(("AK1*IN*1", "AK2*810*0001", "AK5*R", "AK9*R*1*1*0")))
    assert "does not say what is wrong" in book(shop).refused(Asked())[0].faults[0].to_do

    other = await invoice(shop, "HP-2")
    sent = shop.all(OUTBOUND_INTERCHANGE)[-1]
    when = f"{sent.sealed_at:%y%m%d}*{sent.sealed_at:%H%M}"
    await answered(shop, an_answer(ta1=f"TA1*{sent.control_number:09}*{when}*R*023"))

    [one] = [each for each in book(shop).refused(Asked()) if each.id == other]
    assert [fault.code for fault in one.faults] == ["TA105:023"]
    assert one.faults[0].meaning == "file ends too early"


async def test_some_of_a_group_that_nobody_names_are_each_refused_in_part(shop: Shop) -> None:
    batch = {"batch_sets": 2, "batch_wait_minutes": 60}
    for number in ("HP-1", "HP-2"):
        await handed_in(shop, number, terms=batch)
    sealed(shop)
    await answered(shop, an_answer(("AK1*IN*1", "AK9*P*2*2*1")))

    found = book(shop).refused(Asked())

    assert [one.verdict for one in found] == ["partially_accepted"] * 2
    assert all("which documents of the group" in one.faults[0].to_do for one in found)


async def test_what_was_sent_in_its_place_and_what_was_waived_is_not_open(shop: Shop) -> None:
    first = await invoice(shop)
    await answered(shop, an_answer(REFUSED))
    shop.operator.resend(first, mode="original", reason="mended", who="ann", anyway=True)
    new = max(row.id for row in shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound"))
    shop.journal.record_collected([translated(new, "HP-1")])
    sealed(shop)

    [one] = book(shop).refused(Asked())

    assert (one.id, one.standing, one.instead, one.instead_is) == (first, "corrected", new, "awaited")
    assert sums([one]).documents == 0


async def test_what_was_overdue_and_waived_was_never_refused(shop: Shop) -> None:
    refused, waiting = await invoice(shop, "HP-1"), await invoice(shop, "HP-2")
    await answered(shop, an_answer(REFUSED))
    for one in (refused, waiting):
        shop.operator.act("waive", Selection(ids=[one]), How(), reason="paid", who="ann")

    found = book(shop).refused(Asked())

    assert [(one.id, one.standing) for one in found] == [(refused, "waived")]


async def test_what_is_open_is_found_behind_any_number_that_is_not(shop: Shop) -> None:
    ids = []
    for day, number in enumerate(("HP-1", "HP-2", "HP-3"), start=1):
        ids.append(await invoice(shop, number))
        if number != "HP-3":
            await answered(shop, an_answer(tuple(line.replace("*IN*1", f"*IN*{day}") for line in REFUSED)))
        shop.clock.turn(hours=1)
    for one in ids[1:]:
        shop.operator.act("waive", Selection(ids=[one]), How(), reason="paid", who="ann")

    assert [one.id for one in book(shop).refused(Asked(open=True), limit=1)] == [ids[0]]
    assert [one.id for one in book(shop).refused(Asked(), limit=1)] == [ids[1]]  # nobody refused the third


async def test_what_is_open_is_nothing_that_was_sent_again(shop: Shop) -> None:
    first = await invoice(shop)
    await answered(shop, an_answer(REFUSED))
    assert [one.id for one in book(shop).refused(Asked(open=True))] == [first]

    shop.operator.resend(first, mode="original", reason="mended", who="ann", anyway=True)

    assert book(shop).refused(Asked(open=True)) == []


async def test_errors_that_a_partner_noted_are_counted_by_code_and_place_and_nothing_good_is(shop: Shop) -> None:
    await invoice(shop, "HP-1")
    await answered(shop, an_answer(NOTED))
    await invoice(shop, "HP-2")
    await answered(shop, an_answer(tuple(line.replace("AK1*IN*1", "AK1*IN*2") for line in GOOD)))

    assert [one.business_number for one in book(shop).noted(Asked())] == ["HP-1"]
    assert book(shop).refused(Asked()) == []


async def test_what_we_found_in_theirs_is_the_other_direction(shop: Shop) -> None:
    fault = Finding(
        level="element", code="AK403:1", effect=Effect.REJECT, message="PO102: missing", segment="PO1", element=2
    )
    noise = replace(fault, code="W:total", effect=Effect.WARN)
    [document] = await shop.documents(findings=(fault, noise), state="rejected")
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().values(told="R"))

    [one] = book(shop).found(Asked())

    assert (one.id, one.verdict) == (document, "refused by us")
    assert [each.code for each in one.faults] == ["AK403:1"]
    assert one.faults[0].to_do == "the partner: send it"


async def test_only_what_was_answered_in_the_days_and_of_the_partner_is_told_the_newest_first(shop: Shop) -> None:
    ids = []
    for day, number in enumerate(("HP-1", "HP-2"), start=1):
        ids.append(await invoice(shop, number))
        await answered(shop, an_answer(tuple(line.replace("*IN*1", f"*IN*{day}") for line in REFUSED)))
        shop.clock.turn(hours=24)

    def asked(**wanted: object) -> list[str]:
        return [one.id for one in book(shop).refused(Asked(**wanted))]  # type: ignore[arg-type]

    assert asked() == ids[::-1]
    assert asked(since=shop.clock() - timedelta(hours=30)) == ids[1:]
    assert asked(until=shop.clock() - timedelta(hours=30)) == ids[:1]
    assert asked(partner="bolt") == asked(set_id="856") == asked(usage="T") == []


async def test_money_stands_once_for_each_document_however_many_faults_it_has(shop: Shop) -> None:
    await invoice(shop)
    two = ("AK4*2*358*1", "AK4*3*355*7*EA")
    await answered(shop, an_answer((*REFUSED[:3], *two, *REFUSED[4:])))
    found: Sequence[Refusal] = book(shop).refused(Asked())

    rows = sheet(found).values()

    assert [row["amount"] for row in rows] == [Decimal("4120.00"), None]
    assert sums(found).money == {"USD": Decimal("4120.00")}


async def test_bytes_that_are_gone_leave_the_sentence(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    await answered(shop, an_answer(REFUSED))
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().values(byte_offset=10_000_000))

    [one] = book(shop).refused(Asked())

    assert one.faults[0].says
    assert one.faults[0].value is None


async def test_what_is_contested_as_business_is_open_too_and_stands_once_when_it_was_refused_before(shop: Shop) -> None:
    contested, both = await invoice(shop, "HP-1"), await invoice(shop, "HP-2")
    await answered(shop, an_answer(tuple(line.replace("*IN*1", "*IN*2") for line in REFUSED)))
    words = "disputed: wrong price, IT1 element 4"
    with shop.means.database.begin() as connection:
        said = {"business": "disputed", "business_at": shop.clock() + timedelta(hours=1), "business_words": words}
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id.in_([contested, both])).values(**said))

    found = book(shop).refused(Asked())

    assert [(one.id, one.verdict, one.standing) for one in found] == [
        (contested, "disputed", "open"),
        (both, "rejected", "open"),
    ]
    assert found[0].faults[0].says == words
    assert sums(found).documents == 2
