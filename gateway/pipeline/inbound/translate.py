"""One accepted transaction set becomes a canonical document with a destination, or is held with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.canonical.facts import facts
from gateway.mapping.to_canonical import CompiledMapping, Problem, Reading, dumps
from gateway.mapping.unsaid import unsaid
from gateway.partners.agreement import Agreement
from gateway.partners.book import Hold, NoAgreement, Target
from gateway.pipeline.consult import consulted
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.ports import CrossReferences
from gateway.pipeline.rules import MappingTexts, Rules
from gateway.pipeline.stage import DocumentOutcome, Translatable
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader, SetResult, Terms, TransactionSet
from gateway.x12.read import examine

MOST_BYTES = 32_000_000
"""Of all canonical bodies of one set: each part repeats what stands above the lines."""

_CHANGES = "order_change.v"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Where a document stands: what every outcome of it repeats."""

    id: str
    ordinal: int
    partner: str
    offset: int = 0
    length: int = 0


def translate(
    content: TransactionSet,
    findings: tuple[Finding, ...],
    identity: Identity,
    agreement: Agreement,
    rules: Rules,
    *,
    compiled: CompiledMapping | None = None,
    pins: Mapping[str, str] | None = None,
    references: CrossReferences | None = None,
    moment: datetime | None = None,
    part: Mapping[str, Any] | None = None,
) -> DocumentOutcome:
    """Map one set that our acknowledgement accepts.

    A set that its mapping divides comes as its first part, with the others beside it; or as the one `part` that this
    document is already.

    `compiled` and `pins` are given when a replay has to use what was pinned; otherwise the agreement's current
    mapping. `references` are asked about the day of `moment`, in the partner's time zone.
    Returns "mapped", "held" (usage, unmapped values) or "dead" (the mapping refused). Never raises for data.
    """
    mapping = compiled or rules.library.compile(agreement.mapping)
    zone = rules.book.partners[identity.partner].time_zone if identity.partner in rules.book.partners else "UTC"
    known = consulted(mapping, identity.partner, references, moment=moment, time_zone=zone, pins=pins)
    reading = mapping.read(content, known.lookups if known else None)
    pinned = {**(pins or rules.pins(agreement, content.release)), **(known.pins if known else {})}
    destination = rules.book.destination_for(agreement, content.interchange.usage)

    def outcome(reading: Reading) -> DocumentOutcome:
        bound = _bound(content, findings, identity, agreement, reading)
        told = facts(mapping.canonical, reading.document)
        after = agreement.waits_for_order and mapping.canonical.startswith(_CHANGES)
        bound = replace(bound, pins=pinned, canonical_type=mapping.canonical, facts=told, after_order=after)
        return _judged(bound, reading, destination, known)

    return _divided([outcome(one) for one in mapping.parts(reading)], part)


def _divided(outcomes: Sequence[DocumentOutcome], part: Mapping[str, Any] | None) -> DocumentOutcome:
    """The first with its siblings, or of all of them the `part` that is wanted."""
    first = outcomes[0]
    if len(outcomes) > 1 and sum(len(one.canonical or b"") for one in outcomes) > MOST_BYTES:
        reason = f"its {len(outcomes)} parts are more than {MOST_BYTES // 1_000_000} MB together"
        return replace(first, state="held", reason=reason, canonical=None, part=part)
    if part is None:
        return replace(first, siblings=tuple(replace(one, id="") for one in outcomes[1:]))
    same = [one for one in outcomes if one.part and one.part["key"] == part["key"]]
    if same:
        return next((one for one in same if one.part == part), same[0])
    if first.part is None and first.state != "mapped":  # the whole set cannot be used just now
        return replace(first, part=part)
    return replace(first, state="held", part=part, canonical=None, reason=f"its set has no part for {part['key']} now")


def _judged(
    bound: DocumentOutcome, reading: Reading, destination: Target | Hold, known: Knowledge | None
) -> DocumentOutcome:
    """Where it goes, or why it does not."""
    if isinstance(destination, Hold):
        return replace(bound, state="held", reason=destination.reason, canonical=dumps(reading.document).encode())
    refused = [problem for problem in reading.problems if problem.effect == "refuse"]
    if refused:
        return replace(bound, state="dead", reason=_words(refused), destination=destination.id)
    parked = [problem for problem in reading.problems if problem.effect == "park"]
    if parked:
        lacking = known.lacking(reading.unmapped) if known else None
        return replace(bound, state="held", reason=_words(parked), destination=destination.id, lacking=lacking)
    return replace(bound, state="mapped", destination=destination.id, canonical=dumps(reading.document).encode())


