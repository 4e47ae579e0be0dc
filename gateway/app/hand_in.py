"""Handing in a document of ours by a command: the same check, the same writer and the same road as over HTTP."""

import asyncio
import hashlib
from typing import Final

from gateway.app.memory import Memory, utc_now
from gateway.errors import MachineError, NotInOrder
from gateway.parcel import Content, Parcel, Receipt
from gateway.partners.book import load
from gateway.pipeline.outbound.collect import admit, document_id
from gateway.store import audit
from gateway.store.writer import Writer

COMMAND: Final = "intake/command"
"""The channel of what operators hand in. No intake file can have this name's key: it has none."""


def hand_in(memory: Memory, posted: bytes, *, key: str, who: str) -> tuple[str, bool]:
    """Store a document for a partner, under a key or the hash of its bytes. Returns its id, and whether it was known.

    Held to the partner files in force, which a gateway published at its last start. Raises NotInOrder with every
    fault in it, Conflict when the key was used for other bytes, MachineError when nothing was ever published.
    """
    authored = memory.releases.current()
    if authored is None:
        raise MachineError("no partner files are in force yet: start a gateway first (`./run`)")
    content = memory.blobs.keep(posted)
    key = key or hashlib.sha256(posted).hexdigest()
    earlier = memory.questions.handed_in(COMMAND, key)
    if earlier is not None and earlier.sha256 == content.sha256:
        return document_id(earlier.id), True
    refused = admit(posted, load(authored.partners), None)
    if refused is not None:
        raise NotInOrder("\n".join([refused.reason, *(f"  {one.field}: {one.message}" for one in refused.errors)]))
    receipt = asyncio.run(_received(memory, content, key, who))
    document = document_id(receipt.transmission_id)
    if not receipt.known:
        audit.acted(memory.means, "documents.send", [document], who=who, key=key, sha256=content.sha256)
    return document, receipt.known


async def _received(memory: Memory, content: Content, key: str, who: str) -> Receipt:
    parcel = Parcel(channel=COMMAND, door="intake", content=content, received_at=utc_now(), message_id=key, remote=who)
    writer = Writer(memory.means)
    await asyncio.to_thread(writer.start)
    try:
        return await writer.receive(parcel)
    finally:
        await asyncio.to_thread(writer.stop)
