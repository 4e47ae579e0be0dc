"""What a report is, whoever asks for it: rows under headers; and as CSV that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | Decimal | datetime | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet reckon instead of showing (CWE-1236); East Asian ones take wide signs too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every row has one cell for each header. Times are UTC, amounts exact."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def values(self) -> Iterator[Mapping[str, Cell]]:
        """Each row by name, as in JSON: "due at" is `due_at` there."""
        names = [header.replace(" ", "_") for header in self.headers]
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    def csv(self) -> str:
        """RFC 4180, headers first; text that looks like a formula stands behind an apostrophe, numbers are numbers."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\r\n")
        writer.writerow(self.headers)
        writer.writerows(
            [_harmless(cell) if isinstance(cell, str) else _plain(cell) for cell in row] for row in self.rows
        )
        return written.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
    return "" if cell is None else str(cell)
