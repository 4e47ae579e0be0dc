"""`notify/<name>.yaml`: who is told what happens: programs by signed webhooks, people of a role by alerts."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, model_validator

from gateway.flaws import did_you_mean
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.calendar import Duration
from gateway.ledger.events import KINDS
from gateway.partners.form import Form, Line, Name, Secret, Shape, Stage, Switch, TimeZone
from gateway.partners.mail_form import Address
from gateway.partners.window import Window

_WRITTEN_URL = re.compile(r"https?://[^\s?#@\\]{1,400}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,100}|file:[^\x00-\x1f]{1,400}")
_SET = re.compile(r"[0-9]{3}")
FAMILIES = tuple(dict.fromkeys(f"{kind.partition('.')[0]}.*" for kind in KINDS))
"""`document.*` and so on: every event about one kind of thing, also those that later versions add."""


def is_loopback(host: str) -> bool:
    """Whether a host of a URL is this machine, without asking anybody: a name may lead anywhere tomorrow."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_url(text: str, *, plain_http: bool) -> str:
    """The URL of a webhook as it is. Raises ValueError, which never repeats it: what is wrong may be a password."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the url is none: https://host[:port]/path is expected") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.fragment:
        raise ValueError("the url has to be https://host[:port]/path, without user, password and #")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("the url has characters that no url has")
    if parts.scheme == "http" and not plain_http and not is_loopback(host):
        raise ValueError("http:// says everything aloud: https:// is expected, or `plain_http: true` in a safe network")
    return text


def _url(text: str) -> str:
    if _REFERENCE.fullmatch(text) and ".." not in text.removeprefix("file:").split("/"):
        return text
    if not _WRITTEN_URL.fullmatch(text):
        raise ValueError(
            "https://host[:port]/path is expected, without user, password, ? and #; a url that is itself a secret "
            "is written as file:secrets/NAME or env:NAME"
        )
    return text


def _kind(text: str) -> str:
    if text not in KINDS and text not in FAMILIES:
        raise ValueError(f"there is no event '{text[:60]}'{did_you_mean(text, [*KINDS, *FAMILIES])}")
    return text


def _set(text: str) -> str:
    if not _SET.fullmatch(text):
        raise ValueError(f"'{text[:20]}' is not a transaction set, like \"810\"")
    return text


def _duration(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a duration is expected, like 8 business hours")
    return Duration.parse(value)


def _amount(value: object) -> object:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise ValueError("an amount of money is expected, like 1000 or 249.50")
    return amount


def _ack(text: str) -> str:
    known = [str(one) for one in AcknowledgementState if one]
    if text not in known:
        raise ValueError(f"'{text[:40]}' is no acknowledgement{did_you_mean(text, known)}: {', '.join(known)}")
    return text


EventKind = Annotated[str, AfterValidator(_kind)]
SetId = Annotated[str, AfterValidator(_set)]
Ack = Annotated[str, AfterValidator(_ack)]
Url = Annotated[str, AfterValidator(_url)]
Severity = Literal["critical", "warning", "info"]


class Webhook(Form):
    """A program that is told of events as they happen, signed as Standard Webhooks are.

    While the receiver changes its key, `previous_secret` signs too. Only https, unless the host is this machine or
    `plain_http` says that the network is safe.
    """

    url: Url
    secret: Secret
    previous_secret: Secret | None = None
    plain_http: Switch = False
    events: tuple[EventKind, ...] = ()
    partners: tuple[Name, ...] = ()
    sets: tuple[SetId, ...] = ()
    stages: tuple[Stage, ...] = ("production", "test")
    timeout_seconds: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = 15.0

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if not self.url.startswith(("env:", "file:")):
            checked_url(self.url, plain_http=self.plain_http)
        if self.previous_secret == self.secret:
            raise ValueError("previous_secret and secret are the same")
        return self


class Rule(Form):
    """When people of a role are alerted: at events of the kinds `when`, or when a partner was silent for so long.

    Every condition that is given has to hold. A document whose amount nobody knows counts as large enough.
    """

    when: tuple[EventKind, ...] = ()
    silent_for: Annotated[Duration | None, BeforeValidator(_duration)] = None
    partners: tuple[Name, ...] = ()
    sets: tuple[SetId, ...] = ()
    stages: tuple[Stage, ...] = ("production",)
    ack: tuple[Ack, ...] = ()
    amount_at_least: Annotated[Decimal | None, BeforeValidator(_amount)] = None
    severity: Severity = "warning"

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if bool(self.when) == (self.silent_for is not None):
            raise ValueError("one of `when` and `silent_for` is expected: events, or a partner's silence")
        narrowed = bool(self.sets or self.ack or self.amount_at_least is not None)
        if self.silent_for is not None and narrowed:
            raise ValueError("silent_for goes with `partners` only: silence has no set, no ack and no amount")
        about = [kind for kind in self.when if not kind.startswith("document.")]
        if about and narrowed:
            raise ValueError(
                f"sets, ack and amount_at_least are about documents, {about[0]} is not: write another rule"
            )
        return self


class Alerts(Form):
    """What the people of a role are told, and how: by mail, through a webhook of the same file, or both.

    What comes within `digest_minutes` goes in one mail with a count; what is critical goes at once, and only what
    follows it is gathered. In `quiet_hours`, on the clock of `time_zone`, everything waits but what is critical.
    """

    mail: Annotated[tuple[Address, ...], Field(max_length=20)] = ()
    webhook: Name | None = None
    time_zone: TimeZone = "UTC"
    digest_minutes: Annotated[int, Field(ge=1, le=1_440)] = 15
    quiet_hours: tuple[Window, ...] = ()
    rules: Annotated[Mapping[Name, Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Self:
        if not self.mail and self.webhook is None:
            raise ValueError("nobody would be told: `mail`, `webhook` or both are needed")
        if len(set(self.mail)) != len(self.mail):
            raise ValueError("an address stands twice in `mail`")
        return self


class Notify(Form):
    """One role or system: its webhooks by name, and its alerts."""

    owner: Line
    webhooks: Mapping[Name, Webhook] = {}
    alerts: Alerts | None = None

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if not self.webhooks and self.alerts is None:
            raise ValueError("webhooks, alerts or both are needed")
        return self


NOTIFY: Shape[Notify] = Shape(TypeAdapter(Notify), Notify)


def secrets_of(notify: Notify) -> tuple[str, ...]:
    """References to the secrets that sign; a url by reference is not one that we could invent."""
    found = [one for hook in notify.webhooks.values() for one in (hook.secret, hook.previous_secret) if one]
    return tuple(dict.fromkeys(found))


def given_of(notify: Notify) -> tuple[str, ...]:
    """References to urls: who receives gives them to us."""
    return tuple(hook.url for hook in notify.webhooks.values() if hook.url.startswith(("env:", "file:")))
