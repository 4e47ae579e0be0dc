"""What people of ours do in a month, by the verbs that operators have: each act with its reason, in the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.app.demo.month.goods import ARTICLES, dispute, unknown_article
from gateway.app.demo.month.plan import Case, Order
from gateway.backends.pretend.desk import Errand
from gateway.crossref.rows import Row
from gateway.errors import GatewayError, UsageError
from gateway.pipeline.questions import DocumentRow
from gateway.pipeline.verbs import How, Selection, Verb

if TYPE_CHECKING:
    from gateway.app.demo.month.player import Month

CLERK: Final = "r.ito"
LEAD: Final = "m.castellanos"
RECEIVABLE: Final = "accounts-receivable"


@dataclass(slots=True)
class Operators:
    """All of them. What they cannot do that they should be able to is a fault of the month."""

    month: "Month"
    too_late: set[str] = field(default_factory=set)
    """Orders of which something was to be held that had gone."""

    def begin(self) -> None:
        """What stands in the cross references on the first day; and somebody tidies the mailboxes every night."""
        month = self.month
        rows = [Row(partner="acme", table="sku", theirs=one, ours=one) for one in ARTICLES]
        month.house.memory.crossref.add(rows, who=LEAD)
        for days in range(1, 31):
            month.agenda.at(month.plan.first + timedelta(days=days, hours=2), month.house.mailbox.tend)

    # ------------------------------------------------------------------------------------------ orders that came

    def watch(self, order: Order) -> None:
        """What somebody will have to do about an order that comes."""
        if order.case is Case.UNMAPPED:
            self._later(16 * 60, 20 * 60, lambda: self._add(order))
        elif order.case is Case.ERP_REFUSED:
            self._later(20 * 60, 24 * 60, lambda: self._mended(order))

    def quarantined(self, order: Order, transmission: str) -> None:
        """A file whose number came before with other bytes."""
        if order.case is Case.NUMBER_TWICE:
            operator = self.month.house.memory.operator
            why = "ACME says that both are meant: it wrote the number twice"
            self._later(180, 300, lambda: operator.release(transmission, reason=why, who=LEAD))

    def _add(self, order: Order) -> None:
        article = unknown_article(order)
        row = Row(partner="acme", table="sku", theirs=article, ours=article)
        self.month.house.memory.crossref.add([row], who=CLERK)

    def _mended(self, order: Order) -> None:
        self.month.erp.refuses.discard(order.number)
        document = self._came(order, "850")
        self._act("replay", document, How(), "the customer's location is in the ERP now")

    def _came(self, order: Order, set_id: str) -> str:
        """The id of a document that came in about an order."""
        found = self.month.house.memory.questions.documents(partner=order.partner, search=order.number)
        rows: list[DocumentRow] = [one for one in found if (one.direction, one.set_id) == ("inbound", set_id)]
        return rows[0].id

    # ------------------------------------------------------------------------------------------ what we send

    def handed_in(self, order: str, set_id: str) -> None:
        """The ERP handed in something that somebody wants to look at first."""
        known = self.month.orders.get(order)
        if known is not None and known.case is Case.HELD and known.set_id == set_id:
            document = self.month.documents[order, set_id]
            self._later(1, 5, lambda: self._hold(order, document))

    def _hold(self, order: str, document: str) -> None:
        """Its batch may go in this moment: then it cannot be held any more."""
        chosen, why = Selection(ids=(document,)), "the buyer asked us to wait"
        try:
            self.month.house.memory.operator.act("hold", chosen, How(), reason=why, who=CLERK)
        except UsageError:
            self.too_late.add(order)
            return
        self._later(18 * 60, 22 * 60, lambda: self._act("release", document, How(), "the buyer has called"))

    def lost(self, order: Order, due: datetime) -> None:
        """Nothing will come for it: somebody asks, and where it is waived somebody decides."""
        document = self.month.documents[order.number, order.set_id]
        at = self.month.agenda.at
        at(due + timedelta(hours=2), lambda: self._act("assign", document, How(to=RECEIVABLE), "asks ACME"))
        note = "called ACME: their system was down that day, they look for it"
        at(due + timedelta(hours=3), lambda: self._act("note", document, How(), note))
        if order.case is Case.WAIVED:
            why = "ACME confirmed by mail that it has the invoice"
            at(due + timedelta(hours=26), lambda: self._act("waive", document, How(), why))

    def miscounted(self, order: Order) -> None:
        """The 997 that counts wrong waits for a person, who asks for another one."""

        def close() -> None:
            found = self.month.house.memory.questions.documents(
                partner=order.partner, state="held", direction="inbound", limit=500
            )
            held = [one for one in found if one.set_id == "997" and "counts" in one.reason]
            if held:
                self._act("close", held[-1].id, How(), "ACME's counts are wrong, it was told")

        self._later(20 * 60, 26 * 60, close)

    def rejected(self, order: Order) -> None:
        """A refusal: it is sent again, or the ERP corrects it."""
        if order.case in (Case.RESENT, Case.TA1_REJECTED):
            document = self.month.documents[order.number, order.set_id]
            why = "the partner has corrected its tables"
            self._later(180, 300, lambda: self._resend(document, why))
        elif order.case is Case.CORRECTED:
            self._later(180, 300, lambda: self._correct(order))

    def _resend(self, document: str, why: str) -> None:
        self._act("resend", document, How(anyway=True), why)
        self.month.ours += 1

    def _correct(self, order: Order) -> None:
        month = self.month
        old = month.documents[order.number, order.set_id]
        posted = month.posted[order.number, order.set_id]
        month.hand_in(Errand(f"corrected {order.number}", posted), key=f"corrected {order.number}")

        def correct() -> None:
            new = month.documents[order.number, order.set_id]
            operator = month.house.memory.operator
            operator.correct(old, new, reason="the unit is one that the partner knows by now", who=CLERK)

        self._later(25, 40, correct)

    def offer_again(self, partner: str, name: str) -> None:
        """A partner lost a file of ours and asks for it: the same bytes again."""
        channel = self.month.systems[partner].channel
        why = f"{partner} lost the file"
        self._try(lambda: self.month.house.mailbox.offer_again(channel, name, reason=why, who=CLERK))
        self.month.visit_soon(partner)

    def disputed(self, order: Order) -> None:
        """ACME's people find some days later that they do not take an invoice."""
        body = self.month.posted[order.number, "810"]["body"]
        about = (body["invoice_number"], body["invoice_date"], body["totals"]["amount"])

        def advise() -> None:
            self.month.write("acme", "824", dispute(order, *about, self.month.clock.now.date()))

        if "824" in self.month.systems["acme"].inbound:
            self._later(2_000, 4_000, advise)

    # ------------------------------------------------------------------------------------------ with

    def _later(self, least: float, most: float, doing: Callable[[], object]) -> None:
        self.month.agenda.at(self.month.soon(least, most), lambda: self._try(doing))

    def _act(self, verb: Verb, document: str, how: How, reason: str) -> None:
        operator = self.month.house.memory.operator
        self._try(lambda: operator.act(verb, Selection(ids=(document,)), how, reason=reason, who=CLERK))

    def _try(self, doing: Callable[[], object]) -> None:
        try:
            doing()
        except (GatewayError, LookupError) as refused:
            self.month.faults.append(f"{self.month.clock.now:%Y-%m-%d %H:%M}: an operator could not: {refused}")
