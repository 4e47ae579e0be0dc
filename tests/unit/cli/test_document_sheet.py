"""What a newcomer reads of one document."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.cli.document_sheet import lines
from gateway.pipeline.business.report import BusinessFact
from gateway.pipeline.carrying import CarryingRow
from gateway.pipeline.outbound.waiting import Waiting
from gateway.pipeline.questions import DocumentDetail, DocumentRow, EventRow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANSWER = {
    "id": "A-1", "kind": "997", "state": "offered", "channel": "acme-http", "name": "acme-997-000000001.x12",
    "control_number": "000000001", "group_numbers": "1", "offers": "1", "sha256": "0" * 64,
    "sealed": NOON.isoformat(), "offered": NOON.isoformat(), "fetched": "", "confirmed": "",
}  # fmt: skip


def an_event(kind: str, who: str = "gateway/node", why: str = "", **detail: str) -> EventRow:
    return EventRow(at=NOON + timedelta(milliseconds=12), subject="D-1", kind=kind, who=who, why=why, detail=detail)


def a_document(state: str = "delivered", *, reason: str = "", usage: str = "P") -> DocumentDetail:
    row = DocumentRow(
        id="01KJQ6PSG0DFM779AK9WG1Z4WR", transmission_id="T-1", channel="acme-http", partner="acme",
        direction="inbound", set_id="850", version="004010", control_numbers="000001002/1002/0001",
        business_number="71-230010", canonical_type="order.v1", usage=usage, state=state, reason=reason,
        destination="erp", external_id="SO-000003", acknowledgement="A", received_at=NOON, delivered_at=NOON,
    )  # fmt: skip
    replied = an_event("document.delivered", reply="delivered", status="201", external_id="SO-000003", attempt="1")
    return DocumentDetail(
        row=row, file_name="orders.edi", message_id="walk-1", remote="192.0.2.7", interchange_state="accepted",
        interchange_reason="", findings=[], pins={"mapping": "acme/850@1"}, canonical=b'{"total":"10.50"}', x12=b"",
        acknowledgements=[ANSWER], events=[an_event("transmission.received", "channel/acme-http"), replied],
    )  # fmt: skip


def sheet(detail: DocumentDetail) -> dict[str, str]:
    """The facts above the steps, by their names."""
    shown = list(lines(detail))
    return {line[:12].strip(): line[13:] for line in shown[: shown.index("")]}


def test_a_document_is_told_in_plain_words_with_its_file_and_message_id() -> None:
    assert sheet(a_document()) == {
        "document": "01KJQ6PSG0DFM779AK9WG1Z4WR",
        "state": "delivered",
        "partner": "acme",
        "set": "850 004010, ISA13 000001002, GS06 1002, ST02 0001",
        "usage": "P (production)",
        "number": "71-230010",
        "received": "2026-03-02 12:00:00 UTC by acme-http from 192.0.2.7",
        "file": "orders.edi",
        "message id": "walk-1",
        "transmission": "T-1",
        "interchange": "accepted",
        "told": "accepted (AK501 A)",
        "997": "acme-997-000000001.x12 for acme-http, ISA13 000000001, GS06 1: "
        "offered 2026-03-02 12:00:00 UTC, not fetched yet",
        "mapping": "acme/850@1",
        "destination": "erp",
        "answer": "201 accepted, as SO-000003, at try 1, 2026-03-02 12:00:00 UTC",
    }


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("document.closed", {"handled": "yes", "external_id": "SO-1"}, "as SO-1: entered by hand"),
        ("document.closed", {"handled": "yes"}, "entered by hand"),
        ("document.noted", {"line": "2", "to": "I-1", "number": "OLD-7"}, "line 2 booked to I-1: entered by hand"),
        ("document.noted", {"line": "2", "to": ""}, "line 2 booked to nothing: entered by hand"),
        ("document.noted", {}, "entered by hand"),
        ("document.owed-waived", {"owed": "856", "by": "us"}, "the 856: entered by hand"),
        ("document.assigned", {"to": "dana", "was": ""}, "to dana: entered by hand"),
        ("document.assigned", {"to": "", "was": "dana"}, "to nobody: entered by hand"),
    ],
)
def test_a_step_of_a_person_says_what_was_done_and_why(kind: str, detail: dict[str, str], said: str) -> None:
    acted = an_event(kind, "kim", "entered by hand", **detail)

    step = list(lines(replace(a_document(), events=[acted], canonical=b"")))[-1]

    assert step.endswith(f"by kim  {said}")


def test_steps_have_time_kind_who_and_what_was_said() -> None:
    release = an_event("transmission.released", "dana", "corrected, says acme")
    offered = an_event("acknowledgement.offered", name="acme-997-000000001.x12")
    detail = replace(a_document(), events=[*a_document().events, release, offered])
    shown = list(lines(detail))
    steps = shown[shown.index("steps") + 1 : shown.index("order.v1") - 1]

    assert steps == [
        "  2026-03-02 12:00:00.012  transmission received      by channel/acme-http",
        "  2026-03-02 12:00:00.012  document delivered         by gateway/node  201 accepted, as SO-000003, at try 1",
        "  2026-03-02 12:00:00.012  transmission released      by dana  corrected, says acme",
        "  2026-03-02 12:00:00.012  acknowledgement offered    by gateway/node  acme-997-000000001.x12",
    ]


def test_the_canonical_document_comes_last_and_is_readable() -> None:
    shown = list(lines(a_document()))

    assert shown[-2:] == ["order.v1", '{\n  "total": "10.50"\n}']


@pytest.mark.parametrize(
    ("state", "words"), [("held", "replay"), ("dead", "mend the cause"), ("rejected", "the partner corrects it")]
)
def test_what_waits_for_somebody_says_for_whom(state: str, words: str) -> None:
    assert words in sheet(a_document(state, reason="unmapped unit BX"))["next"]
    assert "next" not in sheet(a_document())


def test_a_test_document_is_called_one() -> None:
    assert sheet(a_document(usage="T"))["usage"] == "T (test)"


def a_pickup(what: str, channel: str, minutes: int, name: str = "") -> EventRow:
    """An event of the answer A-1, as the store writes it: offers name their channel, pickups who did it."""
    at, kind = NOON + timedelta(minutes=minutes), f"acknowledgement.{what}"
    if what == "offered":
        offer = {"kind": "997", "channel": channel, "name": name or ANSWER["name"], "interchange": "I-1"}
        return EventRow(at=at, subject="A-1", kind=kind, who="gateway/node", why="", detail=offer)
    return EventRow(at=at, subject="A-1", kind=kind, who=f"channel/{channel}", why="", detail={"name": name})


def answers(*events: EventRow) -> list[str]:
    """What is told of the 997, without its numbers and the day."""
    detail = replace(a_document(), acknowledgements=[ANSWER | {"offers": "2"}], events=events)
    told = [line[13:] for line in lines(detail) if line.startswith("997 ")]
    return [line.replace(", ISA13 000000001, GS06 1", "").replace("2026-03-02 ", "") for line in told]


def test_an_answer_says_when_it_was_offered_fetched_and_removed() -> None:
    first = (a_pickup("offered", "acme-sftp", 0), a_pickup("fetched", "acme-sftp", 1))

    assert answers(*first, a_pickup("confirmed", "acme-sftp", 2)) == [
        "acme-997-000000001.x12 for acme-sftp: offered 12:00:00 UTC, fetched 12:01:00 UTC, confirmed 12:02:00 UTC"
    ]


def test_an_answer_whose_name_the_partner_was_shown_says_so_and_when() -> None:
    shown = (a_pickup("offered", "acme-sftp", 0), a_pickup("listed", "acme-sftp", 1))

    assert answers(*shown) == [
        "acme-997-000000001.x12 for acme-sftp: offered 12:00:00 UTC, listed 12:01:00 UTC, not fetched yet"
    ]
    (told,) = answers(*shown, a_pickup("fetched", "acme-sftp", 2))
    assert told.endswith(": offered 12:00:00 UTC, listed 12:01:00 UTC, fetched 12:02:00 UTC")


def test_an_answer_offered_again_has_not_been_fetched_again() -> None:
    first = (a_pickup("offered", "acme-sftp", 0), a_pickup("fetched", "acme-sftp", 1))
    twice = (*first, a_pickup("offered", "acme-sftp", 5))
    thrice = (*twice, a_pickup("offered", "acme-sftp", 6))

    assert answers(*twice) == [
        "acme-997-000000001.x12 for acme-sftp: offered 12:00:00 UTC, again 12:05:00 UTC, not fetched yet"
    ]
    (told,) = answers(*thrice)
    assert told.endswith(": offered 12:00:00 UTC, again 12:06:00 UTC (3 times in all), not fetched yet")


def test_an_answer_offered_in_another_channel_says_what_became_of_it_in_each() -> None:
    copy = a_pickup("offered", "acme-http", 5, "acme-997-000000001-A-1.x12")

    assert answers(a_pickup("offered", "acme-sftp", 0), a_pickup("fetched", "acme-sftp", 1), copy) == [
        "acme-997-000000001.x12 for acme-sftp: offered 12:00:00 UTC, fetched 12:01:00 UTC",
        "acme-997-000000001-A-1.x12 for acme-http: offered 12:05:00 UTC, not fetched yet",
    ]


def test_the_step_of_an_offer_names_its_channel() -> None:
    shown = list(lines(replace(a_document(), events=[a_pickup("offered", "acme-http", 0)])))

    assert any(
        line.endswith("acknowledgement offered    by gateway/node  acme-997-000000001.x12 for acme-http")
        for line in shown
    )


def test_an_answer_without_events_is_told_by_its_row() -> None:
    answer = ANSWER | {"state": "confirmed", "fetched": NOON.isoformat(), "confirmed": NOON.isoformat()}
    told = sheet(replace(a_document(), acknowledgements=[answer]))["997"]

    assert told.endswith(
        "offered 2026-03-02 12:00:00 UTC, fetched 2026-03-02 12:00:00 UTC, confirmed 2026-03-02 12:00:00 UTC"
    )


def test_a_failed_try_is_told_with_its_reason() -> None:
    tried = an_event("document.deferred", why="HTTP 500: it is down", reply="retry", status="500", attempt="3")
    shown = sheet(replace(a_document("mapped", reason="HTTP 500: it is down"), events=[tried]))

    assert shown["answer"] == "500 not now, at try 3, 2026-03-02 12:00:00 UTC"
    assert shown["state"] == "mapped: HTTP 500: it is down"


def test_nothing_that_a_terminal_obeys_comes_through() -> None:
    detail = replace(a_document(), file_name="a\x1b[2J.edi", message_id="\x07")

    assert not any("\x1b" in line or "\x07" in line for line in lines(detail))


@pytest.mark.parametrize(("version", "element"), [("005010", "IK501"), ("004010", "AK501")])
def test_what_was_told_names_the_element_of_the_answer_that_told_it(version: str, element: str) -> None:
    detail = a_document()
    answers = [{**ANSWER, "kind": "999", "name": "acme-999-000000001.x12"}]
    shown = sheet(replace(detail, row=replace(detail.row, version=version), acknowledgements=answers))

    assert shown["told"] == f"accepted ({element} A)"
    assert shown["999"].startswith("acme-999-000000001.x12 for acme-http")


# ---------------------------------------------------------------------------------------------- a document of ours


SENDING = {
    "id": "O-1", "channel": "acme-sftp", "name": "acme-810-000000007.x12", "state": "offered", "lane": "normal",
    "ta1": "", "ta1_note": "", "offered": NOON.isoformat(), "fetched": "", "confirmed": "",
}  # fmt: skip


def one_of_ours(state: str, **about: object) -> DocumentDetail:
    """An invoice that our ERP handed in."""
    base = a_document(state)
    row = replace(
        base.row, direction="outbound", channel="acme-sftp", set_id="810", canonical_type="invoice.v1",
        control_numbers="000000007/7/0001" if state in ("sealed", "sent") else "//", external_id="", destination="",
        acknowledgement="awaited" if state in ("sealed", "sent") else "", reason=str(about.pop("reason", "")),
    )  # fmt: skip
    sending = SENDING if state in ("sealed", "sent") else {}
    detail = replace(
        base, row=row, arrived_by="intake/erp", message_id="invoice-9001", file_name="", acknowledgements=[],
        pins={"mapping": "acme/810@1"}, sending=sending,
    )  # fmt: skip
    return replace(detail, **about)  # type: ignore[arg-type]


def test_a_document_of_ours_says_who_handed_it_in_and_where_it_lies() -> None:
    facts = sheet(one_of_ours("sealed"))

    assert facts["handed in"] == "2026-03-02 12:00:00 UTC by intake/erp from 192.0.2.7"
    assert facts["key"] == "invoice-9001"
    assert facts["set"] == "810 004010, ISA13 000000007, GS06 7, ST02 0001"
    assert facts["sending"] == (
        "acme-810-000000007.x12 for acme-sftp: offered 2026-03-02 12:00:00 UTC, not fetched yet"
    )
    assert facts["answer"] == "The partner's acknowledgement has not come yet."


def a_step(what: str, minutes: int, channel: str = "acme-sftp") -> EventRow:
    """An event of the interchange O-1."""
    detail = {"name": SENDING["name"]} | ({"channel": channel} if what in ("offered", "listed") else {})
    at, kind = NOON + timedelta(minutes=minutes), f"sending.{what}"
    return EventRow(at=at, subject="O-1", kind=kind, who=f"channel/{channel}", why="", detail=detail)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["offered", "listed"], "offered 12:00, listed 12:01, not fetched yet"),
        (["offered", "listed", "fetched", "confirmed"], "offered 12:00, listed 12:01, fetched 12:02, confirmed 12:03"),
        (["offered", "fetched", "offered", "listed"], "offered 12:00, again 12:02, listed 12:03, not fetched yet"),
    ],
)
def test_a_document_of_ours_says_whether_the_partner_was_shown_its_name(steps: list[str], told: str) -> None:
    events = [a_step(what, minute) for minute, what in enumerate(steps)]
    elsewhere = EventRow(at=NOON, subject="O-2", kind="sending.fetched", who="channel/acme-sftp", why="")

    facts = sheet(one_of_ours("sent", events=[*events, elsewhere]))

    shown = facts["sending"].replace("2026-03-02 ", "").replace(":00 UTC", "")
    assert shown == f"acme-810-000000007.x12 for acme-sftp: {told}"


def test_what_the_partner_said_of_it_stands_line_by_line() -> None:
    refused = one_of_ours("sent", said=["line 1: quantity invoiced (IT1-02) is missing"])
    refused = replace(refused, row=replace(refused.row, acknowledgement="rejected"))

    shown = list(lines(refused))

    assert any("The partner refused it" in line for line in shown)
    assert any("line 1: quantity invoiced (IT1-02) is missing" in line for line in shown)


def test_a_document_of_ours_that_does_not_go_yet_says_why_and_until_when() -> None:
    until = datetime(2999, 3, 2, 22, 0, tzinfo=UTC)
    waiting = Waiting(opens_at=NOON, due_at=until, here=1, most_sets=3)

    facts = sheet(replace(one_of_ours("translated"), waiting=waiting))

    words = "waits for 2 more to fill its interchange (1 of 3 here), until 2999-03-02 at 22:00 UTC at the latest"
    assert facts["sending"] == f"not sealed yet: {words}"


def test_a_held_document_of_ours_says_why_and_what_to_do() -> None:
    facts = sheet(one_of_ours("held", reason="totals.amount: a cent"))

    assert facts["state"] == "held: totals.amount: a cent"
    assert facts["set"] == "810 004010, no numbers yet"
    assert facts["sending"] == "not sealed yet"
    assert facts["next"].startswith("do what the state says, then: gateway documents replay")


def test_an_acknowledgement_is_shown_by_what_it_says() -> None:
    row = replace(a_document("reconciled").row, set_id="997", acknowledgement="", reason="group IN 12: 1 rejected")
    detail = replace(a_document(), row=row, acknowledgements=[], said=["group IN 12 was rejected", "810 0001 was"])
    shown = sheet(detail)

    assert (shown["state"], shown["says"]) == ("reconciled: group IN 12: 1 rejected", "group IN 12 was rejected")
    assert shown[""] == "810 0001 was"
    assert not {"told", "mapping", "destination", "answer", "next"} & shown.keys()


def test_an_acknowledgement_that_is_held_names_who_is_to_be_asked() -> None:
    detail = replace(a_document(), row=replace(a_document("held").row, set_id="999"), said=[])

    assert sheet(detail)["says"] == "it could not be read"
    assert sheet(detail)["next"].startswith("nothing was accepted by it: ask the partner")
    assert sheet(detail)[""] == f"gateway documents close {detail.row.id} --reason TEXT"


def test_a_refused_document_of_ours_is_shown_with_why_and_with_the_line_that_wrote_it() -> None:
    row = replace(
        a_document("sent").row, direction="outbound", set_id="810", acknowledgement="rejected", acknowledged_at=NOON
    )
    sending = {"name": "a.x12", "channel": "acme-sftp", "offered": NOON.isoformat(), "fetched": "", "confirmed": ""}
    said = ["810 0001 was rejected", "line 1: quantity invoiced (IT1-02) is missing"]
    detail = replace(a_document(), row=row, sending=sending, said=said)
    shown = list(lines(detail, ["", "x12/810/v1.map.yaml:157"]))

    at = next(n for n, line in enumerate(shown) if line.startswith("answer"))
    assert shown[at].endswith("it has to be corrected and sent again. 2026-03-02 12:00:00 UTC")
    assert [line.strip() for line in shown[at + 1 : at + 3]] == [
        said[0],
        f"{said[1]}, written by x12/810/v1.map.yaml:157",
    ]
    assert shown[at + 3].startswith("next         mend the cause")


def a_carrying(**about: object) -> CarryingRow:
    """A file that was tried once by a VAN."""
    row = CarryingRow(
        id="C-1", subject="O-1", channel="acme-van", via="acme-van", name="acme-810-000000007.x12", state="waiting",
        reason="connection refused", attempts=1, doubt=False, in_hand=False, message_id="C-1-1", since=NOON,
        next_try_at=NOON, taken_at=None, answer_due_at=None, answered_at=None, disposition="",
    )  # fmt: skip
    return replace(row, **about)  # type: ignore[arg-type]


def test_what_we_push_says_how_it_stands_and_not_that_nobody_fetched_it() -> None:
    facts = sheet(one_of_ours("sealed", carrying=[a_carrying()]))

    assert facts["sending"] == "acme-810-000000007.x12 for acme-sftp: offered 2026-03-02 12:00:00 UTC"
    assert facts["carrying"] == (
        "Waits to be carried to the partner (acme-van), 1 attempt, next 2026-03-02 12:00:00 UTC: connection refused"
    )
    assert "next" not in facts


def test_what_was_refused_by_another_way_says_so_and_what_to_do() -> None:
    refused = a_carrying(state="refused", via="acme-sftp", next_try_at=None, attempts=2, disposition="processed/error")

    facts = sheet(one_of_ours("sealed", carrying=[refused]))

    assert "(acme-sftp instead of acme-van), 2 attempts, processed/error: connection refused" in facts["carrying"]
    assert facts["next"].startswith("mend the cause with the partner, then: gateway documents push ")


def test_what_another_took_the_place_of_is_not_said_to_be_pushed() -> None:
    refused = a_carrying(state="refused", next_try_at=None)

    facts = sheet(one_of_ours("superseded", sending=SENDING, carrying=[refused]))

    assert "next" not in facts


def test_what_may_be_there_already_says_so_while_it_waits_and_when_it_was_given_up() -> None:
    told = {state: a_carrying(state=state, doubt=True).words() for state in ("waiting", "given_up", "carried")}

    assert {state for state, words in told.items() if "it may be there already" in words} == {"waiting", "given_up"}


def test_an_answer_that_we_push_is_carried_and_not_fetched() -> None:
    answer = {**ANSWER, "state": "carried", "carried": NOON.isoformat()}
    carried = a_carrying(subject=answer["id"], channel=answer["channel"], via=answer["channel"], state="carried")

    shown = list(lines(replace(a_document(), acknowledgements=[answer], events=[], carrying=[carried])))

    assert any("carried 2026-03-02 12:00:00 UTC" in line for line in shown)
    assert not any("not fetched yet" in line for line in shown)


def test_what_a_person_closed_is_told_in_words_and_not_as_a_line_of_a_set() -> None:
    words = "closed by kim: paid by cheque; nobody had said anything of it"
    fact = BusinessFact(
        document="I-1", line=-1, partner="acme", usage="P", set_id="", by="kim", kind="closed", number="", says="",
        amount=None, currency="", dated="", at=NOON, words=words, state="matched", reason="", subject="I-1",
    )  # fmt: skip

    assert sheet(replace(a_document(), facts=[fact]))["said"] == f"2026-03-02 12:00:00 UTC {words}"
