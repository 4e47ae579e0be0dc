"""Which algorithms the door agrees to, as three profiles: `compatible`, `strict`, and `legacy` until a date.

Without chacha20 and CBC there is no Terrapin question (CVE-2023-48795). Encrypt-then-MAC comes first; the plain
SHA-2 MACs of `compatible` stay because libssh2 up to 1.10 (curl on Debian 12) has no others. ssh-audit fails nothing
of `compatible` and `strict`; of `legacy` it fails what the name says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

import asyncssh

ProfileName = Literal["compatible", "strict", "legacy"]
COMPRESSION: Final = ("none",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Names as SSH writes them, the best first; `rsa_host_key` is what an RSA host key signs with.

    `signature` is what clients' keys may sign with. It does not take SHA-1 away from our own host key: that is what
    `rsa_host_key` is for.
    """

    name: ProfileName
    key_exchange: tuple[str, ...]
    encryption: tuple[str, ...]
    mac: tuple[str, ...]
    signature: tuple[str, ...]
    rsa_host_key: tuple[bytes, ...] = (b"rsa-sha2-512", b"rsa-sha2-256")


COMPATIBLE: Final = Profile(
    name="compatible",
    key_exchange=(
        "mlkem768x25519-sha256",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
    ),
    encryption=("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"),
    mac=("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"),
    signature=(
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ),
)
STRICT: Final = replace(COMPATIBLE, name="strict", mac=COMPATIBLE.mac[:2])
LEGACY: Final = replace(
    COMPATIBLE,
    name="legacy",
    key_exchange=(
        *COMPATIBLE.key_exchange,
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group14-sha1",
    ),
    encryption=(*COMPATIBLE.encryption, "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"),
    mac=(*COMPATIBLE.mac, "hmac-sha1"),
    signature=(*COMPATIBLE.signature, "ssh-rsa"),
    rsa_host_key=(*COMPATIBLE.rsa_host_key, b"ssh-rsa"),
)
PROFILES: Final[Mapping[ProfileName, Profile]] = MappingProxyType(
    {one.name: one for one in (COMPATIBLE, STRICT, LEGACY)}
)


def host_key_for(profile: Profile, key: asyncssh.SSHKey) -> asyncssh.SSHKeyPair:
    """The host key as the profile signs with it: an RSA one becomes an object of its own, so that no profile changes
    what another offers. Where no kind of signature was agreed on, as for a key that is only announced, it signs by the
    first of the profile: asyncssh itself would by SHA-1, which OpenSSH does not believe.
    """
    if key.algorithm != b"ssh-rsa":
        return asyncssh.load_keypairs([key])[0]
    own = asyncssh.import_private_key(key.export_private_key())
    own.sig_algorithms = profile.rsa_host_key
    pair = asyncssh.load_keypairs([own])[0]
    pair.set_sig_algorithm(profile.rsa_host_key[0])
    return pair


def only_weak(profile: Profile, agreed: Mapping[str, str]) -> list[str]:
    """Of what a connection agreed to (kind -> algorithm), what `compatible` would have refused."""
    good = {*COMPATIBLE.key_exchange, *COMPATIBLE.encryption, *COMPATIBLE.mac}
    return [name for name in agreed.values() if name and name not in good] if profile is LEGACY else []
