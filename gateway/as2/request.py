"""What a sender asks for: a receipt, signed or not, at once or later (RFC 4130, 7.3); and what it can (RFC 6017)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.as2.algorithms import DIGESTS, digest_named
from gateway.as2.errors import Malformed, UnsupportedFormat, UnsupportedMic
from gateway.as2.headers import Headers
from gateway.errors import UsageError

MULTIPLE_ATTACHMENTS = "multiple-attachments"
"""The feature of RFC 6362, as EDIINT-Features names it."""

_TO_LIMIT = 998
_URL_LIMIT = 2048
_SIGNATURE = ("pkcs7-signature", "x-pkcs7-signature")
_KNOWN = ("signed-receipt-protocol", "signed-receipt-micalg")
_FEATURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MdnRequest:
    """A receipt that is asked for.

    `notify` is the value of Disposition-Notification-To; all that counts is that it is there (RFC 4130, 7.3).
    `url` is where an asynchronous receipt is wanted, as the sender wrote it: nothing is sent there before somebody
    compared it with what is agreed. None asks for it in the answer.
    `signed` asks for a signed one; `micalgs` are the digests that the sender prefers, best first, in its spelling, as
    far as they are made here.
    `unsupported` says in words what was required and cannot be done; `answerable` raises it.
    """

    notify: str
    url: str | None = None
    signed: bool = False
    micalgs: tuple[str, ...] = ()
    unsupported: str = ""
    unsupported_mic: bool = False

    @property
    def digests(self) -> tuple[str, ...]:
        """The preferred digests by their names here."""
        return tuple(name for name in map(digest_named, self.micalgs) if name)

    def answerable(self) -> None:
        """Check that what the sender requires can be done (RFC 4130, 7.3 and 7.5.3; RFC 8098, 2.2).

        Raises: UnsupportedMic, UnsupportedFormat: they are answered with `failed/failure`.
        """
        if self.unsupported_mic:
            raise UnsupportedMic(self.unsupported)
        if self.unsupported:
            raise UnsupportedFormat(self.unsupported)


def read_request(headers: Headers) -> MdnRequest | None:
    """The receipt asked for, None when none is. Raises: Malformed."""
    notify = headers.single("Disposition-Notification-To")
    if notify is None:
        return None
    options = _options(headers.single("Disposition-Notification-Options") or "")
    url = headers.single("Receipt-Delivery-Option")
    if len(notify) > _TO_LIMIT or (url is not None and not _is_url(url)):
        raise Malformed(f"no address for a receipt: {(url or notify)[:80]!r}")
    protocol, protocols = options.get("signed-receipt-protocol", ("", ()))
    importance, micalgs = options.get("signed-receipt-micalg", ("", ()))
    signed = any(value.lower() in _SIGNATURE for value in protocols) or (not protocols and bool(micalgs))
    known = tuple(spelling for spelling in micalgs if digest_named(spelling))
    no_mic = importance == "required" and bool(micalgs) and not known
    problems = [f"required and not known here: {name}" for name in sorted(options) if _is_unknown(name, options)]
    if protocol == "required" and not signed:
        problems.append(f"no signature of these kinds is made here: {', '.join(protocols)[:80]}")
    if no_mic:
        problems.append(f"none of these digests is made here: {', '.join(micalgs)[:80]}")
    return MdnRequest(
        notify=notify,
        url=url,
        signed=signed,
        micalgs=known,
        unsupported="; ".join(problems),
        unsupported_mic=no_mic,
    )


def _is_unknown(name: str, options: dict[str, tuple[str, tuple[str, ...]]]) -> bool:
    return name not in _KNOWN and options[name][0] == "required"


def _options(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """`name=importance, value, value; name=...` (RFC 8098, 2.2). The importance may be missing, values be quoted."""
    options: dict[str, tuple[str, tuple[str, ...]]] = {}
    for segment in text.split(";"):
        name, _, content = segment.partition("=")
        name = name.strip().lower()
        values = tuple(value for part in content.split(",") if (value := part.strip().strip('"').strip()))
        if not name and not values:
            continue
        if name in options:
            raise Malformed(f"the option {name[:80]!r} is given twice")
        importance = values[0].lower() if values and values[0].lower() in ("required", "optional") else ""
        options[name] = (importance, values[1:] if importance else values)
    return options


def _plain(names: tuple[str, ...]) -> Iterable[str]:
    return (name.replace("-", "") for name in names)


def _is_url(text: str) -> bool:
    """Whether this is an http or https URL of printable ASCII with a host. `mailto:` would be a receipt by e-mail."""
    if len(text) > _URL_LIMIT or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def request_fields(request: MdnRequest) -> list[tuple[str, str]]:
    """The header fields that ask for this receipt.

    Raises: UsageError for an address that is none and for digests that are not made here.
    """
    if not request.notify.isascii() or not request.notify.isprintable() or not request.notify.strip():
        raise UsageError(f"no address for a receipt: {request.notify[:80]!r}")
    fields = [("Disposition-Notification-To", request.notify)]
    if request.signed:
        if not request.micalgs or not all(digest_named(name) and name.isalnum() for name in _plain(request.micalgs)):
            raise UsageError(f"digests to ask for are {', '.join(DIGESTS)}, and at least one is needed")
        names = ", ".join(request.micalgs)
        options = f"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, {names}"
        fields.append(("Disposition-Notification-Options", options))
    if request.url is not None:
        if not _is_url(request.url):
            raise UsageError(f"no URL for a receipt: {request.url[:80]!r}")
        fields.append(("Receipt-Delivery-Option", request.url))
    return fields


def read_features(headers: Headers) -> frozenset[str]:
    """What the partner says it can (RFC 6017), in lower case. It decides nothing: anything unreadable is left out."""
    names = (name.strip() for value in headers.all("EDIINT-Features") for name in value.split(","))
    return frozenset(name.lower() for name in names if _FEATURE.fullmatch(name))


def write_features(features: Iterable[str]) -> str:
    """The value of EDIINT-Features. Raises: UsageError for what is no name of a feature."""
    names = list(features)
    for name in names:
        if not _FEATURE.fullmatch(name):
            raise UsageError(f"no name of a feature: {name[:80]!r}")
    return ", ".join(names)
