"""POST /api/v1/documents: our own systems hand in documents for partners; and the question what became of one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NoReturn

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.api.accounts import Gatekeeper, SystemAccount, address
from gateway.api.body import BodyLimits, read_content
from gateway.api.problems import Problem
from gateway.errors import Conflict
from gateway.ledger.document import OutboundState
from gateway.parcel import Content, Parcel, Receipt
from gateway.pipeline.carrying import CarryingRow
from gateway.pipeline.outbound.collect import IDENTIFIER, Refused, document_id
from gateway.pipeline.ports import Blobs, Intake
from gateway.pipeline.questions import DocumentDetail, Questions

PATH = "/api/v1/documents"
MAX_KEY_CHARACTERS = 255
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""A transaction set is refused above that size, and X12 is the shorter of the two forms."""

Admit = Callable[[bytes, SystemAccount], Refused | None]
"""Why a system may not hand this in, None when it may. Pure; may take milliseconds."""

_KINDS = {
    "unreadable": "bad-request",
    "invalid": "invalid",
    "no-agreement": "no-agreement",
    "not-permitted": "not-permitted",
}


@dataclass(frozen=True, slots=True)
class DocumentsDoor:
    """The endpoint: says at once what is wrong with a document, and 202 when it is durable."""

    gatekeeper: Gatekeeper[SystemAccount]
    intake: Intake
    blobs: Blobs
    questions: Questions
    admit: Admit
    limits: BodyLimits
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem, Gone and GatewayError; the border answers them."""
        account = await self.gatekeeper.account(scope)
        key = _key_in(scope)
        self.intake.admit(account.channel)
        content = await read_content(
            scope, receive, max_bytes=account.max_file_bytes, blobs=self.blobs, limits=self.limits
        )
        refused = await run_in_threadpool(self._refusal, content, account)
        if refused is None:
            receipt = await self._store(content, account, key, address(scope))
            transmission, known = receipt.transmission_id, receipt.known
        else:
            known = True
            transmission = await run_in_threadpool(self._known, content, account, key) or _refuse(refused)
        document = document_id(transmission)
        successor = await run_in_threadpool(self._successor, document) if known else ""
        await _accepted(document, successor)(scope, receive, send)

    def _successor(self, document: str) -> str:
        found = self.questions.document(document)
        return found.successor if found is not None else ""

    def _refusal(self, content: Content, account: SystemAccount) -> Refused | None:
        return self.admit(b"".join(self.blobs.chunks(content)), account)

    async def _store(self, content: Content, account: SystemAccount, key: str, remote: str) -> Receipt:
        parcel = Parcel(
            channel=account.channel,
            door="intake",
            content=content,
            received_at=self.clock(),
            message_id=key,
            remote=remote,
        )
        try:
            return await self.intake.receive(parcel)
        except Conflict:
            raise _conflict() from None

    def _known(self, content: Content, account: SystemAccount, key: str) -> str:
        """The transmission that was taken under this key before, though today it would be refused: the same yes again.

        "" when there is none. Agreements may have changed since; the sender only wants to know that we have it.
        """
        earlier = self.questions.handed_in(account.channel, key)
        if earlier is None:
            return ""
        if earlier.sha256 != content.sha256:
            raise _conflict()
        return earlier.id


def _conflict() -> Problem:
    return Problem("key-used", "a document that was corrected is another one: give it an Idempotency-Key of its own")


def _refuse(refused: Refused) -> NoReturn:
    errors = [{"field": error.field, "message": error.message} for error in refused.errors]
    raise Problem(_KINDS[refused.kind], refused.reason, members={"errors": errors} if errors else {})


def _accepted(document: str, successor: str) -> Response:
    """The same for the same document, whatever became of it since; with the id of the one that was sent instead."""
    later = {"successor": successor} if successor else {}
    return Response(
        json.dumps({"id": document, "state": OutboundState.COLLECTED.value, **later}).encode(),
        status_code=202,
        media_type="application/json",
        headers={"Location": f"{PATH}/{document}"},
    )


def _key_in(scope: Scope) -> str:
    found = {value.decode("latin-1").strip() for name, value in scope["headers"] if name == b"idempotency-key"}
    key = found.pop() if len(found) == 1 else ""
    if not key.isascii() or not key.isprintable() or not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise Problem("idempotency-key", f"one header Idempotency-Key of 1 to {MAX_KEY_CHARACTERS} ASCII characters")
    return key


class CarryingAnswer(BaseModel):
    """How the file stands that we carry to the partner: `state` waiting, awaiting, carried, refused or given_up.

    `channel` is the one in use. `next_try_at` is when it is tried again, None unless it waits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: str
    channel: str
    attempts: int
    reason: str
    next_try_at: datetime | None = None


