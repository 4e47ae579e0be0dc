"""Findings as JSON values, as short as they can be told: what is empty is left out."""

from collections.abc import Iterable
from typing import Any

from gateway.x12.findings import Finding

_PLACE = ("segment", "position", "loop", "element", "component", "repeat", "reference", "value")


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """One object per finding; `effect` is its word."""
    return [_one(finding) for finding in findings]


def _one(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "level": finding.level,
        "code": finding.code,
        "effect": finding.effect.value,
        "message": finding.message,
    }
    for name in _PLACE:
        value = getattr(finding, name)
        if value:
            told[name] = value
    return told
