"""`shipment.v1`: what left for a receiver, in which packages, for which orders (X12 856), whoever sends it and however.

Flat on purpose: orders, pallets, packages and lines are lists, and links name the entries they belong to by `id`. How a
partner nests them is an affair of the mapping, never of the document.

Fields come in the order of bases from right to left, then the class itself: headings first. Absent means not said.
"""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from gateway.canonical.freight import Equipment, FreightTerms, Handling, Lading, Packing
from gateway.canonical.item import Description, Identifiers, Measurement, Pack
from gateway.canonical.money import AllowanceCharge
from gateway.canonical.order import Destination, OtherDate
from gateway.canonical.part import Divisible
from gateway.canonical.party import Contact, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole


class Carriage(Canonical):
    """One leg of the way the goods travel, with who carries them."""

    sequence: Code | None = Field(None, description="Which leg this is (X12 element 133).")
    carrier_qualifier: Code | None = Field(None, description="Kind of `carrier`: scac, or X12 element 66.")
    carrier: Text | None = Field(None, description="Identifier of the carrier.")
    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    routing: Text | None = Field(None, description="The carrier's name or the routing, in words.")
    status: Code | None = Field(None, description="What becomes of the shipment on this leg (X12 element 368).")
    location_kind: Code | None = Field(None, description="Kind of `location` (X12 element 309).")
    location: Text | None = Field(None, description="Place this leg ends at or passes through.")
    service_level: Code | None = Field(None, description="Service the carrier gives (X12 element 284).")


class Load(Lading):
    """A count of packages of one kind with their weight and volume, as stated for what it stands under."""


class Mark(Canonical):
    """A mark or number on a package that has no field of its own."""

    kind: Code = Field(description="What the mark is (X12 element 88).")
    value: Text = Field(description="The mark as it is read from the label.")
    to: Text | None = Field(None, description="Last mark of a range that starts at `value`.")
    second_kind: Code | None = Field(None, description="What `second_value` is (X12 element 88).")
    second_value: Text | None = Field(None, description="A second mark on the same package.")


class ShippedOrderHeading(Canonical):
    """Which order this is, for both sides."""

    id: Text = Field(
        description="Name of the entry within this document, which links use: the order number, with a slash and the "
        "release where there is one. Never sent."
    )
    po_number: Text = Field(description="The buyer's purchase order number, exactly as ordered.")
    release: Text | None = Field(None, description="Release number under a blanket order.")
    change_number: Text | None = Field(None, description="Number of the last change of the order that is met.")
    po_date: BusinessDate | None = Field(None, description="Date of the order, as the buyer dates it.")
    contract: Text | None = Field(None, description="Contract the order is placed under.")
    type: Code | None = Field(None, description="Kind of order: our word, or X12 element 92.")
    vendor_order: Text | None = Field(None, description="The seller's own number of the order.")
    invoice: Text | None = Field(None, description="Invoice that bills what was shipped of this order.")
    department: Text | None = Field(None, description="The buyer's department or division that ordered.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by on this order.")
    customer_order: Text | None = Field(None, description="Order number of the buyer's own customer.")
    packing_list: Text | None = Field(None, description="Packing list of what was shipped of this order.")


class ShippedOrder(ShippedOrderHeading):
    """One purchase order that the shipment fills, wholly or in part, with what is said of this order's share."""

    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of this order's share of the shipment.")
    buyer: Party | None = Field(None, description="Who ordered, or the store the order is for.")
    mark_for: Party | None = Field(None, description="For whom the goods are marked: the store behind the warehouse.")
    ship_to: Party | None = Field(None, description="Where this order's goods go, if not where all of them go.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties of this order in roles without a field.")
    references: tuple[Reference, ...] = Field((), description="References of this order without a field of their own.")
    carriage: tuple[Carriage, ...] = Field((), description="Carriers and legs of this order's goods only.")
    lading: tuple[Load, ...] = Field((), description="Packages and weight of this order's share.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of this order's share.")
    packings: tuple[Packing, ...] = Field((), description="How this order's goods are packed or marked.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this order.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field(
        (), description="What is taken off or put on for this order's share."
    )


