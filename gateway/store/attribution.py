"""Before a release: would the partner files in force set the same interchanges aside once more?"""

import contextlib
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import ConfigurationError
from gateway.partners.book import Quarantine, load
from gateway.pipeline.ports import Authored
from gateway.store.tables import INTERCHANGE


def still_quarantined(connection: Connection, authored: Authored | None, transmission: Any) -> str:
    """Why a release of this row would change nothing: each interchange set aside has a sender whom its channel does
    not carry, by the revision in force as by the one that judged it. "" when some of it would get through, and when
    that cannot be known.
    """
    table = INTERCHANGE
    aside = (table.c.transmission_id == transmission.id) & (table.c.state == "quarantined")
    rows = connection.execute(select(table.c.sender, table.c.partner).where(aside).order_by(table.c.ordinal)).all()
    # One that has a partner was set aside for its number, and that is for a person alone to decide.
    if authored is None or not rows or any(row.partner for row in rows):
        return ""
    with contextlib.suppress(ConfigurationError):  # files of an older version that this one would not take
        book = load(authored.partners)
        found = [book.partner_of(transmission.channel, _identity(row.sender)) for row in rows]
        reasons = [one.reason for one in found if isinstance(one, Quarantine)]
        return reasons[0] if len(reasons) == len(found) else ""
    return ""


def _identity(sender: str) -> tuple[str, str]:
    """ISA05 and ISA06 of what is stored as "ZZ/ACME"."""
    qualifier, _, name = sender.partition("/")
    return qualifier, name
