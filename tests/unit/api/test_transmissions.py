"""POST /api/v1/transmissions and what became of it."""

import hashlib

import pytest

from gateway.errors import Busy, MachineError, NotPermitted, PartnerError, TooLarge
from gateway.parcel import INLINE_LIMIT
from tests.documents import NOON
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.questions import PreparedQuestions, a_transmission_row
from tests.unit.api.conftest import ACME, BOLT, FENCED, MAX_BYTES, Caller

POST = ("POST", "/api/v1/transmissions")


async def test_a_post_is_answered_202_with_its_id_once_it_is_durable(call: Caller, intake: MemoryIntake) -> None:
    answer = await call(*POST, b"ISA*", headers=[("X-Message-Id", "m-1")])

    assert answer.status == 202
    assert answer.json() == {"transmission_id": "t-1", "message_id": "m-1", "known": False}
    assert answer.headers["location"] == "/api/v1/transmissions/t-1"


async def test_the_parcel_carries_the_keys_channel_and_the_exact_bytes(call: Caller, intake: MemoryIntake) -> None:
    await call("POST", "/api/v1/transmissions?file_name=po%2F1.edi&message_id=a%20b", b"\x00\xffISA")

    parcel = intake.parcels[0]
    assert parcel.content.inline == b"\x00\xffISA"
    assert parcel.content.sha256 == hashlib.sha256(b"\x00\xffISA").hexdigest()
    assert (parcel.channel, parcel.door, parcel.remote) == ("acme-http", "http", "192.0.2.7")
    assert (parcel.message_id, parcel.file_name, parcel.received_at) == ("a b", "po/1.edi", NOON)


async def test_the_same_message_id_again_gives_the_same_ids(call: Caller, intake: MemoryIntake) -> None:
    first = await call(*POST, b"ISA*", headers=[("X-Message-Id", "m-1")])
    again = await call(*POST, b"ISA*", headers=[("X-Message-Id", "m-1")])

    assert again.status == 202
    assert again.json() == first.json() | {"known": True}
    assert len(intake.parcels) == 1


async def test_a_message_id_with_other_content_is_a_conflict(call: Caller) -> None:
    await call(*POST, b"ISA*1", headers=[("X-Message-Id", "m-1")])
    answer = await call(*POST, b"ISA*2", headers=[("X-Message-Id", "m-1")])

    assert (answer.status, answer.problem) == (409, "conflict")


async def test_two_channels_may_use_the_same_message_id(call: Caller, intake: MemoryIntake) -> None:
    await call(*POST, b"1", headers=[("X-Message-Id", "m-1")])
    answer = await call(*POST, b"2", headers=[("X-Message-Id", "m-1")], key=BOLT)

    assert answer.status == 202
    assert len(intake.parcels) == 2


@pytest.mark.parametrize("size", [INLINE_LIMIT, INLINE_LIMIT + 1, MAX_BYTES])
async def test_content_of_any_size_up_to_the_limit_arrives_whole(
    call: Caller, intake: MemoryIntake, blobs: MemoryBlobs, size: int
) -> None:
    data = bytes(number % 251 for number in range(size))
    pieces = [data[start : start + 7000] for start in range(0, size, 7000)]

    answer = await call(*POST, pieces=pieces)

    content = intake.parcels[0].content
    assert answer.status == 202
    assert blobs.bytes_of(content) == data
    assert (content.inline is not None) == (size <= INLINE_LIMIT)
    assert not blobs.open


async def test_more_than_agreed_is_refused_without_being_kept(
    call: Caller, intake: MemoryIntake, blobs: MemoryBlobs
) -> None:
    answer = await call(*POST, pieces=[b"x" * 70_000] * 4)

    assert (answer.status, answer.problem) == (413, "too-large")
    assert answer.json()["max_bytes"] == MAX_BYTES
    assert not intake.parcels
    assert not blobs.open


async def test_an_announced_length_over_the_limit_is_refused_before_reading(call: Caller) -> None:
    answer = await call(*POST, headers=[("Content-Length", str(MAX_BYTES + 1))], pieces=[], silence=True)

    assert answer.problem == "too-large"


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "", "٣".encode().decode("latin-1")])
async def test_a_length_that_is_no_number_is_refused(call: Caller, length: str) -> None:
    answer = await call(*POST, b"x", headers=[("Content-Length", length)])

    assert answer.problem == "length"


async def test_empty_content_is_refused(call: Caller, intake: MemoryIntake) -> None:
    answer = await call(*POST, b"")

    assert (answer.status, answer.problem) == (400, "empty-body")
    assert not intake.parcels


async def test_encoded_content_is_refused_because_it_would_be_stored_encoded(call: Caller) -> None:
    answer = await call(*POST, b"x", headers=[("Content-Encoding", "gzip")])

    assert (answer.status, answer.problem) == (415, "encoding")


@pytest.mark.parametrize("before", [b"ISA*", b"x" * 100_000])
async def test_a_cut_upload_is_never_stored_and_leaves_nothing(
    call: Caller, intake: MemoryIntake, blobs: MemoryBlobs, before: bytes
) -> None:
    answer = await call(*POST, pieces=[before], cut=True)

    assert answer.status == 0
    assert not intake.parcels
    assert not blobs.open


