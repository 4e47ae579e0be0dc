"""`application_advice.v1`: what the receiver's own systems say to documents they were sent (X12 824).

A functional acknowledgement speaks of syntax; this speaks of content: taken, taken with errors, or refused, and why.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.canonical.money import Amount
from gateway.canonical.order import OtherDate
from gateway.canonical.party import Contact, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole
from gateway.canonical.words import Comment


class StatedQuantity(Canonical):
    """A quantity that the answer names, with what it counts."""

    kind: Code = Field(description="What is counted (X12 element 673).")
    quantity: Number = Field(description="The quantity, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")


class ErrorDetail(Canonical):
    """One piece of data that belongs to an error or remark: a value, and what it is."""

    text: Text = Field(description="The value or the words.")
    kind: Code | None = Field(None, description="What `text` is (X12 element 1609).")
    agency: Code | None = Field(None, description="Whose list `code` is from (X12 element 559).")
    source: Text | None = Field(None, description="Which list of that agency.")
    list: Code | None = Field(None, description="Which list `code` is from (X12 element 1270).")
    code: Text | None = Field(None, description="What `text` is, as a code of that list.")


class AdviceError(Canonical):
    """One error found in the document answered: what, where, and which value."""

    code: Code = Field(description="What is wrong: our word, or X12 element 647.")
    text: Text | None = Field(None, description="What is wrong, in words.")
    segment: Code | None = Field(None, description="Segment that the error is in, such as IT1.")
    segment_position: Whole | None = Field(None, description="Which segment of the set it is, counted from ST as 1.")
    element_position: Whole | None = Field(None, description="Which element of the segment, counted from 1.")
    component_position: Whole | None = Field(None, description="Which component of that element, counted from 1.")
    repetition: Whole | None = Field(None, description="Which repetition of that element, counted from 1.")
    element: Text | None = Field(None, description="The element's number in the X12 dictionary.")
    component_element: Text | None = Field(None, description="The component's number in the X12 dictionary.")
    bad_value: Text | None = Field(None, description="The value as it was received.")
    new_value: Text | None = Field(None, description="The value that was put in its place, or that is right.")
    comments: tuple[Comment, ...] = Field((), description="Words about the error.")
    details: tuple[ErrorDetail, ...] = Field((), description="Data that belongs to the error.")


class AdviceCode(Canonical):
    """One code of an industry's list, with what belongs to it."""

    list: Code | None = Field(None, description="Which list `code` is from (X12 element 1270).")
    code: Text | None = Field(None, description="The code in that list.")
    details: tuple[ErrorDetail, ...] = Field((), description="Data that belongs to the code.")


class AdviceRemark(Canonical):
    """Reasons said in codes of an industry or of the partner."""

    agency: Code = Field(description="Whose lists the codes are from (X12 element 559).")
    source: Text | None = Field(None, description="Which list of that agency.")
    codes: tuple[AdviceCode, ...] = Field((), description="The codes.")


class AnsweredEnvelope(Canonical):
    """What the envelope of the document answered said."""

    sender_code: Text | None = Field(None, description="GS02 of the group answered.")
    receiver_code: Text | None = Field(None, description="GS03 of the group answered.")
    date: BusinessDate | None = Field(None, description="GS04 of the group answered: its date.")
    time: ClockTime | None = Field(None, description="GS05 of the group answered: its time of day.")
    group_number: Text | None = Field(None, description="GS06 of the group answered: its control number.")
    set_number: Text | None = Field(None, description="ST02 of the set answered: its control number.")
    set: Code | None = Field(None, description="Kind of set answered, ST01: 810, 856 ...")
    version: Text | None = Field(None, description="GS08 of the group answered: its version.")
    purpose: Code | None = Field(None, description="What the document answered does: our word, or X12 element 353.")
    type: Code | None = Field(None, description="Kind of the document answered (X12 element 640).")


class Answer(AnsweredEnvelope):
    """What became of one document, or of all of a group or batch."""

    status: Code = Field(
        description="accepted, accepted_with_changes, accepted_with_errors, accepted_in_part or rejected of one "
        "document; with item_, group_ or batch_ before it of a part of it, or of several; or X12 element 110."
    )
    reference_kind: Code = Field(description="What `reference` is: invoice, purchase_order ..., or X12 element 128.")
    reference: Text = Field(description="The number of the document answered, as its sender gave it.")
    application: Code | None = Field(None, description="The system that answers (X12 element 346).")
    action: Code | None = Field(None, description="What is done with the document (X12 element 306).")
    handling: Code | None = Field(None, description="What is done about the payment (X12 element 305).")
    reason: Code | None = Field(None, description="Why the status is what it is (X12 element 641).")
    invoice_number: Text | None = Field(None, description="Invoice that the document is, or is about.")
    po_number: Text | None = Field(None, description="Order that the document is, or is about.")
    shipment_number: Text | None = Field(None, description="Shipment that the document is, or is about.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading of that shipment.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    invoice_date: BusinessDate | None = Field(None, description="Date of that invoice.")
    order_date: BusinessDate | None = Field(None, description="Date of that order.")
    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this answer.")
    amounts: tuple[Amount, ...] = Field((), description="Sums that the answer speaks of.")
    quantities: tuple[StatedQuantity, ...] = Field((), description="Quantities that the answer speaks of.")
    errors: tuple[AdviceError, ...] = Field((), description="The errors found.")
    remarks: tuple[AdviceRemark, ...] = Field((), description="Reasons in codes of an industry or of the partner.")


def _at_least_one(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    # Not min_length: that counts only answers without a fault, and would tell a second, wrong story beside each fault.
    if not answers:
        raise ValueError("an application advice has at least one answer")
    return answers


class ApplicationAdvice(Canonical):
    """What the receiver's own systems say to documents: taken or refused, and what was wrong in them."""

    purpose: Code = Field(description="What this document does: original, replace ..., or X12 element 353.")
    advice_number: Text = Field(description="Number of this advice, as its sender counts them.")
    advice_date: BusinessDate = Field(description="Date of this advice, as its sender dates it.")
    advice_time: ClockTime | None = Field(None, description="Time of day of this advice.")
    time_zone: Code | None = Field(None, description="Zone of `advice_time` (X12 element 623); absent is the sender's.")
    reference: Text | None = Field(None, description="A further number: of what it replaces, or of what it answers.")
    type: Code | None = Field(None, description="Kind of advice (X12 element 640).")
    action: Code | None = Field(None, description="What is to be done (X12 element 306).")
    sender: Party | None = Field(None, description="Who answers.")
    receiver: Party | None = Field(None, description="Who is answered.")
    buyer: Party | None = Field(None, description="Who ordered.")
    vendor: Party | None = Field(None, description="Who delivered: the seller.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    answers: Annotated[tuple[Answer, ...], AfterValidator(_at_least_one)] = Field(
        description="What became of each document, in the order sent.", json_schema_extra={"minItems": 1}
    )
