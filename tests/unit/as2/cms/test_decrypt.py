"""Decrypting what is ours, and giving nothing away about what is not."""

from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.as2.algorithms import CIPHER_KINDS, CIPHERS, DEFAULT_CIPHERS, OAEP, P_SPECIFIED, RSA, TRANSPORTS
from gateway.as2.cms.content import DATA, OIDS, content_kind
from gateway.as2.cms.decrypt import decrypt
from gateway.as2.cms.der import NULL, SEQUENCE, SET, element, integer
from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.identity import KeyPair, identity, written
from gateway.as2.cms.transport import MOST_RECIPIENTS
from gateway.as2.errors import As2Error, DecryptionFailed, InsufficientSecurity, Malformed, OverLimit, UnsupportedFormat
from gateway.as2.source import Memory, whole
from tests.unit.as2.cms.people import certified
from tests.unit.as2.cms.samples import ALL_WAYS, ORDER, compressed, decrypted, encrypted, signed


@pytest.mark.parametrize("by", ["issuer-serial", "ski"])
def test_each_of_several_recipients_can_decrypt(by: str, birch: KeyPair, cedar: KeyPair) -> None:
    message = encrypted(ORDER, birch, cedar, by=by)

    for pair in (birch, cedar):
        assert decrypted(message, pair)[1] == ORDER


def test_old_and_new_key_of_ours_both_decrypt(birch: KeyPair, cedar: KeyPair, elm: KeyPair) -> None:
    for pair in (birch, cedar):
        how, plain = decrypted(encrypted(ORDER, pair), elm, birch, cedar)

        assert (how.recipient, plain) == (pair, ORDER)


def test_an_issuer_written_in_another_way_is_known_by_the_number(birch: KeyPair) -> None:
    message = encrypted(ORDER, birch)
    issuer = identity(birch.certificate).issuer
    changed = message.replace(issuer, issuer.replace(b"Invented Trees", b"INVENTED TREES"))

    assert changed != message
    assert decrypted(changed, birch)[1] == ORDER


def test_one_number_of_two_issuers_is_two_certificates(birch: KeyPair, cedar: KeyPair) -> None:
    pairs = [certified(name, pair.key, serial=7) for name, pair in (("birch", birch), ("cedar", cedar))]
    for pair in pairs:
        assert decrypted(encrypted(ORDER, pair), *pairs)[0].recipient == pair


def test_a_message_for_somebody_else_cannot_be_decrypted(birch: KeyPair, cedar: KeyPair, elm: KeyPair) -> None:
    for keys in ([cedar], [elm], []):
        with pytest.raises(DecryptionFailed):
            decrypted(encrypted(ORDER, birch), *keys)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_cipher_that_is_not_allowed_is_refused_before_a_key_is_touched(cipher: str, birch: KeyPair) -> None:
    message = encrypted(ORDER, birch, cipher=cipher)

    with pytest.raises(InsufficientSecurity, match=cipher):
        decrypted(message, birch, allowed=ALL_WAYS - {cipher})
    with pytest.raises(InsufficientSecurity):
        decrypted(message, allowed=frozenset())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_transport_that_is_not_allowed_is_refused(transport: str, birch: KeyPair) -> None:
    message = encrypted(ORDER, birch, transport=transport)

    with pytest.raises(InsufficientSecurity, match=transport):
        decrypted(message, birch, allowed=ALL_WAYS - {transport})


def test_triple_des_takes_permission(birch: KeyPair) -> None:
    with pytest.raises(InsufficientSecurity):
        decrypt(Memory(encrypted(ORDER, birch, cipher="3des-cbc")), Memory(), [birch])
    assert "3des-cbc" not in DEFAULT_CIPHERS


