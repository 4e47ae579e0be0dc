"""`order_change.v1`: what a buyer changes in an order that was placed before (X12 860).

What stands here holds from now on; what is absent stays as it was ordered.
"""

from pydantic import Field

from gateway.canonical.item import Identifiers
from gateway.canonical.order import Dates, LineBody, OrderBody, Totals
from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text


class OrderChangeLineHeading(Canonical):
    """Which line is changed, how, and what it says from now on."""

    number: Text | None = Field(None, description="The buyer's line number, as the order has it.")
    change: Code = Field(
        description="What happens to the line: item_added, item_deleted, quantity_increased, price_changed, "
        "no_change ..., or X12 element 670."
    )
    quantity: Number | None = Field(None, description="Quantity ordered from now on, in `unit`; never the difference.")
    quantity_left: Number | None = Field(None, description="How much of `quantity` the buyer has still to receive.")
    unit: Code | None = Field(None, description="Unit of the quantities: our word, or X12 element 355.")
    price: Number | None = Field(None, description="Price from now on, per `price_basis`; absent is unchanged.")
    price_basis: Code | None = Field(
        None, description="What `price` is per: our word, or X12 element 639; absent is `unit`."
    )
    contract: Text | None = Field(None, description="Contract this line is bought under.")


class OrderChangeLine(LineBody, Dates, Identifiers, OrderChangeLineHeading):
    """One line that is added, changed, deleted or repeated as it was."""


class OrderChangeHeading(Canonical):
    """Which order is changed, and by which change."""

    purpose: Code = Field(
        description="What this document does: change, cancellation (of the whole order), replace ..., "
        "or X12 element 353."
    )
    type: Code = Field(
        description="Kind of document or order: order_change, release_change, stand_alone ..., or X12 element 92."
    )
    po_number: Text = Field(description="Number of the order that is changed, as sent: answers must repeat it.")
    release: Text | None = Field(None, description="Release number under a blanket order.")
    change_number: Text | None = Field(None, description="Number of this change, as the buyer counts them.")
    order_date: BusinessDate = Field(description="Date of the order that is changed, as the buyer dates it.")
    request_reference: Text | None = Field(None, description="The buyer's number of the request behind the change.")
    contract: Text | None = Field(None, description="Contract the order is placed under.")
    seller_order: Text | None = Field(None, description="The seller's own number of the order.")
    response_date: BusinessDate | None = Field(
        None, description="Date of the seller's answer that this change follows."
    )
    change_date: BusinessDate | None = Field(None, description="Date of the change, as the buyer dates it.")
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


class OrderChange(OrderBody, Dates, OrderChangeHeading):
    """A change of a purchase order: what holds from now on, line by line."""

    lines: tuple[OrderChangeLine, ...] = Field(
        (), description="The lines the change speaks of; none when only the heading changes or all is cancelled."
    )
    totals: Totals | None = Field(None, description="What the buyer says it adds up to.")
