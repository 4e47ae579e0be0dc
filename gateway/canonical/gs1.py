"""GS1 check digits: of trade items (GTIN-8, -12, -13, -14) and of logistic units (SSCC, 18 digits).

GS1 General Specifications, 7.9: the digits before the last are weighted 3, 1, 3 ... from the right; the last one makes
the sum a multiple of ten.
"""

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
"""GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN), GTIN-14 (a case)."""

SSCC_LENGTH = 18

SSCC_IDENTIFIER = "00"
"""Application identifier that stands before an SSCC in a bar code and in MAN02 with qualifier GM: 20 digits in all."""


def check_digit(digits: str) -> str:
    """The check digit that belongs behind `digits` (1 to 17 ASCII digits, without it). Raises ValueError."""
    if not (_is_digits(digits) and len(digits) < SSCC_LENGTH):
        raise ValueError("a check digit is reckoned from 1 to 17 digits")
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_gtin(text: str) -> bool:
    """True for 8, 12, 13 or 14 digits of which the last is the check digit of the others."""
    return len(text) in GTIN_LENGTHS and _checked(text)


def is_sscc(text: str) -> bool:
    """True for an SSCC with a right check digit: 18 digits, or 20 with the identifier 00 before them."""
    number = text.removeprefix(SSCC_IDENTIFIER) if len(text) == SSCC_LENGTH + len(SSCC_IDENTIFIER) else text
    return len(number) == SSCC_LENGTH and _checked(number)


def _checked(text: str) -> bool:
    return _is_digits(text) and text[-1] == check_digit(text[:-1])


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
