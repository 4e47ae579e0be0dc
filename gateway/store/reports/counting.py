"""The counts of partners' days: two statements about what came in, two about what went out, each over an index."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from gateway.pipeline.reconciling import Answers, HandedIn, Received, Sent, Systems, Worth
from gateway.store.reports.looks import Look
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

CAME_IN: Final[Mapping[str, str]] = {
    "validated": "in_progress",
    "mapped": "in_progress",
    "delivered": "delivered",
    "reconciled": "matched",
    "closed": "matched",
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

FUNCTIONAL: Final = ("997", "999")
"""Kinds of answers that speak of sets."""


@dataclass(slots=True)
class Tally:
    """What is counted of one partner's day."""

    received: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    handed_in: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    worth: dict[tuple[str, str, str], Worth] = field(default_factory=dict)

    def price(self, direction: Any, row: Any) -> None:
        """Count what documents are worth."""
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
    _count_answers(look, tallies)
    _count_handed_in(look, tallies)
    _count_sent(look, tallies)
    return tallies


# ---------------------------------------------------------------------------------------------- came in


def _count_interchanges(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table = INTERCHANGE.c
    statement = (
        select(table.partner, table.state, func.sum(table.sets).label("sets"))
        .where(*look.interchanges())
        .group_by(table.partner, table.state)
    )
    for row in look.rows(statement):
        found = tallies[row.partner].received
        found["received"] += row.sets or 0
        if row.state in UNREAD:
            found[row.state] += row.sets or 0


def _count_documents(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table, interchange = DOCUMENT.c, INTERCHANGE.c
    uncounted = case((interchange.sets.is_(None), 1), else_=0)
    keys = (interchange.partner, table.set_id, table.state, table.currency, uncounted.label("uncounted"))
    statement = (
        select(
            *keys,
            *_sums(),
            func.sum(look.siblings()).label("siblings"),
            func.count(func.nullif(table.canonical_type, "")).label("translated"),
            func.count(func.nullif(table.external_id, "")).label("numbered"),
        )
        .join_from(INTERCHANGE, DOCUMENT, table.interchange_id == interchange.id)
        .where(*look.interchanges())
        .group_by(*keys)
    )
    for row in look.rows(statement):
        found = tallies[row.partner]
        found.received[CAME_IN[row.state]] += row.documents
        found.received["divided"] += row.siblings
        if row.uncounted:  # read before anybody counted: the documents are all that is known
            found.received["received"] += row.documents - row.siblings
        if row.state != "rejected":
            found.systems["translated"] += row.translated
        if CAME_IN[row.state] not in ("refused", "matched"):
            found.price("in", row)
        if row.state == "delivered":
            found.systems["delivered"] += row.documents
            found.systems["numbered"] += row.numbered


def _sums() -> tuple[ColumnElement[Any], ...]:
    table = DOCUMENT.c
    return (
        func.count().label("documents"),
        func.sum(table.amount).label("amount"),
        func.count(table.amount).label("priced"),
    )


def _count_answers(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table = ACKNOWLEDGEMENT.c
    statement = (
        select(INTERCHANGE.c.partner, table.state, table.carried_at.is_(None).label("here"), func.count().label("many"))
        .join_from(INTERCHANGE, ACKNOWLEDGEMENT, table.interchange_id == INTERCHANGE.c.id)
        .where(*look.interchanges(), table.kind.in_(FUNCTIONAL))
        .group_by(INTERCHANGE.c.partner, table.state, table.carried_at.is_(None))
    )
    for row in look.rows(statement):
        found = tallies[row.partner].answers
        found["answers"] += row.many
        if row.state == "offered" and row.here:
            found["unfetched"] += row.many

    for row in look.rows(
        unanswered(look, INTERCHANGE.c.partner, func.count().label("many")).group_by(INTERCHANGE.c.partner)
    ):
        tallies[row.partner].answers["lost"] += row.many


def unanswered(look: Look, *columns: ColumnElement[Any]) -> Select[Any]:
    """Interchanges of whose sets it is written what the partner was told, and nothing was."""
    one, answer = aliased(DOCUMENT).c, aliased(ACKNOWLEDGEMENT).c
    told = select(one.id).where(one.interchange_id == INTERCHANGE.c.id, one.told != "")
    answers = select(answer.id).where(answer.interchange_id == INTERCHANGE.c.id, answer.kind.in_(FUNCTIONAL))
    return select(*columns).where(*look.interchanges(), ~answers.exists(), told.exists())


# ---------------------------------------------------------------------------------------------- goes out


def _count_handed_in(look: Look, tallies: defaultdict[str, Tally]) -> None:
    table, other = DOCUMENT.c, aliased(DOCUMENT)
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
        select(interchange.partner, func.sum(group.sets).label("sets"))
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id)
        .where(*look.sealed())
        .group_by(interchange.partner)
    )
    for row in look.rows(groups):
        tallies[row.partner].sent["sent"] += row.sets
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
