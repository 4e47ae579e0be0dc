"""Which deadline runs for a document, whoever has to act, and how long it is where nothing else was agreed.

    inbound    validated, mapped -> delivery      held, dead -> attention
    outbound   collected, translated -> dispatch  held, dead -> attention
               sealed -> pickup | receipt
               sent -> acknowledgement while that is awaited, attention when it is a refusal

One deadline runs at a time, and what has none is done. A missed one stays what it was until the document moves on.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, Protocol

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.calendar import ALWAYS, Duration
from gateway.ledger.document import DocumentState, OutboundState


class Due(StrEnum):
    """What has to happen by then."""

    NONE = ""  # nothing: the document is done, or another stands for it
    DELIVERY = "delivery"  # one of our systems has it
    DISPATCH = "dispatch"  # it is sealed and laid out for the partner
    PICKUP = "pickup"  # the partner has fetched it
    RECEIPT = "receipt"  # we have carried it there, and the receipt (MDN) that was agreed is in
    ACKNOWLEDGEMENT = "acknowledgement"  # the partner has said by 997 or 999 whether it can use it
    ATTENTION = "attention"  # a person of ours has looked at it
    ANSWER = "answer"  # our own 997, 999 or TA1 is with the partner: runs for the answer, not for a document
    TA1 = "ta1"  # the partner has answered the envelope, where we asked: runs for the interchange


INBOUND: Final = (Due.ANSWER, Due.DELIVERY, Due.ATTENTION)
OUTBOUND: Final = (Due.DISPATCH, Due.PICKUP, Due.RECEIPT, Due.TA1, Due.ACKNOWLEDGEMENT, Due.ATTENTION)
"""Which there are for what comes in, and for what goes out, in the order in which they come."""

WHO: Final[Mapping[Due, Literal["us", "the partner"]]] = MappingProxyType(
    {
        Due.DELIVERY: "us",
        Due.DISPATCH: "us",
        Due.PICKUP: "the partner",
        Due.RECEIPT: "the partner",
        Due.ACKNOWLEDGEMENT: "the partner",
        Due.ATTENTION: "us",
        Due.ANSWER: "us",
        Due.TA1: "the partner",
    }
)
"""Who has to act."""

STANDARD: Final[Mapping[Due, Duration]] = MappingProxyType(
    {
        Due.DELIVERY: Duration(4, "hours"),
        Due.DISPATCH: Duration(24, "hours"),
        Due.PICKUP: Duration(24, "hours"),
        Due.RECEIPT: Duration(4, "hours"),
        Due.ACKNOWLEDGEMENT: Duration(24, "hours"),
        Due.ATTENTION: Duration(1, "days", business=True),
        Due.ANSWER: Duration(24, "hours"),
        Due.TA1: Duration(24, "hours"),
    }
)
"""How long each is where neither partner nor agreement says otherwise."""

WORDS: Final[Mapping[Due, str]] = MappingProxyType(
    {
        Due.DELIVERY: "our system does not have it yet",
        Due.DISPATCH: "it is not laid out for the partner yet",
        Due.PICKUP: "the partner has not fetched it",
        Due.RECEIPT: "the partner's system has not confirmed that it has it",
        Due.ACKNOWLEDGEMENT: "the partner has not acknowledged it",
        Due.ATTENTION: "nobody has mended what it is held or refused for",
        Due.ANSWER: "our answer is not with the partner",
        Due.TA1: "the partner has not answered the envelope",
    }
)
"""What a missed deadline means, for people."""

_INBOUND: Final[Mapping[DocumentState, Due]] = MappingProxyType(
    {
        DocumentState.VALIDATED: Due.DELIVERY,
        DocumentState.MAPPED: Due.DELIVERY,
        DocumentState.HELD: Due.ATTENTION,
        DocumentState.DEAD: Due.ATTENTION,
    }
)
_OUTBOUND: Final[Mapping[OutboundState, Due]] = MappingProxyType(
    {
        OutboundState.COLLECTED: Due.DISPATCH,
        OutboundState.TRANSLATED: Due.DISPATCH,
        OutboundState.HELD: Due.ATTENTION,
        OutboundState.DEAD: Due.ATTENTION,
    }
)
_ACKNOWLEDGEMENT: Final[Mapping[AcknowledgementState, Due]] = MappingProxyType(
    {
        AcknowledgementState.AWAITED: Due.ACKNOWLEDGEMENT,
        AcknowledgementState.OVERDUE: Due.ACKNOWLEDGEMENT,
        AcknowledgementState.PARTIALLY_ACCEPTED: Due.ATTENTION,
        AcknowledgementState.REJECTED: Due.ATTENTION,
    }
)


def inbound(state: str) -> Due:
    """The deadline of a document that came in."""
    return _INBOUND.get(DocumentState(state), Due.NONE)


def outbound(state: str, acknowledgement: str, *, pushed: bool) -> Due:
    """The deadline of a document of ours. `pushed`: we carry it to the partner, who does not fetch it.

    What a partner answers before it is known to have the document counts already: TA1s and 997s overtake receipts.
    """
    where = OutboundState(state)
    if where not in (OutboundState.SEALED, OutboundState.SENT):
        return _OUTBOUND.get(where, Due.NONE)
    said = AcknowledgementState(acknowledgement)
    if where is OutboundState.SENT or said not in (AcknowledgementState.NONE, AcknowledgementState.AWAITED):
        return _ACKNOWLEDGEMENT.get(said, Due.NONE)
    return Due.RECEIPT if pushed else Due.PICKUP


class Clocks(Protocol):
    """How long things may take with each partner, by the files in force."""

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        """When the time is over that began at the aware time `start`; None for Due.NONE."""

    def negative_only(self, agreement: str) -> bool:
        """Whether a partner answers only what it refuses: what is not answered in time counts as accepted."""


class StandardClocks:
    """Where no partner file says anything."""

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        """As in `Clocks`."""
        return STANDARD[due].after(start, ALWAYS) if due else None

    def negative_only(self, agreement: str) -> bool:
        """As in `Clocks`."""
        return False
