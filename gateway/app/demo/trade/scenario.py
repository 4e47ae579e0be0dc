"""The scenarios: who plays, what starts it, and what has to have passed when it is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from gateway.app.demo.trade import wanted
from gateway.app.demo.trade.counterpart import Body, Role
from gateway.app.demo.trade.roles import Customer, Supplier, Warehouse
from gateway.app.demo.trade.thread import Row, Way
from gateway.backends.pretend.desk import Desk
from gateway.x12.overlay import Rule

Name = Literal["retail", "grocery", "supplier", "rejected"]
Clock = Callable[[], datetime]

ACME, FERNHILL, KESTREL, NORTHGATE = "acme", "fernhill", "kestrel", "northgate"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that has to have passed: who, which way, which set, and what became of it."""

    way: Way
    partner: str
    set_id: str
    state: str
    acknowledgement: str

    def fits(self, row: Row) -> bool:
        """Whether the row is this step, whatever became of it."""
        return (row.way, row.partner, row.set_id) == (self.way, self.partner, self.set_id)

    def fault(self, row: Row) -> str:
        """Why a row that fits is not as it should be, "" when it is."""
        there = "confirmed" if row.state == "carried" else row.state  # fetched and put away, or laid where it belongs
        if (there, row.acknowledgement) == (self.state, self.acknowledgement):
            return ""
        wanted, found = (" ".join(filter(None, pair)) for pair in (_state(self), _state(row)))
        return f"{found}, not {wanted}" + (f": {row.reason}" if row.reason else "")


def _state(one: Step | Row) -> tuple[str, str]:
    return one.state, one.acknowledgement


@dataclass(slots=True, kw_only=True)
class Scenario:
    """One scenario, ready to be played once.

    Args:
        name, story: what is played, in a few sentences for people who have never seen X12.
        desk: the rules of our ERP.
        opens: partner, set and document of each order that it begins with; () when we begin.
        buys: whom we order of, under which number and what; None when a partner begins.
        roles: by partner and set what it does about a document of ours.
        stricter: by partner and set a rule that it holds ours to, and that is in none of our files.
        corrects: the partner that refuses our first invoice, which we then correct; "" for none.
        by_http: partners that send over HTTP; the others send over SFTP, and all fetch where we lay files out.
        steps: all that has to pass.
        notes: what partners and ERP found out, in words.
        paid: whether each invoice may be paid, as its receiver finds.
    """

    name: Name
    story: str
    desk: Desk
    roles: Mapping[str, Mapping[str, Role]]
    steps: tuple[Step, ...]
    opens: tuple[tuple[str, str, Body], ...] = ()
    buys: tuple[str, str, Body] | None = None
    stricter: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    corrects: str = ""
    by_http: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    paid: Mapping[str, bool] = field(default_factory=dict)


def make(name: Name, clock: Clock) -> Scenario:
    """A scenario by its name, to be played at the time that `clock` tells."""
    return {"retail": _retail, "grocery": _grocery, "supplier": _supplier, "rejected": _rejected}[name](clock)


def _came(partner: str, *sets: str, receipt: str = "997", parts: int = 1) -> list[Step]:
    """Sets that came in and went to our systems, in so many parts; each set answered by us once."""
    told = [Step("in", partner, set_id, "delivered", "A") for set_id in sets for _ in range(parts)]
    return [*told, *(Step("out", partner, receipt, "confirmed", "") for _ in sets)]


def _went(partner: str, *sets: str, receipt: str = "997", parts: int = 1) -> list[Step]:
    """Sets that went out, put together of so many parts, and were accepted by the partner's receipt."""
    told = [Step("out", partner, set_id, "sent", "accepted") for set_id in sets]
    told += [Step("out", partner, set_id, "combined", "") for set_id in sets for _ in range(parts - 1)]
    return [*told, *(Step("in", partner, receipt, "reconciled", "") for _ in sets)]


