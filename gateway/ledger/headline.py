"""The three axes of a document (delivery, acknowledgement, business) in one sentence, for lists. Pure.

What came last on the road tells most: where it stands until the other side has it; then what they could read; then
what they say of the business. A refusal by acknowledgement is passed over only for a word on the business, which is
stronger evidence that they have it after all.
"""

from typing import Final

from gateway.ledger import acks, business, document

_GONE: Final = ("sealed", "sent")
_DONE: Final = ("delivered", "closed")


def headline(direction: str, state: str, acknowledgement: str, business_state: str) -> str:
    """One sentence for people; "" for a state that nobody knows.

    Args:
        direction: "inbound" or "outbound".
        state: the delivery axis.
        acknowledgement: of a document of ours what the partner said, "" for one that came in.
        business_state: what the other side says of its business.
    """
    kind = "document" if direction == "inbound" else "outbound"
    where = document.HEADLINES.get((kind, state), "")
    if direction == "inbound":
        known = business_state and state in _DONE
        return business.HEADLINES.get(business_state, where) if known else where
    if state not in _GONE:
        return where
    if business_state:
        return business.HEADLINES.get(business_state, where)
    if acknowledgement and (state == "sent" or acknowledgement != "awaited"):
        return acks.HEADLINES.get(acknowledgement, where)
    return where
