"""`warehouse_order.v1`: what a warehouse is told to ship for the depositor (X12 940).

Absent means not said. Lists keep the order of the document.
"""

from typing import Self

from pydantic import Field, model_validator

from gateway.canonical.freight import Equipment
from gateway.canonical.money import Amount
from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text
from gateway.canonical.warehouse import (
    Carriage,
    DatedReference,
    Freighted,
    Moment,
    Packaging,
    Remark,
    SpecialHandling,
    StockItem,
)
from gateway.canonical.words import Comment


class OrderedDates(Canonical):
    """The dates a warehouse order or one of its lines is bound to."""

    requested_ship: BusinessDate | None = Field(None, description="Date on which the goods are to leave the warehouse.")
    requested_ship_time: ClockTime | None = Field(None, description="Time of day of `requested_ship`.")
    requested_delivery: BusinessDate | None = Field(None, description="Date on which the goods are to arrive.")
    requested_delivery_time: ClockTime | None = Field(None, description="Time of day of `requested_delivery`.")
    cancel_after: BusinessDate | None = Field(None, description="After this date the order lapses if not shipped.")
    do_not_ship_before: BusinessDate | None = Field(None, description="First date on which the goods may leave.")
    do_not_ship_after: BusinessDate | None = Field(None, description="Last date on which the goods may leave.")
    do_not_deliver_before: BusinessDate | None = Field(None, description="First date on which the goods may arrive.")
    do_not_deliver_after: BusinessDate | None = Field(None, description="Last date on which the goods may arrive.")
    po_date: BusinessDate | None = Field(None, description="Date of the customer's purchase order.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times sent that have no field of their own.")


class OrderedCarriage(Carriage):
    """The carrier to take, and on what terms."""

    pallet_exchange: Code | None = Field(None, description="What becomes of the pallets: our word, or X12 element 399.")
    unit_load: Code | None = Field(None, description="How to stow the goods: our word, or X12 element 400.")
    fob: Code | None = Field(None, description="Where title passes: our word, or X12 element 433.")
    fob_point: Text | None = Field(None, description="The place `fob` speaks of.")
    cod_payment: Code | None = Field(None, description="How cash on delivery is paid (X12 element 625).")
    cod_amount: Number | None = Field(None, description="Amount to collect on delivery.")


class RouteLeg(Canonical):
    """One carrier of a route with several."""

    scac: Text = Field(description="Standard carrier alpha code of the carrier.")
    sequence: Code = Field(description="Which part of the way it takes (X12 element 133).")
    city: Text | None = Field(None, description="City where the goods are handed over.")
    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    description: Text | None = Field(None, description="The leg in the partner's words.")


class RequiredEquipment(Canonical):
    """The trailer to use, and how cold."""

    kind: Code = Field(description="Kind of trailer, container or car (X12 element 40).")
    temperature: Number | None = Field(None, description="Lowest or only temperature, in `temperature_unit`.")
    temperature_unit: Code | None = Field(None, description="Unit of `temperature`.")
    temperature2: Number | None = Field(None, description="Highest temperature, in `temperature2_unit`.")
    temperature2_unit: Code | None = Field(None, description="Unit of `temperature2`.")
    description: Text | None = Field(None, description="The equipment in the partner's words.")


