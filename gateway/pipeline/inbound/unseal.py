"""A transmission is opened: each interchange parsed, validated, attributed to a partner, acknowledged, and split
into documents.

What we say is what we do: a set becomes a deliverable document if and only if the acknowledgement made here accepts
it.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from gateway.parcel import Content
from gateway.partners.agreement import Agreement
from gateway.partners.book import NoAgreement, NotOurs, Quarantine, Route
from gateway.pipeline.inbound.answered import ACKNOWLEDGEMENT_GROUP, answering, kept
from gateway.pipeline.inbound.translate import Identity, translate
from gateway.pipeline.ports import CrossReferences
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import (
    DocumentOutcome,
    DuplicateKey,
    GroupCount,
    InterchangeOutcome,
    Notice,
    Received,
    TransmissionOutcome,
)
from gateway.x12.acknowledge import (
    AcknowledgementDraft,
    check,
    functional_acknowledgement,
    interchange_acknowledgement,
)
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import (
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    InterchangeResult,
    SetHeader,
    SetResult,
    Terms,
    Unreadable,
)
from gateway.x12.read import examine
from gateway.x12.readback import read_ta1

TRANSLATED_AT_ONCE = 200
"""Sets of one file that are mapped while it is unsealed; the rest is mapped in batches of its own, so that one huge
file neither holds its bodies in memory nor keeps a worker from its neighbours for long.
"""

SETS_LIMIT = 10_000
INTERCHANGES_LIMIT = 5_000
"""Of one file; empty groups and TA1s count as sets. What becomes of them is written in one transaction: at these limits
that is a few seconds in which nobody else is written down, and some 50 MB. Ten megabytes can hold half a million sets.
"""

NewId = Callable[[], str]


class Source(Protocol):
    """Where the bytes of a transmission are read from (the `Blobs` port)."""

    def chunks(self, content: Content, size: int = 1 << 20) -> Iterator[bytes]:
        """The bytes in order."""

    def read(self, content: Content, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`."""


def unseal(
    received: Received, source: Source, rules: Rules, new_id: NewId, references: CrossReferences | None = None
) -> TransmissionOutcome:
    """Open one transmission. Never raises for what is in it.

    Returns "refused" when nothing in it is an interchange or it has more parts than one file may, "quarantined" when
    no interchange of it may be attributed to a partner, otherwise "processed".
    """
    interchanges: list[InterchangeOutcome] = []
    strays: list[Finding] = []
    current: _Opening | None = None
    documents = sets = begun = 0
    for event in examine(source.chunks(received.content), _terms(rules, received.channel)):
        sets += isinstance(event, SetResult) or (isinstance(event, GroupResult) and not event.sets)
        sets += len(event.received_ta1) if isinstance(event, InterchangeResult) else 0
        begun += isinstance(event, InterchangeHeader)
        if sets > SETS_LIMIT or begun > INTERCHANGES_LIMIT:
            words = f"more than {SETS_LIMIT} transaction sets and TA1s or {INTERCHANGES_LIMIT} interchanges in one file"
            return _refused(received, f"{words}: send it in several", ())
        match event:
            case InterchangeHeader():
                ordinal = len(interchanges) + 1
                current = _Opening(received, event, rules, new_id, references, ordinal=ordinal, before=documents)
            case SetResult() if current is not None:
                current.take_set(event)
            case GroupResult() if current is not None:
                current.close_group(event)
            case InterchangeResult() if current is not None:
                sha256 = _hash(received.content, source, event.offset, event.length)
                interchanges.append(current.close(event, sha256))
                documents += sum(1 + len(one.siblings) for one in interchanges[-1].documents)
            case Unreadable():
                strays.extend(event.findings)
    return _outcome(received, interchanges, tuple(strays))


def _terms(rules: Rules, channel: str) -> Callable[[InterchangeHeader, GroupHeader, SetHeader], Terms]:
    agreed = rules.book.terms(channel)

    def terms(header: InterchangeHeader, group: GroupHeader, transaction: SetHeader) -> Terms:
        # Acknowledgements need no agreement: whoever may send to us may answer us.
        return Terms() if group.functional_id == ACKNOWLEDGEMENT_GROUP else agreed(header, group, transaction)

    return terms


def _hash(content: Content, source: Source, offset: int, length: int) -> str:
    if offset == 0 and length == content.size:
        return content.sha256
    digest = hashlib.sha256()
    position, end = offset, offset + length
    while position < end:
        part = source.read(content, position, min(1 << 20, end - position))
        if not part:
            break
        digest.update(part)
        position += len(part)
    return digest.hexdigest()


