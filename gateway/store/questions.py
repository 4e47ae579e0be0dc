"""What commands, the API and later the console ask: bounded reads that never wait for a writer."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from gateway.errors import MachineError
from gateway.ledger.document import OutboundState
from gateway.ledger.headline import headline
from gateway.pipeline import questions as answers
from gateway.store import (
    business_report,
    carrying_words,
    document_list,
    evidence,
    held_answers,
    notice_desk,
    owed_list,
    unsealed,
)
from gateway.store.answer_words import telling
from gateway.store.beginnings import find
from gateway.store.blobs import FileBlobs
from gateway.store.columns import cleaned, indexed
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.document_times import times
from gateway.store.successors import successor
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CANONICAL,
    CARRYING,
    CONTENT,
    DESTINATION,
    DOCUMENT,
    DOCUMENT_HOLD,
    EVENT,
    INTERCHANGE,
    MAILBOX_ENTRY,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)

MOST = 1000
"""Rows of one answer, whatever was asked for."""


@dataclass(frozen=True, slots=True)
class StoreQuestions:
    """The `Questions` port over the tables."""

    database: Database
    blobs: FileBlobs

    def documents(
        self,
        *,
        partner: str = "",
        state: str = "",
        usage: str = "",
        search: str = "",
        direction: str = "",
        acknowledgement: str = "",
        owner: str = "",
        business: str = "",
        set_id: str = "",
        limit: int = 50,
    ) -> Sequence[answers.DocumentRow]:
        """Newest first."""
        statement = document_list.page(
            partner=partner,
            state=state,
            usage=usage,
            search=search,
            direction=direction,
            acknowledgement=acknowledgement,
            owner=owner,
            business=business,
            set_id=set_id,
            limit=min(limit, MOST),
        )
        with self.database.reading() as connection:
            return [document_row(row) for row in connection.execute(statement)]

    def document(self, document_id: str) -> answers.DocumentDetail | None:
        """One document with its lineage. Raises UsageError when several ids begin so."""
        with self.database.reading() as connection:
            row = find(connection, DOCUMENT, document_id)
            if row is None:
                return None
            origin = connection.execute(_origin(row)).one()
            canonical = connection.execute(_canonical(row)).first()
            answered = _acknowledgements(connection, ACKNOWLEDGEMENT.c.interchange_id == row.interchange_id)
            sent = _sending(connection, row)
            ours = [sent.id] if sent is not None else []
            subjects = [row.transmission_id, row.interchange_id or "", row.id, *ours, *(one["id"] for one in answered)]
            return answers.DocumentDetail(
                row=document_row(row),
                file_name=origin.file_name or "",
                message_id=origin.message_id or "",
                remote=origin.remote or "",
                interchange_state=origin.interchange_state or "",
                interchange_reason=origin.interchange_reason or "",
                findings=row.findings,
                pins=row.pins,
                canonical=None if canonical is None else self._body(canonical),
                x12=self._x12(origin if row.direction == "inbound" else sent, row),
                acknowledgements=answered,
                events=_events(connection, subjects),
                sending={} if sent is None else _sending_words(sent),
                waiting=unsealed.waiting(connection, row.id),
                said=[one["line"] for one in row.acknowledgement_detail],
                owed=owed_list.about(connection, row.id),
                places=row.acknowledgement_detail,
                arrived_by=origin.arrived_by,
                held_by=_held_by(connection, row),
                times=times(connection, row, sent),
                facts=business_report.of(connection, row.id),
                successor=successor(connection, row.id) if row.state == OutboundState.SUPERSEDED else "",
                carrying=carrying_words.of(self.database, connection, [*ours, *(one["id"] for one in answered)]),
                held_answers=held_answers.about(connection, row),
                exchanged=evidence.words(connection, row.transmission_id, [*ours, *(one["id"] for one in answered)]),
            )

    def handed_in(self, channel: str, message_id: str) -> answers.TransmissionRow | None:
        """What came by a channel under the sender's own id."""
        table = TRANSMISSION
        statement = select(table).where(table.c.channel == channel, table.c.message_id == indexed(message_id))
        with self.database.reading() as connection:
            return next(iter(self._transmissions(connection, connection.execute(statement).all())), None)

    def transmissions(self, *, state: str = "", limit: int = 50) -> Sequence[answers.TransmissionRow]:
        """Newest first."""
        statement = select(TRANSMISSION).order_by(TRANSMISSION.c.id.desc()).limit(min(limit, MOST))
        if state:
            statement = statement.where(TRANSMISSION.c.state == state)
        with self.database.reading() as connection:
            return self._transmissions(connection, connection.execute(statement).all())

    def transmission(self, transmission_id: str) -> answers.TransmissionRow | None:
        """One transmission, by its whole id."""
        with self.database.reading() as connection:
            rows = connection.execute(select(TRANSMISSION).where(TRANSMISSION.c.id == cleaned(transmission_id))).all()
            return next(iter(self._transmissions(connection, rows)), None)

    def counts(self) -> Mapping[str, int]:
        """By state `document.`, `transmission.`, `carrying.` and `notice.<state>`; `backlog`; what is paused."""
        found: dict[str, int] = {}
        with self.database.reading() as connection:
            for table in (DOCUMENT, TRANSMISSION):
                counted = select(table.c.state, func.count()).group_by(table.c.state)
                found |= {f"{table.name}.{state}": number for state, number in connection.execute(counted)}
            paused = select(func.count()).select_from(DESTINATION).where(DESTINATION.c.paused)
            found["paused"] = connection.execute(paused).scalar_one()
            found |= carrying_words.counts(connection)
            found |= notice_desk.counts(connection)
        return found | {"backlog": found.get("transmission.received", 0)}

    def _transmissions(self, connection: Connection, rows: Sequence[Any]) -> list[answers.TransmissionRow]:
        """Three more questions for all rows together, not for each."""
        ids = [row.id for row in rows]
        among = self.database.among
        interchanges = _by_transmission(
            connection, select(INTERCHANGE).where(among(INTERCHANGE.c.transmission_id, ids)).order_by(INTERCHANGE.c.id)
        )
        columns = select(DOCUMENT.c.id, DOCUMENT.c.transmission_id)
        documents = _by_transmission(
            connection, columns.where(among(DOCUMENT.c.transmission_id, ids)).order_by(DOCUMENT.c.id)
        )
        answered = _answered(self.database, connection, interchanges)
        elsewhere = _offered_elsewhere(self.database, connection, rows, interchanges, answered)
        return [
            answers.TransmissionRow(
                id=row.id,
                channel=row.channel,
                door=row.door,
                file_name=row.file_name or "",
                message_id=row.message_id or "",
                size=row.size,
                sha256=row.sha256,
                state=row.state,
                reason=row.reason,
                received_at=row.received_at,
                interchanges=[_interchange(one) for one in interchanges.get(row.id, [])],
                documents=[one.id for one in documents.get(row.id, [])],
                acknowledgements=[
                    {**answer, **elsewhere.get((answer["id"], row.channel), {})}
                    for one in interchanges.get(row.id, [])
                    for answer in answered.get(one.duplicate_of or one.id, [])
                ],
            )
            for row in rows
        ]

    def _x12(self, origin: Any, row: Any) -> bytes:
        if origin is None:  # not sealed yet
            return b""
        with contextlib.suppress(MachineError):  # all else that is known of it is wanted then more than ever
            return self.blobs.read(from_row(self.blobs, origin), row.byte_offset, row.byte_length)
        return b""

    def _body(self, row: Any) -> bytes | None:
        if row.canonical is not None:
            return bytes(row.canonical)
        with contextlib.suppress(MachineError):
            return b"".join(self.blobs.chunks(from_row(self.blobs, row)))
        return None


