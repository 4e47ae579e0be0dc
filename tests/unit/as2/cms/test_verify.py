"""Who is believed: a pinned certificate over exactly this content, and nobody else."""

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.as2.algorithms import DEFAULT_DIGESTS, DIGEST_OIDS, HASHES, MGF1, PSS, RSA
from gateway.as2.cms.attributes import CONTENT_TYPE, MESSAGE_DIGEST, MOST_ATTRIBUTES, SIGNING_TIME
from gateway.as2.cms.content import DATA, OIDS
from gateway.as2.cms.der import NULL, OCTETS, OID, SEQUENCE, SET, element, integer, set_of
from gateway.as2.cms.identity import KeyPair, identity, written
from gateway.as2.cms.sign import sign
from gateway.as2.cms.verify import MOST_SIGNATURE, MOST_SIGNERS, open_opaque, verify
from gateway.as2.errors import (
    As2Error,
    AuthenticationFailed,
    InsufficientSecurity,
    IntegrityFailed,
    Malformed,
    OverLimit,
    UnsupportedFormat,
)
from gateway.as2.source import Memory, whole
from tests.unit.as2.cms.people import certified
from tests.unit.as2.cms.samples import ALL_DIGESTS, ORDER, digests_of, enclosed, encrypted, signed, taken_out, verified

_NOON = datetime(2026, 3, 4, 12, 0, 5, tzinfo=UTC)


def test_a_signature_tells_who_when_and_over_what(alder: KeyPair) -> None:
    found = verified(signed(ORDER, alder, signing_time=_NOON), ORDER, [alder.certificate])

    assert found.certificate == alder.certificate
    assert found.signing_time == _NOON
    assert found.digest == hashlib.sha256(ORDER).digest()


def test_a_time_beyond_2049_is_written_and_read(alder: KeyPair) -> None:
    late = _NOON.replace(year=2055)

    assert verified(signed(ORDER, alder, signing_time=late), ORDER, [alder.certificate]).signing_time == late


@pytest.mark.parametrize("attributes", [True, False])
def test_changed_content_is_told_from_a_wrong_signer(attributes: bool, alder: KeyPair, cedar: KeyPair) -> None:
    signature = signed(ORDER, alder, attributes=attributes)

    with pytest.raises(IntegrityFailed):
        verified(signature, ORDER + b" ", [alder.certificate])
    with pytest.raises(AuthenticationFailed):
        verified(signature, ORDER, [cedar.certificate])


def test_a_certificate_in_the_message_is_not_trusted(alder: KeyPair, cedar: KeyPair) -> None:
    signature = signed(ORDER, cedar, chain=[alder.certificate])

    with pytest.raises(AuthenticationFailed):
        verified(signature, ORDER, [alder.certificate])
    with pytest.raises(AuthenticationFailed):
        verified(signature, ORDER, [])


def test_a_name_that_is_pinned_does_not_make_another_key_trusted(alder: KeyPair, cedar: KeyPair) -> None:
    """The signature names the pinned certificate, but was made with another key."""
    disguised = KeyPair(alder.certificate, cedar.key)

    with pytest.raises(AuthenticationFailed):
        verified(signed(ORDER, disguised), ORDER, [alder.certificate])


def test_old_and_new_certificate_are_both_believed_while_they_change(alder: KeyPair, cedar: KeyPair) -> None:
    for pair in (alder, cedar):
        assert verified(signed(ORDER, pair), ORDER, [alder.certificate, cedar.certificate]).certificate is not None


def test_a_certificate_renewed_over_the_same_key_is_believed(alder: KeyPair) -> None:
    renewed = certified("alder, renewed", alder.key)

    assert verified(signed(ORDER, renewed), ORDER, [alder.certificate]).certificate == alder.certificate


def test_a_certificate_without_key_identifier_can_be_named_by_one(alder: KeyPair) -> None:
    plain = certified("alder, plain", alder.key, identifier=False)

    assert verified(signed(ORDER, plain, by="ski"), ORDER, [plain.certificate]).certificate == plain.certificate


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
def test_a_weak_digest_is_believed_by_permission_only(digest: str, alder: KeyPair) -> None:
    signature = _signature(alder, ORDER, digest_name=digest)

    with pytest.raises(InsufficientSecurity):
        verified(signature, ORDER, [alder.certificate], DEFAULT_DIGESTS)
    assert verified(signature, ORDER, [alder.certificate], frozenset({digest})).digest_name == digest


