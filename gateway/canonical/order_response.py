"""`order_response.v1`: what a seller answers to an order (X12 855), or to a change of one (X12 865).

One line may have several answers: part shipped now, part backordered, part substituted.
"""

from pydantic import Field

from gateway.canonical.freight import FreightTerms, Routing
from gateway.canonical.item import Description, Identifiers, Pack
from gateway.canonical.money import AllowanceCharge, Amount, Price, Tax, Terms
from gateway.canonical.order import Delivery, Destination, OtherDate, Totals
from gateway.canonical.part import Divisible
from gateway.canonical.party import Contact, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text
from gateway.canonical.words import Note


class OrderResponseDates(Canonical):
    """The dates a seller plans or promises, and those it repeats from the order."""

    promised_ship: BusinessDate | None = Field(None, description="Date the seller promises that the goods leave it.")
    promised_delivery: BusinessDate | None = Field(None, description="Date the seller promises that the goods arrive.")
    scheduled_ship: BusinessDate | None = Field(None, description="Date the seller plans that the goods leave it.")
    scheduled_delivery: BusinessDate | None = Field(None, description="Date the seller plans that the goods arrive.")
    estimated_delivery: BusinessDate | None = Field(None, description="Date the seller expects that the goods arrive.")
    requested_ship: BusinessDate | None = Field(None, description="The order's own date to ship, repeated.")
    requested_delivery: BusinessDate | None = Field(None, description="The order's own date to deliver, repeated.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")


class LineAnswer(Identifiers):
    """One answer to a line, for a part of its quantity or all of it. The identifiers are of what is sent instead."""

    status: Code = Field(
        description="accepted, backordered, substituted, quantity_changed, price_changed, date_moved, rejected ..., "
        "or X12 element 668."
    )
    quantity: Number | None = Field(None, description="How much this answer is about, in `unit`; absent is all of it.")
    unit: Code | None = Field(None, description="Unit of `quantity`; absent means the line's own unit.")
    date_kind: Code | None = Field(None, description="What happens on `date`: our word, or X12 element 374.")
    date: BusinessDate | None = Field(None, description="The date of this part, of the kind `date_kind` says.")
    request: Text | None = Field(None, description="A request or release number the answer is about.")
    reason_agency: Code | None = Field(None, description="Whose list `reason` is from (X12 element 559).")
    reason_list: Text | None = Field(None, description="Which of that agency's lists `reason` is from.")
    reason: Text | None = Field(None, description="Why, as a code of that list.")
    other_date_kind: Code | None = Field(
        None, description="What happens on `other_date`: our word, or X12 element 374."
    )
    other_date: BusinessDate | None = Field(None, description="A second date of this part.")
    other_time: ClockTime | None = Field(None, description="Time of day of `other_date`.")


class OrderResponseLineHeading(Canonical):
    """Which line is answered."""

    number: Text | None = Field(None, description="The buyer's line number, as the order has it.")
    change: Code | None = Field(
        None, description="The change this line answers, as in `order_change.v1`: our word, or X12 element 670."
    )
    quantity: Number | None = Field(
        None, description="Quantity ordered, in `unit`: the answers say what becomes of it."
    )
    quantity_left: Number | None = Field(None, description="How much of `quantity` the buyer has still to receive.")
    unit: Code | None = Field(None, description="Unit of the quantities: our word, or X12 element 355.")
    price: Number | None = Field(None, description="Price the seller will invoice, per `price_basis`.")
    price_basis: Code | None = Field(
        None, description="What `price` is per: our word, or X12 element 639; absent is `unit`."
    )
    contract: Text | None = Field(None, description="Contract this line is sold under.")


