"""How a day that does not add up is told: to people, to spreadsheets and to programs."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gateway.app.report_days import Span, days_meant
from gateway.cli import reconcile
from gateway.cli.table import as_json
from gateway.pipeline import reconciling_sheet as sheets
from gateway.pipeline.reconciling import (
    Difference,
    Files,
    Gap,
    HandedIn,
    PartnerDay,
    Received,
    Sent,
    Wanted,
    Worth,
    span,
)
from gateway.pipeline.warehousing import Balance, OrderBalance

DAY = date(2026, 3, 2)
GAP = Gap(direction="in", kind="ISA13", sender="ZZ/ACME", receiver="ZZ/US", first=7, last=8)
ACME = PartnerDay(
    partner="acme",
    day=DAY,
    zone="UTC",
    span=span(DAY, "UTC"),
    received=Received(received=3, delivered=1, held=1),
    handed_in=HandedIn(handed_in=1, sent=1),
    sent=Sent(sent=1, accepted=1),
    worth=(Worth(direction="in", set_id="850", currency="USD", documents=2, amount=Decimal("10.50"), unpriced=1),),
    gaps=(GAP,),
    differences=(Difference(column="received", number=1, words="3 sets were read, 2 are there", subjects=("I-1",)),),
)
SHORT = OrderBalance(
    partner="acme",
    day=DAY,
    number="HP-1",
    order="D-1",
    shipments=("D-2",),
    late=False,
    balance=Balance(
        standing="short", ordered=Decimal(10), shipped=Decimal(8), words=("line 1: 10 ordered, 8 shipped",)
    ),
)


def test_people_read_each_part_under_its_own_names_and_what_differs_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reconcile._table([ACME], Wanted(first=DAY, last=DAY), [SHORT])
    reconcile._say([ACME], Files(dead=("T-1",)), [SHORT])

    shown = capsys.readouterr()
    heads = [line.split() for line in shown.out.splitlines() if line.startswith("partner")]
    assert [head[2] for head in heads] == ["received", "handed", "sent", "direction"]
    assert "1 warehouse orders (940) against what was shipped (945): 1 short" in shown.out
    assert shown.err.splitlines() == [
        "acme 2026-03-02 received +1: 3 sets were read, 2 are there; I-1",
        "file T-1 came in, and the gateway failed on it: gateway documents transmissions",
        "acme 2026-03-02 940 HP-1 short: line 1: 10 ordered, 8 shipped; D-1 D-2",
    ]


def test_programs_read_everything_as_one_object_a_line() -> None:
    told = [*sheets.whole([ACME], Files(dead=("T-1",))), *reconcile._differing([SHORT])]
    day, files, short = (json.loads(as_json(one)) for one in told)

    assert (day["received"], day["received_difference"], day["gaps"][0]["first"]) == (3, 1, 7)
    assert (day["differences"][0]["subjects"], day["worth"][0]["amount"]) == (["I-1"], "10.50")
    assert (files["files"]["dead"], short["warehouse"]["standing"]) == (["T-1"], "short")


def test_the_day_that_is_looked_at_is_over_for_every_partner() -> None:
    night = datetime(2026, 3, 3, 3, tzinfo=UTC)

    def meant(*zones: str) -> Span:
        return days_meant("", "", "", night, zones)

    assert meant() == Span(date(2026, 3, 2), date(2026, 3, 2))
    assert meant("Asia/Tokyo", "America/New_York") == Span(date(2026, 3, 1), date(2026, 3, 1))
