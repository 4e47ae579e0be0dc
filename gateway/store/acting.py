"""One verb done to one document or to many, in one transaction: chosen, locked, each by its own rules, all told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import ACKNOWLEDGEMENT as ANSWERED
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.events import DOCUMENT_ASSIGNED, DOCUMENT_NOTED
from gateway.pipeline.verbs import MOST, NAMED, Acted, How, Numbers, Preview, Selection, Verb
from gateway.store import (
    amounts,
    audit,
    closing,
    events,
    holding,
    order_waits,
    owed,
    owed_waiving,
    replaying,
    resending,
    sending_again,
)
from gateway.store.beginnings import find
from gateway.store.columns import indexed
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.questions import document_row
from gateway.store.tables import DOCUMENT

AgreedNumbers = Callable[[str], Numbers]
"""Under which numbers documents of an agreement, by its id, are sent again where nobody says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What one verb is done with. `holds` are those of people, by document."""

    transaction: Transaction
    how: How
    reason: str
    who: str
    holds: Mapping[str, Any]
    agreed: AgreedNumbers
    gone_again: set[str] = field(default_factory=set)


# ---------------------------------------------------------------------------------------------- the verbs, each for one


def _hold(act: _Act, row: Any) -> str:
    return holding.hold(act.transaction, row, reason=act.reason, who=act.who)


def _release(act: _Act, row: Any) -> str:
    return holding.let_go(act.transaction, row, act.holds.get(row.id), reason=act.reason, who=act.who)


def _assign(act: _Act, row: Any) -> str:
    to = indexed(act.how.to.strip())
    if row.owner == to:
        raise UsageError(f"{row.id} is {f'with {to}' if to else 'with nobody'} already")
    act.transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(owner=to))
    _tell(act, row, DOCUMENT_ASSIGNED, {"to": to, "was": row.owner})
    return f"{row.id} is {to}'s to look after" if to else f"{row.id} is nobody's to look after"


def _note(act: _Act, row: Any) -> str:
    _tell(act, row, DOCUMENT_NOTED, {})
    return f"noted with {row.id}"


def _waive(act: _Act, row: Any) -> str:
    if act.how.owed:
        return owed_waiving.waive(act.transaction, row, act.how.owed, reason=act.reason, who=act.who)
    before, after = AcknowledgementState(row.acknowledgement), AcknowledgementState.WAIVED
    if row.direction != "outbound" or not ANSWERED.lawful(before, after) or row.state == "superseded":
        raise UsageError(_nothing_to_waive(row))
    act.transaction.connection.execute(
        update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(acknowledgement=str(after))
    )
    _tell(act, row, ANSWERED.event(before, after), {"was": str(before)})
    return f"{row.id} is waived: nobody waits for its acknowledgement, or minds it; an answer that still comes counts"


def _nothing_to_waive(row: Any) -> str:
    if row.direction != "outbound":
        return f"{row.id} came in: no acknowledgement of a partner's is owed for it"
    if row.state == "superseded":
        return f"{row.id} is superseded: nobody waits for it"
    known = row.acknowledgement or (
        "not expected" if row.state in ("sealed", "sent") else "not due: it has not gone out"
    )
    return f"{row.id}: its acknowledgement is {known}, there is nothing to waive"


def _replay(act: _Act, row: Any) -> str:
    held = act.holds.get(row.id)
    if held is not None:
        raise UsageError(f"{row.id} is held by {held.who}: `gateway documents release` lets it go on")
    how = act.how
    return replaying.replay(act.transaction, row, mode=how.mode, again=how.again, reason=act.reason, who=act.who)


def _resend(act: _Act, row: Any) -> str:
    how = act.how
    return resending.resend(
        act.transaction,
        row,
        reason=act.reason,
        who=act.who,
        original=how.mode == "original",
        anyway=how.anyway,
        numbers=how.numbers or ("new" if how.mode == "current" else act.agreed(row.agreement)),
        done=act.gone_again,
        dry_run=how.dry_run,
    )


def _close(act: _Act, row: Any) -> str:
    if act.how.handled:
        return closing.close_handled(act.transaction, row, reason=act.reason, who=act.who, known_as=act.how.known_as)
    closed = closing.close(act.transaction, row.id, reason=act.reason, who=act.who)
    if row.set_id not in closing.ACKNOWLEDGEMENTS:
        return f"{closed} is closed: nobody waits for more of it; what comes all the same counts"
    return f"{closed} is closed: nothing was accepted by it, and nobody is asked about it any more"


def _tell(act: _Act, row: Any, kind: str, detail: Mapping[str, str]) -> None:
    change = Change(
        transmission=row.transmission_id, subject=row.id, kind=kind, who=act.who, why=act.reason, detail=detail
    )
    events.record(act.transaction, [change])


_DO: Mapping[Verb, Callable[[_Act, Any], str]] = {
    "hold": _hold,
    "release": _release,
    "assign": _assign,
    "note": _note,
    "waive": _waive,
    "replay": _replay,
    "resend": _resend,
    "close": _close,
}


def _possible(verb: Verb, chosen: Selection, how: How) -> ColumnElement[bool]:
    """To which documents that are as `chosen` says a verb is done, as far as a question to the table tells."""
    table = DOCUMENT.c
    match verb:
        case "hold":
            each = [and_(table.direction == way, table.state.in_(states)) for way, states in holding.HOLDABLE.items()]
            return or_(*each, order_waits.waits())
        case "release" if not chosen.set_id:  # what a person held: nobody lets changes go without orders by the way
            return holding.by_a_person()
        case "release":
            return or_(holding.by_a_person(), order_waits.waits())
        case "waive" if how.owed:
            return owed_waiving.waivable(how.owed)
        case "waive":
            waivable = [str(one) for one in ANSWERED.sources(AcknowledgementState.WAIVED)]
            return and_(table.direction == "outbound", table.acknowledgement.in_(waivable), table.state != "superseded")
        case "replay":
            return and_(replaying.possible(how.again, closed=chosen.state == "closed"), ~holding.by_a_person())
        case "resend":
            states = ["sent", *(["sealed"] if how.anyway else [])]
            again = [] if how.anyway else [table.acknowledgement != AcknowledgementState.REJECTED]
            return and_(table.direction == "outbound", table.state.in_(states), *again)
        case "close":
            return closing.possible(how.handled)
        case _:
            return true()


# ---------------------------------------------------------------------------------------------- which documents


def _chosen(means: Means, connection: Connection, verb: Verb, chosen: Selection, how: How) -> ColumnElement[bool]:
    """Raises UsageError when nothing is asked for, or one of the ids is nobody's."""
    if chosen.ids and chosen.wanted:
        raise UsageError("either ids or what the documents are like, not both")
    if chosen.ids:
        return means.database.among(DOCUMENT.c.id, sorted({_id_of(connection, one) for one in chosen.ids}))
    if not chosen.wanted:
        raise UsageError("which documents: ids, or what they are like (partner, set, state ...)")
    asked = {"partner": chosen.partner, "set_id": chosen.set_id, "state": chosen.state, "owner": chosen.owner}
    asked |= {"direction": chosen.direction, "acknowledgement": chosen.acknowledgement}
    wanted = [DOCUMENT.c[name] == value for name, value in asked.items() if value]
    if chosen.older_than is not None:
        wanted.append(DOCUMENT.c.received_at < chosen.older_than)
    return and_(*wanted, _possible(verb, chosen, how))


