"""A document of ours becomes X12 that waits to be sealed, or is held with the reason. Pure.

Whatever is wrong here is our own fault and no partner's: nothing is sent that we would refuse ourselves.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway.canonical import arithmetic
from gateway.canonical.facts import facts
from gateway.mapping.reading import Problem, Reading
from gateway.mapping.references import Lookups
from gateway.mapping.split import Split
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.mapping.written import Written
from gateway.partners.book import NoAgreement
from gateway.partners.outbound import OutboundAgreement
from gateway.partners.window import opens_at
from gateway.pipeline.consult import consulted
from gateway.pipeline.outbound.carry import filled, unanswerable
from gateway.pipeline.outbound.collect import USAGES, Posted, Refused, agreed, read
from gateway.pipeline.outbound.parts import part_of, together, without_part
from gateway.pipeline.outbound.proof import prove
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome, Part, SealingTerms
from gateway.pipeline.ports import CameIn, CrossReferences, Threads
from gateway.pipeline.rules import MappingTexts, Rules
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import TransactionSet

ADDED_UP: Final = frozenset({"810", "880"})
"""Sets whose money is held to the cent."""

MOST_WORDS: Final = 5
"""Sentences of a reason; a list of hundreds helps nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What translating needs besides the document: rules, threads, released texts by hash, and the time."""

    rules: Rules
    threads: Threads
    texts: MappingTexts
    now: datetime
    references: CrossReferences | None = None


@dataclass(frozen=True, slots=True)
class _Ours:
    """What was handed in, and the document it says it answers."""

    posted: Posted
    answered: CameIn | None


def translate(document: Collected, around: Surroundings) -> OutboundOutcome:
    """Write one document as X12 under its agreement. Never raises for what is in it.

    Returns "translated", or "held": nothing agreed, a value the mapping refuses, money that does not add up, X12 that
    our own checks or the partner's guide would not let pass.
    """
    posted = read(document.posted)
    if isinstance(posted, Refused):
        return OutboundOutcome(id=document.id, state="held", reason=posted.words, pins=document.pins)
    known = OutboundOutcome(
        id=document.id,
        state="held",
        partner=posted.partner,
        usage=USAGES[posted.stage],
        pins=document.pins,
        canonical_type=posted.schema,
        canonical=posted.body.body_json(),
        facts=facts(posted.schema, posted.body.body()),
    )
    answered = around.threads.answered(posted.partner, posted.in_answer_to) if posted.in_answer_to else None
    if reason := unanswerable(posted, answered):
        return replace(known, reason=reason)
    agreement = agreed(posted, around.rules.book)
    if isinstance(agreement, NoAgreement):
        return replace(known, reason=agreement.reason)
    known = replace(
        known,
        agreement=agreement.id,
        channel=agreement.channel,
        set_id=agreement.set_id,
        version=agreement.version,
    )
    return _under(agreement, _Ours(posted, answered), document, known, around)


def broken(document: Collected, reason: str) -> OutboundOutcome:
    """Dead for this reason; what was handed in is kept as far as it can be read."""
    posted = read(document.posted)
    known = OutboundOutcome(id=document.id, state="dead", reason=reason, pins=document.pins)
    if isinstance(posted, Refused):
        return known
    return replace(known, partner=posted.partner, usage=USAGES[posted.stage], canonical_type=posted.schema)


def _under(
    agreement: OutboundAgreement, ours: _Ours, document: Collected, known: OutboundOutcome, around: Surroundings
) -> OutboundOutcome:
    posted = ours.posted
    mapping, pins = _mapping(agreement, document, around)
    if mapping is None:
        name = document.pins.get("mapping", "")
        return replace(known, reason=f"the pinned mapping {name} is not in the store: replay with --current")
    known = replace(known, pins=pins)
    if mapping.canonical != posted.schema:
        return replace(known, reason=f"mapping {mapping.name} writes {mapping.canonical}, not {posted.schema}")
    reference = consulted(
        mapping,
        posted.partner,
        around.references,
        moment=document.received_at,
        time_zone=agreement.time_zone,
        pins=document.pins if document.original else None,
    )
    known = replace(known, pins={**pins, **(reference.pins if reference else {})})
    lookups = reference.lookups if reference else None
    body = without_part(posted.body.body())
    differing: tuple[str, ...] = ()
    written = _written(mapping, body, ours, agreement, around, lookups)
    part = part_of(posted, agreement, written)
    if part is not None:
        if not document.together:
            return _waiting(_bound(known, written), part, mapping)
        body, differing = _combined(posted, document, mapping)
        written = _written(mapping, body, ours, agreement, around, lookups)
        known = replace(known, canonical=dumps(body).encode(), combined=tuple(one.id for one in document.others))
        known = replace(known, facts=facts(posted.schema, body))
    known = replace(_bound(known, written), part=part)
    refused = (f"{one.field}: {one.message}" for one in written.problems if one.effect != "warn")
    faults = [*differing, *_money(body, agreement), *refused]
    if faults:
        lacking = reference.lacking(written.unmapped) if reference else None
        return replace(known, reason=_words(faults), lacking=lacking)

    def as_read(content: TransactionSet) -> Reading:
        return mapping.read(content, lookups)

    return _proven(agreement, written, known, around, as_read)


def _bound(known: OutboundOutcome, written: Written) -> OutboundOutcome:
    return replace(
        known,
        findings=tuple(_as_finding(problem) for problem in written.problems),
        business_number=written.business_number,
        search=written.search,
        thread=written.thread,
        also=written.also,
    )


def _waiting(known: OutboundOutcome, part: Part, mapping: CompiledMapping) -> OutboundOutcome:
    """A part by itself: nothing of it is sent, so nothing of it is held to anything yet."""
    if mapping.split is None:
        return replace(known, reason=f"parts cannot be combined: {mapping.name} has no split:")
    if not known.business_number and not known.thread:
        return replace(known, reason="nothing in it says which other parts it belongs to: it has no number")
    return replace(known, state="collected", part=part, findings=(), reason=f"waits for its other parts of {part.of}")


def _combined(
    posted: Posted, document: Collected, mapping: CompiledMapping
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The body of all parts as plain JSON, and what is wrong with it."""
    rule = mapping.split or Split("ship_tos")
    whole = together(posted, [one.content for one in document.others], rule)
    body: dict[str, object] = json.loads(dumps(whole.body))
    return body, (*whole.faults, *(f"{one.field}: {one.message}" for one in mapping.faults(body)))


