"""What a page of a guide gathers from all of it: everything that is asked for, and the long code lists."""

from collections.abc import Iterable, Iterator

from gateway.x12.sheet import Code, Demand, ElementRow, LoopRow, Row, SegmentRow, Sheet

INLINE_CODES = 12
"""Codes of a list that stand beside their element; longer ones stand once, at the end."""

Asked = tuple[str, str, Demand]
"""A place, what stands there, and what is asked of it."""


def inline_codes(row: ElementRow) -> bool:
    """Whether the codes of an element stand beside it: a short list, or one that the partner narrowed."""
    return row.codes is not None and (narrowed_codes(row) or len(row.codes) <= INLINE_CODES)


def narrowed_codes(row: ElementRow) -> bool:
    """Whether what is asked for names the codes."""
    return any(demand.startswith(("always ", "one of ")) for demand in row.demands)


def asked_for(sheet: Sheet) -> list[Asked]:
    """Everything that a partner asks for or remarks on, in order of the set."""
    return list(_asked(sheet.rows, ""))


def _asked(rows: Iterable[Row], path: str) -> Iterator[Asked]:
    for row in rows:
        place = f"{path}{row.id}"
        if row.changed:
            example = row.example if isinstance(row, SegmentRow) else ""
            yield (
                place,
                row.name,
                Demand(of="", demands=row.demands, text=row.text, example=example, severity=row.severity),
            )
        if isinstance(row, SegmentRow):
            yield from _asked_of_elements(row.elements, path)
        for case in row.cases:
            for demand in case.demands:
                of = "" if demand.of == row.id else f"{demand.of}, "
                yield f"{path}{demand.of.split()[0]}", f"{of}{case.title}", demand
        if isinstance(row, LoopRow):
            yield from _asked(row.children, f"{place}/")


def _asked_of_elements(elements: Iterable[ElementRow], path: str) -> Iterator[Asked]:
    for row in elements:
        if row.changed:
            demand = Demand(of="", demands=row.demands, text=row.text, example=row.example, severity=row.severity)
            yield f"{path}{row.place}", row.name, demand
        yield from _asked_of_elements(row.components, path)


def code_lists(sheet: Sheet) -> dict[str, tuple[str, tuple[Code, ...]]]:
    """Lists that do not stand beside their element: name and codes by data element, in order of number."""
    found: dict[str, tuple[str, tuple[Code, ...]]] = {}
    for row in _elements(sheet.rows):
        if row.codes and not inline_codes(row) and row.requirement != "not used":
            found.setdefault(row.number, (row.name, row.codes))
    return dict(sorted(found.items(), key=lambda one: (len(one[0]), one[0])))


def _elements(rows: Iterable[Row]) -> Iterator[ElementRow]:
    for row in rows:
        if isinstance(row, LoopRow):
            yield from _elements(row.children)
        else:
            for element in row.elements:
                yield element
                yield from element.components
