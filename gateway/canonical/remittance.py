"""`remittance.v1`: a payment with what it pays (X12 820), whether the money came with it or by another road."""

from pydantic import Field

from gateway.canonical.order import OtherDate
from gateway.canonical.party import OtherParty, Party, Reference
from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text
from gateway.canonical.words import Comment


class BankAccount(Canonical):
    """An account at a bank."""

    bank_qualifier: Code | None = Field(None, description="Kind of `bank`: aba, swift, or X12 element 506.")
    bank: Text | None = Field(None, description="Identifier of the bank.")
    account_kind: Code | None = Field(None, description="Kind of account (X12 element 569).")
    account: Text | None = Field(None, description="Number of the account.")


class Adjustment(Canonical):
    """An amount by which a payment differs from what was owed, and why."""

    amount: Number = Field(description="The amount: above zero raises the payment, below zero lowers it.")
    reason: Code = Field(description="Why (X12 element 426): 01 pricing error, 04 damaged, 06 quantity contested ...")
    reference_kind: Code | None = Field(None, description="What `reference` identifies (X12 element 128).")
    reference: Text | None = Field(None, description="A number behind the adjustment: a claim, a debit memo.")
    comments: tuple[Comment, ...] = Field((), description="Words about the adjustment.")
    references: tuple[Reference, ...] = Field((), description="Further numbers behind the adjustment.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of what is adjusted.")


class RemittanceItem(Canonical):
    """One open item that is paid, in part or in full."""

    kind: Code | None = Field(None, description="What `number` is of: invoice, credit_memo ..., or X12 element 128.")
    number: Text | None = Field(None, description="Number of the open item, as its issuer gave it.")
    action: Code | None = Field(None, description="How it is paid: paid, partial, final ..., or X12 element 482.")
    paid: Number | None = Field(None, description="Amount paid; below zero is taken off the payment.")
    amount: Number | None = Field(None, description="Amount of the open item before discount and adjustments.")
    discount: Number | None = Field(None, description="Payment discount taken.")
    adjustment_reason: Code | None = Field(None, description="Why `adjustment` (X12 element 426).")
    adjustment: Number | None = Field(None, description="Further amount by which `paid` differs from `amount`.")
    po_number: Text | None = Field(None, description="Order the open item is for.")
    vendor_number: Text | None = Field(None, description="The number the payer knows the payee by.")
    invoice_date: BusinessDate | None = Field(None, description="Date of the open item, as its issuer dates it.")
    comments: tuple[Comment, ...] = Field((), description="Words about this item.")
    references: tuple[Reference, ...] = Field((), description="References of this item without a field of their own.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates of this item without a field of their own.")
    adjustments: tuple[Adjustment, ...] = Field((), description="What this item was adjusted by.")


class RemittanceEntity(Canonical):
    """What is settled between one branch of the payer and one of the payee; most payments have just one."""

    number: Text | None = Field(None, description="Running number of the entity.")
    payer_role: Code | None = Field(None, description="Role of the first branch: our word, or X12 element 98.")
    payer_qualifier: Code | None = Field(None, description="Kind of `payer_id`: our word, or X12 element 66.")
    payer_id: Text | None = Field(None, description="Identifier of the first branch.")
    payee_role: Code | None = Field(None, description="Role of the second branch: our word, or X12 element 98.")
    payee_qualifier: Code | None = Field(None, description="Kind of `payee_id`: our word, or X12 element 66.")
    payee_id: Text | None = Field(None, description="Identifier of the second branch.")
    reference_kind: Code | None = Field(None, description="What `reference` identifies (X12 element 128).")
    reference: Text | None = Field(None, description="A number of this entity.")
    adjustments: tuple[Adjustment, ...] = Field((), description="Adjustments that belong to no single item.")
    items: tuple[RemittanceItem, ...] = Field((), description="The open items that are paid.")


class RemittanceHeading(Canonical):
    """How much is paid, how, and by which bank."""

    trace_number: Text | None = Field(
        None, description="Number that ties the advice to the money: check, transfer or trace number."
    )
    trace_kind: Code | None = Field(None, description="What the trace number is of: our word, or X12 element 481.")
    trace_company: Text | None = Field(None, description="Company identifier that makes the trace number unique.")
    trace_reference: Text | None = Field(None, description="A division or further part of that company.")
    handling: Code = Field(
        description="What is to be done: payment_with_remittance, remittance_only ..., or X12 element 305."
    )
    amount: Number = Field(description="Amount of the payment.")
    direction: Code = Field(description="credit (to the payee's account), debit (from it), or X12 element 478.")
    method: Code = Field(description="How it is paid: ach, check, wire ..., or X12 element 591.")
    format: Code | None = Field(None, description="Form of the payment order at the bank (X12 element 812).")
    company_id: Text | None = Field(None, description="Identifier of the payer at its bank.")
    company_code: Text | None = Field(None, description="Further code of the payer, agreed with its bank.")
    effective_date: BusinessDate | None = Field(None, description="Date the money is to be there, or the check is of.")
    business_function: Code | None = Field(None, description="What the payment is for (X12 element 1048).")
    currency: Text | None = Field(
        None, description="ISO 4217 code of every amount; absent is the one agreed with the partner."
    )
    exchange_rate: Number | None = Field(None, description="Rate the payer states for that currency.")
    check_number: Text | None = Field(None, description="Number of the check, if besides `trace_number`.")
    vendor_number: Text | None = Field(None, description="The number the payer knows the payee by.")
    issued: BusinessDate | None = Field(None, description="Date the advice was made, as the payer dates it.")


class Remittance(RemittanceHeading):
    """A payment or the advice of one: how much, by which road, for which invoices, less what."""

    payer_account: BankAccount | None = Field(None, description="The account the money comes from.")
    payee_account: BankAccount | None = Field(None, description="The account the money goes to.")
    references: tuple[Reference, ...] = Field((), description="References sent that have no field of their own.")
    other_dates: tuple[OtherDate, ...] = Field((), description="Dates sent that have no field of their own.")
    comments: tuple[Comment, ...] = Field((), description="Words about the whole payment.")
    payer: Party | None = Field(None, description="Who pays.")
    payee: Party | None = Field(None, description="Who is paid.")
    other_parties: tuple[OtherParty, ...] = Field((), description="Parties in roles that have no field of their own.")
    entities: tuple[RemittanceEntity, ...] = Field((), description="What is paid, by branch.")
