"""What has to follow an order is known once it came, met by what goes out or comes in, and told once when it is not."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical.facts import NOTHING, Facts
from gateway.errors import UsageError
from gateway.ledger.calendar import ALWAYS, Calendar
from gateway.ledger.deadlines import STANDARD, Due, StandardClocks
from gateway.ledger.promises import Promise
from gateway.pipeline.owed import Wanted, sheet
from gateway.pipeline.stage import TransmissionOutcome
from gateway.pipeline.verbs import How, Selection
from gateway.store.database import Database
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.following_tables import FOLLOWER
from gateway.store.owed import OwedProjector
from gateway.store.owed_answers import FAMILIES, AnswersProjector
from gateway.store.owed_list import StoreOwed
from gateway.store.owed_tables import OWED
from gateway.store.owed_watch import OwedWatch
from gateway.store.tables import EVENT
from tests.contract.store.answers import an_answer, answered
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop, an_interchange

RETAILER = {"855": "24 hours", "856": "2 hours before ship", "810": "1 day after shipment"}


class Agreed:
    """One retailer whose orders we have to answer, ship and bill."""

    def __init__(self, owes: Mapping[str, str] = RETAILER, agreement: str = "acme/orders") -> None:
        self._owes = {agreement: {what: Promise.parse(text) for what, text in owes.items()}}

    def promising(self) -> Sequence[str]:
        return ["acme"]

    def promises(self, agreement: str) -> Mapping[str, Promise]:
        return self._owes.get(agreement, {})

    def calendar(self, partner: str) -> Calendar:
        return ALWAYS

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        return STANDARD[due].after(start, ALWAYS)

    def carried(self, channel: str) -> Sequence[str]:
        return {"acme": ["acme"], "hub": ["acme", "bolt"]}.get(channel, ())

    def keeper(self, partner: str, agreement: str) -> str:
        return f"sales {partner}".rstrip()


def look(shop: Shop, agreed: Agreed | None = None) -> int:
    """Follow what happened, then notice what is over."""
    agreed = agreed or Agreed()
    documents, answers = OwedProjector(agreed), AnswersProjector(agreed)
    Follower(shop.means, "business", [documents]).work()
    Follower(shop.means, "answers", [answers], FAMILIES).work()
    return OwedWatch(shop.means, agreed, documents, answers).work()


def owed(shop: Shop, agreed: Agreed | None = None, **where: str) -> dict[str, tuple[str, str]]:
    """What is owed about documents: set -> state, and the document that met it."""
    look(shop, agreed)
    rows = shop.all(OWED, OWED.c.document_id.is_not(None), *(OWED.c[name] == value for name, value in where.items()))
    return {row.what: (row.state, row.met_by) for row in rows}


async def ordered(
    shop: Shop, number: str = "PO-1", *, control: str = "901", facts: Facts = NOTHING, **body: Any
) -> str:
    """The id of an order that came in."""
    said = {"purpose": "original", "po_number": number, "requested_ship": "2026-03-09"} | body
    [document] = await shop.documents(
        control=f"{int(control):09}", facts=facts, **_about("order.v1", number, said, "acme/orders")
    )
    fetch(shop)  # our 997
    return document


def _about(type_: str, number: str, body: Mapping[str, Any], agreement: str = "") -> dict[str, Any]:
    about = {
        "canonical_type": type_,
        "canonical": json.dumps(body).encode(),
        "search": {"po_number": number},
        "thread": {"order": number},
    }
    return about | ({"agreement": agreement} if agreement else {})


async def sent(shop: Shop, set_id: str, number: str = "PO-1", *, own: str = "", **body: Any) -> str:
    """The id of a document of ours that the partner has fetched."""
    document = await laid_out(shop, set_id, number, own=own, **body)
    fetch(shop)
    return document


async def laid_out(shop: Shop, set_id: str, number: str = "PO-1", *, own: str = "", **body: Any) -> str:
    type_, functional_id = {
        "855": ("order_response.v1", "PR"),
        "856": ("shipment.v1", "SH"),
        "810": ("invoice.v1", "IN"),
    }[set_id]
    terms = {"set_id": set_id, "functional_id": functional_id, "agreement": f"acme/{set_id}"}
    own = own or f"{set_id}-{number}"
    document = await handed_in(shop, own, terms=terms, **_about(type_, number, body))
    sealed(shop)
    return document


def fetch(shop: Shop) -> None:
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)


# ---------------------------------------------------------------------------------------------- owed by us


async def test_an_order_is_owed_an_answer_and_a_notice_and_each_shipment_an_invoice(shop: Shop) -> None:
    await ordered(shop)
    assert owed(shop) == {"855": ("open", ""), "856": ("open", "")}

    answer = await sent(shop, "855")
    notice = await sent(shop, "856")
    assert owed(shop) == {"855": ("met", answer), "856": ("met", notice), "810": ("open", "")}

    invoice = await sent(shop, "810")
    assert owed(shop)["810"] == ("met", invoice)


async def test_what_lies_in_the_mailbox_is_on_its_way_and_meets_nothing_yet(shop: Shop) -> None:
    order = await ordered(shop)
    answer = await laid_out(shop, "855")

    assert owed(shop)["855"] == ("open", "")
    [row] = shop.all(OWED, OWED.c.subject == order, OWED.c.what == "855")
    assert row.coming == answer


async def test_what_the_partner_refused_does_not_meet_anything(shop: Shop) -> None:
    await ordered(shop)
    answer = await sent(shop, "855")
    assert owed(shop)["855"][0] == "met"

    await answered(shop, an_answer(("AK1*PR*2", "AK2*855*0001", "AK5*R*5", "AK9*R*1*1*0")))

    assert owed(shop)["855"] == ("open", "")
    [row] = shop.all(OWED, OWED.c.what == "855")
    assert row.refused == answer

    await sent(shop, "855", own="again")

    assert owed(shop)["855"][0] == "met"
    [row] = shop.all(OWED, OWED.c.what == "855")
    assert row.refused == ""


async def test_what_is_missed_is_told_once_and_kept_as_late_when_it_is_met(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)
    shop.clock.turn(hours=24, seconds=1)

    assert [look(shop) for _ in range(3)] == [1, 0, 0]
    assert shop.kinds(order).count("document.owed-late") == 1

    answer = await sent(shop, "855")

    assert owed(shop)["855"] == ("met", answer)
    [row] = shop.all(OWED, OWED.c.what == "855")
    assert row.met_at > row.due_at
    assert row.missed_at is not None


async def test_what_came_in_the_moment_of_the_deadline_is_never_told_as_missing(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)
    shop.clock.turn(hours=23)
    await sent(shop, "855")
    shop.clock.turn(hours=2)
    agreed = Agreed()

    watch = OwedWatch(shop.means, agreed, OwedProjector(agreed), AnswersProjector(agreed))

    assert watch.work() == 0  # nobody has followed the answer yet
    assert "document.owed-late" not in shop.kinds(order)


async def test_the_event_says_what_is_owed_by_whom_and_who_looks_after_it(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)
    shop.clock.turn(days=2)
    look(shop)

    detail = shop.questions.document(order)
    assert detail is not None
    [event] = [one for one in detail.events if one.kind == "document.owed-late"]
    assert {name: event.detail[name] for name in ("owed", "by", "order", "owner")} == {
        "owed": "855",
        "by": "us",
        "order": "PO-1",
        "owner": "sales acme",
    }


async def test_a_later_ship_date_moves_the_notice_and_it_is_told_again_when_that_is_missed(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)
    shop.clock.turn(days=8)
    look(shop)
    change = {"purpose": "change", "po_number": "PO-1", "requested_ship": "2026-03-16"}
    about = _about("order_change.v1", "PO-1", change, "acme/changes")
    await changed(shop, about)

    look(shop)

    [row] = shop.all(OWED, OWED.c.subject == order, OWED.c.what == "856")
    assert row.due_at == datetime(2026, 3, 16, 22, tzinfo=UTC)
    assert row.missed_at is None
    shop.clock.turn(days=8)
    assert look(shop) == 1


async def changed(shop: Shop, about: dict[str, Any]) -> None:
    outcome = await shop.processed(an_interchange("000000055"), **about, set_id="860")
    assert outcome.interchanges[0].documents[0].set_id == "860"
    fetch(shop)


async def test_a_cancelled_order_is_owed_nothing_more(shop: Shop) -> None:
    await ordered(shop)
    look(shop)
    await changed(shop, _about("order_change.v1", "PO-1", {"purpose": "cancellation"}, "acme/changes"))

    assert owed(shop) == {"855": ("ended", ""), "856": ("ended", "")}
    shop.clock.turn(days=30)
    assert look(shop) == 0


async def test_an_order_is_known_by_its_thread_whatever_people_search_for_it_by(shop: Shop) -> None:
    about = _about("order.v1", "PO-1", {"purpose": "original", "requested_ship": "2026-03-09"}, "acme/orders")

    await shop.documents(control="000000907", **about | {"search": {"purchase_order": "PO-1"}}, business_number="PO-1")

    assert owed(shop) == {"855": ("open", ""), "856": ("open", "")}


async def test_orders_of_others_under_the_same_number_are_theirs(shop: Shop) -> None:
    await ordered(shop)
    await handed_in(shop, "x", terms={"set_id": "855", "partner": "bolt"}, **_about("order_response.v1", "PO-1", {}))
    sealed(shop)
    fetch(shop)

    assert owed(shop)["855"] == ("open", "")


async def test_other_partner_files_set_what_is_open_anew(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)

    look(shop, Agreed({"855": "48 hours"}))

    rows = shop.all(OWED, OWED.c.subject == order)
    assert [(row.what, row.due_at - row.started_at) for row in rows] == [("855", timedelta(hours=48))]


# ---------------------------------------------------------------------------------------------- answers and files


async def test_a_997_of_ours_that_nobody_fetches_is_told_once(shop: Shop) -> None:
    await shop.processed(an_interchange("000000001"))
    look(shop)
    [row] = shop.all(OWED, OWED.c.what == "997")
    shop.clock.turn(hours=25)

    assert [look(shop) for _ in range(2)] == [1, 0]
    fetch(shop)
    look(shop)

    [row] = shop.all(OWED, OWED.c.what == "997")
    assert row.state == "met" and row.met_at > row.due_at


async def test_a_997_that_is_fetched_in_time_leaves_nothing_behind(shop: Shop) -> None:
    await shop.processed(an_interchange("000000001"))
    look(shop)
    fetch(shop)
    look(shop)

    assert shop.all(OWED) == []


async def test_a_file_that_nobody_reads_is_told_once_after_an_hour(shop: Shop) -> None:
    await shop.arrived()
    look(shop)
    shop.clock.turn(hours=1, seconds=1)

    assert [look(shop) for _ in range(2)] == [1, 0]


async def test_a_ta1_that_we_asked_for_is_owed_from_the_pickup_on(shop: Shop) -> None:
    await handed_in(shop, "HP-1", terms={"ta1_requested": True})
    sealed(shop)
    look(shop)
    assert shop.all(OWED) == []

    fetch(shop)
    look(shop)
    [row] = shop.all(OWED)
    assert (row.what, row.owed_by, row.partner) == ("TA1", "partner", "acme")
    shop.clock.turn(hours=25)
    assert [look(shop) for _ in range(2)] == [1, 0]

    await answered(shop, an_answer(ta1="TA1*000000001*260302*1200*A*000"))
    look(shop)

    [row] = shop.all(OWED)
    assert row.state == "met"


# ---------------------------------------------------------------------------------------------- lists and people


def listed(shop: Shop, **wanted: Any) -> list[tuple[str, str]]:
    look(shop)
    things = StoreOwed(shop.means.database, lambda agreement: f"keeper of {agreement}").owed(Wanted(**wanted), limit=10)
    return [(one.what, one.owner) for one in things]


async def test_what_is_due_first_is_listed_first_and_what_has_no_time_last(shop: Shop) -> None:
    await ordered(shop)
    await ordered(shop, "PO-2", control="902", requested_ship="")

    assert [what for what, _ in listed(shop)] == ["855", "855", "856", "856"]
    assert listed(shop, order="PO-2") == [("855", "keeper of acme/orders"), ("856", "keeper of acme/orders")]
    assert listed(shop, by="partner") == []
    assert listed(shop, overdue_at=shop.clock() + timedelta(days=1, seconds=1), what="856") == []
    assert len(listed(shop, overdue_at=shop.clock() + timedelta(days=1))) == 2


async def test_a_shipment_that_is_to_be_billed_is_estimated_from_its_order(shop: Shop) -> None:
    order = await ordered(shop, facts=Facts(Decimal("82.80"), "USD"))
    notice = await sent(shop, "856")
    look(shop)

    [bill] = StoreOwed(shop.means.database, lambda _: "").owed(Wanted(what="810"))
    [answer] = StoreOwed(shop.means.database, lambda _: "").owed(Wanted(what="855"))

    assert (bill.subject, bill.order_id, bill.amount) == (notice, order, None)
    assert (bill.order_amount, bill.order_currency) == (Decimal("82.80"), "USD")
    rows = sheet([answer, bill], shop.clock()).values()
    assert [(row["amount"], row["estimate_from_order"]) for row in rows] == [
        (Decimal("82.80"), None),
        (None, Decimal("82.80")),
    ]


async def test_whoever_an_order_is_assigned_to_looks_after_what_follows_it(shop: Shop) -> None:
    order = await ordered(shop)
    shop.operator.act("assign", Selection(ids=(order,)), How(to="dana"), reason="knows the buyer", who="kim")

    assert listed(shop, what="855") == [("855", "dana")]


async def test_a_document_shows_what_follows_it_and_what_it_met(shop: Shop) -> None:
    order = await ordered(shop)
    answer = await sent(shop, "855")
    look(shop)

    about_order, about_answer = shop.questions.document(order), shop.questions.document(answer)

    assert about_order is not None and [one.what for one in about_order.owed] == ["855", "856"]
    assert about_answer is not None and [one.met_by for one in about_answer.owed] == [answer]


async def test_what_is_waived_is_not_waited_for_and_is_met_all_the_same(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)

    acted = shop.operator.act("waive", Selection(ids=(order,)), How(owed="856"), reason="picked up", who="kim")

    assert acted.entry and owed(shop)["856"] == ("waived", "")
    assert shop.kinds(order)[-1] == "document.owed-waived"
    shop.clock.turn(days=30)
    look(shop)
    assert listed(shop, standing="waived") == [("856", "keeper of acme/orders")]
    assert [one.detail["owed"] for one in events_of(shop, order, "document.owed-late")] == ["855"]

    notice = await sent(shop, "856")
    assert owed(shop)["856"] == ("met", notice)


def events_of(shop: Shop, document: str, kind: str) -> list[Any]:
    detail = shop.questions.document(document)
    assert detail is not None
    return [one for one in detail.events if one.kind == kind]


async def test_only_what_is_owed_can_be_waived(shop: Shop) -> None:
    order = await ordered(shop)
    look(shop)

    with pytest.raises(UsageError, match="no 810 is owed"):
        shop.operator.act("waive", Selection(ids=(order,)), How(owed="810"), reason="x", who="kim")
    assert shop.operator.preview("waive", Selection(partner="acme"), How(owed="855")).count == 1
    assert shop.operator.preview("waive", Selection(partner="acme"), How(owed="810")).count == 0


async def test_an_answer_of_ours_and_a_ta1_are_waived_by_the_documents_they_are_about(shop: Shop) -> None:
    [order] = await shop.documents(control="000000903")
    invoice = await handed_in(shop, "HP-1", terms={"ta1_requested": True, "channel": "other"})
    sealed(shop)
    for entry in shop.mailbox.entries("other", "outbound"):
        shop.mailbox.fetched("other", entry)
    look(shop)

    shop.operator.act("waive", Selection(ids=(order,)), How(owed="997"), reason="told by telephone", who="kim")
    shop.operator.act("waive", Selection(ids=(invoice,)), How(owed="TA1"), reason="they have none", who="kim")

    assert {row.what: row.state for row in shop.all(OWED)} == {"997": "waived", "TA1": "waived"}


async def test_a_missed_pickup_and_a_missed_receipt_are_each_told_once_and_by_their_own_names(shop: Shop) -> None:
    lies = await handed_in(shop, "HP-1")
    sealed(shop)
    goes = await to_carry(shop, "HP-2")
    keeper = StoreDeadlines(shop.means, StandardClocks())
    keeper.work()
    shop.clock.turn(hours=25)

    for _ in range(3):
        keeper.work()

    assert [one.detail["due"] for one in events_of(shop, lies, "document.late")] == ["pickup"]
    assert [one.detail["due"] for one in events_of(shop, goes, "document.late")] == ["receipt"]


# ---------------------------------------------------------------------------------------------- whatever the order


async def test_it_makes_no_difference_how_often_and_when_it_was_looked(shop: Shop) -> None:
    """Looked after every step, and once after all of them by a node that has seen nothing."""
    await laid_out(shop, "855")  # before its order: they overtake each other
    for step in (ordered(shop), sent(shop, "856"), sent(shop, "810"), sent(shop, "856", own="again")):
        await step
        look(shop)
        shop.clock.turn(hours=1)
    step_by_step = shop.all(OWED)
    with shop.means.database.begin() as connection:
        connection.execute(OWED.delete())
        connection.execute(FOLLOWER.delete())

    look(shop)

    assert len(step_by_step) == 4
    assert shop.all(OWED) == step_by_step


def test_nodes_that_look_at_the_same_time_tell_a_thing_once(shop: Shop, opened: Callable[[], Database]) -> None:
    orders = [asyncio.run(ordered(shop, f"PO-{number}", control=str(910 + number))) for number in range(10)]
    nodes = [Shop(replace(shop.means, database=opened(), node=f"node-{number}")) for number in range(3)]
    look(shop)
    shop.clock.turn(days=2)

    with ThreadPoolExecutor(3) as pool:
        noticed = list(pool.map(look, nodes))

    assert sum(noticed) == 10
    assert [shop.kinds(order).count("document.owed-late") for order in orders] == [1] * 10


def test_what_is_waived_while_it_is_reckoned_stays_waived(shop: Shop, opened: Callable[[], Database]) -> None:
    order = asyncio.run(ordered(shop))
    look(shop)
    other = Shop(replace(shop.means, database=opened(), node="two"))

    with ThreadPoolExecutor(2) as pool:
        waived = pool.submit(
            other.operator.act, "waive", Selection(ids=(order,)), How(owed="all"), reason="gone", who="kim"
        )
        for _ in range(5):
            look(shop, Agreed({"855": "48 hours"}))
            look(shop)
        waived.result()

    look(shop)
    assert {row.what: row.state for row in shop.all(OWED) if row.waived_at} != {}
    assert {row.state for row in shop.all(OWED) if row.waived_at} == {"waived"}


async def test_a_decision_is_owed_to_the_partner_who_alone_signs_in_where_the_file_came(shop: Shop) -> None:
    theirs = await shop.arrived()
    anyones = await shop.arrived(an_interchange("000000002"), channel="hub")
    nobodys = await shop.arrived(an_interchange("000000003"), channel="gone")
    for one in (theirs, anyones, nobodys):
        shop.journal.record_processed([TransmissionOutcome(id=one, state="quarantined", reason="who is it")])
    look(shop)

    assert {row.subject: row.partner for row in shop.all(OWED)} == {theirs: "acme", anyones: "", nobodys: ""}
    assert listed(shop, partner="acme") == [("decision", "keeper of acme/")]
    shop.clock.turn(days=3)
    look(shop)
    [late] = [one for one in shop.all(EVENT, EVENT.c.subject == theirs) if "owner" in one.detail]
    assert late.detail["owner"] == "sales acme"


async def test_a_number_that_came_again_with_other_bytes_is_owed_a_decision_about_its_sender(shop: Shop) -> None:
    for data in (an_interchange(), an_interchange(order="9999")):  # a channel of several, and the sender is known
        shop.journal.record_processed([shop.opened(await shop.arrived(data, channel="hub"))])
    look(shop)

    [row] = shop.all(OWED, OWED.c.what == "decision")
    assert row.partner == "acme"


async def test_a_file_that_is_released_has_an_hour_from_then_on(shop: Shop) -> None:
    transmission = await shop.arrived()
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="quarantined", reason="who is it")])
    look(shop)
    shop.clock.turn(days=3)
    assert look(shop) == 1
    shop.operator.release(transmission, reason="asked them", who="kim", anyway=True)

    assert look(shop) == 0
    [row] = shop.all(OWED, OWED.c.what == "answer")
    assert row.due_at - shop.clock() == timedelta(hours=1)
    assert [one.state for one in shop.all(OWED, OWED.c.what == "decision")] == ["met"]
