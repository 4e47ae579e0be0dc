"""The counts of partners' days: two statements about what came in, two about what went out, each over an index."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from gateway.pipeline.reconciling import Answers, HandedIn, Received, Sent, Systems, Worth
from gateway.store.reports.looks import Look
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

CAME_IN: Final[Mapping[str, str]] = {
    "validated": "in_progress",
    "mapped": "in_progress",
    "delivered": "delivered",
    "reconciled": "matched",
    "closed": "closed",
    "rejected": "refused",
    "held": "held",
    "dead": "failed",
}
"""State of a document that came in -> the column it is counted in."""

HANDED_IN: Final[Mapping[str, str]] = {
    "collected": "waiting",
    "translated": "waiting",
    "sealed": "sent",
    "sent": "sent",
    "held": "held",
    "dead": "dead",
    "superseded": "superseded",
    "combined": "combined",
}
"""State of a document of ours -> the column it is counted in."""

SAID: Final[Mapping[str, str]] = {
    "": "unasked",
    "awaited": "open",
    "overdue": "overdue",
    "accepted": "accepted",
    "accepted_with_errors": "accepted",
    "assumed_accepted": "assumed",
    "partially_accepted": "partially",
    "rejected": "rejected",
    "waived": "waived",
}
"""What the partner said of a document of ours -> the column it is counted in."""

UNREAD: Final = ("duplicate", "quarantined")
"""Interchanges of which no documents are made."""

UNNUMBERED: Final = and_(DOCUMENT.c.state == "delivered", DOCUMENT.c.external_id == "")
"""Our system has it and gave it no number."""

UNFETCHED: Final = (ACKNOWLEDGEMENT.c.state == "offered", ACKNOWLEDGEMENT.c.carried_at.is_(None))
"""The partner does not have it yet."""

THERE: Final = (
    select(func.count()).where(DOCUMENT.c.outbound_group_id == OUTBOUND_GROUP.c.id).correlate(OUTBOUND_GROUP)
).scalar_subquery()
"""How many documents a group of ours has."""

UNEVEN: Final = func.coalesce(OUTBOUND_GROUP.c.sets, -1) != THERE
"""Other documents than went out in it, or an interchange of ours without a group."""

FUNCTIONAL: Final = ("997", "999")
"""Kinds of answers that speak of sets."""

_BESIDE: Final = DOCUMENT.alias()
_ANSWER: Final = ACKNOWLEDGEMENT.alias()
"""Named once: a name of its own for a table of many columns takes longer to make than some of the counts."""


@dataclass(slots=True)
class Tally:
    """What is counted of one partner's day."""

    received: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    handed_in: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    worth: dict[tuple[str, str, str], Worth] = field(default_factory=dict)
    uneven: list[Any] = field(default_factory=list)
    """Interchanges (id, control_number, sets, there, siblings) whose documents are not those that were counted."""
    uneven_groups: int = 0
    """How many groups of ours have other documents than went out in them."""

    def price(self, direction: Any, row: Any) -> None:
        """Count what documents are worth; what only answers others has no worth, and says nothing here."""
        if row.set_id in FUNCTIONAL:
            return
        key = (direction, row.set_id, row.currency)
        before = self.worth.get(key)
        self.worth[key] = Worth(
            direction=direction,
            set_id=row.set_id,
            currency=row.currency,
            documents=row.documents + (before.documents if before else 0),
            amount=(row.amount or Decimal()) + (before.amount if before else Decimal()),
            unpriced=row.documents - row.priced + (before.unpriced if before else 0),
        )

    def counts(self) -> Mapping[str, Any]:
        """As a day has them."""
        return {
            "received": Received(**self.received),
            "systems": Systems(**self.systems),
            "answers": Answers(**self.answers),
            "handed_in": HandedIn(**self.handed_in),
            "sent": Sent(**self.sent),
            "worth": tuple(self.worth[key] for key in sorted(self.worth)),
        }


