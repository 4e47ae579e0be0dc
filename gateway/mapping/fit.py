"""How a value is made to fit its element, when the mapping says that it may: cut, split at blanks, check digits."""

from collections.abc import Iterator
from typing import Final

from gateway.canonical.gs1 import GTIN_LENGTHS, SSCC_LENGTH, is_gtin, is_sscc

FITS: Final = ("refuse", "cut", "split", "sscc18", "gtin")
"""What `fit:` may say."""

CHECKED: Final = ("sscc18", "gtin")
"""Those that ask for a check digit, when reading and when writing."""

_LENGTHS: Final = {
    "sscc18": (frozenset({SSCC_LENGTH}), str(SSCC_LENGTH)),
    "gtin": (GTIN_LENGTHS, "8, 12, 13 or 14"),
}
"""Digits, and how they are said; 20 digits of an SSCC that has its identifier before it are good already."""


def wrong_number(fit: str, text: str) -> str:
    """Why a text is no SSCC or GTIN, in words: its characters, its length or its check digit; "" for one that is."""
    if is_sscc(text) if fit == "sscc18" else is_gtin(text):
        return ""
    lengths, said = _LENGTHS[fit]
    if not (text.isascii() and text.isdigit()):
        why = "it is not all digits"
    elif len(text) not in lengths:
        why = f"it has {len(text)} digit{'s' if len(text) != 1 else ''}, not {said}"
    else:
        why = "its check digit is wrong"
    return f"'{text[:40]}' is no {fit.upper()}: {why}"


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