def document_row(row: Any) -> answers.DocumentRow:
    """A row of documents as lists tell it."""
    numbers = (row.interchange_control_number, row.group_control_number, row.set_control_number)
    return answers.DocumentRow(
        id=row.id,
        transmission_id=row.transmission_id,
        channel=row.channel,
        partner=row.partner,
        direction=row.direction,
        set_id=row.set_id,
        version=row.version,
        control_numbers="/".join(numbers),
        business_number=row.business_number,
        canonical_type=row.canonical_type,
        usage=row.usage,
        state=row.state,
        reason=row.reason,
        destination=row.destination,
        external_id=row.external_id,
        acknowledgement=row.told if row.direction == "inbound" else row.acknowledgement,
        received_at=row.received_at,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        answer=telling(row.acknowledgement_detail) if row.direction == "outbound" else "",
        part="{number}/{of} {key}".format_map(row.part) if row.part else "",
        owner=row.owner,
        headline=headline(row.direction, row.state, row.acknowledgement, row.business),
        business=row.business,
        business_at=row.business_at,
        business_words=row.business_words,
        business_open=row.business_open,
        amount=row.amount,
        currency=row.currency,
    )


def _origin(document: Any) -> Select[Any]:
    return (
        select(
            TRANSMISSION.c.file_name,
            TRANSMISSION.c.message_id,
            TRANSMISSION.c.remote,
            TRANSMISSION.c.channel.label("arrived_by"),
            INTERCHANGE.c.state.label("interchange_state"),
            INTERCHANGE.c.reason.label("interchange_reason"),
            CONTENT,
        )
        .select_from(TRANSMISSION)
        .outerjoin(INTERCHANGE, INTERCHANGE.c.id == document.interchange_id)
        .join(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
        .where(TRANSMISSION.c.id == document.transmission_id)
    )


def _held_by(connection: Connection, document: Any) -> str:
    if document.state != "held":
        return ""
    hold = select(DOCUMENT_HOLD.c.who).where(DOCUMENT_HOLD.c.document_id == document.id)
    return connection.execute(hold).scalar() or ""


def _sending(connection: Connection, document: Any) -> Any:
    """The interchange that a document of ours went out in, with its content; None for any other."""
    if document.outbound_group_id is None:
        return None
    table = OUTBOUND_INTERCHANGE
    statement = (
        select(table, CONTENT.c.body)
        .join(OUTBOUND_GROUP, OUTBOUND_GROUP.c.interchange_id == table.c.id)
        .join(CONTENT, CONTENT.c.sha256 == table.c.sha256)
        .where(OUTBOUND_GROUP.c.id == document.outbound_group_id)
    )
    return connection.execute(statement).first()


def _sending_words(row: Any) -> Mapping[str, str]:
    times = {"offered": row.offered_at, "fetched": row.fetched_at, "confirmed": row.confirmed_at}
    times |= {"carried": row.carried_at}
    about = {name: str(getattr(row, name)) for name in ("id", "channel", "name", "state", "lane", "ta1", "ta1_note")}
    return about | {name: "" if at is None else at.isoformat() for name, at in times.items()}


def _canonical(document: Any) -> Select[Any]:
    """The newest body: a replay that failed leaves the one before it to be looked at."""
    return (
        select(CANONICAL.c.body.label("canonical"), CONTENT)
        .outerjoin(CONTENT, CONTENT.c.sha256 == CANONICAL.c.sha256)
        .where(CANONICAL.c.document_id == document.id)
        .order_by(CANONICAL.c.generation.desc())
        .limit(1)
    )


def _acknowledgements(connection: Connection, where: Any) -> list[Mapping[str, str]]:
    statement = select(ACKNOWLEDGEMENT).where(where).order_by(ACKNOWLEDGEMENT.c.id)
    return [_acknowledgement(row) for row in connection.execute(statement)]


def _acknowledgement(row: Any) -> Mapping[str, str]:
    times = {"sealed": row.sealed_at, "offered": row.offered_at, "fetched": row.fetched_at}
    times |= {"confirmed": row.confirmed_at, "carried": row.carried_at}
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "channel": row.channel,
        "name": row.name,
        "control_number": f"{row.interchange_number:09}",
        "group_numbers": " ".join(map(str, row.group_numbers)),
        "offers": str(row.offers),
        "sha256": row.sha256,
    } | {name: "" if at is None else at.isoformat() for name, at in times.items()}


