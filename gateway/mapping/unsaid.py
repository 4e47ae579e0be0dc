"""What a mapping still has to say of a set that its own X12 findings reject: not the same again in other words."""

import re
from collections.abc import Iterable, Sequence

from gateway.mapping.reading import Problem
from gateway.x12.findings import Effect, Finding

_LAST_STEP = re.compile(
    r"(?:^|/)(?P<segment>[A-Z][A-Z0-9]{1,2}?)(?P<conditions>\([^()]*\))?(?:\.?(?P<element>\d\d)(?::\d+)?|<[^<>]*>)?$"
)
MISSING_SEGMENT = "AK304:3"


def unsaid(problems: Iterable[Problem], findings: Sequence[Finding]) -> tuple[Problem, ...]:
    """The problems about places of which no rejecting finding speaks.

    All of them when no finding rejects: then each problem decides by itself what becomes of the document.
    """
    rejecting = [finding for finding in findings if finding.effect is Effect.REJECT and finding.segment]
    return tuple(problem for problem in problems if not any(_says(finding, problem) for finding in rejecting))


def _says(finding: Finding, problem: Problem) -> bool:
    """Whether a finding is about the place of a problem. What is absent has no position; it is told by its location."""
    if problem.position and finding.position != problem.position:
        return False
    return any(_is_at(finding, location, bool(problem.position)) for location in problem.location.split(" or "))


def _is_at(finding: Finding, location: str, found: bool) -> bool:
    step = _LAST_STEP.search(location)
    if step is None or step["segment"] != finding.segment:
        return False
    if finding.element == 0:
        return found or finding.code == MISSING_SEGMENT
    # An element missing in some REF does not say that the REF with qualifier IA is missing.
    return finding.element == int(step["element"] or 0) and (found or not step["conditions"])
