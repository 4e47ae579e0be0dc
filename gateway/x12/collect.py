"""Findings of one set as they are collected: bounded, warnings once, and able to take one back."""

from dataclasses import replace

from gateway.x12.findings import Effect, Finding


class Findings:
    """The findings of one set, bounded: behind the limit only their weight counts, and one more says so."""

    def __init__(self, limit: int) -> None:
        self._found: list[Finding] = []
        self._limit = limit
        self._warned: set[str] = set()
        self._dropped: Effect | None = None

    def add(self, finding: Finding) -> None:
        """Keep a finding. Warnings of one kind are kept once: a habit is reported, not each of its traces."""
        if finding.effect is Effect.WARN and finding.code.startswith("W:"):
            if finding.code in self._warned:
                return
            self._warned.add(finding.code)
        if len(self._found) < self._limit:
            self._found.append(finding)
        elif self._dropped is not Effect.REJECT and finding.effect is not Effect.WARN:
            self._dropped = finding.effect

    @property
    def full(self) -> bool:
        """True when nothing that may be found any more makes a difference."""
        return self._dropped is Effect.REJECT

    def withdraw(self, finding: Finding) -> bool:
        """Take back a finding that turned out to be another fault; False when it is not there."""
        before = len(self._found)
        self._found = [kept for kept in self._found if kept is not finding]
        return len(self._found) < before

    def holds(self, finding: Finding) -> bool:
        """Whether a finding was not taken back; one behind the limit is not held."""
        return any(kept is finding for kept in self._found)

    def relocate(self, position: int, loop: str) -> None:
        """What was found in the elements of a segment was found in another loop."""
        self._found = [_relocated(one, loop) if one.position == position else one for one in self._found]

    def all(self) -> tuple[Finding, ...]:
        """Every finding in order of its place: in whatever pieces the set came, they are the same."""
        if not self._found:
            return ()
        found = sorted(self._found, key=_order)
        if self._dropped is not None:
            text = f"more than {self._limit} findings: the others are not listed"
            found.append(Finding(level="set", code="W:more", effect=self._dropped, message=text))
        return tuple(found)


def _order(finding: Finding) -> tuple[int, int, int, bool]:
    """Warnings come last in their place: some are given when a piece is read, not when their segment is."""
    return finding.position, finding.element, finding.component, finding.code.startswith("W:")


def _relocated(finding: Finding, loop: str) -> Finding:
    if finding.level != "element":
        return finding
    trigger = replace(finding.trigger, loop=loop) if finding.trigger is not None else None
    return replace(finding, loop=loop, trigger=trigger)
