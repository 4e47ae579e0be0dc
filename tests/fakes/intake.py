"""An intake in memory: it remembers parcels, knows message ids again, and can be busy or broken."""

from gateway.errors import Conflict, GatewayError
from gateway.parcel import Parcel, Receipt


class MemoryIntake:
    """`parcels` are those that became durable, in order. `refusal` is raised by `admit`, `failure` by `receive`."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.refusal: GatewayError | None = None
        self.failure: Exception | None = None
        self._by_message: dict[tuple[str, str], tuple[str, str]] = {}

    async def receive(self, parcel: Parcel) -> Receipt:
        if self.failure is not None:
            raise self.failure
        key = (parcel.channel, parcel.message_id or "")
        if parcel.message_id and key in self._by_message:
            transmission_id, sha256 = self._by_message[key]
            if sha256 != parcel.content.sha256:
                raise Conflict(f"message id {parcel.message_id!r} came before with other bytes")
            return Receipt(transmission_id=transmission_id, known=True)
        self.parcels.append(parcel)
        transmission_id = f"t-{len(self.parcels)}"
        if parcel.message_id:
            self._by_message[key] = (transmission_id, parcel.content.sha256)
        return Receipt(transmission_id=transmission_id)

    def admit(self, channel: str) -> None:
        if self.refusal is not None:
            raise self.refusal
