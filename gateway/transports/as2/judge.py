"""What an answer to a message of ours means for the file that it carries. Pure: every case is a row of a test.

A message goes again under the same Message-ID and with the same bytes, so that a partner knows a copy: where nobody can
say whether it arrived, sending it again is the way to find out. Only what trying again cannot change is `refused`.

    no connection                          retry         certainly not there
    time-out, connection cut               unknown       may be there
    a receipt in the answer, any status    what it says  see `weigh`
    2xx                                    carried where no receipt is agreed, else awaiting it until it is due
    2xx, the answer cut off                unknown       the receipt was lost: it is given again with the next copy
    3xx                                    unknown       not followed: `url` has to be put right
    400, 406, 409, 411-417, 422, 431       refused       this message, or all like it, by rule
    other 4xx, 503                         retry         the address, our right to post, the moment: not this message
    other 5xx                              unknown       it may have been stored before it failed
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from cryptography import x509

from gateway.as2.disposition import Disposition
from gateway.as2.errors import As2Error
from gateway.as2.headers import Headers
from gateway.as2.receipt import Mdn, Outcome, Sent, is_receipt, matches
from gateway.as2.receipt import read as read_receipt
from gateway.as2.source import Memory
from gateway.pipeline.outbound.send import Carriage, Verdict
from gateway.transports.as2.words import advice, is_duplicate

REFUSED_STATUSES: Final = frozenset({400, 406, 409, 411, 412, 413, 414, 415, 416, 417, 422, 431})
"""RFC 9110, 15.5; RFC 6585, 5: the request as it is. 401, 403, 404 and their like are about the address or about us."""

MOST_WORDS: Final = 200
"""Characters of a partner's own words kept in a reason."""

LONGEST_WAIT_SECONDS: Final = 3600.0
"""A `Retry-After` longer than this is cut."""

_SIGNED_BUT: Final = "the partner probably has the document: ask before it is sent again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer. `whole` is false when it was longer than we read, or broke off."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    whole: bool = True
    retry_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """None came. `sent` is false when certainly nothing of the message had gone out."""

    sent: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was sent and what receipt was asked for. `trusted` are the partner's pinned certificates, `allowed` digests.

    `again`: an earlier try may have had its effect.
    """

    sent: Sent
    their_id: str
    mdn: Literal["none", "sync", "async"]
    mdn_minutes: int
    trusted: Sequence[x509.Certificate]
    allowed: frozenset[str]
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A receipt and what it is worth. `reason` is a sentence for people, with what to do."""

    mdn: Mdn
    outcome: Outcome
    reason: str

    @property
    def disposition(self) -> str:
        """Its verdict, in the words of the standard."""
        return str(self.mdn.disposition)


def judge(answer: Answer | NoAnswer, asked: Asked, now: datetime) -> Carriage:
    """What one try came to. `now` is an aware time."""
    if isinstance(answer, NoAnswer):
        return Carriage(kind="unknown" if answer.sent else "retry", detail=answer.detail)
    if answer.whole and asked.mdn != "none" and is_receipt(answer.headers, Memory(answer.body)):
        return _receipt(answer, asked)
    if 200 <= answer.status < 300:
        return _taken(answer, asked, now)
    detail = f"HTTP {answer.status}: {_said(answer.body) or _STATUS_WORDS.get(answer.status, 'nothing was said why')}"
    if answer.status in REFUSED_STATUSES:
        return Carriage(kind="refused", detail=detail)
    if 300 <= answer.status < 400:
        return Carriage(kind="unknown", detail=f"HTTP {answer.status}: it sends us elsewhere; put `url` right")
    if 400 <= answer.status < 500 or answer.status == 503:
        wait = retry_after_seconds(answer.retry_after, now)
        return Carriage(kind="retry", detail=detail, retry_after_seconds=wait)
    return Carriage(kind="unknown", detail=detail)


_STATUS_WORDS = {
    401: "it wants us to sign in, and we have not agreed how",
    403: "it does not let us in: is our address allowed there?",
    404: "nothing is there: is `url` right?",
    405: "nothing takes messages there: is `url` right?",
    410: "nothing is there any more: ask for the new `url`",
    413: "the message is too large for it",
    503: "it cannot take messages now",
}


