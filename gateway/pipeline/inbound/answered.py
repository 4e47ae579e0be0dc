"""Acknowledgements that come in: read while their set is at hand, and kept until the store finds what they answer."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from gateway.pipeline.reconcile import read_answer
from gateway.pipeline.stage import DocumentOutcome
from gateway.x12.findings import Effect
from gateway.x12.interchange import TransactionSet

ACKNOWLEDGEMENT_GROUP: Final = "FA"
_SETS: Final = ("997", "999")


def answering(document: DocumentOutcome, content: TransactionSet, gs_ids: Collection[str] = ()) -> DocumentOutcome:
    """The document with what it says of what we sent; as it is when its set is no acknowledgement.

    `gs_ids` are the partner's, empty for any. An answer under another one is at fault: who stands behind an ISA id is
    told apart by them, and one of those must not accept for another.
    """
    if content.header.id not in _SETS:
        return document
    sender, fault = content.group.sender, ""
    if gs_ids and sender not in gs_ids:
        fault = f"GS02 {sender[:20]!r} is none of {document.partner}'s: {', '.join(sorted(gs_ids))}"
    answer = read_answer(
        content.segments,
        component=content.interchange.delimiters.component,
        written=content.group.version,
        sender=sender,
        receiver=content.group.receiver,
    )
    return replace(document, answer=replace(answer, fault=fault))


def kept(document: DocumentOutcome, fault: str, group_fault: str = "") -> DocumentOutcome:
    """An acknowledgement from a partner, good or not: it is never answered, so it is never rejected.

    Whatever our own checks find is a `fault`. One that may have lost a part (not what is wrong with an element: what of
    that matters is seen when it is read) is used all the same: what it refuses counts, what it accepts does not.
    """
    held = replace(document, state="held", reason="an acknowledgement of something we have not sent")
    if document.answer is None:
        words = fault or group_fault
        return replace(held, reason=f"an acknowledgement that cannot be used: {words}") if words else held
    grave = (one.message for one in document.findings if one.effect is Effect.REJECT and one.level != "element")
    return replace(held, answer=replace(document.answer, fault=next(grave, group_fault or document.answer.fault)))
