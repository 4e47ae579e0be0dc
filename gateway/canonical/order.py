"""`order.v1`: what a buyer orders of a seller (X12 850, 875), whoever sent it and however.

Fields come in the order of bases from right to left, then the class itself: headings first.

Absent means the partner did not say it. Lists keep the order of the document.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.canonical.freight import Equipment, FreightTerms, Handling, Lading, Packing, Routing
from gateway.canonical.item import Component, Description, Identifiers, Measurement, Pack
from gateway.canonical.money import AllowanceCharge, Amount, Price, Tax, TaxRegistration, Terms
from gateway.canonical.part import Divisible
from gateway.canonical.party import Contact, LineShipTo, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole
from gateway.canonical.words import Comment, Note


class OtherDate(Canonical):
    """A date that has no field of its own, with what happens on it."""

    kind: Code = Field(
        description="What happens on the date: our word, or X12 element 374; in sets of the grocery trade element 432."
    )
    date: BusinessDate | None = Field(None, description="The date.")
    time_kind: Code | None = Field(
        None, description="What happens at `time`, where that is said apart (X12 element 176)."
    )
    time: ClockTime | None = Field(None, description="The time of day, where one is given.")
    period_format: Code | None = Field(None, description="How `period` is written (X12 element 1250).")
    period: Text | None = Field(None, description="A date or span of dates in a form of its own, as sent.")


class SalesRequirement(Canonical):
    """A condition on how the order may be filled."""

    requirement: Code | None = Field(None, description="The condition: our word, or X12 element 563.")
    action: Code | None = Field(None, description="What is to be done otherwise (X12 element 306).")
    amount: Number | None = Field(None, description="Amount the condition speaks of.")
    date: BusinessDate | None = Field(None, description="Date the condition speaks of.")


class Destination(Canonical):
    """One store or place that gets a share of a line."""

    location: Text = Field(description="The buyer's identifier of the place, of the kind `location_qualifier` says.")
    location_qualifier: Code | None = Field(None, description="Kind of `location`: our word, or X12 element 66.")
    quantity: Number = Field(description="How much of the line goes there, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")


class Delivery(Canonical):
    """One instalment of a line: how much of it is wanted (or in an answer promised) when."""

    quantity: Number = Field(description="How much, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    kind: Code | None = Field(None, description="What happens on `date`: our word, or X12 element 374.")
    date: BusinessDate | None = Field(None, description="The date it is wanted, or promised.")
    time: ClockTime | None = Field(None, description="The time of day, where one is given.")
    until_kind: Code | None = Field(None, description="What happens on `until`: our word, or X12 element 374.")
    until: BusinessDate | None = Field(None, description="A second date: usually the end of the window.")
    request: Text | None = Field(None, description="The partner's request or release number for the instalment.")


class Dates(Canonical):
    """The dates an order or one of its lines is bound to."""

    requested_ship: BusinessDate | None = Field(
        None, description="Date the buyer asks that the goods leave the seller."
    )
    requested_pickup: BusinessDate | None = Field(None, description="Date the buyer's carrier is to collect the goods.")
    requested_pickup_time: ClockTime | None = Field(None, description="Time of day of `requested_pickup`.")
    requested_delivery: BusinessDate | None = Field(None, description="Date the buyer asks that the goods arrive.")
    requested_delivery_time: ClockTime | None = Field(None, description="Time of day of `requested_delivery`.")
    cancel_after: BusinessDate | None = Field(None, description="After this date the order lapses if not shipped.")
    do_not_ship_before: BusinessDate | None = Field(
        None, description="First date on which the goods may leave the seller."
    )
    do_not_ship_after: BusinessDate | None = Field(
        None, description="Last date on which the goods may leave the seller."
    )
    do_not_deliver_before: BusinessDate | None = Field(None, description="First date on which the goods may arrive.")
    do_not_deliver_after: BusinessDate | None = Field(None, description="Last date on which the goods may arrive.")
    scheduled_ship: BusinessDate | None = Field(
        None, description="Date agreed earlier on which the goods leave the seller."
    )
    scheduled_delivery: BusinessDate | None = Field(None, description="Date agreed earlier on which the goods arrive.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")


class LineHeading(Canonical):
    """What every line says first: which, how much, at what price."""

    number: Text | None = Field(None, description="The partner's line number as sent: answers must repeat it.")
    quantity: Number = Field(description="Quantity ordered, in `unit`, over all destinations.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")
    price: Number | None = Field(
        None, description="Price the buyer expects to pay, per `price_basis`; absent is not zero."
    )
    price_basis: Code | None = Field(
        None, description="What `price` is per: our word, or X12 element 639; absent is `unit`."
    )
    contract: Text | None = Field(None, description="Contract this line is bought under.")
    price_bracket: Text | None = Field(None, description="Bracket of the price list that `price` is from.")
    price_list: Text | None = Field(None, description="Price list that `price` is from.")
    price_list_issue: Text | None = Field(None, description="Issue of that price list.")


class LineBody(Canonical):
    """What a line of an order or of a change says besides article, quantity, price and dates."""

    descriptions: tuple[Description, ...] = Field((), description="What the buyer says the article is.")
    prices: tuple[Price, ...] = Field((), description="Further prices: retail, list, quantity breaks.")
    packs: tuple[Pack, ...] = Field((), description="How the article is packed.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the article.")
    packings: tuple[Packing, ...] = Field((), description="How this line is to be packed or marked.")
    references: tuple[Reference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this line.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="What is taken off or put on this line.")
    terms: tuple[Terms, ...] = Field((), description="Payment terms that hold for this line only.")
    taxes: tuple[Tax, ...] = Field((), description="Taxes on this line.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Freight terms that hold for this line only.")
    routing: tuple[Routing, ...] = Field((), description="Carriers and legs that hold for this line only.")
    destinations: tuple[Destination, ...] = Field((), description="Stores that share `quantity` among them.")
    ship_tos: tuple[LineShipTo, ...] = Field(
        (), description="Places this line goes to, where they differ from the order's."
    )
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties of this line in roles without a field.")
    schedule: tuple[Delivery, ...] = Field((), description="Instalments that share `quantity` among them.")
    components: tuple[Component, ...] = Field((), description="What the article is made up of: kits, assortments.")
    amounts: tuple[Amount, ...] = Field((), description="Sums the partner states about this line.")
    messages: tuple[Text, ...] = Field((), description="Text about this line without a heading, one per entry.")
    notes: tuple[Note, ...] = Field((), description="Words about this line.")


class Line(LineBody, Dates, Identifiers, LineHeading):
    """One ordered article."""


def _at_least_one(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    # Not min_length: that counts only lines without a fault, and would tell a second, wrong story beside each fault.
    if not lines:
        raise ValueError("an order has at least one line")
    return lines


class Totals(Canonical):
    """What the partner says the order adds up to: claims to check against, never inputs."""

    line_count: Whole | None = Field(None, description="Number of lines.")
    hash: Number | None = Field(None, description="Control sum, as a rule of the ordered quantities.")
    quantity: Number | None = Field(None, description="Total of the ordered quantities, in `quantity_unit`.")
    quantity_unit: Code | None = Field(None, description="Unit of `quantity`.")
    amount: Number | None = Field(None, description="Total amount of the order.")
    amount_kind: Code | None = Field(None, description="What `amount` is: our word, or X12 element 522.")
    weight: Number | None = Field(None, description="Total weight, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Total volume, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")


class OrderHeading(Canonical):
    """What an order is called, by both sides."""

    purpose: Code = Field(
        description="What this document does to the order: original, cancellation, replace, confirmation ..."
    )
    type: Code = Field(
        description="Kind of order: stand_alone, drop_ship, release, blanket, rush ..., or X12 element 92."
    )
    po_number: Text = Field(description="The buyer's purchase order number, as sent: answers must repeat it.")
    release: Text | None = Field(None, description="Release number under a blanket order.")
    order_date: BusinessDate = Field(description="Date of the order, as the buyer dates it.")
    contract: Text | None = Field(None, description="Contract the order is placed under.")
    acknowledgment: Code | None = Field(None, description="Answer the buyer asks for (X12 element 587).")
    currency: Text | None = Field(
        None, description="ISO 4217 code of every amount; absent is the one agreed with the partner."
    )
    exchange_rate: Number | None = Field(None, description="Rate the buyer states for that currency.")
    department: Text | None = Field(None, description="The buyer's department or division that orders.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    promotion: Text | None = Field(None, description="Promotion or deal the order belongs to.")
    customer_order: Text | None = Field(None, description="Order number of the buyer's own customer.")
    merchandise_type: Text | None = Field(None, description="The buyer's class of merchandise.")
    tax_exempt: Code | None = Field(None, description="Whether and why no tax is owed on the order (X12 element 441).")


class OrderBody(Canonical):
    """What an order or a change of one says above its lines: parties, terms, freight, words."""

    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the order.")
    buyer: Party | None = Field(None, description="Who orders.")
    sold_to: Party | None = Field(None, description="Who becomes the owner, if not the buyer.")
    bill_to: Party | None = Field(None, description="Who gets the invoice.")
    remit_to: Party | None = Field(None, description="Who is to be paid, as the buyer has it on file.")
    vendor: Party | None = Field(None, description="Who is to deliver: the seller, as the buyer has it on file.")
    ship_from: Party | None = Field(None, description="Where the goods are to leave from.")
    ship_tos: tuple[Party, ...] = Field(
        (), description="Where the goods go. One entry: all of it; several: the lines say."
    )
    mark_for: Party | None = Field(
        None, description="For whom the goods are to be marked: the store behind the warehouse."
    )
    freight_payer: Party | None = Field(None, description="Who gets the freight bill.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    terms: tuple[Terms, ...] = Field((), description="Terms of payment.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field(
        (), description="What is taken off or put on the whole order."
    )
    taxes: tuple[Tax, ...] = Field((), description="Taxes on the whole order.")
    tax_registrations: tuple[TaxRegistration, ...] = Field((), description="What the buyer is registered as for tax.")
    sales_requirements: tuple[SalesRequirement, ...] = Field(
        (), description="Conditions on how the order may be filled."
    )
    prices: tuple[Price, ...] = Field((), description="Prices that hold for the whole order.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Who pays the freight, where title passes.")
    routing: tuple[Routing, ...] = Field((), description="Carriers and legs asked for.")
    lading: tuple[Lading, ...] = Field((), description="Packages and weight expected.")
    equipment: tuple[Equipment, ...] = Field((), description="Trailers or containers to use.")
    handling: tuple[Handling, ...] = Field((), description="Special handling asked for.")
    packings: tuple[Packing, ...] = Field((), description="How the goods are to be packed and marked.")
    descriptions: tuple[Description, ...] = Field((), description="What is said of the goods as a whole.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the goods as a whole.")
    amounts: tuple[Amount, ...] = Field((), description="Sums stated at the head of the order.")
    notes: tuple[Note, ...] = Field((), description="Words about the whole order.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole order that no reference heads.")


class Order(OrderBody, Dates, Divisible, OrderHeading):
    """A purchase order: what the seller is to deliver, where, when, at what price."""

    lines: Annotated[tuple[Line, ...], AfterValidator(_at_least_one)] = Field(
        description="The ordered articles.", json_schema_extra={"minItems": 1}
    )
    totals: Totals | None = Field(None, description="What the partner says it adds up to.")