def _id_of(connection: Connection, beginning: str) -> str:
    row = find(connection, DOCUMENT, beginning)
    if row is None:
        raise UsageError(f"no document {beginning!r}")
    return str(row.id)


def preview(means: Means, verb: Verb, chosen: Selection, how: How, agreed: AgreedNumbers) -> Preview:
    """What `act` would touch. Raises UsageError."""
    with means.database.reading() as connection:
        where = _chosen(means, connection, verb, chosen, how)
        count = int(connection.execute(select(func.count()).select_from(DOCUMENT).where(where)).scalar_one())
        first = connection.execute(_in_order(where).limit(NAMED)).all()
        money, unpriced = amounts.worth(connection, where)
        along: int = 0
        others: Sequence[Any] = ()
        if _may_go_the_same(verb, how):
            along, others = sending_again.along(
                connection, where, lambda one: (how.numbers or agreed(one)) == "same", anyway=how.anyway
            )
    shown, more = ([document_row(row) for row in rows] for rows in (first, others))
    return Preview(count=count, first=shown, money=money, unpriced=unpriced, along=along, along_first=more)


def _may_go_the_same(verb: Verb, how: How) -> bool:
    return verb == "resend" and how.mode == "original" and how.numbers != "new"


def ids(means: Means, verb: Verb, chosen: Selection, how: How) -> list[str]:
    """Ids of what `act` would touch, at most one more than `MOST`. Raises UsageError."""
    with means.database.reading() as connection:
        return _ids(connection, _chosen(means, connection, verb, chosen, how))


