"""POST /api/v1/documents, for our own systems, and what became of one."""

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from gateway.api.accounts import SystemAccount
from gateway.errors import Busy, MachineError
from gateway.parcel import INLINE_LIMIT, Parcel, Receipt
from gateway.pipeline.outbound.collect import FieldError, Refused, document_id
from gateway.pipeline.outbound.waiting import Waiting
from gateway.pipeline.questions import DocumentDetail, DocumentRow
from gateway.pipeline.times import Times
from tests.documents import NOON
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.questions import PreparedQuestions, a_transmission_row
from tests.unit.api.conftest import ACME, ERP, MAX_BYTES, Admission, Caller

POST = ("POST", "/api/v1/documents")
KEYED = [("Idempotency-Key", "invoice-9001")]
TRANSMISSION = "01KJQ6PSG0ABCDEFGHJKMNPQRS"
INVALID = Refused(
    kind="invalid",
    reason="the body is no invoice.v1",
    errors=(FieldError(field="lines[3].quantity", message="not a decimal number"),),
)


class Numbered(MemoryIntake):
    """An intake whose transmissions have real ids: one for each that was new."""

    async def receive(self, parcel: Parcel) -> Receipt:
        receipt = await super().receive(parcel)
        number = int(receipt.transmission_id.removeprefix("t-"))
        return dataclasses.replace(receipt, transmission_id=f"{TRANSMISSION[:-1]}{number}")


@pytest.fixture
def intake() -> MemoryIntake:
    return Numbered()


async def test_a_document_is_answered_202_with_its_id_once_it_is_durable(call: Caller, intake: MemoryIntake) -> None:
    answer = await call(*POST, b'{"schema": 1}', key=ERP, headers=KEYED)

    expected = document_id(f"{TRANSMISSION[:-1]}1")
    assert answer.status == 202
    assert answer.json() == {"id": expected, "state": "collected"}
    assert answer.headers["location"] == f"/api/v1/documents/{expected}"
    parcel = intake.parcels[0]
    assert (parcel.channel, parcel.door, parcel.message_id) == ("intake/erp", "intake", "invoice-9001")
    assert (parcel.content.inline, parcel.received_at, parcel.remote) == (b'{"schema": 1}', NOON, "192.0.2.7")


async def test_the_same_key_and_bytes_are_answered_the_same_202(call: Caller, intake: MemoryIntake) -> None:
    first = await call(*POST, b"{}", key=ERP, headers=KEYED)
    again = await call(*POST, b"{}", key=ERP, headers=KEYED)

    assert (again.status, again.body) == (first.status, first.body)
    assert len(intake.parcels) == 1


async def test_the_same_key_with_other_bytes_is_a_conflict(call: Caller) -> None:
    await call(*POST, b"{}", key=ERP, headers=KEYED)
    answer = await call(*POST, b"{ }", key=ERP, headers=KEYED)

    assert (answer.status, answer.problem) == (409, "key-used")
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_body_that_does_not_fit_is_422_and_names_its_fields(
    call: Caller, intake: MemoryIntake, admission: Admission
) -> None:
    admission.refusal = INVALID

    answer = await call(*POST, b"{}", key=ERP, headers=KEYED)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.json()["errors"] == [{"field": "lines[3].quantity", "message": "not a decimal number"}]
    assert intake.parcels == []


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [
        ("unreadable", 400, "bad-request"),
        ("no-agreement", 422, "no-agreement"),
        ("not-permitted", 403, "not-permitted"),
    ],
)
async def test_other_refusals_say_what_there_is(
    call: Caller, intake: MemoryIntake, admission: Admission, kind: str, status: int, problem: str
) -> None:
    admission.refusal = Refused(kind=kind, reason="there is acme/invoices")  # type: ignore[arg-type]

    answer = await call(*POST, b"{}", key=ERP, headers=KEYED)

    assert (answer.status, answer.problem, answer.json()["detail"]) == (status, problem, "there is acme/invoices")
    assert "errors" not in answer.json()
    assert intake.parcels == []