def test_a_digest_that_is_not_allowed_is_not_even_made(alder: KeyPair) -> None:
    asked: list[str] = []

    with pytest.raises(InsufficientSecurity):
        verify(signed(ORDER, alder, digest_name="sha1"), lambda name: asked.append(name) or b"", [alder.certificate])
    assert asked == []


def test_a_weak_digest_within_the_signature_is_refused_too(alder: KeyPair) -> None:
    """The content by SHA-256, the attributes by SHA-1."""
    signature = _signature(alder, ORDER, algorithm=element(SEQUENCE, element(OID, _SHA1_WITH_RSA), NULL))

    with pytest.raises(InsufficientSecurity):
        verified(signature, ORDER, [alder.certificate], DEFAULT_DIGESTS)


def test_a_weak_digest_under_a_strong_signature_is_refused(alder: KeyPair) -> None:
    """The content by SHA-1, the attributes by SHA-256."""
    attributes = element(0xA0, *_parts(ORDER, digest_name="sha1"))
    signature = alder.key.sign(b"\x31" + attributes[1:], *_pkcs1())
    algorithm = element(SEQUENCE, element(OID, _SHA256_WITH_RSA), NULL)
    how = {"digest_name": "sha1", "sent": attributes, "signature": signature, "algorithm": algorithm}
    message = _signature(alder, ORDER, **how)

    with pytest.raises(InsufficientSecurity):
        verified(message, ORDER, [alder.certificate], DEFAULT_DIGESTS)
    assert verified(message, ORDER, [alder.certificate]).digest_name == "sha1"


def test_two_digests_make_no_sense_without_attributes(alder: KeyPair) -> None:
    signature = alder.key.sign(ORDER, *_pkcs1("sha512"))
    algorithm = element(SEQUENCE, element(OID, _SHA256_WITH_RSA), NULL)
    how = {"digest_name": "sha512", "sent": b"", "signature": signature}

    assert verified(_signature(alder, ORDER, **how), ORDER, [alder.certificate])
    with pytest.raises(InsufficientSecurity):
        verified(_signature(alder, ORDER, algorithm=algorithm, **how), ORDER, [alder.certificate])


def test_signing_with_a_weak_digest_takes_permission(alder: KeyPair) -> None:
    digest = hashlib.sha1(ORDER).digest()

    with pytest.raises(InsufficientSecurity):
        sign(digest, digest_name="sha1", signer=alder)
    assert sign(digest, digest_name="sha1", signer=alder, allowed=frozenset({"sha1"}))
    with pytest.raises(InsufficientSecurity):
        sign(hashlib.md5(ORDER).digest(), digest_name="md5", signer=alder, allowed=ALL_DIGESTS)


def test_a_digest_of_the_wrong_length_is_our_mistake(alder: KeyPair) -> None:
    with pytest.raises(ValueError, match="no sha256"):
        sign(b"short", digest_name="sha256", signer=alder)


def test_every_changed_octet_fails_or_changes_nothing(alder: KeyPair) -> None:
    """Certificates and version are passed over; whatever verifies is the same signer over the same content."""
    signature = signed(ORDER, alder)
    believed = 0
    for place in range(len(signature)):
        changed = signature[:place] + bytes([signature[place] ^ 0x41]) + signature[place + 1 :]
        try:
            found = verified(changed, ORDER, [alder.certificate])
        except As2Error:
            continue
        believed += 1
        assert (found.certificate, found.digest) == (alder.certificate, hashlib.sha256(ORDER).digest())
    assert 0 < believed < len(signature)


def test_a_signature_that_ends_early_is_malformed_at_every_place(alder: KeyPair) -> None:
    signature = signed(ORDER, alder)
    for place in range(len(signature)):
        with pytest.raises(Malformed):
            verified(signature[:place], ORDER, [alder.certificate])


def test_a_line_break_behind_the_signature_does_no_harm(alder: KeyPair) -> None:
    assert verified(signed(ORDER, alder) + b"\r\n", ORDER, [alder.certificate])


