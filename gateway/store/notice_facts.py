"""What is known of the subjects of events: partners, and documents as they stand now."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from gateway.pipeline.notices.values import DocumentFacts, Happened
from gateway.store.answer_words import telling
from gateway.store.database import Database
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CARRYING,
    DOCUMENT,
    INTERCHANGE,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)

Carries = Callable[[str], Sequence[str]]
"""The partners that a channel carries; none for a channel that is not there."""

_OF_A_PARTNER: Final[Mapping[str, Table]] = {
    "interchange": INTERCHANGE,
    "sending": OUTBOUND_INTERCHANGE,
    "carrying": CARRYING,
}
"""Kinds of subjects whose rows name the partner."""

_OF_A_CHANNEL: Final[Mapping[str, Table]] = {"transmission": TRANSMISSION, "acknowledgement": ACKNOWLEDGEMENT}
"""Kinds of subjects whose rows name the channel."""

_CHANNELS: Final = frozenset({"channel", "certificate"})
"""Kinds of events whose subject is a channel."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Asks the tables for whole batches."""

    database: Database
    carries: Carries

    def of(self, connection: Connection, events: Sequence[Any]) -> list[Happened]:
        """Rows of `event` with what is known of their subjects, in their order."""
        subjects: defaultdict[str, set[str]] = defaultdict(set)
        for row in events:
            subjects[row.kind.partition(".")[0]].add(row.subject)
        documents = self._documents(connection, sorted(subjects["document"]))
        partners = self._partners(connection, subjects)
        return [_happened(row, documents, partners) for row in events]

    def _partners(self, connection: Connection, subjects: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {one: frozenset({one}) for one in subjects.get("partner", ())}
        for kind, table in _OF_A_PARTNER.items():
            for id, partner in self._named(connection, table, "partner", sorted(subjects.get(kind, ()))):
                found[id] = frozenset({partner} - {""})
        for kind, table in _OF_A_CHANNEL.items():
            for id, channel in self._named(connection, table, "channel", sorted(subjects.get(kind, ()))):
                found[id] = frozenset(self.carries(channel))
        for kind in _CHANNELS:
            found |= {channel: frozenset(self.carries(channel)) for channel in subjects.get(kind, ())}
        return found

    def _named(
        self, connection: Connection, table: Table, column: str, ids: Sequence[str]
    ) -> Sequence[tuple[str, str]]:
        if not ids:
            return ()
        among = self.database.among(table.c.id, ids)
        rows = connection.execute(select(table.c.id, table.c[column].label("named")).where(among))
        return [(row.id, row.named) for row in rows]

    def _documents(self, connection: Connection, ids: Sequence[str]) -> dict[str, DocumentFacts]:
        if not ids:
            return {}
        statement = (
            select(DOCUMENT, TRANSMISSION.c.channel.label("arrived_by"))
            .join(TRANSMISSION, TRANSMISSION.c.id == DOCUMENT.c.transmission_id)
            .where(self.database.among(DOCUMENT.c.id, ids))
        )
        return {row.id: _document(row) for row in connection.execute(statement)}


def _happened(row: Any, documents: Mapping[str, DocumentFacts], partners: Mapping[str, frozenset[str]]) -> Happened:
    document = documents.get(row.subject)
    about = frozenset({document.partner} - {""}) if document is not None else partners.get(row.subject, frozenset())
    return Happened(
        number=row.number,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        correlation=row.transmission_id,
        who=row.who,
        why=row.why,
        detail={str(name): str(value) for name, value in row.detail.items()},
        partners=about,
        document=document,
    )


def _document(row: Any) -> DocumentFacts:
    numbers = (row.interchange_control_number, row.group_control_number, row.set_control_number)
    outbound = row.direction == "outbound"
    return DocumentFacts(
        id=row.id,
        transmission=row.transmission_id,
        direction=row.direction,
        arrived_by=row.arrived_by,
        partner=row.partner,
        set_id=row.set_id,
        version=row.version,
        stage="test" if row.usage == "T" else "production",
        canonical_type=row.canonical_type,
        business_number=row.business_number,
        control_numbers="/".join(numbers),
        state=row.state,
        reason=row.reason,
        acknowledgement=row.acknowledgement if outbound else row.told,
        said=[one["line"] for one in row.acknowledgement_detail],
        telling=telling(row.acknowledgement_detail) if outbound else "",
        destination=row.destination,
        external_id=row.external_id,
        received_at=row.received_at,
        state_at=row.state_at,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        business=row.business,
        business_words=row.business_words,
        business_open=row.business_open,
        amount=row.amount,
        currency=row.currency,
    )
