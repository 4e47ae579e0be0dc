"""What a notice says, as versioned JSON: `status.v1` of a document, `event.v1` of an event, `alert.v1` of many.

A version only ever gains members; anything else is the next version.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.ledger.events import KINDS
from gateway.ledger.headline import headline
from gateway.pipeline.notices.values import DocumentFacts, Gathered, Happened

MOST_CHARACTERS = 2_000
"""Of one sentence: reasons may quote what a partner sent."""

MOST_SAID = 50
"""Sentences of a partner's acknowledgement; `GET /api/v1/documents/{id}` has all."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Status(_Body):
    """One document as it stands. Of two for one document the one with the higher `sequence` counts."""

    schema_: Annotated[Literal["status.v1"], Field(alias="schema")] = "status.v1"
    document_id: str
    sequence: Annotated[int, Field(description="number of the event it was made for; grows")]
    event: Annotated[str, Field(description="kind of that event, like document.acknowledged")]
    at: datetime
    direction: Literal["inbound", "outbound"]
    partner: str
    stage: Literal["production", "test"]
    set_id: str
    canonical_type: str
    business_number: str
    control_numbers: Annotated[str, Field(description="ISA13/GS06/ST02")]
    state: Annotated[str, Field(description="the delivery axis")]
    acknowledgement: Annotated[str, Field(description="the acknowledgement axis; empty where none is expected")]
    business: Annotated[str, Field(description="the business axis; empty while nothing is known")] = ""
    business_said: Annotated[str, Field(description="the same in words: who said so, how much, what differs")] = ""
    business_open: Annotated[
        str, Field(description="what is still owed of an invoice, below zero when too much came; empty where unknown")
    ] = ""
    headline: Annotated[str, Field(description="one sentence for people")]
    reason: str = ""
    said: Annotated[
        tuple[str, ...], Field(description="what the partner's acknowledgement says, at most 50 lines")
    ] = ()
    external_id: Annotated[str, Field(description="your own id of it, where you gave one")] = ""
    amount: Annotated[str, Field(description="a decimal as text; empty where nobody knows")] = ""
    currency: str = ""
    received_at: datetime
    acknowledged_at: datetime | None = None
    delivered_at: datetime | None = None


class Subject(_Body):
    """What changed."""

    kind: str
    id: str


class EventData(_Body):
    """What happened: who, what, why."""

    number: Annotated[int, Field(description="grows from event to event; not without gaps")]
    meaning: str
    subject: Subject
    correlation: Annotated[str, Field(description="id of the transmission that all of it began with; may be empty")]
    who: str
    why: str
    detail: Mapping[str, str]
    partners: tuple[str, ...]
    document: Annotated[Status | None, Field(description="the document as it stands, where it is about one")] = None


class EventNotice(_Body):
    """One event, as it is posted to a webhook."""

    schema_: Annotated[Literal["event.v1"], Field(alias="schema")] = "event.v1"
    type: Annotated[str, Field(description="kind of the event, like document.overdue; `notice.test` for a test")]
    timestamp: datetime
    data: EventData


class AlertLine(_Body):
    """One event of an alert."""

    at: datetime
    rule: str
    severity: Literal["critical", "warning", "info"]
    event: int
    subject: str
    words: str


class AlertData(_Body):
    """Events that were gathered: how many, and the first of them."""

    role: str
    severity: Annotated[Literal["critical", "warning", "info"], Field(description="the highest of them")]
    count: int
    since: datetime
    until: datetime
    by_rule: Mapping[str, int]
    lines: tuple[AlertLine, ...]


class AlertNotice(_Body):
    """An alert, as it is posted to a webhook and written into a mail."""

    schema_: Annotated[Literal["alert.v1"], Field(alias="schema")] = "alert.v1"
    type: Literal["alert"] = "alert"
    timestamp: datetime
    data: AlertData


