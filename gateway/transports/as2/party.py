"""Who may send at the AS2 door, and on what terms: one pair of AS2 names is one channel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography import x509

from gateway.as2.cms.identity import KeyPair
from gateway.as2.limits import DEFAULT
from gateway.as2.opening import UnpackPolicy
from gateway.partners.certificates import decrypting, signer, trusted
from gateway.partners.channel import As2Channel, SecuredChannel
from gateway.transports.as2.sender import Identity

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True)
class Secured:
    """One channel with certificates and keys, at this door or at that of mail."""

    channel: str
    terms: SecuredChannel
    identity: Identity

    def policy(self) -> UnpackPolicy:
        """What a message has to be."""
        receive = self.terms.receive
        return UnpackPolicy(
            require_signed=receive.signed,
            require_encrypted=receive.encrypted,
            allowed=receive.allowed,
            limits=replace(DEFAULT, decompressed=self.terms.max_file_bytes),
        )

    def trusted(self, now: datetime) -> tuple[x509.Certificate, ...]:
        """The partner's certificates in force that verify."""
        return trusted(self.identity.theirs, now)

    def keys(self, now: datetime) -> tuple[KeyPair, ...]:
        """Ours that decrypt."""
        return tuple(self.identity.pairs[one.name] for one in decrypting(self.identity.keys, now))

    def signer(self, now: datetime) -> KeyPair | None:
        """Ours that signs, None where there is none."""
        found = signer(self.identity.keys, now)
        return self.identity.pairs[found.name] if found else None

    def reaches(self, remote: str) -> bool:
        """Whether the channel may be used from this address."""
        if not self.terms.allow_from:
            return True
        try:
            one = ip_address(remote)
        except ValueError:
            return False
        mapped = getattr(one, "ipv4_mapped", None)  # a dual-stack socket shows 192.0.2.1 as ::ffff:192.0.2.1
        return any((mapped or one) in network for network in self.terms.allow_from)


@dataclass(frozen=True, kw_only=True)
class Party(Secured):
    """One channel of the door. `authority` is PEM that the partner's https has to lead to, "" for the system's."""

    terms: As2Channel
    authority: str = ""

    def admits(self, remote: str) -> bool:
        """Whether the channel may be used from this address."""
        return self.reaches(remote)

    def answers_to(self, url: str) -> bool:
        """Whether a receipt may be sent there: host and port are among those the channel names, to the letter."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or "@" in parts.netloc or parts.hostname is None:
            return False
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = parts.port or _PORTS[parts.scheme]
        names = {f"{host}:{port}"} | ({host} if port == _PORTS[parts.scheme] else set())
        return not names.isdisjoint(self.terms.receive.mdn_hosts)


Parties = Callable[[str, str], Party | None]
"""The party by AS2-From and AS2-To. Asked for every request, so it must not block."""
