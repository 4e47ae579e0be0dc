"""What the framework reads: after the key, and never more than what people may say to a verb comes to."""

import json
from typing import Any

import pytest

from gateway.api.known import MOST_BYTES
from gateway.pipeline.verbs import MOST
from tests.fakes.operator import RecordingOperator
from tests.unit.api.conftest import ACME, DANA, ERP, Answer, Caller

ONE = "01KJQ6PSG0C5CA4FXRFW5DT8BF"
JSON = [("content-type", "application/json")]


async def post(call: Caller, **more: Any) -> Answer:
    return await call("POST", f"/api/v1/documents/{ONE}/note", headers=JSON, **more)


@pytest.mark.parametrize("key", [None, "no key of anybody", ACME, ERP])
async def test_of_a_stranger_no_body_is_read(call: Caller, key: str | None) -> None:
    answer = await post(call, key=key, silence=True)  # nothing of it comes, and nobody waits

    assert (answer.status, answer.problem) == (401, "unauthenticated")


@pytest.mark.parametrize("cut", [False, True])
async def test_no_more_is_read_than_a_verb_can_be_told(call: Caller, operator: RecordingOperator, cut: bool) -> None:
    pieces = [b" " * MOST_BYTES, b" ", b"never asked for"]
    answer = await post(call, key=DANA, pieces=pieces, cut=cut)

    assert (answer.status, answer.problem) == (413, "too-large")
    assert operator.asked == []


async def test_who_says_beforehand_that_it_is_too_large_is_not_read_at_all(call: Caller) -> None:
    length = ("content-length", str(MOST_BYTES + 1))
    answer = await call("POST", f"/api/v1/documents/{ONE}/note", headers=[*JSON, length], key=DANA, silence=True)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_who_sends_nothing_more_is_not_waited_for(call: Caller) -> None:
    answer = await post(call, key=DANA, pieces=[b'{"reason": '], silence=True)

    assert (answer.status, answer.problem) == (408, "too-slow")


async def test_the_longest_that_people_may_say_fits_in_pieces_too(call: Caller, operator: RecordingOperator) -> None:
    said = json.dumps({"reason": "\U0001f600" * 2000, "ids": [ONE] * MOST, "partner": "\U0001f600" * 255}).encode()
    pieces = [said[start : start + 1000] for start in range(0, len(said), 1000)]
    answer = await call("POST", "/api/v1/documents/verbs/note", key=DANA, headers=JSON, pieces=pieces)

    assert answer.status == 200
    assert len(operator.asked) == 1


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_time_outside_the_calendar_is_no_time(call: Caller, moment: str) -> None:
    body = json.dumps({"reason": "too old", "older_than": moment}).encode()
    answer = await call("POST", "/api/v1/documents/verbs/note", body, key=DANA, headers=JSON)

    assert (answer.status, answer.json()["places"]) == (422, ["body.older_than"])


@pytest.mark.parametrize("called", [[], [("content-type", "application/x-www-form-urlencoded")], JSON])
async def test_a_body_is_json_whatever_it_is_called(
    call: Caller, operator: RecordingOperator, called: list[tuple[str, str]]
) -> None:
    path = f"/api/v1/documents/{ONE}/note"
    answer = await call("POST", path, b'{"reason": "the buyer called"}', key=DANA, headers=called)
    wrong = await call("POST", path, b"reason=x", key=DANA, headers=called)

    assert (answer.status, len(operator.asked)) == (200, 1)
    assert (wrong.status, wrong.problem) == (422, "invalid")