async def test_what_was_taken_before_is_answered_202_though_it_would_be_refused_today(
    call: Caller, admission: Admission, questions: PreparedQuestions
) -> None:
    body = b'{"schema": "invoice.v1"}'
    earlier = a_transmission_row(TRANSMISSION, channel="intake/erp")
    sha256 = hashlib.sha256(body).hexdigest()
    questions.by_id[TRANSMISSION] = dataclasses.replace(earlier, message_id="invoice-9001", sha256=sha256)
    admission.refusal = INVALID

    other = await call(*POST, body + b" ", key=ERP, headers=KEYED)
    same = await call(*POST, body, key=ERP, headers=KEYED)

    assert (other.status, other.problem) == (409, "key-used")
    assert other.json()["title"] == "This Idempotency-Key was used before for another document"
    assert (same.status, same.json()) == (202, {"id": document_id(TRANSMISSION), "state": "collected"})


@pytest.mark.parametrize("key", [None, ACME, "nobody's"])
async def test_a_partners_key_and_none_open_nothing_here(call: Caller, intake: MemoryIntake, key: str | None) -> None:
    answer = await call(*POST, b"{}", key=key, headers=KEYED)

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert intake.parcels == []


@pytest.mark.parametrize("target", ["/api/v1/transmissions", "/api/v1/mailbox"])
async def test_our_own_systems_key_opens_nothing_else(call: Caller, target: str) -> None:
    answer = await call("POST" if "transmissions" in target else "GET", target, b"ISA*", key=ERP)

    assert (answer.status, answer.problem) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [[], [("Idempotency-Key", "")], [("Idempotency-Key", "x" * 256)], [*KEYED, ("Idempotency-Key", "another")],
     [("Idempotency-Key", "schl\xfcssel")]],
)  # fmt: skip
async def test_exactly_one_key_that_can_be_kept_is_needed(
    call: Caller, intake: MemoryIntake, headers: list[tuple[str, str]]
) -> None:
    answer = await call(*POST, b"{}", key=ERP, headers=headers)

    assert (answer.status, answer.problem) == (400, "idempotency-key")
    assert intake.parcels == []


async def test_more_than_the_limit_is_413_and_not_kept(call: Caller, intake: MemoryIntake, blobs: MemoryBlobs) -> None:
    answer = await call(*POST, pieces=[b"x" * 70_000] * 4, key=ERP, headers=KEYED)

    assert (answer.status, answer.problem, answer.json()["max_bytes"]) == (413, "too-large", MAX_BYTES)
    assert intake.parcels == []
    assert not blobs.open


async def test_a_large_document_is_looked_at_and_kept_whole(
    call: Caller, intake: MemoryIntake, blobs: MemoryBlobs, admission: Admission
) -> None:
    body = b"{" + b" " * INLINE_LIMIT + b"}"

    answer = await call(*POST, body, key=ERP, headers=KEYED)

    assert answer.status == 202
    [(asked, account)] = admission.asked
    assert asked == body == blobs.bytes_of(intake.parcels[0].content)
    assert isinstance(account, SystemAccount)
    assert account.may_send == {"acme"}


async def test_busy_and_broken_are_said_before_and_after(call: Caller, intake: MemoryIntake) -> None:
    intake.refusal = Busy("full", retry_after_seconds=7)
    busy = await call(*POST, b"{}", key=ERP, headers=KEYED)
    intake.refusal, intake.failure = None, MachineError("disk full")
    broken = await call(*POST, b"{}", key=ERP, headers=KEYED)

    assert (busy.status, busy.problem, busy.headers["retry-after"]) == (503, "busy", "7")
    assert (broken.status, broken.problem) == (503, "storage")
    assert "disk" not in broken.body.decode()


# ---------------------------------------------------------------------------------------------- what became of it


def a_detail(id_: str) -> DocumentDetail:
    """A document that was refused by its partner."""
    row = DocumentRow(
        id=id_,
        transmission_id=TRANSMISSION,
        channel="acme-sftp",
        partner="acme",
        direction="outbound",
        set_id="810",
        version="004010",
        control_numbers="000000007/7/0001",
        business_number="HP-9001",
        canonical_type="invoice.v1",
        usage="P",
        state="sent",
        reason="",
        destination="",
        external_id="",
        acknowledgement="rejected",
        acknowledged_at=datetime(2026, 3, 3, tzinfo=UTC),
        headline="The partner refused it; it has to be corrected and sent again.",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
        delivered_at=None,
    )
    return DocumentDetail(
        row=row,
        file_name="",
        message_id="invoice-9001",
        remote="",
        interchange_state="",
        interchange_reason="",
        findings=[],
        pins={},
        canonical=None,
        x12=b"",
        acknowledgements=[],
        events=[],
        said=["line 1: quantity invoiced (IT1-02) is missing"],
        arrived_by="intake/erp",
        times=Times(dated="2026-03-02"),
    )


