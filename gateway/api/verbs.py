"""POST /api/v1/documents/{id}/{verb}: what people do to documents, with the words of the commands; and many at once.

Who it is follows from the key alone: nobody names themselves in a request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from gateway.api.accounts import ApiAccount, Gatekeeper
from gateway.api.body import BodyLimits
from gateway.api.known import known_first
from gateway.api.problems import Problem
from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.pipeline.operate import Operator
from gateway.pipeline.outbound.collect import IDENTIFIER
from gateway.pipeline.verbs import MOST, Acted, How, Numbers, Owing, Preview, Selection, Verb

PATH = "/api/v1/documents"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAccount(ApiAccount):
    """What the key of a person opens: every verb, in the name of `who`."""

    who: str


OperatorAccounts = Callable[[str], OperatorAccount | None]

Value = TypeVar("Value")
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(max_length=255)]
Time = Annotated[AwareDatetime, Field(gt=datetime(1, 1, 2, tzinfo=UTC), lt=datetime(9999, 12, 31, tzinfo=UTC))]
"""In UTC too it is a time: what a zone shifts out of the calendar is none."""
Id = Annotated[str, Path(min_length=26, max_length=26)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OneVerb(_Form):
    """Why, and what the verb needs: `mode` (replay, resend), `again` (replay), `anyway` (resend, release), `numbers`
    (resend: new, same, or as agreed), `to` (assign; "" is nobody), `owed` (waive: a set that has to follow, or all),
    `handled` and `known_as` (close: what came in is settled elsewhere, and our own number of it). With
    `dry_run` nothing is done, and the answer says what would be.
    """

    reason: Text
    mode: Literal["current", "original"] | None = None
    again: bool = False
    anyway: bool = False
    to: Name = ""
    numbers: Numbers | None = None
    owed: Owing | Literal[""] = ""
    handled: bool = False
    known_as: Name = ""
    dry_run: bool = False

    def how(self, verb: Verb) -> How:
        """A resend uses the mapping it was sent by, unless something else is said, as the command does."""
        usual = "original" if verb == "resend" else "current"
        return How(
            mode=self.mode or usual,
            again=self.again,
            anyway=self.anyway,
            to=self.to,
            numbers=self.numbers or "",
            owed=self.owed,
            handled=self.handled,
            known_as=self.known_as.strip(),
            dry_run=self.dry_run,
        )


class ManyVerb(OneVerb):
    """Which documents: `ids`, or what they are like. Without `yes` they are only counted."""

    ids: Annotated[Sequence[Annotated[str, Field(min_length=26, max_length=26)]], Field(max_length=MOST)] = ()
    partner: Name = ""
    set: Name = ""
    state: DocumentState | OutboundState | Literal[""] = ""
    direction: Literal["", "inbound", "outbound"] = ""
    acknowledgement: AcknowledgementState = AcknowledgementState.NONE
    owner: Name = ""
    older_than: Time | None = None
    yes: bool = False

    @property
    def selection(self) -> Selection:
        """The same as a value."""
        return Selection(
            ids=tuple(self.ids),
            partner=self.partner,
            set_id=self.set,
            state=str(self.state),
            direction=self.direction,
            acknowledgement=str(self.acknowledgement),
            owner=self.owner,
            older_than=self.older_than,
        )


class Correction(_Form):
    """`corrected` is the id of the document that is sent in the place of the one in the path."""

    reason: Text
    corrected: Annotated[str, Field(min_length=26, max_length=26)]
    anyway: bool = False


class Booking(_Form):
    """`to` is the id of the document that line `line` is about (0: the only line that waits), or "nothing"."""

    reason: Text
    to: Annotated[str, Field(pattern=f"^({NOTHING}|[0-9A-Z]{{26}})$")]
    line: Annotated[int, Field(ge=0, le=99_999)] = 0
    dry_run: bool = False


class Because(_Form):
    """Why."""

    reason: Text


class Said(_Form):
    """What was done to one document, or why it was left as it is, in words."""

    id: str
    said: str


class DoneAnswer(_Form):
    """What was done, and what was left; `entry` is the number of the audit entry, 0 when nothing was done."""

    done: Sequence[Said]
    left: Sequence[Said] = ()
    entry: int = 0


class PreviewAnswer(_Form):
    """What would be touched: `count`, the `first` ids, and what all are worth by currency ("" is the agreed one); of
    `unpriced` no total is known. `along` more go with them in the same interchanges, `along_first` are ids of those.
    """

    count: int
    first: Sequence[str]
    money: Mapping[str, str]
    unpriced: int
    along: int = 0
    along_first: Sequence[str] = ()


class WordsAnswer(_Form):
    """What was done, in words."""

    done: str


def router(gatekeeper: Gatekeeper[OperatorAccount], operator: Operator, limits: BodyLimits) -> APIRouter:
    """The verbs. Of each the command of the same name says when it is lawful."""
    routes = APIRouter(tags=["operators"], route_class=known_first(gatekeeper, limits))
    _many(routes, gatekeeper, operator)
    _of_their_own(routes, gatekeeper, operator)  # before those that take any verb
    _one(routes, gatekeeper, operator)
    return routes


async def _told(act: Callable[[], Value]) -> Value:
    try:
        return await run_in_threadpool(act)
    except (UsageError, NotInOrder) as no:  # told to one of our own people, in the words of the command
        raise Problem("not-now", str(no)) from None


def _many(routes: APIRouter, gatekeeper: Gatekeeper[OperatorAccount], operator: Operator) -> None:
    @routes.post(f"{PATH}/verbs/{{verb}}", summary="Do one thing to many documents, or see how many that would be")
    async def many(request: Request, verb: Verb, wanted: ManyVerb) -> DoneAnswer | PreviewAnswer:
        """Without `ids` and without `yes` nothing is done: the answer counts what would be touched."""
        account = await gatekeeper.account(request.scope)
        how, chosen = wanted.how(verb), wanted.selection
        if not wanted.ids and (wanted.dry_run or not wanted.yes):
            return _preview(await _told(lambda: operator.preview(verb, chosen, how)))
        return _done(await _told(lambda: operator.act(verb, chosen, how, reason=wanted.reason, who=account.who)))


def _one(routes: APIRouter, gatekeeper: Gatekeeper[OperatorAccount], operator: Operator) -> None:
    @routes.post(f"{PATH}/{{document_id}}/{{verb}}", summary="Do one thing to one document")
    async def one(request: Request, document_id: Id, verb: Verb, wanted: OneVerb) -> DoneAnswer:
        """409 says in words why it cannot be done to this document now."""
        account = await gatekeeper.account(request.scope)
        _check(document_id)
        chosen, how = Selection(ids=(document_id,)), wanted.how(verb)
        return _done(await _told(lambda: operator.act(verb, chosen, how, reason=wanted.reason, who=account.who)))


def _of_their_own(routes: APIRouter, gatekeeper: Gatekeeper[OperatorAccount], operator: Operator) -> None:
    @routes.post(f"{PATH}/{{document_id}}/correct", summary="Say which document is sent in the place of this one")
    async def correct(request: Request, document_id: Id, wanted: Correction) -> WordsAnswer:
        """Nobody waits for the one in the path any more."""
        account = await gatekeeper.account(request.scope)
        _check(document_id, wanted.corrected)
        said, anyway = wanted.reason, wanted.anyway
        correct = partial(operator.correct, document_id, wanted.corrected, reason=said, who=account.who, anyway=anyway)
        return WordsAnswer(done=await _told(correct))

    @routes.post(f"{PATH}/{{document_id}}/book", summary="Say which document a line of what this one says is about")
    async def book(request: Request, document_id: Id, wanted: Booking) -> WordsAnswer:
        """With `dry_run` nothing is done, and the answer says what would be."""
        account = await gatekeeper.account(request.scope)
        _check(document_id, *(() if wanted.to == NOTHING else (wanted.to,)))
        said, line, dry_run = wanted.reason, wanted.line, wanted.dry_run
        book = partial(
            operator.book, document_id, line=line, to=wanted.to, reason=said, who=account.who, dry_run=dry_run
        )
        return WordsAnswer(done=await _told(book))

    @routes.post(f"{PATH}/{{identifier}}/push", summary="Have files carried again that were refused or given up")
    async def push(request: Request, identifier: Id, wanted: Because) -> WordsAnswer:
        """The id of a document, of a file of ours, or of what it answers."""
        account = await gatekeeper.account(request.scope)
        _check(identifier)
        return WordsAnswer(done=await _told(partial(operator.push, identifier, reason=wanted.reason, who=account.who)))

    @routes.post(f"{PATH}/{{identifier}}/release", summary="Let a document or a transmission go on")
    async def release(request: Request, identifier: Id, wanted: OneVerb) -> WordsAnswer:
        """A document that a person holds or that waits for its other parts; a transmission that was set aside."""
        account = await gatekeeper.account(request.scope)
        _check(identifier)
        if wanted.dry_run:
            raise Problem("not-now", "a release is not tried: it is done, or not")
        said, anyway = wanted.reason, wanted.anyway
        release = partial(operator.release, identifier, reason=said, who=account.who, anyway=anyway)
        return WordsAnswer(done=await _told(release))


def _check(*ids: str) -> None:
    """Whole ids only: a beginning that fits by chance would be done to another document."""
    if not all(IDENTIFIER.fullmatch(one) for one in ids):
        raise Problem("not-found")


def _done(acted: Acted) -> DoneAnswer:
    done, left = ([Said(id=one, said=words) for one, words in each] for each in (acted.done, acted.refused))
    return DoneAnswer(done=done, left=left, entry=acted.entry)


def _preview(found: Preview) -> PreviewAnswer:
    money = {currency: str(amount) for currency, amount in found.money.items()}
    first, along = ([one.id for one in rows] for rows in (found.first, found.along_first))
    of_those = {"count": found.count, "first": first, "money": money, "unpriced": found.unpriced}
    return PreviewAnswer.model_validate(of_those | {"along": found.along, "along_first": along})
