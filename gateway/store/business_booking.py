"""A person says which document a statement of a partner is about, or takes that back."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import delete, select, update

from gateway.errors import UsageError
from gateway.ledger.document import OutboundState
from gateway.store import business_words as words
from gateway.store import events
from gateway.store.beginnings import find
from gateway.store.business import settle
from gateway.store.business_matching import Matching
from gateway.store.business_tables import BUSINESS_BOOKING, BUSINESS_FACT, OPEN
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.owed import turn
from gateway.store.tables import DOCUMENT

NOTHING: Final = "nothing"
"""What a statement is booked to that is to be looked at again."""

_EVENT: Final = "document.noted"
_STANDS_IN: Final = (OutboundState.SUPERSEDED.value, OutboundState.COMBINED.value)


def book(transaction: Transaction, document_id: str, *, line: int, to: str, reason: str, who: str) -> tuple[str, ...]:
    """Book line `line` of what a document says (0: the only one that is open) to the document `to`, or to nothing: then
    it is matched as if nobody had booked it. Returns what was done in words, and the ids of both documents.

    Raises UsageError when there is no such line, and when it cannot be about that document.
    """
    turn(transaction.connection)  # what projectors set of it at the same time
    document = _document(transaction, document_id)
    wanted = "" if to == NOTHING else str(_document(transaction, to).id)
    fact = _fact(transaction, document, line)
    subject = _locked(transaction, {document.id, wanted, fact.subject_id or ""}).get(wanted)
    before = _booking(transaction, fact)
    if subject is None:
        touched = _take_back(transaction, fact, before)
    else:
        _check(fact, subject)
        _put(transaction, fact, before, subject.id, reason, who)
        touched = _matched(transaction, fact)
    settle(transaction, touched, who=who)
    about = {"line": str(fact.line), "to": subject.id if subject is not None else "", "number": fact.number}
    change = Change(
        transmission=document.transmission_id, subject=document.id, kind=_EVENT, who=who, why=reason, detail=about
    )
    events.record(transaction, [change])
    said = f"line {fact.line} of {words.called(document.set_id, document.business_number)}, {_worth(fact)}"
    told, moved = _told(transaction, said, fact, subject)
    return (told, *dict.fromkeys(filter(None, (document.id, subject.id if subject else "", *moved))))


def _document(transaction: Transaction, document_id: str) -> Any:
    found = find(transaction.connection, DOCUMENT, document_id)
    if found is None:
        raise UsageError(f"no document {document_id!r}")
    return found


def _locked(transaction: Transaction, ids: Collection[str]) -> Mapping[str, Any]:
    """All documents that may move by it, as they stand now, in the order in which everybody locks documents."""
    among = transaction.means.database.among(DOCUMENT.c.id, sorted(ids))
    statement = select(DOCUMENT).where(among).order_by(DOCUMENT.c.id).with_for_update(key_share=True)
    return {row.id: row for row in transaction.connection.execute(statement)}


def _fact(transaction: Transaction, document: Any, line: int) -> Any:
    table = BUSINESS_FACT.c
    mine = select(BUSINESS_FACT).where(table.document_id == document.id, table.line > 0).order_by(table.line)
    facts = transaction.connection.execute(mine).all()
    wanted = [one for one in facts if one.line == line] if line else [one for one in facts if one.state in OPEN]
    if len(wanted) == 1:
        return wanted[0]
    if line or not wanted:
        raise UsageError(f"{document.id} says nothing{f' in line {line}' if line else ' that waits for a person'}")
    named = ", ".join(f"{one.line} ({_worth(one)})" for one in wanted[:5])
    raise UsageError(f"{len(wanted)} lines of {document.id} wait for a person: --line is one of {named}")


def _worth(fact: Any) -> str:
    amount = "" if fact.amount is None else f"{fact.amount} {fact.currency}".rstrip()
    return " for ".join(filter(None, (amount, fact.number[:60]))) or fact.kind


def _booking(transaction: Transaction, fact: Any) -> Any:
    table = BUSINESS_BOOKING.c
    mine = (table.document_id == fact.document_id, table.line == fact.line)
    return transaction.connection.execute(select(BUSINESS_BOOKING).where(*mine)).first()


def _check(fact: Any, subject: Any) -> None:
    """A person may know what a number means, and not make a payment of one partner another's."""
    kinds = tuple(fact.claim["kinds"]) if fact.claim else ("invoice",)
    kind = subject.canonical_type.partition(".")[0]
    if fact.kind in ("answer", "advice") and not fact.claim:
        raise UsageError(f"line {fact.line} says nothing that a document could be settled by: {fact.reason}")
    if (subject.partner, subject.usage) != (fact.partner, fact.usage):
        raise UsageError(
            f"{subject.id} is of {subject.partner} ({subject.usage}), not of {fact.partner} ({fact.usage})"
        )
    if subject.id == fact.document_id or (subject.direction == fact.direction and fact.kind != "adjustment"):
        raise UsageError(f"{subject.id} went the same way: it is about what went the other way")
    if kinds and kind not in kinds:
        raise UsageError(f"{subject.id} is an {subject.set_id}: it is about an {' or '.join(kinds)}")
    if subject.state in _STANDS_IN:
        raise UsageError(f"{subject.id} is {subject.state}: book it to the document that counts instead")
    if fact.amount is not None and fact.currency and subject.currency and fact.currency != subject.currency:
        raise UsageError(f"it is told in {fact.currency[:10]}, and {subject.id} is in {subject.currency[:10]}")


