"""What an SFTP channel may prescribe: keys with their days, names of folders, names of files."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.partners.form import Form, PublicKey

FolderKey = Literal["inbound", "outbound", "archive", "error"]
"""The four folders by their own names."""

OWN_NAMES: Final[tuple[FolderKey, ...]] = ("inbound", "outbound", "archive", "error")
LONGEST_PATTERN: Final = 200
_PART = re.compile(r"[A-Za-z0-9_~@+][A-Za-z0-9._~@+ -]{0,62}")
_PATTERN_MEMORY: Final = 1 << 20
"""Bytes one compiled pattern may take; what partners prescribe takes a few thousand."""


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"'{str(value)[:40]}' is not a day, like 2026-03-31") from None


Day = Annotated[date, BeforeValidator(_day)]


class AuthorizedKey(Form):
    """A public key, and the first and last day (UTC) on which it is good; without them it always is."""

    key: PublicKey
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError("until is before from: the key would never be good")
        return self


def _with_days(value: object) -> object:
    """A key alone, as its line, is one without days."""
    return {"key": value} if isinstance(value, str) else value


DatedKey = Annotated[AuthorizedKey, BeforeValidator(_with_days)]


def _path(text: str) -> str:
    parts = text.strip("/").split("/")
    if len(parts) > 4 or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError(
            f"'{text[:60]}' is not a path for a folder: at most four names of letters, digits and . _ ~ @ + - or spaces"
        )
    return "/".join(parts)


def _paths(value: object) -> object:
    return [value] if isinstance(value, str) else value


FolderPaths = Annotated[
    tuple[Annotated[str, AfterValidator(_path)], ...], BeforeValidator(_paths), Field(min_length=1, max_length=8)
]


def _apart(folders: Mapping[FolderKey, tuple[str, ...]]) -> Mapping[FolderKey, tuple[str, ...]]:
    """No path twice, and none inside another: a name in a folder would be a folder itself."""
    known: set[str] = set(OWN_NAMES)
    for folder, paths in folders.items():
        for path in paths:
            if path == folder:
                continue
            for one in known:
                if f"{one}/".startswith(f"{path}/") or f"{path}/".startswith(f"{one}/"):
                    raise ValueError(f"'{path}' and '{one}' are one path, or one lies inside the other")
            known.add(path)
    return folders


Folders = Annotated[dict[FolderKey, FolderPaths], AfterValidator(_apart)]
"""Paths under which the partner finds a folder, beside its own name."""


@cache
def compiled(pattern: str) -> Any:
    """The pattern for whole names, by RE2: no partner's pattern takes more time than its name is long.

    Raises ValueError.
    """
    import re2  # type: ignore[import-untyped]  # three milliseconds, for the channels that have a pattern only

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"not a pattern: {words} (RE2: no look-around, no back references)") from None


def _pattern(text: str) -> str:
    if not text or len(text) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    compiled(text)
    return text


FileNames = Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], Field(max_length=20)]
"""Regular expressions (RE2) of which a final name has to match one as a whole; none: any name."""


def matches(patterns: tuple[str, ...], name: str) -> bool:
    """Whether the whole name matches one of them; any name does when there are none."""
    try:
        return not patterns or any(compiled(one).fullmatch(name) is not None for one in patterns)
    except UnicodeEncodeError:  # RE2 counts bytes, and a lone surrogate has none
        return False
