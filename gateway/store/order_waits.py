"""A change of an order never reaches our system before the order itself: it waits, and goes on by itself.

Only changes of orders pay for this. A change is looked at in the transaction that writes it as mapped; whether it may
go on is looked at behind the events, of the change and of everything under its order number. Whichever of the two
commits last has an event after it, so one of the two looks always sees both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from gateway.ledger.events import DOCUMENT_AFTER_ORDER, DOCUMENT_BEFORE_ORDER, DOCUMENT_RELEASED
from gateway.ledger.order_wait import Ahead, Change, Ranks
from gateway.pipeline.stage import DocumentOutcome
from gateway.store import events, work
from gateway.store.columns import indexed
from gateway.store.means import Means, Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import COUNTED, DOCUMENT, DOCUMENT_KEY
from gateway.store.threading_tables import ORDER_WAIT, THREAD, THREAD_DOCUMENT

LOOKED_AT: Final = 2_000
"""Documents of a partner under one order number, the newest: an order for every store of a chain has hundreds of parts.
"""

_AHEAD = (
    *(
        "id",
        "partner",
        "usage",
        "state",
        "generation",
        "canonical_type",
        "business_number",
        "search",
        "thread",
        "received_at",
    ),
    *("interchange_id", "group_control_number", "set_control_number"),
)
_WAITING = (*_AHEAD, "reason", "destination", "transmission_id")


def _put(insert: MakeInsert) -> Any:
    statement = insert(ORDER_WAIT)
    changed = {name: statement.excluded[name] for name in ("partner", "usage", "number", "release", "since")}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=changed)


_PUT = ManyRows(_put)


def number_of(document: Any) -> str:
    """What people call a document, or the outcome that becomes one: of a change of an order with the change's own
    number, where it has one.
    """
    change = document.search.get("change_number", "") if document.canonical_type.startswith("order_change.") else ""
    number: str = document.business_number
    return f"{number}, change {change}" if change and change != number else number


# ---------------------------------------------------------------------------------------------- beginning to wait


@dataclass(slots=True)
class Held:
    """The changes of one batch that are held for their order: first asked about, then told from the others."""

    transaction: Transaction
    changes: dict[str, Change] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    _why: Mapping[str, str] = field(default_factory=dict)

    def ask(self, outcome: DocumentOutcome, *, usage: str, at: datetime, interchange: str, again: bool = False) -> None:
        """A document of the batch; what is no change that goes to our system is passed over. `again`: our system has
        had it.
        """
        number = outcome.thread.get("order", "")
        if not (outcome.after_order and number and "mapped" in {one.state for one in (outcome, *outcome.siblings)}):
            return
        self.changes[outcome.id] = Change(
            id=outcome.id,
            partner=outcome.partner,
            usage=usage,
            number=indexed(number),
            release=indexed(outcome.thread.get("release", "")),
            name=number_of(outcome),
            at=at,
            set=f"{interchange}/{outcome.group_control_number}/{outcome.set_control_number}",
            again=again,
        )

    def look(self) -> None:
        """Once all are asked about: one question to the tables for all of them, none where there are none."""
        self._why = _reasons(self.transaction, list(self.changes.values()))

    def heeded(self, outcome: DocumentOutcome) -> DocumentOutcome:
        """The document with all its parts as it has to be written: held, where it must not go yet."""
        why = self._why.get(outcome.id, "")
        if not why:
            return outcome
        parts = tuple(_as_held(one, why) for one in outcome.siblings)
        return replace(_as_held(outcome, why), siblings=parts)

    def waits(self, part: DocumentOutcome, of: str) -> bool:
        """Whether a part of the document that was asked about is one that waits; then it is noted, to be written."""
        why = self._why.get(of, "")
        if not why or (part.state, part.reason) != ("held", why):
            return False
        change = self.changes[of]
        self.rows.append(
            {
                "document_id": part.id,
                "partner": change.partner,
                "usage": change.usage,
                "number": change.number,
                "release": change.release,
                "since": self.transaction.now,
            }
        )
        return True

    def write(self) -> None:
        """Note who waits, once the documents themselves are written."""
        _PUT.run(self.transaction.connection, self.rows)


def _as_held(part: DocumentOutcome, why: str) -> DocumentOutcome:
    return replace(part, state="held", reason=why) if part.state == "mapped" else part


def _reasons(transaction: Transaction, changes: Sequence[Change]) -> Mapping[str, str]:
    """Why changes that come now may not go, by what `Change.id` says; "" for those that may. They are judged as they
    came, whatever the order in which they were read: a later one of the same order waits for the one before it.
    """
    if not changes:
        return {}
    ahead = Ranks(_ahead(transaction, changes))
    found: dict[str, str] = {}
    for one in sorted(changes, key=lambda each: (each.at, each.id)):
        found[one.id] = ahead.why_not(one)
        ahead.add(one.as_ahead(waits=bool(found[one.id])))
    return found


def settle(transaction: Transaction, documents: Sequence[str]) -> None:
    """These changes are mapped anew: they wait for nothing that they waited for before."""
    if documents:
        among = transaction.means.database.among(ORDER_WAIT.c.document_id, documents)
        transaction.connection.execute(delete(ORDER_WAIT).where(among))


def left(transaction: Transaction, moved: Sequence[tuple[str, str]]) -> None:
    """Documents are of other orders than they were, by partner and the number they had: nothing under that number
    happens by it, so who waits under it has an event of its own, behind which it is looked at again.
    """
    if not moved:
        return
    numbers = transaction.means.database.among(ORDER_WAIT.c.number, sorted({number for _, number in moved}))
    waiting = select(ORDER_WAIT.c.document_id, ORDER_WAIT.c.partner, ORDER_WAIT.c.number, DOCUMENT.c.transmission_id)
    joined = waiting.join(DOCUMENT, DOCUMENT.c.id == ORDER_WAIT.c.document_id).where(
        numbers, DOCUMENT.c.state == "held"
    )
    rows = transaction.connection.execute(joined.order_by(DOCUMENT.c.id)).all()
    why = "what was under its order number is under another now"
    told = [
        events.Change(transmission=row.transmission_id, subject=row.document_id, kind=DOCUMENT_BEFORE_ORDER, why=why)
        for row in rows
        if (row.partner, row.number) in moved
    ]
    events.record(transaction, told)


# ---------------------------------------------------------------------------------------------- what there is


def _ahead(transaction: Transaction, changes: Sequence[Change]) -> list[Ahead]:
    """Orders, and changes of them, that came in under the numbers of these changes, the oldest first."""
    newest = _newest(transaction, changes)
    thread = and_(THREAD.c.id == THREAD_DOCUMENT.c.thread_id, THREAD.c.partner == DOCUMENT.c.partner)
    statement = (
        select(*(DOCUMENT.c[name] for name in _AHEAD), THREAD.c.opened_at, THREAD.c.last_at)
        .join(newest, newest.c.id == DOCUMENT.c.id)
        .outerjoin(THREAD_DOCUMENT, THREAD_DOCUMENT.c.document_id == DOCUMENT.c.id)
        .outerjoin(THREAD, thread)
        .where(newest.c.place <= LOOKED_AT)
        .order_by(DOCUMENT.c.id)
    )
    return [_as_ahead(row) for row in transaction.connection.execute(statement)]


def _newest(transaction: Transaction, changes: Sequence[Change]) -> Any:
    """Ids of those documents, each with its place under its number, the newest first: one partner's many are never
    looked at instead of another's.
    """
    among = transaction.means.database.among
    key = DOCUMENT_KEY.c
    named = select(key.document_id, key.value).where(among(key.value, sorted({indexed(one.number) for one in changes})))
    here = named.where(key.name.not_in(COUNTED)).distinct().subquery()
    alike = (DOCUMENT.c.partner, DOCUMENT.c.usage, here.c.value)
    place = func.row_number().over(partition_by=alike, order_by=DOCUMENT.c.id.desc())
    types = [DOCUMENT.c.canonical_type.startswith(name) for name in ("order.", "order_change.")]
    return (
        select(DOCUMENT.c.id, place.label("place"))
        .join(here, here.c.document_id == DOCUMENT.c.id)
        .where(among(DOCUMENT.c.partner, sorted({one.partner for one in changes})))
        .where(DOCUMENT.c.direction == "inbound", DOCUMENT.c.state != "rejected", or_(*types))
        .subquery()
    )


def _had(row: Any) -> bool:
    """Whether our system has a document, or has had it once."""
    return bool(row.state == "delivered" or row.generation > 1)


def _as_ahead(row: Any) -> Ahead:
    return Ahead(
        id=row.id,
        partner=row.partner,
        usage=row.usage,
        number=indexed(row.thread.get("order", "")),
        release=indexed(row.thread.get("release", "")),
        order=row.canonical_type.startswith("order."),
        name=number_of(row),
        state=row.state,
        had=_had(row),
        at=row.received_at,
        first_at=min(row.received_at, row.opened_at or row.received_at),
        last_at=max(row.received_at, row.last_at or row.received_at),
        set=f"{row.interchange_id}/{row.group_control_number}/{row.set_control_number}",
    )


# ---------------------------------------------------------------------------------------------- going on


@dataclass(frozen=True, slots=True)
class OrderWaits:
    """Lets changes go on whose order is delivered: follows the events like a projection, and is one of its own, so that
    nothing else holds it up.
    """

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        """Look at the changes among these documents that wait, and at those that wait for any of them."""
        database = transaction.means.database
        if transaction.connection.execute(select(ORDER_WAIT.c.document_id).limit(1)).first() is None:
            return  # mostly nothing waits
        about = (database.among(DOCUMENT_KEY.c.document_id, documents), DOCUMENT_KEY.c.name.not_in(COUNTED))
        named = select(DOCUMENT_KEY.c.value).where(*about)
        concerned = or_(database.among(ORDER_WAIT.c.document_id, documents), ORDER_WAIT.c.number.in_(named))
        rows = _locked(transaction, select(ORDER_WAIT.c.document_id).where(concerned))
        changes = [_change(row) for row in rows]
        ahead = Ranks(_ahead(transaction, changes) if changes else ())
        why = {one.id: ahead.why_not(one) for one in changes}
        _go_on(transaction, [row for row in rows if not why[row.id]])
        for row in rows:
            if why[row.id] and why[row.id] != row.reason:
                said = update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(reason=why[row.id])
                transaction.connection.execute(said)


def _locked(transaction: Transaction, wanted: Any) -> Sequence[Any]:
    """Those that wait still once nobody else can do anything to them: a person may have held one in this moment, and
    PostgreSQL looks again at nothing but the rows that it locks.
    """
    connection, among = transaction.connection, transaction.means.database.among
    held = select(DOCUMENT.c.id).where(DOCUMENT.c.id.in_(wanted), DOCUMENT.c.state == "held")
    locked = connection.execute(held.order_by(DOCUMENT.c.id).with_for_update(key_share=True)).scalars().all()
    statement = (
        select(*(DOCUMENT.c[name] for name in _WAITING), ORDER_WAIT.c.number, ORDER_WAIT.c.release)
        .join(ORDER_WAIT, ORDER_WAIT.c.document_id == DOCUMENT.c.id)
        .where(among(DOCUMENT.c.id, locked))
        .order_by(DOCUMENT.c.id)
    )
    return connection.execute(statement).all()


def _change(row: Any) -> Change:
    return Change(
        id=row.id,
        partner=row.partner,
        usage=row.usage,
        number=row.number,
        release=row.release,
        name=number_of(row),
        at=row.received_at,
        set=f"{row.interchange_id}/{row.group_control_number}/{row.set_control_number}",
        again=_had(row),
    )


def _go_on(transaction: Transaction, rows: Sequence[Any]) -> None:
    _mapped(transaction, rows)
    events.record(
        transaction,
        [
            events.Change(
                transmission=row.transmission_id,
                subject=row.id,
                kind=DOCUMENT_AFTER_ORDER,
                why=f"order {row.number} is delivered",
            )
            for row in rows
        ],
    )


def _mapped(transaction: Transaction, rows: Sequence[Any]) -> None:
    """From held back to the way to our system, where they were. Their rows are locked."""
    if not rows:
        return
    database, ids = transaction.means.database, [row.id for row in rows]
    values = {"state": "mapped", "reason": "", "next_attempt_at": None, "state_at": transaction.now}
    transaction.connection.execute(update(DOCUMENT).where(database.among(DOCUMENT.c.id, ids)).values(values))
    transaction.connection.execute(delete(ORDER_WAIT).where(database.among(ORDER_WAIT.c.document_id, ids)))
    going: dict[str, list[str]] = {}
    for row in rows:
        going.setdefault(row.destination, []).append(row.id)
    work.deliver(transaction, going)


# ---------------------------------------------------------------------------------------------- people


def waits() -> ColumnElement[bool]:
    """Of a row of documents: it is held for its order."""
    return exists(select(ORDER_WAIT.c.document_id).where(ORDER_WAIT.c.document_id == DOCUMENT.c.id))


def are_waiting(means: Means, connection: Any, ids: Sequence[str]) -> set[str]:
    """Which of these documents are held for their order."""
    among = means.database.among(ORDER_WAIT.c.document_id, ids)
    return set(connection.execute(select(ORDER_WAIT.c.document_id).where(among)).scalars())


def forget(transaction: Transaction, document: str) -> bool:
    """It does not go on by itself any more. Whether it waited. The caller has locked its row and says why."""
    mine = delete(ORDER_WAIT).where(ORDER_WAIT.c.document_id == document)
    return bool(transaction.connection.execute(mine).rowcount)


def let_go(transaction: Transaction, row: Any, *, reason: str, who: str) -> str:
    """A person lets a change, whose row is locked, go without its order. Returns words."""
    _mapped(transaction, [row])
    about = {"transmission": row.transmission_id, "subject": row.id, "who": who, "why": reason}
    events.record(transaction, [events.Change(kind=DOCUMENT_RELEASED, detail={"without": "its order"}, **about)])
    return f"{row.id} goes on, without its order"
