"""What the other side says of the business in a document: the third axis, beside delivery and acknowledgement.

    orders      "" -> pending | confirmed | changed | declined                       855, 865
    invoices    "" -> short_paid | partly_paid | paid | overpaid | adjusted           820, 812
    anything    "" -> confirmed | noted | disputed                                    824
                closed by a person, who waits for nothing more of it

"" is not known, and never taken for yes: a 997 says that a document could be read, and nothing about its business. The
last word counts, so most moves lead both ways. What was said may be taken back (another mapping reads it otherwise):
then a document is where it would be had it never been said, by way of "".
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.ledger import events
from gateway.ledger.document import Life


class BusinessState(StrEnum):
    """What is known of the business."""

    NONE = ""  # nothing: nobody has said anything, whatever was acknowledged
    PENDING = "pending"  # the seller has the order and has not decided (BAK02 AH)
    CONFIRMED = "confirmed"  # taken as it stands: the seller delivers as ordered, or an 824 accepts it
    CHANGED = "changed"  # the seller delivers, and not as ordered: other quantities, prices, dates, lines
    DECLINED = "declined"  # the seller does not deliver
    NOTED = "noted"  # an 824 accepts it with data changed
    DISPUTED = "disputed"  # an 824 rejects it, or a payer contests a part of it
    ADJUSTED = "adjusted"  # an 812 changes what is owed, and nothing is paid yet
    SHORT_PAID = "short_paid"  # paid, less than is owed, and the payer regards it as done
    PARTLY_PAID = "partly_paid"  # a part is paid, and the payer says that more follows
    PAID = "paid"  # paid as owed
    OVERPAID = "overpaid"  # more than is owed
    CLOSED = "closed"  # a person said that nobody waits for more


B = BusinessState
ORDERED: Final = (B.PENDING, B.CONFIRMED, B.CHANGED, B.DECLINED)
ADVISED: Final = (B.CONFIRMED, B.NOTED, B.DISPUTED)
SETTLED: Final = (B.ADJUSTED, B.SHORT_PAID, B.PARTLY_PAID, B.PAID, B.OVERPAID)
ATTENTION: Final = frozenset({B.CHANGED, B.DECLINED, B.DISPUTED, B.SHORT_PAID, B.OVERPAID})
"""What somebody of ours has to look at."""

EVENTS: Final[Mapping[BusinessState, str]] = MappingProxyType(
    {
        B.NONE: events.DOCUMENT_BUSINESS_TAKEN_BACK,
        B.PENDING: events.DOCUMENT_BUSINESS_PENDING,
        B.CONFIRMED: events.DOCUMENT_BUSINESS_CONFIRMED,
        B.CHANGED: events.DOCUMENT_BUSINESS_CHANGED,
        B.DECLINED: events.DOCUMENT_BUSINESS_DECLINED,
        B.NOTED: events.DOCUMENT_BUSINESS_NOTED,
        B.DISPUTED: events.DOCUMENT_BUSINESS_DISPUTED,
        B.ADJUSTED: events.DOCUMENT_BUSINESS_ADJUSTED,
        B.SHORT_PAID: events.DOCUMENT_BUSINESS_SHORT_PAID,
        B.PARTLY_PAID: events.DOCUMENT_BUSINESS_PARTLY_PAID,
        B.PAID: events.DOCUMENT_BUSINESS_PAID,
        B.OVERPAID: events.DOCUMENT_BUSINESS_OVERPAID,
        B.CLOSED: events.DOCUMENT_BUSINESS_CLOSED,
    }
)


def _to(*states: BusinessState) -> Mapping[BusinessState, str]:
    return MappingProxyType({state: EVENTS[state] for state in dict.fromkeys((*states, B.CLOSED, B.NONE))})


_ALL: Final = tuple(state for state in B if state)
_ORDER: Final = (*ORDERED, B.NOTED, B.DISPUTED)
_INVOICE: Final = (*SETTLED, B.DISPUTED)

BUSINESS: Life[BusinessState] = Life(
    MappingProxyType(
        {
            None: {B.NONE: EVENTS[B.NONE]},
            B.NONE: {state: EVENTS[state] for state in _ALL},
            # A state that leads to itself: the same again with other words, as when a second part is paid.
            B.PENDING: _to(*_ORDER),
            B.CHANGED: _to(*_ORDER),
            B.DECLINED: _to(*_ORDER),
            B.CONFIRMED: _to(*_ORDER, *SETTLED),
            B.NOTED: _to(*_ORDER, *SETTLED),
            B.DISPUTED: _to(*_ORDER, *SETTLED),
            # What was adjusted may still be accepted or not; of what was paid an 824 only says more if it rejects it.
            B.ADJUSTED: _to(*ADVISED, *SETTLED),
            B.SHORT_PAID: _to(*_INVOICE),
            B.PARTLY_PAID: _to(*_INVOICE),
            B.PAID: _to(*_INVOICE),
            B.OVERPAID: _to(*_INVOICE),
            # A person cannot know what comes later: that counts.
            B.CLOSED: _to(*_ALL),
        }
    )
)

HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        "": "Nobody has said anything about its business yet; an acknowledgement is no approval.",
        "pending": "The seller has the order and has not decided yet.",
        "confirmed": "Confirmed as it stands.",
        "changed": "The seller delivers, but not as it was ordered.",
        "declined": "The seller does not deliver.",
        "noted": "Taken, with changes or errors noted.",
        "disputed": "Contested: it has to be settled.",
        "adjusted": "A credit or debit note changes what is owed; nothing is paid yet.",
        "short_paid": "Paid short: less came than is owed, and nothing more is announced.",
        "partly_paid": "A part is paid; the payer says that more follows.",
        "paid": "Paid.",
        "overpaid": "More was paid than is owed.",
        "closed": "A person closed it; nobody waits for more.",
    }
)
"""One sentence per state that finance understands; of what came in it is our own answer or payment that says it."""


def steps(before: BusinessState, after: BusinessState) -> tuple[tuple[BusinessState, BusinessState], ...]:
    """The lawful moves that lead from one state to another: by way of "" where no move leads there at once."""
    if BUSINESS.lawful(before, after):
        return ((before, after),)
    return ((before, B.NONE), (B.NONE, after))
