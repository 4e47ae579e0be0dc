"""Codes that no X12 version of a mapping has where it names them: conditions that never hold, values nobody accepts."""

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import Direction, Mapped
from gateway.mapping.plan import Plan
from gateway.mapping.uses import How, Use, uses

Extra = Mapping[str, frozenset[str]]
"""Codes beyond the standard by data element ("128"), which the partner and we agreed on."""

NEVER: Final[Mapping[How, str]] = {
    "condition": "never holds",
    "pair": "is never found",
    "beside": "is never right",
    "written": "is never right",
    "listed": "is never found",
}


def check_codes(mapped: Mapped, plans: Iterable[Plan], extra: Extra, diagnosis: Diagnosis) -> None:
    """Note every code in the mapping's own file that the standard does not have at its element, in any version.

    An entry of a code list is one when none of the elements that use the list has it.
    """
    found: dict[tuple[Place, str, str], list[Use]] = {}
    good: set[tuple[Place, str, str]] = set()
    for plan in plans:
        for use in uses(plan):
            if use.place.file != mapped.place.file or not _is_asked(use, mapped.direction):
                continue
            key = (use.place, "" if use.how == "listed" else use.text, use.value)
            if _known(use, extra):
                good.add(key)
            else:
                found.setdefault(key, []).append(use)
    for key, wrong in found.items():
        if key not in good:
            use, place = wrong[0], key[0]
            diagnosis.add(place, "E144", _sentence(use))


def _is_asked(use: Use, direction: Direction) -> bool:
    """Whether it can matter; what is of no fitting length is told where that is looked at."""
    if direction == "read":
        return use.how not in ("beside", "written")
    definition = use.definition
    return definition is None or definition.minimum <= len(use.value) <= definition.maximum


def _known(use: Use, extra: Extra) -> bool:
    codes = use.definition.codes if use.definition is not None else None
    if use.definition is None or codes is None or use.value in codes:
        return True
    return use.value in extra.get(use.definition.reference, frozenset())


def _sentence(use: Use) -> str:
    assert use.definition is not None  # noqa: S101 - told to mypy: others are known
    named = f"{use.text} ({use.definition.name}, {use.definition.reference})"
    hint = did_you_mean(use.value, sorted(use.definition.codes or ()))
    return f"'{use.value}' {NEVER[use.how]}: it is no code of {named}{hint}; what was agreed on goes into extra_codes:"