TIMES = (
    *("dated", "envelope", "received", "validated", "sealed", "offered", "sent", "picked_up", "mdn", "answered"),
    *("business", "due", "due_at", "missed_at"),
)


async def test_a_document_nobody_has_looked_into_yet_is_collected(call: Caller, questions: PreparedQuestions) -> None:
    row = a_transmission_row(TRANSMISSION, channel="intake/erp")
    questions.by_id[TRANSMISSION] = dataclasses.replace(row, documents=[])

    answer = await call("GET", f"/api/v1/documents/{document_id(TRANSMISSION)}", key=ERP)

    assert (answer.status, answer.json()["state"]) == (200, "collected")


async def test_the_system_that_handed_it_in_learns_what_the_partner_said(
    call: Caller, questions: PreparedQuestions
) -> None:
    document = document_id(TRANSMISSION)
    questions.details[document] = a_detail(document)

    answer = await call("GET", f"/api/v1/documents/{document}", key=ERP)

    assert answer.status == 200
    assert answer.json() == {
        "id": document,
        "state": "sent",
        "reason": "",
        "partner": "acme",
        "set": "810",
        "business_number": "HP-9001",
        "control_numbers": "000000007/7/0001",
        "acknowledgement": "rejected",
        "acknowledged_at": "2026-03-03T00:00:00Z",
        "waits_until": None,
        "said": ["line 1: quantity invoiced (IT1-02) is missing"],
        "successor": "",
        "carrying": None,
        "headline": "The partner refused it; it has to be corrected and sent again.",
        "business": "",
        "business_said": "",
        "business_open": "",
        "times": dict.fromkeys(TIMES) | {"dated": "2026-03-02", "envelope": "", "due": ""},
    }


async def test_of_a_document_that_does_not_go_yet_the_system_learns_why_and_until_when(
    call: Caller, questions: PreparedQuestions
) -> None:
    document, opens = document_id(TRANSMISSION), NOON + timedelta(hours=10)
    detail = a_detail(document)
    waiting = Waiting(opens_at=opens, due_at=opens, here=1, most_sets=1)
    row = dataclasses.replace(detail.row, state="translated")
    questions.details[document] = dataclasses.replace(detail, row=row, waiting=waiting)

    told = (await call("GET", f"/api/v1/documents/{document}", key=ERP)).json()

    assert (told["state"], told["reason"]) == ("translated", f"its channel opens on {opens:%Y-%m-%d at %H:%M} UTC")
    assert datetime.fromisoformat(told["waits_until"]) == opens


async def test_of_a_document_that_was_sent_again_the_system_learns_which_one_counts(
    call: Caller, questions: PreparedQuestions
) -> None:
    body = b'{"schema": "invoice.v1"}'
    first = document_id(f"{TRANSMISSION[:-1]}1")
    await call(*POST, body, key=ERP, headers=KEYED)
    questions.details[first] = dataclasses.replace(a_detail(first), successor="01KJQ7LATER")

    again = await call(*POST, body, key=ERP, headers=KEYED)
    shown = await call("GET", f"/api/v1/documents/{first}", key=ERP)

    assert (again.status, again.json()) == (202, {"id": first, "state": "collected", "successor": "01KJQ7LATER"})
    assert again.headers["location"] == f"/api/v1/documents/{first}"
    assert shown.json()["successor"] == "01KJQ7LATER"


@pytest.mark.parametrize(
    "id_", [document_id(TRANSMISSION), document_id(f"{TRANSMISSION[:-1]}Z"), TRANSMISSION, "nonsense", "01"]
)
async def test_another_systems_document_and_none_look_the_same(
    call: Caller, questions: PreparedQuestions, id_: str
) -> None:
    questions.by_id[TRANSMISSION] = a_transmission_row(TRANSMISSION, channel="intake/wms")
    other = document_id(f"{TRANSMISSION[:-1]}Z")
    questions.details[other] = dataclasses.replace(a_detail(other), arrived_by="intake/wms")

    answer = await call("GET", f"/api/v1/documents/{id_}", key=ERP)

    assert (answer.status, answer.problem) == (404, "not-found")