class Trailer(Equipment):
    """One trailer or container, by its number."""

    type: Code | None = Field(None, description="Type of the equipment (X12 element 24).")
    ownership: Code | None = Field(None, description="Whose it is (X12 element 102).")
    seal_condition: Code | None = Field(None, description="State of the seal (X12 element 407).")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight: Number | None = Field(None, description="Weight, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    length: Text | None = Field(None, description="Length, feet and inches as sent (X12 element 567).")
    height: Number | None = Field(None, description="Height, in the unit the partners agreed on.")
    width: Number | None = Field(None, description="Width, in the unit the partners agreed on.")


class OrderedLineHeading(Canonical):
    """What every line says first: which, and how much."""

    number: Text | None = Field(None, description="The depositor's line number as sent: the shipment must repeat it.")
    group: Text | None = Field(
        None, description="Running number of the group of lines that it stands in; a line without one stands alone."
    )
    quantity: Number = Field(description="Quantity to ship, in `unit`.")
    unit: Code = Field(description="Unit of `quantity`: our word, or X12 element 355.")


class OrderedLine(Freighted, OrderedDates, StockItem, OrderedLineHeading):
    """One article to ship."""

    condition: Code | None = Field(None, description="Which goods to take: our word, or X12 element 286.")
    descriptions: tuple[Text, ...] = Field((), description="What the article is, in the depositor's words.")
    packagings: tuple[Packaging, ...] = Field((), description="How the article is packed.")
    references: tuple[DatedReference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    amount: Amount | None = Field(None, description="What the line is worth, as the depositor states it.")
    parties: tuple[OtherParty, ...] = Field((), description="Parties of this line, each with its role.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this line.")
    comments: tuple[Comment, ...] = Field((), description="Words about this line.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons and remarks about this line, in codes.")


class OrderedTotals(Canonical):
    """What the depositor says the order adds up to: claims to check against, never inputs."""

    quantity: Number = Field(description="Quantity ordered over all lines.")
    weight: Number | None = Field(None, description="Weight of it all, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume of it all, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")


class WarehouseOrderHeading(Canonical):
    """What the order is called, by all sides."""

    purpose: Code = Field(
        description="What this document does to the order: original, cancellation, change ..., or X12 element 473."
    )
    depositor_order: Text = Field(
        description="The depositor's number of this order: the shipment must repeat it. One order, one number."
    )
    type: Code | None = Field(
        None, description="Kind of the customer's order: our word, as in `order.v1`, or X12 element 92."
    )
    po_number: Text | None = Field(None, description="The customer's purchase order that it fills.")
    link_number: Text | None = Field(None, description="Place of this order in a chain of linked ones, as sent.")
    master_reference: Text | None = Field(None, description="Number that linked orders have in common.")
    transaction_type: Code | None = Field(None, description="Kind of business behind it (X12 element 640).")
    action: Code | None = Field(None, description="What is to be done with it (X12 element 306).")
    customer_order: Text | None = Field(None, description="Order number of the customer's own customer.")
    department: Text | None = Field(None, description="The customer's department that ordered.")
    vendor_number: Text | None = Field(None, description="The number the customer knows the depositor by.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading number to ship under.")
    master_bill_of_lading: Text | None = Field(None, description="Bill of lading over several orders.")
    load: Text | None = Field(None, description="Load that the order belongs to.")
    appointment: Text | None = Field(None, description="Number of the pickup or delivery appointment.")


class WarehouseOrder(OrderedDates, WarehouseOrderHeading):
    """An order to the warehouse: what to ship for the depositor, to whom, when, how."""

    references: tuple[DatedReference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the order.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="The warehouse that is to ship.")
    ship_from: Party | None = Field(None, description="Sender to name on the papers, if not the warehouse.")
    ship_to: Party | None = Field(None, description="Where the goods go.")
    buyer: Party | None = Field(None, description="The depositor's customer.")
    bill_to: Party | None = Field(None, description="Who gets the depositor's invoice.")
    mark_for: Party | None = Field(
        None, description="For whom the goods are to be marked: the store behind a warehouse."
    )
    freight_payer: Party | None = Field(None, description="Who gets the freight bill.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    carriage: OrderedCarriage | None = Field(None, description="Who is to take the goods, and on what terms.")
    route: tuple[RouteLeg, ...] = Field((), description="The carriers of a route with several, in the order sent.")
    equipment: RequiredEquipment | None = Field(None, description="The trailer to use.")
    trailer: Trailer | None = Field(None, description="The very trailer or container, where it is known already.")
    special_handling: SpecialHandling | None = Field(None, description="Special handling asked for.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole order.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons and remarks about the whole order, in codes.")
    lines: tuple[OrderedLine, ...] = Field((), description="The articles to ship; an original order has at least one.")
    totals: OrderedTotals | None = Field(None, description="What the depositor says it adds up to.")

    @model_validator(mode="after")
    def _says_what_to_ship(self) -> Self:
        # A cancellation or a change of the heading may well come without lines.
        if self.purpose == "original" and not self.lines:
            raise ValueError("lines: an original warehouse order has at least one line")
        return self
