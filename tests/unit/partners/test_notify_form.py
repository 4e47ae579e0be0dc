"""Files of notifications: what is wrong with one is said where it stands, and no secret is repeated."""

from typing import Any

import pytest

from gateway.partners.book import load
from gateway.partners.notify_form import checked_url
from tests.unit.partners.folder import INTAKE, MAPPINGS, a_book, folder, problems

HOOK = "url: {url}, secret: file:secrets/ledger.key, events: [document.overdue]"
GOOD = "owner: finance\nwebhooks:\n  ledger: {" + HOOK.format(url='"https://hooks.pine.example/edi"') + "}\n"
PEOPLE = "owner: finance\nalerts:\n  mail: [ann@pine.example]\n  rules:\n    late: {when: [document.overdue]}\n"


def said(text: str, **more: Any) -> str:
    return "\n".join(problems({"notify/finance.yaml": text, **more}))


def test_a_good_file_is_in_the_book_with_its_secrets() -> None:
    book = a_book({"notify/finance.yaml": GOOD})

    assert list(book.notify) == ["finance"]
    assert "file:secrets/ledger.key" in book.secrets()


def test_an_unknown_event_is_told_with_the_nearest_one() -> None:
    text = PEOPLE.replace("document.overdue", "document.overdu")

    assert "finance.yaml:5:19: P012: there is no event 'document.overdu'; did you mean 'document.overdue'?" in said(
        text
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.pine.example/edi", "http:// says everything aloud"),
        ("ftp://hooks.pine.example/edi", "https://host[:port]/path is expected"),
        ("https://ann:geheim@hooks.pine.example/", "https://host[:port]/path is expected"),
        ('"https://hooks.pine.example/?key=geheim"', "a url that is itself a secret is written as file:"),
        ("https://", "https://host[:port]/path is expected"),
        ("file:../outside", "https://host[:port]/path is expected"),
    ],
)
def test_a_url_that_is_unsafe_or_holds_a_secret_is_refused_and_not_repeated(url: str, sentence: str) -> None:
    found = said(GOOD.replace('"https://hooks.pine.example/edi"', url))

    assert "P012" in found
    assert sentence in found
    assert "geheim" not in found


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "https://a.example/x"])
def test_this_machine_may_be_spoken_to_in_the_clear(url: str) -> None:
    assert checked_url(url, plain_http=False) == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://10.0.0.1/"]
)
def test_a_name_that_looks_like_this_machine_is_not(url: str) -> None:
    with pytest.raises(ValueError, match="aloud"):
        checked_url(url, plain_http=False)
    assert checked_url(url, plain_http=True) == url


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    found = said(GOOD.replace("file:secrets/ledger.key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))

    assert "P013" in found
    assert "MfKQ" not in found


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("mail: [ann@pine.example]", "digest_minutes: 5", "nobody would be told"),
        ("mail: [ann@pine.example]", "mail: [ann]", "'ann' is not a mail address"),
        ("when: [document.overdue]", "severity: info", "one of `when` and `silent_for` is expected"),
        ("when: [document.overdue]", 'when: [channel.paused], sets: ["810"]', "channel.paused is not"),
        ("when: [document.overdue]", "when: [channel.paused], ack: [rejected]", "channel.paused is not"),
        ("when: [document.overdue]", "silent_for: 8 hours, ack: [rejected]", "silence has no set, no ack"),
        ("when: [document.overdue]", "when: [document.overdue], ack: [rejectd]", "did you mean 'rejected'?"),
        ("when: [document.overdue]", "silent_for: a while", "'a while' is not a duration"),
        ("when: [document.overdue]", "when: [document.overdue], amount_at_least: much", "an amount of money"),
        ("when: [document.overdue]", "when: [document.overdue], partners: [acmee]", "did you mean 'acme'?"),
        ("when: [document.overdue]", "when: [document.overdue], severety: info", "did you mean 'severity'?"),
        ("mail: [ann@pine.example]", "webhook: ledgr", "there is no webhook 'ledgr' in this file"),
        ("mail: [ann@pine.example]", "mail: [ann@pine.example, ann@pine.example]", "stands twice"),
    ],
)
def test_what_cannot_be_is_told(before: str, after: str, sentence: str) -> None:
    assert sentence in said(PEOPLE.replace(before, after))


def test_a_webhook_that_nothing_goes_through_misses_its_events() -> None:
    assert "P011: 'events' is missing" in said(GOOD.replace(", events: [document.overdue]", ""))


def test_a_file_with_neither_webhooks_nor_alerts_says_nothing() -> None:
    assert "webhooks, alerts or both are needed" in said("owner: finance\n")


def test_a_rule_about_a_set_that_nobody_agreed_on_is_a_warning() -> None:
    text = PEOPLE.replace("{when: [document.overdue]}", '{when: [document.overdue], sets: ["880"]}')

    book = load(folder({"notify/finance.yaml": text}), mappings=MAPPINGS)

    assert [(one.code, one.sentence) for one in book.doubts if one.code == "P039"] == [
        ("P039", "there is no agreement with anybody about 880: nothing could meet this")
    ]


def test_a_system_is_told_through_a_destination_that_is_there() -> None:
    found = problems({"intake/erp.yaml": INTAKE + "write_back: erb\n"})

    assert found == ["intake/erp.yaml:4:13: P020: there is no destination 'erb'; did you mean 'erp'?"]