def test_what_depends_on_a_secret_fails_in_the_same_words_and_after_the_same_work(birch: KeyPair) -> None:
    """A wrong key, a key of another length, no padding around the key, a wrong padding of the content."""
    sizes, texts, answers = set(), set(), set()
    for message in _oracles(birch):
        sink = Memory()
        with pytest.raises(DecryptionFailed) as caught:
            decrypt(Memory(message), sink, [birch], ALL_WAYS, random=lambda size: b"\x07" * size)
        sizes.add(sink.size)
        texts.add(str(caught.value))
        answers.add((caught.value.disposition, caught.value.partner_sees))

    assert sizes == {176}  # all of the content with a block of padding, as if it had been good
    assert (len(texts), len(answers)) == (1, 1)


def test_a_wrong_key_goes_on_with_a_random_one(birch: KeyPair) -> None:
    """What was written is that of the stand-in; only the end tells that nothing was sound."""
    wrong = next(_oracles(birch))
    written = []
    for octet in (b"\x07", b"\x08"):
        sink = Memory()
        with pytest.raises(DecryptionFailed):
            decrypt(Memory(wrong), sink, [birch], ALL_WAYS, random=lambda size, octet=octet: octet * size)
        written.append(whole(sink))

    assert written[0] != written[1]
    assert len(written[0]) == len(written[1]) > 0


def _oracles(birch: KeyPair) -> Iterator[bytes]:
    """Messages of one size, each wrong in one place that only the holder of the key can see."""
    content = b"A" * 160
    message = encrypted(content, birch, random=lambda size: b"\x01" * size)
    place = _encrypted_key(message, birch)
    public = birch.certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    for key in (
        bytes(255) + b"\x02",
        b"\xff" * 256,
        bytes(256),
        public.encrypt(b"k" * 16, padding.PKCS1v15()),
        public.encrypt(b"k" * 32, padding.PKCS1v15()),
        public.encrypt(b"", padding.PKCS1v15()),
        public.encrypt(b"k" * 32, padding.OAEP(padding.MGF1(_SHA), _SHA, None)),
    ):
        yield message[:place] + key + message[place + 256 :]
    for back in (17, 18, 32):  # in the block before the last: its change goes into the padding
        yield message[:-back] + bytes([message[-back] ^ 0x55]) + message[len(message) - back + 1 :]


_SHA = hashes.SHA1()


def _encrypted_key(message: bytes, pair: KeyPair) -> int:
    """Where the key of 256 bytes begins."""
    return message.index(b"\x04\x82\x01\x00") + 4


@pytest.mark.parametrize("cipher", ["aes128-gcm", "aes192-gcm", "aes256-gcm"])
def test_no_octet_can_be_changed_under_gcm(cipher: str, birch: KeyPair) -> None:
    """Key, nonce, content and tag; what is around them is held by its shape."""
    content = ORDER[:100]
    message = encrypted(content, birch, cipher=cipher)
    first = _encrypted_key(message, birch)
    unread = 0
    for place in range(len(message)):
        changed = message[:place] + bytes([message[place] ^ 0x21]) + message[place + 1 :]
        try:
            plain = decrypted(changed, birch)[1]
        except As2Error:
            continue
        unread += 1
        assert plain == content
        assert place < first  # versions, and the name of the issuer when the number fits

    assert unread < 200


def test_changes_around_cbc_never_raise_anything_else(birch: KeyPair) -> None:
    """CBC does not notice changed content: that is what the signature inside is for."""
    message = encrypted(ORDER[:100], birch)
    for place in range(len(message)):
        for change in (0x01, 0x80, 0xFF):
            changed = message[:place] + bytes([message[place] ^ change]) + message[place + 1 :]
            try:
                decrypted(changed, birch)
            except As2Error:
                pass


@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes256-gcm"])
def test_a_message_that_ends_early_is_malformed_at_every_place(cipher: str, birch: KeyPair) -> None:
    message = encrypted(ORDER[:64], birch, cipher=cipher)
    for place in range(len(message)):
        with pytest.raises(Malformed):
            decrypted(message[:place], birch)


