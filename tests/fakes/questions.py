"""Answers prepared by a test."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateway.pipeline.questions import DocumentDetail, DocumentRow, TransmissionRow


def a_transmission_row(id_: str = "t-1", *, channel: str = "acme-http") -> TransmissionRow:
    """A transmission with one accepted interchange."""
    return TransmissionRow(
        id=id_,
        channel=channel,
        door="http",
        file_name="",
        message_id="m-1",
        size=3,
        sha256="0" * 64,
        state="processed",
        reason="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
        interchanges=[{"id": "i-1", "control_number": "000000001", "state": "accepted", "reason": ""}],
        documents=["d-1"],
        acknowledgements=[{"set_id": "997", "state": "ready"}],
    )


class PreparedQuestions:
    """`failure` is raised by every question."""

    def __init__(self) -> None:
        self.by_id: dict[str, TransmissionRow] = {}
        self.details: dict[str, DocumentDetail] = {}
        self.backlog = 0
        self.failure: Exception | None = None
        self.asked = 0

    def documents(
        self,
        *,
        partner: str = "",
        state: str = "",
        usage: str = "",
        search: str = "",
        direction: str = "",
        acknowledgement: str = "",
        owner: str = "",
        business: str = "",
        set_id: str = "",
        limit: int = 50,
    ) -> Sequence[DocumentRow]:
        return []

    def document(self, document_id: str) -> DocumentDetail | None:
        return self.details.get(document_id)

    def handed_in(self, channel: str, message_id: str) -> TransmissionRow | None:
        self._answer()
        found = (row for row in self.by_id.values() if (row.channel, row.message_id) == (channel, message_id))
        return next(found, None)

    def transmissions(self, *, state: str = "", limit: int = 50) -> Sequence[TransmissionRow]:
        return list(self.by_id.values())[:limit]

    def transmission(self, transmission_id: str) -> TransmissionRow | None:
        self._answer()
        return self.by_id.get(transmission_id)

    def counts(self) -> Mapping[str, int]:
        self._answer()
        return {"backlog": self.backlog}

    def _answer(self) -> None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
