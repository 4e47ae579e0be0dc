"""Who is told what: kinds, partners, sets, stages, amounts, severities; digests and quiet hours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from gateway.ledger.events import KINDS
from gateway.pipeline.notices.bodies import SCHEMAS, alert_of, as_json, event_of, json_schema, status_of
from gateway.pipeline.notices.choose import STATUS_KINDS, Subscriptions, expanded, subscriptions
from gateway.pipeline.notices.values import DocumentFacts, Happened
from tests.unit.partners.folder import INTAKE, a_book

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
PEOPLE = "mail/finance/controller@pine.example"
ALERTS = """\
owner: finance
alerts:
  mail: [controller@pine.example]
  time_zone: America/New_York
  digest_minutes: 30
  quiet_hours: [{days: mon-fri, from: "18:00", to: "07:00"}, {days: [sat, sun], from: "00:00", to: "24:00"}]
  rules:
"""


def people(rules: str) -> Subscriptions:
    return subscriptions(a_book({"notify/finance.yaml": f"{ALERTS}    {rules}\n"}))


def an_invoice(**changes: Any) -> DocumentFacts:
    invoice = DocumentFacts(
        id="01KINV",
        transmission="01KTRN",
        direction="outbound",
        arrived_by="intake/erp",
        partner="acme",
        set_id="810",
        version="004010",
        stage="production",
        canonical_type="invoice",
        business_number="90017",
        control_numbers="000000001/1/0001",
        state="sent",
        reason="",
        acknowledgement="overdue",
        said=["line 3: missing"],
        destination="",
        external_id="",
        received_at=NOON,
        state_at=NOON,
        delivered_at=None,
        acknowledged_at=None,
        amount=Decimal("4120.00"),
        currency="USD",
    )
    return replace(invoice, **changes)


def happened(kind: str = "document.overdue", document: DocumentFacts | None = None, **changes: Any) -> Happened:
    about = Happened(
        number=7,
        at=NOON,
        kind=kind,
        subject=document.id if document else "acme-sftp",
        correlation="01KTRN",
        who="gateway/one",
        why="",
        detail={},
        partners=frozenset({document.partner}) if document else frozenset({"acme"}),
        document=document,
    )
    return replace(about, **changes)


def alerted(wanted: Subscriptions, *events: Happened) -> Sequence[str]:
    return [line.words for one in wanted.choose(events).alerts for line in one.lines]


def test_an_overdue_invoice_is_told_in_one_line_with_its_money() -> None:
    wanted = people('late: {when: [document.overdue], sets: ["810"]}')

    (line,) = alerted(wanted, happened(document=an_invoice(), why="4 business hours are over"))

    assert line.startswith("810 90017 to acme, USD 4120.00: the time for the partner's acknowledgement is over")
    assert line.endswith(": 4 business hours are over")


@pytest.mark.parametrize(
    ("condition", "document", "fits"),
    [
        ('sets: ["810"]', an_invoice(), True),
        ('sets: ["856"]', an_invoice(), False),
        ("partners: [acme]", an_invoice(), True),
        ("partners: [bolt]", an_invoice(), False),
        ("amount_at_least: 4120", an_invoice(), True),
        ("amount_at_least: 4120.01", an_invoice(), False),
        ("amount_at_least: 4120", an_invoice(amount=Decimal("-5000")), True),
        ("amount_at_least: 5000", an_invoice(amount=None), True),
        ("severity: info", an_invoice(stage="test"), False),
        ("stages: [test]", an_invoice(stage="test"), True),
    ],
)
def test_every_condition_has_to_hold(condition: str, document: DocumentFacts, fits: bool) -> None:
    wanted = people(f"late: {{when: [document.overdue], {condition}}}")

    assert bool(alerted(wanted, happened(document=document))) == fits


def test_people_may_be_told_of_refusals_and_not_of_what_is_accepted() -> None:
    wanted = people("refused: {when: [document.acknowledged, document.contradicted], ack: [rejected]}")
    refused = an_invoice(acknowledgement="rejected", telling="line 3: quantity invoiced (IT1-02) is missing")
    why = "rejected by the 997 for group IN 4"

    assert alerted(wanted, happened("document.acknowledged", document=an_invoice(acknowledgement="accepted"))) == []
    assert alerted(wanted, happened("document.acknowledged", document=refused, why=why)) == [
        f"810 90017 to acme, USD 4120.00: {KINDS['document.acknowledged']}: {why}: {refused.telling}"
    ]
    assert alerted(wanted, happened("document.contradicted", document=replace(refused, direction="inbound"))) == []


def test_of_several_rules_that_fit_the_most_severe_tells_it_once() -> None:
    wanted = people(
        "any: {when: [document.*], severity: info}\n    late: {when: [document.overdue], severity: critical}"
    )

    (found,) = wanted.choose([happened(document=an_invoice())]).alerts

    assert [(line.rule, line.severity) for line in found.lines] == [("late", "critical")]


def test_a_channel_that_is_down_is_told_to_those_who_watch_a_partner_it_carries() -> None:
    wanted = people("down: {when: [channel.paused, channel.failing], partners: [acme]}")

    assert alerted(wanted, happened("channel.paused")) == [f"channel acme-sftp: {KINDS['channel.paused']}"]
    assert alerted(wanted, happened("channel.paused", partners=frozenset({"bolt"}))) == []


def test_silence_is_told_under_the_rule_that_watched() -> None:
    wanted = people("quiet: {silent_for: 8 business hours}\n    longer: {silent_for: 3 business days}")
    silent = happened("partner.silent", subject="acme", detail={"rule": "finance/quiet"}, why="nothing came")

    (found,) = wanted.choose([silent]).alerts

    assert [(line.rule, line.words) for line in found.lines] == [
        ("quiet", "acme: nothing came from the partner for longer than is usual: nothing came")
    ]


# ---------------------------------------------------------------------------------------------- when


def due(wanted: Subscriptions, at: datetime, *, last: datetime | None = None) -> datetime:
    (found,) = wanted.choose([happened(document=an_invoice())]).alerts
    return wanted.gather(PEOPLE, None, last, found.lines, at).due_at


WARNING = "late: {when: [document.overdue]}"
CRITICAL = "late: {when: [document.overdue], severity: critical}"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T10:00-05:00", "2026-03-02T10:30-05:00"),
        ("2026-03-02T17:45-05:00", "2026-03-03T07:00-05:00"),
        ("2026-03-02T23:00-05:00", "2026-03-03T07:00-05:00"),
        ("2026-03-06T19:00-05:00", "2026-03-09T00:00-04:00"),  # Friday evening, over the weekend that loses an hour
    ],
)
def test_a_digest_waits_for_the_end_of_quiet_hours(at: str, expected: str) -> None:
    assert due(people(WARNING), datetime.fromisoformat(at)) == datetime.fromisoformat(expected)


def test_what_is_critical_waits_for_nothing_but_the_alert_before_it() -> None:
    night = datetime(2026, 3, 3, 4, tzinfo=UTC)

    assert due(people(CRITICAL), night) == night
    assert due(people(CRITICAL), night, last=night - timedelta(minutes=10)) == night + timedelta(minutes=20)
    assert due(people(CRITICAL), night, last=night - timedelta(hours=1)) == night


def test_an_open_alert_keeps_its_time_and_its_first_fifty_lines() -> None:
    wanted = people(WARNING)
    (found,) = wanted.choose([happened(document=an_invoice()) for _ in range(40)]).alerts
    first = wanted.gather(PEOPLE, None, None, found.lines, NOON)

    second = wanted.gather(PEOPLE, first, None, found.lines, NOON + timedelta(minutes=20))

    assert (second.count, dict(second.by_rule), len(second.lines)) == (80, {"late": 80}, 50)
    assert (second.due_at, second.since) == (first.due_at, first.since)


def test_something_critical_hurries_an_open_alert() -> None:
    wanted = people(f"{WARNING}\n    dead: {{when: [document.dead], severity: critical}}")
    (calm,) = wanted.choose([happened(document=an_invoice())]).alerts
    (urgent,) = wanted.choose([happened("document.dead", document=an_invoice())]).alerts
    first = wanted.gather(PEOPLE, None, None, calm.lines, NOON)

    second = wanted.gather(PEOPLE, first, None, urgent.lines, NOON + timedelta(minutes=1))

    assert (second.due_at, second.severity) == (NOON + timedelta(minutes=1), "critical")


# ---------------------------------------------------------------------------------------------- programs


def test_a_family_is_every_kind_about_one_thing() -> None:
    assert expanded(["document.*"]) == {kind for kind in KINDS if kind.startswith("document.")}
    assert expanded(["document.dead"]) == {"document.dead"}
    assert expanded([]) == frozenset()


def test_the_system_that_handed_a_document_in_is_told_how_it_stands() -> None:
    told = INTAKE + "write_back: erp\n"
    wanted = subscriptions(a_book({"intake/erp.yaml": told}))
    events = [
        happened("document.sent", document=an_invoice()),
        happened("document.overdue", document=an_invoice(), number=8),
        happened("document.translated", document=an_invoice(), number=9),
        happened("document.sent", document=an_invoice(id="01KOTHER", arrived_by="intake/wms")),
        happened("document.delivered", document=an_invoice(id="01KIN", direction="inbound", destination="erp")),
    ]

    notices = wanted.choose(events).notices

    assert [(one.kind, one.target, one.subject, one.event) for one in notices] == [
        ("status", "status/erp", "01KINV", 8)
    ]
    assert wanted.kinds == STATUS_KINDS
    assert wanted.targets == {"status/erp"}


def test_nobody_asks_for_anything_where_nothing_is_written() -> None:
    wanted = subscriptions(a_book())

    assert (wanted.kinds, wanted.targets) == (frozenset(), frozenset())


# ---------------------------------------------------------------------------------------------- bodies


def test_what_is_sent_keeps_its_published_schema() -> None:
    wanted = people(WARNING)
    event = happened(document=an_invoice(acknowledgement="rejected"), why="x" * 5_000)
    (found,) = wanted.choose([event]).alerts
    bodies = {
        "event.v1": as_json(event_of(event)),
        "alert.v1": as_json(alert_of(wanted.gather(PEOPLE, None, None, found.lines, NOON))),
        "status.v1": as_json(status_of(an_invoice(acknowledgement="rejected"), event)),
    }

    assert bodies.keys() == SCHEMAS.keys()
    for name, body in bodies.items():
        jsonschema.Draft202012Validator(json_schema(name)).validate(body)
        assert body["schema"] == name
    assert len(bodies["event.v1"]["data"]["why"]) == 2_000
    assert bodies["status.v1"]["amount"] == "4120.00"
    assert bodies["status.v1"]["headline"] == "The partner refused it; it has to be corrected and sent again."