def test_a_gcm_cipher_in_the_structure_without_a_tag_is_refused(birch: KeyPair) -> None:
    """Else the tag could be taken off."""
    gcm = encrypted(ORDER, birch, cipher="aes256-gcm")
    authenticated, plain = bytes.fromhex("2a864886f70d0109100117"), bytes.fromhex("2a864886f70d010703")
    shorter = element(SEQUENCE, element(6, plain), gcm[gcm.index(authenticated) + len(authenticated) :])

    assert content_kind(Memory(shorter)) == "enveloped"
    with pytest.raises(Malformed, match="other kind"):
        decrypted(shorter, birch)


def test_a_short_tag_is_refused(birch: KeyPair) -> None:
    """Four octets are guessed in a day."""
    message = encrypted(b"", birch, cipher="aes256-gcm")
    size, tag = message.index(b"\x02\x01\x10"), message[-18:]
    body = message[:size] + b"\x02\x01\x04" + message[size + 3 : -18]
    for short in (element(4, tag[2:6]), tag):
        with pytest.raises(Malformed):
            decrypted(_resized(body + short), birch)


@pytest.mark.parametrize("size", [0, 8, 15, 17])
def test_an_initial_vector_of_another_size_is_malformed(size: int, birch: KeyPair) -> None:
    message = encrypted(ORDER, birch, random=lambda count: b"\x01" * count)
    vector = element(4, b"\x01" * 16)
    identifier = CIPHER_KINDS["aes256-cbc"].oid
    old = element(SEQUENCE, element(6, identifier), vector)
    new = element(SEQUENCE, element(6, identifier), element(4, b"\x01" * size))
    start, end = message.index(old), message.index(old) + len(old)
    body, data = message[end:], element(6, DATA)
    before = _resized(message[: start - len(data) - 4] + element(SEQUENCE, data + new + body))

    with pytest.raises(Malformed, match="initial vector"):
        decrypted(before, birch)


def test_attributes_beside_gcm_are_covered_by_its_tag(birch: KeyPair) -> None:
    """They stand behind the content, and count as a SET (RFC 5083, 2.2)."""
    attribute = element(SEQUENCE, element(6, DATA), element(SET, NULL))
    key, nonce = b"\x02" * 32, b"\x03" * 12
    for covered, good in ((element(SET, attribute), True), (element(0xA1, attribute), False), (b"", False)):
        sealed = AESGCM(key).encrypt(nonce, ORDER, covered)
        message = _authenticated(birch, key, nonce, sealed, element(0xA1, attribute))
        if good:
            assert decrypted(message, birch)[1] == ORDER
        else:
            with pytest.raises(DecryptionFailed):
                decrypted(message, birch)


@pytest.mark.parametrize(
    ("part", "good"),
    [
        (element(0xA2, element(SEQUENCE, element(6, P_SPECIFIED), element(4))), True),
        (element(0xA2, element(SEQUENCE, element(6, P_SPECIFIED), element(4, b"label"))), False),
        (element(0xA2, element(SEQUENCE, element(6, DATA), element(4))), False),
        (element(0xA3, element(SEQUENCE, element(6, P_SPECIFIED), element(4))), False),
        (element(0xA0, element(SEQUENCE, element(6, DATA))), False),
        (element(0xA1, element(SEQUENCE, element(6, RSA), element(SEQUENCE, element(6, DATA)))), False),
    ],
)
def test_oaep_with_something_else_in_it_is_refused(part: bytes, good: bool, birch: KeyPair) -> None:
    public = birch.certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    key, nonce = b"\x02" * 32, b"\x03" * 12
    transport = element(SEQUENCE, element(6, OAEP), element(SEQUENCE, part))
    encrypted_key = public.encrypt(key, padding.OAEP(padding.MGF1(_SHA), _SHA, None))
    sealed = AESGCM(key).encrypt(nonce, ORDER, b"")
    message = _authenticated(birch, key, nonce, sealed, b"", (transport, element(4, encrypted_key)))
    if good:
        assert decrypted(message, birch)[0].transport == "oaep-sha1"
    else:
        with pytest.raises(InsufficientSecurity):
            decrypted(message, birch)


