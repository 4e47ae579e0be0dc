"""Opening a message layer by layer, under a policy; where it has come to, and what was found so far.

Encryption is the outermost layer if there is one; signature and compression follow in either order; each stands once at
most (RFC 4130, 2.4.2 and 5; RFC 5402, 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_CIPHERS, DEFAULT_DIGESTS, DEFAULT_TRANSPORTS
from gateway.as2.cms.compress import decompress
from gateway.as2.cms.verify import Verified, open_opaque
from gateway.as2.errors import InsufficientSecurity, UnsupportedFormat
from gateway.as2.limits import DEFAULT, Limits
from gateway.as2.mic import digests
from gateway.as2.mime import Entity, read_entity
from gateway.as2.source import NewScratch, Source, chunks
from gateway.as2.unwrap import Layer, cms_of, layer_claimed, signed_parts, verified

Compressed = Literal["before", "after", "only"]
"""Before or after signing, or without a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackPolicy:
    """What a message of this partner has to be. `allowed` are names of digests, ciphers and transports together."""

    require_signed: bool = True
    require_encrypted: bool = True
    allowed: frozenset[str] = DEFAULT_DIGESTS | DEFAULT_CIPHERS | DEFAULT_TRANSPORTS
    limits: Limits = DEFAULT


@dataclass(slots=True, kw_only=True)
class Opening:
    """One message while it is opened. `within` is the part that holds `entity`, as soon as a layer was opened."""

    policy: UnpackPolicy
    trusted: Sequence[x509.Certificate]
    scratch: NewScratch
    digest_names: frozenset[str]
    entity: Entity
    within: Source | None = None
    signature: Verified | None = None
    compressed: Compressed | None = None
    layers: int = 0
    made: dict[str, bytes] = field(default_factory=dict)
    """Digests of what was signed."""

    def outermost(self) -> tuple[Layer, Source]:
        """The first layer, if the policy lets it pass: for that, only the first bytes of a CMS are looked at.

        Raises: InsufficientSecurity, Malformed, UnsupportedFormat.
        """
        layer, content = self._layer()
        if self.policy.require_encrypted and layer not in ("enveloped", "auth-enveloped"):
            raise InsufficientSecurity(f"the message is {layer} and not encrypted, and has to be")
        return layer, content

    def enter(self, source: Source) -> None:
        """Go on with the part that a layer held. Raises: Malformed, OverLimit."""
        self.layers += 1
        self.within = source
        self.entity = read_entity(source, self.policy.limits)

    def open_layers(self, known: tuple[Layer, Source] | None = None) -> None:
        """Open signature and compression until the content is plain; `known` is the layer that was looked at already.

        Raises: any `As2Error` that says why not.
        """
        while True:
            layer, content = known or self._layer()
            known = None
            if layer == "plain":
                break
            if layer == "compressed":
                self._decompress(content)
            elif layer == "multipart-signed":
                self._verify_beside()
            elif layer == "signed":
                self._verify_around(content)
            else:
                raise UnsupportedFormat("encryption is not read here: a layer around it, or a receipt")
        if self.policy.require_signed and self.signature is None:
            raise InsufficientSecurity("the message is not signed, and has to be")

    def _layer(self) -> tuple[Layer, Source]:
        claimed = layer_claimed(self.entity)
        return cms_of(self.entity, self.scratch) if claimed == "cms" else (claimed, self.entity.body)

    def _decompress(self, content: Source) -> None:
        if self.compressed is not None:
            raise UnsupportedFormat("compressed twice")
        limits = self.policy.limits
        into = self.scratch()
        decompress(content, into, most_bytes=limits.decompressed, most_ratio=limits.ratio)
        self.compressed = "only" if self.signature is None else "before"
        self.enter(into)

    def _verify_beside(self) -> None:
        self._refuse_second_signature()
        limits = self.policy.limits
        content, signature = signed_parts(self.entity, limits)
        self.signature, self.made = verified(
            content, signature, self.trusted, self.policy.allowed, self.digest_names, limits
        )
        self._signed(content)

    def _verify_around(self, content: Source) -> None:
        self._refuse_second_signature()
        into = self.scratch()
        self.signature = open_opaque(content, into, self.trusted, self.policy.allowed)
        self.made = digests(chunks(into), self.digest_names | {self.signature.digest_name})
        self._signed(into)

    def _refuse_second_signature(self) -> None:
        if self.signature is not None:
            raise UnsupportedFormat("signed twice")

    def _signed(self, content: Source) -> None:
        if self.compressed is not None:
            self.compressed = "after"
        self.enter(content)
