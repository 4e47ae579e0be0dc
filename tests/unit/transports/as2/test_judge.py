"""What an answer means for the file, row by row; and what a receipt is worth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import DUPLICATE, PROCESSED, Disposition
from gateway.as2.headers import Headers
from gateway.as2.mdn import Answered, Built, Signing, build
from gateway.as2.mic import Mic
from gateway.as2.receipt import Sent, read
from gateway.as2.source import Memory
from gateway.transports.as2.judge import Answer, Asked, NoAnswer, evidence, judge, retry_after_seconds, settling, weigh
from tests.unit.as2.cms.people import with_rsa

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MIC = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
SENT = Sent(message_id="<01-1@northgate>", mics={"sha256": MIC}, signed=True)


@pytest.fixture(scope="module")
def partner() -> KeyPair:
    return with_rsa("harborpine")


@pytest.fixture(scope="module")
def stranger() -> KeyPair:
    return with_rsa("stranger")


def asked(partner: KeyPair | None = None, *, mdn: str = "sync", again: bool = False, signed: bool = True) -> Asked:
    trusted = [partner.certificate] if partner else []
    return Asked(
        sent=replace(SENT, signed=signed),
        their_id="HARBORPINE",
        mdn=mdn,  # type: ignore[arg-type]
        mdn_minutes=30,
        trusted=trusted,
        allowed=frozenset({"sha256"}),
        again=again,
    )


def receipt(
    signer: KeyPair | None,
    disposition: Disposition = PROCESSED,
    *,
    mic: str | None = MIC,
    about: str = "<01-1@northgate>",
    name: str = "HARBORPINE",
) -> Built:
    answered = Answered(
        message_id=about,
        sender="NORTHGATE",
        receiver=name,
        disposition=disposition,
        mic=Mic(mic, "sha256") if mic else None,
    )
    signing = Signing(signer=signer, time=NOW) if signer else None
    return build(answered, message_id="<r@p>", reporting_ua="p; 1", token="0123456789abcdef0123", signing=signing)


def answer(built: Built, status: int = 200) -> Answer:
    return Answer(status=status, headers=built.headers, body=built.body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "refused") for status in (400, 406, 409, 411, 412, 413, 414, 415, 416, 417, 422, 431)),
        *((status, "retry") for status in (401, 402, 403, 404, 405, 407, 408, 410, 421, 423, 425, 429, 451, 499, 503)),
        *((status, "unknown") for status in (301, 302, 303, 304, 307, 308, 500, 501, 502, 504, 505, 507, 599, 100)),
        *((status, "awaiting") for status in (200, 201, 202, 204, 299)),
    ],
)
@pytest.mark.parametrize("mdn", ["sync", "async"])
def test_every_status_without_a_receipt_has_its_outcome(status: int, kind: str, mdn: str) -> None:
    carriage = judge(Answer(status=status), asked(mdn=mdn), NOW)

    assert carriage.kind == kind
    assert carriage.answer_due_at == (NOW + timedelta(minutes=30) if kind == "awaiting" else None)
    assert str(status) in carriage.detail


def test_without_a_receipt_agreed_a_good_status_is_all_there_is_to_wait_for() -> None:
    assert judge(Answer(status=204), asked(mdn="none"), NOW).kind == "carried"
    assert judge(Answer(status=500), asked(mdn="none"), NOW).kind == "unknown"


def test_no_connection_is_tried_again_and_a_cut_one_may_have_arrived() -> None:
    assert judge(NoAnswer(sent=False, detail="no connection"), asked(), NOW).kind == "retry"
    assert judge(NoAnswer(sent=True, detail="cut"), asked(), NOW).kind == "unknown"


def test_a_good_status_whose_answer_broke_off_has_lost_its_receipt() -> None:
    assert judge(Answer(status=200, whole=False), asked(), NOW).kind == "unknown"


@pytest.mark.parametrize("status", [200, 202, 400, 500])
def test_a_receipt_settles_it_whatever_the_status_says(partner: KeyPair, status: int) -> None:
    good = judge(answer(receipt(partner), status), asked(partner), NOW)
    bad = judge(
        answer(receipt(partner, Disposition("failed", "failure", "unsupported format")), status), asked(partner), NOW
    )

    assert (good.kind, good.disposition) == ("carried", "processed")
    assert (bad.kind, bad.disposition) == ("refused", "failed/failure: unsupported format")


def test_a_receipt_is_kept_as_it_came_with_its_headers(partner: KeyPair) -> None:
    built = receipt(partner)
    carriage = judge(answer(built), asked(partner), NOW)

    assert carriage.receipt == evidence(built.headers, built.body)
    assert carriage.receipt.endswith(built.body)
    assert b"Content-Type: multipart/signed" in carriage.receipt


def test_a_negative_receipt_says_what_to_do(partner: KeyPair) -> None:
    refused = judge(
        answer(receipt(partner, Disposition("processed", "error", "Decryption failed"), mic=None)), asked(partner), NOW
    )

    assert refused.kind == "refused"
    assert "`gateway partner certificate add`" in refused.detail


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"mic": None}, "refused"),
        ({"mic": "A" * 43 + "="}, "refused"),
        ({"about": "<02-1@northgate>"}, "unknown"),
        ({}, "carried"),
    ],
)
def test_a_signed_receipt_counts_only_with_our_mic_for_our_message(
    partner: KeyPair, change: dict[str, str], kind: str
) -> None:
    assert judge(answer(receipt(partner, **change)), asked(partner), NOW).kind == kind  # type: ignore[arg-type]


def test_a_receipt_without_the_signature_that_was_asked_for_is_no_success(partner: KeyPair, stranger: KeyPair) -> None:
    for signer in (None, stranger):
        carriage = judge(answer(receipt(signer)), asked(partner), NOW)
        assert carriage.kind == "refused"
        assert "a signed receipt was asked for" in carriage.detail
        assert "ask before it is sent again" in carriage.detail


def test_where_no_signature_is_agreed_an_unsigned_receipt_will_do_but_not_in_another_name() -> None:
    assert judge(answer(receipt(None)), asked(signed=False), NOW).kind == "carried"
    assert judge(answer(receipt(None, name="MALLORY")), asked(signed=False), NOW).kind == "unknown"


def test_duplicate_document_says_that_an_earlier_try_arrived(partner: KeyPair) -> None:
    with_mic, without = receipt(partner, DUPLICATE), receipt(partner, DUPLICATE, mic=None)
    wrong = receipt(partner, DUPLICATE, mic="A" * 43 + "=")

    assert judge(answer(with_mic), asked(partner, again=True), NOW).kind == "carried"
    assert judge(answer(without), asked(partner, again=True), NOW).kind == "carried"
    assert judge(answer(without), asked(partner), NOW).kind == "refused"  # nothing went out before: of what is it one?
    assert judge(answer(wrong), asked(partner, again=True), NOW).kind == "refused"
    error = receipt(partner, Disposition("processed", "error", "duplicate-document"), mic=None)
    assert judge(answer(error), asked(partner, again=True), NOW).kind == "refused"


def test_a_receipt_that_cannot_be_read_is_asked_for_again() -> None:
    torn = Answer(
        status=200, headers=Headers((("Content-Type", "multipart/report; boundary=x"),)), body=b"--x\r\nnothing"
    )
    carriage = judge(torn, asked(), NOW)

    assert carriage.kind == "unknown"
    assert carriage.receipt is not None


def test_of_receipts_that_come_by_themselves_only_signed_ones_settle_anything(
    partner: KeyPair, stranger: KeyPair
) -> None:
    def settled(built: Built) -> str:
        mdn = read(built.headers, Memory(built.body), trusted=[partner.certificate])
        verdict = settling(weigh(mdn, SENT, their_id="HARBORPINE"), built.body)
        return verdict.kind if verdict else "nothing"

    bad = Disposition("processed", "error", "authentication-failed")
    assert settled(receipt(partner)) == "carried"
    assert settled(receipt(partner, bad)) == "refused"
    assert settled(receipt(partner, mic="A" * 43 + "=")) == "refused"
    assert settled(receipt(partner, about="<02-1@northgate>")) == "nothing"
    assert settled(receipt(None)) == settled(receipt(stranger)) == settled(receipt(None, bad)) == "nothing"


def test_a_wish_to_wait_is_heard_up_to_an_hour() -> None:
    assert judge(Answer(status=503, retry_after="120"), asked(), NOW).retry_after_seconds == 120
    assert retry_after_seconds("999999", NOW) == 3600
    assert retry_after_seconds("Mon, 02 Mar 2026 12:01:00 GMT", NOW) == 60
    assert retry_after_seconds("soon", NOW) is None


def test_the_words_of_a_partner_are_made_fit_for_one_line() -> None:
    carriage = judge(Answer(status=500, body=b"no\r\n\x1b[31mroom" + b"x" * 1000), asked(), NOW)

    assert carriage.detail.startswith("HTTP 500: no [31mroomxxx")
    assert len(carriage.detail) < 230
    assert "nothing was said why" in judge(Answer(status=500, body=b"<html>..."), asked(), NOW).detail
