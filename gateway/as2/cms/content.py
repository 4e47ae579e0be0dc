"""What kind of CMS this is: headers lie about it, or say nothing."""

from typing import Final, Literal

from gateway.as2.cms.ber import Element, root
from gateway.as2.cms.der import SEQUENCE, dotted, oid
from gateway.as2.errors import Malformed, UnsupportedFormat
from gateway.as2.source import Source

ContentKind = Literal["data", "signed", "enveloped", "auth-enveloped", "compressed"]

DATA: Final = oid("1.2.840.113549.1.7.1")
OIDS: Final[dict[ContentKind, bytes]] = {
    "data": DATA,
    "signed": oid("1.2.840.113549.1.7.2"),
    "enveloped": oid("1.2.840.113549.1.7.3"),
    "auth-enveloped": oid("1.2.840.113549.1.9.16.1.23"),
    "compressed": oid("1.2.840.113549.1.9.16.1.9"),
}
_KINDS: Final = {value: kind for kind, value in OIDS.items()}

EXPLICIT: Final = 0xA0
"""The tag [0], constructed."""


def content_kind(source: Source) -> ContentKind:
    """The content type of a ContentInfo (RFC 5652, 3), by its first bytes.

    Raises:
        Malformed: not a ContentInfo.
        UnsupportedFormat: of a kind that is not read here.
    """
    info = root(source)
    return _kind(info)


def opened(source: Source, *kinds: ContentKind) -> tuple[ContentKind, Element, Element]:
    """The kind, the structure inside, and the ContentInfo, which is to be finished after it.

    Raises as `content_kind`; UnsupportedFormat also for a kind that is not among `kinds`.
    """
    info = root(source)
    kind = _kind(info)
    if kind not in kinds:
        raise UnsupportedFormat(f"{kind} where {' or '.join(kinds)} is expected")
    return kind, info.take("the content", EXPLICIT).take("the content", SEQUENCE), info


def take_data(encapsulated: Element) -> None:
    """Take the type of an inner content, which AS2 knows only as data: MIME, whatever it says itself.

    Raises:
        UnsupportedFormat: it is another.
    """
    identifier = encapsulated.oid()
    if identifier != DATA:
        raise UnsupportedFormat(f"a content of type {dotted(identifier)} inside")


def _kind(info: Element) -> ContentKind:
    if info.tag != SEQUENCE:
        raise Malformed("it does not begin as CMS does")
    identifier = info.oid()
    if identifier not in _KINDS:
        raise UnsupportedFormat(f"content type {dotted(identifier)}")
    return _KINDS[identifier]
