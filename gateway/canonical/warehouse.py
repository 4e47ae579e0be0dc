"""What the documents of the warehouse side share: articles in stock, dates, carriers, labels and remarks.

The depositor owns the goods, the warehouse keeps them. `vendor_sku` and its like are the depositor's numbers.
"""

from pydantic import Field

from gateway.canonical.item import Identifiers
from gateway.canonical.party import Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole


class Moment(Canonical):
    """A date, a time of day or both, that have no field of their own."""

    kind: Code | None = Field(None, description="What happens on `date`: our word, or X12 element 432.")
    date: BusinessDate | None = Field(None, description="The date.")
    time_kind: Code | None = Field(None, description="What happens at `time`: our word, or X12 element 176.")
    time: ClockTime | None = Field(None, description="The time of day.")
    time_zone: Code | None = Field(None, description="Zone of `time` (X12 element 623); absent is local to the place.")


class DatedReference(Reference):
    """A number that identifies something, with a date where the partner gives one."""

    date: BusinessDate | None = Field(None, description="Date that goes with the number.")


class RemarkCode(Canonical):
    """One code of an industry's list."""

    list: Code | None = Field(None, description="Which list `code` is from (X12 element 1270).")
    code: Text | None = Field(None, description="The code in that list.")


class Remark(Canonical):
    """Reasons and remarks said in codes of an industry or of the partner."""

    agency: Code = Field(description="Whose lists the codes are from (X12 element 559).")
    source: Text | None = Field(None, description="Which list of that agency.")
    codes: tuple[RemarkCode, ...] = Field((), description="The codes.")


class Carriage(Canonical):
    """Who carries the goods, how, and who pays for it."""

    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    scac: Text | None = Field(None, description="Standard carrier alpha code of the carrier.")
    routing: Text | None = Field(None, description="The carrier or the route in the partner's words.")
    freight_payment: Code | None = Field(None, description="Who pays the freight: our word, or X12 element 146.")


class CarriageDone(Carriage):
    """The carrier that took the goods, and in what."""

    equipment_kind: Code | None = Field(None, description="Kind of trailer, container or car (X12 element 40).")
    equipment_initial: Text | None = Field(None, description="Owner's prefix of the equipment number.")
    equipment_number: Text | None = Field(None, description="Number of the trailer, container or car.")
    status: Code | None = Field(None, description="State of the shipment as a whole: our word, or X12 element 368.")
    special_handling: Code | None = Field(None, description="Special handling (X12 element 152).")
    change_reason: Code | None = Field(
        None, description="Why another carrier or route was taken than ordered (X12 element 890)."
    )


class SpecialHandling(Canonical):
    """Up to four special handlings asked for or done."""

    code: Code = Field(description="Special handling (X12 element 152).")
    code2: Code | None = Field(None, description="A second one.")
    code3: Code | None = Field(None, description="A third one.")
    code4: Code | None = Field(None, description="A fourth one.")


class Load(Canonical):
    """How the goods are loaded: pallets, seals, temperatures."""

    unit_load: Code | None = Field(None, description="How they are stowed: our word, or X12 element 400.")
    pallets: Whole | None = Field(None, description="Number of pallets shipped.")
    pallet_exchange: Code | None = Field(None, description="What becomes of the pallets: our word, or X12 element 399.")
    seal: Text | None = Field(None, description="Seal number.")
    seal2: Text | None = Field(None, description="Number of a second seal.")
    temperature: Number | None = Field(None, description="Lowest or only temperature, in `temperature_unit`.")
    temperature_unit: Code | None = Field(None, description="Unit of `temperature`.")
    temperature2: Number | None = Field(None, description="Highest temperature, in `temperature2_unit`.")
    temperature2_unit: Code | None = Field(None, description="Unit of `temperature2`.")


class Consolidation(Canonical):
    """Whether the goods travel with others, and what that weighs."""

    kind: Code = Field(description="Whether and with whose goods: our word, or X12 element 604.")
    weight: Number | None = Field(None, description="Weight of the consolidated load, in `weight_unit`.")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight_unit: Code | None = Field(None, description="Unit of `weight`: our word, or X12 element 188.")
    stops: Whole | None = Field(None, description="Number of stops on the way.")
    location: Text | None = Field(None, description="Where the goods are consolidated.")
    location_kind: Code | None = Field(None, description="Kind of `location` (X12 element 309).")
    waybill: Text | None = Field(None, description="Waybill number.")


class Label(Canonical):
    """The label of one package, or of a run of packages with numbers one after the other."""

    sscc: Text = Field(
        description="Serial shipping container code on the label: 18 digits, or 20 with the identifier 00."
    )
    sscc_to: Text | None = Field(None, description="Last SSCC of the run, where the label stands for several packages.")
    tracking: Text | None = Field(None, description="The carrier's number of the package.")


class Lot(Canonical):
    """One lot or batch of the maker."""

    number: Text = Field(description="The lot or batch number.")
    description: Text | None = Field(None, description="What is said of it, such as how much is of this lot.")
    date: BusinessDate | None = Field(None, description="Date that goes with it: as a rule when it expires.")