def _authenticated(
    birch: KeyPair,
    key: bytes,
    nonce: bytes,
    sealed: bytes,
    attributes: bytes,
    travels: tuple[bytes, bytes] | None = None,
) -> bytes:
    """An AuthEnvelopedData in which everything was chosen; `travels` is the algorithm for its key, with the key."""
    public = birch.certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    if travels is None:
        encrypted_key = element(4, public.encrypt(key, padding.PKCS1v15()))
        travels = (element(SEQUENCE, element(6, RSA), NULL), encrypted_key)
    recipient = element(SEQUENCE, integer(0), written(birch.certificate, "issuer-serial"), *travels)
    parameters = element(SEQUENCE, element(4, nonce), integer(16))
    cipher = element(SEQUENCE, element(6, CIPHER_KINDS["aes256-gcm"].oid), parameters)
    content = element(SEQUENCE, element(6, DATA), cipher, element(0x80, sealed[:-16]))
    data = element(SEQUENCE, integer(0), element(SET, recipient), content, attributes, element(4, sealed[-16:]))
    return element(SEQUENCE, element(6, OIDS["auth-enveloped"]), element(0xA0, data))


def _resized(message: bytes) -> bytes:
    """With the lengths of the three outer elements made right again."""
    identifier = message.index(b"\x06")
    end = identifier + 2 + message[identifier + 1]
    inner = message[message.index(b"\x02\x01\x00", end) :]
    return element(SEQUENCE, message[identifier:end], element(0xA0, element(SEQUENCE, inner)))


def test_a_partner_with_a_curve_cannot_be_encrypted_for(elm: KeyPair) -> None:
    with pytest.raises(ValueError, match="not RSA"):
        encrypted(ORDER, elm)


@pytest.mark.parametrize(
    "how", [{"cipher": "rc2"}, {"transport": "oaep-md5"}, {"transport": "rsa-kem"}, {"cipher": "aes256"}]
)
def test_unknown_names_are_our_mistake(how: dict[str, str], birch: KeyPair) -> None:
    with pytest.raises(ValueError, match="cannot be done"):
        encrypted(ORDER, birch, **how)


def test_nobody_to_encrypt_for_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="0 recipients"):
        encrypted(ORDER)


def test_a_source_that_ends_early_is_not_sent(birch: KeyPair) -> None:
    class Short(Memory):
        def read(self, offset: int, size: int, /) -> bytes:
            return super().read(offset, size)[:-1]

    for cipher in ("aes256-cbc", "aes256-gcm"):
        with pytest.raises(ValueError, match="early"):
            encrypt(Short(ORDER), Memory(), [birch.certificate], cipher=cipher)


def test_too_many_recipients_are_refused(birch: KeyPair, cedar: KeyPair) -> None:
    crowd = [certified(f"leaf {number}", cedar.key) for number in range(3)]
    assert decrypted(encrypted(ORDER, *crowd, birch), birch)[1] == ORDER

    many: list[x509.Certificate] = [cedar.certificate] * (MOST_RECIPIENTS + 1)
    sink = Memory()
    encrypt(Memory(ORDER), sink, many)
    with pytest.raises(OverLimit):
        decrypted(whole(sink), cedar)


def test_other_kinds_of_cms_are_not_decrypted(alder: KeyPair, birch: KeyPair) -> None:
    for message in (signed(ORDER, alder), compressed(ORDER)):
        with pytest.raises(UnsupportedFormat):
            decrypted(message, birch)


def test_what_is_not_cms_is_malformed(birch: KeyPair) -> None:
    for message in (b"", b"ISA*00*", NULL, b"\x30\x00", b"\x30\x80", b"MIAGCSqGSIb3DQEHA6CAMIACAQAx"):
        with pytest.raises(Malformed):
            decrypted(message, birch)


def test_a_key_is_not_in_what_is_printed(birch: KeyPair) -> None:
    assert "key" not in repr(birch).replace("KeyPair", "")