def _taken(answer: Answer, asked: Asked, now: datetime) -> Carriage:
    if asked.mdn == "none":
        return Carriage(kind="carried", detail=f"taken (HTTP {answer.status}); no receipt is agreed")
    if not answer.whole:
        return Carriage(kind="unknown", detail=f"HTTP {answer.status}, and the answer broke off")
    due = now + timedelta(minutes=asked.mdn_minutes)
    what = "its receipt is to follow" if asked.mdn == "async" else "there was no receipt in the answer"
    return Carriage(kind="awaiting", detail=f"taken (HTTP {answer.status}); {what}", answer_due_at=due)


def _receipt(answer: Answer, asked: Asked) -> Carriage:
    """A receipt settles it whatever the status: products send bad news with 200, and with 400 or 500 too."""
    raw = evidence(answer.headers, answer.body)
    try:
        mdn = read_receipt(answer.headers, Memory(answer.body), trusted=asked.trusted, allowed=asked.allowed)
    except As2Error as unreadable:
        detail = f"HTTP {answer.status}, with a receipt that cannot be read: {_said(str(unreadable).encode())}"
        return Carriage(kind="unknown", detail=detail, receipt=raw)
    weighed = weigh(mdn, asked.sent, their_id=asked.their_id, again=asked.again)
    disposition = weighed.disposition
    match weighed.outcome:
        case "confirmed":
            return Carriage(kind="carried", detail=weighed.reason, receipt=raw, disposition=disposition)
        case "unknown":
            return Carriage(kind="unknown", detail=weighed.reason, receipt=raw, disposition=disposition)
        case "refused" | "mismatch" | "unsigned":
            return Carriage(kind="refused", detail=weighed.reason, receipt=raw, disposition=disposition)


def weigh(mdn: Mdn, sent: Sent, *, their_id: str, again: bool = False) -> Weighed:
    """What a receipt is worth, with words for people.

    Args:
        their_id: the partner's AS2 name: an unsigned receipt in another name counts for nothing.
        again: the message went out before: `duplicate-document` as a warning then says that an earlier try arrived,
            even without a MIC. A wrong MIC is wrong all the same.
    """
    verdict = matches(mdn, sent)
    if verdict.outcome == "mismatch" and again and not mdn.mic_text and _is_known_there(mdn.disposition):
        return Weighed(mdn=mdn, outcome="confirmed", reason=f"{mdn.disposition}: it came with an earlier try")
    if verdict.outcome in ("confirmed", "refused") and not _is_of(mdn, their_id):
        return Weighed(mdn=mdn, outcome="unknown", reason=f"an unsigned receipt in the name of {mdn.as2_from}")
    match verdict.outcome:
        case "refused":
            reason = f"the partner says {mdn.disposition}: {advice(mdn.disposition)}{_theirs(mdn)}"
        case "mismatch" | "unsigned":
            bad = not mdn.disposition.is_good
            reason = f"{verdict.reason}; {advice(mdn.disposition) if bad else _SIGNED_BUT}"
        case "confirmed" | "unknown":
            reason = verdict.reason
    return Weighed(mdn=mdn, outcome=verdict.outcome, reason=reason)


def settling(weighed: Weighed, raw: bytes) -> Verdict | None:
    """What a receipt that came by itself settles; None when it settles nothing: the message waits on for its own.

    Anybody may send one, so that only what the partner signed, where signatures are agreed, moves anything: one
    without, or about something else, is kept as evidence and no more.
    """
    match weighed.outcome:
        case "confirmed":
            return Verdict(kind="carried", detail=weighed.reason, receipt=raw, disposition=weighed.disposition)
        case "refused" | "mismatch":
            return Verdict(kind="refused", detail=weighed.reason, receipt=raw, disposition=weighed.disposition)
        case "unsigned" | "unknown":
            return None


def evidence(headers: Headers, body: bytes) -> bytes:
    """A receipt as it came, headers first: `openssl cms -verify` and any mail reader take it as it is."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.fields)
    return lines.encode("utf-8", "replace") + b"\r\n" + body


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Seconds from a `Retry-After` (RFC 9110, 10.2.3), 0 to an hour; None when there is none to read."""
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def _is_known_there(disposition: Disposition) -> bool:
    return disposition.is_good and disposition.kind == "warning" and is_duplicate(disposition)


def _is_of(mdn: Mdn, their_id: str) -> bool:
    return mdn.signed_by is not None or mdn.as2_from is None or mdn.as2_from == their_id


def _theirs(mdn: Mdn) -> str:
    said = _said(mdn.text.encode())
    return f" (it says: {said})" if said else ""


def _said(body: bytes) -> str:
    """The partner's own words on one line, made fit for a reason; nothing of a page in HTML."""
    text = body[: 8 * MOST_WORDS].decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        return ""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"
