"""`warehouse_shipment.v1`: what a warehouse shipped of one order of the depositor (X12 945).

It answers a `warehouse_order.v1`. Several may answer one order: the numbers of the shipments tell them apart.
"""

from pydantic import Field

from gateway.canonical.freight import Lading
from gateway.canonical.item import Measurement
from gateway.canonical.money import AllowanceCharge, Amount
from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.shipment import Mark
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text
from gateway.canonical.warehouse import (
    AdviceHeading,
    CarriageDone,
    Consolidation,
    DatedReference,
    Label,
    Load,
    Moment,
    PalletBuild,
    Remark,
    ShippedTotals,
    SpecialHandling,
    StockItem,
    Weighed,
)
from gateway.canonical.words import Comment


class Counted(Canonical):
    """A quantity of a kind that has no field of its own."""

    kind: Code = Field(description="What is counted: our word, or X12 element 673.")
    quantity: Number | None = Field(None, description="How much, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`; absent means the line's own unit.")


class ShippedLineHeading(Canonical):
    """What every line says first: which, and how much was ordered, shipped and not shipped."""

    number: Text | None = Field(None, description="The depositor's line number, as the order gave it.")
    status: Code = Field(
        description="What became of the line: shipped, backordered, cancelled ..., or X12 element 368."
    )
    ordered: Number | None = Field(None, description="Quantity the depositor ordered, in `unit`.")
    shipped: Number | None = Field(
        None, description="Quantity shipped in this package, in `unit`. Absent says nothing; zero is nothing shipped."
    )
    difference: Number | None = Field(
        None, description="Ordered less shipped, as the warehouse states it: a claim to check against, never an input."
    )
    unit: Code | None = Field(None, description="Unit of `ordered`, `shipped` and `difference`.")


class ShippedLine(Weighed, StockItem, ShippedLineHeading):
    """One ordered article in one package: how much was shipped, how much not, and why."""

    pallet: Text | None = Field(None, description="Licence plate of the pallet that the goods are on.")
    other_upc_case: Text | None = Field(
        None, description="UPC of another shipping case: as a rule of the article that was ordered."
    )
    change_reason: Code | None = Field(None, description="Why less or something else was shipped (X12 element 892).")
    adjustment: Code | None = Field(None, description="How the warehouse adjusted the line (X12 element 893).")
    expires: BusinessDate | None = Field(None, description="Date on which the goods expire.")
    manufactured: BusinessDate | None = Field(None, description="Date on which the goods were made.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    descriptions: tuple[Text, ...] = Field((), description="What the article is, in the sender's words.")
    references: tuple[DatedReference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    quantities: tuple[Counted, ...] = Field((), description="Further quantities of this line.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the goods.")
    amount: Amount | None = Field(None, description="What the line is worth, or costs to ship.")
    parties: tuple[OtherParty, ...] = Field((), description="Parties of this line, each with its role.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="What is charged or allowed for this line.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons and remarks about this line, in codes.")


class ShippedPackage(Canonical):
    """A carton, a pallet or a batch of lines, as the warehouse groups them, with what is in it."""

    number: Text | None = Field(None, description="The warehouse's running number of this group.")
    labels: tuple[Label, ...] = Field(
        (), description="SSCC labels of the packages that hold these lines: as a rule one; several hold them together."
    )
    marks: tuple[Mark, ...] = Field((), description="Other markings on them.")
    pallet: PalletBuild | None = Field(None, description="How the pallet is built and what it measures.")
    references: tuple[DatedReference, ...] = Field((), description="References of this group.")
    lines: tuple[ShippedLine, ...] = Field((), description="What is in it; also lines of which nothing was shipped.")


class WarehouseShipment(AdviceHeading):
    """A warehouse's advice of what it shipped for the depositor, when, with whom, and what not."""

    bill_of_lading: Text | None = Field(None, description="Bill of lading number.")
    master_bill_of_lading: Text | None = Field(None, description="Bill of lading over several shipments.")
    pro_number: Text | None = Field(None, description="The carrier's number of the shipment (PRO).")
    load: Text | None = Field(None, description="Load that the shipment belongs to.")
    appointment: Text | None = Field(None, description="Number of the pickup or delivery appointment.")
    customer_order: Text | None = Field(None, description="Order number of the customer's own customer.")
    tracking_numbers: tuple[Text, ...] = Field((), description="The carrier's numbers of the packages, where listed.")
    seals: tuple[Text, ...] = Field((), description="Seal numbers, where listed as references.")
    references: tuple[DatedReference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the shipment.")
    requested_ship: BusinessDate | None = Field(None, description="Date on which the goods were to leave.")
    shipped: BusinessDate | None = Field(None, description="Date on which the goods left the warehouse.")
    shipped_time: ClockTime | None = Field(None, description="Time of day of `shipped`.")
    estimated_delivery: BusinessDate | None = Field(None, description="Date on which the goods should arrive.")
    delivered: BusinessDate | None = Field(None, description="Date on which the goods arrived.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="The warehouse that shipped.")
    ship_from: Party | None = Field(None, description="Where the goods left from, if not the warehouse.")
    ship_to: Party | None = Field(None, description="Where the goods go.")
    buyer: Party | None = Field(None, description="The depositor's customer.")
    bill_to: Party | None = Field(None, description="Who gets the depositor's invoice.")
    mark_for: Party | None = Field(None, description="For whom the goods are marked.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    carriage: CarriageDone | None = Field(None, description="Who took the goods, and in what.")
    special_handling: SpecialHandling | None = Field(None, description="Special handling done.")
    consolidation: Consolidation | None = Field(None, description="Whether the goods travel with others.")
    loading: tuple[Load, ...] = Field((), description="Pallets, seals and temperatures.")
    lading: tuple[Lading, ...] = Field((), description="Packages and weight of the shipment.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field(
        (), description="What is charged or allowed for the whole shipment."
    )
    comments: tuple[Comment, ...] = Field((), description="Words about the whole shipment.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons and remarks about the whole shipment, in codes.")
    packages: tuple[ShippedPackage, ...] = Field(
        (), description="Packages or groups of lines, and what is in them; none where nothing is told by line."
    )
    totals: ShippedTotals | None = Field(None, description="What the warehouse says was shipped in all.")
