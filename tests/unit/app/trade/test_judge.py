"""What has to have passed in a scenario, and what is said when it did not."""

import dataclasses
from datetime import UTC, datetime

from gateway.app.demo.trade.report import closing
from gateway.app.demo.trade.scenario import Scenario, Step, make
from gateway.app.demo.trade.stage import Outcome, judge
from gateway.app.demo.trade.thread import HEADERS, Row, Way

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def a_row(step: Step, **about: str) -> Row:
    """A row that is the step, but for what is told."""
    said = {"state": step.state, "acknowledgement": step.acknowledgement, "reason": "", **about}
    return Row(
        at=NOW, way=step.way, partner=step.partner, set_id=step.set_id, number="1", control_numbers="1/1/1", **said
    )


def rejected() -> Scenario:
    return make("rejected", lambda: NOW)


def test_when_everything_passed_nothing_is_said() -> None:
    scenario = rejected()
    thread = [a_row(step) for step in reversed(scenario.steps)]

    judged, faults = judge(scenario, thread)

    assert (judged, faults) == (thread, [])


def test_what_did_not_pass_is_missing() -> None:
    scenario = rejected()

    judged, faults = judge(scenario, [a_row(step) for step in scenario.steps if step.set_id != "856"])

    assert not any(row.fault for row in judged)
    assert faults == ["missing: 856 out, acme, 1 of them"]


def test_one_receipt_may_be_for_several_that_went_together() -> None:
    scenario = make("grocery", lambda: NOW)
    receipts = [step for step in scenario.steps if (step.way, step.set_id) == ("in", "997")]
    one = dataclasses.replace(a_row(receipts[0]), together=2)
    rest = list(scenario.steps)
    for step in receipts[:2]:
        rest.remove(step)
    thread = [one, *map(a_row, rest)]

    assert judge(scenario, thread) == (thread, [])
    all_good = Outcome(thread=thread, faults=[], notes=[], why=[], partners=[], seconds=1.0)
    count = len(scenario.steps)
    assert list(closing(scenario, all_good))[-1].startswith(f"grocery: {count} of {count} documents and receipts")
    assert judge(scenario, [dataclasses.replace(one, together=1), *thread[1:]])[1] == [
        "missing: 997 in, fernhill, 1 of them"
    ]


def test_what_became_something_else_says_what_and_why() -> None:
    scenario = rejected()
    thread = [
        a_row(step, state="held", acknowledgement="", reason="no total") if step.set_id == "855" else a_row(step)
        for step in scenario.steps
    ]

    judged, faults = judge(scenario, thread)

    assert [row.fault for row in judged if row.fault] == ["held, not sent accepted: no total"]
    assert "FAILED: held, not sent accepted: no total" in next(row for row in judged if row.fault).cells()
    assert faults == []


def test_an_invoice_refused_twice_is_not_the_one_that_is_accepted_in_the_end() -> None:
    scenario = rejected()
    thread = [
        a_row(step, acknowledgement="rejected") if step.set_id == "810" else a_row(step) for step in scenario.steps
    ]

    judged, _ = judge(scenario, thread)

    assert [row.fault for row in judged if row.fault] == ["sent rejected, not sent accepted"]


def test_what_nobody_expected_is_a_fault() -> None:
    scenario = rejected()
    stray = a_row(Step("out", "acme", "810", "sent", "accepted"))

    judged, _ = judge(scenario, [*map(a_row, scenario.steps), stray])

    assert [row.fault for row in judged if row.fault] == ["nobody expected this"]


def a_document(way: Way, acknowledgement: str) -> Row:
    return a_row(Step(way, "acme", "850", "delivered", acknowledgement))


def test_a_row_says_who_accepted_in_words() -> None:
    cells = dict(zip(HEADERS, a_document("in", "A").cells(), strict=True))

    assert cells["document"] == "850 purchase order"
    assert cells["accepted?"] == "by us"
    assert a_document("out", "rejected").cells()[-1] == "refused by them"
    assert a_document("out", "awaited").cells()[-1] == "not answered yet"
