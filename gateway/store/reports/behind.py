"""What a count counts: the documents, and where none are made the interchanges, oldest first."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal, select

from gateway.pipeline.reconciling import Behind
from gateway.store.reports.counting import (
    CAME_IN,
    FUNCTIONAL,
    HANDED_IN,
    SAID,
    UNFETCHED,
    UNNUMBERED,
    UNREAD,
    unanswered,
)
from gateway.store.reports.looks import Look
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

_D, _I = DOCUMENT.c, INTERCHANGE.c
_SHOWN: Final = (
    *(_D.id, _D.transmission_id, _D.partner, _D.set_id, _D.business_number, _D.state, _D.acknowledgement),
    *(_D.amount, _D.currency, _D.reason, _D.received_at.label("at")),
    *(_D.interchange_control_number, _D.group_control_number, _D.set_control_number),
)
_INTERCHANGE: Final = (
    *(_I.id, _I.transmission_id, _I.partner, _I.control_number, _I.state, _I.reason, _I.received_at, _I.sets),
)


def behind(look: Look, day: date, section: str, field: str, limit: int) -> Iterator[Behind]:
    """Of one day."""
    if section == "received" and (field == "received" or field in UNREAD):
        wanted = [] if field == "received" else [_I.state == field]
        yield from (_interchange(row, day) for row in look.rows(_interchanges(look, *wanted).limit(limit)))
    elif (section, field) == ("answers", "lost"):
        statement = unanswered(look, *_INTERCHANGE, literal("").label("kind")).order_by(_I.id)
        yield from (_interchange(row, day) for row in look.rows(statement.limit(limit)))
    elif section == "answers":
        yield from (_interchange(row, day) for row in look.rows(_answers(look, field).limit(limit)))
    else:
        statement = _STATEMENTS[section](look, field)
        yield from (_document(row, day) for row in look.rows(statement.limit(limit)))


# ---------------------------------------------------------------------------------------------- documents


def _came_in(look: Look, field: str) -> Select[Any]:
    wanted: tuple[ColumnElement[bool], ...] = (_D.state.in_(_states(CAME_IN, field)),)
    if field == "divided":
        wanted = (_D.part.is_not(None),)
    return _of_interchanges(look, *wanted)


def _systems(look: Look, field: str) -> Select[Any]:
    wanted: Mapping[str, tuple[ColumnElement[bool], ...]] = {
        "translated": (_D.state.in_(("mapped", "delivered")),),
        "numbered": (_D.state == "delivered", _D.external_id != ""),
    }
    return _of_interchanges(look, *wanted.get(field, (UNNUMBERED,)))


def _of_interchanges(look: Look, *wanted: ColumnElement[bool]) -> Select[Any]:
    joined = select(*_SHOWN).join_from(INTERCHANGE, DOCUMENT, _D.interchange_id == _I.id)
    return joined.where(*look.interchanges(), *wanted).order_by(_D.id)


def _handed_in(look: Look, field: str) -> Select[Any]:
    wanted = () if field == "handed_in" else (_D.state.in_(_states(HANDED_IN, field)),)
    return select(*_SHOWN).where(*look.handed_in(), *wanted).order_by(_D.id)


def _sent(look: Look, field: str) -> Select[Any]:
    over = _D.state == "superseded"
    wanted: tuple[ColumnElement[bool], ...] = (_D.acknowledgement.in_(_states(SAID, field)), ~over)
    if field in ("sent", "superseded"):
        wanted = (over,) if field == "superseded" else ()
    interchange, group = OUTBOUND_INTERCHANGE.c, OUTBOUND_GROUP.c
    return (
        select(*_SHOWN, interchange.sealed_at)
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id)
        .join(DOCUMENT, _D.outbound_group_id == group.id)
        .where(*look.sealed(), *wanted)
        .order_by(_D.id)
    )


_STATEMENTS: Final = {"received": _came_in, "systems": _systems, "handed_in": _handed_in, "sent": _sent}


def _states(columns: Mapping[str, str], field: str) -> list[str]:
    return [state for state, name in columns.items() if name == field]


def _document(row: Any, day: date) -> Behind:
    numbers = (row.interchange_control_number, row.group_control_number, row.set_control_number)
    return Behind(
        is_="document",
        id=row.id,
        transmission=row.transmission_id,
        partner=row.partner,
        day=day,
        set_id=row.set_id,
        number=row.business_number,
        control_numbers="/".join(numbers) if any(numbers) else "",
        state=row.state,
        acknowledgement=row.acknowledgement,
        amount=row.amount,
        currency=row.currency,
        at=getattr(row, "sealed_at", None) or row.at,
        sets=1,
        reason=row.reason,
    )


# ---------------------------------------------------------------------------------------------- interchanges


def _interchanges(look: Look, *wanted: ColumnElement[bool]) -> Select[Any]:
    return select(*_INTERCHANGE, literal("").label("kind")).where(*look.interchanges(), *wanted).order_by(_I.id)


def _answers(look: Look, field: str) -> Select[Any]:
    table = ACKNOWLEDGEMENT.c
    shown = [one for one in _INTERCHANGE if one is not _I.state]
    wanted = UNFETCHED if field == "unfetched" else (table.kind.in_(FUNCTIONAL),)
    return (
        select(*shown, table.state, table.kind)
        .join_from(INTERCHANGE, ACKNOWLEDGEMENT, table.interchange_id == _I.id)
        .where(*look.interchanges(), *wanted)
        .order_by(table.id)
    )


def _interchange(row: Any, day: date) -> Behind:
    return Behind(
        is_="interchange",
        id=row.id,
        transmission=row.transmission_id,
        partner=row.partner,
        day=day,
        set_id=row.kind,
        number="",
        control_numbers=row.control_number,
        state=row.state,
        acknowledgement="",
        amount=None,
        currency="",
        at=row.received_at,
        sets=row.sets or 0,
        reason=row.reason,
    )
