"""Money in a document: prices, terms of payment, allowances and charges, taxes, stated amounts.

Every amount is in the document's currency unless the field says otherwise.
"""

from pydantic import Field

from gateway.canonical.values import BusinessDate, Canonical, Code, Number, Text, Whole


class Price(Canonical):
    """One price of an item besides the price on the line: retail, list, contract, quantity break."""

    kind: Code | None = Field(None, description="Which price this is: our word, or X12 element 236.")
    trade_class: Code | None = Field(None, description="Whom the price is for (X12 element 687).")
    price: Number | None = Field(None, description="Price of one unit of `basis`.")
    quantity: Number | None = Field(None, description="Quantity the price holds from or for, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    multiplier_kind: Code | None = Field(None, description="What `multiplier` does to the price (X12 element 648).")
    multiplier: Number | None = Field(None, description="Factor to apply to the price.")
    amount: Number | None = Field(None, description="Stated amount: price times quantity as the partner reckons it.")
    basis: Code | None = Field(None, description="What the price is per: our word, or X12 element 639.")


class Terms(Canonical):
    """One set of payment terms. Several sets are alternatives or instalments, in the order sent."""

    kind: Code | None = Field(None, description="Kind of terms: our word, or X12 element 336.")
    basis_date: Code | None = Field(
        None, description="The date that days are counted from: our word, or X12 element 333."
    )
    discount_percent: Number | None = Field(None, description="Discount in percent if paid in time: 2 is two percent.")
    discount_days: Whole | None = Field(None, description="Days from the basis date within which the discount holds.")
    discount_date: BusinessDate | None = Field(None, description="Last date on which the discount holds.")
    discount_amount: Number | None = Field(None, description="Discount as an amount of money, if paid in time.")
    discountable: Number | None = Field(None, description="Amount that the discount is reckoned on.")
    discounted: Number | None = Field(None, description="Amount to pay if the discount is taken.")
    net_days: Whole | None = Field(None, description="Days from the basis date until payment is due in full.")
    net_date: BusinessDate | None = Field(None, description="Date on which payment is due in full.")
    description: Text | None = Field(None, description="The terms in the partner's words.")
    day_of_month: Whole | None = Field(None, description="Day of the month on which payment is due.")
    payment_method: Code | None = Field(None, description="How payment is made (X12 element 107).")


class AllowanceCharge(Canonical):
    """Something taken off or put on the price of the whole document or of one line."""

    indicator: Code = Field(
        description="allowance (in the buyer's favour), charge (in the seller's), or X12 element 248."
    )
    code: Code | None = Field(None, description="What it is for: X12 element 1300, such as D240 for freight.")
    grocery_code: Code | None = Field(None, description="What it is for, as grocers code it (X12 element 340).")
    agency: Code | None = Field(None, description="Whose list `agency_code` is from (X12 element 559).")
    agency_code: Text | None = Field(None, description="What it is for, in that agency's list.")
    amount: Number | None = Field(None, description="Total amount as sent; `indicator` says which way it goes.")
    percent_basis: Code | None = Field(None, description="What `percent` is a percentage of (X12 element 378).")
    percent: Number | None = Field(None, description="Percentage: 5 is five percent.")
    base: Number | None = Field(None, description="Amount that `percent` is reckoned on, where the partner states it.")
    rate: Number | None = Field(None, description="Amount per `unit`.")
    unit: Code | None = Field(None, description="Unit of `rate` and `quantity`.")
    quantity: Number | None = Field(None, description="Quantity it applies to, in `unit`.")
    quantity_to: Number | None = Field(None, description="Upper end of a quantity range that starts at `quantity`.")
    handling: Code | None = Field(None, description="How it is settled: our word, or X12 element 331.")
    reference: Text | None = Field(None, description="A number that authorises it, such as a promotion or claim.")
    description: Text | None = Field(None, description="What it is for, in the partner's words.")


class Tax(Canonical):
    """A tax on the whole document or on one line."""

    kind: Code = Field(description="Which tax (X12 element 963).")
    amount: Number | None = Field(None, description="Tax amount.")
    percent: Number | None = Field(None, description="Tax rate in percent.")
    jurisdiction_kind: Code | None = Field(None, description="Kind of `jurisdiction` (X12 element 955).")
    jurisdiction: Text | None = Field(None, description="Where the tax is owed.")
    exempt: Code | None = Field(None, description="Whether and why no tax is owed (X12 element 441).")
    relationship: Code | None = Field(
        None, description="Whether it is added or included: our word, or X12 element 662; absent is added."
    )
    base: Number | None = Field(None, description="Amount the tax is reckoned on.")
    tax_id: Text | None = Field(None, description="Tax identification number.")


class TaxRegistration(Canonical):
    """What the buyer is registered as for tax, or exempt from."""

    tax_id: Text | None = Field(None, description="Tax identification or exemption certificate number.")
    jurisdiction_kind: Code | None = Field(None, description="Kind of `jurisdiction` (X12 element 309).")
    jurisdiction: Text | None = Field(None, description="Where it holds.")
    exempt: Code | None = Field(None, description="Whether and why no tax is owed (X12 element 441).")


class Amount(Canonical):
    """A sum of money the partner states about the document or a line."""

    kind: Code = Field(description="What the amount is: our word, or X12 element 522.")
    amount: Number = Field(description="The amount.")
    credit: Code | None = Field(None, description="Whether it is a credit or a debit: our word, or X12 element 478.")
