"""One functional group while it is read: its sets one after the other, their results, and the group's own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from gateway.x12 import envelope
from gateway.x12.departures import departures
from gateway.x12.effects import effect_of, status_of, worst
from gateway.x12.findings import Finding
from gateway.x12.guide import nearest, release_of
from gateway.x12.interchange import (
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    Segment,
    SetHeader,
    SetResult,
    Terms,
    TransactionSet,
)
from gateway.x12.kept import KeptResults
from gateway.x12.outcome import Agreements, bare, group_status
from gateway.x12.rules import agreed
from gateway.x12.skim import SetReading, SkimmedSet
from gateway.x12.tokens import Batch, Limits
from gateway.x12.unit import business_unit
from gateway.x12.validate import CheckedSet
from gateway.x12.walk import Plan, plan_for

_UNREAD = frozenset({"AK502:1", "AK502:6", "AK502:18"})
"""Faults of ST that leave no guide to read the set by."""


class ControlNumbers:
    """Which ST02 a group has had. As long as they ascend, as they nearly always do, only the last one is kept."""

    def __init__(self, limit: int) -> None:
        self._last = ""
        self._met: set[str] | None = None
        self._limit = limit

    def met(self, control_number: str, before: Sequence[SetResult]) -> bool:
        """True when a number came before; `before` are the results of the sets before."""
        if self._met is None:
            if (len(control_number) == len(self._last) and control_number > self._last) or not before:
                self._last = control_number
                return False
            self._met = {result.header.control_number for result in before}
        if control_number in self._met:
            return True
        if len(self._met) < self._limit:
            self._met.add(control_number)
        return False


class GroupReading:
    """A group between its GS and its GE. `reading` is the set being read, None between sets."""

    def __init__(
        self,
        *,
        interchange: InterchangeHeader,
        group: GroupHeader,
        ordinal: int,
        faults: list[tuple[str, str, int]],
        terms: Callable[[InterchangeHeader, GroupHeader, SetHeader], Terms],
        agreements: Agreements,
        limits: Limits,
    ) -> None:
        self.reading: SetReading | None = None
        self._interchange = interchange
        self._group = group
        self._ordinal = ordinal
        self._faults = faults
        self._terms_for = terms
        self._agreements = agreements
        self._limits = limits
        self._received = 0
        self._accepted = 0
        self._noted = False
        self._kept_findings = 0
        self._sets = KeptResults()
        self._shared: dict[str, Finding] = {}
        self._numbers = ControlNumbers(limits.sets)
        self._header = SetHeader(id="", control_number="")
        self._terms = Terms()
        self._set_faults: envelope.Faults = []
        self._start = 0
        self._last: tuple[tuple[str, str, Terms], Plan | None] | None = None
        self._known = release_of(group.version) is not None
        self._read_as = group
        self._stood_in = 0

    def open_set(self, segment: Segment, start: int) -> None:
        """Begin the set of an ST that begins at byte `start`."""
        self._received += 1
        self._start = start
        header = self._header = envelope.read_set(segment)
        terms = self._terms = self._terms_for(self._interchange, self._group, header)
        self._agreements.meet(terms)
        repeated = self._numbers.met(header.control_number, self._sets)
        group = self._read_as = self._group if self._known else self._stand_in(terms)
        faults = self._set_faults = envelope.set_faults(header, group, repeated=repeated)
        if group is not self._group:
            faults.append(("W:release", f"version {self._group.version} is read by the guide of {group.version}"))
        if not terms.permitted and not any(code in _UNREAD for code, _ in faults):
            faults.insert(0, ("AK502:1", f"no agreement for {header.id} in version {self._group.version}"))
        plan = None if any(code in _UNREAD for code, _ in faults) else self._plan(header, terms)
        if plan is None:
            self.reading = SkimmedSet(self._interchange.delimiters.element, self._limits)
        else:
            self.reading = CheckedSet(segment, plan, terms, self._limits)

    def feed(self, batch: Batch, index: int) -> tuple[int, int]:
        """Hand segments of a batch to the open set; the index of the first that is not its own, and bytes taken."""
        reading = self.reading
        if reading is None:
            return index, 0
        before = reading.count
        taken = reading.feed(batch.raws, index)
        size = batch.length(index, taken)
        if isinstance(reading, CheckedSet):
            reading.grew(size)
            if batch.trailing:
                reading.warn_trailing(before)
        return taken, size

    def finished(self, offset: int) -> Iterator[SetResult]:
        """The set's result when it ended, at byte `offset`."""
        if self.reading is None or not self.reading.ended:
            return
        yield from self._finish(self.reading, offset)

    def cut(self, offset: int) -> Iterator[SetResult]:
        """The result of a set that was still open when its group ended."""
        if self.reading is not None:
            yield from self._finish(self.reading, offset)

    def result(self, trailer: Segment | None, position: int) -> GroupResult:
        """The group's own result. `trailer` is GE, None when it is missing (AK905 3)."""
        included = self._received
        self._agree_on_release()
        if trailer is None:
            self._faults.append(("AK905:3", "the group ends without GE", position))
        else:
            claimed = envelope.number(envelope.item(trailer, 1), 6)
            included = self._received if claimed is None else claimed
            for code, text in envelope.group_trailer_faults(trailer, self._group, self._received):
                self._faults.append((code, text, position))
        if not self._received and not self._faults:
            self._faults.append(("W:empty-group", "the group holds no transaction set", position))
        if self._received > len(self._sets):
            self._faults.append(("AK905:5", f"more than {self._limits.sets} sets", position))
        findings = tuple(
            Finding(level="group", code=code, effect=self._agreements.effect(code), message=text, position=place)
            for code, text, place in self._faults
        )
        status, accepted = group_status(findings, self._received, self._accepted, noted=self._noted)
        return GroupResult(
            header=self._group,
            ordinal=self._ordinal,
            status=status,
            included=included,
            received=self._received,
            accepted=accepted,
            findings=findings,
            sets=self._sets,
        )

    def _stand_in(self, terms: Terms) -> GroupHeader:
        """The group as it is read when its version has no guides: as the nearest, where that was agreed on."""
        release = None
        if terms.nearest:
            release = terms.guide.guide.release if terms.guide is not None else nearest(self._group.version)
        if release is None:
            return self._group
        self._stood_in += 1
        return replace(self._group, version=release.id)

    def _agree_on_release(self) -> None:
        """Take AK905 2 back when every set of the group was read by a guide that was agreed on instead."""
        if self._known or not self._received or self._stood_in < self._received:
            return
        at = next(iter(position for code, _, position in self._faults if code == "AK905:2"), 0)
        self._faults = [fault for fault in self._faults if fault[0] != "AK905:2"]
        again = envelope.group_faults(self._read_as, set())
        self._faults += [(code, text, at) for code, text in again if code == "AK905:1"]

    def _finish(self, reading: SetReading, offset: int) -> Iterator[SetResult]:
        self.reading = None
        if reading.ended == "SE" and self._terms.guide is not None and isinstance(reading, CheckedSet):
            self._hold_to_guide(reading)
        faults = list(self._set_faults)
        if reading.ended == "SE":
            faults += envelope.set_trailer_faults(reading.trailer, self._header, reading.count)
        else:
            faults.append(("AK502:2", f"the set {self._header.control_number} ends without SE"))
        findings = reading.findings.all()
        if faults:
            findings = (*(self._finding(code, text) for code, text in faults), *findings)
        status = status_of(worst(findings))
        result = SetResult(
            header=self._header,
            ordinal=self._received,
            status=status,
            findings=findings,
            offset=self._start,
            length=offset - self._start,
            content=self._content(reading),
            business_unit=("", "") if status == "A" else business_unit(reading.segments()),
        )
        if self._keep(result):
            yield result

    def _hold_to_guide(self, reading: CheckedSet) -> None:
        """Add what a set lacks of what its partner asks for beyond the standard."""
        guide, plan = self._terms.guide, self._last[1] if self._last is not None else None
        if guide is None or plan is None or not reading.whole or not guide.fits(plan.guide):
            return
        known = reading.findings.all()
        for finding in departures(guide, reading.grow(), reading.segments(), known, self._terms, plan.rules):
            reading.findings.add(finding)

    def _plan(self, header: SetHeader, terms: Terms) -> Plan | None:
        """The plan for a set: that of the set before, when nothing differs."""
        key = (header.id, header.implementation, terms)
        if self._last is None or self._last[0][:2] != key[:2] or self._last[0][2] is not terms:
            guide = envelope.guide_for(header, self._read_as)
            plan = None if guide is None else plan_for(guide, self._interchange.delimiters, agreed(terms))
            self._last = (key, plan)
        return self._last[1]

    def _finding(self, code: str, text: str) -> Finding:
        return Finding(level="set", code=code, effect=effect_of(code, self._terms), message=text)

    def _content(self, reading: SetReading) -> TransactionSet | None:
        if reading.ended != "SE" or not reading.whole or self._last is None or self._last[1] is None:
            return None
        return TransactionSet(
            header=self._header,
            group=self._group,
            interchange=self._interchange,
            segments=reading.segments(),
            grow=reading.grow,
            release=self._last[1].guide.release.id,
        )

    def _keep(self, result: SetResult) -> bool:
        """Remember a set for the group's result, within limits."""
        if len(self._sets) >= self._limits.sets:
            return False
        self._accepted += result.status in ("A", "E")
        self._noted = self._noted or result.status == "E"
        findings = result.findings
        if findings and self._kept_findings + len(findings) > self._limits.group_findings:
            findings = (self._one_for_all(findings[0]),)
        else:
            self._kept_findings += len(findings)
        self._sets.append(bare(result, findings))
        return True

    def _one_for_all(self, first: Finding) -> Finding:
        """Beyond the limit sets share one finding per code, so that a million bad sets weigh no more than good ones."""
        shared = self._shared.get(first.code)
        if shared is None:
            text = (
                f"first of this set; more than {self._limits.group_findings} findings in the group: only codes are kept"
            )
            shared = self._shared[first.code] = Finding(level="set", code=first.code, effect=first.effect, message=text)
        return shared
