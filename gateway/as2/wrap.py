"""Wrapping: MIME parts that hold other parts, signatures and CMS, as we write them (RFC 2046, 5.1; RFC 8551, 3)."""

from collections.abc import Sequence

from gateway.as2.algorithms import micalg
from gateway.as2.headers import Headers
from gateway.as2.mime import Entity
from gateway.as2.source import Joined, Memory, Source
from gateway.as2.transfer import Base64Lines, base64_lines


def joined(entity: Entity) -> Source:
    """Fields and body as one source."""
    return Joined([Memory(entity.headers.block()), entity.body])


def multipart(subtype: str, parts: Sequence[Source], token: str, parameters: str = "") -> Entity:
    """Parts, each with its fields, as one multipart; `token` makes the boundary, and must not occur in any of them."""
    boundary = f"part-{token}"
    pieces: list[Source] = []
    for index, part in enumerate(parts):
        pieces += [Memory(f"{'' if index == 0 else chr(13) + chr(10)}--{boundary}\r\n".encode("ascii")), part]
    pieces.append(Memory(f"\r\n--{boundary}--\r\n".encode("ascii")))
    value = f'multipart/{subtype}{parameters}; boundary="{boundary}"'
    return Entity(Headers((("Content-Type", value),)), Joined(pieces))


def signed(content: Source, signature: bytes, digest: str, token: str, *, dashed: bool = True) -> Entity:
    """A multipart/signed of a part, with its fields, and the signature over it (RFC 8551, 3.5.3)."""
    head = Headers(
        (
            ("Content-Type", 'application/pkcs7-signature; name="smime.p7s"; smime-type=signed-data'),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-Disposition", 'attachment; filename="smime.p7s"'),
        )
    )
    tail = Memory(head.block() + base64_lines(signature).removesuffix(b"\r\n"))
    protocol = f'; protocol="application/pkcs7-signature"; micalg={micalg(digest, dashed=dashed)}'
    return multipart("signed", [content, tail], f"{token}-signed", protocol)


def cms_part(kind: str, name: str, content: Source, *, binary: bool) -> Entity:
    """A part of application/pkcs7-mime (RFC 8551, 3.2), binary or in base64; `kind` is its smime-type."""
    fields = (
        ("Content-Type", f'application/pkcs7-mime; smime-type={kind}; name="{name}"'),
        ("Content-Transfer-Encoding", "binary" if binary else "base64"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    )
    return Entity(Headers(fields), content if binary else Base64Lines(content))