def count(look: Look) -> Mapping[str, Tally]:
    """Everything that these partners have on the day."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    _count_interchanges(look, tallies)
    _count_documents(look, tallies)
    _count_uneven(look, tallies)
    _count_answers(look, tallies)
    _count_handed_in(look, tallies)
    _count_sent(look, tallies)
    return tallies


# ---------------------------------------------------------------------------------------------- came in


def _count_interchanges(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table = INTERCHANGE.c
    statement = (
        select(table.partner, table.state, func.sum(table.sets).label("sets"), func.count().label("many"))
        .where(*look.interchanges())
        .group_by(table.partner, table.state)
    )
    for row in look.rows(statement):
        found = tallies[row.partner].received
        found["received"] += row.sets or 0
        tallies[row.partner].answers["answers"] += row.many
        if row.state in UNREAD:
            found[row.state] += row.sets or 0


def _count_documents(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table, partner = DOCUMENT.c, INTERCHANGE.c.partner
    keys = (partner, table.set_id, table.state, table.currency)
    unnumbered = func.count(case((UNNUMBERED, 1))).label("unnumbered")
    for row in look.rows(_came_in(look, *keys, *_sums(), unnumbered).group_by(*keys)):
        found, name = tallies[row.partner], CAME_IN[row.state]
        found.received[name] += row.documents
        if name not in ("refused", "matched"):
            found.price("in", row)
        if row.state in ("mapped", "delivered"):
            found.systems["translated"] += row.documents
        if row.state == "delivered":
            found.systems["delivered"] += row.documents
            found.systems["numbered"] += row.documents - row.unnumbered


def _count_uneven(look: Look, tallies: defaultdict[str, Tally]) -> None:
    """Interchanges that have another number of documents than sets: sets were divided, or something is wrong."""
    table, interchange, one = DOCUMENT.c, INTERCHANGE.c, _BESIDE.c
    there = select(func.count()).where(one.interchange_id == interchange.id).scalar_subquery()
    keys = (interchange.partner, interchange.id, interchange.control_number, interchange.sets)
    siblings = func.coalesce(func.sum(look.siblings()), 0)
    statement = (
        select(*keys, func.count(table.id).label("there"), siblings.label("siblings"))
        .join_from(INTERCHANGE, DOCUMENT, table.interchange_id == interchange.id, isouter=True)
        .where(*look.interchanges(), interchange.state.not_in(UNREAD), func.coalesce(interchange.sets, -1) != there)
        .group_by(*keys)
        .order_by(interchange.id)
    )
    for row in look.rows(statement):
        found = tallies[row.partner]
        found.received["divided"] += row.siblings
        if row.sets is None:  # read before anybody counted: the documents are all that is known
            found.received["received"] += row.there - row.siblings
        elif row.sets != row.there - row.siblings:
            found.uneven.append(row)


def _came_in(look: Look, *columns: ColumnElement[Any]) -> Select[Any]:
    joined = select(*columns).join_from(INTERCHANGE, DOCUMENT, DOCUMENT.c.interchange_id == INTERCHANGE.c.id)
    return joined.where(*look.interchanges())


def _sums() -> tuple[ColumnElement[Any], ...]:
    table = DOCUMENT.c
    return (
        func.count().label("documents"),
        func.sum(table.amount).label("amount"),
        func.count(table.amount).label("priced"),
    )


def _count_answers(look: Look, tallies: defaultdict[str, Tally]) -> None:
    """Counted by those that have none: a 997 is not answered, and then there are what was lost."""
    table, partner = ACKNOWLEDGEMENT.c, INTERCHANGE.c.partner
    lost = func.sum(case((_told(), 1), else_=0))
    for row in look.rows(
        _without_answer(look, partner, func.count().label("many"), lost.label("lost")).group_by(partner)
    ):
        found = tallies[row.partner].answers
        found["answers"] -= row.many
        found["lost"] += row.lost
    unfetched = (
        select(partner, func.count().label("many"))
        .join_from(INTERCHANGE, ACKNOWLEDGEMENT, table.interchange_id == INTERCHANGE.c.id)
        .where(*look.interchanges(), *UNFETCHED)
        .group_by(partner)
    )
    for row in look.rows(unfetched):
        tallies[row.partner].answers["unfetched"] += row.many


def unanswered(look: Look, *columns: ColumnElement[Any]) -> Select[Any]:
    """Interchanges of whose sets it is written what the partner was told, and nothing was."""
    return _without_answer(look, *columns).where(_told())


def _without_answer(look: Look, *columns: ColumnElement[Any]) -> Select[Any]:
    answer = _ANSWER.c
    answers = select(answer.id).where(answer.interchange_id == INTERCHANGE.c.id, answer.kind.in_(FUNCTIONAL))
    return select(*columns).where(*look.interchanges(), ~answers.exists())


def _told() -> ColumnElement[bool]:
    one = _BESIDE.c
    return select(one.id).where(one.interchange_id == INTERCHANGE.c.id, one.told != "").exists()


# ---------------------------------------------------------------------------------------------- goes out


def _count_handed_in(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table, other = DOCUMENT.c, _BESIDE
    statement = (
        select(table.partner, table.state, func.count().label("documents"))
        .where(*look.handed_in(), table.state != "superseded")
        .group_by(table.partner, table.state)
    )
    for row in look.rows(statement):
        tallies[row.partner].handed_in[HANDED_IN[row.state]] += row.documents
    for row in look.rows(posts(look)):
        found = tallies[row.partner].handed_in
        found["handed_in"] += row.posts
    counts = select(other.c.id).where(other.c.transmission_id == table.transmission_id, other.c.state != "superseded")
    replaced = (
        select(table.partner, func.count(table.transmission_id.distinct()).label("posts"))
        .where(*look.handed_in(), table.state == "superseded", ~counts.exists())
        .group_by(table.partner)
    )
    for row in look.rows(replaced):
        tallies[row.partner].handed_in["superseded"] += row.posts


def posts(look: Look) -> Select[Any]:
    """How many posts documents of ours came by."""
    table = DOCUMENT.c
    many = func.count(table.transmission_id.distinct()).label("posts")
    return select(table.partner, many).where(*look.handed_in()).group_by(table.partner)


def _count_sent(look: Look, tallies: defaultdict[str, Tally]) -> None:
    interchange, group, table = OUTBOUND_INTERCHANGE.c, OUTBOUND_GROUP.c, DOCUMENT.c
    groups = (
        select(interchange.partner, func.sum(group.sets).label("sets"), func.count(case((UNEVEN, 1))).label("uneven"))
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id, isouter=True)
        .where(*look.sealed())
        .group_by(interchange.partner)
    )
    for row in look.rows(groups):
        found = tallies[row.partner]
        found.sent["sent"] += row.sets or 0
        found.uneven_groups += row.uneven
    superseded = case((table.state == "superseded", 1), else_=0)
    keys = (interchange.partner, table.set_id, table.acknowledgement, superseded.label("over"), table.currency)
    documents = (
        select(*keys, *_sums())
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id)
        .join(DOCUMENT, table.outbound_group_id == group.id)
        .where(*look.sealed())
        .group_by(*keys)
    )
    for row in look.rows(documents):
        found = tallies[row.partner]
        found.sent["superseded" if row.over else SAID[row.acknowledgement]] += row.documents
        if not row.over:
            found.price("out", row)
