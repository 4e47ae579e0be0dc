"""How partners answer what we send them: nearly always at once and in order, and as the plan says where it says so."""

import functools
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.app.demo.month.goods import Payable
from gateway.app.demo.month.plan import Case, Order
from gateway.app.demo.month.receipts import UNIT_IN, GroupSeen, Said, SetSeen, groups_of, numbers_of
from gateway.ledger.deadlines import Due

if TYPE_CHECKING:
    from gateway.app.demo.month.player import Month

SHORT_SHARE: Final = Decimal("0.05")
"""What ACME keeps back of an invoice that it pays short."""


@dataclass(slots=True)
class Replies:
    """The answers of all partners."""

    month: "Month"
    numbers: dict[tuple[str, str], dict[int, set[str]]] = field(default_factory=dict)
    """(partner, "ISA13" or "GS06 ...") -> each number that came, and the hashes of the files it came in."""
    groups: list[tuple[str, GroupSeen]] = field(default_factory=list)
    """(partner, group) of everything that was ever fetched."""
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def to(self, partner: str, content: bytes, name: str) -> bool:
        """Answer a file of ours that a partner fetched now. False for what only acknowledges, which nobody answers."""
        for what, number in numbers_of(content):
            files = self.numbers.setdefault((partner, what), {}).setdefault(number, set())
            files.add(hashlib.sha256(content).hexdigest())
        groups = groups_of(content)
        for group in groups:
            self.groups.append((partner, group))
            self._answer(partner, group, content, name)
        return bool(groups)

    def _answer(self, partner: str, group: GroupSeen, content: bytes, name: str) -> None:
        if len(group.sets) > 1:
            self._several(partner, group)
            return
        one = group.sets[0]
        order = self.month.orders.get(one.order)
        first = self._seen[one.order, one.set_id] == 0
        self._seen[one.order, one.set_id] += 1
        case = order.case if order is not None and order.set_id == one.set_id and first else Case.PLAIN
        if partner == "bolt" and case is not Case.REFUSED_BY_ONE_WHO_SAYS_NOTHING:
            return
        answer = _ANSWERS.get(case, _plain)
        answer(self, _Asked(partner, group, order, name))
        if case is not Case.OFFERED_AGAIN and case is not Case.TA1_REJECTED:
            self.month.done_about(partner, content)

    def _several(self, partner: str, group: GroupSeen) -> None:
        """One answer for a whole group, some of which may be refused."""
        orders = [self.month.orders.get(one.order) for one in group.sets]
        codes = {
            one.number: "R"
            for one, order in zip(group.sets, orders, strict=True)
            if order is not None and order.case is Case.IN_PART and not self._seen[one.order, one.set_id]
        }
        for one in group.sets:
            self._seen[one.order, one.set_id] += 1
        self.say(
            _Asked(partner, group, None, ""),
            Said(codes=codes, why=_why(next((one for one in group.sets if one.number in codes), group.sets[0]))),
        )

    # ------------------------------------------------------------------------------------------ with

    def say(self, asked: "_Asked", said: Said | None = None, at: datetime | None = None, times: int = 1) -> None:
        """An answer goes off after a while, or at a time."""
        month = self.month
        when = at or month.soon(3, 35)
        pen = month.systems[asked.by or asked.partner].pen

        def send() -> None:
            content = pen.functional(asked.group, said or Said(), month.clock.now)
            for _ in range(times):
                month.send(asked.by or asked.partner, content)

        month.agenda.at(when, send)

    def refuse(self, asked: "_Asked", at: datetime | None = None) -> None:
        """A rejection with its reason."""
        self.say(asked, _refusal(asked), at)

    def envelope(self, asked: "_Asked", status: str, note: str) -> None:
        """A TA1."""
        month = self.month
        pen = month.systems[asked.partner].pen

        def send() -> None:
            month.send(asked.partner, pen.envelope(asked.group, status, note, month.clock.now))

        month.agenda.at(month.soon(2, 5), send)

    def due(self, asked: "_Asked") -> datetime:
        """When the acknowledgement of what is fetched now is due."""
        month = self.month
        agreement = month.systems[asked.partner].outbound[asked.group.sets[0].set_id].id
        due = month.house.clocks.due_at(Due.ACKNOWLEDGEMENT, asked.partner, agreement, month.clock.now)
        assert due is not None  # noqa: S101
        return due

    def payable(self, asked: "_Asked", short: bool = False) -> None:
        """ACME has the invoice, and will pay it."""
        order = asked.order
        if asked.partner != "acme" or order is None or asked.group.sets[0].set_id != "810":
            return
        body = self.month.posted[order.number, "810"]["body"]
        amount = Decimal(body["totals"]["amount"])
        less = (amount * SHORT_SHARE).quantize(Decimal("0.01")) if short else Decimal(0)
        self.month.payable.append(
            Payable(
                number=body["invoice_number"],
                order=order.number,
                dated=body["invoice_date"],
                amount=amount,
                short=less,
            )
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A group that is to be answered. `by` is who answers, when that is another partner."""

    partner: str
    group: GroupSeen
    order: Order | None
    name: str
    by: str = ""


def _refusal(asked: _Asked, code: str = "R") -> Said:
    return Said(codes={one.number: code for one in asked.group.sets}, why=_why(asked.group.sets[0]))


def _why(one: SetSeen) -> tuple[str, ...]:
    """What a partner finds wrong with a document of ours: it does not know the unit of the first line (AK403 7)."""
    line, position, unit = one.unit
    way = "IK" if one.set_id == "850" else "AK"  # Kestrel answers by 999
    return (f"{way}3*{line}*{position}**8", f"{way}4*{UNIT_IN[one.set_id][1]}*355*7*{unit}") if line else ()


def _plain(replies: Replies, asked: _Asked) -> None:
    if asked.group.header[14] == "1":
        replies.envelope(asked, "A", "000")
    replies.say(asked)
    replies.payable(asked)


def _late(replies: Replies, asked: _Asked) -> None:
    hours = replies.month.chance.uniform(3, 8)
    replies.say(asked, at=replies.due(asked) + timedelta(hours=hours))


def _twice(replies: Replies, asked: _Asked) -> None:
    replies.say(asked, times=2)
    replies.say(asked, at=replies.month.soon(100, 200))


def _reversed(replies: Replies, asked: _Asked) -> None:
    replies.say(asked)
    replies.refuse(asked, replies.month.soon(24 * 60, 26 * 60))


def _cleared(replies: Replies, asked: _Asked) -> None:
    replies.refuse(asked)
    replies.say(asked, at=replies.month.soon(120, 200))


def _lost(replies: Replies, asked: _Asked) -> None:
    assert asked.order is not None  # noqa: S101
    replies.month.operators.lost(asked.order, replies.due(asked))


def _miscounted(replies: Replies, asked: _Asked) -> None:
    several = len(asked.group.sets) + 2
    replies.say(asked, Said(counts=(several, several, several)))
    assert asked.order is not None  # noqa: S101
    replies.month.operators.miscounted(asked.order)


def _foreign(replies: Replies, asked: _Asked) -> None:
    """Fernhill answers under its own ids what ACME was sent."""
    theirs = replies.month.systems["fernhill"].profile
    header, group = list(asked.group.header), list(asked.group.group)
    header[7], header[8] = theirs.isa[0].qualifier, theirs.isa[0].id
    group[3] = theirs.gs[0]
    seen = replace(asked.group, header=tuple(header), group=tuple(group))
    replies.say(replace(asked, group=seen, by="fernhill"))


def _unknown(replies: Replies, asked: _Asked) -> None:
    _plain(replies, asked)
    number = 880_000 + replies.month.chance.randrange(10_000)
    replies.say(asked, Said(group=(asked.group.functional_id, str(number))))


def _noted(replies: Replies, asked: _Asked) -> None:
    replies.say(asked, _refusal(asked, "E"))
    replies.payable(asked)


def _rejected(replies: Replies, asked: _Asked) -> None:
    replies.refuse(asked)
    assert asked.order is not None  # noqa: S101
    replies.month.operators.rejected(asked.order)


def _refused(replies: Replies, asked: _Asked) -> None:
    replies.refuse(asked)


def _offered_again(replies: Replies, asked: _Asked) -> None:
    """The partner lost the file, and says so on the telephone."""
    month = replies.month
    month.agenda.at(month.soon(200, 400), functools.partial(month.operators.offer_again, asked.partner, asked.name))


def _ta1_rejected(replies: Replies, asked: _Asked) -> None:
    replies.envelope(asked, "R", "021")
    assert asked.order is not None  # noqa: S101
    replies.month.operators.rejected(asked.order)


def _ta1_missing(replies: Replies, asked: _Asked) -> None:
    replies.say(asked)


def _short_paid(replies: Replies, asked: _Asked) -> None:
    replies.say(asked)
    replies.payable(asked, short=True)


def _disputed(replies: Replies, asked: _Asked) -> None:
    replies.say(asked)
    assert asked.order is not None  # noqa: S101
    replies.month.operators.disputed(asked.order)


_ANSWERS: Final[Mapping[Case, Callable[[Replies, _Asked], object]]] = {
    Case.LATE: _late,
    Case.TWICE: _twice,
    Case.REVERSED: _reversed,
    Case.CLEARED: _cleared,
    Case.LOST: _lost,
    Case.WAIVED: _lost,
    Case.MISCOUNTED: _miscounted,
    Case.FOREIGN: _foreign,
    Case.UNKNOWN: _unknown,
    Case.NOTED: _noted,
    Case.RESENT: _rejected,
    Case.CORRECTED: _rejected,
    Case.OFFERED_AGAIN: _offered_again,
    Case.TA1_REJECTED: _ta1_rejected,
    Case.TA1_MISSING: _ta1_missing,
    Case.REFUSED_BY_ONE_WHO_SAYS_NOTHING: _refused,
    Case.SHORT_PAID: _short_paid,
    Case.DISPUTED: _disputed,
    Case.IN_PART: _refused,
}