@pytest.mark.parametrize("before", [b"ISA*", b"x" * 100_000])
async def test_an_upload_that_falls_silent_is_given_up(
    call: Caller, intake: MemoryIntake, blobs: MemoryBlobs, before: bytes
) -> None:
    answer = await call(*POST, pieces=[before], silence=True)

    assert (answer.status, answer.problem) == (408, "too-slow")
    assert not intake.parcels
    assert not blobs.open


async def test_a_full_disk_is_503_and_leaves_nothing(call: Caller, intake: MemoryIntake, blobs: MemoryBlobs) -> None:
    blobs.full = True

    answer = await call(*POST, pieces=[b"x" * 50_000] * 2)

    assert (answer.status, answer.problem) == (503, "storage")
    assert "no space" not in answer.body.decode()
    assert not intake.parcels


async def test_a_backlog_over_its_limit_is_503_before_any_byte_is_read(call: Caller, intake: MemoryIntake) -> None:
    intake.refusal = Busy("backlog 50001", retry_after_seconds=7)

    answer = await call(*POST, pieces=[], silence=True)

    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "busy", "7")


@pytest.mark.parametrize(
    ("failure", "status", "problem"),
    [
        (Busy("secret"), 503, "busy"),
        (TooLarge("secret"), 413, "too-large"),
        (NotPermitted("secret"), 403, "not-permitted"),
        (PartnerError("secret"), 400, "bad-request"),
        (MachineError("secret"), 503, "storage"),
        (OSError("secret"), 503, "storage"),
        (RuntimeError("secret"), 500, "internal"),
    ],
)
async def test_a_failure_is_told_by_its_class_and_never_in_its_own_words(
    call: Caller, intake: MemoryIntake, failure: Exception, status: int, problem: str
) -> None:
    intake.failure = failure

    answer = await call(*POST, b"ISA*")

    assert (answer.status, answer.problem) == (status, problem)
    assert "secret" not in answer.body.decode()


@pytest.mark.parametrize("message_id", ["", " ", "a\tb", "é", "x" * 201])
async def test_a_message_id_that_cannot_be_kept_as_it_is_is_refused(call: Caller, message_id: str) -> None:
    answer = await call(*POST, b"ISA*", headers=[("X-Message-Id", message_id)])

    assert (answer.status, answer.problem) == (400, "message-id")


async def test_two_different_message_ids_are_refused(call: Caller) -> None:
    answer = await call("POST", "/api/v1/transmissions?message_id=a", b"x", headers=[("X-Message-Id", "b")])

    assert answer.problem == "message-id"


@pytest.mark.parametrize("query", ["file_name=", "file_name=a%00b", "file_name=a%0Ab", "file_name=%ff", "a=1&" * 30])
async def test_a_query_that_cannot_be_meant_is_refused(call: Caller, query: str) -> None:
    answer = await call("POST", f"/api/v1/transmissions?{query}", b"x")

    assert answer.problem == "bad-request"


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (None, []),
        ("wrong", []),
        ("", []),
        (ACME, [("X-API-Key", ACME)]),
        (ACME, [("Authorization", f"Bearer {ACME}")]),
        (None, [("Authorization", f"Basic {ACME}")]),
        (None, [("Authorization", ACME)]),
        (None, [("X-API-Key", "x" * 513)]),
        (None, [("Cookie", f"key={ACME}")]),
    ],
)
@pytest.mark.parametrize(
    "target", [POST, ("GET", "/api/v1/transmissions/t-1"), ("GET", "/api/v1/mailbox"), ("DELETE", "/api/v1/mailbox/a")]
)
async def test_without_exactly_one_good_key_nothing_is_done(
    call: Caller, intake: MemoryIntake, key: str | None, headers: list[tuple[str, str]], target: tuple[str, str]
) -> None:
    answer = await call(*target, b"ISA*" if target is POST else b"", key=key, headers=headers)

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert not intake.parcels


async def test_the_key_may_come_in_its_own_header(call: Caller) -> None:
    answer = await call(*POST, b"ISA*", key=None, headers=[("X-API-Key", ACME)])

    assert answer.status == 202


@pytest.mark.parametrize(
    ("client", "status"), [("198.51.100.9", 202), ("::ffff:198.51.100.9", 202), ("192.0.2.7", 403), ("::1", 403)]
)
async def test_a_key_bound_to_addresses_works_from_there_only(call: Caller, client: str, status: int) -> None:
    answer = await call(*POST, b"ISA*", key=FENCED, client=client)

    assert answer.status == status


async def test_a_channel_asks_what_became_of_its_transmission(call: Caller, questions: PreparedQuestions) -> None:
    questions.by_id["t-1"] = a_transmission_row("t-1")

    answer = await call("GET", "/api/v1/transmissions/t-1")

    assert answer.status == 200
    assert answer.json()["state"] == "processed"
    assert answer.json()["documents"] == ["d-1"]
    assert answer.json()["interchanges"][0]["control_number"] == "000000001"
    assert answer.json()["acknowledgements"] == [{"set_id": "997", "state": "ready"}]


async def test_another_channels_transmission_looks_like_none(call: Caller, questions: PreparedQuestions) -> None:
    questions.by_id["t-1"] = a_transmission_row("t-1", channel="bolt-http")

    theirs = await call("GET", "/api/v1/transmissions/t-1")
    nobodys = await call("GET", "/api/v1/transmissions/t-2")

    assert (theirs.status, theirs.problem) == (404, "not-found")
    assert theirs.body == nobodys.body
