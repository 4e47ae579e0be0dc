"""What of an AS2 or mail channel only shows beside other files: certificates, and what is weaker than it should be."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.flaws import Place, did_you_mean
from gateway.partners.as2_terms import TheirCertificate
from gateway.partners.authored import Authored
from gateway.partners.certificates import is_weak
from gateway.partners.channel import As2Channel, MailChannel, SecuredChannel
from gateway.partners.problems import Problems

_WEAK = ("sha1", "3des-cbc")


def check_as2(authored: Authored, name: str, channel: As2Channel, problems: Problems) -> None:
    """Note certificates that are not there or cannot do what they are for; and warn of what is weak."""
    _pinned(authored, name, channel, problems)
    if channel.send is not None and channel.send.tls_authority is not None:
        _there(authored, channel.send.tls_authority, authored.place("channel", name, "send", "tls_authority"), problems)
    _weak(authored, name, channel, problems)


def check_mail(authored: Authored, name: str, channel: MailChannel, problems: Problems) -> None:
    """The same of a mail channel; and warn where whoever can write a mail can pretend to be the partner."""
    _pinned(authored, name, channel, problems)
    if channel.relay is not None and channel.relay.tls_authority is not None:
        place = authored.place("channel", name, "relay", "tls_authority")
        _there(authored, channel.relay.tls_authority, place, problems)
    if not channel.receive.signed and not channel.allow_from:
        sentence = "the sender of a mail is not proven by a signature: name its servers in `allow_from`"
        problems.doubt(authored.place("channel", name), "P036", sentence)
    if channel.send is not None and channel.send.mdn == "mail" and not channel.send.mdn_signed:
        place = authored.place("channel", name, "send", "mdn_signed")
        problems.doubt(place, "P036", "anybody can write a receipt that is not signed: agree on signed ones")
    _weak(authored, name, channel, problems)


def _pinned(authored: Authored, name: str, channel: SecuredChannel, problems: Problems) -> None:
    for position, written in enumerate(channel.certificates):
        place = authored.place("channel", name, "certificates", position, "file")
        _there(authored, written.file, place, problems)
        _fits(authored, written, place, problems)


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


def _weak(authored: Authored, name: str, channel: SecuredChannel, problems: Problems) -> None:
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
