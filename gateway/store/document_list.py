"""Which documents a list has: what people narrow it by, in a way that the first page is quick among millions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, TextClause, select, text

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OutboundState
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY

Conditions = Sequence[ColumnElement[bool] | TextClause]
_WRITTEN_OUT: Final[Mapping[str, str]] = {"business": "document.business <> ''", "owner": "document.owner <> ''"}
"""What a partial index has, in its own words: so SQLite sees that it has all that is asked for."""


def page(*, search: str, limit: int, **wanted: str) -> Select[Any]:
    """So many documents of which columns are as `wanted`, where something is; the newest first."""
    conditions = [*_conditions(wanted), *_found(search)]
    newest = DOCUMENT.c.id.desc()
    if wanted["set_id"] and not (search or any(wanted[name] for name in _WRITTEN_OUT)):
        conditions = [DOCUMENT.c.id.in_(_of_a_set(conditions).order_by(newest).limit(limit))]
    return select(DOCUMENT).where(*conditions).order_by(newest).limit(limit)


def _conditions(wanted: Mapping[str, str]) -> list[ColumnElement[bool] | TextClause]:
    found: list[ColumnElement[bool] | TextClause] = [DOCUMENT.c[name] == one for name, one in wanted.items() if one]
    if wanted["acknowledgement"] == AcknowledgementState.AWAITED:  # what another took the place of is owed no answer
        found.append(DOCUMENT.c.state != OutboundState.SUPERSEDED.value)
    return [*found, *(text(words) for name, words in _WRITTEN_OUT.items() if wanted[name])]


def _found(search: str) -> Conditions:
    if not search:
        return ()
    # ISA13 has nine digits; people leave the zeros out.
    spellings = [search, search.zfill(9)] if search.isdigit() else [search]
    return (DOCUMENT.c.id.in_(select(DOCUMENT_KEY.c.document_id).where(DOCUMENT_KEY.c.value.in_(spellings))),)


def _of_a_set(conditions: Conditions) -> Select[Any]:
    """Ids by the index of sets alone, which has all that these conditions look at: rows are read for one page only,
    however few of a set, or none, are like that.
    """
    return select(DOCUMENT.c.id).where(*conditions, text("document.set_id <> ''"))
