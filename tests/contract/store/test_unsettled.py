"""What we sent and is not known to be good is listed with its money, the nearest deadline first."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.canonical.facts import Facts
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.unsettled import Age, Unsettled, Wanted, by_age
from gateway.store.deadlines import StoreDeadlines
from gateway.store.unsettled import StoreUnsettled
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop


def listed(shop: Shop, **wanted: object) -> list[Unsettled]:
    StoreDeadlines(shop.means, StandardClocks()).work()
    book = StoreUnsettled(shop.means.database, lambda agreement: f"keeper of {agreement}")
    return list(book.unsettled(Wanted(**wanted)))  # type: ignore[arg-type]


def added_up(shop: Shop, **wanted: object) -> Sequence[Age]:
    book = StoreUnsettled(shop.means.database, lambda _: "")
    return book.ages(Wanted(**wanted), shop.clock())  # type: ignore[arg-type]


async def invoice(shop: Shop, number: str, amount: str = "10.50", *, currency: str = "USD", **more: str) -> str:
    facts = Facts(Decimal(amount), currency)
    document = await handed_in(shop, number, facts=facts, **more)  # type: ignore[arg-type]
    sealed(shop)
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)
    return document


async def test_an_invoice_is_listed_with_what_it_is_worth_and_who_keeps_it_until_it_is_accepted(shop: Shop) -> None:
    document = await invoice(shop, "HP-1", "4120.00")

    [one] = listed(shop)

    assert (one.id, one.business_number, one.acknowledgement, one.due) == (
        document,
        "HP-1",
        "awaited",
        "acknowledgement",
    )
    assert (one.amount, one.currency, one.owner) == (Decimal("4120.00"), "USD", "keeper of acme/invoices")
    assert one.sent_at == shop.clock()

    await answered(shop, an_answer(GOOD))

    assert listed(shop) == []


async def test_a_refused_one_stays_with_the_sentence_that_tells_most(shop: Shop) -> None:
    await invoice(shop, "HP-1")
    await answered(shop, an_answer(REFUSED))

    [one] = listed(shop)

    assert (one.acknowledgement, one.due) == ("rejected", "attention")
    assert "quantity" in one.said.lower()


async def test_what_is_due_first_comes_first_and_only_the_overdue_when_asked(shop: Shop) -> None:
    early = await invoice(shop, "HP-1")
    shop.clock.turn(hours=20)
    late = await invoice(shop, "HP-2")
    shop.clock.turn(hours=5)

    assert [one.id for one in listed(shop)] == [early, late]
    assert [(one.id, one.acknowledgement) for one in listed(shop, overdue=True)] == [(early, "overdue")]
    assert [one.hours_late(shop.clock()) for one in listed(shop)] == [1, 0]


async def test_tests_and_other_partners_and_sets_are_listed_when_asked_for(shop: Shop) -> None:
    await invoice(shop, "HP-1")

    assert listed(shop, usage="T") == listed(shop, partner="bolt") == listed(shop, set_id="855") == []
    assert len(listed(shop, partner="acme", set_id="810", acknowledgement="awaited")) == 1


async def test_what_was_sent_again_is_listed_once(shop: Shop) -> None:
    first = await invoice(shop, "HP-1")
    shop.operator.resend(first, mode="original", reason="acme lost it", who="ann", anyway=True)

    assert listed(shop) == []


async def test_money_is_counted_by_age_and_currency_to_the_cent(shop: Shop) -> None:
    for number, amount in (("HP-1", "0.10"), ("HP-2", "0.20"), ("HP-3", "99999999999999")):
        await invoice(shop, number, amount)
    shop.clock.turn(hours=5)
    await invoice(shop, "HP-4", "7.125")

    ages = by_age(listed(shop), shop.clock())

    assert {age.name: (age.documents, age.money) for age in ages if age.documents} == {
        "4-24 hours": (3, {"USD": Decimal("99999999999999.30")}),
        "0-4 hours": (1, {"USD": Decimal("7.1250")}),
    }
    assert added_up(shop) == ages


async def test_ages_that_the_database_adds_up_are_those_of_the_list_at_every_boundary(shop: Shop) -> None:
    await handed_in(shop, "HP-0", facts=Facts(None, ""))
    sealed(shop)  # nobody has fetched it
    for hours in (0, 4 * 24, 2 * 24, 20, 3, 1):
        shop.clock.turn(hours=hours)
        await invoice(shop, f"HP-{hours}", "1.00", currency="CAD" if hours == 3 else "USD")
    await answered(shop, an_answer(REFUSED))

    for hours in (0, 1, 2, 1, 16, 4, 48, 96):  # to ends of ages, to the second
        shop.clock.turn(hours=hours)
        ages = by_age(listed(shop), shop.clock())

        assert added_up(shop) == ages
        assert sum(age.documents for age in ages) == len(listed(shop))
        assert sum(age.urgent for age in ages) > 0
        assert added_up(shop, overdue=True) == by_age(listed(shop, overdue=True), shop.clock())
