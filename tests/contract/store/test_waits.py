"""What waits because its bytes cannot be read says so, once per change, until it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from gateway.parcel import INLINE_LIMIT, Content
from gateway.pipeline.stage import TransmissionOutcome
from gateway.store.tables import EVENT, TRANSMISSION
from tests.contract.store.shop import Shop, a_mapped, an_interchange

LOST = "blobs: No such file or directory"
WORDS = "its bytes cannot be read (blobs: No such file or directory), it is tried again: see gateway doctor"
LARGE_CANONICAL = b'{"notes":"' + b"x" * INLINE_LIMIT + b'"}'


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@contextmanager
def without(shop: Shop, content: Content) -> Iterator[None]:
    """The file of this content cannot be read for a while."""
    path = shop.means.blobs.path(content.sha256)
    aside = path.with_name("aside")
    path.rename(aside)
    yield
    aside.rename(path)


def a_large_interchange(shop: Shop) -> Content:
    content = shop.means.blobs.keep(an_interchange(sets=800))
    assert content.inline is None
    return content


def told(shop: Shop, subject: str, kind: str) -> list[str]:
    rows = shop.all(EVENT, EVENT.c.subject == subject, EVENT.c.kind == kind)
    return [row.why for row in rows]


async def test_a_transmission_that_cannot_be_read_stays_received_and_says_why(shop: Shop) -> None:
    transmission = await shop.arrived()

    shop.journal.record_waiting({transmission: LOST})

    row = shop.questions.transmission(transmission)
    assert row is not None
    assert (row.state, row.reason) == ("received", WORDS)


async def test_a_sweep_that_finds_it_unreadable_again_adds_no_event_and_another_reason_one(shop: Shop) -> None:
    transmission = await shop.arrived()

    for refusal in (LOST, LOST, LOST, "blobs: Stale file handle"):
        shop.journal.record_waiting({transmission: refusal})

    changes = told(shop, transmission, "transmission.waits")
    assert changes == [WORDS, WORDS.replace("No such file or directory", "Stale file handle")]


async def test_the_reason_goes_when_it_goes_through(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    shop.journal.record_waiting({transmission: LOST})

    shop.journal.record_processed([shop.opened(transmission)])

    row = shop.questions.transmission(transmission)
    assert row is not None
    assert (row.state, row.reason) == ("processed", "")


async def test_what_has_gone_on_since_is_not_said_to_wait(shop: Shop) -> None:
    transmission = await shop.arrived()
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="refused", reason="not X12")])

    shop.journal.record_waiting({transmission: LOST})

    assert [row.reason for row in shop.all(TRANSMISSION)] == ["not X12"]
    assert told(shop, transmission, "transmission.waits") == []


async def test_a_document_whose_set_cannot_be_read_says_so_until_it_is_mapped(shop: Shop) -> None:
    content = a_large_interchange(shop)
    transmission = await shop.arrived(content=content)
    outcome = shop.opened(transmission, state="validated", canonical=None, destination="")
    shop.journal.record_processed([outcome])
    documents = [one.id for one in outcome.interchanges[0].documents[:2]]

    with without(shop, content):
        assert shop.journal.translatable(documents) == shop.journal.translatable(documents) == []
        waiting = [row for row in shop.questions.documents(limit=1000) if row.reason]
    mapped = shop.journal.translatable(documents)
    shop.journal.record_translated([a_mapped(document) for document in documents])

    assert {row.id: (row.state, row.reason) for row in waiting} == dict.fromkeys(documents, ("validated", WORDS))
    assert [told(shop, one, "document.waits") for one in documents] == [[WORDS], [WORDS]]
    assert [one.id for one in mapped] == documents
    assert [row.reason for row in shop.questions.documents(limit=1000) if row.reason] == []


async def test_a_document_whose_canonical_body_cannot_be_read_says_so_until_it_is_delivered(shop: Shop) -> None:
    (document,) = await shop.documents(canonical=LARGE_CANONICAL)
    content = shop.means.blobs.keep(LARGE_CANONICAL)

    with without(shop, content):
        assert shop.journal.deliverable("erp", [document]) == []
        assert shop.journal.oldest_waiting("erp") is None
        waiting = shop.questions.documents()[0]
    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])

    delivered = shop.questions.documents()[0]
    assert (waiting.state, waiting.reason) == ("mapped", WORDS)
    assert told(shop, document, "document.waits") == [WORDS]
    assert (delivered.state, delivered.reason) == ("delivered", "")


async def test_a_document_is_shown_even_when_its_bytes_cannot_be_read(shop: Shop) -> None:
    content = a_large_interchange(shop)
    transmission = await shop.arrived(content=content)
    outcome = shop.opened(transmission, canonical=LARGE_CANONICAL)
    shop.journal.record_processed([outcome])

    with without(shop, content), without(shop, shop.means.blobs.keep(LARGE_CANONICAL)):
        detail = shop.questions.document(outcome.interchanges[0].documents[0].id)

    assert detail is not None
    assert (detail.x12, detail.canonical) == (b"", None)
    assert detail.row.transmission_id == transmission
