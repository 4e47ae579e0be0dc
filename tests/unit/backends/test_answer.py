"""What an HTTP answer means: one row per case of docs/erp-contract.md."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from gateway.backends.answer import (
    MAX_DETAIL_CHARACTERS,
    MAX_RETRY_AFTER_SECONDS,
    Answer,
    judge_delivery,
    judge_look_up,
    plain,
    reason_in,
    retry_after_seconds,
)
from tests.documents import NOON

ID = b'{"id": "SO-7"}'


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, ID, "delivered"),
        (201, b'{"id": 7, "more": true}', "delivered"),
        (200, b"", "unknown"),
        (200, b"<html>", "unknown"),
        (200, b'{"id": ""}', "unknown"),
        (200, b'{"id": null}', "unknown"),
        (200, b'{"id": true}', "unknown"),
        (200, b'{"id": "a\\nb"}', "unknown"),
        (200, b"[" * 60_000, "unknown"),
        (200, b'{"id": ' + b"9" * 5000 + b"}", "unknown"),
        (202, ID, "unknown"),
        (204, b"", "unknown"),
        (302, b"", "unknown"),
        (308, b"", "unknown"),
        (400, b"no", "refused"),
        (404, b"", "refused"),
        (409, ID, "known"),
        (409, b'{"detail": "other content under this key"}', "refused"),
        (422, b"", "refused"),
        (401, b"", "retry"),
        (403, b"", "retry"),
        (407, b"", "retry"),
        (408, b"", "retry"),
        (425, b"", "retry"),
        (429, b"", "retry"),
        (500, b"", "retry"),
        (503, b"", "retry"),
        (599, b"", "retry"),
        (502, b"", "unknown"),
        (504, b"", "unknown"),
    ],
)
def test_a_status_and_a_body_mean_one_thing(status: int, body: bytes, kind: str) -> None:
    reply = judge_delivery(Answer(status=status, body=body), NOON)

    assert reply.kind == kind
    assert reply.status == status


def test_the_systems_id_is_kept_as_text() -> None:
    assert judge_delivery(Answer(status=201, body=b'{"id": 7}'), NOON).external_id == "7"


@pytest.mark.parametrize("status", [200, 409])
def test_an_answer_that_broke_off_is_unknown_where_its_body_decides(status: int) -> None:
    assert judge_delivery(Answer(status=status, body=ID, whole=False), NOON).kind == "unknown"


def test_a_refusal_that_broke_off_is_still_a_refusal() -> None:
    assert judge_delivery(Answer(status=400, body=b'{"det', whole=False), NOON).kind == "refused"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        ("999999999", MAX_RETRY_AFTER_SECONDS),
        (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOON - timedelta(days=1), usegmt=True), 0.0),
        (format_datetime(NOON + timedelta(days=400), usegmt=True), MAX_RETRY_AFTER_SECONDS),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("1e9", None),
        ("9" * 5000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_an_hour(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOON) == seconds


def test_the_wait_a_system_asks_for_is_in_the_reply() -> None:
    reply = judge_delivery(Answer(status=429, retry_after="7"), NOON)

    assert reply.retry_after_seconds == 7.0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"detail": "unknown item", "title": "Bad"}', "unknown item"),
        (b'{"error": {"x": 1}, "title": "Bad"}', "Bad"),
        (b"plain words", "plain words"),
        (b'{"detail": ""}', '{"detail": ""}'),
        (b"", ""),
        (b"\xff\xfe", "��"),
    ],
)
def test_a_reason_is_found_in_the_usual_places(body: bytes, reason: str) -> None:
    assert reason_in(body) == reason


def test_a_reason_is_one_printable_line_of_limited_length() -> None:
    shown = plain("a\r\nb\x1b[31m\u202e" + "x" * 5000)

    assert shown.startswith("a b\\u001b[31m\\u202e")
    assert len(shown) == MAX_DETAIL_CHARACTERS


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"items": [{"id": "SO-7"}]}', "known"),
        (b'{"items": [{"id": "SO-7", "document_id": "d-1"}]}', "known"),
        (b'{"items": [{"id": "SO-6", "document_id": "d-0"}, {"id": "SO-7", "document_id": "d-1"}]}', "known"),
        (b'{"items": [{"id": "SO-6", "document_id": "d-0"}]}', "refused"),
        (b'{"items": []}', "refused"),
        (b"{}", "retry"),
        (b"[]", "retry"),
        (b"<html>", "retry"),
    ],
)
def test_only_a_readable_list_says_that_a_document_is_not_there(body: bytes, kind: str) -> None:
    assert judge_look_up(Answer(status=200, body=body), "d-1", NOON).kind == kind


@pytest.mark.parametrize("status", [204, 302, 400, 404, 500, 503])
def test_a_look_up_without_an_answer_is_never_a_no(status: int) -> None:
    assert judge_look_up(Answer(status=status), "d-1", NOON).kind == "retry"


def test_a_cut_list_is_never_a_no() -> None:
    assert judge_look_up(Answer(status=200, body=b'{"items": []}', whole=False), "d-1", NOON).kind == "retry"
