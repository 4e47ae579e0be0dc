"""Receipts that come for messages of ours: believed only from their partner, and about what was sent."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import PROCESSED, Disposition
from gateway.as2.headers import Headers
from gateway.as2.mdn import Answered as About
from gateway.as2.mdn import Built, Signing, build
from gateway.as2.mic import Mic
from gateway.as2.receipt import Sent
from gateway.ledger.carrying import CarryingState
from gateway.parcel import Content
from gateway.pipeline.outbound.send import Awaited
from gateway.transports.as2 import naming
from tests.integration.as2_door import TOKEN, Answered, Door, a_message, opened, somebody

OURS = a_message(partner="acme", number=77)
MICS = OURS.mics
ID = "01CARRIED-1"
MESSAGE_ID = naming.message_id(ID, "HARBORPINE")
ERROR = Disposition("processed", "error", "decryption-failed")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        door.receipts.sent[ID] = Awaited(
            id="01FILE",
            message_id=ID,
            channel="acme-as2",
            partner="acme",
            state=CarryingState.AWAITING,
            content=Content(sha256="0" * 64, size=0, inline=b""),
            notes=naming.notes(Sent(message_id=MESSAGE_ID, mics=MICS, signed=True)),
        )
        yield door


def a_receipt(
    disposition: Disposition = PROCESSED,
    *,
    partner: str = "acme",
    about: str = MESSAGE_ID,
    mic: str | None = None,
    signer: KeyPair | str | None = "",
) -> Built:
    """As the partner makes it, signed, about the message of ours."""
    key = somebody(partner) if signer == "" else signer
    value = MICS["sha256"] if mic is None else mic
    assert not isinstance(key, str)
    return build(
        About(
            message_id=about,
            sender="HARBORPINE",
            receiver=f"{partner.upper()} AS2",
            disposition=disposition,
            mic=Mic(value, "sha256") if value and disposition == PROCESSED else None,
        ),
        message_id=f"<receipt@{partner}.example>",
        reporting_ua="partner",
        token=TOKEN,
        signing=Signing(signer=key) if key is not None else None,
    )


async def post(door: Door, receipt: Built, path: str = "/as2") -> Answered:
    return await door.post(receipt.headers.fields, receipt.body, path=path)


def kept(door: Door) -> Any:
    (row,) = door.receipts_kept
    assert door.messages == door.transmissions == [] and len(door.audit) == 1
    assert len(door.events("receipt.came")) == 1
    return row


@pytest.mark.parametrize("path", ["/as2", "/as2/mdn"])
async def test_a_good_receipt_settles_what_it_is_about(door: Door, path: str) -> None:
    receipt = a_receipt()

    answer = await post(door, receipt, path)

    ((message_id, verdict),) = door.receipts.settled
    assert (answer.status, answer.body) == (200, b"")
    assert (message_id, verdict.kind, verdict.disposition) == (ID, "carried", "processed")
    assert verdict.receipt is not None and verdict.receipt.endswith(receipt.body)
    assert (kept(door).outcome, kept(door).subject) == ("confirmed", "01FILE")
    assert kept(door).original_message_id == MESSAGE_ID and kept(door).signed_by


async def test_bad_news_settle_it_too(door: Door) -> None:
    await post(door, a_receipt(ERROR))

    ((_, verdict),) = door.receipts.settled
    assert (verdict.kind, verdict.disposition) == ("refused", "processed/error: decryption-failed")
    assert kept(door).outcome == "refused"


@pytest.mark.parametrize(
    ("receipt", "outcome"),
    [
        (lambda: a_receipt(signer=None), "unsigned"),
        (lambda: a_receipt(ERROR, signer=None), "unsigned"),
        (lambda: a_receipt(signer=somebody("mallory")), "unsigned"),
        (lambda: a_receipt(partner="bolt"), "unknown"),
        (lambda: a_receipt(about="<01OTHER-1@harborpine>"), "unknown"),
        (lambda: a_receipt(about=f"<{ID}@elsewhere>"), "unknown"),
    ],
    ids=[
        "not signed",
        "bad news, not signed",
        "signed by somebody else",
        "of another partner",
        "about another message",
        "about an id that looks alike",
    ],
)
async def test_row_14_a_receipt_that_has_not_earned_it_changes_nothing(door: Door, receipt: Any, outcome: str) -> None:
    answer = await post(door, receipt())

    assert answer.status == 200 and door.receipts.settled == []
    assert kept(door).outcome == outcome
    assert door.audit[0]["log_level"] == "warning"


async def test_row_14_a_signed_receipt_without_a_mic_is_no_success(door: Door) -> None:
    await post(door, a_receipt(mic=""))

    ((_, verdict),) = door.receipts.settled
    assert verdict.kind == "refused" and "has no MIC" in verdict.detail


async def test_row_14_a_wrong_mic_is_bad_news_from_the_partner_itself(door: Door) -> None:
    await post(door, a_receipt(mic="A" * 43 + "="))

    ((_, verdict),) = door.receipts.settled
    assert verdict.kind == "refused" and "other content" in verdict.detail
    assert kept(door).outcome == "mismatch"


SECOND = "01CARRIED-2"


@pytest.mark.parametrize(
    ("receipt", "outcome", "words"),
    [
        (a_receipt, "earlier", "says processed, signed by the partner"),
        (lambda: a_receipt(ERROR), "earlier", "says processed/error: decryption-failed, signed by the partner"),
        (lambda: a_receipt(signer=None), "earlier", "without a signature of the partner's"),
        (lambda: a_receipt(about=f"<{ID}@elsewhere>"), "unknown", "nothing was sent here as"),
    ],
    ids=["good", "bad", "not signed", "about an id that looks alike"],
)
async def test_a_late_receipt_for_the_first_copy_of_what_went_again_is_kept_as_that_and_settles_nothing(
    door: Door, receipt: Any, outcome: str, words: str
) -> None:
    notes = naming.notes(Sent(message_id=naming.message_id(SECOND, "HARBORPINE"), mics=MICS, signed=True))
    door.receipts.sent[ID] = replace(door.receipts.sent[ID], message_id=SECOND, earlier=1, notes=notes)

    answer = await post(door, receipt())

    row = kept(door)
    assert answer.status == 200 and door.receipts.settled == []
    assert (row.outcome, row.subject) == (outcome, "01FILE" if outcome == "earlier" else "")
    assert words in row.reason
    assert ("for the first copy" in row.reason) == (outcome == "earlier")


async def test_a_receipt_for_the_first_copy_is_known_while_the_second_is_not_made_yet(door: Door) -> None:
    door.receipts.sent[ID] = replace(door.receipts.sent[ID], message_id=SECOND, earlier=1, notes={})

    await post(door, a_receipt())

    assert kept(door).outcome == "earlier"


async def test_a_receipt_under_names_that_nobody_agreed_on_is_a_strangers(door: Door) -> None:
    receipt = a_receipt()
    fields = [(name, "MALLORY" if name == "AS2-From" else value) for name, value in receipt.headers.fields]

    answer = await post(door, replace(receipt, headers=Headers(tuple(fields))))

    assert answer.status == 403 and door.receipts_kept == [] and door.receipts.settled == []


async def test_a_receipt_that_makes_no_sense_is_kept_and_refused(door: Door) -> None:
    receipt = a_receipt(signer=None)

    answer = await post(door, replace(receipt, body=receipt.body.replace(b"Disposition:", b"Nonsense:")))

    assert answer.status == 400 and kept(door).outcome == "unreadable"


async def test_a_receipt_of_megabytes_is_not_read(door: Door) -> None:
    receipt = a_receipt(signer=None)

    answer = await post(door, replace(receipt, body=receipt.body + b" " * 2_000_000))

    assert answer.status == 400 and door.receipts_kept == [] and door.receipts.settled == []


async def test_the_raw_receipt_is_kept_with_its_headers(door: Door) -> None:
    receipt = a_receipt()

    await post(door, receipt)

    row = kept(door)
    assert door.means.blobs.stored(row.sha256, 0, receipt.body).sha256 == row.sha256
    assert ["as2-from", '"ACME AS2"'] in row.headers
