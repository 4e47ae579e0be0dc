"""How a value is made to fit its element, when the mapping says that it may: cut, split at blanks, check digits."""

from collections.abc import Iterator
from typing import Final

from gateway.canonical.gs1 import is_gtin, is_sscc

FITS: Final = ("refuse", "cut", "split", "sscc18", "gtin")
"""What `fit:` may say."""

CHECKED: Final = ("sscc18", "gtin")
"""Those that ask for a check digit, when reading and when writing."""


def wrong_check_digit(fit: str, text: str) -> bool:
    """True for what is no SSCC or GTIN: wrong length, not all digits, or a wrong check digit."""
    return not (is_sscc(text) if fit == "sscc18" else is_gtin(text))


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in pieces of at most `width` characters, broken at blanks; a longer word is broken where it must."""
    rest = text.rstrip(" ")
    while len(rest) > width:
        at = rest.rfind(" ", 0, width + 1)
        piece = (rest[:at].rstrip(" ") if at > 0 else "") or rest[:width].rstrip(" ")
        if piece:
            yield piece
        rest = rest[len(piece) :].lstrip(" ")
    if rest:
        yield rest
