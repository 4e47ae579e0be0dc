"""The stages of the road over one revision of the rules and the store, as the engine calls them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.app.memory import Memory
from gateway.partners.window import opens_at
from gateway.pipeline.inbound.translate import retranslate
from gateway.pipeline.inbound.unseal import unseal
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.seal import Packing, Unsealed, pack
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome
from gateway.pipeline.outbound.translate import Surroundings, translate
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import DocumentOutcome, Received, Translatable, TransmissionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesOfTheRoad:
    """Both ways."""

    rules: Rules
    memory: Memory

    def process(self, received: Received) -> TransmissionOutcome:
        """Unseal one transmission, and map what its acknowledgement accepts."""
        return unseal(received, self.memory.blobs, self.rules, self.memory.new_id, self.memory.references)

    def translate(self, document: Translatable) -> DocumentOutcome:
        """Map one validated document from its stored bytes."""
        return retranslate(
            document,
            self.rules,
            self.memory.releases.mapping_text,
            references=self.memory.references,
        )

    def posted(self, received: Received) -> Collected:
        """What one of our systems handed in by a transmission."""
        posted = b"".join(self.memory.blobs.chunks(received.content))
        return Collected(
            id=document_id(received.id), transmission=received.id, posted=posted, received_at=received.received_at
        )

    def collect(self, document: Collected) -> OutboundOutcome:
        """Write one document of ours as X12."""
        around = Surroundings(
            rules=self.rules,
            threads=self.memory.threads,
            texts=self.memory.releases.mapping_text,
            now=self.memory.means.now(),
            references=self.memory.references,
        )
        return translate(document, around)

    def pack(self, waiting: Sequence[Unsealed]) -> Packing:
        """Interchanges of what may go now, inside the hours of its channel."""
        return pack(waiting, self._opening, self.memory.means.now(), self.rules.book.pushes)

    def _opening(self, channel: str, time_zone: str, now: datetime) -> datetime:
        known = self.rules.book.channel(channel)
        return opens_at(known.windows if known is not None else (), now, time_zone)