SCHEMAS: Mapping[str, type[_Body]] = {"status.v1": Status, "event.v1": EventNotice, "alert.v1": AlertNotice}
"""Everything that is sent, by name."""


def status_of(facts: DocumentFacts, happened: Happened) -> Status:
    """A document's status at an event."""
    return Status(
        document_id=facts.id,
        sequence=happened.number,
        event=happened.kind,
        at=happened.at,
        direction="inbound" if facts.direction == "inbound" else "outbound",
        partner=facts.partner,
        stage="test" if facts.stage == "test" else "production",
        set_id=facts.set_id,
        canonical_type=facts.canonical_type,
        business_number=facts.business_number,
        control_numbers=facts.control_numbers,
        state=facts.state,
        acknowledgement=facts.acknowledgement,
        business=facts.business,
        business_said=cut(facts.business_words),
        business_open="" if facts.business_open is None else str(facts.business_open),
        headline=headline(facts.direction, facts.state, facts.acknowledgement, facts.business),
        reason=cut(facts.reason),
        said=tuple(cut(one) for one in facts.said[:MOST_SAID]),
        external_id=facts.external_id,
        amount="" if facts.amount is None else str(facts.amount),
        currency=facts.currency,
        received_at=facts.received_at,
        acknowledged_at=facts.acknowledged_at,
        delivered_at=facts.delivered_at,
    )


def event_of(happened: Happened) -> EventNotice:
    """An event for a webhook."""
    return EventNotice(
        type=happened.kind,
        timestamp=happened.at,
        data=EventData(
            number=happened.number,
            meaning=KINDS.get(happened.kind, ""),
            subject=Subject(kind=happened.kind.partition(".")[0], id=happened.subject),
            correlation=happened.correlation,
            who=happened.who,
            why=cut(happened.why),
            detail={name: cut(value) for name, value in happened.detail.items()},
            partners=tuple(sorted(happened.partners)),
            document=status_of(happened.document, happened) if happened.document is not None else None,
        ),
    )


def alert_of(gathered: Gathered) -> AlertNotice:
    """An alert for a webhook or mail."""
    return AlertNotice.model_validate(
        {
            "timestamp": gathered.until,
            "data": {
                "role": gathered.role,
                "severity": gathered.severity,
                "count": gathered.count,
                "since": gathered.since,
                "until": gathered.until,
                "by_rule": dict(gathered.by_rule),
                "lines": [
                    {
                        "at": one.at,
                        "rule": one.rule,
                        "severity": one.severity,
                        "event": one.event,
                        "subject": one.subject,
                        "words": one.words,
                    }
                    for one in gathered.lines
                ],
            },
        }
    )


def as_json(body: BaseModel) -> dict[str, Any]:
    """Plain JSON values, members by the names they are sent under."""
    return body.model_dump(mode="json", by_alias=True)


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what is sent as `name`. Raises KeyError when there is no such."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:edi-gateway:notice:{name}"}
    return head | SCHEMAS[name].model_json_schema(by_alias=True, mode="serialization")


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Text of at most so many characters, and that it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def event_for_test(now: datetime) -> dict[str, Any]:
    """What a test sends to a webhook: an `event.v1` of no event."""
    data = EventData(
        number=0,
        meaning="a person asked for a test; nothing happened",
        subject=Subject(kind="notice", id="test"),
        correlation="",
        who="",
        why="",
        detail={},
        partners=(),
    )
    return as_json(EventNotice(type="notice.test", timestamp=now, data=data))


def alert_for_test(role: str, now: datetime) -> dict[str, Any]:
    """What a test sends by mail: an `alert.v1` of one line."""
    line = AlertLine(
        at=now, rule="test", severity="info", event=0, subject="test", words="A person asked for a test: all is well."
    )
    data = AlertData(role=role, severity="info", count=1, since=now, until=now, by_rule={"test": 1}, lines=(line,))
    return as_json(AlertNotice(timestamp=now, data=data))
