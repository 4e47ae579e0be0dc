"""What of an AS2 channel only shows beside other files: its certificates, and what is weaker than it should be."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.flaws import Place, did_you_mean
from gateway.partners.as2_terms import TheirCertificate
from gateway.partners.authored import Authored
from gateway.partners.certificates import is_weak
from gateway.partners.channel import As2Channel
from gateway.partners.problems import Problems

_WEAK = ("sha1", "3des-cbc")


def check_as2(authored: Authored, name: str, channel: As2Channel, problems: Problems) -> None:
    """Note certificates that are not there or cannot do what they are for; and warn of what is weak."""
    for position, written in enumerate(channel.certificates):
        place = authored.place("channel", name, "certificates", position, "file")
        _there(authored, written.file, place, problems)
        _fits(authored, written, place, problems)
    if channel.send is not None and channel.send.tls_authority is not None:
        _there(authored, channel.send.tls_authority, authored.place("channel", name, "send", "tls_authority"), problems)
    _weak(authored, name, channel, problems)


def _there(authored: Authored, file: str, place: Place, problems: Problems) -> None:
    if file not in authored.certificates and file not in authored.unreadable:
        hint = did_you_mean(file, authored.certificates)
        problems.add(place, "P035", f"there is no certificates/{file}{hint}")


def _fits(authored: Authored, written: TheirCertificate, place: Place, problems: Problems) -> None:
    certificate = authored.certificates.get(written.file)
    if certificate is None:
        return
    if written.purpose != "signing" and not isinstance(certificate.public_key(), RSAPublicKey):
        problems.add(place, "P035", "its key is no RSA key and cannot be encrypted for: say `purpose: signing`")
    if is_weak(certificate):
        problems.doubt(place, "P036", "its RSA key has less than 2048 bits: ask the partner for another certificate")


def _weak(authored: Authored, name: str, channel: As2Channel, problems: Problems) -> None:
    taken = [one for one in (*channel.receive.digests, *channel.receive.ciphers) if one in _WEAK]
    for one in taken:
        place = authored.place("channel", name, "receive", "digests" if one == "sha1" else "ciphers")
        problems.doubt(place, "P036", f"{one} is taken from this partner: agree on something of this century")
    if channel.send is None:
        return
    for key in ("digest", "cipher"):
        if getattr(channel.send, key) in _WEAK:
            place = authored.place("channel", name, "send", key)
            problems.doubt(place, "P036", f"{getattr(channel.send, key)} is weak: agree on something of this century")
