"""Acknowledgements about the documents of a thread, ours and theirs: each once, with what it is about."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from gateway.pipeline.order_threads import LifeRow
from gateway.store.database import Database
from gateway.store.order_waits import number_of
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, OUTBOUND_GROUP, RECEIVED_ACKNOWLEDGEMENT

_UNUSED: Final = ("held", "closed")
"""States of a 997 that did not fit: what it accepts counts for nothing."""


def rows(database: Database, connection: Connection, documents: Sequence[Any]) -> list[LifeRow]:
    """Of ours those that answer what came in; of theirs those that answer what went out, whether they moved anything
    or not.
    """
    return [*_ours(database, connection, documents), *_theirs(database, connection, documents)]


def _ours(database: Database, connection: Connection, documents: Sequence[Any]) -> list[LifeRow]:
    came = {row.interchange_id: row for row in documents if row.direction == "inbound" and row.interchange_id}
    among = database.among(ACKNOWLEDGEMENT.c.interchange_id, sorted(came))
    found = []
    for one in connection.execute(select(ACKNOWLEDGEMENT).where(among)):
        about = [row for row in documents if row.interchange_id == one.interchange_id]
        had = one.fetched_at or one.carried_at or one.confirmed_at
        found.append(
            _row(
                about,
                at=one.offered_at,
                way="out",
                partner=about[0].partner,
                set_id=one.kind,
                state=one.state,
                owed="" if had is not None or one.kind == "TA1" else "to be fetched, or carried there",
                id=one.id,
            )
        )
    return found


def _theirs(database: Database, connection: Connection, documents: Sequence[Any]) -> list[LifeRow]:
    went = [row for row in documents if row.direction == "outbound" and row.outbound_group_id]
    groups = sorted({row.outbound_group_id for row in went})
    of = select(OUTBOUND_GROUP.c.id, OUTBOUND_GROUP.c.interchange_id).where(database.among(OUTBOUND_GROUP.c.id, groups))
    envelope = {row.id: row.interchange_id for row in connection.execute(of)}
    said = RECEIVED_ACKNOWLEDGEMENT.c
    about_them = or_(
        database.among(said.outbound_group_id, groups),
        database.among(said.outbound_interchange_id, sorted(set(envelope.values()))) & (said.kind == "TA1"),
    )
    found = []
    as_document = RECEIVED_ACKNOWLEDGEMENT.outerjoin(DOCUMENT, said.document_id == DOCUMENT.c.id)
    came = select(RECEIVED_ACKNOWLEDGEMENT, DOCUMENT.c.state.label("stands")).select_from(as_document)
    for one in connection.execute(came.where(about_them)):
        about = [
            row
            for row in went
            if (one.outbound_document_id in (None, row.id) and one.outbound_group_id == row.outbound_group_id)
            or (one.kind == "TA1" and one.outbound_interchange_id == envelope.get(row.outbound_group_id))
        ]
        if about:
            about_it: dict[str, Any] = {"at": one.received_at, "way": "in", "partner": one.partner, "set_id": one.kind}
            found.append(_row(about, **about_it, state=_says(one), owed="", id=one.document_id or one.id))
    return found


def _says(one: Any) -> str:
    """What an answer says, and that it is held or closed where it did not fit."""
    said = [f"says {one.status}"] if one.status else []
    return ", ".join([*said, one.stands] if one.stands in _UNUSED else said)


def _row(about: Sequence[Any], **known: Any) -> LifeRow:
    named = " and ".join(dict.fromkeys(f"{row.set_id} {number_of(row)}".strip() for row in about))
    nothing: dict[str, Any] = dict.fromkeys(("number", "part", "acknowledgement", "business", "currency"), "")
    nothing |= {"amount": None, "reason": "", "instead": "", "generation": 1, "doubt": ""}
    return LifeRow(**nothing, **known, answers=named)
