"""Every document that is not done has a deadline that says what has to happen next, and a missed one is told once."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from gateway.ledger.calendar import ALWAYS, Duration
from gateway.ledger.deadlines import Due, StandardClocks
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.deadlines import StoreDeadlines
from gateway.store.tables import DOCUMENT
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop


class Clocks(StandardClocks):
    """A partner whose acknowledgements may take some hours, and who answers all or only what it refuses."""

    def __init__(self, hours: int = 24, *, negative_only: bool = False) -> None:
        self.hours, self.only_refusals = hours, negative_only

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        if due is Due.ACKNOWLEDGEMENT:
            return Duration(self.hours, "hours").after(start, ALWAYS)
        return super().due_at(due, partner, agreement, start)

    def negative_only(self, agreement: str) -> bool:
        return self.only_refusals


def keeper(shop: Shop, revision: str = "first", **clocks: Any) -> StoreDeadlines:
    return StoreDeadlines(shop.means, Clocks(**clocks), revision)


def running(shop: Shop, document: str) -> tuple[str, timedelta, bool] | None:
    """What has to happen with a document, in how long from now, and whether it is too late."""
    keeper(shop).work()
    rows = shop.all(DEADLINE, DEADLINE.c.document_id == document)
    return (rows[0].due, rows[0].due_at - shop.clock(), rows[0].missed_at is not None) if rows else None


def fetched(shop: Shop) -> None:
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)


def acknowledgement(shop: Shop, document: str) -> str:
    return str(shop.all(DOCUMENT, DOCUMENT.c.id == document)[0].acknowledgement)


# ---------------------------------------------------------------------------------------------- what runs


async def test_an_order_has_a_deadline_until_our_system_has_it(shop: Shop) -> None:
    [document] = await shop.documents()
    assert running(shop, document) == ("delivery", timedelta(hours=4), False)

    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])

    assert running(shop, document) is None


async def test_an_invoice_has_one_deadline_after_the_other_until_it_is_accepted(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    assert running(shop, invoice) == ("dispatch", timedelta(hours=24), False)

    shop.clock.turn(hours=1)
    sealed(shop)
    assert running(shop, invoice) == ("pickup", timedelta(hours=24), False)

    shop.clock.turn(hours=1)
    fetched(shop)
    assert running(shop, invoice) == ("acknowledgement", timedelta(hours=24), False)

    shop.clock.turn(hours=1)
    await answered(shop, an_answer(GOOD))
    assert running(shop, invoice) is None


async def test_what_we_push_has_to_be_there_by_its_own_deadline(shop: Shop) -> None:
    invoice = await to_carry(shop)

    assert running(shop, invoice) == ("receipt", timedelta(hours=4), False)


async def test_what_is_held_or_refused_has_to_be_looked_at_by_a_person(shop: Shop) -> None:
    refused = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    await answered(shop, an_answer(REFUSED))
    [held] = await shop.documents(state="held", reason="no row for AB-100")

    assert running(shop, refused) == ("attention", timedelta(days=1), False)
    assert running(shop, held) == ("attention", timedelta(days=1), False)


# ---------------------------------------------------------------------------------------------- what is missed


async def test_an_acknowledgement_that_does_not_come_is_overdue_and_that_is_told_once(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    shop.clock.turn(hours=24, seconds=1)

    assert [keeper(shop).work() for _ in range(3)] == [1, 0, 0]
    assert acknowledgement(shop, invoice) == "overdue"
    assert shop.kinds(invoice)[-1] == "document.overdue"
    assert running(shop, invoice) == ("acknowledgement", -timedelta(seconds=1), True)


async def test_an_answer_that_comes_late_counts_and_ends_the_deadline(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    shop.clock.turn(days=2)
    keeper(shop).work()
    shop.clock.turn(days=1)

    await answered(shop, an_answer(GOOD))

    assert acknowledgement(shop, invoice) == "accepted"
    assert running(shop, invoice) is None


async def test_who_answers_only_refusals_has_accepted_what_it_does_not_refuse_in_time(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    shop.clock.turn(hours=25)

    keeper(shop, negative_only=True).work()

    assert acknowledgement(shop, invoice) == "assumed_accepted"
    assert shop.kinds(invoice)[-1] == "document.assumed-accepted"
    assert running(shop, invoice) is None


async def test_a_file_that_nobody_fetches_is_told_and_says_nothing_about_its_acknowledgement(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    shop.clock.turn(hours=25)

    keeper(shop).work()

    assert acknowledgement(shop, invoice) == "awaited"
    assert shop.kinds(invoice)[-1] == "document.late"

    fetched(shop)

    assert running(shop, invoice) == ("acknowledgement", timedelta(hours=24), False)


async def test_an_answer_in_the_moment_of_the_deadline_is_never_overwritten(shop: Shop) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    shop.clock.turn(hours=25)

    await answered(shop, an_answer(GOOD))  # nobody has followed it yet
    keeper(shop).work()

    assert acknowledgement(shop, invoice) == "accepted"
    assert "document.overdue" not in shop.kinds(invoice)


# ---------------------------------------------------------------------------------------------- following


async def test_other_partner_files_set_what_runs_anew_and_leave_what_was_missed(shop: Shop) -> None:
    missed = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    shop.clock.turn(hours=25)
    keeper(shop).work()
    runs = await handed_in(shop, "HP-2")
    sealed(shop)
    fetched(shop)
    keeper(shop).work()
    before = shop.all(DEADLINE, DEADLINE.c.document_id == missed)

    keeper(shop, revision="second", hours=48).work()

    [row] = shop.all(DEADLINE, DEADLINE.c.document_id == runs)
    assert row.due_at - row.started_at == timedelta(hours=48)
    assert shop.all(DEADLINE, DEADLINE.c.document_id == missed) == before


async def test_two_nodes_that_look_at_once_tell_a_thing_once(shop: Shop, opened: Callable[[], Database]) -> None:
    invoice = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    other = StoreDeadlines(dataclasses.replace(shop.means, database=opened(), node="two"), Clocks(), "first")
    keeper(shop).work()
    other.work()
    shop.clock.turn(days=3)

    assert keeper(shop).work() + other.work() == 1
    assert shop.kinds(invoice).count("document.overdue") == 1


async def test_the_deadlines_of_what_came_before_they_were_kept_are_set_by_the_events(shop: Shop) -> None:
    documents = [await handed_in(shop, f"HP-{number}") for number in range(5)]

    keeper(shop).work()

    assert sorted(row.document_id for row in shop.all(DEADLINE)) == sorted(documents)
