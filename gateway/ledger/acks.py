"""What we sent and what came back: every lawful move of a sending and of the acknowledgement that it is owed.

    sending           offered -> fetched -> confirmed, or carried where we push (how it gets there is in `carrying`)
    acknowledgement   "" -> awaited -> accepted | accepted_with_errors | partially_accepted | rejected
                      awaited -> overdue | assumed_accepted, when its time is over, and then as it is answered
                      any that is not good -> waived, by a person

An acknowledgement may be followed by another that says otherwise: partners correct theirs, and what comes late counts,
whatever was assumed or waived before. Back to waiting leads only that the same interchange goes once more.
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
    OVERDUE = "overdue"  # its time is over, and it has not come
    ASSUMED = "assumed_accepted"  # its time is over, and the partner answers only what it refuses
    WAIVED = "waived"  # a person said that nobody waits for it, or minds it, any more


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
_WAIVED: Mapping[AcknowledgementState, str] = MappingProxyType({_A.WAIVED: events.DOCUMENT_WAIVED})


def _said(before: AcknowledgementState) -> Mapping[AcknowledgementState, str]:
    return {after: events.DOCUMENT_ACKNOWLEDGED for after in _ANSWERS if after is not before}


ACKNOWLEDGEMENT: Life[AcknowledgementState] = Life(
    MappingProxyType(
        {
            # Partners answer also where it was not agreed: what they say counts all the same.
            None: {_A.NONE: events.DOCUMENT_SEALED, _A.AWAITED: events.DOCUMENT_SEALED},
            _A.NONE: {_A.AWAITED: events.DOCUMENT_SEALED, **_said(_A.NONE)},
            _A.AWAITED: {
                **_said(_A.AWAITED),
                _A.OVERDUE: events.DOCUMENT_OVERDUE,
                _A.ASSUMED: events.DOCUMENT_ASSUMED,
                **_WAIVED,
            },
            # Sent again under the same numbers, it is waited for anew, also where it was assumed that they had it.
            _A.OVERDUE: {_A.AWAITED: events.DOCUMENT_RESENT, **_said(_A.OVERDUE), **_WAIVED},
            _A.ASSUMED: {_A.AWAITED: events.DOCUMENT_RESENT, **_said(_A.ASSUMED)},
            _A.WAIVED: _said(_A.WAIVED),
            _A.ACCEPTED: _said(_A.ACCEPTED),
            **{answer: {**_said(answer), **_WAIVED} for answer in _ANSWERS[1:]},
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
        "overdue": "The partner's acknowledgement is overdue: nobody knows whether they have it.",
        "assumed_accepted": "The partner answers only what it refuses, and has refused nothing in the time agreed.",
        "waived": "A person said that nobody minds its acknowledgement any more; it is not known to be accepted.",
    }
)
"""One sentence per state that finance understands."""
