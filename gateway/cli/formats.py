"""Rows for people and for spreadsheets: a table, JSON lines, or CSV."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from gateway.cli.table import as_json, lines
from gateway.pipeline.sheet import Cell, Sheet

__all__ = ["Cell", "Format", "formatted", "none_found", "shown"]

Format: TypeAlias = Literal["table", "json", "csv"]


def formatted(headers: Sequence[str], rows: Sequence[Sequence[Cell]], form: Format) -> str:
    """All rows under their headers, without the last line's end."""
    return shown(Sheet(headers, rows), form)


def shown(sheet: Sheet, form: Format) -> str:
    """The same of a sheet."""
    if form == "json":
        return "\n".join(map(as_json, sheet.values()))
    if form == "csv":
        return sheet.csv().removesuffix("\r\n")
    return "\n".join(lines(sheet.headers, [[_shown(cell) for cell in row] for row in sheet.rows]))


def none_found(all_is_well: str, *narrowed: object) -> str:
    """What is said where a list is empty. `narrowed` is what it was asked for by: that nothing of a part is there says
    nothing of the rest, and a name may be misspelt.
    """
    return "nothing is like that" if any(narrowed) else all_is_well


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return "" if cell is None else str(cell)
