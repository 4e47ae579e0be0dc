"""The business axis as a projection: what sets say of documents is heard, matched and added up behind the events.

What is heard is kept as it was said, one row for each statement, by the set that says it and the line: so hearing it
again changes nothing, and what fits nothing waits there for its document, or for a person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from gateway.ledger.business import BUSINESS, EVENTS, BusinessState, steps
from gateway.ledger.events import DOCUMENT_UNMATCHED
from gateway.ledger.meant import normal
from gateway.ledger.settling import Standing, stand
from gateway.pipeline.business.statement import bounded
from gateway.pipeline.business.statements import SPEAKING
from gateway.store import business_words as words
from gateway.store import events
from gateway.store.business_hearing import hear
from gateway.store.business_matching import Matching
from gateway.store.business_tables import BUSINESS_FACT, BUSINESS_NUMBER
from gateway.store.columns import indexed
from gateway.store.events import Change
from gateway.store.history import NOTHING_OLD, History
from gateway.store.means import Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

TOLD: Final = tuple(sorted({*EVENTS.values(), DOCUMENT_UNMATCHED}))
"""The kinds of events by which it is told what was set."""

_PLACES = (
    *("id", "transmission_id", "direction", "partner", "usage", "set_id", "canonical_type", "state", "acknowledgement"),
    *("business_number", "search", "thread", "received_at", "state_at", "acknowledged_at", "group_control_number"),
    "business",
)


def _put_number(insert: MakeInsert) -> Any:
    statement = insert(BUSINESS_NUMBER)
    changed = {name: statement.excluded[name] for name in ("partner", "number", "normal")}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=changed)


_PUT_NUMBER = ManyRows(_put_number)
_STANDING = (
    *("id", "transmission_id", "amount", "currency"),
    *("business", "business_at", "business_words", "business_open"),
)
_MOVE = (
    update(DOCUMENT)
    .where(DOCUMENT.c.id == bindparam("key"))
    .values(
        business=bindparam("after"),
        business_at=bindparam("since"),
        business_words=bindparam("sentence"),
        business_open=bindparam("left"),
    )
)


@dataclass(frozen=True, slots=True)
class BusinessProjector:
    """The columns `document.business...` and the tables of `gateway.store.business_tables` as a projection."""

    def project(self, transaction: Transaction, documents: Sequence[str]) -> bool:
        """Hear what these documents say, match what is about them, and set where everything stands that it is about.
        As in `Projector`, whether they say more than one transaction takes.
        """
        rows = _rows(transaction, documents)
        history = History.of(rows, transaction.now)
        known = [*_number(transaction, rows), *_groups(rows)]
        heard = hear(transaction, [row for row in rows if row.canonical_type.startswith(SPEAKING)])
        moved = [row.id for row in rows if row.direction == "outbound" and row.state in ("superseded", "combined")]
        sent = [(row.partner, normal(words.subject_number(row))) for row in rows if row.sent_at is not None]
        touched = heard.touched | Matching(transaction).match(said=heard.said, known=known, moved=moved, sent=sent)
        _tell_unmatched(transaction, rows, heard.whole, history)
        # What it is worth may be read otherwise now, and a person may have closed it in the same moment.
        settle(transaction, touched | {row.id for row in rows if row.business}, history=history)
        return heard.more


def _rows(transaction: Transaction, documents: Sequence[str]) -> Sequence[Any]:
    sending = OUTBOUND_INTERCHANGE.c
    statement = (
        select(
            *(DOCUMENT.c[name] for name in _PLACES),
            func.coalesce(sending.fetched_at, sending.carried_at, sending.confirmed_at).label("sent_at"),
        )
        .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .outerjoin(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == OUTBOUND_GROUP.c.interchange_id)
        .where(transaction.means.database.among(DOCUMENT.c.id, documents))
        .order_by(DOCUMENT.c.id)
    )
    return transaction.connection.execute(statement).all()


# ---------------------------------------------------------------------------------------------- numbers


def _number(transaction: Transaction, rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Keep the numbers that documents are meant by. Returns (partner, normal) of these documents."""
    found = []
    for row in rows:
        number = words.subject_number(row)
        if row.partner and number and normal(number):
            values = {"document_id": row.id, "partner": row.partner, "number": indexed(number)}
            found.append(values | {"normal": indexed(normal(number))})
    if found:
        among = transaction.means.database.among(BUSINESS_NUMBER.c.document_id, [one["document_id"] for one in found])
        known = {
            row.document_id: row.number for row in transaction.connection.execute(select(BUSINESS_NUMBER).where(among))
        }
        _PUT_NUMBER.run(
            transaction.connection, [one for one in found if known.get(one["document_id"]) != one["number"]]
        )
    return sorted({(one["partner"], one["normal"]) for one in found})


