"""Answers of partners to what we sent: matched, and what they say written down, in the transaction that takes them in.

What they are about is decided in `gateway.ledger.matching`. Every answer is kept, whether or not anything moves by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import bindparam, update

from gateway.ledger import matching
from gateway.ledger.acks import ACKNOWLEDGEMENT, STATUSES, AcknowledgementState
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_CONTRADICTED, INTERCHANGE_UNMATCHED, SENDING_ACKNOWLEDGED
from gateway.ledger.matching import GroupSaid, InterchangeSaid, Judged, SentGroup, SentInterchange, Standing, Unmatched
from gateway.pipeline import reconcile
from gateway.pipeline.reconcile import Line, PartnerAnswer
from gateway.store import sent
from gateway.store.answer_words import COPY, contradicted, in_vain, in_words, summary, with_fault
from gateway.store.columns import cleaned
from gateway.store.events import Change
from gateway.store.heard import Heard, Heeded
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.sent import Locked, SentDocument
from gateway.store.successors import note_accepted
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, RECEIVED_ACKNOWLEDGEMENT
from gateway.x12.answers import GroupAnswer, InterchangeAnswer

_A = AcknowledgementState
_USED: Final = (_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS)
Sendings = TypeVar("Sendings", SentGroup, SentInterchange)
_LARGEST_COUNT: Final = 2**31 - 1
"""That the columns take. A larger one is nobody's count; the detail has it as it was."""

_INSERT = ManyRows(lambda insert: insert(RECEIVED_ACKNOWLEDGEMENT))
_MOVE_DOCUMENT = (
    update(DOCUMENT)
    .where(DOCUMENT.c.id == bindparam("key"), DOCUMENT.c.acknowledgement == bindparam("before"))
    .values({name: bindparam(name) for name in ("acknowledgement", "acknowledged_at", "acknowledgement_detail")})
)
_MOVE_GROUP = (
    update(OUTBOUND_GROUP)
    .where(OUTBOUND_GROUP.c.id == bindparam("key"))
    .values(
        {name: bindparam(name) for name in ("acknowledgement", "acknowledged_at", "included", "received", "accepted")}
    )
)
_MOVE_INTERCHANGE = (
    update(OUTBOUND_INTERCHANGE)
    .where(OUTBOUND_INTERCHANGE.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in ("ta1", "ta1_note")})
)