class TimesAnswer(BaseModel):
    """When what happened, null where it did not, or is not known. `dated` is the date in the document; `envelope` is
    ISA09 and ISA10, in the partner's zone. `received` here, `validated`, `sealed` with its numbers, `offered`: laid
    out; `sent`: the partner had it; `picked_up` from the mailbox, `mdn` of AS2, `answered` by 997 or 999, `business`:
    what was last said of the business. `due` is what has to happen until `due_at`; `missed_at` when it was seen not to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    dated: str
    envelope: str
    received: datetime | None
    validated: datetime | None
    sealed: datetime | None
    offered: datetime | None
    sent: datetime | None
    picked_up: datetime | None
    mdn: datetime | None
    answered: datetime | None
    business: datetime | None
    due: str
    due_at: datetime | None
    missed_at: datetime | None


class DocumentAnswer(BaseModel):
    """What became of a document of ours. Of one that is ready and does not go yet, `reason` says why and `waits_until`
    when it goes at the latest. `acknowledgement` is what the partner said of it, `said` the same in words,
    `acknowledged_at` when that came. `successor` is the document that counts instead of one that is superseded.
    `carrying` is null where the partner fetches its files. `headline` is all of it in one sentence. `business` is what
    the partner says of the business in it, "" while that is not known, `business_said` the same in words; of an invoice
    `business_open` is what is still owed. `times` are all that are kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    state: str
    headline: str = ""
    reason: str
    partner: str
    set: str
    business_number: str
    control_numbers: str
    acknowledgement: str
    acknowledged_at: datetime | None = None
    waits_until: datetime | None = None
    said: Sequence[str]
    successor: str = ""
    carrying: CarryingAnswer | None = None
    business: str = ""
    business_said: str = ""
    business_open: str = ""
    times: TimesAnswer | None = None


def router(gatekeeper: Gatekeeper[SystemAccount], questions: Questions, clock: Callable[[], datetime]) -> APIRouter:
    """The question what became of a document, asked by the system that handed it in."""
    routes = APIRouter(tags=["documents"])

    def found(id: str, channel: str) -> DocumentAnswer:
        known = questions.document(id) if IDENTIFIER.fullmatch(id) else None
        if known is not None and known.arrived_by == channel:
            return _answer(known, clock())
        transmission = questions.transmission(document_id(id)) if known is None and IDENTIFIER.fullmatch(id) else None
        if transmission is None or transmission.channel != channel:
            # Another system's document and none at all look the same: ids must not be probed.
            raise Problem("not-found")
        return _collected(id)

    @routes.get(f"{PATH}/{{document_id}}", summary="What became of a document")
    async def show(request: Request, document_id: Annotated[str, Path(min_length=1, max_length=100)]) -> DocumentAnswer:
        """What became of a document that the caller handed in; 404 for any other, and for none."""
        account = await gatekeeper.account(request.scope)
        return await run_in_threadpool(found, document_id, account.channel)

    return routes


def _collected(id: str) -> DocumentAnswer:
    """Durable, and nobody has looked into it yet."""
    return DocumentAnswer(
        id=id,
        state=OutboundState.COLLECTED.value,
        reason="",
        partner="",
        set="",
        business_number="",
        control_numbers="",
        acknowledgement="",
        said=[],
    )


def _answer(detail: DocumentDetail, now: datetime) -> DocumentAnswer:
    row, waiting = detail.row, detail.waiting
    return DocumentAnswer(
        id=row.id,
        state=row.state,
        reason=row.reason or (waiting.words(now) if waiting else ""),
        waits_until=waiting.until(now) if waiting else None,
        partner=row.partner,
        set=row.set_id,
        business_number=row.business_number,
        control_numbers=row.control_numbers if row.control_numbers.strip("/") else "",
        acknowledgement=row.acknowledgement,
        acknowledged_at=row.acknowledged_at,
        said=detail.said,
        successor=detail.successor,
        carrying=next(map(_carrying, detail.carrying), None),
        headline=row.headline,
        business=row.business,
        business_said=row.business_words,
        business_open="" if row.business_open is None else str(row.business_open),
        times=TimesAnswer.model_validate(detail.times),
    )


def _carrying(row: CarryingRow) -> CarryingAnswer:
    return CarryingAnswer(
        state=row.state, channel=row.via, attempts=row.attempts, reason=row.reason, next_try_at=row.next_try_at
    )
