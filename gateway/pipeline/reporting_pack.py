"""A month to file: which tables are in it, what its manifest says, whether a folder still is what was taken. Pure."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.pipeline.sheet import Sheet

MANIFEST: Final = "manifest.json"
REPORT: Final = "close.pdf"
FORM: Final = 1
LARGEST_MANIFEST: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a pack, a CSV file of its own. `shown` are the columns that the PDF has room for, `about` a sentence
    on what stands in it. `cut`: there was more than fits. `adds_up`: each document is worth something once in it.
    """

    name: str
    title: str
    about: str
    sheet: Sheet
    shown: Sequence[str]
    cut: bool = False
    adds_up: bool = False

    @property
    def file(self) -> str:
        """The name of its CSV file."""
        return f"{self.name}.csv"

    def totals(self) -> Mapping[str, Decimal]:
        """What its rows are worth together, by currency; nothing where they do not add up."""
        headers = list(self.sheet.headers)
        if not self.adds_up:
            return {}
        amount, currency, found = headers.index("amount"), headers.index("currency"), dict[str, Decimal]()
        for row in self.sheet.rows:
            value = row[amount]
            if isinstance(value, Decimal):
                name = str(row[currency] or "")
                found[name] = found.get(name, Decimal()) + value
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A month of the gateway as of one moment. Days are those of `zone`, the company's.

    `events` is the number of the last event that is in it, `audit` number and hash of the last act of a person,
    `revision` the partner files in force.
    """

    company: str
    month: str
    first: date
    last: date
    zone: str
    partner: str
    usage: str
    as_of: datetime
    gateway: str
    migration: str
    revision: str
    events: int
    audit: tuple[int, str]
    tables: Sequence[Table]

    @property
    def as_of_here(self) -> str:
        """The moment in the company's zone: "2026-12-01 09:00:00 CET"."""
        return f"{self.as_of.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M:%S %Z}"

    @property
    def complete(self) -> bool:
        """Whether the month was over when it was taken."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).date() > self.last


MEANING: Final = (
    "All tables are of one moment: one state of the database, as it was at the time of the query. What was asked for "
    "is the month; where it stands is told as of that moment. What happened or became known later is not in it."
)
"""What the moment means, for whoever files it."""


def csv_of(table: Table) -> bytes:
    """A CSV that spreadsheets read as UTF-8."""
    return table.sheet.csv().encode("utf-8")


def manifest_of(pack: Pack, files: Mapping[str, bytes]) -> bytes:
    """The manifest, as JSON: what the pack is, and the SHA-256 of every file in it."""
    rows = {table.file: len(table.sheet.rows) for table in pack.tables}
    cut = {table.file for table in pack.tables if table.cut}
    said = {
        "form": FORM,
        "what": "close pack",
        "company": pack.company,
        "month": pack.month,
        "first_day": pack.first.isoformat(),
        "last_day": pack.last.isoformat(),
        "month_was_over": pack.complete,
        "time_zone": pack.zone,
        "partner": pack.partner,
        "usage": pack.usage,
        "as_of": pack.as_of.astimezone(UTC).isoformat(timespec="microseconds"),
        "as_of_in_zone": pack.as_of_here,
        "gateway": pack.gateway,
        "migration": pack.migration,
        "revision": pack.revision,
        "last_event": pack.events,
        "audit": {"entries": pack.audit[0], "head": pack.audit[1]},
        "totals": {
            table.file: {name: str(sum_) for name, sum_ in sums.items()}
            for table in pack.tables
            if (sums := table.totals())
        },
        "files": [
            {"name": name, **_measured(data)}
            | ({"rows": rows[name], "complete": name not in cut} if name in rows else {})
            for name, data in sorted(files.items())
        ],
    }
    return (json.dumps(said, indent=2, ensure_ascii=True) + "\n").encode("ascii")


def _measured(data: bytes) -> Mapping[str, object]:
    return {"size": len(data), "sha256": digest(data)}


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------------------------------------- is it still


class NoManifest(ValueError):
    """What is there is no manifest of a pack; the sentence says why."""


def read_manifest(data: bytes) -> Mapping[str, Any]:
    """What a manifest says. Raises NoManifest."""
    if len(data) > LARGEST_MANIFEST:
        raise NoManifest(f"{MANIFEST} has {len(data)} bytes: no manifest is so large")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise NoManifest(f"{MANIFEST} cannot be read") from None
    if not isinstance(said, dict) or said.get("what") != "close pack" or said.get("form") != FORM:
        raise NoManifest(f"{MANIFEST} is none of a close pack that this version knows")
    files = said.get("files")
    if not isinstance(files, list) or not all(_names_a_file(one) for one in files):
        raise NoManifest(f"{MANIFEST} does not say which files there are")
    return said


def _names_a_file(one: object) -> bool:
    if not isinstance(one, dict):
        return False
    name, size, sha256 = one.get("name"), one.get("size"), one.get("sha256")
    plain = isinstance(name, str) and name not in ("", ".", "..", MANIFEST) and not {"/", "\\", "\0"} & set(name)
    return plain and isinstance(size, int) and isinstance(sha256, str)


def faults(
    said: Mapping[str, Any], there: Iterable[str], measured: Callable[[str], tuple[int, str] | None]
) -> Sequence[str]:
    """What is wrong with a folder, in sentences; nothing when it is what was taken.

    Args:
        said: the manifest.
        there: names of all that lies in the folder.
        measured: size and SHA-256 of a file, None when it cannot be read.
    """
    found = []
    listed = {str(one["name"]): one for one in said["files"]}
    for name, one in sorted(listed.items()):
        known = measured(name)
        if known is None:
            found.append(f"{name} is not there, or cannot be read")
        elif known != (one["size"], one["sha256"]):
            found.append(f"{name} was changed since: it has another SHA-256 than the manifest says")
    found += [f"{name} is no part of the pack" for name in sorted({*there} - listed.keys() - {MANIFEST})]
    return found
