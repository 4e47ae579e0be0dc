"""What people do to documents over the API: in the name of their key, with the words of the commands."""

import json
from typing import Any

import pytest

from gateway.pipeline.verbs import VERBS, How, Selection
from tests.fakes.operator import RecordingOperator
from tests.unit.api.conftest import ACME, DANA, ERP, Caller

ONE, OTHER = "01KJQ6PSG0C5CA4FXRFW5DT8BF", "01KJQ6PSG0C5CA4FXRFW5DT8BG"
WHY = {"reason": "the buyer called"}


async def post(call: Caller, path: str, body: dict[str, Any], key: str = DANA) -> Any:
    headers = [("content-type", "application/json")]
    return await call("POST", f"/api/v1/documents/{path}", json.dumps(body).encode(), key=key, headers=headers)


@pytest.mark.parametrize("verb", [one for one in VERBS if one != "release"])
async def test_a_verb_is_done_in_the_name_of_the_key(call: Caller, operator: RecordingOperator, verb: str) -> None:
    answer = await post(call, f"{ONE}/{verb}", WHY)

    assert answer.status == 200
    assert answer.json() == {"done": [{"id": ONE, "said": f"{verb} done"}], "left": [], "entry": 7}
    mode = "original" if verb == "resend" else "current"
    assert operator.asked == [(verb, Selection(ids=(ONE,)), How(mode=mode), "the buyer called", "dana")]


async def test_push_release_correct_and_book_take_what_their_commands_take(
    call: Caller, operator: RecordingOperator
) -> None:
    answers = [
        await post(call, f"{ONE}/push", WHY),
        await post(call, f"{ONE}/release", {**WHY, "anyway": True}),
        await post(call, f"{ONE}/correct", {**WHY, "corrected": OTHER}),
        await post(call, f"{ONE}/book", {**WHY, "to": OTHER, "line": 2}),
        await post(call, f"{ONE}/book", {**WHY, "to": "nothing", "dry_run": True}),
    ]

    assert [one.json()["done"] for one in answers] == ["push done", "release done", "correct done", *["book done"] * 2]
    assert operator.asked == [
        ("push", ONE, "the buyer called", "dana"),
        ("release", ONE, "the buyer called", "dana", True),
        ("correct", ONE, OTHER, "the buyer called", "dana", False),
        ("book", ONE, 2, OTHER, "the buyer called", "dana", False),
        ("book", ONE, 0, "nothing", "the buyer called", "dana", True),
    ]


async def test_what_is_settled_elsewhere_is_closed_with_what_its_command_takes(
    call: Caller, operator: RecordingOperator
) -> None:
    await post(call, f"{ONE}/close", {**WHY, "handled": True, "known_as": " SO-1 "})

    assert operator.asked[0][2] == How(handled=True, known_as="SO-1")


async def test_what_is_only_described_is_counted_until_somebody_says_yes(
    call: Caller, operator: RecordingOperator
) -> None:
    counted = await post(call, "verbs/waive", {**WHY, "partner": "acme", "set": "810"})
    done = await post(call, "verbs/waive", {**WHY, "partner": "acme", "set": "810", "yes": True})

    of_those = {"count": 2, "first": [], "money": {"USD": "10.50"}, "unpriced": 1}
    assert counted.json() == of_those | {"along": 3, "along_first": []}
    assert done.json()["entry"] == 7
    chosen = Selection(partner="acme", set_id="810")
    assert operator.asked == [
        ("preview", "waive", chosen, How()),
        ("waive", chosen, How(), "the buyer called", "dana"),
    ]


async def test_what_is_only_asked_is_never_done(call: Caller, operator: RecordingOperator) -> None:
    only, like = {**WHY, "dry_run": True, "numbers": "same"}, {"partner": "acme", "yes": True}
    answers = [
        await post(call, f"{ONE}/resend", only),
        await post(call, "verbs/resend", {**only, **like}),
        await post(call, f"{ONE}/release", {**WHY, "dry_run": True}),
    ]

    how = How(mode="original", numbers="same", dry_run=True)
    assert [one.status for one in answers] == [200, 200, 409]
    assert operator.asked == [
        ("resend", Selection(ids=(ONE,)), how, "the buyer called", "dana"),
        ("preview", "resend", Selection(partner="acme"), how),
    ]


async def test_what_cannot_be_done_now_is_told_in_words(call: Caller, operator: RecordingOperator) -> None:
    operator.refusal = f"{ONE} is delivered: our system has it already"

    answer = await post(call, f"{ONE}/hold", WHY)

    assert (answer.status, answer.problem) == (409, "not-now")
    assert answer.json()["detail"] == operator.refusal


@pytest.mark.parametrize("key", [ACME, ERP, "nobody's"])
async def test_neither_partners_nor_systems_act_on_documents(
    call: Caller, operator: RecordingOperator, key: str
) -> None:
    for path in (f"{ONE}/hold", f"{ONE}/push", f"{ONE}/release", f"{ONE}/correct", "verbs/hold"):
        body = {**WHY, "corrected": OTHER} if path.endswith("correct") else WHY

        assert (await post(call, path, body, key=key)).problem == "unauthenticated"

    assert operator.asked == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{ONE}/hold", {}),
        (f"{ONE}/hold", {"reason": ""}),
        (f"{ONE}/hold", {**WHY, "who": "kim"}),
        (f"{ONE}/guess", WHY),
        (f"{ONE}/replay", {**WHY, "mode": "best"}),
        ("verbs/hold", {**WHY, "older_than": "2026-03-02T12:00:00"}),
        ("verbs/hold", {**WHY, "state": "hold", "yes": True}),  # nothing is so, whatever the database makes of it
        ("verbs/hold", {**WHY, "state": "\0", "yes": True}),
        ("verbs/hold", {**WHY, "direction": "in", "yes": True}),
        ("verbs/waive", {**WHY, "acknowledgement": "late", "yes": True}),
        ("verbs/waive", {**WHY, "partner": "acme", "owed": "858", "yes": True}),
        ("01KJQ6PSG0/hold", WHY),
    ],
)
async def test_nothing_is_done_for_a_request_that_is_not_whole(
    call: Caller, operator: RecordingOperator, path: str, body: dict[str, Any]
) -> None:
    assert (await post(call, path, body)).status == 422
    assert operator.asked == []


async def test_the_description_has_every_route(call: Caller) -> None:
    document = (await call("GET", "/api/v1/openapi.json")).json()

    paths = {path for path, methods in document["paths"].items() if "post" in methods}
    assert {
        "/api/v1/documents/verbs/{verb}",
        "/api/v1/documents/{document_id}/{verb}",
        "/api/v1/documents/{document_id}/correct",
        "/api/v1/documents/{document_id}/book",
        "/api/v1/documents/{identifier}/push",
        "/api/v1/documents/{identifier}/release",
    } <= paths
