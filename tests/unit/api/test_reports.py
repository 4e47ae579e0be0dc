"""Reports over the API: for our own people only, the same rows as JSON and as CSV."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from gateway.api.reports import Question, Report
from gateway.errors import UsageError
from gateway.pipeline.sheet import Sheet
from tests.unit.api.conftest import ACME, DANA, ERP, Caller

AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


class Asked(Question):
    partner: Annotated[str, Field(max_length=20)] = ""
    limit: Annotated[int, Field(ge=1, le=10)] = 5


class Books:
    """A report that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Sheet:
        if asked.partner == "nobody":
            raise UsageError("there is no partner 'nobody'; did you mean 'acme'?")
        self.asked.append(asked)
        return Sheet(("partner", "sent at", "amount"), [("=acme", AT, Decimal("10.50")), ("bolt", None, None)])


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def reports(books: Books) -> list[Report[Any]]:
    return [Report(name="owed", summary="What is owed", question=Asked, answer=books)]


async def test_a_report_comes_as_rows_with_the_time_it_was_asked_for(call: Caller, books: Books) -> None:
    answer = await call("GET", "/api/v1/reports/owed?partner=acme&limit=2", key=DANA)

    assert answer.status == 200
    assert answer.json() == {
        "report": "owed",
        "as_of": "2026-03-02T12:00:00+00:00",
        "rows": [
            {"partner": "=acme", "sent_at": "2026-03-02T09:15:00+00:00", "amount": "10.50"},
            {"partner": "bolt", "sent_at": None, "amount": None},
        ],
    }
    assert [(one.partner, one.limit) for one in books.asked] == [("acme", 2)]


async def test_the_same_rows_come_as_csv_that_is_no_formula(call: Caller) -> None:
    answer = await call("GET", "/api/v1/reports/owed?format=csv", key=DANA)

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="owed.csv"'
    assert answer.body == b"partner,sent at,amount\r\n'=acme,2026-03-02T09:15:00Z,10.50\r\nbolt,,\r\n"


@pytest.mark.parametrize("key", [ACME, ERP, None])
async def test_nobody_but_our_own_people_sees_a_report(call: Caller, books: Books, key: str | None) -> None:
    answer = await call("GET", "/api/v1/reports/owed", key=key)

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert books.asked == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=11", "limit=x", "what=else", f"partner={'x' * 21}", "format=pdf", "partner=%00"]
)
async def test_what_a_report_does_not_take_is_refused_with_its_place(call: Caller, books: Books, query: str) -> None:
    answer = await call("GET", f"/api/v1/reports/owed?{query}", key=DANA)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.json()["places"] == [f"query.{query.partition('=')[0]}"]
    assert books.asked == []


async def test_what_makes_no_sense_is_told_in_the_words_of_the_command(call: Caller) -> None:
    answer = await call("GET", "/api/v1/reports/owed?partner=nobody", key=DANA)

    assert (answer.status, answer.problem) == (400, "bad-request")
    assert answer.json()["detail"] == "there is no partner 'nobody'; did you mean 'acme'?"


async def test_the_openapi_document_names_what_a_report_takes(call: Caller) -> None:
    document = json.loads((await call("GET", "/api/v1/openapi.json", key=None)).body)

    asked = document["paths"]["/api/v1/reports/owed"]["get"]
    assert {one["name"] for one in asked["parameters"]} == {"partner", "limit", "format"}
