"""Our 940s against the 945s that came for them: the `WarehouseOrders` port over the tables."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic_core import from_json
from sqlalchemy import func, select

from gateway.errors import MachineError
from gateway.pipeline.reconciling import Wanted
from gateway.pipeline.warehousing import Body, OrderBalance, balance
from gateway.store.blobs import FileBlobs
from gateway.store.columns import indexed
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.reports.looks import Look, steady
from gateway.store.reports.reconciliation import NO_ZONE, StoreReconciling
from gateway.store.tables import (
    CANONICAL,
    CONTENT,
    DOCUMENT,
    DOCUMENT_KEY,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
)

_ORDER: Final = "warehouse_order"
_SHIPMENT: Final = "warehouse_shipment"
_NOT_SENT: Final = ("rejected", "superseded", "combined", "held", "dead")
"""States of what counts for nothing here: it never went, or another stands for it."""

_D = DOCUMENT.c
_GROUP: Final = "OW"
"""GS01 of 940s and of nothing else: few of a day's groups are left before their documents are looked for."""

AT_ONCE: Final = 100
"""Orders that are held at a time with their bodies, and those of what was shipped for them."""

_OTHER: Final = CANONICAL.alias()
_SEEN: Final = (_D.id, _D.partner, _D.canonical_type, _D.thread, _D.business_number, _D.state)
_DATES: Final = ("do_not_ship_after", "requested_ship", "cancel_after")


@dataclass(frozen=True, slots=True)
class StoreWarehouseOrders:
    """The port. `zone` says in which time zone a partner's day is, "" where nobody knows."""

    database: Database
    blobs: FileBlobs
    zone: Callable[[str], str]

    def orders(self, wanted: Wanted, *, now: datetime) -> Sequence[OrderBalance]:
        """By partner and day."""
        found: list[OrderBalance] = []
        with steady(self.database) as connection:
            for day, look in StoreReconciling(self.database, self.zone).looks(connection, wanted):
                orders = look.rows(_orders(look))
                about = self._about(look, orders)
                latest = {(row.partner, _number(row)): row for row in orders}
                counts = [
                    (row, about[_SHIPMENT].get(key, []))
                    for key, row in latest.items()
                    if not any(one.id > row.id for one in about[_ORDER].get(key, []))  # else that of another day counts
                ]
                for first in range(0, len(counts), AT_ONCE):
                    several = counts[first : first + AT_ONCE]
                    bodies = self._bodies(look, several)
                    found += (self._balance(row, theirs, bodies, day, now) for row, theirs in several)
        return sorted(found, key=lambda one: (one.partner, one.day, one.number))

    def _about(self, look: Look, orders: Sequence[Any]) -> Mapping[str, Mapping[tuple[str, str], list[Any]]]:
        """All documents with the numbers of these orders, by type and by (partner, number)."""
        numbers = sorted({indexed(_number(row)) for row in orders})
        found: dict[str, defaultdict[tuple[str, str], list[Any]]] = {
            one: defaultdict(list) for one in (_ORDER, _SHIPMENT)
        }
        if not numbers:
            return found
        among = look.database.among
        keys = select(DOCUMENT_KEY.c.document_id).where(among(DOCUMENT_KEY.c.value, numbers)).distinct()
        # Asked for first: PostgreSQL takes numbers to be more common than they are, and would read all documents.
        ids = [row.document_id for row in look.rows(keys)]
        statement = select(*_SEEN).where(among(_D.id, ids), _D.state.not_in(_NOT_SENT), look.of_usage(_D.usage))
        for row in look.rows(statement.order_by(_D.id)):
            kind = row.canonical_type.partition(".")[0]
            if kind in found:
                found[kind][row.partner, _number(row)].append(row)
        return found

    def _balance(
        self, row: Any, shipments: Sequence[Any], bodies: Mapping[str, Body], day: date, now: datetime
    ) -> OrderBalance:
        order, ids = bodies.get(row.id, {}), [one.id for one in shipments]
        reckoned = balance(order, [bodies.get(one, {}) for one in ids])
        dates = (order.get(name) for name in _DATES)
        until = next((date.fromisoformat(one) for one in dates if one), None)
        today = now.astimezone(ZoneInfo(self.zone(row.partner) or NO_ZONE)).date()
        return OrderBalance(
            partner=row.partner,
            day=day,
            number=_number(row),
            order=row.id,
            shipments=ids,
            late=reckoned.standing == "missing" and until is not None and until < today,
            balance=reckoned,
        )

    def _bodies(self, look: Look, orders: Sequence[tuple[Any, Sequence[Any]]]) -> Mapping[str, Body]:
        """What the last generation says of these orders and of what was shipped for them, by document."""
        ids = [one.id for order, shipments in orders for one in (order, *shipments)]
        table = CANONICAL.c
        last = select(func.max(_OTHER.c.generation)).where(_OTHER.c.document_id == table.document_id).scalar_subquery()
        statement = (
            select(table.document_id, table.body.label("canonical"), CONTENT)
            .join_from(CANONICAL, CONTENT, CONTENT.c.sha256 == table.sha256, isouter=True)
            .where(look.database.among(table.document_id, ids), table.generation == last)
        )
        found: dict[str, Body] = {}
        for row in look.rows(statement):
            with contextlib.suppress(MachineError):  # a lost file: what it said is not known
                found[row.document_id] = dict(from_json(b"".join(self._chunks(row))))
        return found

    def _chunks(self, row: Any) -> Iterator[bytes]:
        if row.canonical is not None:
            yield bytes(row.canonical)
        else:
            yield from self.blobs.chunks(from_row(self.blobs, row))


def _orders(look: Look) -> Any:
    interchange, group = OUTBOUND_INTERCHANGE.c, OUTBOUND_GROUP.c
    return (
        select(*_SEEN)
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id)
        .join(DOCUMENT, _D.outbound_group_id == group.id)
        .where(*look.sealed(), group.functional_id == _GROUP, _D.set_id == "940", _D.state != "superseded")
        .order_by(_D.id)
    )


def _number(row: Any) -> str:
    return str(row.thread.get(_ORDER) or row.business_number)
