"""The attributes that are signed in place of the content (RFC 5652, 11): what it is, its digest, and when."""

from datetime import UTC, datetime
from typing import Final

from gateway.as2.cms.ber import Element, root
from gateway.as2.cms.der import OCTETS, OID, SEQUENCE, SET, element, header, oid, set_of
from gateway.as2.errors import Malformed, OverLimit
from gateway.as2.source import Memory

CONTENT_TYPE: Final = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = oid("1.2.840.113549.1.9.4")
SIGNING_TIME: Final = oid("1.2.840.113549.1.9.5")

MOST_ATTRIBUTES: Final = 64

_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18


def written(content_type: bytes, digest: bytes, signing_time: datetime | None) -> bytes:
    """The SET OF them in DER, which is what is signed. The time, when given, is aware."""
    attributes = [
        _attribute(CONTENT_TYPE, element(OID, content_type)),
        _attribute(MESSAGE_DIGEST, element(OCTETS, digest)),
    ]
    if signing_time is not None:
        attributes.append(_attribute(SIGNING_TIME, _time(signing_time)))
    return set_of(*attributes)


def _attribute(kind: bytes, value: bytes) -> bytes:
    return element(SEQUENCE, element(OID, kind), element(SET, value))


def _time(moment: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime from then on (RFC 5652, 11.3)."""
    utc = moment.astimezone(UTC)
    if 1950 <= utc.year < 2050:
        return element(_UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return element(_GENERALIZED_TIME, f"{utc.year:04}{utc:%m%d%H%M%SZ}".encode())


class Attributes:
    """The signed attributes of one signer, as they came."""

    __slots__ = ("_raw", "_values")

    def __init__(self, found: Element) -> None:
        """Read them from the [0] in a SignerInfo.

        Raises:
            Malformed: they are not attributes, or there are two of a kind that there may be one of.
            OverLimit: more than `MOST_ATTRIBUTES`, or more than 64 KB.
        """
        self._raw = found.raw()
        self._values: dict[bytes, list[Element]] = {}
        for count, attribute in enumerate(root(Memory(self._raw)), 1):
            if count > MOST_ATTRIBUTES or attribute.tag != SEQUENCE:
                raise OverLimit(f"more than {MOST_ATTRIBUTES} signed attributes, or something else among them")
            kind = attribute.oid()
            values = list(attribute.take("the values of an attribute", SET))
            if kind in self._values:
                raise Malformed("a signed attribute is there twice")
            self._values[kind] = values

    def content_type(self) -> bytes:
        """The one content type (RFC 5652, 11.1)."""
        return self._one(CONTENT_TYPE, OID).content(64)

    def digest(self) -> bytes:
        """The one digest of the content (RFC 5652, 11.2)."""
        return self._one(MESSAGE_DIGEST, OCTETS).content(128)

    def signing_time(self) -> datetime | None:
        """When the partner says it was; None when it does not say, or not in a way that can be read."""
        values = self._values.get(SIGNING_TIME, [])
        if len(values) != 1 or values[0].tag not in (_UTC_TIME, _GENERALIZED_TIME):
            return None
        text = values[0].content(64).decode("latin-1")
        try:
            if values[0].tag == _UTC_TIME:
                text = ("20" if text < "50" else "19") + text
            return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None

    def as_sent(self) -> bytes:
        """The SET OF as the partner ordered it: not every product sorts, but all sign what they send."""
        found = root(Memory(self._raw))
        return header(SET, found.end - found.start) + self._raw[found.start :] if found.end >= 0 else self.in_order()

    def in_order(self) -> bytes:
        """The SET OF in DER, as RFC 5652, 5.4 has it, whatever way it was sent."""
        return set_of(*(attribute.der() for attribute in root(Memory(self._raw))))

    def _one(self, kind: bytes, tag: int) -> Element:
        values = self._values.get(kind, [])
        if len(values) != 1 or values[0].tag != tag:
            raise Malformed("the signed attributes lack a content type or a digest, or have several")
        return values[0]
