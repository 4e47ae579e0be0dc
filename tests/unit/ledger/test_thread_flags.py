"""What is flagged of an order: pure rules over its documents."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.thread_flags import Fact, flags

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fact(name: str, set_id: str, seconds: float, *, direction: str = "outbound") -> Fact:
    at = NOON + timedelta(seconds=seconds)
    return Fact(id=name, name=name, direction=direction, set_id=set_id, number="N-1", at=at, had_at=None, set=name)


@pytest.mark.parametrize(("seconds", "flagged"), [(0.02, []), (29, []), (31, ["invoice-before-shipment"])])
def test_an_invoice_that_goes_with_its_ship_notice_is_not_flagged_for_the_moment_between(
    seconds: float, flagged: list[str]
) -> None:
    order = fact("order", "850", -60, direction="inbound")
    found = flags([order, fact("invoice", "810", 0), fact("shipment", "856", seconds)])

    assert [one.code for one in found] == flagged
