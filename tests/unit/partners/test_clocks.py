"""Deadlines as partner files say them: the agreement's, else the partner's, else the standard, on its calendar."""

from datetime import UTC, datetime

import pytest

from gateway.ledger.deadlines import Due
from gateway.partners.clocks import BookClocks
from tests.unit.partners.folder import ACME, COMPANY, INTAKE, INVOICES, a_book, problems

FRIDAY = datetime(2026, 11, 20, 21, tzinfo=UTC)  # 16:00 in New York
CALENDAR = """\
calendar:
  hours: [{days: mon-fri, from: "08:00", to: "17:00"}]
  holidays: [us-retail, 2026-11-27]
deadlines: {acknowledgement: 2 business hours, attention: 1 business hour}
"""
HEAD, AGREEMENTS = ACME.split("agreements:\n")


def acme(profile: str = CALENDAR, deadlines: str = "", company: str = "") -> dict[str, str | None]:
    own = f"    deadlines: {deadlines}\n" if deadlines else ""
    return {
        "acme.yaml": f"{HEAD}{profile}agreements:\n{AGREEMENTS}{INVOICES}{own}",
        "company.yaml": (company or "holidays: {us-retail: [2026-11-26, 2026-11-23]}\n") + COMPANY,
        "intake/erp.yaml": INTAKE,
    }


def test_an_agreement_is_asked_first_then_the_partner_and_then_the_standard() -> None:
    clocks = BookClocks(a_book(acme(deadlines="{acknowledgement: 30 minutes}")))

    lengths = {due: str(clocks.length(due, "acme", "acme/invoices")) for due in Due if due}

    assert lengths == {
        "delivery": "4 hours",
        "dispatch": "24 hours",
        "pickup": "24 hours",
        "receipt": "4 hours",
        "acknowledgement": "30 minutes",
        "attention": "1 business hour",
        "answer": "24 hours",
        "ta1": "24 hours",
    }
    assert str(clocks.length(Due.ACKNOWLEDGEMENT, "acme", "acme/orders")) == "2 business hours"


def test_a_deadline_knows_the_partners_hours_its_own_holidays_and_those_of_the_company() -> None:
    due = BookClocks(a_book(acme())).due_at(Due.ACKNOWLEDGEMENT, "acme", "acme/invoices", FRIDAY)

    # An hour of Friday is left, and Monday is a holiday.
    assert due == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_who_is_no_longer_in_the_files_is_given_the_standard_time() -> None:
    clocks = BookClocks(a_book())

    assert clocks.due_at(Due.PICKUP, "gone", "gone/invoices", FRIDAY) == datetime(2026, 11, 21, 21, tzinfo=UTC)
    assert clocks.due_at(Due.NONE, "acme", "acme/invoices", FRIDAY) is None
    assert not clocks.negative_only("gone/invoices")


def test_a_partner_may_answer_only_what_it_refuses() -> None:
    files = acme()
    files["acme.yaml"] = f"{files['acme.yaml']}    acknowledgement: {{answers: refusals}}\n"

    assert BookClocks(a_book(files)).negative_only("acme/invoices")
    assert not BookClocks(a_book(acme())).negative_only("acme/invoices")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            acme(CALENDAR.replace("us-retail", "us-retial")),
            "P020: company.yaml has no holidays 'us-retial'; did you mean 'us-retail'?",
            id="unknown holidays",
        ),
        pytest.param(
            acme(deadlines="{delivery: 1 hour}"),
            "P040: what goes out has no delivery: it has dispatch, pickup, receipt, ta1, acknowledgement, attention",
            id="not about what goes out",
        ),
        pytest.param(
            acme(deadlines="{pickup: 1 week}"),
            "P012: '1 week' is not a duration, like 24 hours, 30 minutes, 4 business hours or 2 business days",
            id="no duration",
        ),
        pytest.param(
            acme(CALENDAR.replace("2026-11-27", "2026-11-31")), "P012: '2026-11-31' is not a day", id="no such day"
        ),
        pytest.param(
            acme(deadlines="{ack: 1 hour}"), "P010: there is no key 'ack' here", id="unknown deadline"
        ),
    ],
)  # fmt: skip
def test_mistakes_are_told_where_they_stand(files: dict[str, str | None], said: str) -> None:
    [problem] = problems(files)

    assert said in problem
    assert problem.startswith("acme.yaml:")
