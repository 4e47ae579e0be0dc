"""`invoice.v1`: what a seller asks to be paid, or gives back (X12 810, 880).

The arithmetic that `gateway.canonical.arithmetic` holds an invoice to: the total is the sum of every line's quantity
times price, less allowances, plus charges and taxes, of the lines and of the whole. In a credit memo all of it is in
the buyer's favour, and stated without turning signs: a credit of ten dollars is 10.00.
"""

from pydantic import Field

from gateway.canonical.freight import FreightTerms
from gateway.canonical.item import Component, Description, Identifiers, Measurement, Pack
from gateway.canonical.money import AllowanceCharge, Amount, Price, Tax, Terms
from gateway.canonical.order import Destination, OtherDate
from gateway.canonical.part import Divisible
from gateway.canonical.party import Contact, OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text, Whole
from gateway.canonical.words import Comment, Note


class InvoiceDates(Canonical):
    """When what is invoiced was shipped, arrived, or is due."""

    shipped: BusinessDate | None = Field(None, description="Date the goods left the seller.")
    delivered: BusinessDate | None = Field(None, description="Date the goods arrived.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")


class InvoiceCharge(AllowanceCharge):
    """An allowance or charge that counts: it changes what is to be paid, unless `handling` says it is settled apart."""

    taxes: tuple[Tax, ...] = Field((), description="Taxes on this allowance or charge.")


