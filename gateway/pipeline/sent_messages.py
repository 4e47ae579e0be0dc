"""What the AS2 client keeps of a message of ours before it sends it, as a Protocol.

Encryption has randomness of its own: a message that is made twice is two messages. It is made once, kept, and sent from
there as often as it takes, so that every try and every node sends the same bytes under the same Message-ID.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.parcel import Content
from gateway.pipeline.messages import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One AS2 message of ours: `headers` and `content`, the body, as they go over the wire.

    `carried_id` is the message id of the file it carries, by which a receipt finds it; `message_id` what the partner
    sees, in angle brackets. `mics` are by digest. `security` is what people want to know: signed_with, encrypted_for
    (SHA-256 of the certificates), digest, cipher, transport, compress.
    """

    channel: str
    carried_id: str
    message_id: str
    headers: Fields
    content: Content
    mics: Mapping[str, str]
    packed_at: datetime
    security: Mapping[str, str] = field(default_factory=dict)


class SentMessages(Protocol):
    """Messages of ours as they were made. May raise MachineError when disk or database refuse."""

    def kept(self, channel: str, carried_id: str) -> SentMessage | None:
        """The message of a file by a channel; None before it was made."""

    def keep(self, message: SentMessage) -> SentMessage:
        """Store it durably. When another was stored for the same file meanwhile, that one counts and is returned."""
