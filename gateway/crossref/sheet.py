"""Rows from a CSV file: every mistake at once, each as `file:line: sentence`."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from gateway.crossref.factors import NotAFactor, read_factor
from gateway.crossref.rows import ANY, Row, faults_of
from gateway.flaws import did_you_mean

COLUMNS: Final = (
    "partner",
    "table",
    "theirs",
    "ours",
    "item",
    "factor",
    "valid_from",
    "valid_to",
    "preferred",
    "note",
    "owner",
)
"""What a file may have, in any order; its first line names them."""

NEEDED: Final = ("partner", "table", "theirs", "ours")

MAXIMUM_BYTES: Final = 50 << 20
MAXIMUM_ROWS: Final = 500_000
"""A catalogue of a large house; all of it is held in memory while it is checked."""

MAXIMUM_MISTAKES: Final = 1_000

_SPOILT: Final = re.compile(r"=.*|-?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]+", re.ASCII | re.DOTALL).fullmatch
"""What a spreadsheet makes of a number with leading zeros, or of a long one: no partner has ever sent it."""

_BEGINS_A_ROW: Final = re.compile(r"[a-z0-9*][a-z0-9_*-]*", re.ASCII).fullmatch

_WORDS: Final = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}


class NotADate(ValueError):
    """The text is no date like 2026-01-31."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in one line of a file, counted from 1."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file read. `lines` says in which line each row stands; with mistakes, the rows are not to be used."""

    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    mistakes: tuple[Mistake, ...] = ()


def read_sheet(file: str, data: bytes, *, partners: Collection[str] = ()) -> Sheet:
    """The rows of a CSV file: UTF-8, commas (or semicolons), the columns named in its first line.

    Args:
        file: its name, for what is wrong with it.
        data: at most 50 MB and 500,000 rows.
        partners: those that are known; none means that any name will do.

    Raises nothing: what is wrong is in `mistakes`, all of it at once, up to 1,000.
    """
    text, mistake = _text(file, data)
    if mistake is not None:
        return Sheet((), (), (mistake,))
    first = text.split("\n", 1)[0]
    between = ";" if first.count(";") > first.count(",") else ","
    # Strict: a quote that nobody closes would swallow all rows behind it, up to the next.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    return _Reading(file, partners, between).read(reader)


def read_date(text: str) -> date | None:
    """A day as 2026-01-31, None for empty text. Raises NotADate."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotADate(f"'{text[:40]}' is no date like 2026-01-31")


def _text(file: str, data: bytes) -> tuple[str, Mistake | None]:
    if len(data) > MAXIMUM_BYTES:
        return "", Mistake(file, 1, f"it has more than {MAXIMUM_BYTES >> 20} MB")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return "", Mistake(file, line, f"not UTF-8: byte 0x{data[error.start]:02X}; save the file as UTF-8")


