"""`destinations/<id>.yaml`: one of our own systems, how we sign in there, and how patient we are with it."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from gateway.partners.form import File, Form, Line, Secret, Shape, Stage, Switch

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?|env:[A-Za-z_][A-Za-z0-9_]{0,100}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


def _url(text: str) -> str:
    # Not repeated: what is wrong with it may be a password in it.
    if not _URL.fullmatch(text):
        raise ValueError("https://host[:port][/path] is expected, without user, password, ? and #, or env:NAME")
    return text


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("a header's name has letters, digits and hyphens")
    return text


Url = Annotated[str, AfterValidator(_url)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class NoAuthentication(Form):
    """The system trusts the network it is in."""

    kind: Literal["none"] = "none"


class ApiKey(Form):
    """A fixed key in a header."""

    kind: Literal["api_key"]
    header: Annotated[str, AfterValidator(_header)] = "X-Api-Key"
    key: Secret


class Basic(Form):
    """User and password, RFC 7617."""

    kind: Literal["basic"]
    user: Line
    password: Secret


class ClientCredentials(Form):
    """OAuth 2.0 client credentials, RFC 6749 4.4."""

    kind: Literal["oauth"]
    token_url: Url
    client_id: Line
    client_secret: Secret
    scope: str = ""


class ClientCertificate(Form):
    """Mutual TLS: PEM files; `authority` when the system's certificate is not publicly trusted."""

    kind: Literal["mtls"]
    certificate: File
    key: File
    authority: File | None = None


Authentication = NoAuthentication | ApiKey | Basic | ClientCredentials | ClientCertificate


class _Destination(Form):
    """What every destination has.

    `idempotency` is what the system promises: `key`, the same key again has one effect; `lookup`, it can be asked
    by business number; `none`, after an unknown outcome a person has to look. Delays double from the first to the
    longest; a document is given up after so many attempts or hours. So many failures in a row pause the destination.
    With `write_back` it is told what becomes of the documents that were for it.
    """

    owner: Line
    stage: Stage
    idempotency: Literal["key", "lookup", "none"] = "key"
    timeout_seconds: Seconds = 30.0
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    first_delay_seconds: Seconds = 2.0
    longest_delay_seconds: Seconds = 900.0
    most_attempts: Annotated[int, Field(ge=1, le=1_000)] = 12
    longest_age_hours: Annotated[float, Field(gt=0, le=8_760, allow_inf_nan=False)] = 72.0
    failures_to_trip: Annotated[int, Field(ge=1, le=1_000)] = 5
    write_back: Switch = False


class ErpDestination(_Destination):
    """A system that keeps the contract of `docs/erp-contract.md`."""

    kind: Literal["erp"]
    base_url: Url
    authentication: Annotated[Authentication, Field(discriminator="kind")] = NoAuthentication()


class SandboxDestination(_Destination):
    """The pretend ERP that `./run` brings up; it has no address of its own."""

    kind: Literal["sandbox"]


Destination = ErpDestination | SandboxDestination
DESTINATION: Shape[Destination] = Shape(TypeAdapter(Annotated[Destination, Field(discriminator="kind")]), Destination)


def secrets_of(destination: Destination) -> tuple[str, ...]:
    """References to the secrets with which we sign in, and to the files of our certificate."""
    if not isinstance(destination, ErpDestination):
        return ()
    match destination.authentication:
        case ApiKey(key=key):
            return (key,)
        case Basic(password=password):
            return (password,)
        case ClientCredentials(client_secret=secret):
            return (secret,)
        case ClientCertificate(certificate=certificate, key=key, authority=authority):
            return tuple(reference for reference in (certificate, key, authority) if reference)
    return ()