def _bound(
    content: TransactionSet,
    findings: tuple[Finding, ...],
    identity: Identity,
    agreement: Agreement,
    reading: Reading,
) -> DocumentOutcome:
    part = reading.document.get("part")
    return DocumentOutcome(
        id=identity.id,
        ordinal=identity.ordinal,
        partner=identity.partner,
        agreement=agreement.id,
        set_id=content.header.id,
        version=content.group.version,
        group_control_number=content.group.control_number,
        set_control_number=content.header.control_number,
        state="validated",
        offset=identity.offset,
        length=identity.length,
        findings=findings + tuple(_as_finding(problem) for problem in unsaid(reading.problems, findings)),
        business_number=reading.business_number,
        search=reading.search,
        thread=reading.thread,
        also=reading.also,
        part=part if isinstance(part, dict) else None,
    )


def _as_finding(problem: Problem) -> Finding:
    return Finding(
        level="element",
        code=f"M:{problem.code}",
        effect=Effect.WARN,
        message=problem.message,
        position=problem.position,
        value=problem.value[:99],
    )


def _words(problems: Sequence[Problem]) -> str:
    """The first problems in words; a list of hundreds helps nobody."""
    shown = "; ".join(problem.message for problem in problems[:5])
    return shown if len(problems) <= 5 else f"{shown}; and {len(problems) - 5} more"


def retranslate(
    document: Translatable,
    rules: Rules,
    texts: MappingTexts,
    *,
    references: CrossReferences | None = None,
) -> DocumentOutcome:
    """Map a validated document from its stored bytes: the rest of a large interchange, or a replay.

    `document.original` uses exactly what is pinned, otherwise the agreement, mapping and cross references that are
    current. Either way rows have to hold on the day the document was received: what a case was on that day does not
    change while it waits.
    """
    found = _only_set(document, rules, texts)
    if found is None:
        return broken(document, "its stored bytes can no longer be read as the set they were")
    result, content = found
    agreement = rules.book.agreement(document.channel, content.interchange, content.group, content.header)
    if isinstance(agreement, NoAgreement):
        return broken(document, f"no agreement any more: {agreement.reason}")
    identity = Identity(id=document.id, ordinal=0, partner=document.partner)
    if not document.original:
        return translate(
            content,
            result.findings,
            identity,
            agreement,
            rules,
            references=references,
            moment=document.received_at,
            part=document.part,
        )
    compiled = rules.compiled(document.pins, texts)
    if compiled is None:
        return broken(document, f"the pinned mapping {document.pins.get('mapping', '')} is not in the store")
    return translate(
        content,
        result.findings,
        identity,
        agreement,
        rules,
        compiled=compiled,
        pins=document.pins,
        references=references,
        moment=document.received_at,
        part=document.part,
    )


def _only_set(document: Translatable, rules: Rules, texts: MappingTexts) -> tuple[SetResult, TransactionSet] | None:
    def terms(header: InterchangeHeader, group: GroupHeader, transaction: SetHeader) -> Terms:
        # A set for which nothing is agreed would only be counted: it is read, so that its caller can say just that.
        found = rules.book.agreement(document.channel, header, group, transaction)
        if isinstance(found, NoAgreement):
            return Terms()
        if document.original:
            return replace(found.terms, guide=rules.guide(document.pins, found, texts))
        return found.terms

    for event in examine(document.x12, terms):
        if isinstance(event, SetResult) and event.content is not None:
            return event, event.content
    return None


def broken(document: Translatable, reason: str) -> DocumentOutcome:
    """Dead for this reason, with nothing new known of it."""
    return DocumentOutcome(
        id=document.id,
        ordinal=0,
        partner=document.partner,
        agreement=document.pins.get("agreement", ""),
        set_id="",
        version="",
        group_control_number="",
        set_control_number="",
        state="dead",
        offset=0,
        length=0,
        reason=reason,
        pins=document.pins,
        part=document.part,
    )