def _put(transaction: Transaction, fact: Any, before: Any, subject: str, reason: str, who: str) -> None:
    was = before.was if before is not None else fact.reason if fact.state in OPEN else ""
    values = {"subject_id": subject, "kind": fact.kind, "number": fact.number, "amount": fact.amount, "was": was}
    values |= {"who": who, "why": reason, "at": transaction.now}
    table = BUSINESS_BOOKING.c
    mine = (table.document_id == fact.document_id, table.line == fact.line)
    if before is None:
        key = {"document_id": fact.document_id, "line": fact.line}
        transaction.connection.execute(BUSINESS_BOOKING.insert().values(key | values))
    else:
        transaction.connection.execute(update(BUSINESS_BOOKING).where(*mine).values(values))
    if fact.state == "closed":
        _set(transaction, fact, {"state": "unmatched"})


def _take_back(transaction: Transaction, fact: Any, before: Any) -> set[str]:
    """It stands as it was heard, and is matched again. Returns whatever it is said of by that, and was."""
    if before is None:
        raise UsageError(f"nobody has booked line {fact.line} of {fact.document_id}: there is nothing to take back")
    table = BUSINESS_BOOKING.c
    mine = (table.document_id == fact.document_id, table.line == fact.line)
    transaction.connection.execute(delete(BUSINESS_BOOKING).where(*mine))
    heard = fact.said.get("heard") or {"words": fact.words, "lines": fact.said["lines"]}
    reason = before.was or "a person took back what it was booked to"
    values = {"subject_id": None, "state": "unmatched", "reason": reason, "words": heard["words"]}
    _set(transaction, fact, values | {"said": {**fact.said, "lines": heard["lines"]}})
    return _matched(transaction, fact) | ({fact.subject_id} if fact.subject_id else set())


def _matched(transaction: Transaction, fact: Any) -> set[str]:
    said = {fact.document_id: [fact.line]}
    return Matching(transaction).match(said=said, known=(), moved=(), sent=())


def _set(transaction: Transaction, fact: Any, values: dict[str, Any]) -> None:
    table = BUSINESS_FACT.c
    mine = (table.document_id == fact.document_id, table.line == fact.line)
    transaction.connection.execute(update(BUSINESS_FACT).where(*mine).values(values))


def _told(transaction: Transaction, said: str, fact: Any, subject: Any) -> tuple[str, Collection[str]]:
    """In words what became of it, and of the document that it was about before; and the ids of those."""
    table = BUSINESS_FACT.c
    mine = (table.document_id == fact.document_id, table.line == fact.line)
    after = transaction.connection.execute(select(BUSINESS_FACT).where(*mine)).one()
    before = fact.subject_id if fact.subject_id != after.subject_id else None
    lost = f"; without it {_stands(transaction, before)}" if before else ""
    moved = tuple(filter(None, (after.subject_id, before)))
    if after.subject_id is None:
        return f"{said}, is booked to nothing: {after.reason}{lost}", moved
    how = "is booked to" if subject is not None else "is about"
    return f"{said}, {how} {_stands(transaction, after.subject_id)}{lost}", moved


def _stands(transaction: Transaction, document: str) -> str:
    about = transaction.connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == document)).one()
    left = "" if about.business_open is None else f", {about.business_open} {about.currency}".rstrip() + " open"
    name = f"{words.called(about.set_id, about.business_number)} ({about.id})"
    return f"{name}: {about.business or 'nothing else known'}{left}"
