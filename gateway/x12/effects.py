"""What a finding does when no agreement says otherwise, and how an agreement moves it."""

from collections.abc import Iterable

from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import Terms

_NOTED = frozenset({"AK304:4", "AK304:5", "AK403:3", "AK403:7", "AK403:12", "AK403:13"})
"""Noted with E and delivered: what a reader can do nothing wrong with. Every other AK304 and AK403 code rejects."""

_NOTED_TA105 = frozenset({"005", "007", "010", "011", "012", "013", "014", "015", "016", "017", "019", "024"})
"""Faults in an ISA that leave no doubt about who, what and how many: TA104 E. Every other note code rejects."""

_BY_NAME = {effect.value: effect for effect in Effect}
_WEIGHT = {Effect.WARN: 0, Effect.NOTE: 1, Effect.REJECT: 2}


def default_effect(code: str, *, structural: bool = False) -> Effect:
    """The standard effect of a finding code; `structural` elements reject on an unknown code too (AK403 7)."""
    if code.startswith("W:"):
        return Effect.WARN
    if code == "AK403:7" and structural:
        return Effect.REJECT
    if code in _NOTED or (code.startswith("TA105:") and code[6:] in _NOTED_TA105):
        return Effect.NOTE
    return Effect.REJECT


def effect_of(
    code: str, terms: Terms, *, reference: str = "", structural: bool = False, asked: Effect | None = None
) -> Effect:
    """The effect under `terms`: code and element reference ("AK403:7/355") before code alone before the default, which
    is `asked` where a partner's guide says it.

    A value in `terms.effects` that is not an effect's name is passed over: agreements are checked where they are read.
    """
    moved = terms.effects.get(f"{code}/{reference}") if reference else None
    if moved is None:
        moved = terms.effects.get(code)
    effect = _BY_NAME.get(moved) if moved is not None else None
    return effect or asked or default_effect(code, structural=structural)


def strictest_effect(code: str, agreed: Iterable[Terms]) -> Effect:
    """The effect of a group's or interchange's fault: the strictest that any of its sets' terms asks for."""
    effects = [effect_of(code, terms) for terms in agreed]
    return max(effects, key=_WEIGHT.__getitem__, default=default_effect(code))


def worst(findings: Iterable[Finding]) -> Effect | None:
    """The heaviest effect among findings, None when there are none."""
    return max((finding.effect for finding in findings), key=_WEIGHT.__getitem__, default=None)


def status_of(effect: Effect | None) -> str:
    """AK501 or TA104 for the heaviest effect: R, E or A."""
    if effect is Effect.REJECT:
        return "R"
    return "E" if effect is Effect.NOTE else "A"
