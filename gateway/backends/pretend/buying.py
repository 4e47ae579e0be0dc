"""What a buyer keeps of a purchase, and whether an invoice may be paid: held to the order and to what arrived. Pure.

Money is reckoned by `due`, never by what the bill was reckoned with.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.backends.pretend import due
from gateway.backends.pretend.consignment import position_of
from gateway.backends.pretend.reckoning import Body, plain


@dataclass(slots=True)
class Purchase:
    """An order at a supplier, and what came of it so far: what was shipped by line of the order (from 0), the shipments
    told, and invoices that wait for the notice of theirs.
    """

    order: Body
    shipped: dict[int, Decimal] = field(default_factory=dict)
    shipments: set[str] = field(default_factory=set)
    waiting: list[Body] = field(default_factory=list)

    def answered(self, response: Body) -> str:
        """What the supplier says to the order, in words."""
        answer = str(response.get("answer", "nothing")).replace("_", " ")
        return f"order {self.order['po_number']}: {answer}"

    def announced(self, notice: Body) -> str:
        """Keep what is on its way. Returns it in words."""
        self.shipments.add(str(notice["shipment_number"]))
        for line in notice["lines"]:
            position = position_of(line, self.order["lines"])
            if position is not None:
                self.shipped[position] = self.shipped.get(position, Decimal(0)) + Decimal(line["quantity"])
        short = [plain(Decimal(one["quantity"]) - self._shipped(at)) for at, one in self._lines() if self._short(at)]
        left = f", {' and '.join(short)} short" if short else ", complete"
        return f"shipment {notice['shipment_number']} is on its way{left}"

    def billed(self, invoice: Body) -> None:
        """Keep an invoice until `judged` can say whether it may be paid."""
        self.waiting.append(invoice)

    def judged(self) -> Iterator[tuple[str, bool, str]]:
        """Of each invoice whose shipment is known: its number, whether it may be paid, and why."""
        known = [one for one in self.waiting if str(one.get("shipment_number", "")) in self.shipments]
        self.waiting = [one for one in self.waiting if one not in known]
        for invoice in known:
            yield str(invoice["invoice_number"]), *self._judged(invoice)

    def _judged(self, invoice: Body) -> tuple[bool, str]:
        """Prices and allowances as ordered, nothing billed that was not shipped, the sum right to the cent."""
        faults = [*self._faults(invoice), *self._extras(invoice), *_sum(invoice)]
        name, amount = invoice["invoice_number"], invoice["totals"]["amount"]
        if faults:
            return False, f"invoice {name} over {amount} is not paid: {'; '.join(faults)}"
        return True, f"invoice {name} agrees with order and shipment to the cent: {amount} to pay"

    def _lines(self) -> Iterator[tuple[int, Body]]:
        return enumerate(self.order["lines"])

    def _shipped(self, position: int) -> Decimal:
        return self.shipped.get(position, Decimal(0))

    def _short(self, position: int) -> bool:
        return self._shipped(position) < Decimal(self.order["lines"][position]["quantity"])

    def _faults(self, invoice: Body) -> Iterator[str]:
        for line in invoice["lines"]:
            position = position_of(line, self.order["lines"])
            if position is None:
                yield f"line {line.get('number', '?')} was not ordered"
                continue
            ordered = self.order["lines"][position]
            if due.unit_price(line) != due.unit_price(ordered):
                yield f"line {position + 1} costs {line['price']}, ordered at {ordered['price']}"
            if Decimal(line["quantity"]) > self._shipped(position):
                yield f"line {position + 1} bills {line['quantity']}, shipped were {plain(self._shipped(position))}"

    def _extras(self, invoice: Body) -> Iterator[str]:
        """What the order takes off and puts on, held to what the invoice does."""
        agreed, told = (
            {f"{code} of {due.shown(abs(cents))}": count for (code, cents), count in Counter(found).items()}
            for found in (due.extras(self.order, invoice["lines"]), due.billed(invoice))
        )
        yield from (f"{one} was ordered and is not billed so" for one in agreed if told.get(one, 0) < agreed[one])
        yield from (f"{one} is billed and was not ordered" for one in told if agreed.get(one, 0) < told[one])


def _sum(invoice: Body) -> Iterator[str]:
    comes_to = due.goods(invoice["lines"]) + sum(cents for _, cents in due.billed(invoice))
    if Decimal(invoice["totals"]["amount"]) * 100 != comes_to:
        yield f"it comes to {due.shown(comes_to)}"


def purchase_order(number: str, wanted: Body, buyer: Body, today: str) -> dict[str, Any]:
    """`order.v1` of what we want: `wanted` has its lines and dates."""
    heading = {"purpose": "original", "type": "stand_alone", "po_number": number, "order_date": today, "buyer": buyer}
    return {**heading, **wanted}