def _mapping(
    agreement: OutboundAgreement, document: Collected, around: Surroundings
) -> tuple[CompiledMapping | None, Mapping[str, str]]:
    """The mapping of today, or the one that was pinned when a replay asks for it."""
    rules = around.rules
    if document.original and document.pins:
        return rules.compiled(document.pins, around.texts), document.pins
    return rules.library.compile(agreement.mapping), rules.pins(agreement, agreement.release)


def _money(body: Mapping[str, object], agreement: OutboundAgreement) -> list[str]:
    if agreement.set_id not in ADDED_UP:
        return []
    return [f"{fault.field}: {fault.message}" for fault in arithmetic.faults(body, agreement.rounding)]


def _written(
    mapping: CompiledMapping,
    body: Mapping[str, object],
    ours: _Ours,
    agreement: OutboundAgreement,
    around: Surroundings,
    lookups: Lookups | None,
) -> Written:
    """The set, with what our system left out and the thread knows."""

    def write(carried: Mapping[str, Mapping[str, object]]) -> Written:
        return mapping.write(body, version=agreement.release, carried=carried, lookups=lookups)

    return filled(write, around.threads, ours.posted, ours.answered)


def _as_the_partner_adds_up(
    content: TransactionSet | None, agreement: OutboundAgreement, as_read: Callable[[TransactionSet], Reading]
) -> list[str]:
    """What the partner would find wrong with the money of a set: a tax that its mapping never writes, or a charge whose
    code means an allowance, is right in our document and wrong in theirs.
    """
    reading = as_read(content) if content is not None and agreement.set_id in ADDED_UP else None
    if reading is None or not reading.document or reading.effect in ("refuse", "park"):
        return []
    return _money(json.loads(dumps(reading.document)), agreement)


def _proven(
    agreement: OutboundAgreement,
    written: Written,
    known: OutboundOutcome,
    around: Surroundings,
    as_read: Callable[[TransactionSet], Reading],
) -> OutboundOutcome:
    sealing = sealing_terms(agreement)
    proof = prove(written.segments, sealing, agreement.terms)
    known = replace(known, findings=proof.findings + known.findings)
    if proof.faults:
        return replace(known, reason=f"our own {agreement.set_id} would be faulty: {_words(proof.faults)}")
    if wrong := _as_the_partner_adds_up(proof.content, agreement, as_read):
        return replace(known, reason=f"the {agreement.set_id} as it is written would not add up: {_words(wrong)}")
    channel = around.rules.book.channel(agreement.channel)
    windows = channel.windows if channel is not None else ()
    return replace(
        known,
        state="translated",
        terms=sealing,
        segments=written.segments,
        opens_at=opens_at(windows, around.now, agreement.time_zone),
    )


def sealing_terms(agreement: OutboundAgreement) -> SealingTerms:
    """What of an agreement is kept for sealing."""
    return SealingTerms(
        agreement=agreement.id,
        partner=agreement.partner,
        channel=agreement.channel,
        set_id=agreement.set_id,
        usage=USAGES[agreement.usage],
        time_zone=agreement.time_zone,
        sender_qualifier=agreement.sender_qualifier,
        sender=agreement.sender,
        receiver_qualifier=agreement.receiver_qualifier,
        receiver=agreement.receiver,
        gs_sender=agreement.gs_sender,
        gs_receiver=agreement.gs_receiver,
        interchange_version=agreement.interchange_version,
        version=agreement.version,
        functional_id=agreement.functional_id,
        delimiters=agreement.delimiters,
        characters=agreement.characters,
        line_ends=agreement.line_ends,
        lane=agreement.lane,
        batch_sets=agreement.batch_sets,
        batch_wait_minutes=agreement.batch_wait_minutes,
        file_name=agreement.file_name,
        expects=agreement.expects,
        ta1_requested=agreement.ta1_requested,
    )


def _as_finding(problem: Problem) -> Finding:
    return Finding(
        level="element",
        code=f"M:{problem.code}",
        effect=Effect.WARN,
        message=problem.message,
        value=problem.value[:99],
    )


def _words(sentences: Sequence[str]) -> str:
    shown = "; ".join(sentences[:MOST_WORDS])
    left = len(sentences) - MOST_WORDS
    return f"{shown}; and {left} more" if left > 0 else shown