def _groups(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """By what documents of ours are looked up of which only control numbers are said."""
    found = {(row.partner, words.by_group(row.group_control_number)) for row in rows if row.sent_at is not None}
    return sorted(found)


# ---------------------------------------------------------------------------------------------- told


def _tell_unmatched(transaction: Transaction, rows: Sequence[Any], heard: Sequence[str], history: History) -> None:
    """Say once of a set that was heard now what of it has to be looked at."""
    if not heard:
        return
    table = BUSINESS_FACT.c
    among = transaction.means.database.among(table.document_id, heard)
    statement = select(table.document_id, table.reason, table.amount).where(
        among, table.state.in_(("unmatched", "ambiguous"))
    )
    by_document: dict[str, list[Any]] = {}
    for row in transaction.connection.execute(statement.order_by(table.document_id, table.line)):
        by_document.setdefault(row.document_id, []).append(row)
    known = {row.id: row for row in rows}
    changes = [
        Change(
            transmission=known[document].transmission_id,
            subject=document,
            kind=DOCUMENT_UNMATCHED,
            why=left[0].reason if len(left) == 1 else f"{left[0].reason}; and {len(left) - 1} more",
            detail={"statements": str(len(left)), **history.detail(document)},
        )
        for document, left in by_document.items()
    ]
    events.record(transaction, changes)


# ---------------------------------------------------------------------------------------------- settled


def settle(transaction: Transaction, subjects: Iterable[str], *, who: str = "", history: History = NOTHING_OLD) -> None:
    """Set where the business of these documents stands by all that is matched to them, with an event for each move.
    `who` is the person by whom it moves, "" when it moves by what was said; `history` says what is told to nobody.
    """
    ids = sorted(subjects)
    if not ids:
        return
    database, connection = transaction.means.database, transaction.connection
    table = BUSINESS_FACT.c
    facts: dict[str, list[Any]] = {}
    for row in connection.execute(select(BUSINESS_FACT).where(database.among(table.subject_id, ids))):
        facts.setdefault(row.subject_id, []).append(row)
    moved: list[dict[str, Any]] = []
    changes: list[Change] = []
    for row in _subjects(transaction, ids):
        heard = facts.get(row.family, [])
        credit = words.is_credit(heard)
        after = stand(map(words.said, heard), worth=row.amount, credit=credit, currency=row.currency)
        if after.open is not None and bounded(after.open) is None:
            after = replace(after, open=None)
        before = Standing(
            state=BusinessState(row.business), at=row.business_at, words=row.business_words, open=row.business_open
        )
        if after == before:
            continue
        values = {"after": after.state.value, "since": after.at, "sentence": after.words, "left": after.open}
        moved.append({"key": row.id, **values})
        if (after.state, after.words) != (before.state, before.words) and (after.state or before.state):
            changes += _changes(row, before, after, heard, who, history)
    if moved:
        connection.execute(_MOVE, moved)
    events.record(transaction, changes)


def _subjects(transaction: Transaction, ids: Sequence[str]) -> list[Any]:
    """The documents with all parts of their sets: what is said of one set is said of each. `family` is the one that
    is spoken of.
    """
    about, part = DOCUMENT, DOCUMENT.alias("part")
    spoken_of = transaction.means.database.among(about.c.id, ids)
    alone = select(*(about.c[name] for name in _STANDING), about.c.id.label("family")).where(spoken_of)
    parts = (
        select(*(part.c[name] for name in _STANDING), about.c.id.label("family"))
        .join(part, (part.c.interchange_id == about.c.interchange_id) & (part.c.id != about.c.id))
        .where(
            spoken_of,
            about.c.part.is_not(None),
            part.c.part.is_not(None),
            part.c.group_control_number == about.c.group_control_number,
            part.c.set_control_number == about.c.set_control_number,
        )
    )
    found = [*transaction.connection.execute(alone), *transaction.connection.execute(parts)]
    return sorted(found, key=lambda row: str(row.id))


def _changes(
    row: Any, before: Standing, after: Standing, heard: Sequence[Any], who: str, history: History
) -> Iterator[Change]:
    latest = max(heard, key=lambda one: (one.at, one.document_id, one.line), default=None)
    for one, other in steps(before.state, after.state):
        detail = {"business": other.value, "before": one.value}
        if after.open is not None and other is after.state:
            detail["open"] = format(after.open, "f")
        if latest is not None:
            detail |= {"by": latest.document_id, "set": latest.set_id}
        detail |= history.detail(row.id, row.family, latest.document_id if latest is not None else "")
        why = after.words if other is after.state else "what was said of it is not said of it any more"
        kind = BUSINESS.event(one, other)
        yield Change(transmission=row.transmission_id, subject=row.id, kind=kind, who=who, why=why, detail=detail)
