"""The audit trail in the database: written in the transaction of the act it tells of, listed, and verified."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gateway.errors import UsageError
from gateway.ledger.audit import FIRST, VERBS, Broken, Entry, faults
from gateway.store.audit_tables import AUDIT, AUDIT_HEAD, AUDIT_SUBJECT
from gateway.store.columns import cleaned, indexed
from gateway.store.database import Database
from gateway.store.means import Means, Transaction

MOST = 1000
"""Entries of one answer, and of one page when all are verified."""


def record(
    transaction: Transaction,
    verb: str,
    subjects: Sequence[str],
    *,
    who: str,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Add an entry, as the last statements of the transaction that does what it tells of.

    Who adds the next one waits for this transaction to end, so nothing else may be locked after it. Raises ValueError
    for a verb that is in no table: a bug of ours.
    """
    if verb not in VERBS:
        raise ValueError(f"there is no verb {verb!r}")
    connection = transaction.connection
    number, previous = _locked_head(transaction)
    entry = Entry(
        number=number + 1,
        at=transaction.now,
        who=indexed(who),
        verb=verb,
        subjects=[cleaned(one) for one in subjects],
        reason=cleaned(reason),
        detail=json.loads(json.dumps(dict(detail or {}))),
        previous=previous,
    )
    entry = replace(entry, hash=entry.digest)
    columns = ("number", "at", "who", "verb", "subjects", "reason", "detail", "previous", "hash")
    connection.execute(insert(AUDIT), [{name: getattr(entry, name) for name in columns}])
    about = [{"subject": one, "number": entry.number} for one in sorted({indexed(one) for one in subjects})]
    if about:
        connection.execute(insert(AUDIT_SUBJECT), about)
    connection.execute(update(AUDIT_HEAD).values(number=entry.number, hash=entry.hash))
    return entry


def _locked_head(transaction: Transaction) -> tuple[int, str]:
    """Number and hash of the last entry; locked until the transaction ends."""
    begin = transaction.means.database.insert(AUDIT_HEAD).on_conflict_do_nothing()
    transaction.connection.execute(begin, [{"one": 1, "number": 0, "hash": FIRST}])
    head = transaction.connection.execute(select(AUDIT_HEAD).with_for_update(key_share=True)).one()
    return head.number, head.hash


def acted(means: Means, verb: str, subjects: Sequence[str], *, who: str, reason: str = "", **detail: Any) -> Entry:
    """Add an entry about what was done outside the database, in a transaction of its own. Raises MachineError."""
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        return record(transaction, verb, subjects, who=who, reason=reason, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What looking at every entry came to: how many there are, the hash of the last, and the first fault."""

    entries: int
    head: str
    broken: Broken | None = None


@dataclass(frozen=True, slots=True)
class AuditBook:
    """What people may ask of the trail."""

    database: Database

    def entries(
        self,
        *,
        verb: str = "",
        who: str = "",
        subject: str = "",
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Entry]:
        """The newest first, of those before the entry `before`. `verb` may be the first part of one, "documents";
        `subject` is a whole id or name. Raises UsageError for a verb that there is none of.
        """
        statement = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(min(limit, MOST))
        if verb:
            below = [one for one in VERBS if one == verb or one.startswith(f"{verb}.")]
            if not below:
                raise UsageError(f"verb {verb!r}: it is one of {', '.join(VERBS)}")
            statement = statement.where(AUDIT.c.verb.in_(below))
        if who:
            statement = statement.where(AUDIT.c.who == who)
        if since is not None:
            statement = statement.where(AUDIT.c.at >= since)
        if before is not None:
            statement = statement.where(AUDIT.c.number < before)
        if subject:
            about = select(AUDIT_SUBJECT.c.number).where(AUDIT_SUBJECT.c.subject == indexed(subject))
            statement = statement.where(AUDIT.c.number.in_(about))
        with self.database.reading() as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def entry(self, number: int) -> Entry:
        """One entry. Raises UsageError when there is none."""
        with self.database.reading() as connection:
            row = connection.execute(select(AUDIT).where(AUDIT.c.number == number)).first()
        if row is None:
            raise UsageError(f"there is no entry {number}: `gateway audit list` shows the newest")
        return _entry(row)

    def verify(self, *, head: str = "") -> Verified:
        """Look at every entry, the oldest first, up to the first that does not fit.

        `head`: the hash, or the beginning of it, of an entry that is known to have been the last at some time. It has
        to be among them: what was cut off behind it is not found otherwise by whoever rewrote the end of the trail.
        """
        with self.database.reading() as connection:
            end = connection.execute(select(AUDIT_HEAD)).first()
            last, known = None, not head
            for last, broken in _checked(connection):
                if broken is not None:
                    return Verified(entries=broken.number - 1, head=last.previous, broken=broken)
                known = known or last.hash.startswith(head.lower())
                if end is not None and last.number == end.number:
                    break  # what was added since we began is looked at the next time
            slipped = _slipped_in(connection)
        number, found = (last.number, last.hash) if last else (0, FIRST)
        return Verified(entries=number, head=found, broken=_cut_off(number, found, end, known, head) or slipped)


def _checked(connection: Connection) -> Iterator[tuple[Entry, Broken | None]]:
    """Each entry with what is wrong with it, page by page."""
    before: Entry | None = None
    while True:
        after = AUDIT.c.number > (before.number if before else -1)
        page = connection.execute(select(AUDIT).where(after).order_by(AUDIT.c.number).limit(MOST)).all()
        entries = [_entry(row) for row in page]
        if not entries:
            return
        for earlier, entry in pairwise([before, *entries]):
            assert entry is not None  # noqa: S101 - only the first may be
            yield entry, next(faults([entry], after=earlier), None)
        before = entries[-1]


def _slipped_in(connection: Connection) -> Broken | None:
    """An entry behind the end: who adds one as it is done moves the end with it."""
    last = connection.execute(select(func.max(AUDIT.c.number))).scalar()
    end = connection.execute(select(AUDIT_HEAD.c.number)).scalar()  # read later: it has moved at least as far
    if last is None or end is None or last <= end:
        return None
    return Broken(end + 1, f"entry {last} was not written by the gateway: the trail ends with entry {end}")


def _cut_off(number: int, found: str, end: Any, known: bool, head: str) -> Broken | None:
    """What is missing behind the last entry."""
    if end is not None and (end.number, end.hash) != (number, found):
        return Broken(number + 1, f"entries are missing behind entry {number}: there were {end.number}")
    if end is None and number:
        return Broken(number, "the row that says where the trail ends is not there")
    if not known:
        return Broken(number + 1, f"no entry has the hash {head}: entries were cut off behind it, or written anew")
    return None


def _entry(row: Any) -> Entry:
    return Entry(
        number=row.number,
        at=row.at,
        who=row.who,
        verb=row.verb,
        subjects=row.subjects,
        reason=row.reason,
        detail=row.detail,
        previous=row.previous,
        hash=row.hash,
    )
