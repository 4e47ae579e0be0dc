"""What the AS2 client keeps, in memory: messages as they were made, and notes."""

from collections.abc import Mapping

from gateway.pipeline.sent_messages import SentMessage


class SentInMemory:
    """The `SentMessages` port and the notes of `Receipts`. `made` counts messages that were new."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], SentMessage] = {}
        self.notes: dict[str, dict[str, str]] = {}
        self.steps: list[str] = []

    def kept(self, channel: str, carried_id: str) -> SentMessage | None:
        return self.messages.get((channel, carried_id))

    def keep(self, message: SentMessage) -> SentMessage:
        self.steps.append("kept")
        return self.messages.setdefault((message.channel, message.carried_id), message)

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        self.steps.append("noted")
        self.notes.setdefault(id, {}).update(notes)
