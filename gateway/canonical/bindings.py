"""What binds an order: what a document does to it, whether it declines it, and by which days goods have to leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from gateway.canonical.order import Dates

_DATES: Final = tuple(name for name in Dates.model_fields if name != "other_dates" and not name.endswith("_time"))
_DECLINED: Final = frozenset({"rejected", "rejected_without_detail"})
_TAKEN_AWAY: Final = "item_deleted"
_ALL_TAKEN_BACK: Final = "order_cancelled"
"""Some say it at a line (X12 element 670, CF) and mean the order."""

_PURPOSES: Final[Mapping[str, str]] = {"invoice": "type"}
"""Where a type of document says what it does, if not in `purpose`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """`purpose` is our word for what the document does (original, change, cancellation ...; of an invoice its type).
    `declines`: it turns the whole order down. `dates` are those of its head by their names, `lines` those of its lines
    by their numbers, None for a line that it takes away.
    """

    purpose: str = ""
    declines: bool = False
    dates: Mapping[str, date] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, date] | None] = field(default_factory=dict)


def bindings(canonical_type: str, document: Mapping[str, Any]) -> Bindings:
    """The bindings of a canonical document, by "order.v1" or the like; what cannot be read as such is not said."""
    name = canonical_type.partition(".")[0]
    purpose = document.get(_PURPOSES.get(name, "purpose"))
    ordering = name in ("order", "order_change")
    if ordering and any(line.get("change") == _ALL_TAKEN_BACK for line in _objects(document, "lines")):
        purpose = "cancellation"
    return Bindings(
        purpose=purpose if isinstance(purpose, str) else "",
        declines=name == "order_response" and _declines(document),
        dates=_dates(document) if ordering else {},
        lines=dict(_lines(document)) if ordering else {},
    )


def _declines(document: Mapping[str, Any]) -> bool:
    """Said of the whole, or of every answer to every line."""
    if document.get("answer") in _DECLINED:
        return True
    answers = [answer.get("status") for line in _objects(document, "lines") for answer in _objects(line, "answers")]
    return bool(answers) and all(isinstance(one, str) and one.startswith("rejected") for one in answers)


def _lines(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, date] | None]]:
    for position, line in enumerate(_objects(document, "lines"), start=1):
        number = line.get("number")
        gone = line.get("change") == _TAKEN_AWAY
        if isinstance(number, str) and number:
            yield number, None if gone else _dates(line)
        elif not gone:
            yield f"#{position}", _dates(line)


def _objects(document: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = document.get(name)
    yield from (one for one in found if isinstance(one, Mapping)) if isinstance(found, list | tuple) else ()


def _dates(document: Mapping[str, Any]) -> dict[str, date]:
    found = {name: _date(document.get(name)) for name in _DATES}
    return {name: day for name, day in found.items() if day is not None}


def _date(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