class ShippedPart(Canonical):
    """What became of a part of an invoiced line: shipped, backordered, substituted."""

    quantity: Number | None = Field(None, description="Quantity shipped, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    status: Code | None = Field(None, description="What became of it: our word, or X12 element 368.")
    difference: Number | None = Field(
        None, description="Quantity shipped less quantity ordered: below zero is too little."
    )
    reason: Code | None = Field(None, description="Why there is a difference (X12 element 371).")


class LineQuantity(Canonical):
    """A further quantity of a line, with what it counts."""

    kind: Code = Field(description="What is counted (X12 element 673).")
    quantity: Number = Field(description="The quantity, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`; absent means the line's own unit.")


class Carrier(Canonical):
    """A carrier that took the goods, and how."""

    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    equipment_initial: Text | None = Field(None, description="Owner's prefix of `equipment`.")
    equipment: Text | None = Field(None, description="Number of the trailer, container or car.")
    scac: Text | None = Field(None, description="Standard carrier alpha code.")
    routing: Text | None = Field(None, description="Carrier or route in words.")
    status: Code | None = Field(None, description="What became of the shipment: our word, or X12 element 368.")
    reference_kind: Code | None = Field(None, description="What `reference` identifies (X12 element 128).")
    reference: Text | None = Field(None, description="The carrier's number, such as a pro or tracking number.")
    service_level: Code | None = Field(None, description="Service the carrier gave (X12 element 284).")


class InvoicedShipment(Canonical):
    """How much was shipped on the whole invoice."""

    quantity: Number | None = Field(None, description="Units shipped, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    weight: Number | None = Field(None, description="Weight shipped, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume shipped, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")


class InvoiceLineHeading(Canonical):
    """What every line says first: which, how much, at what price."""

    number: Text | None = Field(None, description="Line number, the order's where the invoice follows one order.")
    quantity: Number | None = Field(None, description="Quantity invoiced, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")
    price: Number | None = Field(None, description="Price invoiced, per `price_basis`; absent is not zero.")
    price_basis: Code | None = Field(
        None, description="What `price` is per: our word, or X12 element 639; absent is `unit`."
    )
    extension: Number | None = Field(None, description="Amount of the line before allowances, charges and taxes.")
    po_number: Text | None = Field(None, description="Order of this line, where one invoice is for several.")
    po_line: Text | None = Field(None, description="The buyer's line number on that order.")
    contract: Text | None = Field(None, description="Contract this line is sold under.")
    lot: Text | None = Field(None, description="Lot or batch number of the goods.")
    serial_number: Text | None = Field(None, description="Serial number of the one piece.")
    price_bracket: Text | None = Field(None, description="Bracket of the price list that `price` is from.")
    price_list: Text | None = Field(None, description="Price list that `price` is from.")
    price_list_issue: Text | None = Field(None, description="Issue of that price list.")
    shipped_quantity: Number | None = Field(
        None, description="Units shipped as the line itself states them, in `shipped_unit`."
    )
    shipped_unit: Code | None = Field(None, description="Unit of `shipped_quantity`.")


class InvoiceLine(InvoiceDates, Identifiers, InvoiceLineHeading):
    """One invoiced article or service."""

    descriptions: tuple[Description, ...] = Field((), description="What the article is.")
    shipped_parts: tuple[ShippedPart, ...] = Field((), description="What became of the ordered quantity.")
    quantities: tuple[LineQuantity, ...] = Field((), description="Further quantities: ordered, backordered, free.")
    prices: tuple[Price, ...] = Field((), description="Further prices: retail, list, before discount.")
    packs: tuple[Pack, ...] = Field((), description="How the article is packed.")
    measurements: tuple[Measurement, ...] = Field((), description="Measures of the article.")
    allowances_charges: tuple[InvoiceCharge, ...] = Field((), description="What is taken off or put on this line.")
    taxes: tuple[Tax, ...] = Field((), description="Taxes on this line.")
    terms: tuple[Terms, ...] = Field((), description="Payment terms that hold for this line only.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Freight terms that hold for this line only.")
    references: tuple[Reference, ...] = Field(
        (), description="References of this line that have no field of their own."
    )
    contacts: tuple[Contact, ...] = Field((), description="People to ask about this line.")
    carriers: tuple[Carrier, ...] = Field((), description="Carriers that took this line.")
    destinations: tuple[Destination, ...] = Field((), description="Stores that share `quantity` among them.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties of this line, with their roles.")
    components: tuple[Component, ...] = Field((), description="What the article is made up of: kits, assortments.")


class InvoiceHeading(Canonical):
    """What the invoice is called, and what it is for."""

    invoice_number: Text = Field(description="The seller's number of the invoice.")
    invoice_date: BusinessDate = Field(description="Date of the invoice, as the seller dates it.")
    type: Code | None = Field(
        None,
        description="invoice, credit_memo, debit_memo, consolidated ..., or X12 element 640; absent is invoice. "
        "In a credit memo every amount is in the buyer's favour.",
    )
    purpose: Code | None = Field(
        None, description="What this document does: original, replace, cancellation ..., or X12 element 353."
    )
    po_number: Text | None = Field(None, description="Order invoiced, exactly as the buyer sent it.")
    release: Text | None = Field(None, description="Release number under a blanket order, as the buyer sent it.")
    change_number: Text | None = Field(None, description="Last change of the order, as the buyer counts them.")
    order_date: BusinessDate | None = Field(None, description="Date of the order, as the buyer dates it.")
    consolidated_invoice: Text | None = Field(None, description="Number of the collective invoice this one belongs to.")
    original_invoice: Text | None = Field(None, description="Number of the invoice that this one corrects or credits.")
    seller_order: Text | None = Field(None, description="The seller's own number of the order.")
    currency: Text | None = Field(
        None, description="ISO 4217 code of every amount; absent is the one agreed with the partner."
    )
    exchange_rate: Number | None = Field(None, description="Rate the seller states for that currency.")
    department: Text | None = Field(None, description="The buyer's department or division that ordered.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    promotion: Text | None = Field(None, description="Promotion or deal the order belongs to.")
    customer_order: Text | None = Field(None, description="Order number of the buyer's own customer.")
    contract: Text | None = Field(None, description="Contract the goods are sold under.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading of the shipment.")
    packing_slip: Text | None = Field(None, description="Number on the packing slip.")
    carrier_reference: Text | None = Field(None, description="The carrier's pro or tracking number.")
    shipment_number: Text | None = Field(
        None, description="The seller's number of the shipment, as its ship notice has it."
    )


class InvoiceTotals(Canonical):
    """What the invoice says it adds up to."""

    amount: Number = Field(description="Amount of the invoice, taxes and charges in it, before any payment discount.")
    discountable: Number | None = Field(None, description="Amount that the payment discount is reckoned on.")
    discounted: Number | None = Field(None, description="Amount to pay if the payment discount is taken.")
    discount: Number | None = Field(None, description="The payment discount as an amount.")
    line_count: Whole | None = Field(None, description="Number of lines.")
    hash: Number | None = Field(None, description="Control sum, as a rule of the invoiced quantities.")


class Invoice(InvoiceDates, Divisible, InvoiceHeading):
    """An invoice or credit memo: what the buyer owes, or gets back, and for what."""

    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the invoice.")
    buyer: Party | None = Field(None, description="Who ordered.")
    sold_to: Party | None = Field(None, description="Who became the owner, if not the buyer.")
    bill_to: Party | None = Field(None, description="Who is to pay.")
    remit_to: Party | None = Field(None, description="Who is to be paid.")
    vendor: Party | None = Field(None, description="Who delivered: the seller.")
    ship_from: Party | None = Field(None, description="Where the goods left from.")
    ship_tos: tuple[Party, ...] = Field((), description="Where the goods went.")
    mark_for: Party | None = Field(None, description="For whom the goods were marked.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    terms: tuple[Terms, ...] = Field((), description="Terms of payment.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Who pays the freight, where title passes.")
    descriptions: tuple[Description, ...] = Field((), description="What is said of the goods as a whole.")
    carriers: tuple[Carrier, ...] = Field((), description="Carriers that took the goods.")
    notes: tuple[Note, ...] = Field((), description="Words under a reference about the whole invoice.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole invoice that no reference heads.")
    lines: tuple[InvoiceLine, ...] = Field((), description="What is invoiced.")
    allowances_charges: tuple[InvoiceCharge, ...] = Field(
        (), description="What is taken off or put on the whole invoice."
    )
    taxes: tuple[Tax, ...] = Field((), description="Taxes on the whole invoice.")
    amounts: tuple[Amount, ...] = Field((), description="Sums stated about the whole invoice.")
    shipped_totals: tuple[InvoicedShipment, ...] = Field((), description="How much was shipped, once per unit.")
    totals: InvoiceTotals = Field(description="What it adds up to.")
