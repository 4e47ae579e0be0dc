"""What we sent and what came back: every lawful move of a sending and of the acknowledgement that it is owed.

    sending           offered -> fetched -> confirmed, or carried where we push (how it gets there is in `carrying`)
    acknowledgement   "" -> awaited -> accepted | accepted_with_errors | partially_accepted | rejected

An acknowledgement may be followed by another that says otherwise: partners correct theirs. None leads back to waiting.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.ledger import events
from gateway.ledger.document import Life


class SendingState(StrEnum):
    """One interchange of ours at a partner's door."""

    OFFERED = "offered"  # in the outbound folder of its channel, or on its way through a door that we push through
    FETCHED = "fetched"  # read to its end: from here on an acknowledgement is owed
    CONFIRMED = "confirmed"  # removed by the partner after reading
    CARRIED = "carried"  # we brought it, and the other side said that it has it


class AcknowledgementState(StrEnum):
    """What the partner said of a document, a group or an interchange (TA1) of ours."""

    NONE = ""  # nothing is expected, as agreed
    AWAITED = "awaited"  # expected, not come
    ACCEPTED = "accepted"  # AK501, AK901 or TA104 A
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"  # E: used, and something to be mended
    PARTIALLY_ACCEPTED = "partially_accepted"  # AK901 P: some of the group's sets were refused
    REJECTED = "rejected"  # R, M, W or X: the partner does not use it


_S, _A = SendingState, AcknowledgementState

SENDING: Life[SendingState] = Life(
    MappingProxyType(
        {
            None: {_S.OFFERED: events.SENDING_OFFERED},
            # Many clients remove what they read without closing it first: that is a pickup too.
            _S.OFFERED: {
                _S.FETCHED: events.SENDING_FETCHED,
                _S.CONFIRMED: events.SENDING_CONFIRMED,
                _S.CARRIED: events.SENDING_CARRIED,
            },
            _S.FETCHED: {_S.CONFIRMED: events.SENDING_CONFIRMED},
            _S.CONFIRMED: {},
            _S.CARRIED: {},
        }
    )
)

_ANSWERS = (_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS, _A.PARTIALLY_ACCEPTED, _A.REJECTED)


def _said(before: AcknowledgementState) -> Mapping[AcknowledgementState, str]:
    return {after: events.DOCUMENT_ACKNOWLEDGED for after in _ANSWERS if after is not before}


ACKNOWLEDGEMENT: Life[AcknowledgementState] = Life(
    MappingProxyType(
        {
            # Partners answer also where it was not agreed: what they say counts all the same.
            None: {_A.NONE: events.DOCUMENT_SEALED, _A.AWAITED: events.DOCUMENT_SEALED},
            _A.NONE: {_A.AWAITED: events.DOCUMENT_SEALED, **_said(_A.NONE)},
            _A.AWAITED: _said(_A.AWAITED),
            **{answer: _said(answer) for answer in _ANSWERS},
        }
    )
)

STATUSES: Mapping[str, AcknowledgementState] = MappingProxyType(
    {
        "A": _A.ACCEPTED,
        "E": _A.ACCEPTED_WITH_ERRORS,
        "P": _A.PARTIALLY_ACCEPTED,
        "R": _A.REJECTED,
        "M": _A.REJECTED,
        "W": _A.REJECTED,
        "X": _A.REJECTED,
    }
)
"""AK501, AK901 and TA104 (elements 717, 715, I17) as states; any other value is nobody's word."""

HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        "": "No acknowledgement is expected.",
        "awaited": "The partner's acknowledgement has not come yet.",
        "accepted": "The partner accepted it.",
        "accepted_with_errors": "The partner uses it, and noted errors.",
        "partially_accepted": "The partner refused a part of it.",
        "rejected": "The partner refused it; it has to be corrected and sent again.",
    }
)
"""One sentence per state that finance understands."""
