"""`inventory_report.v1`: what is there at one moment, by place, lot and article (X12 846).

Every quantity is a state (a snapshot) as of the moment the report names, never a change: that is
`inventory_adjustment.v1`. Each meaning of "there" has a field of its own; none is worked out from another.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.canonical.item import Description, Identifiers, Measurement
from gateway.canonical.money import Price
from gateway.canonical.order import Delivery, Destination, OtherDate
from gateway.canonical.party import Contact, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Code, Number, Text, Whole


class LeadTime(Canonical):
    """How long something takes."""

    kind: Code = Field(description="From what to what (X12 element 345).")
    quantity: Number = Field(description="How long, in `unit`.")
    unit: Code = Field(description="Unit of time (X12 element 344).")
    date: BusinessDate | None = Field(None, description="Date that goes with it.")


class Stock(Canonical):
    """A quantity of an article, of the meaning its field has."""

    quantity: Number = Field(description="How much, in `unit`. Zero is nothing; absent would be not said.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")
    dates: tuple[OtherDate, ...] = Field((), description="Dates of this quantity, such as when it expires.")
    lead_times: tuple[LeadTime, ...] = Field((), description="How long it takes until there is more.")
    schedule: tuple[Delivery, ...] = Field((), description="How much of it becomes available or arrives when.")


class OtherStock(Canonical):
    """A quantity whose meaning has no field of its own."""

    kind: Code = Field(description="What the quantity is: our word, or X12 element 673.")
    quantity: Number | None = Field(None, description="How much, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")
    text: Text | None = Field(None, description="The quantity in words, where it is no number.")
    dates: tuple[OtherDate, ...] = Field((), description="Dates of this quantity.")
    schedule: tuple[Delivery, ...] = Field((), description="How much of it when.")


class Quantities(Canonical):
    """What there is of an article. The meanings overlap: they are never added up."""

    on_hand: Stock | None = Field(
        None, description="Physically at the place, whatever its state: committed, held and damaged goods included."
    )
    available: Stock | None = Field(
        None, description="May be sold now: on hand less what is committed, reserved, held or damaged."
    )
    committed: Stock | None = Field(None, description="Promised to orders that have not shipped; still on hand.")
    reserved: Stock | None = Field(None, description="Kept back for a purpose without an order; still on hand.")
    on_order: Stock | None = Field(None, description="Ordered for this stock and not received; not on hand.")
    in_transit: Stock | None = Field(None, description="Shipped to the place and not received; not on hand.")
    on_hold: Stock | None = Field(None, description="At the place, barred from shipping: quality, recall, customs.")
    damaged: Stock | None = Field(None, description="At the place and damaged: cannot be sold as it is.")
    backordered: Stock | None = Field(None, description="Ordered by customers and not shipped for want of stock.")
    projected_available: Stock | None = Field(
        None, description="Expected to be available at the date it carries; not there yet."
    )
    minimum: Stock | None = Field(None, description="Level below which stock is not to fall: a rule, not a stock.")
    maximum: Stock | None = Field(None, description="Level above which stock is not to rise: a rule, not a stock.")
    reorder_point: Stock | None = Field(None, description="Level at which more is ordered: a rule, not a stock.")
    other_quantities: tuple[OtherStock, ...] = Field((), description="Quantities of other meanings.")


class StockLineHeading(Canonical):
    """Which line it is."""

    number: Text | None = Field(None, description="Line number, as the sender numbers it.")


class StockLot(Canonical):
    """Which part of the stock the line is about, if not all of it."""

    lot: Text | None = Field(None, description="Maker's lot or batch that the quantities are of.")
    serial_number: Text | None = Field(None, description="Serial number of the one unit that the line is about.")
    expires: BusinessDate | None = Field(None, description="Date on which the lot expires.")


class StockLine(Quantities, StockLot, Identifiers, StockLineHeading):
    """The stock of one article: in all, or of one lot or place."""

    available_from: BusinessDate | None = Field(None, description="First date on which the article can be had.")
    discontinued: BusinessDate | None = Field(None, description="Date from which the article is no longer made.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates that have no field of their own.")
    location: Party | None = Field(None, description="The warehouse or place that the quantities are at.")
    parties: tuple[OtherParty, ...] = Field((), description="Parties of this line in other roles.")
    descriptions: tuple[Description, ...] = Field((), description="What is said of the article.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the article.")
    prices: tuple[Price, ...] = Field((), description="Prices of the article.")
    references: tuple[Reference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    by_location: tuple[Destination, ...] = Field(
        (), description="The same by place, where sent as a list; of which meaning is agreed with the sender."
    )
    lead_times: tuple[LeadTime, ...] = Field((), description="How long it takes to get the article.")


def _at_least_one(lines: tuple[StockLine, ...]) -> tuple[StockLine, ...]:
    if not lines:
        raise ValueError("an inventory report has at least one line")
    return lines


class ReportTotals(Canonical):
    """What the sender says the report adds up to: claims to check against, never inputs."""

    line_count: Whole | None = Field(None, description="Number of lines.")
    hash: Number | None = Field(None, description="Control sum, as a rule of the quantities.")


class InventoryReport(Canonical):
    """A report of stock as of one moment."""

    measure: Literal["snapshot"] = Field(description="Always snapshot: every quantity is a state, never a change.")
    purpose: Code = Field(
        description="What this document does: original, replace, information_copy ..., or X12 element 353."
    )
    report_kind: Code = Field(description="Kind of report: our word, or X12 element 755.")
    report_number: Text = Field(description="The sender's number of this report.")
    as_of_date: BusinessDate = Field(description="Date that every quantity holds at, unless the quantity has its own.")
    as_of_time: ClockTime | None = Field(None, description="Time of day of `as_of_date`, local to the place.")
    action: Code | None = Field(None, description="What is to be done with it (X12 element 306).")
    currency: Text | None = Field(None, description="ISO 4217 code of every amount.")
    counted: BusinessDate | None = Field(None, description="Date on which the stock was counted, where told apart.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates that have no field of their own.")
    vendor_number: Text | None = Field(None, description="The number the receiver knows the sender by.")
    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the report.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="Where the goods are, if all are at one place.")
    vendor: Party | None = Field(None, description="Who sells them.")
    buyer: Party | None = Field(None, description="Who may buy them.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    lines: Annotated[tuple[StockLine, ...], AfterValidator(_at_least_one)] = Field(
        description="The stock, one line per article, lot or place.", json_schema_extra={"minItems": 1}
    )
    totals: ReportTotals | None = Field(None, description="What the sender says it adds up to.")
