"""Which numbers documents name, by which they belong to threads: as their mappings declare, or as their bodies say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select

from gateway.ledger.thread import MOST_NUMBERS, YEAR, Kind, kind_of
from gateway.ledger.thread_mentions import MENTIONING, mentions
from gateway.store.bodies import bodies
from gateway.store.columns import indexed
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT

DECLARED: Final = ("order", "release", "invoice", "warehouse_order", "warehouse_transfer", "shipment")
"""Names under `thread:` of a mapping."""

MOST_FOUND: Final = 10_000
"""Rows of documents that are found by numbers, for all documents of one look."""

_COLUMNS = (
    *("id", "direction", "partner", "usage", "set_id", "canonical_type", "business_number", "received_at", "thread"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One document with what it names. `kinds` is empty of what either side may write. `order`: it is one. `threads`
    are those of documents that it names by other numbers than an order's.
    """

    id: str
    partner: str
    usage: str
    direction: str
    name: str
    set_id: str
    number: str
    at: datetime
    kinds: Sequence[Kind]
    orders: Sequence[str] = ()
    releases: Sequence[str] = ()
    warehouse_orders: Sequence[str] = ()
    transfers: Sequence[str] = ()
    shipments: Sequence[str] = ()
    threads: Sequence[str] = ()

    @property
    def order(self) -> bool:
        """Whether it is an order, and no answer to one."""
        return self.name == "order"

    @property
    def loose(self) -> bool:
        """Whether its thread is found by other documents only."""
        return self.name in MENTIONING or (bool(self.kinds) and not self._own(self.kinds[0]))

    def numbers(self, kind: Kind) -> Sequence[str]:
        """The numbers of its threads of this kind."""
        if self.threads and kind in (Kind.WAREHOUSE, Kind.TRANSFER):
            return ()
        other = {Kind.WAREHOUSE: self.orders, Kind.TRANSFER: self.shipments}
        return self._own(kind) or other.get(kind, ())

    def _own(self, kind: Kind) -> Sequence[str]:
        own = {Kind.WAREHOUSE: self.warehouse_orders, Kind.TRANSFER: self.transfers}
        return own.get(kind, self.orders)

    def all_numbers(self) -> Sequence[str]:
        """Every number that a thread may have which it belongs to."""
        return (*self.orders, *self.warehouse_orders, *self.transfers, *self.shipments)


def numbered(transaction: Transaction, documents: Sequence[str]) -> list[Numbered]:
    """Those of these documents that may belong to a thread, in no order."""
    among = transaction.means.database.among
    columns = [DOCUMENT.c[name] for name in _COLUMNS]
    mapped = select(*columns).where(among(DOCUMENT.c.id, documents), DOCUMENT.c.canonical_type != "")
    rows = {row.id: row for row in transaction.connection.execute(mapped)}
    named = and_(among(DOCUMENT_KEY.c.document_id, list(rows)), DOCUMENT_KEY.c.name.in_(DECLARED))
    keys: dict[str, dict[str, set[str]]] = {
        row.id: {name: {indexed(value)} for name, value in row.thread.items()} for row in rows.values()
    }
    for key in transaction.connection.execute(select(DOCUMENT_KEY).where(named)):  # the first of each is in its row
        keys[key.document_id].setdefault(key.name, set()).add(key.value)
    found = [_numbered(row, keys[row.id]) for row in rows.values()]
    return [one for one in found if one.name in MENTIONING or one.all_numbers()]


def _numbered(row: Any, keys: Mapping[str, Collection[str]]) -> Numbered:
    name = row.canonical_type.partition(".")[0]
    kind = kind_of(row.direction, name)

    def under(key: str) -> Sequence[str]:
        return tuple(sorted(keys.get(key, ())))[:MOST_NUMBERS]

    return Numbered(
        id=row.id,
        partner=row.partner,
        usage=row.usage,
        direction=row.direction,
        name=name,
        set_id=row.set_id,
        number=row.business_number,
        at=row.received_at,
        kinds=(kind,) if kind is not None else (),
        orders=under("order"),
        releases=under("release"),
        warehouse_orders=under("warehouse_order"),
        transfers=under("warehouse_transfer"),
        shipments=under("shipment") if kind is Kind.TRANSFER else (),
    )