def _ids(connection: Connection, where: ColumnElement[bool]) -> list[str]:
    wanted = select(DOCUMENT.c.id).where(where).order_by(DOCUMENT.c.id).limit(MOST + 1)
    return list(connection.execute(wanted).scalars())


def _in_order(where: ColumnElement[bool]) -> Select[Any]:
    return select(DOCUMENT).where(where).order_by(DOCUMENT.c.id)


# ---------------------------------------------------------------------------------------------- doing it


def act(
    means: Means,
    verb: Verb,
    chosen: Selection,
    how: How,
    *,
    reason: str,
    who: str,
    agreed: AgreedNumbers,
) -> Acted:
    """Do it, or only say what it would come to (`how.dry_run`). Raises UsageError, NotInOrder; then nothing is done."""
    _check(verb, how, reason)
    alone = len(chosen.ids) == 1
    if how.known_as and not (alone and verb == "close" and how.handled):
        raise UsageError(
            "a number of our system's is that of one document, named by its id, which is closed as handled"
        )
    done: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        if how.owed or verb == "close":
            owed.turn(connection)
        rows = _locked(transaction, verb, chosen, how)
        if alone and not rows:
            raise UsageError(f"no document {chosen.ids[0]!r}: it was purged in this moment")
        holds = holding.of(means, connection, [row.id for row in rows])
        this = _Act(transaction=transaction, how=how, reason=reason, who=who, holds=holds, agreed=agreed)
        for row in rows:
            try:  # what refuses writes nothing before it does
                done.append((row.id, _DO[verb](this, row)))
            except (UsageError, NotInOrder) as no:
                if alone:
                    raise
                refused.append((row.id, str(no)))
        number = _audited(this, verb, chosen, done, refused) if done and not how.dry_run else 0
        if how.dry_run:
            connection.rollback()
    return Acted(done=done, refused=refused, entry=number)


def _check(verb: Verb, how: How, reason: str) -> None:
    if verb not in _DO:
        raise UsageError(f"{verb!r}: it is one of {', '.join(_DO)}")
    if how.mode not in ("current", "original"):
        raise UsageError(f"mode {how.mode!r}: it is current or original")
    if how.numbers == "same" and how.mode == "current" and verb == "resend":
        raise UsageError("the same numbers are the same bytes: today's mapping writes it anew, under other numbers")
    if not how.dry_run:
        require(reason)


def require(reason: str) -> None:
    """An auditor asks for it years later; nobody remembers it then. Raises UsageError."""
    if not reason.strip():
        raise UsageError("a reason is needed: it is kept with the event")


def _locked(transaction: Transaction, verb: Verb, chosen: Selection, how: How) -> Sequence[Any]:
    """In the order of their ids, as everybody locks; as they are now, whatever they were when they were looked at."""
    connection = transaction.connection
    where = _chosen(transaction.means, connection, verb, chosen, how)
    ids = _ids(connection, where)
    if len(ids) > MOST:
        raise UsageError(f"more than {MOST:,} documents are like that: so many at once, say more exactly which")
    if _may_go_the_same(verb, how):
        sending_again.lock(transaction, ids)
    mine = and_(transaction.means.database.among(DOCUMENT.c.id, ids), where)
    return connection.execute(_in_order(mine).with_for_update(of=DOCUMENT, key_share=True)).all()


def _audited(
    this: _Act, verb: Verb, chosen: Selection, done: Sequence[tuple[str, str]], refused: Sequence[tuple[str, str]]
) -> int:
    detail: dict[str, Any] = dict(this.how.said)
    if verb in ("replay", "resend"):
        detail["mode"] = this.how.mode
    if chosen.wanted:
        detail["chosen"] = dict(chosen.wanted)
    if refused:
        detail["left"] = len(refused)
    ids = [one for one, _ in done]
    entry = audit.record(this.transaction, f"documents.{verb}", ids, who=this.who, reason=this.reason, detail=detail)
    return entry.number
