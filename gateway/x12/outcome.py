"""From findings to statuses: AK901 with its counts, TA104 with its note, and what all sets together agreed."""

from gateway.x12.effects import default_effect, status_of, strictest_effect, worst
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import SetResult, Terms

AGREEMENTS_LIMIT = 16
"""Different terms remembered per interchange; one interchange comes from one partner."""

_TRUNCATION = frozenset({"AK905:3", "TA105:023"})
"""GE or IEA missing: what the option `keep_truncated` turns from R into E."""


class Agreements:
    """The different terms met in an interchange: they decide together about faults of groups and of the whole."""

    def __init__(self) -> None:
        self._met: list[Terms] = []

    def meet(self, terms: Terms) -> None:
        """Remember terms under which a set was read."""
        if not any(known is terms for known in self._met) and len(self._met) < AGREEMENTS_LIMIT:
            self._met.append(terms)

    def effect(self, code: str) -> Effect:
        """The strictest effect that any of the terms asks for."""
        effect = strictest_effect(code, self._met) if self._met else default_effect(code)
        keep = code in _TRUNCATION and self._met and all(terms.keep_truncated for terms in self._met)
        return Effect.NOTE if keep and effect is Effect.REJECT else effect


def interchange_finding(code: str, text: str, effect: Effect, position: int = 0) -> Finding:
    """A finding about the interchange itself."""
    return Finding(level="interchange", code=code, effect=effect, message=text, position=position)


def interchange_status(findings: tuple[Finding, ...]) -> tuple[str, str]:
    """TA104 and TA105: the first note code among those of the gravest effect, 000 when there is none."""
    gravest = worst(findings)
    status = status_of(gravest)
    if status == "A":
        return "A", "000"
    notes = (finding.code[6:] for finding in findings if finding.effect is gravest and finding.code[:6] == "TA105:")
    return status, next(notes, "024")


def group_status(findings: tuple[Finding, ...], received: int, accepted: int, *, noted: bool) -> tuple[str, int]:
    """AK901 and AK904. R for a fault of the group or when no set is accepted, P when some are not, E when any is noted.

    What we say is what we do: in a group answered R no set counts as accepted.
    """
    gravest = worst(findings)
    if gravest is Effect.REJECT or (received and not accepted):
        return "R", 0
    if accepted < received:
        return "P", accepted
    return ("E" if noted or gravest is Effect.NOTE else "A"), accepted


def bare(result: SetResult, findings: tuple[Finding, ...]) -> SetResult:
    """A set's result as a group keeps it: without the tree, with at most these findings."""
    return SetResult(
        header=result.header,
        ordinal=result.ordinal,
        status=result.status,
        findings=findings,
        offset=result.offset,
        length=result.length,
        business_unit=result.business_unit,
    )
