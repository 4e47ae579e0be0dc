"""`warehouse_receipt.v1`: what a warehouse took into stock for the depositor (X12 944).

What came in good order and what came damaged, short or over are quantities of their own, never netted.
"""

from pydantic import Field

from gateway.canonical.freight import Lading
from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.shipment import Mark
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole
from gateway.canonical.warehouse import (
    Carriage,
    DatedReference,
    Label,
    Moment,
    Packaging,
    PalletBuild,
    StockItem,
)
from gateway.canonical.words import Comment


class Arrival(Carriage):
    """The carrier that brought the goods, and in what."""

    equipment_initial: Text | None = Field(None, description="Owner's prefix of the equipment number.")
    equipment_number: Text | None = Field(None, description="Number of the trailer, container or car.")
    seal: Text | None = Field(None, description="Seal number.")
    seal2: Text | None = Field(None, description="Number of a second seal.")
    seal_condition: Code | None = Field(None, description="What became of the seal: our word, or X12 element 407.")
    unit_load: Code | None = Field(None, description="How the goods were stowed: our word, or X12 element 400.")


class Probe(Canonical):
    """A temperature taken in the trailer on arrival."""

    place: Code = Field(description="Where it was taken: our word, or X12 element 456.")
    temperature: Number = Field(description="Temperature, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `temperature`.")


class PalletsExchanged(Canonical):
    """Pallets that changed hands at the dock."""

    received: Whole | None = Field(None, description="Number of pallets received.")
    returned: Whole | None = Field(None, description="Number of pallets given back.")
    contested: Number | None = Field(None, description="Number of pallets the parties do not agree on.")
    condition: Code | None = Field(None, description="State of the contested ones: our word, or X12 element 412.")


class ReceiptException(Canonical):
    """A part of a line that was not as it should be: one condition, one quantity, one entry."""

    condition: Code = Field(
        description="What was wrong: damaged, short (told but not there), over (there but not told), on_hold ..., "
        "or X12 element 412."
    )
    quantity: Number = Field(description="How much of it, in `unit`; never negative, `condition` says which way.")
    unit: Code = Field(description="Unit of `quantity`: our word, or X12 element 355.")
    warehouse_lot: Text | None = Field(None, description="Lot under which the warehouse keeps that part.")
    damage_reason: Code | None = Field(None, description="How it came to damage (X12 element 853).")
    references: tuple[DatedReference, ...] = Field((), description="References of this exception, such as a claim.")


class ReceivedLineHeading(Canonical):
    """What every line says first: which, how much arrived, and how much of it was not as it should be."""

    number: Text | None = Field(None, description="The depositor's line number, as the transfer gave it.")
    received: Number = Field(
        description="Quantity that arrived, in `unit`: with what came damaged or over, without what came short."
    )
    unit: Code = Field(description="Unit of `received`: our word, or X12 element 355.")
    exceptions: tuple[ReceiptException, ...] = Field(
        (), description="What was not as it should be: damaged, short, over, on hold. None: all was well."
    )


class OnPallet(Canonical):
    """The pallet or group that a line stands in. Lines of one group stand together, and say the same of it."""

    group: Text | None = Field(None, description="Running number of the group of lines.")
    labels: tuple[Label, ...] = Field((), description="SSCC label of the pallet or package that holds the group.")
    marks: tuple[Mark, ...] = Field((), description="Another marking on it.")
    pallet_builds: tuple[PalletBuild, ...] = Field((), description="How its pallets are built and what they measure.")
    group_references: tuple[DatedReference, ...] = Field((), description="References of the group.")


class ReceivedLine(OnPallet, StockItem, ReceivedLineHeading):
    """One article received."""

    pallet: Text | None = Field(None, description="Licence plate of the pallet that the goods are on.")
    adjustment: Code | None = Field(None, description="How the warehouse adjusted the line (X12 element 893).")
    descriptions: tuple[Text, ...] = Field((), description="What the article is, in the sender's words.")
    packagings: tuple[Packaging, ...] = Field((), description="How the article is packed.")
    references: tuple[DatedReference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )


class ReceivedTotals(Canonical):
    """What the warehouse says was received in all: claims to check against, never inputs."""

    received: Number = Field(description="Quantity received over all lines.")
    shipped: Number | None = Field(None, description="Quantity the sender said was shipped.")
    damaged_or_held: Number | None = Field(None, description="Quantity damaged or on hold.")
    packages_received: Whole | None = Field(None, description="Number of handling units received.")
    packages_shipped: Whole | None = Field(None, description="Number of handling units the sender loaded.")


class WarehouseReceipt(Canonical):
    """A warehouse's advice of goods it took into stock."""

    reporting: Code = Field(
        description="How much is told: full_detail, exceptions_only, original ..., or X12 element 514."
    )
    received_date: BusinessDate = Field(description="Date of the receipt.")
    received_time: ClockTime | None = Field(None, description="Time of day of `received_date`.")
    receipt_number: Text = Field(description="The warehouse's number of this receipt.")
    depositor_order: Text | None = Field(None, description="The depositor's number of the transfer or purchase order.")
    shipment_number: Text | None = Field(None, description="The sender's number of the shipment that arrived.")
    master_reference: Text | None = Field(None, description="Number that linked receipts have in common.")
    link_number: Text | None = Field(None, description="Place of this receipt in a chain of linked ones, as sent.")
    po_number: Text | None = Field(None, description="Purchase order of the depositor with the supplier.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading number.")
    pro_number: Text | None = Field(None, description="The carrier's number of the shipment (PRO).")
    container: Text | None = Field(None, description="Container number, where given as a reference.")
    references: tuple[DatedReference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the receipt.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="The warehouse that received them.")
    ship_from: Party | None = Field(None, description="Where the goods came from.")
    ship_to: Party | None = Field(None, description="Where the goods went, if told apart from the warehouse.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    carriage: Arrival | None = Field(None, description="Who brought the goods, and in what.")
    probes: tuple[Probe, ...] = Field((), description="Temperatures taken on arrival.")
    pallets: tuple[PalletsExchanged, ...] = Field((), description="Pallets that changed hands.")
    lading: tuple[Lading, ...] = Field((), description="Packages and weight of what arrived.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole receipt.")
    lines: tuple[ReceivedLine, ...] = Field(
        (), description="The articles received; none where all came as told and only that is reported."
    )
    totals: ReceivedTotals | None = Field(None, description="What the warehouse says was received in all.")
