"""`warehouse_transfer.v1`: goods on their way to a warehouse, told by who sends them (X12 943).

The warehouse answers with a `warehouse_receipt.v1`. Nothing is in stock before that.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text
from gateway.canonical.warehouse import (
    AdviceHeading,
    CarriageDone,
    Consolidation,
    DatedReference,
    Freighted,
    Load,
    Moment,
    Packaging,
    ShippedTotals,
    StockItem,
)
from gateway.canonical.words import Comment


class TransferredLineHeading(Canonical):
    """What every line says first: which, and how much."""

    number: Text | None = Field(None, description="The sender's line number: the receipt should repeat it.")
    quantity: Number = Field(description="Quantity shipped to the warehouse, in `unit`.")
    unit: Code = Field(description="Unit of `quantity`: our word, or X12 element 355.")


class TransferredLine(Freighted, StockItem, TransferredLineHeading):
    """One article on its way to the warehouse."""

    pallet: Text | None = Field(None, description="Licence plate of the pallet that the goods are on.")
    inbound_hold: Code | None = Field(None, description="Whether to hold the goods on arrival (X12 element 844).")
    descriptions: tuple[Text, ...] = Field((), description="What the article is, in the sender's words.")
    packagings: tuple[Packaging, ...] = Field((), description="How the article is packed.")
    references: tuple[DatedReference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )


def _at_least_one(lines: tuple[TransferredLine, ...]) -> tuple[TransferredLine, ...]:
    if not lines:
        raise ValueError("a transfer has at least one line")
    return lines


class WarehouseTransfer(AdviceHeading):
    """Goods shipped to a warehouse to be kept there."""

    bill_of_lading: Text | None = Field(None, description="Bill of lading number.")
    pro_number: Text | None = Field(None, description="The carrier's number of the shipment (PRO).")
    load: Text | None = Field(None, description="Load that the shipment belongs to.")
    container: Text | None = Field(None, description="Container number, where given as a reference.")
    seals: tuple[Text, ...] = Field((), description="Seal numbers, where listed as references.")
    references: tuple[DatedReference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the shipment.")
    shipped: BusinessDate | None = Field(None, description="Date on which the goods left.")
    shipped_time: ClockTime | None = Field(None, description="Time of day of `shipped`.")
    estimated_delivery: BusinessDate | None = Field(None, description="Date on which the goods should arrive.")
    requested_delivery: BusinessDate | None = Field(None, description="Date on which the goods are to arrive.")
    requested_delivery_time: ClockTime | None = Field(None, description="Time of day of `requested_delivery`.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="The warehouse that is to receive them.")
    ship_from: Party | None = Field(None, description="Where the goods left from: a plant, a supplier, a warehouse.")
    ship_to: Party | None = Field(None, description="Where the goods go, if told apart from the warehouse.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    carriage: CarriageDone | None = Field(None, description="Who took the goods, and in what.")
    consolidation: Consolidation | None = Field(None, description="Whether the goods travel with others.")
    loading: Load | None = Field(None, description="Pallets, seals and temperatures.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole shipment.")
    lines: Annotated[tuple[TransferredLine, ...], AfterValidator(_at_least_one)] = Field(
        description="The articles on their way.", json_schema_extra={"minItems": 1}
    )
    totals: ShippedTotals | None = Field(None, description="What the sender says was shipped in all.")
