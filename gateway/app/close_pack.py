"""A month as files to keep: read as of one moment, written, held to its manifest, and told to the audit trail."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from gateway import __version__
from gateway.app.close_tables import Asked, tables
from gateway.app.memory import Memory, utc_now
from gateway.app.report_days import Days, a_month
from gateway.app.reporting import Reporting
from gateway.errors import MachineError, NotInOrder, UsageError
from gateway.pipeline.reporting_pack import (
    MANIFEST,
    REPORT,
    NoManifest,
    Pack,
    csv_of,
    digest,
    faults,
    manifest_of,
    read_manifest,
)
from gateway.store.audit import AuditBook, acted
from gateway.store.releases import StoreReleases
from gateway.store.reports.moment import Moment, at_one_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was written: the pack, its folder, the SHA-256 of its manifest, and the entry of the audit trail."""

    pack: Pack
    folder: Path
    manifest: str
    entry: int


def take(
    memory: Memory,
    month: str,
    folder: Path,
    *,
    who: str,
    partner: str = "",
    usage: Literal["P", "T"] = "P",
    now: Callable[[], datetime] = utc_now,
) -> Taken:
    """Write the pack of a month into a new or empty folder. Raises UsageError, MachineError."""
    first, last = a_month(month)
    _require_room(folder)
    if first > Days(Reporting(memory).zone).of(now()):
        raise UsageError(f"--month {month}: it has not begun")
    with at_one_moment(memory.database, now) as moment:
        still = replace(memory, database=moment, releases=StoreReleases(moment))
        pack = _pack(still, moment, month, first, last, partner, usage)
    from gateway.app.close_pdf import pdf_of  # it takes longer to load than all else

    files = {table.file: csv_of(table) for table in pack.tables}
    files[REPORT] = pdf_of(pack, {name: digest(data) for name, data in sorted(files.items())})
    manifest = manifest_of(pack, files)
    _write(folder, {**files, MANIFEST: manifest})
    detail = {"partner": partner, "usage": usage, "as_of": pack.as_of.isoformat(), "manifest": digest(manifest)}
    entry = acted(memory.means, "report.close", [month], who=who, **detail)
    return Taken(pack=pack, folder=folder, manifest=digest(manifest), entry=entry.number)


def _pack(
    memory: Memory, moment: Moment, month: str, first: date, last: date, partner: str, usage: Literal["P", "T"]
) -> Pack:
    reporting_ = Reporting(memory)
    days, book = Days(reporting_.zone), reporting_.book
    asked = Asked(
        month=month,
        first=first,
        last=last,
        partner=partner,
        usage=usage,
        since=days.begins(first),
        until=days.ends(last),
        now=moment.held.moment,
    )
    authored = memory.releases.current()
    trail = AuditBook(moment).entries(limit=1)
    return Pack(
        company=book.company.name if book is not None else "",
        month=month,
        first=first,
        last=last,
        zone=str(reporting_.zone),
        partner=partner,
        usage=usage,
        as_of=asked.now,
        gateway=__version__,
        migration=moment.held.migration(),
        revision=authored.revision if authored is not None else "",
        events=moment.held.last_event(),
        audit=(trail[0].number, trail[0].hash) if trail else (0, ""),
        tables=tables(memory, moment, reporting_, asked),
    )


# ---------------------------------------------------------------------------------------------- files


def _require_room(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already: a pack is written into a new folder, and never over another")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """The manifest last: without it a folder is no pack."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with (folder / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    except OSError as refused:
        raise MachineError(f"{folder}: {refused.strerror or refused}") from refused


def verify(folder: Path) -> tuple[dict[str, Any], str]:
    """What the manifest of a pack says, and its SHA-256, when everything is as it was taken.

    Raises NotInOrder with every fault, UsageError where no pack is.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
        there = [one.name for one in folder.iterdir()]
    except OSError as refused:
        raise UsageError(f"{folder}: no close pack, there is no {MANIFEST} that can be read") from refused
    try:
        manifest = read_manifest(data)
    except NoManifest as no:
        raise NotInOrder(f"{folder}: {no}") from no
    found = faults(manifest, there, lambda name: _measured(folder / name))
    if found:
        raise NotInOrder("\n".join(f"{folder}: {one}" for one in found))
    return dict(manifest), digest(data)


def _measured(file: Path) -> tuple[int, str] | None:
    if file.is_symlink() or not file.is_file():
        return None
    size, found = 0, hashlib.sha256()
    try:
        with file.open("rb") as source:
            while piece := source.read(1 << 20):
                size += len(piece)
                found.update(piece)
    except OSError:
        return None
    return size, found.hexdigest()


def entry_of(memory: Memory, month: str, manifest: str) -> int:
    """The entry of the audit trail that tells of taking this pack. Raises NotInOrder when there is none."""
    for one in memory.audit.entries(verb="report.close", subject=month, limit=1000):
        if one.detail.get("manifest") == manifest:
            return one.number
    raise NotInOrder(
        f"no entry of the audit trail tells of a pack of {month} with this manifest ({manifest}): it was written "
        "anew, or taken elsewhere"
    )