def test_attributes_out_of_order_are_believed_as_they_were_signed(alder: KeyPair) -> None:
    """Some sign the order that they send, some the order of DER whatever they send."""
    parts = _parts(ORDER)[::-1]
    assert parts != sorted(parts)
    for hashed in (element(SET, *parts), set_of(*parts)):
        signature = _signature(alder, ORDER, sent=element(0xA0, *parts), hashed=hashed)

        assert verified(signature, ORDER, [alder.certificate]).certificate == alder.certificate


def test_attributes_of_indefinite_length_are_hashed_in_der(alder: KeyPair) -> None:
    parts = _parts(ORDER)
    loose = b"".join(b"\x30\x80" + part[2:] + b"\0\0" for part in parts)
    signature = _signature(alder, ORDER, sent=b"\xa0\x80" + loose + b"\0\0", hashed=set_of(*parts))

    assert verified(signature, ORDER, [alder.certificate]).certificate == alder.certificate


def test_two_digests_among_the_attributes_are_refused(alder: KeyPair) -> None:
    """Whoever reads only one of them could be shown another content."""
    other = _parts(ORDER + b" ")
    for parts in ([*_parts(ORDER), *other[1:]], _parts(ORDER)[:1], _parts(ORDER)[1:]):
        with pytest.raises(Malformed):
            verified(_signature(alder, ORDER, sent=element(0xA0, *parts)), ORDER, [alder.certificate])


def test_one_attribute_with_two_digests_or_with_something_else_is_refused(alder: KeyPair) -> None:
    kind, digest = _parts(ORDER)
    octets = element(OCTETS, hashlib.sha256(ORDER).digest())
    for values in (element(SET, octets, octets), element(SET), element(SET, element(OID, DATA))):
        parts = (kind, element(SEQUENCE, element(OID, MESSAGE_DIGEST), values))
        with pytest.raises(Malformed):
            verified(_signature(alder, ORDER, sent=element(0xA0, *parts)), ORDER, [alder.certificate])
    assert verified(_signature(alder, ORDER, sent=element(0xA0, kind, digest)), ORDER, [alder.certificate])


def test_attributes_nobody_knows_are_passed_over_up_to_a_number(alder: KeyPair) -> None:
    unknown = [
        element(SEQUENCE, element(OID, bytes([0x2A, 3, number])), element(SET, integer(number)))
        for number in range(MOST_ATTRIBUTES)
    ]
    enough = element(0xA0, *_parts(ORDER), *unknown[2:])

    assert verified(_signature(alder, ORDER, sent=enough), ORDER, [alder.certificate])
    with pytest.raises(OverLimit):
        verified(_signature(alder, ORDER, sent=element(0xA0, *_parts(ORDER), *unknown[1:])), ORDER, [alder.certificate])


def test_a_time_that_is_none_is_not_told(alder: KeyPair) -> None:
    for value in (element(0x17, b"260304120005+0100"), element(0x18, b"x"), element(OCTETS, b"260304120005Z"), b""):
        told = element(SEQUENCE, element(OID, SIGNING_TIME), element(SET, value))
        message = _signature(alder, ORDER, sent=element(0xA0, *_parts(ORDER), told))

        assert verified(message, ORDER, [alder.certificate]).signing_time is None


def test_a_chain_is_in_the_message(alder: KeyPair, cedar: KeyPair) -> None:
    message = signed(ORDER, alder, chain=[cedar.certificate, alder.certificate])
    carried = [message.count(identity(pair.certificate).der) for pair in (alder, cedar)]

    assert carried == [1, 1]


def test_attributes_that_name_another_type_of_content_are_refused(alder: KeyPair) -> None:
    parts = _parts(ORDER, kind=OIDS["enveloped"])

    with pytest.raises(IntegrityFailed):
        verified(_signature(alder, ORDER, sent=element(0xA0, *parts)), ORDER, [alder.certificate])


def test_signed_attributes_are_not_taken_for_content(alder: KeyPair) -> None:
    """The signature over the attributes of one message would fit a message that consists of them."""
    attributes = set_of(*_parts(ORDER))
    signature = alder.key.sign(attributes, *_pkcs1())
    forged = _signature(alder, attributes, sent=b"", signature=signature, inside=attributes)

    with pytest.raises(AuthenticationFailed):
        open_opaque(Memory(forged), Memory(), [alder.certificate])


