"""A close pack as a PDF that a controller can read, sign and file. The same pack gives the same bytes."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from gateway.pipeline.reporting_pack import MEANING, Pack, Table
from gateway.pipeline.sheet import Cell

ROWS: Final = 400
"""Rows of one table that are printed; the CSV file beside has them all, and totals are of all."""

_FONT, _BOLD, _SIZE = "Helvetica", "Helvetica-Bold", 7.5
_MARGIN = 14 * mm
_WIDTH = landscape(A4)[0] - 2 * _MARGIN
_WIDEST = 90 * mm
_ROOM = 6.0
_HAIR = 0.01  # points: what reckoning with widths may lose
_STYLES: Final = getSampleStyleSheet()
_TEXT: Final = ParagraphStyle("text", parent=_STYLES["BodyText"], fontSize=9, leading=12)
_LOOK: Final = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), _FONT, _SIZE),
        ("FONT", (0, 0), (-1, 0), _BOLD, _SIZE),
        ("LEADING", (0, 0), (-1, -1), _SIZE + 2),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e6e6e6")),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.HexColor("#f6f6f6")]),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
)


def pdf_of(pack: Pack, hashes: Mapping[str, str]) -> bytes:
    """The PDF of a pack; `hashes` are the SHA-256 of the CSV files beside it, by name: it is bound to them."""
    pages, _ = _built(pack, hashes, 0)
    return _built(pack, hashes, pages)[1]


def _built(pack: Pack, hashes: Mapping[str, str], pages: int) -> tuple[int, bytes]:
    """How many pages it has, and its bytes; `pages` is what each page says that there are."""
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=_plain(f"Close pack {pack.month}"),
        author=_plain(pack.company),
        invariant=1,  # no time of printing and no id by chance in it
    )
    story: list[Flowable] = [*_cover(pack)]
    for table in pack.tables:
        story += [PageBreak(), *_of(table)]
    story += [PageBreak(), *_files(hashes)]

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(_FONT, _SIZE)
        line = f"{pack.company}   close pack {pack.month}   as of {_utc(pack.as_of)}   page {page.page} of {pages}"
        canvas.drawString(_MARGIN, _MARGIN / 2, _plain(line))

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return document.page, written.getvalue()


# ---------------------------------------------------------------------------------------------- cover


def _cover(pack: Pack) -> Sequence[Flowable]:
    facts = [
        ("company", pack.company or "not known: no partner files are in force"),
        ("month", f"{pack.month}, {pack.first} to {pack.last} in {pack.zone}"),
        ("", "" if pack.complete else "the month was not over yet when this was taken"),
        ("partner", pack.partner or "all"),
        ("documents", "production (ISA15 P)" if pack.usage == "P" else "tests (ISA15 T)"),
        ("as of", f"{_utc(pack.as_of)}, {pack.as_of_here}"),
        ("gateway", f"{pack.gateway}, tables {pack.migration}, partner files {pack.revision or 'none'}"),
        ("last event", str(pack.events)),
        ("audit trail", f"{pack.audit[0]} entries, head {pack.audit[1] or 'none'}"),
    ]
    shown = [[name, value] for name, value in facts if value]
    return [
        Paragraph(escape(_plain(f"Close pack {pack.month}: {pack.company}")), _STYLES["Title"]),
        _grid([["fact", "value"], *shown], widest=_WIDTH),
        Spacer(1, 6 * mm),
        Paragraph(escape(MEANING), _TEXT),
        Spacer(1, 6 * mm),
        _grid([["table", "rows", "worth together", "file"], *(_summed(table) for table in pack.tables)]),
        Spacer(1, 14 * mm),
        Paragraph("Prepared by ______________________ on ____________", _TEXT),
        Spacer(1, 8 * mm),
        Paragraph("Reviewed by ______________________ on ____________", _TEXT),
    ]


def _summed(table: Table) -> list[str]:
    rows = f"{len(table.sheet.rows)}{', and there are more' if table.cut else ''}"
    return [table.title, rows, _money(table.totals()), table.file]


def _money(sums: Mapping[str, Decimal]) -> str:
    return " and ".join(f"{value:,f} {name or '(currency as agreed)'}" for name, value in sums.items())


# ---------------------------------------------------------------------------------------------- tables


def _of(table: Table) -> Sequence[Flowable]:
    rows, headers = table.sheet.rows, list(table.sheet.headers)
    places = [headers.index(name) for name in table.shown]
    about = table.about + (
        "" if len(rows) <= ROWS else f" The first {ROWS} of {len(rows)} rows; all are in {table.file}."
    )
    about += " There are more than fit into a pack." if table.cut else ""
    found: list[Flowable] = [
        Paragraph(escape(_plain(table.title)), _STYLES["Heading2"]),
        Paragraph(escape(_plain(about)), _TEXT),
        Spacer(1, 3 * mm),
    ]
    if not rows:
        return [*found, Paragraph("None.", _TEXT)]
    found.append(_grid([list(table.shown), *([_shown(row[place]) for place in places] for row in rows[:ROWS])]))
    totals = table.totals()
    if totals:
        found += [Spacer(1, 3 * mm), Paragraph(escape(_plain(f"Together: {_money(totals)}")), _STYLES["Heading4"])]
    return found


def _files(hashes: Mapping[str, str]) -> Sequence[Flowable]:
    return [
        Paragraph("The files beside this one", _STYLES["Heading2"]),
        Paragraph("Each file with its SHA-256. The manifest has these and that of this document.", _TEXT),
        Spacer(1, 3 * mm),
        _grid([["file", "SHA-256"], *([name, digest] for name, digest in hashes.items())], widest=_WIDTH),
    ]


def _grid(rows: Sequence[Sequence[str]], widest: float = _WIDEST) -> Flowable:
    """Columns as wide as what stands in them, in what room there is; what is longer is cut, the CSV has it whole."""
    plain = [[_plain(cell) for cell in row] for row in rows]
    widths = [
        min(widest, max(stringWidth(row[n], _BOLD if not at else _FONT, _SIZE) for at, row in enumerate(plain))) + _ROOM
        for n in range(len(plain[0]))
    ]
    if sum(widths) > _WIDTH:
        widths = _narrowed(widths)
    cut = [[_fitting(cell, width - _ROOM) for cell, width in zip(row, widths, strict=True)] for row in plain]
    grid = LongTable(cut, colWidths=widths, repeatRows=1, hAlign="LEFT")
    grid.setStyle(_LOOK)
    return grid


def _narrowed(widths: Sequence[float]) -> list[float]:
    """The widest give up room first, as far as they have to."""
    low, high = 0.0, max(widths)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if sum(min(one, middle) for one in widths) > _WIDTH else (middle, high)
    return [min(one, low) for one in widths]


def _fitting(text: str, width: float) -> str:
    if stringWidth(text, _FONT, _SIZE) <= width + _HAIR:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if stringWidth(f"{text[:middle]}...", _FONT, _SIZE) <= width else (low, middle - 1)
    return f"{text[:low]}..."


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, Decimal):
        return f"{cell:,f}"
    return "" if cell is None else str(cell)


def _plain(text: str) -> str:
    """What the standard fonts of PDF can show; anything else is a question mark. The CSV has it as it is."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown.encode("cp1252", "replace").decode("cp1252")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
