"""Partners' days as sheets: every count under a name of its own, by which what is behind it can be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from gateway.errors import UsageError
from gateway.pipeline.reconciling import (
    Answers,
    Behind,
    Files,
    HandedIn,
    PartnerDay,
    Received,
    Sent,
    Systems,
)
from gateway.pipeline.sheet import Cell, Sheet
from gateway.pipeline.warehousing import OrderBalance

SECTIONS: Final[Mapping[str, type]] = MappingProxyType(
    {"received": Received, "systems": Systems, "answers": Answers, "handed_in": HandedIn, "sent": Sent}
)
"""The parts of a day, in their order."""


def column(section: str, field: str) -> str:
    """What a count is called where all stand side by side: "held", "handed in held"."""
    name = field.replace("_", " ")
    return f"handed in {name}" if section == "handed_in" and field != "handed_in" else name


def _columns() -> Iterator[tuple[str, str, str]]:
    for section, type_ in SECTIONS.items():
        for one in fields(type_):
            if (section, one.name) != ("systems", "delivered"):  # it is among those received
                yield column(section, one.name), section, one.name
        if hasattr(type_, "difference"):
            yield f"{section.replace('_', ' ')} difference", section, "difference"


COLUMNS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {name: (section, field) for name, section, field in _columns()}
)
"""The name of each count, and where a day has it."""


def place(name: str) -> tuple[str, str]:
    """Where a day has the count of this name, which may be written with any of space, - and _. Raises UsageError."""
    plain = name.strip().lower().replace("_", " ").replace("-", " ")
    if plain not in COLUMNS or (plain.endswith("difference") and plain != "systems difference"):
        listed = ", ".join(one for one in COLUMNS if not one.endswith("difference"))
        raise UsageError(f"no column {name!r}: there are {listed}")
    return COLUMNS[plain]


def counts(days: Sequence[PartnerDay]) -> Sheet:
    """One row for each partner's day, one column for each count."""
    headers = ("partner", "day", "time zone", *COLUMNS, "gaps", "differences")
    return Sheet(headers, [_row(day) for day in days])


def _row(day: PartnerDay) -> tuple[Cell, ...]:
    counted = (getattr(getattr(day, section), field) for section, field in COLUMNS.values())
    return (day.partner, day.day.isoformat(), day.zone, *counted, len(day.gaps), len(day.differences))


def whole(days: Sequence[PartnerDay], files: Files) -> Iterator[Mapping[str, object]]:
    """Everything there is, for programs: a day each with what hangs on it, and then files if there are any."""
    for day, row in zip(days, counts(days).values(), strict=True):
        yield {**row, "worth": list(day.worth), "gaps": list(day.gaps), "differences": list(day.differences)}
    if any((files.unopened, files.dead, files.refused, files.lost)):
        yield {"files": files}


def worth(days: Sequence[PartnerDay]) -> Sheet:
    """What documents of each set are worth: one row for each currency."""
    headers = ("partner", "day", "direction", "set", "currency", "documents", "amount", "without amount")
    rows: list[tuple[Cell, ...]] = []
    for day in days:
        about = (day.partner, day.day.isoformat())
        for one in day.worth:
            amount = None if one.unpriced == one.documents else one.amount
            rows.append((*about, one.direction, one.set_id, one.currency, one.documents, amount, one.unpriced))
    return Sheet(headers, rows)


def differences(days: Sequence[PartnerDay], files: Files, orders: Sequence[OrderBalance]) -> Sheet:
    """All that does not add up, and what it is about: counts (`column` is the count), each warehouse order (`940`) that
    was not shipped as it was ordered, and each file that belongs to no partner's day (`file`).
    """
    headers = ("partner", "day", "column", "number", "words", "ids")
    counted = [
        (day.partner, day.day.isoformat(), one.column, one.number, one.words, " ".join(one.subjects))
        for day in days
        for one in day.differences
    ]
    shipped = [
        (one.partner, one.day.isoformat(), "940", -1 if one.balance.standing == "over" else 1, one.told)
        for one in orders
        if one.differs
    ]
    ids = [" ".join(one.ids) for one in orders if one.differs]
    named = [("", "", "file", 1, words, file) for file, words in files.of_concern]
    return Sheet(headers, [*counted, *((*row, about) for row, about in zip(shipped, ids, strict=True)), *named])


def behind(found: Sequence[Behind]) -> Sheet:
    """What a count counts, one by one."""
    headers = (
        *("partner", "day", "at", "set", "number", "control numbers", "sets", "state", "ack", "amount", "currency"),
        *("is", "id", "transmission", "reason"),
    )
    return Sheet(headers, [_behind(one) for one in found])


def _behind(one: Behind) -> tuple[Cell, ...]:
    return (
        *(one.partner, one.day.isoformat(), one.at, one.set_id, one.number, one.control_numbers, one.sets),
        *(one.state, one.acknowledgement, one.amount, one.currency, one.is_, one.id, one.transmission, one.reason),
    )