@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("content", [b"", b"1", ORDER, ORDER * 300], ids=["none", "one", "order", "blocks"])
def test_what_is_inside_comes_out(content: bytes, attributes: bool, alder: KeyPair) -> None:
    found, inside = taken_out(enclosed(content, alder, attributes=attributes), [alder.certificate])

    assert inside == content
    assert (found.certificate, found.digest) == (alder.certificate, hashlib.sha256(content).digest())


def test_content_in_pieces_comes_out_as_attributes_only_if_it_is_no_set(alder: KeyPair) -> None:
    """Cut where a first look sees nothing of its end."""
    attributes = set_of(*_parts(ORDER))
    for content, forged in ((attributes, True), (attributes + b"x", False), (b"x" + attributes, False)):
        signature = alder.key.sign(content, *_pkcs1())
        pieces = b"".join(element(OCTETS, content[at : at + 30]) for at in range(0, len(content), 30))
        message = _signed_data(_signer(alder, content, sent=b"", signature=signature), raw=element(0x24, pieces))
        sink = Memory()
        if forged:
            with pytest.raises(AuthenticationFailed):
                open_opaque(Memory(message), sink, [alder.certificate])
        else:
            open_opaque(Memory(message), sink, [alder.certificate])
            assert whole(sink) == content


def test_certificates_and_revocation_lists_are_passed_over(alder: KeyPair) -> None:
    """Whatever is in them."""
    for extra in (element(0xA0, b"\xff" * 9), element(0xA1, b"\x30\x00"), element(0xA0) + element(0xA1, b"no list")):
        message = _signed_data(_signer(alder, ORDER), extra=extra)

        assert verified(message, ORDER, [alder.certificate]).certificate == alder.certificate


def test_nobody_and_too_many_are_refused(alder: KeyPair) -> None:
    one = _signer(alder, ORDER)

    with pytest.raises(AuthenticationFailed):
        verified(_signed_data(), ORDER, [alder.certificate])
    assert MOST_SIGNERS == 16
    assert verified(_signed_data(*[one] * MOST_SIGNERS), ORDER, [alder.certificate])
    with pytest.raises(OverLimit):
        verified(_signed_data(*[one] * (MOST_SIGNERS + 1)), ORDER, [alder.certificate])
    with pytest.raises(OverLimit):
        verified(signed(ORDER, alder) + bytes(MOST_SIGNATURE), ORDER, [alder.certificate])


def test_a_good_signer_among_bad_ones_is_found(alder: KeyPair, cedar: KeyPair) -> None:
    wrong = _signer(cedar, ORDER)
    other = _signer(alder, ORDER + b" ")

    assert verified(_signed_data(wrong, other, _signer(alder, ORDER)), ORDER, [alder.certificate])
    with pytest.raises(IntegrityFailed):
        verified(_signed_data(wrong, other), ORDER, [alder.certificate])


def _digest(name: str) -> bytes:
    return element(SEQUENCE, element(OID, DIGEST_OIDS[name]), NULL)


def _mask(name: str, function: bytes = MGF1) -> bytes:
    return element(SEQUENCE, element(OID, function), _digest(name))


_HASH, _MASK, _SALT = element(0xA0, _digest("sha256")), element(0xA1, _mask("sha256")), element(0xA2, integer(32))


@pytest.mark.parametrize(
    "parameters",
    [
        (element(0xA0, _digest("sha512")), _MASK, _SALT),
        (_HASH, _MASK, element(0xA2, integer(100_000))),
        (_HASH, _MASK, element(0xA2, element(2, b"\xff"))),
        (_HASH, _MASK, _SALT, element(0xA3, integer(2))),
        (_HASH, _MASK, _SALT, element(0xA4, integer(1))),
        (_HASH, element(0xA1, _mask("sha256", RSA)), _SALT),
        (_HASH, element(0xA1, _mask("md5")), _SALT),
        (_MASK, _SALT),
        (),
    ],
)
def test_pss_with_other_parameters_is_refused(parameters: tuple[bytes, ...], alder: KeyPair) -> None:
    with pytest.raises(InsufficientSecurity):
        verified(_pss(alder, parameters), ORDER, [alder.certificate], DEFAULT_DIGESTS)