def _answered(
    database: Database, connection: Connection, interchanges: Mapping[str, Sequence[Any]]
) -> dict[str, list[Mapping[str, str]]]:
    """By interchange; a duplicate's answer is that of the one it repeats."""
    ids = [one.duplicate_of or one.id for rows in interchanges.values() for one in rows]
    statement = select(ACKNOWLEDGEMENT).where(database.among(ACKNOWLEDGEMENT.c.interchange_id, ids))
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in connection.execute(statement.order_by(ACKNOWLEDGEMENT.c.id)):
        found.setdefault(row.interchange_id, []).append(_acknowledgement(row))
    return found


def _offered_elsewhere(
    database: Database,
    connection: Connection,
    transmissions: Sequence[Any],
    interchanges: Mapping[str, Sequence[Any]],
    answered: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[tuple[str, str], Mapping[str, str]]:
    """Where an answer lies that was offered again in another channel: by its id and the channel the copy came by."""
    wanted = {
        (answer["id"], row.channel)
        for row in transmissions
        for one in interchanges.get(row.id, ())
        if one.duplicate_of
        for answer in answered.get(one.duplicate_of, ())
        if answer["channel"] != row.channel
    }
    if not wanted:
        return {}
    places: dict[tuple[str, str], Mapping[str, str]] = {}
    for answer, table in ((MAILBOX_ENTRY.c.acknowledgement_id, MAILBOX_ENTRY), (CARRYING.c.subject, CARRYING)):
        among = database.among(answer, sorted({one for one, _ in wanted}))
        for row in connection.execute(select(answer.label("answer"), table.c.channel, table.c.name).where(among)):
            places[row.answer, row.channel] = {"channel": row.channel, "name": row.name}
    return {place: told for place, told in places.items() if place in wanted}


def _interchange(row: Any) -> Mapping[str, str]:
    return {
        "id": row.id,
        "control_number": row.control_number,
        "sender": row.sender,
        "receiver": row.receiver,
        "usage": row.usage,
        "partner": row.partner,
        "state": row.state,
        "reason": row.reason,
        "duplicate_of": row.duplicate_of or "",
    }


def _by_transmission(connection: Connection, statement: Select[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.transmission_id, []).append(row)
    return found


def _events(connection: Connection, subjects: Sequence[str]) -> list[answers.EventRow]:
    wanted = or_(*(EVENT.c.subject == subject for subject in subjects))
    statement = select(EVENT).where(wanted).order_by(EVENT.c.number).limit(MOST)
    return [
        answers.EventRow(at=row.at, subject=row.subject, kind=row.kind, who=row.who, why=row.why, detail=row.detail)
        for row in connection.execute(statement)
    ]
