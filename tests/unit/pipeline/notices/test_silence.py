"""Silence is counted in the partner's business hours."""

from datetime import datetime

import pytest

from gateway.pipeline.notices.silence import silent, watched
from tests.unit.partners.folder import ACME, a_book

RULES = "owner: sales\nalerts:\n  mail: [ann@pine.example]\n  rules:\n    quiet: {rule}\n"


@pytest.mark.parametrize(
    ("now", "is_silent"),
    [
        ("2026-03-06T17:59-05:00", False),
        ("2026-03-09T08:30-04:00", False),  # a weekend, and an hour that spring takes away, are nobody's silence
        ("2026-03-09T10:00-04:00", True),
    ],
)
def test_a_weekend_is_no_silence(now: str, is_silent: bool) -> None:
    rule = "{silent_for: 4 business hours, partners: [acme]}"
    calendar = 'calendar: {hours: [{days: mon-fri, from: "08:00", to: "18:00"}]}\n'
    rules = watched(a_book({"notify/sales.yaml": RULES.format(rule=rule), "acme.yaml": calendar + ACME}))
    heard = {"acme": datetime.fromisoformat("2026-03-06T16:00-05:00")}

    found = silent(rules, heard, datetime.fromisoformat(now))

    assert [(one.partner, one.rule) for one in found] == ([("acme", "sales/quiet")] if is_silent else [])


def test_a_rule_without_partners_is_about_all_and_who_never_sent_is_not_silent() -> None:
    rules = watched(a_book({"notify/sales.yaml": RULES.format(rule="{silent_for: 1 hour}")}))
    heard = {"bolt": datetime.fromisoformat("2026-03-02T12:00+00:00")}

    found = silent(rules, heard, datetime.fromisoformat("2026-03-02T13:00+00:00"))

    assert {one.partner for one in rules} == {"acme", "bolt"}
    assert [(one.partner, one.sentence) for one in found] == [
        ("bolt", "nothing came for 1 hour since 2026-03-02 12:00 UTC")
    ]
