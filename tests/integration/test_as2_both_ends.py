"""Our client against our own door: every way of sending, receipts at once, later and never, over real HTTP."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.as2.cms.identity import KeyPair
from gateway.ledger.carrying import CarryingState
from gateway.parcel import Content
from gateway.partners.as2_terms import Sending
from gateway.partners.channel import As2Channel
from gateway.pipeline.outbound.send import Awaited, Carriage, Carried
from gateway.store.sent_messages import StoreSentMessages
from gateway.transports.as2.party import Party
from gateway.transports.as2.post import Wire
from gateway.transports.as2.sender import As2Sender, Identity
from tests.fakes.as2_memory import SentInMemory
from tests.integration.as2_door import Door, dated, opened, somebody

ORDER = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*HARBORPINE     *261121*1200*U*00401*000000001*0*P*>~"
WAYS = list(itertools.product((True, False), (True, False), ("no", "before", "after")))


def a_side(ours: str, theirs: str, **about: Any) -> Party:
    """One of two who know each other, from its own view; it takes whatever the other sends."""
    mine, other = somebody(ours.lower()), somebody(theirs.lower())
    terms: dict[str, Any] = {
        "door": "as2",
        "owner": "tests",
        "carries": ["acme"],
        "our_id": ours,
        "their_id": theirs,
        "certificates": [{"file": "acme/2026.pem"}],
        "keys": [{"name": "ours"}],
        "mdn_networks": ["127.0.0.0/8"],
        "receive": {"signed": "false", "encrypted": "false", **about},
    }
    return Party(
        channel="acme-as2",
        terms=As2Channel.model_validate(terms),
        identity=_identity(mine, other),
    )


def _identity(mine: KeyPair, other: KeyPair) -> Identity:
    return Identity(theirs=[dated("acme/2026.pem", other)], keys=[dated("ours", mine)], pairs={"ours": mine})


@dataclass
class Pair:
    """ACME sends to HARBORPINE, and takes receipts at a door of its own."""

    acme: Door
    harborpine: Door
    count: int = 0

    async def send(self, content: bytes = ORDER, *, again: str = "", **terms: Any) -> tuple[Carriage, str]:
        """One file, and its message id."""
        self.count += 1
        sender, memory = self._sender(terms)
        id = again or f"01FILE{self.count}-1"
        file = self._carried(id, content, again=bool(again))
        try:
            carriage = await sender.send(file)
        finally:
            await sender.close()
        self.acme.receipts.sent[id] = Awaited(
            id=file.id,
            message_id=id,
            channel="acme-as2",
            partner="acme",
            state=CarryingState.AWAITING,
            content=file.content,
            notes=memory.notes.get(file.id, {}),
        )
        return carriage, id

    def _carried(self, id: str, content: bytes, *, again: bool) -> Carried:
        return Carried(
            id=f"row-{id}",
            kind="interchange",
            subject="01SUBJECT",
            partner="acme",
            channel="acme-as2",
            name="harborpine-810-000000001.x12",
            content=self._kept(content),
            message_id=id,
            lane=1,
            usage="P",
            attempts=int(again),
            since=datetime.now(UTC),
            again=again,
        )

    def _kept(self, content: bytes) -> Content:
        return self.acme.means.blobs.keep(content)

    def _sender(self, terms: dict[str, Any]) -> tuple[As2Sender, SentInMemory]:
        send = {name: str(one).lower() if isinstance(one, bool) else one for name, one in terms.items()}
        url = f"{self.harborpine.url}/as2"
        side = a_side("ACME", "HARBORPINE")
        sending = Sending.model_validate({"url": url, "mdn_url": f"{self.acme.url}/as2", **send})
        channel = side.terms.model_copy(update={"send": sending})
        memory = SentInMemory()
        return (
            As2Sender(
                channel,
                side.identity,
                sent=StoreSentMessages(self.acme.means),
                notes=memory,
                blobs=self.acme.means.blobs,
                wire=Wire(url=url, answer_seconds=10),
                clock=self.acme.means.now,
            ),
            memory,
        )

    async def settled(self, ids: Sequence[str]) -> list[tuple[str, str]]:
        """What receipts that came by themselves said of these, once all of them have."""

        async def all_of_them() -> None:
            while {one for one, _ in self.acme.receipts.settled} < set(ids):
                await asyncio.sleep(0.02)

        await asyncio.wait_for(all_of_them(), 30)
        return sorted((id, verdict.kind) for id, verdict in self.acme.receipts.settled)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        acme = await stack.enter_async_context(opened(tmp_path / "acme", a_side("ACME", "HARBORPINE")))
        host = acme.url.removeprefix("http://")
        other = a_side("HARBORPINE", "ACME", mdn_hosts=[host])
        yield Pair(acme, await stack.enter_async_context(opened(tmp_path / "harborpine", other)))


@pytest.mark.parametrize("mdn", ["sync", "none"])
async def test_every_way_of_sending_is_taken_once_and_said_to_be(pair: Pair, mdn: str) -> None:
    contents = []
    for number, (sign, encrypt, compress) in enumerate(WAYS):
        contents.append(ORDER + str(number).encode())
        carriage, _ = await pair.send(contents[-1], sign=sign, encrypt=encrypt, compress=compress, mdn=mdn)

        assert carriage.kind == "carried", (sign, encrypt, compress, carriage)
        assert (carriage.receipt is not None) == (mdn == "sync")

    assert sorted(pair.harborpine.contents()) == sorted(contents)


async def test_receipts_that_come_later_find_their_files_whatever_way_was_sent(pair: Pair) -> None:
    ids = []
    for sign, encrypt, compress in WAYS:
        carriage, id = await pair.send(ORDER + id_of(ids), sign=sign, encrypt=encrypt, compress=compress, mdn="async")
        ids.append(id)

        assert carriage.kind == "awaiting"
        assert carriage.answer_due_at is not None

    assert await pair.settled(ids) == sorted((id, "carried") for id in ids)


def id_of(ids: Sequence[str]) -> bytes:
    return str(len(ids)).encode()


async def test_a_message_on_the_same_url_as_receipts_is_told_apart(pair: Pair) -> None:
    """One URL for both: the partner's message and its receipt for ours come to the same address."""
    _, id = await pair.send(mdn="async", mdn_url=f"{pair.acme.url}/as2")

    assert await pair.settled([id]) == [(id, "carried")]
    assert pair.acme.transmissions == []


async def test_a_second_copy_has_no_effect_and_is_settled_by_the_receipt_of_the_first(pair: Pair) -> None:
    first, id = await pair.send()

    second, _ = await pair.send(again=id)

    assert (first.kind, second.kind) == ("carried", "carried")
    assert first.receipt is not None
    assert second.receipt is not None
    assert first.receipt.partition(b"\r\n\r\n")[2] == second.receipt.partition(b"\r\n\r\n")[2]
    assert len(pair.harborpine.transmissions) == 1


async def test_a_large_file_is_streamed_to_the_other_end(pair: Pair) -> None:
    content = Random(1).randbytes(5_000_000)

    carriage, _ = await pair.send(content, compress="before")

    assert carriage.kind == "carried"
    assert pair.harborpine.contents() == [content]
