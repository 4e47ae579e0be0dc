"""What is remembered of partners' servers, in memory."""

from collections.abc import Sequence

from gateway.pipeline.polling import Look
from tests.fakes.intake import MemoryIntake


class MemoryPolls:
    """`looks` and `told` are what was written down, in order; `taken_by_another` are channels of another node."""

    def __init__(self, intake: MemoryIntake) -> None:
        self.looks: list[Look] = []
        self.told: list[tuple[str, str]] = []
        self.taken_by_another: set[str] = set()
        self._intake = intake

    def hold(self, channel: str) -> bool:
        return channel not in self.taken_by_another

    def let_go(self, channel: str) -> None:
        pass

    def looked(self, channel: str, look: Look) -> None:
        self.looks.append(look)

    def goes_on(self, channel: str) -> None:
        if self.looks and self.looks[-1].state == "stopped":
            self.looks.append(Look(state="working"))

    def left(self, channel: str, name: str, why: str) -> None:
        self.told.append((name, why))

    def known(self, channel: str, message_ids: Sequence[str]) -> set[str]:
        there = {parcel.message_id or "" for parcel in self._intake.parcels if parcel.channel == channel}
        return there & set(message_ids)
