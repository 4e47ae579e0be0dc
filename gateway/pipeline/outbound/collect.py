"""What one of our systems hands in: read, held to its canonical type, and matched with what was agreed. Pure.

The door asks this before it says yes, so that a program hears at once what is wrong with its document; the road asks
it again when it translates, because agreements may have changed in between.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gateway.canonical.schemas import SCHEMAS
from gateway.canonical.values import Canonical
from gateway.flaws import did_you_mean
from gateway.partners.book import Book, NoAgreement
from gateway.partners.outbound import OutboundAgreement
from gateway.pipeline.outbound.posted_json import MOST_DIGITS, TooLong, Unreadable, loads

MOST_ERRORS: Final = 100
"""Of one document. A program that gets more wrong has a mistake in itself, not in a hundred fields."""

USAGES: Final = {"production": "P", "test": "T"}
"""ISA15 by stage."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_CHANCE: Final = 10
"""The first letter of an identifier that is chance and not time."""

IDENTIFIER: Final = re.compile(f"[{_ALPHABET}]{{26}}")


def document_id(transmission: str) -> str:
    """The id of the document that is handed in by a transmission, known before anything of it is written.

    One letter of chance is another: it sorts where the transmission does, and the same call leads back.
    """
    changed = _ALPHABET[_ALPHABET.index(transmission[_FIRST_CHANCE]) ^ 16]
    return transmission[:_FIRST_CHANCE] + changed + transmission[_FIRST_CHANCE + 1 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One field that cannot be: `field` as a path, `lines[3].quantity` within the body (from 0), or a key beside it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a document cannot be taken. "unreadable": not JSON; "invalid": `errors` name the fields; "no-agreement":
    nothing says how to send it; "not-permitted": the system may not send to this partner.
    """

    kind: Literal["unreadable", "invalid", "no-agreement", "not-permitted"]
    reason: str
    errors: tuple[FieldError, ...] = ()

    @property
    def words(self) -> str:
        """Everything in one sentence, the first few fields with it."""
        named = "; ".join(f"{error.field}: {error.message}" for error in self.errors[:5])
        more = f"; and {len(self.errors) - 5} more" if len(self.errors) > 5 else ""
        return f"{self.reason}: {named}{more}" if named else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A document handed in, as it is meant. `set_id` and `agreement` are "" where the sender leaves the choice to us;
    `in_answer_to` is the id of a document that came in.
    """

    schema: str
    partner: str
    stage: Literal["production", "test"]
    body: Canonical
    set_id: str = ""
    agreement: str = ""
    in_answer_to: str = ""


class _Envelope(BaseModel):
    """What is posted, before its body is held to a type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Annotated[str, Field(alias="schema", max_length=100)]
    partner: Annotated[str, Field(min_length=1, max_length=100)]
    stage: Literal["production", "test"]
    set_: Annotated[str, Field(alias="set", max_length=10)] = ""
    agreement: Annotated[str, Field(max_length=200)] = ""
    in_answer_to: Annotated[str, Field(max_length=100)] = ""
    body: dict[str, Any]


def read(content: bytes) -> Posted | Refused:
    """What was posted, held to its canonical type. Never raises for what is in it."""
    try:
        value = loads(content)
    except Unreadable as why:
        return Refused(kind="unreadable", reason=str(why))
    except TooLong as long:
        return _too_long(long)
    try:
        envelope = _Envelope.model_validate(value)
    except ValidationError as error:
        return _invalid("the document is not as it has to be", error, _Envelope)
    model = SCHEMAS.get(envelope.schema_)
    if model is None:
        message = f"there is no canonical type '{envelope.schema_}'{did_you_mean(envelope.schema_, SCHEMAS)}"
        return Refused(kind="invalid", reason=message, errors=(FieldError(field="schema", message=message),))
    try:
        body = model.model_validate(envelope.body)
    except ValidationError as error:
        return _invalid(f"the body is no {envelope.schema_}", error, model)
    return Posted(
        schema=envelope.schema_,
        partner=envelope.partner,
        stage=envelope.stage,
        body=body,
        set_id=envelope.set_,
        agreement=envelope.agreement,
        in_answer_to=envelope.in_answer_to,
    )


def agreed(posted: Posted, book: Book) -> OutboundAgreement | NoAgreement:
    """The agreement it is sent under."""
    return book.outbound(posted.partner, posted.schema, posted.stage, set_id=posted.set_id, agreement=posted.agreement)


def admit(content: bytes, book: Book, may_send: Collection[str] | None) -> Refused | None:
    """Why a system may not hand this in, None when it may. `may_send` are the partners it reaches, None for all."""
    posted = read(content)
    if isinstance(posted, Refused):
        return posted
    if may_send is not None and posted.partner not in may_send:
        reason = f"this system may not send to {posted.partner}"
        return Refused(kind="not-permitted", reason=reason, errors=(FieldError(field="partner", message=reason),))
    found = agreed(posted, book)
    return Refused(kind="no-agreement", reason=found.reason) if isinstance(found, NoAgreement) else None


# ---------------------------------------------------------------------------------------------- faults in words


def _too_long(found: TooLong) -> Refused:
    errors = tuple(
        FieldError(field=name[:200], message=f"a number of {digits} digits: at most {MOST_DIGITS} are taken")
        for name, digits in list(found.fields.items())[:MOST_ERRORS]
    )
    return Refused(kind="invalid", reason="a number is too long to be one", errors=errors)


def _invalid(reason: str, error: ValidationError, model: type[BaseModel]) -> Refused:
    details = error.errors(include_url=False, include_context=False)[:MOST_ERRORS]
    return Refused(kind="invalid", reason=reason, errors=tuple(_field_error(one, model) for one in details))


def _field_error(detail: ErrorDetails, model: type[BaseModel]) -> FieldError:
    name = _path(detail["loc"])
    match detail["type"]:
        case "missing":
            return FieldError(field=name, message="is required")
        case "extra_forbidden":
            hint = did_you_mean(str(detail["loc"][-1]), _names_at(model, detail["loc"][:-1]))
            return FieldError(field=name, message=f"there is no such field here{hint}")
        case "string_too_short":
            return FieldError(field=name, message="is empty or all blank: leave it out, or say it")
        case _:
            return FieldError(field=name, message=detail["msg"].removeprefix("Value error, "))


def _path(parts: Iterable[int | str]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "body"


def _names_at(model: type[BaseModel], path: Iterable[int | str]) -> Iterable[str]:
    """The fields that there are where a path leads to."""
    schema = _schema(model)
    place: Any = schema
    for part in (*path, None):
        reference = str(place.get("$ref", "")).rpartition("/")[2]
        place = schema.get("$defs", {}).get(reference, place)
        if part is not None:
            place = place.get("items", {}) if isinstance(part, int) else place.get("properties", {}).get(part, {})
            place = next((one for one in place.get("anyOf", ()) if one.get("type") != "null"), place)
    return tuple(place.get("properties", ()))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)
