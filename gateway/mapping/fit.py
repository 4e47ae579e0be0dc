"""How a value is made to fit its element, when the mapping says that it may: cut, split at blanks, check digits."""

import re
from collections.abc import Iterator
from typing import Final

FITS: Final = ("refuse", "cut", "split", "sscc18", "gtin")
"""What `fit:` may say."""

CHECKED: Final = ("sscc18", "gtin")
"""Those that ask for a check digit, when reading and when writing."""

_LENGTHS: Final = {"sscc18": (18, 20), "gtin": (8, 12, 13, 14)}
"""GTIN-8, -12 (UPC), -13 (EAN) and -14; an SSCC may stand with its application identifier 00 before it."""

_DIGITS = re.compile(r"[0-9]+", re.ASCII).fullmatch


def wrong_check_digit(fit: str, text: str) -> bool:
    """True for what is no SSCC or GTIN: wrong length, not all digits, or a wrong check digit (GS1 3.7.1, modulo 10)."""
    if len(text) not in _LENGTHS[fit] or not _DIGITS(text):
        return True
    if len(text) == 20 and not text.startswith("00"):
        return True
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(text)))
    return total % 10 != 0


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in pieces of at most `width` characters, broken at blanks; a longer word is broken where it must."""
    rest = text.strip(" ")
    while len(rest) > width:
        at = rest.rfind(" ", 0, width + 1)
        piece = rest[:at] if at > 0 else rest[:width]
        yield piece.rstrip(" ")
        rest = rest[len(piece) :].lstrip(" ")
    if rest:
        yield rest
