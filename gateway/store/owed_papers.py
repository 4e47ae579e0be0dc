"""The documents of orders, as far as what is owed hangs on them: asked for whole batches, never one by one."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from gateway.canonical.bindings import Bindings, bindings
from gateway.errors import MachineError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.ledger.owed import Paper
from gateway.ledger.promises import ORDERS, SETS
from gateway.store.columns import indexed
from gateway.store.contents import from_row
from gateway.store.means import Means
from gateway.store.tables import (
    CANONICAL,
    CONTENT,
    DOCUMENT,
    DOCUMENT_KEY,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
)

MOST: Final = 2_000
"""Documents looked at under one number, the newest: more is no order, but somebody who writes the same everywhere."""

WAREHOUSE: Final = "945"
_ORDER: Final = ("order", "po_number")
_RELEASE: Final = ("release",)
_SHIPMENT: Final = ("shipment", "shipment_number")
_A, _O = AcknowledgementState, OutboundState
_REFUSED: Final = (_A.REJECTED, _A.PARTIALLY_ACCEPTED)
_TAKEN: Final = (_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS)
_WAYS: Final = (_O.COLLECTED, _O.TRANSLATED, _O.SEALED)
_COLUMNS: Final = (
    *("id", "partner", "usage", "set_id", "direction", "state", "agreement", "business_number", "canonical_type"),
    *("thread", "received_at", "acknowledgement", "acknowledged_at"),
)


class Order(NamedTuple):
    """Documents with the same of these are about the same order number."""

    partner: str
    usage: str
    number: str


@dataclass(frozen=True, slots=True)
class Papers:
    """Asks the tables inside one transaction."""

    means: Means
    connection: Connection

    def of(self, numbers: Collection[str], partners: Sequence[str]) -> dict[Order, list[Paper]]:
        """All documents of the orders of these partners under these numbers, where an order is among them."""
        rows = self._under(numbers)
        keys = self._keys([row.id for row in rows])
        found: dict[Order, dict[str, Any]] = defaultdict(dict)
        for row in rows:
            for number in keys[row.id].get("order", set()).intersection(numbers):
                found[Order(row.partner, row.usage, number)][row.id] = row
        with_orders = {
            order: members
            for order, members in found.items()
            if order.partner in partners and any(one.set_id in ORDERS for one in members.values())
        }
        _with_warehouses(with_orders, found)
        wanted = {id_: row for members in with_orders.values() for id_, row in members.items()}
        said = self._said(list(wanted.values()))
        papers = {id_: _paper(row, keys[id_], said.get(id_, Bindings())) for id_, row in wanted.items()}
        return {order: [papers[one] for one in members] for order, members in with_orders.items()}

    def numbers(self, documents: Sequence[str], partners: Sequence[str]) -> set[str]:
        """Order numbers that documents name, of those that matter here."""
        among, table = self.means.database.among, DOCUMENT
        mine = table.c.partner.in_(partners) | (table.c.set_id == WAREHOUSE)
        statement = select(table.c.id).where(among(table.c.id, documents), table.c.set_id.in_(sorted(SETS)), mine)
        ids = list(self.connection.execute(statement).scalars())
        return {number for keys in self._keys(ids).values() for number in keys.get("order", ())}

    # ------------------------------------------------------------------------------------------ asked

    def _keys(self, documents: Sequence[str]) -> Mapping[str, dict[str, set[str]]]:
        """What documents name: order, release and shipment numbers, by document."""
        found: defaultdict[str, dict[str, set[str]]] = defaultdict(dict)
        if not documents:
            return found
        among, table = self.means.database.among, DOCUMENT_KEY
        kinds = {name: kind[0] for kind in (_ORDER, _RELEASE, _SHIPMENT) for name in kind}
        named = select(table).where(among(table.c.document_id, documents), table.c.name.in_(sorted(kinds)))
        for row in self.connection.execute(named):
            found[row.document_id].setdefault(kinds[row.name], set()).add(row.value)
        threads = select(DOCUMENT.c.id, DOCUMENT.c.thread).where(among(DOCUMENT.c.id, documents))
        for row in self.connection.execute(threads):
            for name in ("order", "release", "shipment"):
                if value := row.thread.get(name):
                    found[row.id].setdefault(name, set()).add(indexed(value))
        return found

    def _under(self, numbers: Collection[str]) -> Sequence[Any]:
        among, key = self.means.database.among, DOCUMENT_KEY
        place = func.row_number().over(partition_by=key.c.value, order_by=key.c.document_id.desc()).label("place")
        named = select(key.c.document_id, place).where(among(key.c.value, sorted(numbers)), key.c.name.in_(_ORDER))
        newest = named.subquery()
        ids = select(newest.c.document_id).where(newest.c.place <= MOST)
        sending = OUTBOUND_INTERCHANGE
        statement = (
            select(
                *(DOCUMENT.c[name] for name in _COLUMNS),
                func.coalesce(sending.c.fetched_at, sending.c.carried_at, sending.c.confirmed_at).label("taken_at"),
            )
            .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
            .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
            .where(DOCUMENT.c.id.in_(ids), DOCUMENT.c.set_id.in_(sorted(SETS)))
            .order_by(DOCUMENT.c.id)
        )
        return self.connection.execute(statement).all()

    def _said(self, rows: Sequence[Any]) -> dict[str, Bindings]:
        """What documents say themselves, by the newest of their bodies; a lost file says nothing."""
        types = {row.id: row.canonical_type for row in rows}
        if not types:
            return {}
        statement = (
            select(CANONICAL.c.document_id, CANONICAL.c.body.label("canonical"), CONTENT)
            .outerjoin(CONTENT, CONTENT.c.sha256 == CANONICAL.c.sha256)
            .where(self.means.database.among(CANONICAL.c.document_id, list(types)))
            .order_by(CANONICAL.c.document_id, CANONICAL.c.generation)
        )
        newest = {row.document_id: row for row in self.connection.execute(statement)}
        return {id_: bindings(types[id_], self._body(row)) for id_, row in newest.items()}

    def _body(self, row: Any) -> Mapping[str, Any]:
        try:
            data = bytes(row.canonical) if row.canonical is not None else self._stored(row)
        except MachineError:
            return {}
        body = json.loads(data)
        return body if isinstance(body, dict) else {}

    def _stored(self, row: Any) -> bytes:
        return b"".join(self.means.blobs.chunks(from_row(self.means.blobs, row)))


def _with_warehouses(orders: dict[Order, dict[str, Any]], found: Mapping[Order, dict[str, Any]]) -> None:
    """A warehouse tells of a shipment under the partner's order number: of that partner's, if only one has ordered
    under it. Nobody guesses between two.
    """
    owners: defaultdict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in orders:
        owners[order.usage, order.number].append(order)
    for order, members in found.items():
        whose = owners.get((order.usage, order.number), [])
        if order in orders or len(whose) != 1:
            continue
        orders[whose[0]] |= {id_: row for id_, row in members.items() if row.set_id == WAREHOUSE}


def _paper(row: Any, keys: Mapping[str, set[str]], said: Bindings) -> Paper:
    outbound = row.direction == "outbound"
    return Paper(
        id=row.id,
        set_id=row.set_id,
        ours=outbound or row.set_id == WAREHOUSE,
        came_at=row.received_at,
        counts_at=_gone(row) if outbound else _accepted(row),
        on_its_way=outbound and row.state in _WAYS and _gone(row) is None and row.acknowledgement not in _REFUSED,
        refused=row.acknowledgement in _REFUSED and row.state != _O.SUPERSEDED if outbound else not _accepted(row),
        agreement=row.agreement,
        number=_number(row, keys),
        releases=frozenset(keys.get("release", ())),
        purpose=said.purpose,
        declines=said.declines,
        dates=said.dates,
        lines=said.lines,
        shipments=frozenset(keys.get("shipment", ())),
    )


def _number(row: Any, keys: Mapping[str, set[str]]) -> str:
    """Its own number; a warehouse's notice is known by its shipment."""
    return min(keys.get("shipment", ()), default="") if row.set_id == WAREHOUSE else row.business_number


def _gone(row: Any) -> Any:
    """When the partner had a document of ours, None when it has not, or has refused it."""
    if row.acknowledgement in _REFUSED or row.state == _O.COMBINED:
        return None
    if row.taken_at is not None:
        return row.taken_at
    return row.acknowledged_at if row.acknowledgement in _TAKEN else None


def _accepted(row: Any) -> Any:
    return None if row.state == DocumentState.REJECTED else row.received_at
