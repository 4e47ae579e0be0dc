"""AS2 messages of ours: made once, whoever makes them, and read back as they were."""

from dataclasses import replace

import pytest

from gateway.pipeline.sent_messages import SentMessage
from gateway.store.contents import sweep_orphans
from gateway.store.means import Means
from gateway.store.sent_messages import StoreSentMessages


def a_message(means: Means, body: bytes = b"encrypted") -> SentMessage:
    return SentMessage(
        channel="acme-as2",
        carried_id="01JD8K-1",
        message_id="<01JD8K-1@northgate>",
        headers=(("AS2-From", '"North Gate"'), ("Message-ID", "<01JD8K-1@northgate>")),
        content=means.blobs.keep(body),
        mics={"sha256": "x="},
        packed_at=means.now(),
        security={"cipher": "aes256-cbc"},
    )


@pytest.mark.parametrize("size", [9, 100_000])
def test_a_message_is_read_back_as_it_was_made(means: Means, size: int) -> None:
    store, message = StoreSentMessages(means), a_message(means, bytes(size))
    assert store.kept("acme-as2", "01JD8K-1") is None

    store.keep(message)

    kept = store.kept("acme-as2", "01JD8K-1")
    assert kept == replace(message, content=kept.content) if kept else False
    assert kept is not None
    assert b"".join(means.blobs.chunks(kept.content)) == bytes(size)


def test_of_two_that_were_made_the_first_counts(means: Means) -> None:
    store = StoreSentMessages(means)
    first = store.keep(a_message(means, b"by one node"))

    second = store.keep(a_message(means, b"by the other"))

    assert second.content.sha256 == first.content.sha256
    assert store.kept("acme-as2", "01JD8K-1") == first


def test_by_another_channel_it_is_another_message(means: Means) -> None:
    store = StoreSentMessages(means)
    store.keep(a_message(means))

    assert store.kept("acme-van", "01JD8K-1") is None


def test_a_large_message_is_not_swept_away(means: Means) -> None:
    store = StoreSentMessages(means)
    message = store.keep(a_message(means, bytes(100_000)))
    sweep_orphans(means.database, means.blobs)

    assert means.blobs.has(message.content.sha256, 100_000)