class LogisticUnit(Canonical):
    """What pallets and packages are known by."""

    id: Text = Field(
        description="Name of the entry within this document, which links use: its SSCC, else its tracking number, else "
        "#1, #2 and so on. Never sent."
    )
    order: Text | None = Field(
        None,
        description="`id` of the order whose goods it holds, where that is one: as its lines say, and the sender where "
        "it has none.",
    )
    sscc: Text | None = Field(
        None, description="Serial shipping container code as on the label: 20 digits, 00 and the SSCC of 18."
    )
    sscc_to: Text | None = Field(None, description="Last code of a range of equal units that starts at `sscc`.")
    tracking: Text | None = Field(None, description="The carrier's number of this unit.")
    marks: tuple[Mark, ...] = Field((), description="Further marks and numbers on it.")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight: Number | None = Field(None, description="Weight of this one unit, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume of this one unit, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    length: Number | None = Field(None, description="Length of it, in `dimension_unit`.")
    width: Number | None = Field(None, description="Width of it, in `dimension_unit`.")
    height: Number | None = Field(None, description="Height of it, in `dimension_unit`.")
    dimension_unit: Code | None = Field(None, description="Unit of length, width and height.")
    lading: tuple[Load, ...] = Field((), description="Packages and weight stated for what it holds.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of it without a field of their own.")
    packings: tuple[Packing, ...] = Field((), description="How it is packed or marked.")
    references: tuple[Reference, ...] = Field((), description="References of it without a field of their own.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of it.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties that it concerns, by role.")


class Pallet(LogisticUnit):
    """A pallet, skid or other carrier of packages that is handled as one."""

    kind: Code | None = Field(None, description="Kind of pallet (X12 element 883).")
    tiers: Whole | None = Field(None, description="Number of layers on it.")
    per_tier: Whole | None = Field(None, description="Number of packages in one layer.")
    packages: Whole | None = Field(None, description="Number of packages on it, as stated.")


class Package(LogisticUnit):
    """A carton, bag or other package. Where it is one of several that nothing tells apart, there may be one entry."""

    pallet: Text | None = Field(None, description="`id` of the pallet it stands on.")
    package: Text | None = Field(None, description="`id` of the package that holds it, for packages within packages.")
    packaging: Code | None = Field(None, description="Kind of package (X12 element 103), such as CTN25.")
    packs: Whole | None = Field(None, description="Number of inner packs (or units, where there are none) in it.")
    inner_packs: Whole | None = Field(None, description="Number of units in one inner pack.")


class LinePlace(Canonical):
    """Where a line belongs, and what identifies it there."""

    order: Text | None = Field(None, description="`id` of the order the line fills.")
    pallet: Text | None = Field(None, description="`id` of the pallet all of it stands on.")
    package: Text | None = Field(
        None, description="`id` of the package that holds all of it: goods in two packages are two lines."
    )
    packages: tuple[Text, ...] = Field(
        (), description="`id` of each package that holds some of it, where nobody says how much is in which."
    )
    po_line_number: Text | None = Field(None, description="Number of the line in the order, exactly as ordered.")
    number: Text | None = Field(None, description="The sender's own number of the line in this notice.")


class Quantities(Canonical):
    """How much was shipped, and what that means for the order."""

    quantity: Number = Field(description="Quantity shipped on this line, in `unit`.")
    unit: Code = Field(description="Unit of `quantity` and `shipped_to_date`: our word, or X12 element 355.")
    shipped_to_date: Number | None = Field(
        None, description="All that was shipped of the order line so far, this shipment included."
    )
    ordered: Number | None = Field(None, description="Quantity of the order line, in `ordered_unit`.")
    ordered_unit: Code | None = Field(None, description="Unit of `ordered`.")
    status: Code | None = Field(
        None,
        description="What becomes of the order line: shipped, shipped_in_part (the rest is backordered), backordered, "
        "substituted, deleted ..., or X12 element 668.",
    )


class ShippedComponent(Identifiers):
    """One article inside a kit, assortment or prepack that is shipped as one line."""

    number: Text = Field(description="The sender's number of this component.")
    relationship: Code | None = Field(None, description="How it belongs to the line: our word, or X12 element 662.")
    quantity: Number | None = Field(None, description="How many of it one shipped unit of the line holds, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    lot: Text | None = Field(None, description="Lot or batch it is from.")
    country_of_origin: Text | None = Field(None, description="Country it was made in, as coded by the sender.")


class ShippedLine(Identifiers, Quantities, LinePlace):
    """One article, shipped in one quantity under one order, in one package where packages are told."""

    lot: Text | None = Field(None, description="Lot or batch all of it is from.")
    serial_numbers: tuple[Text, ...] = Field((), description="Serial number of each unit, as far as they are told.")
    expires: BusinessDate | None = Field(None, description="Date on which it expires.")
    manufactured: BusinessDate | None = Field(None, description="Date on which it was made.")
    country_of_origin: Text | None = Field(None, description="Country it was made in, as coded by the sender.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of this line without a field of their own.")
    descriptions: tuple[Description, ...] = Field((), description="What the sender says the article is.")
    packs: tuple[Pack, ...] = Field((), description="How the article is packed.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the line.")
    packings: tuple[Packing, ...] = Field((), description="How this line is packed or marked.")
    marks: tuple[Mark, ...] = Field((), description="Marks and numbers on the goods of this line.")
    lading: tuple[Load, ...] = Field((), description="Packages and weight of this line.")
    carriage: tuple[Carriage, ...] = Field((), description="Carriers and legs of this line only.")
    references: tuple[Reference, ...] = Field((), description="References of this line without a field of their own.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties of this line by role, such as its store.")
    destinations: tuple[Destination, ...] = Field((), description="Stores that share `quantity` among them.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="What is taken off or put on this line.")
    components: tuple[ShippedComponent, ...] = Field(
        (), description="What the article is made up of, or what was sent in its place."
    )


class ShipmentTotals(Canonical):
    """What the sender says the shipment adds up to: claims to check against, never inputs."""

    hash: Number | None = Field(None, description="Control sum, as a rule of the shipped quantities.")
    weight: Number | None = Field(None, description="Total weight, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Total volume, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")


class ShipmentHeading(Canonical):
    """What the shipment is called, and when it moves."""

    purpose: Code = Field(description="What this notice does: original, replace, cancellation ..., or X12 element 353.")
    shipment_number: Text = Field(description="The sender's number of the shipment, which no other shipment has.")
    created: BusinessDate = Field(description="Date the notice was made.")
    created_time: ClockTime = Field(description="Time of day the notice was made.")
    type: Code | None = Field(None, description="Kind of notice (X12 element 640).")
    reason: Code | None = Field(None, description="Why the notice was sent (X12 element 641).")
    shipped: BusinessDate | None = Field(None, description="Date the goods left.")
    shipped_time: ClockTime | None = Field(None, description="Time of day the goods left.")
    estimated_delivery: BusinessDate | None = Field(None, description="Date the goods are expected to arrive.")
    estimated_delivery_time: ClockTime | None = Field(None, description="Time of day of `estimated_delivery`.")
    scheduled_delivery: BusinessDate | None = Field(None, description="Date of arrival that was agreed.")
    scheduled_delivery_time: ClockTime | None = Field(None, description="Time of day of `scheduled_delivery`.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading number.")
    master_bill_of_lading: Text | None = Field(None, description="Bill of lading that covers several of them.")
    pro_number: Text | None = Field(None, description="The carrier's own number of the shipment (PRO number).")
    tracking_numbers: tuple[Text, ...] = Field((), description="The carrier's tracking numbers of the whole shipment.")
    appointment: Text | None = Field(None, description="Number of the appointment at the receiver's dock.")
    load: Text | None = Field(None, description="Number of the load the shipment is part of.")
    packing_list: Text | None = Field(None, description="Packing list of the shipment.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    currency: Text | None = Field(None, description="ISO 4217 code of every amount, where amounts are told.")
    structure: Code | None = Field(
        None,
        description="How the partner nests the notice (X12 element 1005), where its mapping tells; on the way out it "
        "follows from the mapping.",
    )


class Shipment(Divisible, ShipmentHeading):
    """A ship notice: what left, how it travels, in which packages, for which orders."""

    document_dates: tuple[OtherDate, ...] = Field((), description="Dates that the notice states of itself.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of the shipment without a field of their own.")
    references: tuple[Reference, ...] = Field(
        (), description="References of the shipment without a field of their own."
    )
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the shipment.")
    ship_from: Party | None = Field(None, description="Where the goods left from.")
    ship_to: Party | None = Field(None, description="Where the goods go.")
    mark_for: Party | None = Field(None, description="For whom the goods are marked: the store behind the warehouse.")
    buyer: Party | None = Field(None, description="Who bought the goods.")
    vendor: Party | None = Field(None, description="Who sold the goods.")
    bill_to: Party | None = Field(None, description="Who gets the invoice.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    carriage: tuple[Carriage, ...] = Field((), description="Carriers and legs, in the order of the way.")
    equipment: tuple[Equipment, ...] = Field((), description="Trailers or containers the goods travel in.")
    seals: tuple[Text, ...] = Field((), description="Seal numbers told apart from `equipment`.")
    lading: tuple[Load, ...] = Field((), description="Packages and weight of the whole shipment.")
    handling: tuple[Handling, ...] = Field((), description="Special or hazardous handling.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the whole shipment.")
    packings: tuple[Packing, ...] = Field((), description="How the goods are packed or marked.")
    marks: tuple[Mark, ...] = Field((), description="Marks and numbers on all of it.")
    freight_terms: FreightTerms | None = Field(None, description="Who pays the freight, where title passes.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field(
        (), description="What is taken off or put on the whole shipment, freight above all."
    )
    orders: tuple[ShippedOrder, ...] = Field((), description="The orders that are filled, wholly or in part.")
    pallets: tuple[Pallet, ...] = Field((), description="The pallets, where they are told.")
    packages: tuple[Package, ...] = Field((), description="The packages, where they are told.")
    lines: tuple[ShippedLine, ...] = Field((), description="The shipped articles; none where all of it is cancelled.")
    totals: ShipmentTotals | None = Field(None, description="What the sender says it adds up to.")

    @model_validator(mode="after")
    def _links_hold(self) -> Self:
        faults = list(_broken(self))
        if faults:
            raise ValueError("; ".join(faults[:MAXIMUM_FAULTS]))
        return self


MAXIMUM_FAULTS = 20
"""Broken links that are told of one document."""


def _broken(shipment: Shipment) -> Iterator[str]:
    """Every `id` that stands twice in its list, and every link that names no entry."""
    known: dict[str, set[str]] = {}
    for name in ("orders", "pallets", "packages"):
        known[name] = set()
        for at, entry in enumerate(getattr(shipment, name)):
            if entry.id in known[name]:
                yield f"{name}[{at}].id: '{entry.id}' stands twice"
            known[name].add(entry.id)
    for name in ("pallets", "packages", "lines"):
        for at, entry in enumerate(getattr(shipment, name)):
            for field, value in _links(entry):
                if value not in known[f"{field}s"]:
                    yield f"{name}[{at}].{field}: there is no {field} '{value}'"


def _links(entry: LogisticUnit | LinePlace) -> Iterator[tuple[str, str]]:
    for field in ("order", "pallet", "package"):
        value = getattr(entry, field, None)
        if value is not None:
            yield field, value
    if isinstance(entry, LinePlace):
        for value in entry.packages:
            yield "package", value
