"""May a family of documents go? Never what is open, under a legal hold, or younger than it has to be kept."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import DocumentState, OutboundState, TransmissionState
from gateway.store.database import Database
from gateway.store.holds import InForce
from gateway.store.lineage import Family
from gateway.store.tables import ACKNOWLEDGEMENT, CARRYING, DOCUMENT, INTERCHANGE, OUTBOUND_INTERCHANGE, TRANSMISSION

Cutoff = Callable[[str, str], datetime]
"""(partner, set) -> what is older than this may go."""

Verdict = Literal[
    "ripe",  # all of it may go
    "young",  # something of it has to be kept longer
    "open",  # something of it is not delivered, not acknowledged, held, or on its way
    "hold",  # something of it is under a legal hold
    "entangled",  # it belongs together with more than is looked at at once
]

_ENDED = frozenset({DocumentState.DELIVERED, DocumentState.RECONCILED, DocumentState.REJECTED, DocumentState.CLOSED})
_PASSED_ON = frozenset({OutboundState.COMBINED, OutboundState.SUPERSEDED})
_SETTLED = frozenset(
    {
        AcknowledgementState.NONE,
        AcknowledgementState.ACCEPTED,
        AcknowledgementState.ACCEPTED_WITH_ERRORS,
        AcknowledgementState.ASSUMED,
        AcknowledgementState.WAIVED,
    }
)
"""What a partner refused, in part or whole, is open until another took its place or a person waived it."""

_READ = (TransmissionState.PROCESSED.value, TransmissionState.REFUSED.value)
_ON_ITS_WAY = ("waiting", "awaiting")


def settled(direction: str, state: str, acknowledgement: str) -> bool:
    """Whether nothing more is to come of a document."""
    if direction == "inbound":
        return state in _ENDED
    return state in _PASSED_ON or (state == OutboundState.SENT and acknowledgement in _SETTLED)


@dataclass(slots=True)
class Looked:
    """Some families with what was found about them: `documents` and `transmissions` by the family's place."""

    families: Sequence[Family]
    documents: Mapping[int, Sequence[Any]]
    transmissions: Mapping[int, Sequence[Any]]
    verdicts: list[Verdict] = field(default_factory=list)


def look(database: Database, connection: Connection, families: Sequence[Family], cutoff: Cutoff) -> Looked:
    """Read what has to be known of these families, and judge each."""
    place = {id_: number for number, one in enumerate(families) for id_ in (*one.transmissions, *one.interchanges)}
    files = [one for family in families for one in family.transmissions]
    documents = _grouped(place, _rows(database, connection, DOCUMENT, "transmission_id", files), "transmission_id")
    transmissions = _grouped(place, _rows(database, connection, TRANSMISSION, "id", files), "id")
    everything = [one for rows in documents.values() for one in rows]
    held = InForce.read(connection).among(database, connection, everything)
    open_ = _open(database, connection, families, place, files)
    again = _laid_out(database, connection, families, place, files)
    looked = Looked(families, documents, transmissions)
    for number, family in enumerate(families):
        looked.verdicts.append(_verdict(family, number, looked, open_, held, cutoff, again.get(number)))
    return looked


def _verdict(
    family: Family,
    number: int,
    looked: Looked,
    open_: set[int],
    held: set[str],
    cutoff: Cutoff,
    again: datetime | None,
) -> Verdict:
    if not family.whole:
        return "entangled"
    documents, files = looked.documents.get(number, ()), looked.transmissions.get(number, ())
    if any(one.id in held for one in documents):
        return "hold"
    unsettled = any(not settled(one.direction, one.state, one.acknowledgement) for one in documents)
    if number in open_ or unsettled or any(one.state not in _READ for one in files):
        return "open"
    young = any(_touched(one, again) >= cutoff(one.partner, one.set_id) for one in documents)
    bare = [one for one in files if all(document.transmission_id != one.id for document in documents)]
    return "young" if young or any(one.state_at >= cutoff("", "") for one in bare) else "ripe"


def _touched(document: Any, again: datetime | None) -> datetime:
    """When something was last done to it, or said of it, or a file of its family was laid out `again`."""
    times: tuple[datetime | None, ...] = (
        document.received_at,
        document.state_at,
        document.delivered_at,
        document.acknowledged_at,
        document.resent_at,
        again,
    )
    return max(one for one in times if one is not None)


def _open(
    database: Database, connection: Connection, families: Sequence[Family], place: Mapping[str, int], files: list[str]
) -> set[int]:
    """Families of which an interchange is set aside, or a file is on its way to the partner."""
    aside = select(INTERCHANGE.c.transmission_id).where(
        database.among(INTERCHANGE.c.transmission_id, files), INTERCHANGE.c.state == "quarantined"
    )
    found = {place[one] for one in connection.execute(aside).scalars()}
    answers = select(ACKNOWLEDGEMENT.c.id, ACKNOWLEDGEMENT.c.transmission_id)
    answers = answers.where(database.among(ACKNOWLEDGEMENT.c.transmission_id, files))
    subjects = {row.id: place[row.transmission_id] for row in connection.execute(answers)}
    subjects |= {one: place[one] for family in families for one in family.interchanges}
    carried = select(CARRYING.c.subject).where(
        database.among(CARRYING.c.subject, list(subjects)), CARRYING.c.state.in_(_ON_ITS_WAY)
    )
    return found | {subjects[one] for one in connection.execute(carried).scalars()}


def _laid_out(
    database: Database, connection: Connection, families: Sequence[Family], place: Mapping[str, int], files: list[str]
) -> Mapping[int, datetime]:
    """When an answer, or an interchange once more, of a family was last laid out: the partner may fetch it yet."""
    answer, sent = ACKNOWLEDGEMENT.c, OUTBOUND_INTERCHANGE.c
    ours = [one for family in families for one in family.interchanges]
    found: dict[int, datetime] = {}
    for statement in (
        select(answer.transmission_id, answer.offered_at).where(database.among(answer.transmission_id, files)),
        select(sent.id, sent.resent_at).where(database.among(sent.id, ours), sent.resent_at.is_not(None)),
    ):
        for of, at in connection.execute(statement):
            found[place[of]] = max(at, found.get(place[of], at))
    return found


def _rows(database: Database, connection: Connection, table: Any, column: str, ids: list[str]) -> Sequence[Any]:
    return connection.execute(select(table).where(database.among(table.c[column], ids)).order_by(table.c.id)).all()


def _grouped(place: Mapping[str, int], rows: Sequence[Any], column: str) -> Mapping[int, Sequence[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[place[getattr(row, column)]].append(row)
    return found
