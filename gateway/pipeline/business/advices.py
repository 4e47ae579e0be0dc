"""What the other side's own systems say of our documents (824): of the content, after the syntax was accepted. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from gateway.canonical.sets import CANONICAL_TYPES
from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim
from gateway.pipeline.business.statement import Body, Statement, cut, listed, number_of

B = BusinessState
_STATES: Final[Mapping[str, BusinessState]] = MappingProxyType(
    {
        "accepted": B.CONFIRMED,
        "accepted_with_changes": B.NOTED,
        "accepted_with_errors": B.NOTED,
        "accepted_in_part": B.DISPUTED,
        "rejected": B.DISPUTED,
        # Of a part of it: what is taken says nothing of the rest.
        "item_accepted_with_changes": B.NOTED,
        "item_accepted_with_errors": B.NOTED,
        "item_accepted_in_part": B.DISPUTED,
        "item_rejected": B.DISPUTED,
        # Of every document of a group, or of a batch, which nobody can look up.
        "group_accepted": B.CONFIRMED,
        "group_accepted_with_changes": B.NOTED,
        "group_accepted_with_errors": B.NOTED,
        "group_rejected": B.DISPUTED,
    }
)
_BY_REFERENCE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "invoice": ("invoice",),
        "credit_memo": ("invoice",),
        "debit_memo": ("invoice",),
        "purchase_order": ("order",),
        "shipment": ("shipment",),
        "ship_notice": ("shipment",),
    }
)
_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "invoice": "invoice_number",
        "order": "po_number",
        "order_change": "po_number",
        "order_response": "po_number",
        "shipment": "shipment_number",
    }
)
_MOST_ERRORS: Final = 5


def advices(body: Body, _set_id: str) -> Iterator[Statement]:
    """A statement for each answer of an `application_advice`."""
    for answer in listed(body, "answers"):
        yield _statement(answer)


def _statement(answer: Body) -> Statement:
    status, set_id = number_of(answer, "status"), number_of(answer, "set")
    of_group = status.startswith("group_")
    state = _STATES.get(status, B.NONE)
    reference_kind, reference = number_of(answer, "reference_kind"), number_of(answer, "reference")
    kinds = (
        (CANONICAL_TYPES[set_id].partition(".")[0],)
        if set_id in CANONICAL_TYPES
        else _BY_REFERENCE.get(reference_kind, ())
    )
    number = number_of(answer, _NUMBERS[kinds[0]]) if kinds and kinds[0] in _NUMBERS else ""
    reason = (
        ""
        if state
        else f"it says {status.replace('_', ' ')[:60]} of {reference_kind.replace('_', ' ')} {reference[:60]}"
    )
    if of_group:
        number = ""
        reason = reason or ("" if number_of(answer, "group_number") else "it is about a group and does not name it")
    elif not number and (reference_kind in _BY_REFERENCE or not number_of(answer, "set_number")):
        number = reference  # other kinds of it, beside control numbers, are nothing that we know a document by
    return Statement(
        kind="advice",
        claim=None if reason else Claim(kinds=kinds, number=number, set_id=set_id),
        reason=reason,
        group=number_of(answer, "group_number"),
        set_number=number_of(answer, "set_number"),
        of_group=of_group,
        state=state,
        words=cut("; ".join([status.replace("_", " "), *_errors(answer)])),
        detail={"number": reference, "kind": reference_kind},
    )


def _errors(answer: Body) -> Sequence[str]:
    """ "wrong price: PRICE NOT ON FILE, IT1 element 4, 12.50, right is 12.00"."""
    found = listed(answer, "errors")
    told = [_error(one) for one in found[:_MOST_ERRORS]]
    return [*told, *([f"and {len(found) - _MOST_ERRORS} errors more"] if len(found) > _MOST_ERRORS else [])]


def _error(error: Body) -> str:
    place = number_of(error, "segment")
    if place and isinstance(error.get("element_position"), int):
        place += f" element {error['element_position']}"
    right = number_of(error, "new_value")
    what = ": ".join(filter(None, (number_of(error, "code").replace("_", " "), number_of(error, "text"))))
    return ", ".join(filter(None, (what, place, number_of(error, "bad_value"), right and f"right is {right}")))
