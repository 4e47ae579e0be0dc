"""Alerts as mails: what others wrote stays words, whatever is in it."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from gateway.notify.letter import letter

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVIL = "x\r\nBcc: everybody@example.com\r\n\r\n<b>hello</b>\x1b[31m\u202e\ud800" + "y" * 5_000


def an_alert(*, count: int = 1, words: str = "810 90017 to acme: overdue", **changes: Any) -> dict[str, Any]:
    line = {
        "at": NOON.isoformat(),
        "rule": "late",
        "severity": "critical",
        "event": 7,
        "subject": "01K",
        "words": words,
    }
    data: dict[str, Any] = {"role": "finance", "severity": "critical", "count": count, "by_rule": {"late": count}}
    return {"data": data | {"lines": [line]} | changes}


def written(body: dict[str, Any]) -> EmailMessage:
    raw = letter(body, id="01KABC", sender="edi@pine.example", recipient="ann@pine.example", now=NOON)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_mail_says_how_many_how_severe_and_which_rule() -> None:
    mail = written(an_alert(count=10_000))

    assert mail["Subject"] == "[EDI critical] 10,000 alerts: late"
    assert (mail["From"], mail["To"]) == ("EDI gateway <edi@pine.example>", "ann@pine.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "810 90017 to acme: overdue" in text
    assert "... and 9,999 more that are not listed here." in text


def test_the_same_notice_has_the_same_message_id_at_every_try() -> None:
    assert written(an_alert())["Message-ID"] == "<01KABC@pine.example>"


@pytest.mark.parametrize("where", ["words", "rule", "subject", "role", "severity"])
def test_nothing_of_others_gets_into_a_head_or_makes_a_line(where: str) -> None:
    body = an_alert()
    if where == "role":
        body["data"]["role"] = EVIL
    elif where == "severity":
        body["data"]["severity"] = EVIL
    else:
        body["data"]["lines"][0][where] = EVIL
    if where == "rule":
        body["data"]["by_rule"] = {EVIL: 1}

    mail = written(body)

    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    assert not any(line.startswith("Bcc") for line in mail.get_content().splitlines())
    assert "\x1b" not in mail.get_content()
    assert max(map(len, mail.get_content().splitlines())) < 500
