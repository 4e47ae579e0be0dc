"""Files that no partner's day has: nobody has opened them, or nothing came of them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from gateway.pipeline.reconciling import Files
from gateway.store.identifiers import lowest
from gateway.store.tables import DOCUMENT, INTERCHANGE, TRANSMISSION

NAMED: Final = 100
"""Files named of each kind."""


def files(connection: Connection, start: datetime, end: datetime) -> Files:
    """Those that came from `start` to before `end`. Ids are by time, so that only those of these days are read."""
    table = TRANSMISSION.c
    first, after = lowest(start), lowest(end)
    here = [table.id >= first, table.id < after]

    def ids(*where: Any) -> tuple[str, ...]:
        return tuple(connection.execute(select(table.id).where(*where).order_by(table.id).limit(NAMED)).scalars())

    states = set(connection.execute(select(table.state).where(*here).distinct()).scalars())
    # Said of both, so that PostgreSQL goes through two parts of indexes at once, and looks nothing up one by one.
    opened, taken = (
        select(of).where(of == table.id, of >= first, of < after).exists()
        for of in (INTERCHANGE.c.transmission_id, DOCUMENT.c.transmission_id)
    )
    found = {state: ids(*here, table.state == state) for state in ("received", "dead", "refused") if state in states}
    return Files(
        unopened=found.get("received", ()),
        dead=found.get("dead", ()),
        refused=found.get("refused", ()),
        lost=ids(*here, table.state == "processed", ~opened, ~taken) if "processed" in states else (),
    )
