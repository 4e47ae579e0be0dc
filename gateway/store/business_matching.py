"""Statements matched to the documents they are about, as the ledger chooses, for whole batches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, func, select, update

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.ledger.matching import WINDOW as CONTROL_WINDOW
from gateway.ledger.meant import APART, Candidate, Claim, Meant, find, normal
from gateway.pipeline.business.compare import answers_all, beside_order, offered
from gateway.pipeline.business.statement import Statement, number_of
from gateway.pipeline.business.statements import UNREADABLE
from gateway.store import business_words as words
from gateway.store.bodies import bodies
from gateway.store.business_bookings import Booked, Line, booked
from gateway.store.business_tables import BUSINESS_FACT, BUSINESS_NUMBER, STILL_OPEN
from gateway.store.columns import Amount, Json
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

_A, _O = AcknowledgementState, OutboundState
_STANDS_IN: Final = (_O.SUPERSEDED.value, _O.COMBINED.value)
_NEVER: Final = (_O.HELD.value, _O.DEAD.value)
_OPPOSITE: Final[Mapping[str, str]] = {"inbound": "outbound", "outbound": "inbound"}
_AT_ONCE: Final = 500
"""Numbers that are looked up by one statement."""

_SEEN = (
    *(
        DOCUMENT.c[name]
        for name in (
            *("id", "partner", "usage", "direction", "set_id", "canonical_type", "state", "acknowledgement", "search"),
            *("thread", "business_number", "dated", "received_at", "currency", "part", "interchange_id"),
            *("outbound_group_id", "group_control_number", "set_control_number"),
        )
    ),
    func.coalesce(
        OUTBOUND_INTERCHANGE.c.fetched_at, OUTBOUND_INTERCHANGE.c.carried_at, OUTBOUND_INTERCHANGE.c.confirmed_at
    ).label("sent_at"),
)
Key = tuple[str, str]
"""Partner and normal number."""

_SET = (
    update(BUSINESS_FACT)
    .where(BUSINESS_FACT.c.document_id == bindparam("key"), BUSINESS_FACT.c.line == bindparam("number_of_line"))
    .values(
        subject_id=bindparam("about"),
        state=bindparam("after"),
        reason=bindparam("because"),
        said=bindparam("told", type_=Json),
        words=bindparam("sentence"),
        amount=bindparam("money", type_=Amount),
    )
)


@dataclass
class Matching:
    """One round over one transaction."""

    transaction: Transaction
    _candidates: dict[tuple[str, str, str], list[tuple[Candidate, str]]] = field(default_factory=dict)
    _currencies: dict[str, str] = field(default_factory=dict)
    _directions: dict[str, str] = field(default_factory=dict)
    _grouped: dict[Key, list[Any]] = field(default_factory=dict)
    _booked: dict[Line, Booked] = field(default_factory=dict)

    def match(
        self, *, said: Mapping[str, Sequence[int]], known: Sequence[Key], moved: Sequence[str], sent: Sequence[Key]
    ) -> set[str]:
        """Match what these documents `said` in these lines, what waits for a (partner, normal number) that is `known`
        now, what is about documents that `moved` aside, and what is about those that one which is `sent` now takes the
        place of. Returns the subjects by which something changed.
        """
        rows = self._facts(said, known, [*moved, *self._replaced(sent)])
        if not rows:
            return set()
        self._look_up(rows)
        touched: set[str] = set()
        found = [(row, self._meant(row)) for row in rows]
        read = self._bodies([meant.id for row, meant in found if meant.id and meant.id != row.subject_id])
        changed = []
        for row, meant in found:
            if row.subject_id and not meant.id:
                continue  # its subject stays what it was until another can take its place
            if (meant.id or None, meant.state, meant.reason) == (row.subject_id, row.state, row.reason):
                continue
            touched |= {meant.id, row.subject_id or ""} - {""}
            changed.append(_changed(row, meant, read.get(meant.id, {}), self._directions.get(meant.id, "")))
        if changed:
            self.transaction.connection.execute(_SET, changed)
        return touched

    def _facts(self, said: Mapping[str, Sequence[int]], known: Sequence[Key], moved: Sequence[str]) -> Sequence[Any]:
        """Facts to look at, each once. What names nothing is for a person: no document that comes is meant by it."""
        table, among = BUSINESS_FACT.c, self.transaction.means.database.among
        conditions: list[ColumnElement[bool]] = []
        if said:
            lines = sorted({line for of in said.values() for line in of})
            conditions.append(among(table.document_id, sorted(said)) & among(table.line, lines))
        if moved:
            conditions.append(among(table.subject_id, moved))
        found: dict[tuple[str, int], Any] = {}
        for condition in conditions:
            for row in self.transaction.connection.execute(select(BUSINESS_FACT).where(condition)):
                found[row.document_id, row.line] = row
        for row in self._waiting(known):
            found[row.document_id, row.line] = row
        self._booked = dict(booked(self.transaction, found.values()))
        self._directions |= {one.subject: one.direction for one in self._booked.values()}
        named = [key for key in sorted(found) if found[key].claim is not None or key in self._booked]
        return [found[key] for key in named if found[key].state != "closed"]

    def _waiting(self, known: Sequence[tuple[str, str]]) -> Iterable[Any]:
        table = BUSINESS_FACT.c
        numbers = sorted({number for _, number in known})
        pairs = set(known)
        for start in range(0, len(numbers), _AT_ONCE):
            some = self.transaction.means.database.among(table.lookup, numbers[start : start + _AT_ONCE])
            partners = sorted({partner for partner, _ in known})
            statement = select(BUSINESS_FACT).where(STILL_OPEN, table.partner.in_(partners), some)
            for row in self.transaction.connection.execute(statement):
                if (row.partner, row.lookup) in pairs:
                    yield row

    def _replaced(self, sent: Sequence[Key]) -> Sequence[str]:
        """Documents under the same numbers that others took the place of."""
        if not sent:
            return ()
        connection, among = self.transaction.connection, self.transaction.means.database.among
        table, pairs = BUSINESS_NUMBER.c, set(sent)
        numbered = select(table.document_id, table.partner, table.normal).where(
            table.partner.in_(sorted({partner for partner, _ in sent})),
            among(table.normal, sorted({number for _, number in sent})),
        )
        ids = [row.document_id for row in connection.execute(numbered) if (row.partner, row.normal) in pairs]
        states = select(DOCUMENT.c.id, DOCUMENT.c.state).where(among(DOCUMENT.c.id, ids)).order_by(DOCUMENT.c.id)
        return [row.id for row in connection.execute(states) if row.state in _STANDS_IN]

    # ------------------------------------------------------------------------------------------ looked up

    def _look_up(self, rows: Sequence[Any]) -> None:
        wanted = sorted({(row.partner, row.lookup) for row in rows if row.lookup})
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            for row in self._documents(some):
                if row.direction == "inbound" and row.state == DocumentState.REJECTED:
                    continue  # its partner was told no, and sends it again
                self._currencies[row.id], self._directions[row.id] = row.currency, row.direction
                key = (row.partner, row.usage, row.normal)
                self._candidates.setdefault(key, []).append((_candidate(row), row.direction))

        groups = {
            words.by_group(row.claim["group"])
            for row in rows
            if row.claim and row.claim["group"] and row.direction == "inbound"
        }
        for one in _in_groups(self.transaction, sorted({row.partner for row in rows}), sorted(groups)):
            self._currencies[one.id] = one.currency
            self._grouped.setdefault((one.partner, words.by_group(one.group_control_number)), []).append(one)

    def _documents(self, wanted: Sequence[tuple[str, str]]) -> Sequence[Any]:
        number, document = BUSINESS_NUMBER.c, DOCUMENT.c
        database = self.transaction.means.database
        statement = (
            select(*_SEEN, number.number, number.normal)
            .join(DOCUMENT, document.id == number.document_id)
            .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == document.outbound_group_id)
            .outerjoin(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == OUTBOUND_GROUP.c.interchange_id)
            .where(
                number.partner.in_(sorted({partner for partner, _ in wanted})),
                database.among(number.normal, sorted({normal for _, normal in wanted})),
                document.state.not_in(_STANDS_IN),
            )
            .order_by(document.id)
        )
        return self.transaction.connection.execute(statement).all()

    def _meant(self, row: Any) -> Meant:
        """What a fact is about: what a person said, else a document that went the other way."""
        if (by_hand := self._booked.get((row.document_id, row.line))) is not None:
            return Meant(id=by_hand.subject, reason=by_hand.reason)
        found = self._candidates.get((row.partner, row.usage, row.lookup), [])
        ways = (_OPPOSITE[row.direction], row.direction) if row.kind == "adjustment" else (_OPPOSITE[row.direction],)
        among = [one for one, direction in found if direction in ways]  # a seller adjusts its own invoice by a note
        claim = words.claim(row.claim)
        meant = self._by_control(row, claim) or find(claim, among, row.at)
        invoiced = self._currencies.get(meant.id, "")
        if (
            meant.id
            and row.kind in ("payment", "adjustment")
            and row.currency
            and invoiced
            and row.currency != invoiced
        ):
            reason = f"{row.number[:60]} is told in {row.currency[:10]} and invoiced in {invoiced[:10]}"
            return Meant(state="unmatched", reason=reason)
        return meant

    def _by_control(self, row: Any, claim: Claim) -> Meant | None:
        """What is meant by the control numbers of group and set, None where they lead nowhere: then its number says."""
        group, number = row.claim["group"], row.claim["set_number"]
        if not group or not number or row.direction != "inbound":
            return None
        found = [
            one
            for one in self._grouped.get((row.partner, words.by_group(group)), ())
            if one.usage == row.usage
            and one.set_control_number.lstrip("0") == number.lstrip("0")
            and claim.set_id in ("", one.set_id)
            and -APART <= row.at - one.received_at <= CONTROL_WINDOW
        ]
        same = [one for one in found if normal(claim.number) in ("", normal(words.subject_number(one)))]
        chosen = same or found
        if not chosen:
            return None
        if len(chosen) > 1 or not same:
            named = ", ".join(one.id for one in chosen[:3])
            why = "which are several" if len(chosen) > 1 else f"which is another than {claim.number[:60]}"
            return Meant(state="ambiguous", reason=f"group {group[:20]}, set {number[:20]} is {named}, {why}")
        return Meant(id=chosen[0].id)

    def _bodies(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        if not ids:
            return {}
        means = self.transaction.means
        return bodies(means.database, self.transaction.connection, means.blobs, sorted(set(ids)))


def _in_groups(transaction: Transaction, partners: Sequence[str], groups: Sequence[str]) -> Sequence[Any]:
    """Documents of ours in groups of these numbers ("GS06 12")."""
    numbers = [int(text) for one in groups if (text := one.removeprefix("GS06 ")).isdigit() and len(text) <= 9]
    if not numbers:
        return ()
    connection, among = transaction.connection, transaction.means.database.among
    groups_of = select(OUTBOUND_GROUP.c.id).where(among(OUTBOUND_GROUP.c.control_number, numbers))
    statement = (
        select(*_SEEN)
        .join(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .join(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == OUTBOUND_GROUP.c.interchange_id)
        .where(among(DOCUMENT.c.outbound_group_id, connection.execute(groups_of).scalars().all()))
        .order_by(DOCUMENT.c.id)
    )
    # Few documents are in groups of a number, and all of a partner's would be looked at if the database were asked.
    found = connection.execute(statement).all()
    return [row for row in found if row.partner in partners and row.state not in _STANDS_IN]


def in_group(transaction: Transaction, row: Any, group: str) -> Sequence[Any]:
    """Documents of ours in the groups of this number that the partner of a document, `row`, may speak of."""
    return [
        document
        for document in _in_groups(transaction, [row.partner], [words.by_group(group)])
        if document.usage == row.usage and -APART <= row.received_at - document.received_at <= CONTROL_WINDOW
    ]


def of_group(known: Sequence[Any], one: Statement) -> Sequence[Statement]:
    """What is said of a whole group, said of each of its documents; as it is where no one group can be meant."""
    groups = {document.outbound_group_id for document in known}
    if one.claim is None or len(groups) != 1:
        many = f"can be any of {len(groups)} that we sent" if groups else "is none that we sent"
        return [replace(one, claim=None, reason=one.reason or f"group {one.group[:20]} {many}")]
    return [replace(one, set_number=document.set_control_number) for document in known]


def _candidate(row: Any) -> Candidate:
    outbound = row.direction == "outbound"
    said = _A(row.acknowledgement) if outbound else _A.NONE
    there = True
    if outbound:  # what it answered it has, whatever we know of the pickup
        there = row.sent_at is not None or said not in (_A.NONE, _A.AWAITED, _A.OVERDUE, _A.ASSUMED, _A.WAIVED)
    return Candidate(
        id=row.id,
        kind=row.canonical_type.partition(".")[0],
        set_id=row.set_id,
        number=row.number,
        release=number_of(row.thread, "release"),
        change=number_of(row.search, "change_number"),
        dated=row.dated,
        at=row.received_at,
        there=there,
        refused=said is _A.REJECTED or row.state in _NEVER,
        family=f"{row.interchange_id}/{row.group_control_number}/{row.set_control_number}" if row.part else "",
        part=int(row.part["number"]) if row.part else 0,
    )


def _changed(row: Any, meant: Meant, body: Mapping[str, Any], direction: str) -> dict[str, Any]:
    heard = row.said.get("heard") or {"words": row.words, "lines": row.said["lines"]}  # before it was held beside any
    told, sentence = {**row.said, "lines": heard["lines"], "heard": heard}, heard["words"]
    if meant.id:
        told, sentence = _beside(row, told, body, direction)
        if meant.otherwise:
            told["otherwise"] = True
    return {
        "key": row.document_id,
        "number_of_line": row.line,
        "about": meant.id or None,
        "after": meant.state,
        "because": meant.reason,
        "told": told,
        "sentence": sentence,
        "money": row.amount,
    }


def _beside(row: Any, told: dict[str, Any], body: Mapping[str, Any], direction: str) -> tuple[dict[str, Any], str]:
    """What was said, held beside what it is about; alone where that cannot be understood."""
    try:
        return _held_beside(row, told, body, direction)
    except UNREADABLE:
        return told, told["heard"]["words"]


def _held_beside(row: Any, told: dict[str, Any], body: Mapping[str, Any], direction: str) -> tuple[dict[str, Any], str]:
    heard = told["heard"]["words"]
    if row.kind == "answer" and told["lines"]:
        lines = [dict(one) for one in beside_order(told["lines"], body)] if body.get("lines") else told["lines"]
        told = {**told, "whole": answers_all(told["lines"], body)}
        outcomes = {one.get("outcome", "") for one in lines}
        if told["state"] == BusinessState.CHANGED and outcomes == {BusinessState.CONFIRMED}:
            lines = [*lines, {"line": "*", "outcome": BusinessState.CHANGED.value}]  # it says so, and not what
        differing = words.by_line(lines)
        return {**told, "lines": lines}, f"{heard}; {differing}" if differing else heard
    if row.kind == "adjustment":
        told["turned"] = direction == row.direction
        told["credit"] = _is_credit(body)
    if row.kind == "payment":
        told["offered"] = format(offered(body, row.dated), "f")
        told["credit"] = _is_credit(body)
    return told, heard


def _is_credit(body: Mapping[str, Any]) -> bool:
    return body.get("type") in ("credit_memo", "credit_invoice")
