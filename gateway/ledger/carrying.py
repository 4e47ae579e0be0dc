"""A file of ours that goes out by a door that we push through: where it may stand, and every lawful move.

    waiting -> awaiting | carried | refused | given_up, or waiting for another try
    awaiting -> carried | refused | given_up, or waiting again when the receipt is overdue

`refused` and `given_up` wait for a person; what a receipt says counts however late it comes, so `given_up` may still
turn out to be carried. Who is trying just now is no state but a mark (`in_hand_by`, `in_hand_at`), written before the
effect: a node that died with a file in hand may have carried it or not, and the next asks before it carries it again.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.ledger import events
from gateway.ledger.document import Life


class CarryingState(StrEnum):
    """One file on its way through one channel that we push through."""

    WAITING = "waiting"  # to be tried, for the first time or again
    AWAITING = "awaiting"  # the other side has it; its receipt (MDN) is awaited until the answer is due
    CARRIED = "carried"  # the other side has it, and said so wherever that was agreed
    REFUSED = "refused"  # the other side does not take it: a person decides
    GIVEN_UP = "given_up"  # tried for as long as was allowed: a person decides


_C = CarryingState

CARRYING: Life[CarryingState] = Life(
    MappingProxyType(
        {
            None: {_C.WAITING: events.CARRYING_WAITS},
            _C.WAITING: {
                _C.WAITING: events.CARRYING_DEFERRED,
                _C.AWAITING: events.CARRYING_AWAITS,
                _C.CARRIED: events.CARRYING_CARRIED,
                _C.REFUSED: events.CARRYING_REFUSED,
                _C.GIVEN_UP: events.CARRYING_GIVEN_UP,
            },
            _C.AWAITING: {
                _C.WAITING: events.CARRYING_OVERDUE,
                _C.CARRIED: events.CARRYING_CARRIED,
                _C.REFUSED: events.CARRYING_REFUSED,
                _C.GIVEN_UP: events.CARRYING_GIVEN_UP,
            },
            # Only an answer of ours that was asked for once more: a second copy of the interchange came.
            _C.CARRIED: {_C.WAITING: events.CARRYING_AGAIN},
            _C.REFUSED: {_C.WAITING: events.CARRYING_AGAIN},
            _C.GIVEN_UP: {
                _C.WAITING: events.CARRYING_AGAIN,
                _C.CARRIED: events.CARRYING_CARRIED,
                _C.REFUSED: events.CARRYING_REFUSED,
            },
        }
    )
)

HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        "waiting": "Waits to be carried to the partner.",
        "awaiting": "The partner's system took it; its receipt has not come yet.",
        "carried": "The partner has it.",
        "refused": "The partner's system does not take it: a person has to look.",
        "given_up": "Could not be carried in the time allowed: a person has to look.",
    }
)
"""One sentence per state that finance and partners understand."""
