"""TA1, the answer to an envelope: received, and taken or refused as a whole (X12.56)."""

from typing import Final

from gateway.x12.guide import envelope
from gateway.x12.interchange import InterchangeResult, Segment

_CONTENT_INVALID: Final = "024"


def ta1_segment(result: InterchangeResult) -> Segment:
    """TA101-05 for one interchange: its number, date and time as they came, TA104 and TA105.

    What came is repeated where its length and digits allow; a TA101 that is no number is answered with zeros.
    """
    header = result.header
    return (
        "TA1",
        _digits(header.control_number, 9),
        _digits(header.date, 6),
        _digits(header.time, 4),
        result.status,
        _note(result),
    )


def _digits(value: str, length: int) -> str:
    if value.isascii() and value.isdigit() and len(value) <= length:
        return value.rjust(length, "0")
    return "0" * length


def _note(result: InterchangeResult) -> str:
    """TA105; "000" goes with A and with nothing else (X12.56)."""
    element = envelope()["TA1"].elements[4].element
    known = element is not None and element.codes is not None and result.note in element.codes
    if result.status == "A":
        return "000"
    return result.note if known and result.note != "000" else _CONTENT_INVALID
