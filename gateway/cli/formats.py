"""Rows for people and for spreadsheets: a table, JSON lines, or CSV that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from gateway.cli.table import as_json, lines

Format: TypeAlias = Literal["table", "json", "csv"]
Cell: TypeAlias = str | int | Decimal | datetime | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet reckon instead of showing (CWE-1236)."""


def formatted(headers: Sequence[str], rows: Sequence[Sequence[Cell]], form: Format) -> str:
    """All rows under their headers, without the last line's end."""
    if form == "json":
        return "\n".join(as_json(_named(headers, row)) for row in rows)
    if form == "csv":
        return _csv(headers, rows)
    return "\n".join(lines(headers, [[_shown(cell) for cell in row] for row in rows]))


def _named(headers: Sequence[str], row: Sequence[Cell]) -> Mapping[str, Cell]:
    return {header.replace(" ", "_"): cell for header, cell in zip(headers, row, strict=True)}


def _csv(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """RFC 4180; text that looks like a formula stands behind an apostrophe, numbers are numbers."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([_harmless(cell) if isinstance(cell, str) else _plain(cell) for cell in row] for row in rows)
    return written.getvalue().removesuffix("\r\n")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
    return "" if cell is None else str(cell)


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return "" if cell is None else str(cell)
