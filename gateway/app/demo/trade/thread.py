"""What passed between the partners and us, as the gateway tells it: one row a document and one a receipt, by time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from gateway.pipeline.order_threads import SAID, WORDS
from gateway.pipeline.questions import DocumentDetail, Questions
from gateway.x12.answers import GroupAnswer
from gateway.x12.readback import read_response

HEADERS: Final = ("time", "way", "partner", "document", "number", "control numbers", "state", "accepted?")

RECEIPTS: Final = frozenset({"997", "999"})

Way = Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document or receipt. `acknowledgement` is as in `DocumentRow`; `answers` the document that a receipt is for:
    its set and number, and `together` is for how many it is. `part` is "2/3" for one of several documents that are
    one set. `fault` says what is not as it
    should be, "" when all is well.
    """

    at: datetime
    way: Way
    partner: str
    set_id: str
    number: str
    control_numbers: str
    state: str
    acknowledgement: str
    part: str = ""
    id: str = ""
    reason: str = ""
    said: Sequence[str] = ()
    answers: str = ""
    together: int = 1
    fault: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row under `HEADERS`."""
        return (
            f"{self.at.astimezone():%H:%M:%S}",
            self.way,
            self.partner,
            f"{self.set_id} {WORDS.get(self.set_id, '')}".strip(),
            f"for {self.answers}" if self.answers else f"{self.number} {self.part}".strip() or "-",
            self.control_numbers or "-",
            f"FAILED: {self.fault}" if self.fault else self.state,
            SAID.get(self.acknowledgement, self.acknowledgement) or "-",
        )


def rows(questions: Questions) -> list[Row]:
    """Everything that a gateway has exchanged so far (the latest 500 documents), oldest first."""
    details = [questions.document(one.id) for one in questions.documents(limit=500)]
    known = [detail for detail in details if detail is not None]
    sent = {_key(one): one for one in known if one.row.direction == "outbound"}
    found = [_received_receipt(one, sent) if one.row.set_id in RECEIPTS else _document(one) for one in known]
    return sorted([*found, *_sent_receipts(known)], key=lambda row: (row.at, row.set_id in RECEIPTS, row.part))


def _document(detail: DocumentDetail) -> Row:
    row = detail.row
    offered = detail.sending.get("offered", "")
    return Row(
        at=datetime.fromisoformat(offered) if offered else row.received_at,
        way="in" if row.direction == "inbound" else "out",
        partner=row.partner,
        set_id=row.set_id,
        number=row.business_number,
        control_numbers=row.control_numbers.strip("/"),
        state=row.state,
        acknowledgement=row.acknowledgement,
        part=row.part.partition(" ")[0],
        id=row.id,
        reason=row.reason,
        said=detail.said,
    )


def _sent_receipts(known: Sequence[DocumentDetail]) -> Iterator[Row]:
    """Our own 997s, each once, with what they answer."""
    together: dict[str, list[DocumentDetail]] = {}
    for detail in known:
        for one in detail.acknowledgements:
            together.setdefault(one["id"], []).append(detail)
    for detail, *others in together.values():
        for one in detail.acknowledgements:
            yield Row(
                at=datetime.fromisoformat(one["offered"] or one["sealed"]),
                way="out",
                partner=detail.row.partner,
                set_id=one["kind"],
                number="",
                control_numbers=f"{one['control_number']}/{one['group_numbers'].replace(' ', '+')}",
                state=one["state"],
                acknowledgement="",
                answers=" and ".join(dict.fromkeys(map(_named, (detail, *others)))),
            )


def _received_receipt(detail: DocumentDetail, sent: Mapping[tuple[str, str, str], DocumentDetail]) -> Row:
    """A partner's 997, with the documents of ours that it is about."""
    answer = _answer_in(detail)
    sets = [sent.get((detail.row.partner, answer.control_number, one.control_number)) for one in answer.sets]
    about = [one for one in sets if one is not None]
    return Row(
        at=detail.row.received_at,
        way="in",
        partner=detail.row.partner,
        set_id=detail.row.set_id,
        number="",
        control_numbers=detail.row.control_numbers,
        state=detail.row.state,
        acknowledgement="",
        id=detail.row.id,
        reason=detail.row.reason,
        answers=" and ".join(map(_named, about)) or "nothing of ours",
        together=max(1, len(about)),
    )


def _answer_in(detail: DocumentDetail) -> GroupAnswer:
    """The set as it stands in the partner's file; its delimiters are those that stand around its ST and at its end."""
    text = detail.x12.decode("latin-1").strip()
    element, end = text[2:3] or "*", text[-1:] or "~"
    return read_response(tuple(one.strip().split(element)) for one in text.split(end) if one.strip())


def _key(detail: DocumentDetail) -> tuple[str, str, str]:
    """By partner, GS06 and ST02: enough to name a document in a table, and never enough to move one."""
    _, group, number = (*detail.row.control_numbers.split("/"), "", "")[:3]
    return detail.row.partner, group, number


def _named(detail: DocumentDetail) -> str:
    return f"{detail.row.set_id} {detail.row.business_number}"
