"""AS2 channels: what they may say, and what they have to have beside them."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.partners.book import load
from gateway.partners.channel import As2Channel
from tests.unit.partners.certified import ACME, AS2, CURVE_PEM, PEM, WEAK_PEM, as2_channel
from tests.unit.partners.folder import MAPPINGS, a_book, folder, problems

HERE = "channels/acme-as2.yaml"
SEND = "send:\n  url: https://as2.acme.example/as2\n"


def the_channel(text: str = AS2) -> As2Channel:
    found = a_book(as2_channel(text)).channel("acme-as2")
    assert isinstance(found, As2Channel)
    return found


def test_what_is_not_said_is_safe() -> None:
    channel = the_channel()

    assert channel.receive.signed and channel.receive.encrypted
    assert not channel.receive.allowed & {"md5", "sha1", "3des-cbc"}
    assert not any(one.endswith("-gcm") for one in channel.receive.allowed)
    assert channel.receive.mdn_hosts == channel.mdn_networks == ()
    assert not channel.pushes


def test_a_channel_with_an_address_is_pushed_through() -> None:
    assert the_channel(AS2 + SEND).pushes


def test_an_as2_name_may_have_spaces_and_keeps_its_case() -> None:
    assert (the_channel().our_id, the_channel().their_id) == ("PINE", "ACME AS2")


def test_the_certificates_of_a_channel_are_those_of_its_files() -> None:
    book = a_book(as2_channel())
    channel = the_channel()

    assert [one.certificate for one in book.their_certificates(channel)] == [ACME.certificate]
    assert book.our_keys == ("pine-2026",)


def test_our_passphrase_is_a_secret_only_where_a_key_of_ours_is_used() -> None:
    assert "file:secrets/keys.passphrase" in a_book(as2_channel()).secrets()
    assert "file:secrets/keys.passphrase" not in a_book().secrets()


WRONG = [
    ("receive:\n  ciphers: [aes128-gcm, aes128-cbc]\n", "ciphers with GCM stand alone"),
    ("receive:\n  digests: [md5, sha256]\n", "'md5' is not one of sha1, sha224"),
    ("receive:\n  mdn_hosts: [https://as2.acme.example/]\n", "is not a host in lower case"),
    ("receive:\n  mdn_hosts: ['as2.acme.example:99999']\n", "is not a host in lower case"),
    ("mdn_networks: [10.0.0.0/33]\n", "is not an address or network"),
    ("send:\n  url: ftp://acme.example/\n", "is not an address"),
    ("send:\n  url: https://user:word@acme.example/\n", "is not an address"),
    (SEND + "  mdn: async\n", "`mdn: async` needs `mdn_url`"),
    (SEND + "  mdn: later\n", "'later' is not one of none, sync, async"),
]


@pytest.mark.parametrize(("more", "said"), WRONG)
def test_what_cannot_be_is_told(more: str, said: str) -> None:
    (sentence,) = problems(as2_channel(AS2 + more))

    assert said in sentence and sentence.startswith(HERE)


def test_days_are_days_and_in_order() -> None:
    (sentence,) = problems(as2_channel(AS2.replace("2026.pem", "2026.pem\n    until: 31.12.2026")))
    assert "a day is written like 2027-03-31" in sentence

    window = "2026.pem\n    from: 2026-05-02\n    until: 2026-05-01"
    (sentence,) = problems(as2_channel(AS2.replace("2026.pem", window)))
    assert "`until` 2026-05-01 is before `from` 2026-05-02" in sentence


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("keys:\n  - name: pine-2026\n", "`keys`: one of ours to decrypt"),
        ("certificates:\n  - file: acme/2026.pem\n", "`certificates`: one of the partner to verify"),
    ],
)
def test_what_is_agreed_needs_a_certificate_or_key(without: str, said: str) -> None:
    (sentence,) = problems(as2_channel(AS2.replace(without, "")))

    assert said in sentence


def test_a_certificate_that_only_encrypts_verifies_nothing() -> None:
    (sentence,) = problems(as2_channel(AS2.replace("2026.pem", "2026.pem\n    purpose: encryption")))

    assert "one of the partner to verify" in sentence


def test_a_certificate_that_is_not_there_is_told_where_it_is_named() -> None:
    assert problems(as2_channel(certificate=None)) == [f"{HERE}:7:11: P035: there is no certificates/acme/2026.pem"]


def test_a_certificate_that_cannot_be_read_is_told_once() -> None:
    (sentence,) = problems(as2_channel(certificate=PEM.replace("MII", "MIJ")))

    assert sentence.startswith("certificates/acme/2026.pem:1:1: P035: the certificate cannot be read")


def test_two_certificates_in_one_file_are_one_too_many() -> None:
    (sentence,) = problems(as2_channel(certificate=PEM + PEM))

    assert "one certificate in PEM is expected, there are 2" in sentence


def test_a_private_key_among_partner_files_is_refused_and_not_repeated() -> None:
    secret = ACME.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    (sentence,) = problems(as2_channel(certificate=PEM + secret))

    assert "P013" in sentence and secret.splitlines()[1] not in sentence


def test_a_pem_that_stands_elsewhere_has_no_business_there() -> None:
    (sentence,) = problems({"channels/acme.pem": PEM})

    assert "P004: certificates stand in certificates/<partner>/" in sentence


def test_a_certificate_of_a_curve_cannot_be_encrypted_for() -> None:
    (sentence,) = problems(as2_channel(certificate=CURVE_PEM))
    assert "P035: its key is no RSA key" in sentence

    signs = AS2.replace("2026.pem", "2026.pem\n    purpose: signing")
    assert problems(as2_channel(signs, CURVE_PEM)) == []


def test_one_pair_of_names_is_one_channel() -> None:
    (sentence,) = problems({**as2_channel(), "channels/other.yaml": AS2})

    assert "P023: this pair of AS2 names already signs in" in sentence


def test_what_is_weak_is_warned_of() -> None:
    text = AS2 + "receive:\n  digests: [sha1, sha256]\n" + SEND + "  cipher: 3des-cbc\n"

    book = load(folder(as2_channel(text, WEAK_PEM)), mappings=MAPPINGS)

    assert [doubt.code for doubt in book.doubts] == ["P036"] * 3
