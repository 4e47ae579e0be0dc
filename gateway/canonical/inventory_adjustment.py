"""`inventory_adjustment.v1`: changes of a stock that no shipment and no receipt explains (X12 947).

Every quantity is a change (a delta), never what is there: that is `inventory_report.v1`. The two are never added.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.canonical.money import Amount
from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text
from gateway.canonical.warehouse import DatedReference, Moment, Remark, StockItem, Weighed
from gateway.canonical.words import Comment


class AdjustedLineHeading(Canonical):
    """What every line says first: why, and how much."""

    number: Text | None = Field(None, description="Line number, as the sender numbers it.")
    reason: Code = Field(
        description="Why the stock changed: physical_count, damaged_here, put_on_hold ..., or X12 element 181."
    )
    change: Number = Field(
        description="How much the stock changed, in `unit`, signed as sent: -5 is five fewer. With a reason that moves "
        "goods from one status to another it is how much moved."
    )
    unit: Code = Field(description="Unit of `change`: our word, or X12 element 355.")
    from_status: Code | None = Field(
        None,
        description="Status the goods had, where the reason says so: available, on_hold, damaged. Never guessed.",
    )
    to_status: Code | None = Field(
        None,
        description="Status the goods have now, where the reason says so: available, on_hold, damaged, destroyed.",
    )
    transaction: Code | None = Field(None, description="Kind of stock movement (X12 element 529).")


class AdjustedLine(Weighed, StockItem, AdjustedLineHeading):
    """One change of the stock of one article."""

    pallet: Text | None = Field(None, description="Licence plate of the pallet that the goods are on.")
    expires: BusinessDate | None = Field(None, description="Date on which the goods expire.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    descriptions: tuple[Text, ...] = Field((), description="What the article is, in the warehouse's words.")
    references: tuple[DatedReference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    amount: Amount | None = Field(None, description="What the change is worth.")
    remarks: tuple[Remark, ...] = Field((), description="Further reasons and remarks, in codes.")
    parties: tuple[OtherParty, ...] = Field((), description="Parties of this line, each with its role.")


def _at_least_one(lines: tuple[AdjustedLine, ...]) -> tuple[AdjustedLine, ...]:
    if not lines:
        raise ValueError("an adjustment has at least one line")
    return lines


class InventoryAdjustment(Canonical):
    """A warehouse's advice of changes of the depositor's stock."""

    measure: Literal["delta"] = Field(description="Always delta: every quantity is a change, never what is there.")
    adjustment_date: BusinessDate = Field(description="Date on which the stock changed.")
    depositor_adjustment: Text | None = Field(None, description="The depositor's number of the adjustment.")
    warehouse_adjustment: Text | None = Field(None, description="The warehouse's number of the adjustment.")
    purpose: Code | None = Field(
        None, description="What this document does: original, cancellation, replace ..., or X12 element 353."
    )
    transaction_type: Code | None = Field(None, description="Kind of business behind it (X12 element 640).")
    action: Code | None = Field(None, description="What is to be done with it (X12 element 306).")
    references: tuple[DatedReference, ...] = Field((), description="References of the whole adjustment.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the adjustment.")
    other_dates: tuple[Moment, ...] = Field((), description="Dates and times that have no field of their own.")
    depositor: Party | None = Field(None, description="Who owns the goods.")
    warehouse: Party | None = Field(None, description="The warehouse whose stock changed.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole adjustment.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons and remarks about the whole, in codes.")
    lines: Annotated[tuple[AdjustedLine, ...], AfterValidator(_at_least_one)] = Field(
        description="The changes, one per article, lot and reason.", json_schema_extra={"minItems": 1}
    )
