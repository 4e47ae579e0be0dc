"""Values such as `type/subtype; name=value`: Content-Type, Content-Disposition (RFC 2045, 5.1; 2183; 2231; 5987).

Partners write what the grammar does not have: values with `=`, `/` and spaces without quotes, file names with single
backslashes, encoded words (RFC 2047) within quotes. All of those are read; what two readers would read differently,
a name given twice or a quote that never ends, is refused.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, unquote_to_bytes

from gateway.as2.errors import Malformed
from gateway.as2.headers import Headers
from gateway.errors import UsageError

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[^";]+|;|"')
_EXTENDED = re.compile(r"([^*]+)(?:\*(\d{1,2}))?(\*)?")
_COMMENTED = re.compile(r"([^\s()]+)\s+\(.*\)")
_ESCAPED = re.compile(r'\\(["\\])')
_WORD = re.compile(r"=\?([A-Za-z0-9_-]{1,40})\?([BbQq])\?([!->@-~]{0,500})\?=")
_CHARSETS = re.compile(r"utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_MEDIA_TYPE = re.compile(r"[!#$&\-^_.+0-9A-Za-z]{1,127}/[!#$&\-^_.+0-9A-Za-z]{1,127}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")

FILE_NAME_LIMIT = 255
"""Characters of a file name that are kept, and bytes of UTF-8 of one that is written: what file systems take."""


@dataclass(frozen=True, slots=True)
class Structured:
    """A value in lower case, and its parameters by their names in lower case, decoded."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The parameter, empty when it is not there."""
        return self.parameters.get(name, "")


def parse(text: str) -> Structured:
    """Read a structured value. Raises: Malformed."""
    segments = _segments(text)
    value = segments[0].strip()
    commented = _COMMENTED.fullmatch(value)
    plain: dict[str, str] = {}
    extended: dict[str, dict[int, tuple[bool, str]]] = {}
    for segment in segments[1:]:
        name, equals, content = (part.strip() for part in segment.partition("="))
        if not segment.strip():
            continue
        match = _EXTENDED.fullmatch(name.lower())
        if not equals or match is None:
            raise Malformed(f"no parameter: {segment[:80]!r}")
        content = _unquoted(content, match[1])
        if match[2] is None and match[3] is None:
            _put(plain, match[1], content)
        else:
            _put(extended.setdefault(match[1], {}), int(match[2] or 0), (match[3] is not None, content))
    for name, sections in extended.items():
        plain[name] = _continued(name, sections)
    return Structured((commented[1] if commented else value).lower(), plain)


def _put(into: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    if key in into:
        raise Malformed(f"the parameter {key!r} is given twice")
    into[key] = value


def _segments(text: str) -> list[str]:
    """Cut at the semicolons that are not within quotes; each piece is looked at once."""
    segments: list[list[str]] = [[]]
    for match in _PIECE.finditer(text):
        if match[0] == ";":
            segments.append([])
        elif match[0] == '"':
            raise Malformed(f"a quote that never ends: {text[:80]!r}")
        else:
            segments[-1].append(match[0])
    return ["".join(pieces) for pieces in segments]


def _unquoted(content: str, name: str) -> str:
    if content.startswith('"'):
        end = len(content) - 1 if content.endswith('"') and len(content) > 1 else content.rfind('"')
        return _ESCAPED.sub(r"\1", content[1:end])
    commented = _COMMENTED.fullmatch(content) if name not in ("filename", "name") else None
    return commented[1] if commented else content


def _continued(name: str, sections: Mapping[int, tuple[bool, str]]) -> str:
    """Put continued and percent-encoded sections together (RFC 2231, 3 and 4.1)."""
    if sorted(sections) != list(range(len(sections))):
        raise Malformed(f"the sections of the parameter {name!r} do not follow each other")
    charset = "us-ascii"
    raw = bytearray()
    for index in range(len(sections)):
        encoded, content = sections[index]
        if encoded and index == 0:
            charset, _, rest = content.partition("'")
            _, quoted, content = rest.partition("'")
            if not quoted:
                raise Malformed(f"the parameter {name!r} names no character set")
        raw += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    return _decoded(bytes(raw), charset)


def _decoded(raw: bytes, charset: str) -> str:
    charset = charset.lower()
    return raw.decode(charset if _CHARSETS.fullmatch(charset) and _known(charset) else "utf-8", "replace")


def _known(charset: str) -> bool:
    try:
        b"".decode(charset)
    except LookupError:
        return False
    return True


def words_decoded(text: str) -> str:
    """Text with its encoded words read (RFC 2047); what is none stays as it is."""
    return _WORD.sub(_word, re.sub(r"\?=\s+=\?", "?==?", text)) if "=?" in text else text


def _word(match: re.Match[str]) -> str:
    content = match[3]
    try:
        if match[2] in "bB":
            raw = base64.b64decode(content, validate=True)
        else:
            raw = binascii.a2b_qp(content.encode("ascii"), header=True)
    except (binascii.Error, ValueError):
        return match[0]
    return _decoded(raw, match[1])


def file_name(headers: Headers) -> str | None:
    """The name that the sender gives the content: `filename` of Content-Disposition, else `name` of Content-Type.

    It is data for people and for our systems, never a path: only what stands behind the last slash or backslash is
    kept, without control and direction characters, at most `FILE_NAME_LIMIT` of them. None when nothing is left.
    """
    for field_name, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        value = headers.single(field_name)
        found = parse(value).get(parameter) if value else ""
        if found:
            name = re.split(r"[/\\]", words_decoded(found))[-1]
            name = _UNPRINTABLE.sub("", name).strip()[:FILE_NAME_LIMIT]
            return None if name in ("", ".", "..") else name
    return None


def media_type(text: str) -> str:
    """A media type that we write, possibly with parameters, as it is to be written.

    Raises: UsageError when it is none.
    """
    value = text.partition(";")[0].strip()
    if not _MEDIA_TYPE.fullmatch(value) or value.lower().startswith(("multipart/", "message/")):
        raise UsageError(f"no media type of a payload: {text[:80]!r}")
    return text.strip()


def parameter(name: str, value: str) -> str:
    """`; name="value"` for ASCII, or with `name*=` percent-encoded as UTF-8 (RFC 2231, 4) where the value is not.

    Raises: UsageError for control characters and for more than `FILE_NAME_LIMIT` bytes.
    """
    if _UNPRINTABLE.search(value) or not value or len(value.encode("utf-8")) > FILE_NAME_LIMIT:
        raise UsageError(f"this cannot be the {name} of a part: {value[:80]!r}")
    if not value.isascii():
        return f"; {name}*=UTF-8''{quote(value, safe='')}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'; {name}="{escaped}"'


def encoded_words(text: str) -> str:
    """Text for a header field that people read, such as Subject: ASCII as it is, else encoded words (RFC 2047).

    Raises: UsageError for control characters.
    """
    if _UNPRINTABLE.search(text) or len(text) > FILE_NAME_LIMIT:
        raise UsageError(f"no text for a header field: {text[:80]!r}")
    if text.isascii():
        return text
    pieces = [text[at : at + 10] for at in range(0, len(text), 10)]
    return " ".join(f"=?UTF-8?B?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)
