"""What the fields of partner files may hold, and how a filled form becomes a typed value or problems with their places.

Every value arrives as the text it is in the file, so that `850`, `no` and `004010` mean what they look like.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gateway.flaws import did_you_mean
from gateway.partners.document import Document
from gateway.partners.problems import Problems

Filled = TypeVar("Filled")


class Form(BaseModel):
    """The base of everything that is written in a partner file."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class InterchangeId(NamedTuple):
    """A party as ISA names it: qualifier (ISA05, ISA07) and id (ISA06, ISA08), without padding."""

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}/{self.id}"


# ---------------------------------------------------------------------------------------------- what a field may hold

ID_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_SECRET = re.compile(r"file:[^\x00-\x1f]{1,400}|env:[A-Za-z_][A-Za-z0-9_]{0,100}")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_GS_ID = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,13}[\x21-\x7e])?")
_ISA_ID = re.compile(r"[A-Z0-9]{2}/[\x21-\x7e]([\x20-\x7e]{0,13}[\x21-\x7e])?")
_KEY_TYPES = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)


class _InlineSecret(ValueError):
    """A secret stands where a reference belongs."""


def _line(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    if len(text) > 200 or not text.isprintable():
        raise ValueError("one line of at most 200 characters is expected")
    return text.strip()


def _matching(pattern: re.Pattern[str], words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{text[:60]}' is not {words}")
        return text

    return AfterValidator(check)


def _interchange_id(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("an ISA id is written as qualifier/id, like ZZ/HARBORPINE")
    if not _ISA_ID.fullmatch(value):
        raise ValueError(f"'{value[:60]}' is not an ISA id: two characters, a slash, up to 15 more, like ZZ/HARBORPINE")
    return InterchangeId(*value.split("/", 1))


def _secret(text: str) -> str:
    # The text is never repeated: it may be the secret itself.
    if not _SECRET.fullmatch(text):
        raise _InlineSecret
    if text.startswith("file:") and ".." in text.removeprefix("file:").split("/"):
        raise ValueError("a secret's file is named without '..'")
    return text


def _file(text: str) -> str:
    if not _secret(text).startswith("file:"):
        raise ValueError("a file is expected here, written as file:PATH")
    return text


def check_public_key(text: str) -> str:
    """The line of a public key as it is, or a reference to a file with one. Raises ValueError."""
    if "PRIVATE KEY" in text:
        raise _InlineSecret
    if text.startswith("file:"):
        return _secret(text)
    kind, _, rest = text.strip().partition(" ")
    if kind not in _KEY_TYPES:
        raise ValueError("not an OpenSSH public key line, like `ssh-ed25519 AAAA... name`, nor `file:PATH`")
    try:
        blob = base64.b64decode(rest.split(" ", 1)[0], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()) or len(blob) < len(kind) + 36:
        raise ValueError(f"the {kind} key is cut off or altered: paste the whole line again")
    return text.strip()


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{text[:60]}' is not a time zone, like America/Chicago or UTC") from None
    return text


def _yes_or_no(value: object) -> object:
    if value not in ("true", "false"):
        raise ValueError("true or false is expected")
    return value == "true"


Line = Annotated[str, AfterValidator(_line)]
"""One line of text for people."""
Name = Annotated[str, _matching(ID_PATTERN, "an id: lower-case letters, digits and hyphens, at most 40")]
Isa = Annotated[InterchangeId, BeforeValidator(_interchange_id)]
GsId = Annotated[str, _matching(_GS_ID, "a GS02 or GS03: 1 to 15 printable characters")]
UserName = Annotated[str, _matching(_USER, "a user name: letters, digits, . _ @ -, at most 64")]
Secret = Annotated[str, AfterValidator(_secret)]
"""`file:PATH`, relative to the gateway's home, or `env:NAME`; never the secret."""
File = Annotated[str, AfterValidator(_file)]
"""`file:PATH`, for what is only ever read from a file: certificates and their keys."""
PublicKey = Annotated[str, AfterValidator(check_public_key)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Switch = Annotated[bool, BeforeValidator(_yes_or_no)]
Stage = Literal["production", "test"]

# ---------------------------------------------------------------------------------------------- filling


@dataclass(frozen=True, slots=True)
class Shape(Generic[Filled]):
    """A form that fills a whole file: `forms` is the type behind `adapter`, asked for the keys it knows."""

    adapter: TypeAdapter[Filled]
    forms: Any


def fill(shape: Shape[Filled], document: Document, problems: Problems) -> Filled | None:
    """The document in its shape, None (and why among `problems`) when it does not fit."""
    try:
        return shape.adapter.validate_python(document.value)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            _tell(shape.forms, document, fault, problems)
        return None


def _tell(forms: Any, document: Document, fault: ErrorDetails, problems: Problems) -> None:
    """One fault of pydantic in our own words, at its place in the file."""
    path = _within(document.value, fault["loc"])
    kind, value, context = fault["type"], fault.get("input"), fault.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(path[-1])
        hint = did_you_mean(key, _fields(forms, fault["loc"][:-1]))
        problems.add(document.key(path), "P010", f"there is no key '{key[:60]}' here{hint}")
    elif kind == "missing":
        problems.add(document.place(path), "P011", f"'{fault['loc'][-1]}' is missing")
    elif kind == "union_tag_not_found":
        problems.add(document.place(path), "P011", f"'{context['discriminator'].strip(chr(39))}' is missing")
    elif isinstance(context.get("error"), _InlineSecret):
        sentence = "secrets do not stand in files: write file:secrets/NAME (below the home) or env:NAME"
        problems.add(document.place(path), "P013", sentence)
    else:
        if kind == "union_tag_invalid":
            path, value = (*path, context["discriminator"].strip("'")), context["tag"]
        place = document.key(path) if fault["loc"][-1:] == ("[key]",) else document.place(path)
        problems.add(place, "P012", _sentence(kind, value, context, fault["msg"]))


def _within(value: Any, location: Sequence[str | int]) -> tuple[str | int, ...]:
    """The part of a pydantic location that is in the file: tags of unions and the last missing key are not."""
    path: list[str | int] = []
    for part in location:
        known = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        if part in known:
            value = value[part]
            path.append(part)
    return tuple(path)


_SENTENCES = {
    "string_type": "one value is expected, not a list or table",
    "tuple_type": "a list is expected, like [one, two]",
    "frozenset_type": "a list is expected, like [one, two]",
    "dict_type": "a table of keys is expected",
    "model_type": "a table of keys is expected",
    "model_attributes_type": "a table of keys is expected",
    "too_short": "at least one is expected",
}


def _sentence(kind: str, value: object, context: Mapping[str, Any], message: str) -> str:
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind in ("literal_error", "union_tag_invalid"):
        known = re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags", ""))))
        shown = str(value)[:60] if isinstance(value, str) else "this"
        return f"'{shown}' is not one of {', '.join(known)}{did_you_mean(shown, known)}"
    if kind.startswith(("int_", "float_")):
        return "a whole number is expected" if kind.startswith("int_") else "a number is expected"
    return message.removeprefix("Value error, ").replace("Input should be", "it should be")


def _fields(annotation: Any, location: Sequence[str | int]) -> tuple[str, ...]:
    """The keys known at a location of a form."""
    forms = _forms(annotation)
    if location and len(forms) > 1:
        # A discriminated union puts its tag into the location.
        forms, location = [form for form in forms if location[0] in _tags(form)] or forms, location[1:]
    if not location or not forms:
        return tuple(name for form in forms for name in keys_of(form))
    attribute = keys_of(forms[0]).get(str(location[0]))
    if attribute is None:
        return ()
    field = forms[0].model_fields[attribute]
    rest = location[1:]
    inner: Any = field.annotation
    while get_origin(inner) in (dict, Mapping, tuple, list) or _is_mapping(inner):
        inner, rest = [part for part in get_args(inner) if part is not Ellipsis][-1], rest[1:]
    return _fields(inner, rest)


def keys_of(form: type[Form]) -> dict[str, str]:
    """The keys of a form as they are written, each with its attribute: `from` is no name in Python."""
    return {field.alias or name: name for name, field in form.model_fields.items()}


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _forms(annotation: Any) -> list[type[Form]]:
    if get_origin(annotation) is Annotated:
        return _forms(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [form for part in get_args(annotation) for form in _forms(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, Form) else []


def _tags(form: type[Form]) -> tuple[str, ...]:
    """The values of the field that tells the forms of a union apart."""
    return tuple(
        value
        for field in form.model_fields.values()
        if get_origin(field.annotation) is Literal
        for value in get_args(field.annotation)
    )
