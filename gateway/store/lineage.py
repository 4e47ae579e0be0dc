"""What belongs together: files, the documents in them, what they went out in, and what was answered, both ways.

A family is closed: nothing of it refers to a row outside, so it is archived and purged as one. An invoice and the 997
that accepted it are of one family; so is all else that 997 answered.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, or_, select

from gateway.store.business_tables import BUSINESS_FACT
from gateway.store.database import Database
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    AS2_MESSAGE,
    AS2_PART,
    AS2_RECEIPT,
    AS2_SENT,
    CARRYING,
    CONTENT,
    DOCUMENT,
    INTERCHANGE,
    INTERCHANGE_KEY,
    MAILBOX_ENTRY,
    METADATA,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    OUTBOUND_PART,
    RECEIVED_ACKNOWLEDGEMENT,
    TRANSMISSION,
)

MOST = 5_000
"""Files and interchanges looked at for one page; what is entangled with more is left for a person."""

Node = tuple[str, str]
"""("T", transmission), ("O", interchange of ours) or ("M", AS2 message)."""


@dataclass(slots=True)
class Family:
    """Ids of what belongs together. `whole` is False where there was more than could be looked at."""

    transmissions: list[str] = field(default_factory=list)
    interchanges: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    whole: bool = True


def families(database: Database, connection: Connection, roots: Sequence[str]) -> list[Family]:
    """The families of these transmissions, in the order of their first."""
    kin = _Kin(database, connection)
    kin.look(roots)
    return kin.families()


class _Kin:
    """Union-find over nodes, widened until nothing new comes."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database, self._connection = database, connection
        self._parents: dict[Node, Node] = {}
        self._unseen: set[Node] = set()

    def look(self, roots: Sequence[str]) -> None:
        fresh = {("T", one) for one in roots}
        self._parents = {node: node for node in sorted(fresh)}
        while fresh and len(self._parents) <= MOST:
            known = set(self._parents)
            for one, other in self._pairs(fresh):
                self._join(one, other)
            fresh = set(self._parents) - known
        self._unseen = fresh

    def families(self) -> list[Family]:
        found: dict[Node, Family] = {}
        for node in self._parents:
            family = found.setdefault(self._root(node), Family())
            kind, id_ = node
            {"T": family.transmissions, "O": family.interchanges, "M": family.messages}[kind].append(id_)
            family.whole = family.whole and node not in self._unseen
        return list(found.values())

    def _join(self, one: Node, other: Node) -> None:
        for node in (one, other):
            self._parents.setdefault(node, node)
        self._parents[self._root(other)] = self._root(one)

    def _root(self, node: Node) -> Node:
        while self._parents[node] != node:
            self._parents[node] = self._parents[self._parents[node]]
            node = self._parents[node]
        return node

    def _pairs(self, fresh: Collection[Node]) -> Iterator[tuple[Node, Node]]:
        ids = {kind: sorted(id_ for of, id_ in fresh if of == kind) for kind in ("T", "O", "M")}
        for kinds, statement in (
            *_of_transmissions(self._database, ids["T"]),
            *_of_interchanges(self._database, ids["O"]),
            *_of_messages(self._database, ids["M"]),
        ):
            of, to = kinds[0], kinds[1]
            pairs: Sequence[Any] = self._connection.execute(statement).all()
            yield from (((of, one), (to, other)) for one, other in pairs if one is not None and other is not None)


Statements = Iterator[tuple[str, Select[Any]]]
_SAID, _GROUP, _PART = RECEIVED_ACKNOWLEDGEMENT, OUTBOUND_GROUP, OUTBOUND_PART
_OTHER_PART, _OTHER = OUTBOUND_PART.alias(), DOCUMENT.alias()


def _of_transmissions(database: Database, ids: Sequence[str]) -> Statements:
    if not ids:
        return
    mine = database.among(DOCUMENT.c.transmission_id, ids)
    grouped = select(DOCUMENT.c.transmission_id, _GROUP.c.interchange_id)
    yield "TO", grouped.join(_GROUP, _GROUP.c.id == DOCUMENT.c.outbound_group_id).where(mine)
    parts = select(DOCUMENT.c.transmission_id, _OTHER.c.transmission_id).join(
        _PART, _PART.c.document_id == DOCUMENT.c.id
    )
    parts = parts.join(_OTHER_PART, _OTHER_PART.c.part_group == _PART.c.part_group)
    yield "TT", parts.join(_OTHER, _OTHER.c.id == _OTHER_PART.c.document_id).where(mine)
    answered = select(DOCUMENT.c.transmission_id, _SAID.c.transmission_id)
    yield "TT", answered.join(_SAID, _SAID.c.outbound_document_id == DOCUMENT.c.id).where(mine)
    answers = database.among(_SAID.c.transmission_id, ids)
    yield "TO", select(_SAID.c.transmission_id, _SAID.c.outbound_interchange_id).where(answers)
    of_group = select(_SAID.c.transmission_id, _GROUP.c.interchange_id)
    yield "TO", of_group.join(_GROUP, _GROUP.c.id == _SAID.c.outbound_group_id).where(answers)
    of_set = select(_SAID.c.transmission_id, DOCUMENT.c.transmission_id)
    yield "TT", of_set.join(DOCUMENT, DOCUMENT.c.id == _SAID.c.outbound_document_id).where(answers)
    carried = database.among(AS2_PART.c.transmission_id, ids)
    yield "TM", select(AS2_PART.c.transmission_id, AS2_PART.c.as2_message_id).where(carried)


