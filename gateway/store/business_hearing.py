"""What sets say of documents is heard: kept as it was said, one row for each statement, by the set and the line.

A remittance may name thousands of invoices. It is heard in parts, each in a transaction of its own, so that nobody who
waits to write waits long; whoever dies between two goes on with what is not there yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from gateway.ledger import acks
from gateway.ledger.document import DocumentState
from gateway.pipeline.business.statement import Statement
from gateway.pipeline.business.statements import statements
from gateway.store import business_words as words
from gateway.store.bodies import bodies
from gateway.store.business_matching import in_group, of_group
from gateway.store.business_tables import BUSINESS_FACT
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import CANONICAL

MOST_STATEMENTS: Final = 20_000
"""Of one set. The largest remittances of retailers name some thousand invoices."""

MOST_OF_GROUPS: Final = 5_000
"""Documents of which a set speaks by their groups, counted each time: they are heard together, in one transaction."""

AT_ONCE: Final = 400
"""Statements of one transaction; up to twice as many where they are about the same number."""

_READ: Final = 20
"""Bodies that are read at once."""

_PART: Final = timedelta(microseconds=1)
"""So much earlier than the body was made is what a part is marked with that is not the last: the set is heard when a
row is marked with the time itself.
"""

Line = tuple[int, Statement]
"""A statement with its place among all of its set."""

_INSERT = ManyRows(lambda insert: insert(BUSINESS_FACT).on_conflict_do_nothing())
"""What a person closed stays closed when it is heard again."""


@dataclass
class Heard:
    """What was heard in one transaction. `touched`: subjects of what was said before and is not said any more. `said`:
    documents that say something new, with its lines. `whole`: those of them that have said everything now. `more`:
    whether there is more to hear than was.
    """

    touched: set[str] = field(default_factory=set)
    said: dict[str, Sequence[int]] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    more: bool = False


def hear(transaction: Transaction, speaking: Sequence[Any]) -> Heard:
    """Keep what these documents say as it stands in their newest bodies, or as much of it as one transaction takes."""
    if not speaking:
        return Heard()
    made_at, heard_of = _made(transaction, [row.id for row in speaking]), _heard(transaction, speaking)
    valid = {row.id for row in speaking if _speaks(row) and row.id in made_at}
    like = {id_ for id_ in valid & heard_of.keys() if heard_of[id_] & {made_at[id_], made_at[id_] - _PART}}
    heard = Heard(touched=_forget(transaction, sorted(heard_of.keys() - like)))
    fresh = [row for row in speaking if row.id in valid and made_at[row.id] not in heard_of.get(row.id, ())]
    for start in range(0, len(fresh), _READ):
        some = fresh[start : start + _READ]
        means = transaction.means
        read = bodies(means.database, transaction.connection, means.blobs, [row.id for row in some])
        for row in some:
            if sum(map(len, heard.said.values())) >= AT_ONCE:
                heard.more = True
                return heard
            said = _said(transaction, row, read.get(row.id, {}))
            there = _lines(transaction, row.id) if row.id in heard_of else frozenset[int]()
            left = [(line, one) for line, one in enumerate(said, start=1) if line not in there]
            part = _part(left)
            last = len(part) == len(left)
            _INSERT.run(transaction.connection, _facts(row, part, made_at[row.id] - (timedelta() if last else _PART)))
            if last and row.id in heard_of:
                _mark(transaction, row.id, made_at[row.id])
            if part:
                heard.said[row.id] = [line for line, _ in part]
            heard.whole += [row.id] if last else []
            heard.more = heard.more or not last
    return heard


def _made(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, datetime]:
    """When their newest bodies were made."""
    table = CANONICAL.c
    among = transaction.means.database.among(table.document_id, ids)
    made = select(table.document_id, func.max(table.made_at).label("made_at")).where(among).group_by(table.document_id)
    return {row.document_id: row.made_at for row in transaction.connection.execute(made)}


def _heard(transaction: Transaction, speaking: Sequence[Any]) -> Mapping[str, set[datetime]]:
    """What the rows of these documents are marked with."""
    table = BUSINESS_FACT.c
    among = transaction.means.database.among(table.document_id, [row.id for row in speaking])
    marks = select(table.document_id, table.heard_of).where(among, table.kind != "closed").distinct()
    found: dict[str, set[datetime]] = {}
    for row in transaction.connection.execute(marks):
        found.setdefault(row.document_id, set()).add(row.heard_of)
    return found


def _lines(transaction: Transaction, document: str) -> frozenset[int]:
    """What is kept of it: heard in part before, or closed by a person and never heard again."""
    table = BUSINESS_FACT.c
    kept = select(table.line).where(table.document_id == document, table.kind != "closed")
    return frozenset(transaction.connection.execute(kept).scalars())


def _speaks(row: Any) -> bool:
    """Whether what a document says counts: of ours once the partner has it and can use it, of theirs unless refused."""
    if row.direction == "inbound":
        return bool(row.state != DocumentState.REJECTED)
    return row.sent_at is not None and row.acknowledgement != acks.AcknowledgementState.REJECTED


def _forget(transaction: Transaction, documents: Sequence[str]) -> set[str]:
    if not documents:
        return set()
    mine = transaction.means.database.among(BUSINESS_FACT.c.document_id, documents)
    table = BUSINESS_FACT.c
    about = select(table.subject_id).where(mine, table.subject_id.is_not(None), table.kind != "closed").distinct()
    touched = set(transaction.connection.execute(about).scalars())
    transaction.connection.execute(delete(BUSINESS_FACT).where(mine, table.state != "closed", table.kind != "closed"))
    return touched


def _said(transaction: Transaction, row: Any, body: Mapping[str, Any]) -> Sequence[Statement]:
    said = words.first(statements(row.canonical_type, row.set_id, body), MOST_STATEMENTS)
    return list(_each(transaction, row, said)) or [words.nothing()]


def _each(transaction: Transaction, row: Any, said: Sequence[Statement]) -> Iterator[Statement]:
    """What is said of a group, of each document in it: as far as anybody looks."""
    known, left = cache(partial(in_group, transaction, row)), MOST_OF_GROUPS
    for place, told in enumerate(said):
        if not told.of_group:
            yield told
        elif left > 0:
            each = of_group(known(told.group), told)
            yield from each[:left]
            left -= len(each)
            if left < 0 or (left == 0 and any(one.of_group for one in said[place + 1 :])):
                reason = f"it speaks of groups with more than {MOST_OF_GROUPS:,} documents: of the others nobody looked"
                yield Statement(kind="advice", claim=None, reason=reason)


def _part(left: Sequence[Line]) -> Sequence[Line]:
    """What is kept next. All about one number at once, as far as that goes: where that stands is told once."""
    # What is said of a group counts other lines when that has more documents than before: all of it at once.
    if len(left) <= AT_ONCE or any(one.of_group for _, one in left):
        return left
    ordered = sorted(((words.lookup(one), line, one) for line, one in left), key=lambda found: found[:2])
    end = AT_ONCE
    while end < min(len(left), 2 * AT_ONCE) and ordered[end][0] == ordered[end - 1][0]:
        end += 1
    return [(line, one) for _, line, one in ordered[:end]]


def _facts(row: Any, said: Sequence[Line], heard_of: datetime) -> Sequence[dict[str, Any]]:
    by = words.called(row.set_id or row.canonical_type, row.business_number)
    about = {"document_id": row.id, "subject_id": None, "partner": row.partner, "usage": row.usage}
    about |= {"direction": row.direction, "set_id": row.set_id, "by": by, "at": row.sent_at or row.received_at}
    return [about | {"line": line, "heard_of": heard_of} | _told(one) for line, one in said]


def _mark(transaction: Transaction, document: str, heard_of: datetime) -> None:
    """It is heard, even if each line that was to be kept now was closed before."""
    first = (BUSINESS_FACT.c.document_id == document, BUSINESS_FACT.c.line == 1)
    transaction.connection.execute(update(BUSINESS_FACT).where(*first).values(heard_of=heard_of))


def _told(one: Statement) -> dict[str, Any]:
    number = one.claim.number if one.claim is not None else one.detail.get("number", "")
    return {
        "state": "unmatched",
        "reason": one.reason,
        "kind": one.kind,
        "number": number,
        "lookup": words.lookup(one),
        "amount": one.amount,
        "currency": one.currency,
        "dated": one.dated,
        "words": one.words,
        "claim": words.claim_as_json(one),
        "said": words.said_as_json(one),
    }