class OrderResponseLine(OrderResponseDates, Identifiers, OrderResponseLineHeading):
    """One line of the order with the seller's answers to it."""

    answers: tuple[LineAnswer, ...] = Field(
        (), description="What becomes of the line; none: as `answer` says of the whole order."
    )
    descriptions: tuple[Description, ...] = Field((), description="What is said of the article.")
    prices: tuple[Price, ...] = Field((), description="Further prices: list, retail, the price of the order.")
    packs: tuple[Pack, ...] = Field((), description="How the article is packed.")
    references: tuple[Reference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this line.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="What is taken off or put on this line.")
    terms: tuple[Terms, ...] = Field((), description="Payment terms that hold for this line only.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Freight terms that hold for this line only.")
    routing: tuple[Routing, ...] = Field((), description="Carriers and legs that hold for this line only.")
    destinations: tuple[Destination, ...] = Field((), description="Stores that share `quantity` among them.")
    schedule: tuple[Delivery, ...] = Field((), description="Instalments in which the seller will deliver.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties of this line, with their roles.")
    messages: tuple[Text, ...] = Field((), description="Text about this line without a heading, one per entry.")
    notes: tuple[Note, ...] = Field((), description="Words about this line.")


class OrderResponseHeading(Canonical):
    """Which order is answered, and how."""

    purpose: Code = Field(description="What this document does: original, change, replace ..., or X12 element 353.")
    answer: Code | None = Field(
        None,
        description="The answer to the whole order: accepted, accepted_with_changes, exceptions_only, on_hold, "
        "rejected ..., or X12 element 587; absent: the lines say.",
    )
    po_number: Text = Field(description="Number of the order answered, exactly as the buyer sent it.")
    release: Text | None = Field(None, description="Release number under a blanket order, as the buyer sent it.")
    change_number: Text | None = Field(None, description="Number of the change answered, as the buyer counts them.")
    order_date: BusinessDate = Field(description="Date of the order answered, as the buyer dates it.")
    order_type: Code | None = Field(None, description="Kind of order answered: our word, or X12 element 92.")
    request_reference: Text | None = Field(None, description="The buyer's number of the request behind the order.")
    contract: Text | None = Field(None, description="Contract the order is placed under.")
    seller_order: Text | None = Field(None, description="The seller's own number of the order.")
    response_date: BusinessDate | None = Field(None, description="Date of this answer, as the seller dates it.")
    change_date: BusinessDate | None = Field(None, description="Date of the change answered, as the buyer dates it.")
    currency: Text | None = Field(
        None, description="ISO 4217 code of every amount; absent is the one agreed with the partner."
    )
    exchange_rate: Number | None = Field(None, description="Rate the seller states for that currency.")
    department: Text | None = Field(None, description="The buyer's department or division that ordered.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    promotion: Text | None = Field(None, description="Promotion or deal the order belongs to.")
    customer_order: Text | None = Field(None, description="Order number of the buyer's own customer.")


class OrderResponse(OrderResponseDates, Divisible, OrderResponseHeading):
    """A seller's answer to a purchase order or to a change of one: what it will do, line by line."""

    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the answer.")
    buyer: Party | None = Field(None, description="Who orders.")
    sold_to: Party | None = Field(None, description="Who becomes the owner, if not the buyer.")
    bill_to: Party | None = Field(None, description="Who gets the invoice.")
    remit_to: Party | None = Field(None, description="Who is to be paid.")
    vendor: Party | None = Field(None, description="Who delivers: the seller.")
    ship_from: Party | None = Field(None, description="Where the goods will leave from.")
    ship_tos: tuple[Party, ...] = Field((), description="Where the goods will go.")
    mark_for: Party | None = Field(None, description="For whom the goods will be marked.")
    freight_payer: Party | None = Field(None, description="Who gets the freight bill.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    terms: tuple[Terms, ...] = Field((), description="Terms of payment the seller agrees to.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field(
        (), description="What is taken off or put on the whole order."
    )
    taxes: tuple[Tax, ...] = Field((), description="Taxes on the whole order.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Who pays the freight, where title passes.")
    routing: tuple[Routing, ...] = Field((), description="Carriers and legs the goods will take.")
    descriptions: tuple[Description, ...] = Field((), description="What is said of the goods as a whole.")
    notes: tuple[Note, ...] = Field((), description="Words about the whole answer.")
    lines: tuple[OrderResponseLine, ...] = Field(
        (), description="The lines answered; none when `answer` is for the whole order."
    )
    amounts: tuple[Amount, ...] = Field((), description="Sums stated about the whole answer.")
    totals: Totals | None = Field(None, description="What the seller says it adds up to.")