class StockItem(Identifiers):
    """An article as a warehouse knows it: its numbers, lot and serials."""

    lot: Text | None = Field(
        None, description="Maker's lot or batch of the goods, where it stands among the article's numbers."
    )
    warehouse_lot: Text | None = Field(None, description="Lot under which the warehouse keeps the goods.")
    lots: tuple[Lot, ...] = Field((), description="Maker's lots or batches, where listed as references of the line.")
    serial_numbers: tuple[Text, ...] = Field((), description="Serial numbers of the units.")


class Freighted(Canonical):
    """How the goods of a line are rated for freight, and how they stand on a pallet."""

    freight_class: Text | None = Field(None, description="Freight class of the goods (X12 element 59).")
    rate_class: Text | None = Field(None, description="Rate class of the goods (X12 element 121).")
    commodity_qualifier: Code | None = Field(None, description="Which list `commodity` is from (X12 element 23).")
    commodity: Text | None = Field(None, description="Commodity code of the goods.")
    pallet_build: Text | None = Field(
        None, description="Packages in a layer of a pallet (first three digits) and layers (last three)."
    )


class Weighed(Canonical):
    """What the goods of a line weigh, in up to two kinds of weight."""

    weight: Number | None = Field(None, description="Weight of the whole line, in `weight_unit`.")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight_unit: Code | None = Field(None, description="Unit of `weight`: our word, or X12 element 188.")
    weight2: Number | None = Field(None, description="The same in another kind of weight, in `weight2_unit`.")
    weight2_kind: Code | None = Field(None, description="Kind of `weight2` (X12 element 187).")
    weight2_unit: Code | None = Field(None, description="Unit of `weight2`: our word, or X12 element 188.")


class Packaging(Canonical):
    """How the article of a line is packed."""

    pack: Whole | None = Field(None, description="Number of units in one pack.")
    size: Number | None = Field(None, description="Size of one unit, in `size_unit`.")
    size_unit: Code | None = Field(None, description="Unit of `size`.")
    weight: Number | None = Field(None, description="Weight of one pack, in `weight_unit`.")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight_unit: Code | None = Field(None, description="Unit of `weight`: our word, or X12 element 188.")
    unit_weight: Number | None = Field(None, description="Weight of one unit, in the unit the partners agreed on.")
    volume: Number | None = Field(None, description="Volume of one pack, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    color: Text | None = Field(None, description="Colour in the partner's words.")


class PalletBuild(Canonical):
    """How a pallet is built and what it measures."""

    kind: Code | None = Field(None, description="Kind of pallet (X12 element 883).")
    tiers: Whole | None = Field(None, description="Number of layers.")
    per_tier: Whole | None = Field(None, description="Number of packages in a layer.")
    pack: Whole | None = Field(None, description="Number of units in one package.")
    unit_weight: Number | None = Field(None, description="Weight of one package, in `unit_weight_unit`.")
    unit_weight_unit: Code | None = Field(None, description="Unit of `unit_weight`.")
    length: Number | None = Field(None, description="Length, in `dimension_unit`.")
    width: Number | None = Field(None, description="Width, in `dimension_unit`.")
    height: Number | None = Field(None, description="Height, in `dimension_unit`.")
    dimension_unit: Code | None = Field(None, description="Unit of length, width and height.")
    weight: Number | None = Field(None, description="Gross weight, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Gross volume, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    exchange: Code | None = Field(None, description="What becomes of the pallet: our word, or X12 element 399.")
    structure: Code | None = Field(None, description="How the pallet is made up (X12 element 1699).")
    inner_packs: Whole | None = Field(None, description="Number of inner packs in one package.")


class ShippedTotals(Canonical):
    """What the sender says was shipped in all: claims to check against, never inputs."""

    quantity: Number = Field(description="Units shipped over all lines.")
    weight: Number | None = Field(None, description="Weight of it all, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume of it all, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    packages: Whole | None = Field(None, description="Number of handling units loaded, in `packages_unit`.")
    packages_unit: Code | None = Field(None, description="What is counted by `packages`: our word, or X12 element 355.")


class AdviceHeading(Canonical):
    """What an advice of goods that left a place is called, by all sides."""

    reporting: Code = Field(
        description="How much is told: full_detail, exceptions_only, original ..., or X12 element 514."
    )
    depositor_order: Text | None = Field(None, description="The depositor's number of the order that it answers.")
    report_date: BusinessDate | None = Field(None, description="Date of this advice or of the shipment, as agreed.")
    shipment_number: Text | None = Field(
        None, description="The shipper's number of this shipment: tells several shipments of one order apart."
    )
    agent_shipment: Text | None = Field(None, description="The agent's number of the shipment.")
    po_number: Text | None = Field(None, description="Purchase order that it fills.")
    master_reference: Text | None = Field(None, description="Number that linked shipments have in common.")
    link_number: Text | None = Field(None, description="Place of this shipment in a chain of linked ones, as sent.")
    handling: Code | None = Field(None, description="Special handling of it all (X12 element 152).")
    date_change_reason: Code | None = Field(
        None, description="Why it shipped on another date than asked for (X12 element 891)."
    )
    transaction_type: Code | None = Field(None, description="Kind of business behind it (X12 element 640).")
    action: Code | None = Field(None, description="What is to be done with it (X12 element 306).")
