"""Which thread a document belongs to, and when nobody can say."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.thread import YEAR, Kind, Known, choose, kind_of, one_customer, releases_of
from gateway.ledger.thread_mentions import mentions

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def known(id_: str, release: str = "", *, after: timedelta = timedelta(), ordered: bool = True) -> Known:
    """A thread of one moment."""
    return Known(id=id_, release=release, opened_at=NOON + after, last_at=NOON + after, ordered=ordered)


@pytest.mark.parametrize(
    ("direction", "name", "kind"),
    [
        ("inbound", "order", Kind.CUSTOMER),
        ("outbound", "invoice", Kind.CUSTOMER),
        ("outbound", "order_change", Kind.SUPPLIER),
        ("inbound", "shipment", Kind.SUPPLIER),
        ("outbound", "warehouse_order", Kind.WAREHOUSE),
        ("inbound", "warehouse_receipt", Kind.TRANSFER),
        ("inbound", "application_advice", None),
    ],
)
def test_whose_number_it_is_follows_from_who_wrote_what(direction: str, name: str, kind: Kind | None) -> None:
    assert kind_of(direction, name) is kind


@pytest.mark.parametrize(("later", "same"), [(YEAR, True), (YEAR + timedelta(seconds=1), False)])
def test_a_thread_is_over_a_year_after_its_last_document(later: timedelta, same: bool) -> None:
    choice = choose([known("a")], "", NOON + later, order=True)

    assert (choice.thread is not None) == same


def test_what_follows_an_order_belongs_to_its_release_or_to_the_only_one_there_is() -> None:
    one, two = known("one", "1"), known("two", "2")

    assert choose([one, two], "2", NOON, order=False).thread is two
    assert choose([one], "", NOON, order=False).thread is one
    assert choose([known("plain")], "7", NOON, order=False).thread is not None


def test_what_could_be_of_several_releases_opens_its_own_and_says_why() -> None:
    choice = choose([known("one", "1"), known("two", "2")], "", NOON, order=False)

    assert (choice.thread, choice.release) == (None, "")
    assert choice.doubt == "names no release, and there are 1, 2 of this order"


def test_an_order_of_another_release_is_another_order() -> None:
    assert choose([known("one", "1")], "2", NOON, order=True).thread is None
    assert choose([known("one", "1")], "", NOON, order=True).thread is None


def test_an_order_finds_what_came_before_it() -> None:
    early = known("early", "1", ordered=False)

    assert choose([early], "", NOON, order=True).thread is early
    assert choose([early], "1", NOON, order=True).thread is early


def test_the_newest_of_several_is_meant() -> None:
    old, new = known("old"), known("new", after=YEAR / 2)

    assert choose([old, new], "", NOON + YEAR / 2, order=False).thread is new


def test_several_orders_with_several_releases_count_only_for_those_that_are_known() -> None:
    assert releases_of("A", ["A"], ["1", "2"], []) == ("1", "2")
    assert releases_of("A", ["A", "B"], ["1"], []) == ("1",)
    assert releases_of("A", ["A", "B"], ["1", "2"], [known("a", "2")]) == ("2",)
    assert releases_of("A", ["A", "B"], ["1", "2"], []) == ("",)


def test_a_customer_is_never_guessed() -> None:
    one, two = known("one"), known("two")

    assert one_customer([one], NOON) == (one, 1)
    assert one_customer([one, two], NOON) == (None, 2)
    assert one_customer([one, known("old", after=-2 * YEAR)], NOON) == (one, 1)


def test_a_payment_names_invoices_and_orders_and_an_adjustment_too() -> None:
    items = [{"kind": "invoice", "number": "I-1", "po_number": "P-1"}, {"kind": "deduction", "number": "X"}]
    lines = [{"invoice_number": "I-2"}, {"reference_kind": "purchase_order", "reference": "P-2"}]

    paid = mentions("remittance", {"entities": [{"items": items}, {"items": [{"number": 7}, None]}]})
    adjusted = mentions("adjustment", {"invoice_number": "I-9", "lines": lines})

    assert (paid.invoices, paid.orders) == (("I-1",), ("P-1",))
    assert (adjusted.invoices, adjusted.orders) == (("I-9", "I-2"), ("P-2",))
    assert mentions("remittance", {"entities": {"items": "no"}}).invoices == ()
