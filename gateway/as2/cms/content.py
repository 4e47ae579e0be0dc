"""What kind of CMS this is: headers lie about it, or say nothing."""

from typing import Literal

from gateway.as2.source import Source

ContentKind = Literal["signed", "enveloped", "auth-enveloped", "compressed", "data"]


def content_kind(source: Source) -> ContentKind:
    """The content type of a ContentInfo (RFC 5652, 3), by its first bytes.

    Raises:
        Malformed: not a ContentInfo.
        UnsupportedFormat: of a kind that is not read here.
    """
    raise NotImplementedError
