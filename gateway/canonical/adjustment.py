"""`adjustment.v1`: a credit or debit note, or the request for one (X12 812): how much, for which invoice, and why."""

from pydantic import Field

from gateway.canonical.freight import FreightTerms
from gateway.canonical.item import Identifiers, Pack
from gateway.canonical.money import AllowanceCharge, Amount, Terms
from gateway.canonical.order import OtherDate
from gateway.canonical.party import Contact, OtherParty, Party
from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text
from gateway.canonical.warehouse import DatedReference, Remark


class AdjustedShipment(Canonical):
    """Goods that were shipped, received or sent back, as far as the note is about them."""

    shipped: Number | None = Field(None, description="Units shipped, in `unit`.")
    received: Number | None = Field(None, description="Units received, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `shipped` and `received`: our word, or X12 element 355.")
    weight: Number | None = Field(None, description="Weight, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    price_bracket: Text | None = Field(None, description="Bracket of the price list that the amount is from.")
    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    scac: Text | None = Field(None, description="Standard carrier alpha code.")
    status: Code | None = Field(None, description="What became of the shipment: our word, or X12 element 368.")
    reference_kind: Code | None = Field(None, description="What `reference` identifies (X12 element 128).")
    reference: Text | None = Field(None, description="A number of the shipment.")


class AccountPart(Canonical):
    """One part of an account assignment."""

    kind: Code = Field(description="Which part of the account (X12 element 1196).")
    value: Text = Field(description="The part: a cost centre, an account, a project.")


class Account(Canonical):
    """An account that the amount is booked to, as the issuer writes it."""

    agency: Code = Field(description="Whose chart of accounts it is (X12 element 559).")
    service: Code | None = Field(None, description="Service, allowance or charge that is booked (X12 element 1300).")
    indicator: Code | None = Field(None, description="allowance, charge, or X12 element 248.")
    parts: tuple[AccountPart, ...] = Field((), description="The parts of the account.")


class AdjustedStore(Canonical):
    """A store that has a share of a line."""

    number: Text = Field(description="Number of the store.")
    location: Text | None = Field(None, description="Where it is.")
    reference: Text | None = Field(None, description="A number of its own for the adjustment.")
    amounts: tuple[Amount, ...] = Field((), description="Sums that are the store's.")


class AdjustmentLine(Identifiers):
    """One reason for the note, with its amount and the article, if it is about one."""

    reason: Code = Field(description="Why (X12 element 426): 01 pricing error, 04 damaged, 06 quantity contested ...")
    direction: Code = Field(description="credit, debit, or X12 element 478: which of the two this line is.")
    number: Text | None = Field(None, description="Number of this line.")
    amount: Number | None = Field(None, description="Amount of the line; `direction` says which way it goes.")
    answer: Code | None = Field(
        None, description="Yes or no about the line (X12 element 1073); to which question, the partner's guide says."
    )
    price_bracket: Text | None = Field(None, description="Bracket of the price list that the price is from.")
    quantity: Number | None = Field(None, description="Quantity that is credited or debited, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`: our word, or X12 element 355.")
    price_difference: Number | None = Field(
        None, description="Difference of price per unit between what was billed and what is right."
    )
    price_kind: Code | None = Field(None, description="Which price `price` is: our word, or X12 element 236.")
    price: Number | None = Field(None, description="A price per unit: billed, agreed, as `price_kind` says.")
    other_price_kind: Code | None = Field(None, description="Which price `other_price` is.")
    other_price: Number | None = Field(None, description="The price that `price` is compared with.")
    text: Text | None = Field(None, description="Why, in words.")
    article_line: Text | None = Field(None, description="Line number of the article.")
    invoice_number: Text | None = Field(None, description="Invoice of this line, where the note is for several.")
    invoice_date: BusinessDate | None = Field(None, description="Date of that invoice.")
    po_number: Text | None = Field(None, description="Order of this line, where the note is for several.")
    packs: tuple[Pack, ...] = Field((), description="How the article is packed.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="Allowances and charges behind the line.")
    references: tuple[DatedReference, ...] = Field((), description="References without a field of their own.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates without a field of their own.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons in codes of an industry or of the partner.")
    stores: tuple[AdjustedStore, ...] = Field((), description="Stores that the line is about.")
    accounts: tuple[Account, ...] = Field((), description="Accounts that the line is booked to.")


class AdjustmentHeading(Canonical):
    """Which note it is, over how much, and about which invoice or order."""

    adjustment_date: BusinessDate = Field(description="Date of the note, as its issuer dates it.")
    adjustment_number: Text = Field(description="Number of the note, as its issuer counts them.")
    handling: Code = Field(
        description="What is done about it: memo, deducted_from_next_payment, adjustment_requested ..., "
        "or X12 element 305."
    )
    amount: Number = Field(description="What all lines come to; `direction` says which way it goes.")
    direction: Code = Field(
        description="credit, debit, or X12 element 478. Whose account is meant the issuer says: a buyer's debit note "
        "takes the amount from what it owes."
    )
    invoice_date: BusinessDate | None = Field(None, description="Date of the invoice adjusted.")
    invoice_number: Text | None = Field(None, description="Invoice that is adjusted, as its issuer gave the number.")
    seller_order: Text | None = Field(None, description="The seller's own number of the order.")
    order_date: BusinessDate | None = Field(None, description="Date of the order, as the buyer dates it.")
    po_number: Text | None = Field(None, description="Order that the adjustment is for, as the buyer numbers it.")
    purpose: Code | None = Field(None, description="What this document does: our word, or X12 element 353.")
    type: Code | None = Field(None, description="Kind of note: our word, or X12 element 640.")
    reference_kind: Code | None = Field(None, description="What `reference` is: our word, or X12 element 128.")
    reference: Text | None = Field(None, description="What is adjusted, where it is no invoice and no order.")
    action: Code | None = Field(None, description="What is to be done (X12 element 306).")
    currency: Text | None = Field(
        None, description="ISO 4217 code of every amount; absent is the one agreed with the partner."
    )
    exchange_rate: Number | None = Field(None, description="Rate the issuer states for that currency.")
    department: Text | None = Field(None, description="The buyer's department or division.")
    vendor_number: Text | None = Field(None, description="The number the buyer knows the seller by.")
    bill_of_lading: Text | None = Field(None, description="Bill of lading of the shipment.")
    return_authorization: Text | None = Field(None, description="Number under which goods may be sent back.")
    check_number: Text | None = Field(None, description="Check or transfer that the amount is taken from.")


class Adjustment(AdjustmentHeading):
    """A credit or debit note, or the request for one: how much, for which invoice, and why."""

    references: tuple[DatedReference, ...] = Field((), description="References sent that have no field of their own.")
    contacts: tuple[Contact, ...] = Field((), description="People to ask about the note.")
    terms: tuple[Terms, ...] = Field((), description="Terms of payment that the note is under.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")
    freight_terms: tuple[FreightTerms, ...] = Field((), description="Who pays the freight, where title passes.")
    shipped: tuple[AdjustedShipment, ...] = Field((), description="Goods that the note is about.")
    allowances_charges: tuple[AllowanceCharge, ...] = Field((), description="Allowances and charges of the whole note.")
    buyer: Party | None = Field(None, description="Who ordered.")
    vendor: Party | None = Field(None, description="Who delivered: the seller.")
    bill_to: Party | None = Field(None, description="Who got the invoice.")
    remit_to: Party | None = Field(None, description="Who is to be paid.")
    ship_from: Party | None = Field(None, description="Where the goods left from.")
    ship_to: Party | None = Field(None, description="Where the goods went.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    remarks: tuple[Remark, ...] = Field((), description="Reasons in codes of an industry or of the partner.")
    accounts: tuple[Account, ...] = Field((), description="Accounts that the note is booked to.")
    lines: tuple[AdjustmentLine, ...] = Field((), description="The reasons and articles, one each.")