def test_pss_with_usual_parameters_is_believed(alder: KeyPair) -> None:
    for parameters in ((_HASH, _MASK, _SALT), (_HASH, _MASK, _SALT, element(0xA3, integer(1)))):
        assert verified(_pss(alder, parameters), ORDER, [alder.certificate], DEFAULT_DIGESTS).scheme == "pss"
    with pytest.raises(AuthenticationFailed):
        verified(_pss(alder, (_HASH, _MASK, element(0xA2, integer(20)))), ORDER, [alder.certificate])


def _pss(pair: KeyPair, parameters: tuple[bytes, ...]) -> bytes:
    """Signed with SHA-256 for both uses and a salt of 32, whatever the parameters say."""
    covered = element(SET, *_parts(ORDER))
    salted = padding.PSS(padding.MGF1(HASHES["sha256"]), 32)
    algorithm = element(SEQUENCE, element(OID, PSS), element(SEQUENCE, *parameters))
    return _signature(pair, ORDER, algorithm=algorithm, signature=pair.key.sign(covered, salted, HASHES["sha256"]))


def test_a_curve_does_not_verify_for_rsa(alder: KeyPair, elm: KeyPair) -> None:
    with pytest.raises(AuthenticationFailed):
        verified(signed(ORDER, elm), ORDER, [alder.certificate])
    with pytest.raises(AuthenticationFailed):
        verified(signed(ORDER, alder), ORDER, [elm.certificate])


def test_other_kinds_of_cms_are_not_signatures(alder: KeyPair, birch: KeyPair) -> None:
    with pytest.raises(UnsupportedFormat):
        verified(encrypted(ORDER, birch), ORDER, [alder.certificate])
    with pytest.raises(Malformed):
        open_opaque(Memory(signed(ORDER, alder)), Memory(), [alder.certificate])


def test_changed_content_inside_is_not_what_was_signed(alder: KeyPair) -> None:
    message = enclosed(ORDER, alder)
    place = message.index(b"PO1*1") + 4

    with pytest.raises(IntegrityFailed):
        taken_out(message[:place] + b"9" + message[place + 1 :], [alder.certificate])


_SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")
_SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")


def _pkcs1(digest_name: str = "sha256") -> tuple[object, object]:
    return padding.PKCS1v15(), HASHES[digest_name]


def _parts(content: bytes, kind: bytes = DATA, digest_name: str = "sha256") -> list[bytes]:
    """Content type and digest, as attributes."""
    values = ((CONTENT_TYPE, element(OID, kind)), (MESSAGE_DIGEST, element(OCTETS, digests_of(content)(digest_name))))
    return [element(SEQUENCE, element(OID, name), element(SET, value)) for name, value in values]


def _signer(
    pair: KeyPair,
    content: bytes,
    *,
    digest_name: str = "sha256",
    sent: bytes | None = None,
    hashed: bytes | None = None,
    algorithm: bytes = element(SEQUENCE, element(OID, RSA), NULL),
    signature: bytes | None = None,
) -> bytes:
    """A SignerInfo in which anything can be otherwise."""
    attributes = element(0xA0, *_parts(content, digest_name=digest_name)) if sent is None else sent
    covered = b"\x31" + attributes[1:] if hashed is None else hashed
    return element(
        SEQUENCE,
        integer(1),
        written(pair.certificate, "issuer-serial"),
        element(SEQUENCE, element(OID, DIGEST_OIDS[digest_name])),
        attributes,
        algorithm,
        element(OCTETS, signature or pair.key.sign(covered, *_pkcs1(digest_name))),
    )


def _signed_data(*signers: bytes, inside: bytes | None = None, raw: bytes = b"", extra: bytes = b"") -> bytes:
    octets = raw if inside is None else element(OCTETS, inside)
    content = element(SEQUENCE, element(OID, DATA), element(0xA0, octets) if octets else b"")
    data = element(SEQUENCE, integer(1), element(SET), content, extra, element(SET, *signers))
    return element(SEQUENCE, element(OID, OIDS["signed"]), element(0xA0, data))


def _signature(pair: KeyPair, content: bytes, *, inside: bytes | None = None, **how: object) -> bytes:
    return _signed_data(_signer(pair, content, **how), inside=inside)  # type: ignore[arg-type]  # passed on