def _of_interchanges(database: Database, ids: Sequence[str]) -> Statements:
    if not ids:
        return
    mine = database.among(_GROUP.c.interchange_id, ids)
    sets = select(_GROUP.c.interchange_id, DOCUMENT.c.transmission_id)
    yield "OT", sets.join(DOCUMENT, DOCUMENT.c.outbound_group_id == _GROUP.c.id).where(mine)
    of_group = select(_GROUP.c.interchange_id, _SAID.c.transmission_id)
    yield "OT", of_group.join(_SAID, _SAID.c.outbound_group_id == _GROUP.c.id).where(mine)
    answered = database.among(_SAID.c.outbound_interchange_id, ids)
    yield "OT", select(_SAID.c.outbound_interchange_id, _SAID.c.transmission_id).where(answered)


def _of_messages(database: Database, ids: Sequence[str]) -> Statements:
    if ids:
        mine = database.among(AS2_PART.c.as2_message_id, ids)
        yield "MT", select(AS2_PART.c.as2_message_id, AS2_PART.c.transmission_id).where(mine)


# ---------------------------------------------------------------------------------------------- its rows


@dataclass(frozen=True, slots=True)
class Belongings:
    """The rows of some families. `ids` has, per table that has an id, those that are theirs."""

    ids: dict[Table, list[str]]
    conditions: Sequence[tuple[Table, ColumnElement[bool]]]
    """What is theirs in each table, those that refer to others first: the order in which rows may be deleted."""


def belongings(database: Database, connection: Connection, owners: Sequence[Family]) -> Belongings:
    """Every row that belongs to these families, also in tables that this module does not know, by their references."""
    ids: dict[Table, list[str]] = {
        TRANSMISSION: [one for family in owners for one in family.transmissions],
        OUTBOUND_INTERCHANGE: [one for family in owners for one in family.interchanges],
        AS2_MESSAGE: [one for family in owners for one in family.messages],
    }

    def found(table: Table, column: str, of: Table) -> list[str]:
        among = database.among(table.c[column], ids[of])
        return list(connection.execute(select(table.c.id).where(among).order_by(table.c.id)).scalars())

    ids[DOCUMENT] = found(DOCUMENT, "transmission_id", TRANSMISSION)
    ids[INTERCHANGE] = found(INTERCHANGE, "transmission_id", TRANSMISSION)
    ids[ACKNOWLEDGEMENT] = found(ACKNOWLEDGEMENT, "transmission_id", TRANSMISSION)
    ids[OUTBOUND_GROUP] = found(OUTBOUND_GROUP, "interchange_id", OUTBOUND_INTERCHANGE)
    subjects = [*ids[ACKNOWLEDGEMENT], *ids[OUTBOUND_INTERCHANGE]]
    carried = select(CARRYING.c.id, CARRYING.c.message_id).where(database.among(CARRYING.c.subject, subjects))
    carryings = connection.execute(carried).all()
    ids[CARRYING] = [row.id for row in carryings]
    loose = _loose(database, ids, [row.message_id for row in carryings])
    conditions = [(table, _theirs(database, table, ids, loose)) for table in reversed(METADATA.sorted_tables)]
    return Belongings(ids=ids, conditions=[(table, one) for table, one in conditions if one is not None])


def _loose(database: Database, ids: dict[Table, list[str]], sent: list[str]) -> dict[Table, ColumnElement[bool]]:
    """What belongs to them without a reference that the database holds to."""
    entry = MAILBOX_ENTRY.c
    return {
        INTERCHANGE_KEY: database.among(INTERCHANGE_KEY.c.transmission_id, ids[TRANSMISSION]),
        AS2_SENT: database.among(AS2_SENT.c.carried_id, sent),
        # What was said of a document is kept as long as that; of what fits nothing nobody else keeps it.
        BUSINESS_FACT: database.among(BUSINESS_FACT.c.document_id, ids[DOCUMENT])
        & BUSINESS_FACT.c.subject_id.is_(None),
        AS2_RECEIPT: database.among(AS2_RECEIPT.c.subject, ids[CARRYING]),
        MAILBOX_ENTRY: or_(
            database.among(entry.acknowledgement_id, ids[ACKNOWLEDGEMENT]),
            database.among(entry.outbound_interchange_id, ids[OUTBOUND_INTERCHANGE]),
            database.among(entry.transmission_id, ids[TRANSMISSION]),
        ),
    }


def _theirs(
    database: Database, table: Table, ids: dict[Table, list[str]], loose: dict[Table, ColumnElement[bool]]
) -> ColumnElement[bool] | None:
    if table in ids:
        return database.among(table.c.id, ids[table]) if ids[table] else None
    found = [loose[table]] if table in loose else []
    for key in table.foreign_keys:
        owner = key.column.table
        if ids.get(owner):
            found.append(database.among(key.parent, ids[owner]))
    return or_(false(), *found) if found else None


def content_columns(table: Table) -> list[Any]:
    """The columns of a table that name content."""
    return [key.parent for key in table.foreign_keys if key.column.table is CONTENT]


def unreferred(sha256s: Sequence[str], database: Database) -> ColumnElement[bool]:
    """Of these contents those that no row of any table refers to."""
    referring = [column for table in METADATA.sorted_tables for column in content_columns(table)]
    none = [~select(column).where(column == CONTENT.c.sha256).correlate(CONTENT).exists() for column in referring]
    return database.among(CONTENT.c.sha256, list(sha256s)) & and_(*none)