def _retail(clock: Clock) -> Scenario:
    order = wanted.of_acme(clock().date())
    customer = Customer("ACME", [order])
    warehouse = Warehouse("Northgate", {"HP-7711": Decimal(58)}, clock, customer.notes)
    return Scenario(
        name="retail",
        story=(
            "ACME Retail orders of us. Our ERP answers and has Northgate Logistics ship; Northgate has two ladles too "
            "few, so the ship notice and the invoice are over what was shipped."
        ),
        desk=Desk(us=wanted.US, warehouses={ACME: wanted.RENO}, clock=clock),
        opens=((ACME, "850", order),),
        roles={
            ACME: {"855": customer.answered, "856": customer.announced, "810": customer.billed},
            NORTHGATE: {"940": warehouse.ship},
        },
        steps=(
            *_came(ACME, "850"),
            *_went(ACME, "855", "856", "810"),
            *_went(NORTHGATE, "940"),
            *_came(NORTHGATE, "945"),
        ),
        by_http=frozenset({NORTHGATE}),
        notes=customer.notes,
        paid=customer.paid,
    )


def _grocery(clock: Clock) -> Scenario:
    food, goods = wanted.of_fernhill(clock().date()), wanted.of_fernhill_for_stores(clock().date())
    customer = Customer("Fernhill", [food, goods])
    answers = ("855", "856", "880")
    return Scenario(
        name="grocery",
        story=(
            "Fernhill Grocers orders food in the grocery trade's own forms (875, 880) and wants its ship notice by "
            "carton (shipment, carton, order, article). It orders glass and ladles for three of its stores by one 850: "
            "our ERP gets an order for each store and answers, ships and bills store by store; Fernhill gets one "
            "answer, one ship notice and one invoice. We ship ourselves."
        ),
        desk=Desk(
            us=wanted.US, warehouses={}, clock=clock, docks={FERNHILL: wanted.FERNHILL_DOCK}, one_total=[FERNHILL]
        ),
        opens=((FERNHILL, "875", food), (FERNHILL, "850", goods)),
        roles={FERNHILL: {"855": customer.answered, "856": customer.announced, "880": customer.billed}},
        steps=(
            *_came(FERNHILL, "875"),
            *_went(FERNHILL, *answers),
            *_came(FERNHILL, "850", parts=len(wanted.STORES)),
            *_went(FERNHILL, *answers, parts=len(wanted.STORES)),
        ),
        notes=customer.notes,
        paid=customer.paid,
    )


def _supplier(clock: Clock) -> Scenario:
    supplier = Supplier("Kestrel", {"name": "KESTREL PACKAGING"}, clock)
    desk = Desk(us=wanted.US, warehouses={}, clock=clock)
    return Scenario(
        name="supplier",
        story=(
            "This time we buy: our ERP orders cartons of Kestrel Packaging, which answers, ships and invoices. Our ERP "
            "holds the invoice to the order and to what was shipped."
        ),
        desk=desk,
        buys=(KESTREL, "4711-12", wanted.at_kestrel(clock().date())),
        roles={KESTREL: {"850": supplier.sell}},
        steps=(
            *_went(KESTREL, "850", receipt="999"),
            *_came(KESTREL, "855", "856", "810", receipt="999"),
        ),
        notes=desk.notes,
        paid=desk.paid,
    )


def _rejected(clock: Clock) -> Scenario:
    order = wanted.of_acme(clock().date())
    customer = Customer("ACME", [order])
    return Scenario(
        name="rejected",
        story=(
            "ACME refuses our invoice: it wants the number of the place that was delivered to, which our ERP left out "
            "and nobody had told us. It is corrected and goes again: the same invoice number, new control numbers."
        ),
        desk=Desk(us=wanted.US, warehouses={}, clock=clock, names_places=False),
        opens=((ACME, "850", order),),
        roles={ACME: {"855": customer.answered, "856": customer.announced, "810": customer.billed}},
        stricter={ACME: {"810": Rule(where="N1(ST)/N104", use="required")}},
        steps=(
            *_came(ACME, "850"),
            *_went(ACME, "855", "856", "810"),
            Step("out", ACME, "810", "sent", "rejected"),
            Step("in", ACME, "997", "reconciled", ""),
        ),
        corrects=ACME,
        notes=customer.notes,
        paid=customer.paid,
    )