# ---------------------------------------------------------------------------------------------- by other documents


def found_by_others(transaction: Transaction, documents: Sequence[Numbered]) -> list[Numbered]:
    """The loose ones with the threads of the documents that they name: payments and advices by the invoices, documents
    of warehouses without a number of their own by what they name besides.
    """
    about = [one.id for one in documents if one.name in MENTIONING]
    known = bodies(transaction.means.database, transaction.connection, transaction.means.blobs, about)
    asked: list[tuple[Numbered, Mapping[str, Sequence[str]]]] = []
    for one in documents:
        if one.name in MENTIONING:
            told = mentions(one.name, known.get(one.id, {}))
            orders = dict.fromkeys((*one.orders, *map(indexed, told.orders)))
            named = {"invoice": told.invoices, "shipment": told.shipments}
            asked.append((replace(one, orders=tuple(orders)[:MOST_NUMBERS]), named))
        else:
            asked.append((one, {"order": one.orders, "shipment": one.shipments}))
    values = sorted({indexed(value) for _, named in asked for numbers in named.values() for value in numbers})
    rows = _rows(transaction, values, sorted({one.partner for one, _ in asked})) if values else []
    return [replace(one, threads=_threads(one, named, rows)) for one, named in asked]


def _rows(transaction: Transaction, values: Sequence[str], partners: Sequence[str]) -> Sequence[Any]:
    of = ("id", "partner", "usage", "canonical_type", "business_number", "thread", "received_at")
    types = [DOCUMENT.c.canonical_type.startswith(name) for name in ("invoice.", "shipment.", "warehouse_")]
    key, among = DOCUMENT_KEY.c, transaction.means.database.among
    statement = (
        select(*(DOCUMENT.c[name] for name in of), key.name, key.value, THREAD.c.id.label("thread_id"), THREAD.c.kind)
        .join(DOCUMENT_KEY, key.document_id == DOCUMENT.c.id)
        .join(THREAD_DOCUMENT, THREAD_DOCUMENT.c.document_id == DOCUMENT.c.id)
        .join(THREAD, THREAD.c.id == THREAD_DOCUMENT.c.thread_id)
        .where(among(key.value, values), among(DOCUMENT.c.partner, partners), or_(*types))
        .order_by(DOCUMENT.c.id.desc())
        .limit(MOST_FOUND)
    )
    return transaction.connection.execute(statement).all()


def _threads(one: Numbered, named: Mapping[str, Sequence[str]], rows: Sequence[Any]) -> Sequence[str]:
    wanted = {(kind, indexed(value)) for kind, values in named.items() for value in values}
    kinds = (Kind.CUSTOMER, Kind.SUPPLIER) if one.name in MENTIONING else one.kinds
    found: dict[str, None] = {}
    for row in rows:
        near = abs(row.received_at - one.at) <= YEAR and (row.partner, row.usage) == (one.partner, one.usage)
        if near and row.id != one.id and row.kind in kinds and any((kind, row.value) in wanted for kind in _means(row)):
            found[row.thread_id] = None
    if one.name not in MENTIONING and len(found) != 1:  # never a guess: it stands by itself, under what it names
        return ()
    return tuple(found)


def _means(row: Any) -> Sequence[str]:
    """What the number is by which a document was found."""
    name = row.canonical_type.partition(".")[0]
    if name in ("invoice", "shipment"):
        return (name,) if indexed(row.business_number) == row.value else ()
    threaded = [key for key, value in row.thread.items() if indexed(value) == row.value]
    return (*threaded, row.name)
