"""What `gateway x12 ack --json` prints: one object with all acknowledgements written, and all that was found."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from gateway.cli.x12_listing import plain_findings
from gateway.x12.acknowledge import AcknowledgementDraft
from gateway.x12.interchange import InterchangeResult, Unreadable


class AnswerSheet:
    """Gathers while a file is read: an object can only be printed whole."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._acknowledgements: list[dict[str, object]] = []
        self._findings: list[dict[str, object]] = []

    def found(self, result: InterchangeResult | Unreadable) -> None:
        """Keep the findings of one interchange, or of what was none, each with where it belongs."""
        self._findings += _findings(result)

    def wrote(self, draft: AcknowledgementDraft, sealed: bytes, number: int, group_numbers: Sequence[int]) -> None:
        """Keep one acknowledgement: ISA13 `number`, and a GS06 for each of its groups."""
        self._acknowledgements.append(
            {
                "kind": draft.kind,
                "control_number": f"{number:09}",
                "group_numbers": [str(one) for one in group_numbers],
                "sender": f"{draft.sender_qualifier}/{draft.sender}",
                "receiver": f"{draft.receiver_qualifier}/{draft.receiver}",
                "usage": draft.usage,
                "answers": draft.answers,
                "status": draft.status,
                "note": draft.note,
                "groups": [asdict(group) for group in draft.summary],
                # One character a byte, whatever was sent: encoded as Latin-1 again it is what would be sent.
                "text": sealed.decode("latin-1"),
            }
        )

    def whole(self, *, good: bool) -> dict[str, object]:
        """The object. `good`: nothing was rejected or noted, exit 0."""
        return {
            "file": self._file,
            "good": good,
            "acknowledgements": self._acknowledgements,
            "findings": self._findings,
        }


def _findings(result: InterchangeResult | Unreadable) -> Iterator[dict[str, object]]:
    if isinstance(result, Unreadable):
        yield from ({"offset": result.offset, **one} for one in plain_findings(result.findings))
        return
    place: dict[str, object] = {"interchange": result.header.control_number}
    yield from ({**place, **one} for one in plain_findings(result.findings))
    for group in result.groups:
        place["group"] = group.header.control_number
        yield from ({**place, **one} for one in plain_findings(group.findings))
        for found in group.sets:
            header = {"set": found.header.id, "number": found.header.control_number}
            yield from ({**place, **header, **one} for one in plain_findings(found.findings))
