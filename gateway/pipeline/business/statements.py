"""What a set says of other documents, one statement for each: an answer to an order (855, 865), payments of invoices
(820), adjustments of them (812), and what became of any document in the other side's own systems (824). Pure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from gateway.pipeline.business.adjustments import adjustments
from gateway.pipeline.business.advices import advices
from gateway.pipeline.business.answers import answers
from gateway.pipeline.business.payments import payments
from gateway.pipeline.business.statement import Body, Statement

_READERS: Final[Mapping[str, Callable[[Body, str], Iterator[Statement]]]] = {
    "order_response": answers,
    "remittance": payments,
    "adjustment": adjustments,
    "application_advice": advices,
}
UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What comes of a stored body that is not what it should be: it was checked when it came, maybe by other rules."""
SPEAKING: Final = tuple(f"{name}.v" for name in _READERS)
"""How canonical types begin that say something of others."""


def statements(canonical_type: str, set_id: str, body: Body) -> Sequence[Statement]:
    """Everything that a document says of others, in its order; nothing for types that say nothing of others."""
    read = _READERS.get(canonical_type.partition(".")[0])
    try:
        return tuple(read(body, set_id)) if read is not None else ()
    except UNREADABLE as wrong:  # it stands still for a person; whatever else is heard must not wait for it
        return (Statement(kind="advice", claim=None, reason=f"it could not be understood: {type(wrong).__name__}"),)
