"""Which certificates and keys are in force at a time, and which will be over soon."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.partners.as2_terms import OurKey, TheirCertificate
from gateway.partners.certificates import (
    Dated,
    decrypting,
    endings,
    fingerprint,
    is_weak,
    ours,
    read_certificate,
    recipient,
    signer,
    theirs,
    trusted,
    warning,
)
from tests.unit.as2.cms.people import with_curve, with_rsa
from tests.unit.partners.certified import ACME, PEM, WEAK_PEM

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OTHER = with_rsa("acme again").certificate


def a(
    name: str, begins: int, ends: int | None, certificate: x509.Certificate = ACME.certificate, **about: object
) -> Dated:
    """In force from so many days before or after NOW to so many after."""
    return Dated(
        name=name,
        certificate=certificate,
        begins=NOW + timedelta(days=begins),
        ends=None if ends is None else NOW + timedelta(days=ends),
        **about,  # type: ignore[arg-type]
    )


def test_a_certificate_is_in_force_from_its_first_moment_until_before_its_last() -> None:
    one = a("one", 0, 1)

    assert one.in_force(NOW) and one.in_force(NOW + timedelta(days=1, microseconds=-1))
    assert not one.in_force(NOW - timedelta(microseconds=1)) and not one.in_force(NOW + timedelta(days=1))


def test_days_in_a_file_are_whole_days_in_utc() -> None:
    written = TheirCertificate.model_validate({"file": "acme/a.pem", "from": "2026-05-01", "until": "2026-05-31"})

    found = theirs(written, ACME.certificate)

    assert found.begins == datetime(2026, 5, 1, tzinfo=UTC)
    assert found.ends == datetime(2026, 6, 1, tzinfo=UTC)
    assert found.extended


def test_without_days_the_certificates_own_time_counts() -> None:
    found = theirs(TheirCertificate(file="acme/a.pem"), ACME.certificate)

    assert (found.begins, found.ends) == (ACME.certificate.not_valid_before_utc, ACME.certificate.not_valid_after_utc)
    assert not found.extended


def test_old_and_new_are_both_trusted_while_they_overlap() -> None:
    old, new = a("old", -300, 10), a("new", -5, 300, OTHER)

    assert trusted([old, new], NOW) == (ACME.certificate, OTHER)
    assert trusted([old, new], NOW + timedelta(days=11)) == (OTHER,)
    assert trusted([old, new], NOW - timedelta(days=6)) == (ACME.certificate,)


def test_what_only_encrypts_is_not_trusted_and_what_only_signs_is_not_encrypted_for() -> None:
    signs, encrypts = a("s", -9, 9, purpose="signing"), a("e", -5, 9, OTHER, purpose="encryption")

    assert trusted([signs, encrypts], NOW) == (ACME.certificate,)
    assert recipient([signs, encrypts], NOW) is encrypts


def test_the_certificate_that_came_into_force_last_is_encrypted_for() -> None:
    old, new, next_one = a("old", -300, 10), a("new", -5, 300, OTHER), a("next", 5, 300)

    assert recipient([new, old, next_one], NOW) is new
    assert recipient([a("over", -9, -1)], NOW) is None


def test_a_curve_is_never_encrypted_for() -> None:
    assert recipient([a("curve", -9, 9, with_curve("acme").certificate)], NOW) is None


def test_we_sign_with_the_key_that_came_into_force_last() -> None:
    old, new, next_one = a("old", -300, 10), a("new", -5, 300, OTHER), a("next", 5, 300)

    assert signer([new, old, next_one], NOW) is new
    assert signer([next_one], NOW) is None


def test_a_key_whose_certificate_is_over_signs_on_while_there_is_no_other() -> None:
    over, still = a("over", -300, -1), a("still", -400, 9)

    assert signer([over], NOW) is over
    assert signer([over, still], NOW) is still
    assert signer([a("ended", -300, -1, extended=True)], NOW) is None


def test_what_is_encrypted_for_a_key_of_ours_is_read_before_it_signs_and_after_its_certificate_is_over() -> None:
    early, over, ended = a("early", 5, 300), a("over", -300, -1), a("ended", -300, -1, extended=True)

    assert decrypting([early, over, ended, a("signs", -9, 9, purpose="signing")], NOW) == (early, over)


def test_a_key_of_ours_has_days_too() -> None:
    written = OurKey.model_validate({"name": "pine-2026", "until": "2026-06-15"})
    key = ours(written, ACME.certificate)

    assert key.ends == datetime(2026, 6, 16, tzinfo=UTC)
    assert decrypting([key], NOW) == (key,) and decrypting([key], key.ends) == ()


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (timedelta(days=31), None),
        (timedelta(days=30), 30),
        (timedelta(days=8), 30),
        (timedelta(days=7), 7),
        (timedelta(days=2), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-9), 0),
    ],
)
def test_people_are_warned_thirty_seven_and_one_days_before_and_at_the_end(left: timedelta, due: int | None) -> None:
    assert warning(NOW + left, NOW) == due


def test_what_is_over_soon_says_whether_another_takes_its_place() -> None:
    old, new = a("old.pem", -300, 6), a("new.pem", 6, 300, OTHER)

    (alone,) = endings("acme-as2", "theirs", [old], NOW)
    (followed,) = endings("acme-as2", "theirs", [old, new], NOW)

    assert (alone.name, alone.days, alone.followed) == ("old.pem", 7, False)
    assert followed.followed
    assert alone.sentence == (
        "channel acme-as2: certificate old.pem of the partner will be over on 2026-06-21; "
        "nothing is there to take its place"
    )


def test_another_takes_its_place_only_without_a_gap_and_for_the_same_purposes() -> None:
    old = a("old", -300, 6)
    signs, encrypts = a("s", 0, 99, purpose="signing"), a("e", 0, 99, purpose="encryption")

    assert not endings("c", "ours", [old, a("late", 7, 300)], NOW)[0].followed
    assert not endings("c", "ours", [old, signs], NOW)[0].followed
    assert endings("c", "ours", [old, signs, encrypts], NOW)[0].followed


def test_what_is_over_is_told_first_and_what_lasts_not_at_all() -> None:
    found = endings("c", "ours", [a("lasts", 0, 31), a("soon", -9, 3), a("over", -9, -3), a("for ever", 0, None)], NOW)

    assert [(one.name, one.days) for one in found] == [("over", 0), ("soon", 7)]
    assert "our key over is over since" in found[0].sentence


def test_a_key_nobody_can_use_for_as2_is_no_certificate() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, None)
    )

    with pytest.raises(ValueError, match="neither RSA nor of an elliptic curve"):
        read_certificate(made.public_bytes(Encoding.PEM).decode())


def test_a_file_without_a_certificate_is_none() -> None:
    with pytest.raises(ValueError, match="there are 0"):
        read_certificate("hello")


def test_short_keys_are_weak_and_read() -> None:
    assert is_weak(read_certificate(WEAK_PEM)) and not is_weak(read_certificate(PEM))


def test_a_fingerprint_is_what_people_compare() -> None:
    assert len(fingerprint(ACME.certificate)) == 64 == len(fingerprint(OTHER))
    assert fingerprint(ACME.certificate) != fingerprint(OTHER)