def _outcome(
    received: Received, interchanges: list[InterchangeOutcome], strays: tuple[Finding, ...]
) -> TransmissionOutcome:
    found = tuple(interchanges)
    reason = _first(strays)
    if not found:
        return _refused(received, reason or "empty: no interchange in it", strays)
    if all(interchange.state == "quarantined" for interchange in found):
        return TransmissionOutcome(
            id=received.id, state="quarantined", reason=found[0].reason, findings=strays, interchanges=found
        )
    # No acknowledgement speaks of what lies between and behind interchanges: where that may have been one, a note does.
    lost = any(stray.effect is Effect.REJECT for stray in strays)
    beside = f"beside {len(found)} interchange(s): {reason}" if strays else ""
    return TransmissionOutcome(
        id=received.id,
        state="processed",
        reason=beside,
        findings=strays,
        interchanges=found,
        notices=(_notice(received, f"not all of it could be read as X12; {beside}"),) if lost else (),
    )


def _refused(received: Received, reason: str, strays: tuple[Finding, ...]) -> TransmissionOutcome:
    notices = (_notice(received, f"nothing of it was used: {reason}"),)
    return TransmissionOutcome(id=received.id, state="refused", reason=reason, findings=strays, notices=notices)


def _notice(received: Received, words: str) -> Notice:
    shown = received.file_name or "the transmission"
    text = f"{shown} was stored as {received.id}, but {words}\n"
    return Notice(channel=received.channel, name=f"{received.id}.txt", text=text)


