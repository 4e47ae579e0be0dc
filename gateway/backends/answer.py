"""What an HTTP answer of one of our systems means for the document: pure, so that every case is a row of a test.

The contract is `docs/erp-contract.md`. When in doubt the answer is "unknown", never "delivered": a document said to be
delivered that is not there is lost, one asked about twice is only a question more.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from gateway.pipeline.notices.values import Told
from gateway.pipeline.stage import Reply

MAX_ANSWER_BYTES = 64 * 1024
"""An answer is an id or a reason; what is longer is read to here and judged as cut."""

MAX_DETAIL_CHARACTERS = 500
"""Of a system's own words kept in a reason: enough for a sentence, too little for a stack trace."""

MAX_RETRY_AFTER_SECONDS = 3600.0
"""A `Retry-After` longer than this is cut: one wrong answer must not park a document for a year."""

NOT_ABOUT_THE_DOCUMENT = frozenset({401, 403, 407})
"""We are not let in: true for every document alike, so none of them may be dead-lettered for it."""

TRY_LATER = frozenset({408, 425, 429})
"""RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: the request was not acted on."""

PERHAPS_DONE = frozenset({502, 504})
"""RFC 9110 15.6.3, 15.6.5: a proxy speaks; the system behind it may have finished its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer. `body` holds at most `MAX_ANSWER_BYTES`; `whole` is false when it was longer or broke off."""

    status: int
    body: bytes = b""
    whole: bool = True
    retry_after: str = ""


SystemId = Annotated[StrictStr, Field(min_length=1, max_length=200)] | StrictInt


class _Accepted(BaseModel):
    # "ignore", not "forbid": systems add fields of their own to what they answer, and only the id is ours to read.
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: SystemId


class _Found(_Accepted):
    document_id: str | None = None


class _FoundList(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    items: tuple[_Found, ...]


def judge_delivery(answer: Answer, now: datetime) -> Reply:
    """Judge the answer to a POST of one document. `now` dates a `Retry-After` given as an HTTP date."""
    status = answer.status
    if status in (200, 201):
        external_id = _id_of(answer)
        if external_id:
            return Reply(kind="delivered", status=status, external_id=external_id)
        return _reply("unknown", answer, "answered without a readable id")
    if status == 409:
        return _judge_conflict(answer)
    if status in NOT_ABOUT_THE_DOCUMENT:
        return _reply("retry", answer, "does not let us in")
    if status in TRY_LATER or (status >= 500 and status not in PERHAPS_DONE):
        return _reply("retry", answer, "cannot take it now", retry_after_seconds(answer.retry_after, now))
    if 400 <= status < 500:
        return _reply("refused", answer, "refused it")
    return _reply("unknown", answer, "gave an answer outside the contract")


def _judge_conflict(answer: Answer) -> Reply:
    external_id = _id_of(answer)
    if external_id:
        return Reply(kind="known", status=answer.status, external_id=external_id)
    if not answer.whole:
        return _reply("unknown", answer, "answered a conflict that broke off")
    return _reply("refused", answer, "refused it as a conflict without naming an id")


def judge_look_up(answer: Answer, document_id: str, now: datetime) -> Reply:
    """Judge the answer to a look-up by business number.

    An item that carries a `document_id` other than ours is another document with the same business number. Only a
    readable list makes us sure that the system has not got it: anything else is "retry".
    """
    if answer.status != 200 or not answer.whole:
        return _reply("retry", answer, "cannot be asked now", retry_after_seconds(answer.retry_after, now))
    try:
        found = _FoundList.model_validate_json(answer.body).items
    except ValidationError:
        return _reply("retry", answer, "gave a look-up answer outside the contract")
    for item in found:
        external_id = _clean_id(item.id)
        if external_id and item.document_id in (None, document_id):
            return Reply(kind="known", status=200, external_id=external_id)
    return Reply(kind="refused", status=200, detail="the system has no such document")


def judge_status(answer: Answer, now: datetime) -> Told:
    """Judge the answer to a PUT of a document's status: 409 says that a later one is there already."""
    status, said = answer.status, reason_in(answer.body)
    detail = f"HTTP {status}" + (f": {said}" if said and not 200 <= status < 300 else "")
    if 200 <= status < 300 or status == 409:
        return Told(kind="taken", detail=detail, status=status)
    if 400 <= status < 500 and status not in NOT_ABOUT_THE_DOCUMENT | TRY_LATER:
        return Told(kind="refused", detail=detail, status=status)
    asked = retry_after_seconds(answer.retry_after, now)
    return Told(kind="down", detail=detail, status=status, asked_seconds=asked)


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Seconds from a `Retry-After` (RFC 9110 10.2.3: seconds or an HTTP date), 0 to an hour; None when unreadable."""
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)


def plain(text: str, limit: int = MAX_DETAIL_CHARACTERS) -> str:
    """Foreign text made fit for a reason: on one line, unprintable characters escaped, cut to `limit` characters."""
    line = " ".join(text[: limit * 4].split())
    shown = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _id_of(answer: Answer) -> str:
    if not answer.whole:
        return ""
    try:
        return _clean_id(_Accepted.model_validate_json(answer.body).id)
    except ValidationError:
        return ""


def _clean_id(value: str | int) -> str:
    text = str(value).strip() if not isinstance(value, int) or abs(value) < 10**40 else ""
    return text if text.isprintable() else ""


def _reply(kind: str, answer: Answer, sentence: str, retry_after: float | None = None) -> Reply:
    said = reason_in(answer.body)
    detail = f"HTTP {answer.status}: the system {sentence}" + (f": {said}" if said else "")
    match kind:
        case "refused":
            return Reply(kind="refused", status=answer.status, detail=detail)
        case "retry":
            return Reply(kind="retry", status=answer.status, detail=detail, retry_after_seconds=retry_after)
        case _:
            return Reply(kind="unknown", status=answer.status, detail=detail)


def reason_in(body: bytes) -> str:
    """The sentence for people in an error's body: problem+json `detail`, a common JSON member, or the text itself."""
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return plain(text)
    if isinstance(value, dict):
        for member in ("detail", "message", "error_description", "error", "reason", "title"):
            if isinstance(value.get(member), str) and value[member].strip():
                return plain(value[member])
    return plain(text)
