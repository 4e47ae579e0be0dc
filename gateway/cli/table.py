"""Plain tables and JSON for a terminal: readable without colour, cut to nothing that is not there."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal


def lines(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns under their headers; control characters in data are shown escaped."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max([len(header), *(len(row[n]) for row in shown)]) for n, header in enumerate(headers)]
    return [_line(headers, widths), *(_line(row, widths) for row in shown)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def printable(text: str) -> str:
    """`text` with everything a terminal might obey, or a reader might not see, as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def as_json(value: object) -> str:
    """One value as JSON on one line: dataclasses as objects, times as ISO 8601, decimals as strings."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