@dataclass(slots=True)
class Reconciliation:
    """A batch of answers gone through. `documents` says what became of inbound 997s and 999s, by their ids."""

    transaction: Transaction
    documents: dict[str, Heeded] = field(default_factory=dict)
    unmatched: dict[str, str] = field(default_factory=dict)
    """Transmissions with a TA1 for something that we have not sent, and the reason."""
    changes: list[Change] = field(default_factory=list)
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    _interchanges: dict[str, dict[str, Any]] = field(default_factory=dict)
    _late: dict[str, tuple[SentDocument, str, str]] = field(default_factory=dict)
    """Documents that were sent again and are accepted now: by what, and who says so."""
    _copies: set[str] = field(default_factory=set)
    """Interchanges of which a copy was called a duplicate."""

    def write(self) -> None:
        """Write all of it; the inbound documents have their rows by now."""
        connection = self.transaction.connection
        for statement, moved in (
            (_MOVE_DOCUMENT, self._documents),
            (_MOVE_GROUP, self._groups),
            (_MOVE_INTERCHANGE, self._interchanges),
        ):
            if moved:
                connection.execute(statement, [moved[key] for key in sorted(moved)])
        _INSERT.run(connection, self._rows)
        for id in sorted(self._late):
            document, by, who = self._late[id]
            if document.standing.state in _USED:
                note_accepted(self.transaction, id, by=by, who=who)

    # ------------------------------------------------------------------------------------------ a 997 or 999

    def take_group(self, heard: Heard, said: GroupSaid, found: SentGroup | Unmatched, locked: Locked) -> None:
        """One 997 or 999, and the group that it is about, if there is one."""
        assert isinstance(heard.answer, PartnerAnswer)  # noqa: S101
        assert heard.document is not None  # noqa: S101
        answer = heard.answer.said
        if isinstance(found, Unmatched):
            self._heed(heard, answer, "reconciled" if found.idle else "held", with_fault(found.reason, said))
            self._keep(heard, answer.kind, answer.status, answer, why=found.reason)
            return
        documents = locked.documents.get(found.id, [])
        verdicts = reconcile.verdicts(answer, [one.name for one in documents])
        judged = matching.judge(said, found, verdicts, [one.standing.state for one in documents])
        judged = self._without_contradictions(heard, judged, found, locked)
        moved = [one for one in documents if self._move(one, judged.sets.get(one.name), heard, found.name)]
        for one in moved:
            one.lines = _lines(answer, one, locked)
            self._change(one)
            if one.row.state == OutboundState.SUPERSEDED and one.standing.state in _USED:
                self._late[one.row.id] = (one, f"{_kind(heard)} for {found.name}", heard.who)
        self._move_group(said, judged.group, found.id, locked)
        words = (in_vain if judged.fault else summary)(found, judged, moved=len(moved))
        self._heed(heard, answer, "held" if judged.fault else "reconciled", words)
        self._keep(
            heard,
            answer.kind,
            answer.status,
            answer,
            why=judged.fault,
            group=locked.groups[found.id],
            documents=documents,
        )

    def _without_contradictions(self, heard: Heard, judged: Judged, found: SentGroup, locked: Locked) -> Judged:
        """What is left of an answer that accepts what was refused by a TA1, or in the same file; or that refuses the
        second copy of what went more than once, as a duplicate.
        """
        assert isinstance(heard.answer, PartnerAnswer)  # noqa: S101
        interchange, sets, fault = locked.groups[found.id].interchange_id, dict(judged.sets), judged.fault
        resent_at = locked.interchanges[interchange].resent_at
        envelope = matching.envelope_stands(locked.ta1[interchange], resent_at, heard.at)
        documents, copied = locked.documents.get(found.id, []), False
        copies = reconcile.only_used_before(heard.answer.said, [one.name for one in documents])
        for document in documents:
            after, before = sets.get(document.name), document.standing
            against = matching.stands_against(before, after, envelope, heard.at)
            if document.name in copies and (of_copy := matching.refuses_a_copy(before, after, resent_at, heard.at)):
                against, copied = of_copy, True
            if after is not None and against:
                del sets[document.name]
                fault = fault or f"{' '.join(document.name)}: {against}"
                self._flag(document, heard, f"{in_words(after)} by the {_kind(heard)} for {found.name}; but {against}")
        group = judged.group if fault == judged.fault or (judged.group is _A.REJECTED and not copied) else None
        return Judged(sets, group, fault, of_a_copy=copied)

    def _flag(self, document: SentDocument, heard: Heard, why: str) -> None:
        """Say with a document that the partner contradicts itself, once for each thing said."""
        if why in [line.line for line in document.lines]:
            return
        document.lines = [*document.lines[: reconcile.MOST_LINES - 1], Line(line=why)]
        self._change(document)
        self._tell(document, heard, DOCUMENT_CONTRADICTED, why)

    def _move_group(self, said: GroupSaid, after: AcknowledgementState | None, group: str, locked: Locked) -> None:
        before = locked.group_standings[group]
        if after is None or not matching.follows(before, after, said.at):
            return
        locked.group_standings[group] = Standing(after, said.at)
        self._groups[group] = {
            "key": group,
            "acknowledgement": str(after),
            "acknowledged_at": said.at,
            "included": _count(said.included),
            "received": _count(said.received),
            "accepted": _count(said.accepted),
        }

    def _heed(self, heard: Heard, answer: GroupAnswer, state: Literal["reconciled", "held"], reason: str) -> None:
        assert heard.document is not None  # noqa: S101
        lines = [line.plain() for line in reconcile.lines_of_answer(answer)]
        self.documents[heard.document.id] = Heeded(state=state, reason=reason, lines=lines)

    # ------------------------------------------------------------------------------------------ a TA1

    def take_interchange(self, heard: Heard, found: SentInterchange | Unmatched, locked: Locked) -> None:
        """One TA1, and the interchange that it is about, if there is one. A rejected one takes all that is in it."""
        assert isinstance(heard.answer, InterchangeAnswer)  # noqa: S101
        answer = heard.answer
        if isinstance(found, Unmatched):
            self._keep(heard, "TA1", answer.status, answer, why=found.reason)
            self._unmatched(heard, found.reason)
            return
        after = None if answer.verdict == "unclear" else STATUSES[answer.status]
        if after is None:
            reason = f"a TA1 that does not say what became of interchange {answer.control_number[:20]}"
            self._unmatched(heard, reason)
            self._keep(heard, "TA1", answer.status, answer, why=reason, interchange=found.id)
            return
        before = locked.ta1[found.id]
        copied = after is _A.REJECTED and matching.of_a_copy(answer.note, found.resent_at, heard.at)
        if copied:
            self._copied(heard, found, locked)
        elif matching.follows(before, after, heard.at):
            locked.ta1[found.id] = Standing(after, heard.at)
            self._interchanges[found.id] = {"key": found.id, "ta1": str(after), "ta1_note": answer.note[:20]}
            self.changes.append(_sending_change(heard, found, answer, before.state, after))
        if after is _A.REJECTED and locked.ta1[found.id].state is _A.REJECTED and not copied:
            self._reject_all(heard, found, answer, locked)
        self._keep(heard, "TA1", answer.status, answer, interchange=found.id)

    def _copied(self, heard: Heard, found: SentInterchange, locked: Locked) -> None:
        """Say with all that is in an interchange that its second copy was thrown away. Nothing moves; and one file may
        say it ten thousand times.
        """
        if found.id in self._copies:
            return
        self._copies.add(found.id)
        told = {"before": str(locked.ta1[found.id].state), "acknowledgement": str(locked.ta1[found.id].state)}
        about = {"transmission": "", "subject": found.id, "kind": SENDING_ACKNOWLEDGED, "who": heard.who}
        self.changes.append(Change(**about, why=COPY, detail=told))
        for document in (one for row in locked.groups_of[found.id] for one in locked.documents.get(row.id, [])):
            others = [line for line in document.lines if line.line != COPY]
            document.lines = [*others[: reconcile.MOST_LINES - 1], Line(line=COPY)]
            self._change(document)

    def _reject_all(self, heard: Heard, found: SentInterchange, answer: InterchangeAnswer, locked: Locked) -> None:
        name = f"interchange {found.control_number:09}"
        for row in locked.groups_of[found.id]:
            group = row.id
            for document in locked.documents.get(group, []):
                before = document.standing.state
                if self._move(document, _A.REJECTED, heard, name, stands=True):
                    document.lines = reconcile.lines_of_answer(answer)
                    self._change(document)
                if before in (_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS, _A.PARTIALLY_ACCEPTED):
                    why = f"rejected by the TA1 for {name}, and that stands; another answer said {in_words(before)}"
                    self._flag(document, heard, why)
            if locked.group_standings[group].state is not _A.REJECTED:
                locked.group_standings[group] = Standing(_A.REJECTED, heard.at)
                counts = {name: getattr(row, name) for name in ("included", "received", "accepted")}
                moved = {"key": group, "acknowledgement": str(_A.REJECTED), "acknowledged_at": heard.at}
                self._groups[group] = moved | counts

    def _unmatched(self, heard: Heard, reason: str) -> None:
        self.unmatched.setdefault(heard.received.id, reason)
        self.changes.append(
            Change(
                transmission=heard.received.id,
                subject=heard.interchange.id,
                kind=INTERCHANGE_UNMATCHED,
                why=reason,
                who=heard.who,
            )
        )

    # ------------------------------------------------------------------------------------------ both

    def _move(
        self, document: SentDocument, after: AcknowledgementState | None, heard: Heard, by: str, *, stands: bool = False
    ) -> bool:
        """Whether a document of ours moves, with its event. What `stands` counts against later answers too."""
        before = document.standing
        if after is None or before.state is after or not (stands or matching.set_follows(before, after, heard.at)):
            return False
        document.standing, document.lines = Standing(after, heard.at), ()
        kind = _kind(heard)
        detail = {"before": str(before.state), "acknowledgement": str(after), "kind": kind}
        words = contradicted(f"{in_words(after)} by the {kind} for {by}", before.state)
        self._tell(document, heard, ACKNOWLEDGEMENT.event(before.state, after), words, detail)
        return True

    def _tell(
        self,
        document: SentDocument,
        heard: Heard,
        kind: str,
        why: str,
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        source = {} if heard.document is None else {"document": heard.document.id}
        about = {"transmission": document.row.transmission_id, "subject": document.row.id}
        self.changes.append(Change(**about, kind=kind, why=why, who=heard.who, detail={**detail, **source}))

    def _change(self, document: SentDocument) -> None:
        self._documents[document.row.id] = {
            "key": document.row.id,
            "before": document.row.acknowledgement,
            "acknowledgement": str(document.standing.state),
            "acknowledged_at": document.standing.at,
            "acknowledgement_detail": [line.plain() for line in (*document.lines, *document.lasting)],
        }

    def _keep(
        self,
        heard: Heard,
        kind: str,
        status: str,
        answer: GroupAnswer | InterchangeAnswer,
        *,
        why: str = "",
        interchange: str | None = None,
        group: Any = None,
        documents: Sequence[SentDocument] = (),
    ) -> None:
        """One row for everything that was said."""
        counts: tuple[int | None, ...] = (None, None, None)
        if isinstance(answer, GroupAnswer):
            counts = (_count(answer.included), _count(answer.received), _count(answer.accepted))
        self._rows.append(
            {
                "id": self.transaction.means.new_id(),
                "transmission_id": heard.received.id,
                "document_id": heard.document.id if heard.document else None,
                "partner": heard.interchange.partner,
                "kind": kind,
                "status": cleaned(status[:20]),
                "outbound_interchange_id": group.interchange_id if group is not None else interchange,
                "outbound_group_id": group.id if group is not None else None,
                "outbound_document_id": documents[0].row.id if len(documents) == 1 else None,
                **dict(zip(("included", "received", "accepted"), counts, strict=True)),
                "detail": {**reconcile.details(answer), "why": why},
                "received_at": heard.at,
            }
        )


def reconcile_all(transaction: Transaction, heard: Sequence[Heard], also: Sequence[str] = ()) -> Reconciliation:
    """Go through the answers of a batch in the order in which they came. `write` has to follow. `also` are documents
    of ours that the transaction moves otherwise: locked together with those that are answered.
    """
    result = Reconciliation(transaction)
    if not heard:
        sent.lock(transaction, (), (), also)
        return result
    groups: list[tuple[Heard, GroupSaid]] = []
    envelopes: list[tuple[Heard, InterchangeSaid]] = []
    for one in heard:
        pair = reconcile.pair_of(one.interchange.header)
        if isinstance(one.answer, PartnerAnswer):
            groups.append((one, reconcile.group_said(one.answer, pair, one.at)))
        else:
            envelopes.append((one, reconcile.interchange_said(one.answer, pair, one.at)))
    of_groups = _by_number(sent.groups_for(transaction, [said for _, said in groups]))
    of_envelopes = _by_number(sent.interchanges_for(transaction, [said for _, said in envelopes]))
    meant = [(one, said, matching.find_group(said, of_groups.get(_number(said), ()))) for one, said in groups]
    answered = [(one, matching.find_interchange(said, of_envelopes.get(_number(said), ()))) for one, said in envelopes]
    locked = sent.lock(
        transaction,
        [found.id for _, _, found in meant if isinstance(found, SentGroup)],
        [found.id for _, found in answered if isinstance(found, SentInterchange)],
        also,
    )
    steps = [(one, partial(result.take_interchange, one, envelope, locked)) for one, envelope in answered]
    steps += [(one, partial(result.take_group, one, said, group, locked)) for one, said, group in meant]
    for _, step in sorted(steps, key=lambda each: _order(each[0])):
        step()
    return result


def _lines(answer: GroupAnswer, document: SentDocument, locked: Locked) -> list[Line]:
    """What there is to say of a document of ours; nothing of one that was accepted without a word."""
    said = answer.about(*document.name)
    noted = said is not None and bool(said.notes or said.codes)
    if document.standing.state is _A.ACCEPTED and not noted:
        return []
    segments = locked.segments(document) if said is not None and said.notes else ()
    return reconcile.lines_of_set(answer, document.name, document.row.version, segments)


def _by_number(found: Iterable[Sendings]) -> Mapping[int | None, Sequence[Sendings]]:
    """One file may answer thousands of groups: each is looked for among its own."""
    by_number: dict[int | None, list[Sendings]] = {}
    for one in found:
        by_number.setdefault(one.control_number, []).append(one)
    return by_number


def _number(said: GroupSaid | InterchangeSaid) -> int | None:
    return matching.number_of(said.control_number)


def _order(heard: Heard) -> tuple[datetime, str, int, int]:
    return (heard.at, heard.received.id, heard.interchange.ordinal, heard.document.ordinal if heard.document else 0)


def _kind(heard: Heard) -> str:
    return "TA1" if heard.document is None else heard.document.set_id


def _sending_change(
    heard: Heard,
    found: SentInterchange,
    answer: InterchangeAnswer,
    before: AcknowledgementState,
    after: AcknowledgementState,
) -> Change:
    why = contradicted(f"{in_words(after)} by a TA1, note {answer.note[:20]}", before)
    detail = {"before": str(before), "acknowledgement": str(after)}
    return Change(transmission="", subject=found.id, kind=SENDING_ACKNOWLEDGED, why=why, who=heard.who, detail=detail)


def _count(count: int | None) -> int | None:
    return None if count is None else min(count, _LARGEST_COUNT)
