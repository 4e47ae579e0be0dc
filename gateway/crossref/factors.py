"""Factors between units of measure: exact, as fractions."""

import re
from fractions import Fraction

_FORM = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?|[0-9]{1,18}/[0-9]{1,18}", re.ASCII).fullmatch


class NotAFactor(ValueError):
    """The text is no positive factor; the message says what one looks like."""


def read_factor(text: str) -> Fraction:
    """A factor as people write it: `12`, `0.4536` or `1/12`. Raises NotAFactor."""
    if not _FORM(text):
        raise NotAFactor(f"'{text[:40]}' is no factor: write 12, 0.4536 or 1/12")
    try:
        factor = Fraction(text)
    except ZeroDivisionError:
        raise NotAFactor(f"'{text}' divides by nothing") from None
    if not factor:
        raise NotAFactor(f"'{text}' is no factor: with nothing, every quantity would be nothing")
    if not _FORM(factor_text(factor)):
        raise NotAFactor(f"'{text}' is too fine: as a fraction it has more than 18 digits on one side")
    return factor


def factor_text(factor: Fraction) -> str:
    """A factor as `read_factor` reads it: whole, or as a fraction in lowest terms."""
    return str(factor)


def stored_factor(text: str) -> Fraction:
    """A factor out of `factor_text`, however long: what was kept once has to stay readable, or no row is."""
    return Fraction(text)
