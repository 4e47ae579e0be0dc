"""What partners may charge for is told with the worst first, and with what can still be done."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.cli.report_words import exposed
from gateway.pipeline.owed import Owed
from gateway.pipeline.reporting_exposure import DO, LATE, SETS, estimated, exposures, sheet, sums

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def owed(subject: str, **about: Any) -> Owed:
    values: dict[str, Any] = {
        "subject": subject,
        "what": "856",
        "by": "us",
        "partner": "acme",
        "agreement": "acme/orders",
        "usage": "P",
        "order": "PO-1",
        "order_id": subject,
        "number": "PO-1",
        "amount": Decimal("100.10"),
        "currency": "USD",
        "started_at": NOW - timedelta(days=9),
        "due_at": NOW - timedelta(hours=3),
        "reckoned": "",
        "state": "open",
        "missed": True,
        "coming": "",
        "met_by": "",
        "met_at": None,
        "said": "",
        "owner": "kim",
    }
    return Owed(**values | about)


def test_the_longest_missing_comes_first_then_what_is_due_at_once_then_what_came_late() -> None:
    open_ = [
        owed("soon", due_at=NOW + timedelta(hours=5)),
        owed("short"),
        owed("long", due_at=NOW - timedelta(hours=30)),
        owed("far", due_at=NOW + timedelta(hours=25)),
        owed("timeless", due_at=None),
    ]
    late = [owed("late", state="met", met_at=NOW, met_by="01X")]

    found = exposures(open_, late, NOW)

    assert [(one.owed.subject, one.standing, one.hours) for one in found] == [
        ("long", "missing", 30),
        ("short", "missing", 3),
        ("soon", "due soon", -5),
        ("late", "came late", 3),
    ]


def test_what_partners_owe_and_acknowledgements_are_no_ground_for_a_charge() -> None:
    assert exposures([owed("a", by="partner"), owed("b", what="997")], [owed("c", what="TA1")], NOW) == []


@pytest.mark.parametrize("what", SETS)
def test_every_set_says_what_can_still_be_done(what: str) -> None:
    [one] = exposures([owed("a", what=what)], [], NOW)

    assert one.to_do == DO[what]


def test_what_is_on_its_way_and_what_came_have_their_own_advice() -> None:
    open_ = [owed("a", coming="01COMING", refused="01BEFORE")]
    coming, came = exposures(open_, [owed("b", state="met", met_at=NOW)], NOW)

    assert "01COMING" in coming.to_do
    assert came.to_do == LATE


def test_nobody_is_told_to_bill_once_more_what_was_billed_and_refused() -> None:
    [one] = exposures([owed("a", what="810", refused="01REFUSED")], [], NOW)

    assert one.to_do == "hand in a corrected one for 01REFUSED, which the partner refused, and no second one beside it"
    assert [row["refused"] for row in sheet([one]).values()] == ["01REFUSED"]


def test_money_is_added_up_by_partner_set_and_standing() -> None:
    found = exposures([owed("a"), owed("b", amount=None), owed("c", amount=Decimal("0.20"))], [], NOW)

    total = sums(found)["acme", "856", "missing"]

    assert (total.documents, total.money, total.unpriced) == (3, {"USD": Decimal("100.30")}, 1)
    assert [row["hours_late"] for row in sheet(found).values()] == [3, 3, 3]


def test_what_is_to_be_billed_and_states_no_worth_is_estimated_from_its_order_once() -> None:
    bill: dict[str, Any] = {"what": "810", "amount": None, "currency": "", "order_amount": Decimal(70)}
    first = owed("a", **bill, order_id="one", order_currency="USD", due_at=NOW - timedelta(hours=9))
    second = owed("b", **bill, order_id="one", order_currency="USD")
    other = owed("c", **bill, order_id="two", order_currency="CAD", due_at=NOW - timedelta(hours=2))
    known = owed("d", what="810", order_amount=Decimal(70), due_at=NOW - timedelta(hours=1))

    found = exposures([first, second, other, known], [], NOW)

    rows = [(row["amount"], row["estimate_from_order"], row["estimate_currency"]) for row in sheet(found).values()]
    assert rows == [(None, 70, "USD"), (None, None, ""), (None, 70, "CAD"), (Decimal("100.10"), None, "")]
    assert estimated(found)["acme", "810", "missing"].money == {"USD": 70, "CAD": 70}
    assert sums(found)["acme", "810", "missing"].money == {"USD": Decimal("100.10")}
    assert list(exposed(found))[-1] == (
        "acme 810 missing: 4, 100.10 USD, 3 without amount; estimated from orders: 70 CAD and 70 USD"
    )
    assert "(estimated from the order: 70 USD)" in next(exposed(found))