@dataclass(slots=True)
class _Opening:
    """One interchange while its events arrive. Sets are mapped as they come, and thrown away if a later end rejects
    them.
    """

    received: Received
    header: InterchangeHeader
    rules: Rules
    new_id: NewId
    references: CrossReferences | None
    ordinal: int
    before: int = 0
    """Documents in earlier interchanges of the file."""
    route: Route | Quarantine | NotOurs = field(init=False)
    documents: list[DocumentOutcome] = field(default_factory=list)
    group: list[tuple[SetResult, DocumentOutcome | None]] = field(default_factory=list)
    agreement: Agreement | None = None
    siblings: int = 0
    """Further parts of sets that are divided."""
    sets: int = 0
    """As they come, whatever becomes of them: what documents are reconciled with later."""
    groups: list[GroupCount] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.route = self.rules.book.route(self.received.channel, self.header)

    def take_set(self, result: SetResult) -> None:
        """A set was read: map it now, while its tree is alive. Whether that counts is known when its group and
        interchange end.
        """
        self.sets += 1
        outcome = None
        content = result.content
        if content is not None and isinstance(self.route, Route):
            agreement = self.rules.book.agreement(self.received.channel, self.header, content.group, content.header)
            if content.group.functional_id == ACKNOWLEDGEMENT_GROUP:
                known = self.rules.book.partners[self.route.partner].gs
                outcome = answering(self._plain(result, content.group, self._identity(result)), content, known)
            elif not isinstance(agreement, NoAgreement):
                self.agreement = self.agreement or agreement
                outcome = self._translated(result, agreement)
                self.siblings += len(outcome.siblings)
        self.group.append((replace(result, content=None), outcome))

    def _identity(self, result: SetResult) -> Identity:
        assert isinstance(self.route, Route)  # noqa: S101 - asked by every caller before
        ordinal = len(self.documents) + len(self.group) + 1
        return Identity(
            id=self.new_id(),
            ordinal=ordinal,
            partner=self.route.partner,
            offset=result.offset,
            length=result.length,
        )

    def _translated(self, result: SetResult, agreement: Agreement) -> DocumentOutcome:
        assert result.content is not None  # noqa: S101
        identity = self._identity(result)
        if self.before + self.siblings + identity.ordinal > TRANSLATED_AT_ONCE:
            return replace(
                self._plain(result, result.content.group, identity),
                agreement=agreement.id,
                state="validated",
                pins=self.rules.pins(agreement, result.content.release),
            )
        return translate(
            result.content,
            result.findings,
            identity,
            agreement,
            self.rules,
            references=self.references,
            moment=self.received.received_at,
        )

    def _plain(self, result: SetResult, group: GroupHeader, identity: Identity) -> DocumentOutcome:
        return DocumentOutcome(
            id=identity.id,
            ordinal=identity.ordinal,
            partner=identity.partner,
            agreement="",
            set_id=result.header.id,
            version=group.version,
            group_control_number=group.control_number,
            set_control_number=result.header.control_number,
            state="rejected",
            offset=result.offset,
            length=result.length,
            findings=result.findings,
        )

    def close_group(self, group: GroupResult) -> None:
        """The group's end is known: what it rejects is rejected, whatever a set looked like by itself."""
        taken, self.group = self.group, []
        header = group.header
        about = (header.functional_id, header.sender, header.receiver, header.control_number)
        self.groups.append(GroupCount(*about, sets=len(taken)))
        if not isinstance(self.route, Route):
            return
        for result, outcome in taken:
            document = outcome or self._plain(result, group.header, self._identity(result))
            fault = ""
            if result.status == "R":
                fault = _first(result.findings)
            elif group.status == "R":
                fault = f"its group was rejected: {_first(group.findings)}"
            if group.header.functional_id == ACKNOWLEDGEMENT_GROUP:
                document = kept(document, fault, _first(group.findings) if group.status == "R" else "")
            elif fault:
                document = _rejected(document, fault)
            self._remember_agreement(group.header, result)
            self.documents.append(document)

    def _remember_agreement(self, group: GroupHeader, result: SetResult) -> None:
        """How to answer was agreed for a set also when it cannot be read."""
        if self.agreement is None and group.functional_id != ACKNOWLEDGEMENT_GROUP:
            found = self.rules.book.agreement(self.received.channel, self.header, group, result.header)
            self.agreement = None if isinstance(found, NoAgreement) else found

    def close(self, result: InterchangeResult, sha256: str) -> InterchangeOutcome:
        """The interchange's end is known: decide, and draft what the partner will be told."""
        route = self.route
        outcome = InterchangeOutcome(
            id=self.new_id(),
            ordinal=self.ordinal,
            header=self.header,
            offset=result.offset,
            length=result.length,
            sha256=sha256,
            partner="" if isinstance(route, Quarantine) else route.partner,
            state="accepted",
            findings=result.findings,
            sets=self.sets,
            groups=tuple(self.groups),
        )
        if isinstance(route, Quarantine):
            return replace(outcome, state="quarantined", reason=route.reason)
        if isinstance(route, NotOurs):
            result = _not_ours(result, route)
        rejected = result.status == "R"
        acknowledgements, channel = self._acknowledgements(result), self._acknowledge_to(route.partner)
        return replace(
            outcome,
            state="rejected" if rejected else "accepted",
            reason=_first(result.findings) if rejected else "",
            findings=result.findings,
            duplicate_key=_duplicate_key(self.header),
            window=timedelta(days=self.agreement.duplicate_window_days if self.agreement else 90),
            documents=self._judged(result, acknowledgements),
            acknowledgements=acknowledgements,
            acknowledge_to=channel,
            push=self.rules.book.pushes(channel),
            time_zone=route.time_zone,
            answers=() if rejected else tuple(read_ta1(one) for one in result.received_ta1),
        )

    def _judged(
        self, result: InterchangeResult, acknowledgements: tuple[AcknowledgementDraft, ...]
    ) -> tuple[DocumentOutcome, ...]:
        """The documents, all rejected with their interchange. What nobody is told of is not rejected but held: the
        partner will not send it again.
        """
        documents = self.documents
        if result.status == "R":
            reason = f"its interchange was rejected: {_first(result.findings)}"
            documents = [_rejected(one, reason) for one in documents]
        bearers = {"TA1"} if result.status == "R" else {"997", "999"}
        if any(draft.kind in bearers for draft in acknowledgements):
            return tuple(documents)
        return tuple(_untold(one) if one.state == "rejected" else one for one in documents)

    def _acknowledge_to(self, partner: str) -> str:
        """The channel our answers go to: as agreed for the set, else for the partner, else where the file came in."""
        if self.agreement is not None:
            return self.agreement.acknowledge_via or self.received.channel
        profile = self.rules.book.partners.get(partner)
        return (profile and profile.acknowledge_via) or self.received.channel

    def _acknowledgements(self, result: InterchangeResult) -> tuple[AcknowledgementDraft, ...]:
        """TA1 first, then the 997 or 999; each held to our own guide before a number is spent on it."""
        agreed = self.agreement.acknowledge if self.agreement else None
        drafts = [interchange_acknowledgement(result, policy=agreed.ta1 if agreed else "requested")]
        kind = agreed.functional if agreed else "997"
        if kind != "none":
            drafts.append(functional_acknowledgement(result, kind=kind))
        kept = [draft for draft in drafts if draft is not None]
        for draft in kept:
            faults = check(draft)
            if faults:
                raise AssertionError(f"our own {draft.kind} is not valid: {faults[0].message}")
        return tuple(kept)


def _duplicate_key(header: InterchangeHeader) -> DuplicateKey:
    return DuplicateKey(
        sender=f"{header.sender_qualifier}/{header.sender}",
        receiver=f"{header.receiver_qualifier}/{header.receiver}",
        usage=header.usage,
        control_number=header.control_number,
    )


def _not_ours(result: InterchangeResult, route: NotOurs) -> InterchangeResult:
    finding = Finding(
        level="interchange", code=f"TA105:{route.note}", effect=Effect.REJECT, message=route.reason, segment="ISA"
    )
    return replace(result, status="R", note=route.note, findings=(finding, *result.findings))


def _rejected(document: DocumentOutcome, reason: str) -> DocumentOutcome:
    return replace(
        document, state="rejected", reason=reason, canonical=None, destination="", answer=None, part=None, siblings=()
    )


def _untold(document: DocumentOutcome) -> DocumentOutcome:
    return replace(document, state="held", reason=f"it would be rejected, but no answer is agreed: {document.reason}")


def _first(findings: tuple[Finding, ...]) -> str:
    for finding in findings:
        if finding.effect is Effect.REJECT:
            return finding.message
    return findings[0].message if findings else ""
