"""Where a transmission, an interchange and a document may stand, and every lawful move between those places.

Nothing about states may live anywhere else. A move that is not in a table is a bug of ours, never a partner's fault:
rows change state by compare-and-set, and `Life.sources` says from which states a change may start.

    transmission    received -> processed | refused | quarantined | dead
    interchange     accepted | rejected | duplicate | quarantined -> released
    document        validated -> mapped -> delivered, or rejected, held, dead on the way; held or dead and then
                    closed by a person; reconciled, if it is an answer
    outbound        collected -> translated -> sealed -> sent, or held, dead on the way; superseded by another sending;
                    combined with the other parts of its document
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from gateway.errors import GatewayError
from gateway.ledger import events


class TransmissionState(StrEnum):
    """One file or post as it came in."""

    RECEIVED = "received"  # durable, the sender has our yes; nobody has looked into it yet
    PROCESSED = "processed"  # read to its end: its interchanges and documents have lives of their own
    REFUSED = "refused"  # nothing in it could be read as an interchange
    QUARANTINED = "quarantined"  # may not be attributed to a partner, or a number came again with other bytes
    DEAD = "dead"  # our own code failed on it, or it stopped the process too often


class InterchangeState(StrEnum):
    """One ISA to IEA."""

    ACCEPTED = "accepted"  # TA104 A or E: its groups and sets are judged one by one
    REJECTED = "rejected"  # TA104 R: nothing in it is delivered
    DUPLICATE = "duplicate"  # the same bytes came before: the stored acknowledgement is offered again
    QUARANTINED = "quarantined"  # no TA1, no 997, no delivery until a person decides
    RELEASED = "released"  # a person let it through: its transmission is read again


class DocumentState(StrEnum):
    """One transaction set that came in, with its life."""

    VALIDATED = "validated"  # accepted by our acknowledgement, not mapped yet
    MAPPED = "mapped"  # canonical, on its way to one of our systems
    DELIVERED = "delivered"  # our system has it and gave it a number
    RECONCILED = "reconciled"  # a 997 or 999 that was matched to what it answers: it has done all it can
    REJECTED = "rejected"  # the partner was told so (AK501, AK901 or TA104 R); never delivered
    HELD = "held"  # waits for a person: usage, an unmapped value, an unknown outcome
    CLOSED = "closed"  # was held or dead: a person looked at it, and nothing more comes of it here
    DEAD = "dead"  # the mapping or our system refused it for good, or patience ended


class OutboundState(StrEnum):
    """One document of ours on its way to a partner. What the partner says of it afterwards is in `acks`."""

    COLLECTED = "collected"  # one of our systems handed it in and has our yes; not X12 yet
    COMBINED = "combined"  # a part of a document that goes out as one: another of its parts stands for all of them
    TRANSLATED = "translated"  # X12 that our own checks find good; waits for its batch and its channel's hours
    SEALED = "sealed"  # numbered, in an interchange, laid out for the partner
    SENT = "sent"  # the partner has it
    HELD = "held"  # waits for a person: no agreement, a value that does not fit, money that does not add up
    DEAD = "dead"  # our own code failed on it
    SUPERSEDED = "superseded"  # a person had it sent again under other numbers: another document took its place


State = TypeVar("State", bound=StrEnum)
Moves = Mapping[State | None, Mapping[State, str]]


class UnlawfulMove(GatewayError):
    """A change of state that is in no table: a bug of ours."""


@dataclass(frozen=True, slots=True)
class Life(Generic[State]):
    """The lawful moves of one kind of thing: state before (None: it does not exist yet) -> state after -> event."""

    moves: Moves[State]

    def lawful(self, before: State | None, after: State) -> bool:
        """Whether the move is in the table."""
        return after in self.moves.get(before, {})

    def event(self, before: State | None, after: State) -> str:
        """The kind of event that tells of the move. Raises UnlawfulMove when there is no such move."""
        try:
            return self.moves[before][after]
        except KeyError:
            raise UnlawfulMove(f"{before or 'nothing'} -> {after}") from None

    def sources(self, after: State) -> frozenset[State]:
        """The states from which `after` can be reached: what a compare-and-set has to compare with."""
        return frozenset(before for before, to in self.moves.items() if before is not None and after in to)

    def final(self, state: State) -> bool:
        """Whether nothing leads out of a state."""
        return not self.moves.get(state)


_T, _I, _D, _O = TransmissionState, InterchangeState, DocumentState, OutboundState

TRANSMISSION: Life[TransmissionState] = Life(
    MappingProxyType(
        {
            None: {_T.RECEIVED: events.TRANSMISSION_RECEIVED},
            _T.RECEIVED: {
                _T.PROCESSED: events.TRANSMISSION_PROCESSED,
                _T.REFUSED: events.TRANSMISSION_REFUSED,
                _T.QUARANTINED: events.TRANSMISSION_QUARANTINED,
                _T.DEAD: events.TRANSMISSION_DEAD,
            },
            # One interchange of several may be quarantined and released alone: the whole file is read again, and the
            # others are then duplicates of themselves, so nothing of them is delivered twice.
            _T.PROCESSED: {_T.RECEIVED: events.TRANSMISSION_RELEASED},
            _T.QUARANTINED: {_T.RECEIVED: events.TRANSMISSION_RELEASED},
            _T.REFUSED: {},
            _T.DEAD: {_T.RECEIVED: events.TRANSMISSION_REPLAYED},
        }
    )
)

INTERCHANGE: Life[InterchangeState] = Life(
    MappingProxyType(
        {
            None: {
                _I.ACCEPTED: events.INTERCHANGE_ACCEPTED,
                _I.REJECTED: events.INTERCHANGE_REJECTED,
                _I.DUPLICATE: events.INTERCHANGE_DUPLICATE,
                _I.QUARANTINED: events.INTERCHANGE_QUARANTINED,
            },
            _I.QUARANTINED: {_I.RELEASED: events.INTERCHANGE_RELEASED},
            _I.ACCEPTED: {},
            _I.REJECTED: {},
            _I.DUPLICATE: {},
            _I.RELEASED: {},
        }
    )
)

DOCUMENT: Life[DocumentState] = Life(
    MappingProxyType(
        {
            None: {
                _D.VALIDATED: events.DOCUMENT_VALIDATED,
                _D.MAPPED: events.DOCUMENT_MAPPED,
                _D.RECONCILED: events.DOCUMENT_RECONCILED,
                _D.REJECTED: events.DOCUMENT_REJECTED,
                _D.HELD: events.DOCUMENT_HELD,
                _D.DEAD: events.DOCUMENT_DEAD,
            },
            _D.VALIDATED: {
                _D.MAPPED: events.DOCUMENT_MAPPED,
                _D.HELD: events.DOCUMENT_HELD,
                _D.DEAD: events.DOCUMENT_DEAD,
            },
            _D.MAPPED: {
                _D.DELIVERED: events.DOCUMENT_DELIVERED,
                _D.MAPPED: events.DOCUMENT_DEFERRED,
                _D.HELD: events.DOCUMENT_HELD,
                _D.DEAD: events.DOCUMENT_DEAD,
            },
            # A replay starts at the mapping, or at the delivery when the canonical body stands and only the outcome
            # is in doubt.
            _D.HELD: {
                _D.VALIDATED: events.DOCUMENT_REPLAYED,
                _D.MAPPED: events.DOCUMENT_REPLAYED,
                _D.CLOSED: events.DOCUMENT_CLOSED,
                # A person held it while it was being handed over, and what came of that was not known yet.
                _D.DELIVERED: events.DOCUMENT_DELIVERED,
                _D.HELD: events.DOCUMENT_HELD,
                _D.DEAD: events.DOCUMENT_DEAD,
            },
            _D.CLOSED: {
                # Only with --again and a reason: whoever closed it erred.
                _D.VALIDATED: events.DOCUMENT_REPLAYED,
                _D.MAPPED: events.DOCUMENT_REPLAYED,
                # It was being handed over when a person held it, and then closed it: our system has it all the same.
                _D.DELIVERED: events.DOCUMENT_DELIVERED,
            },
            _D.DEAD: {
                _D.VALIDATED: events.DOCUMENT_REPLAYED,
                _D.MAPPED: events.DOCUMENT_REPLAYED,
                _D.CLOSED: events.DOCUMENT_CLOSED,
            },
            # Only with --again and a reason: the next generation, under the next key.
            _D.DELIVERED: {_D.VALIDATED: events.DOCUMENT_REPLAYED, _D.MAPPED: events.DOCUMENT_REPLAYED},
            _D.RECONCILED: {},
            # The partner was told no and will send it again: delivering it now would deliver it twice.
            _D.REJECTED: {},
        }
    )
)

OUTBOUND: Life[OutboundState] = Life(
    MappingProxyType(
        {
            None: {_O.COLLECTED: events.DOCUMENT_COLLECTED},
            _O.COLLECTED: {
                _O.TRANSLATED: events.DOCUMENT_TRANSLATED,
                _O.HELD: events.DOCUMENT_HELD,
                _O.DEAD: events.DOCUMENT_DEAD,
                _O.COMBINED: events.DOCUMENT_COMBINED,
                # The same part came again before the others were there.
                _O.SUPERSEDED: events.DOCUMENT_SUPERSEDED,
            },
            _O.COMBINED: {},
            _O.TRANSLATED: {_O.SEALED: events.DOCUMENT_SEALED, _O.HELD: events.DOCUMENT_HELD},
            # Its numbers are given out and its bytes may be with the partner: nothing leads back.
            _O.SEALED: {_O.SENT: events.DOCUMENT_SENT, _O.SUPERSEDED: events.DOCUMENT_SUPERSEDED},
            _O.SENT: {_O.SUPERSEDED: events.DOCUMENT_SUPERSEDED},
            # What never went may be handed in anew, corrected: the new one takes its place.
            _O.HELD: {_O.COLLECTED: events.DOCUMENT_REPLAYED, _O.SUPERSEDED: events.DOCUMENT_SUPERSEDED},
            _O.DEAD: {_O.COLLECTED: events.DOCUMENT_REPLAYED, _O.SUPERSEDED: events.DOCUMENT_SUPERSEDED},
            _O.SUPERSEDED: {},
        }
    )
)

TOLD_AS: Mapping[str, str] = MappingProxyType(
    {
        events.DOCUMENT_BEFORE_ORDER: events.DOCUMENT_HELD,
        events.DOCUMENT_AFTER_ORDER: events.DOCUMENT_REPLAYED,
        events.DOCUMENT_RELEASED: events.DOCUMENT_REPLAYED,
    }
)
"""Kinds of events that tell of a move of the tables in words of their own, and the kind that the tables have for it."""

HEADLINES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("transmission", "received"): "Stored safely; not opened yet.",
        ("transmission", "processed"): "Opened and answered.",
        ("transmission", "refused"): "Nothing of it is used: it is not X12, or too much for one file.",
        ("transmission", "quarantined"): "Set aside: a person has to say whether it may be used.",
        ("transmission", "dead"): "The gateway itself failed on it; its operators are needed.",
        ("interchange", "accepted"): "Envelope good; each document in it is judged by itself.",
        ("interchange", "rejected"): "Refused as a whole; the partner was told.",
        ("interchange", "duplicate"): "Came before, byte for byte; answered again, delivered once.",
        ("interchange", "quarantined"): "Set aside: not answered, not delivered, until a person decides.",
        ("interchange", "released"): "Let through by a person; read again.",
        ("document", "validated"): "Accepted; waits to be translated.",
        ("document", "mapped"): "Translated; on its way to our system.",
        ("document", "delivered"): "Our system has it.",
        ("document", "reconciled"): "An acknowledgement; what it answers was found and moved by it.",
        ("document", "rejected"): "Refused; the partner was told and has to send it again.",
        ("document", "held"): "Waits for a person.",
        ("document", "closed"): "A person looked at it and closed it; nothing more comes of it here.",
        ("document", "dead"): "Could not be delivered; a person has to correct and replay it.",
        ("outbound", "collected"): "Handed in by our system; waits to be translated.",
        ("outbound", "combined"): "Goes out in one document with its other parts.",
        ("outbound", "translated"): "Ready to go; waits for its batch or for its channel's hours.",
        ("outbound", "sealed"): "Numbered and laid out; the partner has not fetched it yet.",
        ("outbound", "sent"): "The partner has it.",
        ("outbound", "held"): "Not sent: waits for a person.",
        ("outbound", "dead"): "Not sent: the gateway itself failed on it; its operators are needed.",
        ("outbound", "superseded"): "Another took its place; only the later one counts.",
    }
)
"""(kind, state) -> one sentence that finance and partners understand."""
