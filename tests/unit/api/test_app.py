"""What every route of the API shares, its mailbox and its health."""

import asyncio

import pytest
from fastapi import FastAPI

from gateway.api.accounts import ApiAccount, Gatekeeper
from gateway.api.problems import KINDS, Problem
from gateway.errors import MachineError
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.questions import PreparedQuestions
from tests.unit.api.conftest import BOLT, Caller


@pytest.mark.parametrize(
    ("method", "target", "status", "problem"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/docs", 404, "not-found"),
        ("GET", "/api/v1/../../etc/passwd", 404, "not-found"),
        ("GET", "/api/v1/transmissions/", 404, "not-found"),
        ("GET", "/api/v1/transmissions", 405, "method"),
        ("PUT", "/api/v1/mailbox", 405, "method"),
        ("GET", "/api/v1/transmissions/" + "x" * 101, 422, "invalid"),
    ],
)
async def test_what_is_not_offered_is_a_problem_too(
    call: Caller, method: str, target: str, status: int, problem: str
) -> None:
    answer = await call(method, target)

    assert (answer.status, answer.problem) == (status, problem)


@pytest.mark.parametrize("target", ["/healthz", "/nowhere", "/api/v1/mailbox"])
async def test_every_answer_carries_the_security_headers(call: Caller, target: str) -> None:
    answer = await call("GET", target)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_openapi_document_names_every_route_and_problem(call: Caller, app: FastAPI) -> None:
    document = (await call("GET", "/api/v1/openapi.json", key=None)).json()

    assert set(document["paths"]) == {
        "/api/v1/transmissions",
        "/api/v1/transmissions/{transmission_id}",
        "/api/v1/documents",
        "/api/v1/documents/{document_id}",
        "/api/v1/documents/{document_id}/book",
        "/api/v1/documents/{document_id}/correct",
        "/api/v1/documents/{document_id}/{verb}",
        "/api/v1/documents/{identifier}/push",
        "/api/v1/documents/{identifier}/release",
        "/api/v1/documents/verbs/{verb}",
        "/api/v1/mailbox",
        "/api/v1/mailbox/{name}",
        "/healthz",
        "/readyz",
    }
    assert len(document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]) == len(KINDS)
    assert document["paths"]["/api/v1/mailbox"]["get"]["security"]


async def test_the_mailbox_lists_only_the_callers_outbound_files(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs
) -> None:
    mailbox.put("acme-http", "outbound", "997-1.edi", blobs.keep(b"ISA*997"))
    mailbox.put("bolt-http", "outbound", "997-2.edi", blobs.keep(b"ISA*997"))

    items = (await call("GET", "/api/v1/mailbox")).json()["items"]

    assert [(item["name"], item["state"], item["size"]) for item in items] == [("997-1.edi", "ready", 7)]


@pytest.mark.parametrize("data", [b"ISA*997", b"x" * 3_000_000])
async def test_a_download_is_whole_and_a_pickup(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs, data: bytes
) -> None:
    entry = mailbox.put("acme-http", "outbound", "997-1.edi", blobs.keep(data))

    answer = await call("GET", "/api/v1/mailbox/997-1.edi")

    assert answer.body == data
    assert answer.headers["content-length"] == str(len(data))
    assert answer.headers["etag"] == f'"{entry.content.sha256}"'
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''997-1.edi"
    assert mailbox.pickups == [("acme-http", "997-1.edi")]


async def test_a_download_that_breaks_off_is_no_pickup(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs
) -> None:
    mailbox.put("acme-http", "outbound", "big", blobs.keep(b"x" * 30_000_000))

    await call("GET", "/api/v1/mailbox/big", pieces=[], cut=True)

    assert mailbox.pickups == []


async def test_a_file_name_cannot_break_out_of_its_header(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs
) -> None:
    name = 'a";\r\nX: ü.edi'
    mailbox.put("acme-http", "outbound", name, blobs.keep(b"x"))

    answer = await call("GET", f"/api/v1/mailbox/{name}")

    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22%3B%0D%0AX%3A%20%C3%BC.edi"


async def test_a_file_that_was_shown_is_noted_as_listed(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs
) -> None:
    mailbox.put("acme-http", "outbound", "997.x12", blobs.keep(b"ISA"))
    before = (await call("GET", "/api/v1/mailbox")).json()["items"][0]["state"]
    entry = mailbox.entry("acme-http", "outbound", "997.x12")

    assert before == "ready"
    assert entry is not None and entry.state == "listed"
    assert (await call("GET", "/api/v1/mailbox")).json()["items"][0]["state"] == "ready"


async def test_a_confirmed_file_goes_to_the_archive(call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs) -> None:
    mailbox.put("acme-http", "outbound", "997-1.edi", blobs.keep(b"ISA*997"))

    first = await call("DELETE", "/api/v1/mailbox/997-1.edi")
    second = await call("DELETE", "/api/v1/mailbox/997-1.edi")

    assert (first.status, second.status) == (204, 404)
    assert mailbox.entry("acme-http", "archive", "997-1.edi") is not None


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_channels_file_cannot_be_touched(
    call: Caller, mailbox: MemoryMailbox, blobs: MemoryBlobs, method: str
) -> None:
    mailbox.put("acme-http", "outbound", "997-1.edi", blobs.keep(b"ISA*997"))

    answer = await call(method, "/api/v1/mailbox/997-1.edi", key=BOLT)

    assert (answer.status, answer.problem) == (404, "not-found")
    assert mailbox.entry("acme-http", "outbound", "997-1.edi") is not None


async def test_the_process_is_alive_whatever_the_database_does(call: Caller, questions: PreparedQuestions) -> None:
    questions.failure = MachineError("down")

    assert (await call("GET", "/healthz", key=None)).status == 200


async def test_ready_asks_the_database_once_a_second_at_most(call: Caller, questions: PreparedQuestions) -> None:
    questions.backlog = 3

    answers = [await call("GET", "/readyz", key=None) for _ in range(5)]

    assert {answer.status for answer in answers} == {200}
    assert answers[0].json() == {"status": "ready", "backlog": 3}
    assert questions.asked == 1


@pytest.mark.parametrize(
    ("backlog", "failure"), [(101, None), (0, MachineError("secret")), (0, OSError("secret")), (0, KeyError("secret"))]
)
async def test_not_ready_says_when_to_come_again_and_no_more(
    call: Caller, questions: PreparedQuestions, backlog: int, failure: Exception | None
) -> None:
    questions.backlog, questions.failure = backlog, failure

    answer = await call("GET", "/readyz", key=None)

    assert answer.status == 503
    assert "secret" not in answer.body.decode()
    assert answer.problem == ("storage" if failure else "busy")
    assert int(answer.headers["retry-after"]) > 0


async def test_wrong_keys_are_answered_ever_later_per_address_until_a_right_one() -> None:
    account = ApiAccount(channel="acme-http", max_file_bytes=1)
    keeper = Gatekeeper(lambda sha256: None, delay_seconds=0.01, longest_delay_seconds=0.05)
    right = Gatekeeper(lambda sha256: account)
    scope = {"headers": [(b"x-api-key", b"k")], "client": ("192.0.2.1", 1)}
    started = asyncio.get_running_loop().time()

    for _ in range(4):
        with pytest.raises(Problem):
            await keeper.account(scope)

    assert asyncio.get_running_loop().time() - started >= 0.01 + 0.02 + 0.04 + 0.05
    assert keeper.failures("192.0.2.1") == 4
    assert keeper.failures("192.0.2.2") == 0
    assert await right.account(scope) is account
