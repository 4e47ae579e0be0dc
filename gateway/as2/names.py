"""Who sends to whom, and which message: AS2 names (RFC 4130, 6.2), Message-IDs (RFC 4130, 5.3.3; RFC 5322, 3.6.4)."""

import re

from gateway.as2.errors import Malformed
from gateway.errors import UsageError

NAME_LIMIT = 128
"""Characters of an AS2 name (RFC 4130, 6.2)."""

MESSAGE_ID_LIMIT = 970
"""Characters of a Message-ID that are read: of the 998 in RFC 4130, 5.3.3, what a receipt can return in a line."""

_MESSAGE_ID_TO_WRITE = 255
"""What RFC 4130, 5.3.3 recommends."""

_ATOMIC = re.compile(r"[!#-\[\]-~]{1,128}")
_NAME = re.compile(r"[ -~]{1,128}")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,253}>")
_PRINTABLE = re.compile(r"[ -~]+")


def read_name(value: str) -> str:
    """An AS2 name from AS2-From or AS2-To, as it is compared: case matters, quotes do not.

    Names with spaces arrive without quotes too, and are taken: no other name could be meant.
    Raises: Malformed when it is empty, longer than `NAME_LIMIT`, or has anything but printable ASCII.
    """
    text = value.strip()
    quoted = _QUOTED.fullmatch(text)
    name = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text
    if not _NAME.fullmatch(name) or (not quoted and ('"' in name or "\\" in name)):
        raise Malformed(f"no AS2 name: {value[: NAME_LIMIT + 20]!r}")
    return name


def write_name(name: str) -> str:
    """The name as AS2-From and AS2-To carry it: in quotes when it needs them.

    Raises: UsageError for what is no AS2 name.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"no AS2 name: {name[: NAME_LIMIT + 20]!r}")
    if _ATOMIC.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_message_id(value: str) -> str:
    """A Message-ID as it arrived, without spaces around it. Partners put spaces and worse within: it is only compared.

    Raises: Malformed when it is empty, too long, or has anything but printable ASCII.
    """
    text = value.strip()
    if len(text) > MESSAGE_ID_LIMIT or not _PRINTABLE.fullmatch(text) or text in ("<", ">", "<>"):
        raise Malformed(f"no Message-ID: {value[:80]!r}")
    return text


def write_message_id(value: str) -> str:
    """A Message-ID of ours: `<left@right>` without spaces.

    Raises: UsageError when it is none, or longer than 255 characters.
    """
    if not _MESSAGE_ID.fullmatch(value) or "@" not in value or len(value) > _MESSAGE_ID_TO_WRITE:
        raise UsageError(f"no Message-ID: {value[:80]!r}")
    return value


def same_message(one: str, other: str) -> bool:
    """Whether two Message-IDs name the same message: receipts come back without the angle brackets."""
    return _bare(one) == _bare(other) != ""


def _bare(value: str) -> str:
    return value.strip().removeprefix("<").removesuffix(">").strip()