class _Reading:
    """One file being read."""

    def __init__(self, file: str, partners: Collection[str], between: str) -> None:
        self._file = file
        self._partners = partners
        self._between = between
        self._mistakes: list[Mistake] = []
        self._line = 1

    def read(self, reader: "Iterator[list[str]]") -> Sheet:
        """The rows of a sheet, its first line naming the columns, with every mistake in it."""
        rows: list[Row] = []
        lines: list[int] = []
        try:
            columns = self._columns(next(reader, []))
            for cells in reader if columns else ():
                self._line = reader.line_num  # type: ignore[attr-defined]
                row = self._row(columns, cells)
                if row is not None:
                    rows.append(row)
                    lines.append(self._line)
                if len(rows) > MAXIMUM_ROWS or len(self._mistakes) >= MAXIMUM_MISTAKES:
                    self._wrong(
                        f"more than {MAXIMUM_ROWS:,} rows, or {MAXIMUM_MISTAKES:,} mistakes: the rest is unread"
                    )
                    break
        except csv.Error as error:
            self._line = reader.line_num  # type: ignore[attr-defined]
            self._wrong(f"not to be read as CSV: {error}; is a quote not closed, or not doubled inside quotes?")
        return Sheet(tuple(rows), tuple(lines), tuple(self._mistakes))

    def _columns(self, cells: list[str]) -> list[str]:
        names = [cell.strip().lower() for cell in cells]
        before = len(self._mistakes)
        for name in names:
            if name not in COLUMNS:
                self._wrong(f"no column '{name[:40]}', only {', '.join(COLUMNS)}{did_you_mean(name, COLUMNS)}")
            elif names.count(name) > 1:
                self._wrong(f"column '{name}' stands {names.count(name)} times")
        for name in NEEDED:
            if name not in names:
                self._wrong(f"the first line names the columns; '{name}' is missing")
        return names if len(self._mistakes) == before else []

    def _row(self, columns: list[str], cells: list[str]) -> Row | None:
        values = [cell.strip() for cell in cells]
        if not any(values):
            return None
        if len(values) != len(columns):
            self._wrong(f"{len(values)} cells under {len(columns)} columns")
            return None
        cell = dict(zip(columns, values, strict=True))
        before = len(self._mistakes)
        self._spoilt(cell)
        self._swallowed(columns, cells)
        row = Row(
            partner=cell["partner"],
            table=cell["table"],
            theirs=cell["theirs"],
            ours=cell["ours"],
            item=cell.get("item") or ANY,
            factor=self._factor(cell),
            valid_from=self._date(cell, "valid_from"),
            valid_to=self._date(cell, "valid_to"),
            preferred=self._preferred(cell),
            note=cell.get("note", ""),
            owner=cell.get("owner", ""),
        )
        unreadable = len(self._mistakes) > before
        for sentence in faults_of(row):
            if not (unreadable and "factor" in sentence):
                self._wrong(sentence)
        if self._partners and row.partner not in (*self._partners, ANY):
            self._wrong(unknown_partner(row.partner, self._partners))
        return None if len(self._mistakes) > before else row

    def _spoilt(self, cell: Mapping[str, str]) -> None:
        """What a program has changed on the way would be loaded as a value that nobody ever sends."""
        for name in ("theirs", "ours", "item"):
            if _SPOILT(cell.get(name, "")):
                self._wrong(f"{name} '{cell[name][:40]}' is what a spreadsheet made of it: write the column as text")

    def _swallowed(self, columns: list[str], cells: list[str]) -> None:
        """A quote that stands for itself (as for "the same as above") makes a note of all up to the next one."""
        for name, value in zip(columns, cells, strict=True):
            for line in value.splitlines()[1:]:
                begun = dict(zip(columns, line.split(self._between), strict=False))
                if all(_BEGINS_A_ROW(begun.get(key, "")) for key in ("partner", "table")) and begun.get("ours"):
                    self._wrong(f"{name} has a row inside: is a quote before it not closed?")
                    return

    def _factor(self, cell: Mapping[str, str]) -> Fraction | None:
        try:
            return read_factor(cell["factor"]) if cell.get("factor") else None
        except NotAFactor as error:
            self._wrong(str(error))
            return None

    def _date(self, cell: Mapping[str, str], name: str) -> date | None:
        try:
            return read_date(cell.get(name, ""))
        except NotADate as error:
            self._wrong(f"{name}: {error}")
            return None

    def _preferred(self, cell: Mapping[str, str]) -> bool:
        word = cell.get("preferred", "").lower()
        if word not in _WORDS:
            self._wrong(f"preferred is yes or no, not '{word[:40]}'")
        return _WORDS.get(word, False)

    def _wrong(self, sentence: str) -> None:
        self._mistakes.append(Mistake(self._file, self._line, sentence))


def unknown_partner(name: str, partners: Collection[str]) -> str:
    """A sentence about a partner nobody knows."""
    return f"there is no partner '{name[:40]}'{did_you_mean(name, partners)}"
