"""Messages to test with: packed by one partner, unpacked by the other, or written by hand."""

from dataclasses import dataclass, replace

from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.mime import Entity
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory, Source, whole
from gateway.as2.unpack import Unpacked, UnpackPolicy, unpack

TOKEN = "0123456789abcdef0123"
ORDER = b"ISA*00*          *00*          *ZZ*HARBORPINE     *ZZ*NORTHGATE      ~\r\nGS*PO*1*2~\r\nSE*2*0001~\r\n"
OPEN = UnpackPolicy(require_signed=False, require_encrypted=False)
PLAIN = PackProfile(sign=False, encrypt=False)
SIGNED = PackProfile(encrypt=False)
ENCRYPTED = PackProfile(sign=False)
BOTH = PackProfile()
ADDRESS = Address(message_id="<0001@harborpine.example>", as2_from="HARBORPINE", as2_to="North Gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """Both ends of the wire."""

    sender: KeyPair
    receiver: KeyPair
    stranger: KeyPair

    def pack(
        self,
        *contents: bytes,
        profile: PackProfile = BOTH,
        file_name: str | None = None,
        request: MdnRequest | None = None,
        address: Address = ADDRESS,
    ) -> Packed:
        """A message of the sender."""
        payloads = [Payload(source=Memory(content), file_name=file_name) for content in contents or (ORDER,)]
        return pack(
            payloads,
            profile=profile,
            address=address,
            token=TOKEN,
            scratch=Memory,
            signer=self.sender,
            recipients=[self.receiver.certificate],
            request=request,
        )

    def unpack(self, packed: Packed | Entity, policy: UnpackPolicy = OPEN) -> Unpacked:
        """As the receiver opens it."""
        return unpack(
            packed.headers,
            packed.body,
            policy=policy,
            keys=[self.receiver],
            trusted=[self.sender.certificate],
            scratch=Memory,
        )


def entity(text: str | bytes, body: bytes = b"") -> Entity:
    """A message written by hand: lines of fields, then the body."""
    raw = text.encode() if isinstance(text, str) else text
    fields = [line.partition(b":") for line in raw.strip().splitlines()]
    return Entity(Headers.of((name.strip(), value.strip()) for name, _, value in fields), Memory(body))


def with_body(packed: Packed, change: bytes | Source) -> Packed:
    """The same message with another body."""
    return replace(packed, body=Memory(change) if isinstance(change, bytes) else change)


def contents(unpacked: Unpacked) -> list[bytes]:
    """What the payloads hold."""
    return [whole(part.source) for part in unpacked.payloads]
