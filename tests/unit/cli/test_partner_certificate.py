"""Certificates and keys from the command line: what may be pinned, what ends when, and keys that stay private."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from gateway.app.keys import KeyStore
from gateway.cli.partner_certificate import app as certificate_app
from gateway.errors import ConfigurationError, NotInOrder, UsageError
from tests.unit.cli.test_partner import run, written

NOW = datetime.now(UTC)
NEXT_YEAR = (NOW + timedelta(days=200)).date()
CHANNEL = """\
door: as2
owner: onboarding
carries: [acme]   # nobody else
our_id: HARBORPINE
their_id: ACME
certificates:
  - file: acme/old.pem   # from Jane
keys: [{name: ours-1}]
send: {url: "https://as2.acme.example/as2"}
"""
SECRET = "this passphrase is in no log"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    name: str = "acme",
    days: int = 365,
    usage: dict[str, bool] | None = None,
    authority: bool = False,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if usage is not None:
        names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
        names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
        builder = builder.add_extension(x509.KeyUsage(**{one: usage.get(one, False) for one in names}), critical=True)
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256())


def pem(one: x509.Certificate) -> str:
    return one.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def options(tmp_path: Path, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A folder with one AS2 channel, a home with its key, and the folder that commands are called in."""
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True)
    (home / "secrets" / "keys.passphrase").write_text(SECRET + "\n")
    KeyStore(home, lambda: SECRET).make("ours-1", owner="Harbor & Pine", now=NOW)
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    files = {"channels/acme-as2.yaml": CHANNEL, "certificates/acme/old.pem": pem(certificate(key, days=100))}
    return written(tmp_path, files)


def channel(tmp_path: Path) -> str:
    return (tmp_path / "partners" / "channels" / "acme-as2.yaml").read_text()


def add(tmp_path: Path, options: tuple[str, ...], data: bytes | str, *more: str) -> tuple[int, str]:
    (tmp_path / "sent.cer").write_bytes(data.encode() if isinstance(data, str) else data)
    return run("certificate", "add", "acme", str(tmp_path / "sent.cer"), *more, *options)


@pytest.mark.parametrize("form", ["pem", "der", "p7b", "p7c", "with its authority"])
def test_what_a_partner_sends_is_pinned_whatever_form_it_has(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey, form: str
) -> None:
    new = certificate(key)
    data = {
        "pem": pem(new).encode(),
        "der": new.public_bytes(Encoding.DER),
        "p7b": pkcs7.serialize_certificates([new], Encoding.DER),
        "p7c": pkcs7.serialize_certificates([new], Encoding.PEM),
        "with its authority": pem(certificate(key, name="root", authority=True)).encode() + pem(new).encode(),
    }[form]

    code, shown = add(tmp_path, options, data, "--name", "new", "--from", "2026-01-01")

    assert code == 0
    assert f"SHA-256 {new.fingerprint(hashes.SHA256()).hex()}" in shown
    assert (tmp_path / "partners" / "certificates" / "acme" / "new.pem").read_text() == pem(new)
    assert "  - {file: acme/new.pem, from: 2026-01-01}\n" in channel(tmp_path)
    assert "# nobody else" in channel(tmp_path)
    assert run("check", *options)[0] == 0


def test_a_private_key_is_refused_in_every_form_and_nothing_of_it_is_kept(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    cipher = BestAvailableEncryption(b"secret")
    forms = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher),
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, cipher),
        pem(certificate(key)).encode() + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        pkcs12.serialize_key_and_certificates(b"acme", key, certificate(key), None, cipher),
    ]
    before = sorted(str(path) for path in (tmp_path / "partners").rglob("*"))
    for data in forms:
        with pytest.raises(NotInOrder, match="holds a private key: delete it"):
            add(tmp_path, options, data)

    assert sorted(str(path) for path in (tmp_path / "partners").rglob("*")) == before
    assert channel(tmp_path) == CHANNEL


def test_what_is_weak_over_or_for_something_else_is_refused_with_the_reason(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    refusals = {
        "1024 bits: at least 2048": certificate(weak),
        "it is over since": certificate(key, days=-1),
        "an authority's": certificate(key, usage={"key_cert_sign": True}),
        "leaves signing out": certificate(key, usage={"key_encipherment": True}),
        "leaves encryption out": certificate(key, usage={"digital_signature": True}),
        "of an elliptic curve": certificate(curve),
    }
    for reason, one in refusals.items():
        with pytest.raises(NotInOrder, match=reason):
            add(tmp_path, options, pem(one))
    for nothing in (b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(70_000)):
        with pytest.raises(NotInOrder):
            add(tmp_path, options, nothing)

    assert channel(tmp_path) == CHANNEL


def test_a_certificate_for_one_purpose_is_taken_for_that(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    add(tmp_path, options, pem(certificate(key, usage={"digital_signature": True})), "--purpose", "signing")
    add(tmp_path, options, pem(certificate(ec.generate_private_key(ec.SECP256R1()))), "--purpose", "signing")
    add(tmp_path, options, pem(certificate(key, usage={"key_encipherment": True})), "--purpose", "encryption")

    assert channel(tmp_path).count("purpose: signing") == 2
    assert channel(tmp_path).count("purpose: encryption") == 1


def test_the_same_certificate_is_not_pinned_twice_and_another_of_its_day_gets_a_name_of_its_own(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    one, other = certificate(key), certificate(key)
    add(tmp_path, options, pem(one))

    with pytest.raises(NotInOrder, match="already"):
        add(tmp_path, options, pem(one))
    add(tmp_path, options, pem(other))

    assert len(list((tmp_path / "partners" / "certificates" / "acme").iterdir())) == 3


def test_the_first_certificate_of_a_partner_is_laid_down_for_its_channel_file_to_name(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    """A channel file without a certificate is not in order, so that the certificate has to be there before it."""
    channel_file = tmp_path / "partners" / "channels" / "acme-as2.yaml"
    channel_file.unlink()

    code, shown = add(tmp_path, options, pem(certificate(key)), "--name", "new", "--from", "2026-01-01", "--json")

    assert code == 0
    assert "put `{file: acme/new.pem, from: 2026-01-01}` under `certificates` of a channel" in shown
    assert (tmp_path / "partners" / "certificates" / "acme" / "new.pem").exists()
    channel_file.write_text(CHANNEL.replace("acme/old.pem", "acme/new.pem"))
    assert run("check", *options)[0] == 0


def test_a_partner_or_channel_that_is_not_there_is_told(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    (tmp_path / "sent.cer").write_text(pem(certificate(key)))
    with pytest.raises(UsageError, match="no partner 'acne'"):
        run("certificate", "add", "acne", str(tmp_path / "sent.cer"), *options)
    with pytest.raises(UsageError, match="'acme-as' is no AS2 or mail channel of acme"):
        run("certificate", "add", "acme", str(tmp_path / "sent.cer"), "--channel", "acme-as", *options)


def test_the_list_says_what_each_is_used_for_and_how_many_days_it_has(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    add(
        tmp_path,
        options,
        pem(certificate(key)),
        "--name",
        "new",
        "--from",
        (NOW - timedelta(days=9)).date().isoformat(),
    )

    code, shown = run("certificate", "list", "--json", *options)

    rows = {row["name"]: row for row in map(json.loads, shown.splitlines())}
    assert code == 0
    assert {name: row["use"] for name, row in rows.items()} == {
        "acme/old.pem": "verifies",
        "acme/new.pem": "encrypted for, verifies",
        "ours-1": "signs, decrypts",
    }
    assert (rows["acme/old.pem"]["days"], rows["acme/old.pem"]["key"]) == (99, "RSA 2048")
    assert rows["ours-1"]["days"] == 365 * 3 - 1
    assert "acme/old.pem" in run("certificate", "list", *options)[1]


def test_a_certificate_ends_with_its_day_when_another_takes_its_place(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey
) -> None:
    day = (NOW + timedelta(days=30)).date().isoformat()
    with pytest.raises(NotInOrder, match="nothing is there to take the place"):
        run("certificate", "retire", "acme/old.pem", "--on", day, *options)
    assert channel(tmp_path) == CHANNEL
    add(tmp_path, options, pem(certificate(key)), "--name", "new")

    code, _ = run("certificate", "retire", "acme/old.pem", "--on", day, *options)

    assert code == 0
    listed = [json.loads(line) for line in run("certificate", "list", "--json", *options)[1].splitlines()]
    assert f"    until: {day}" in channel(tmp_path)
    assert [row["ends"] for row in listed if row["name"] == "acme/old.pem"] == [day]
    assert (tmp_path / "partners" / "certificates" / "acme" / "old.pem").exists()


def test_with_anyway_the_last_one_may_end_too_and_a_wrong_name_finds_the_nearest(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert run("certificate", "retire", "ours-1", "--on", NEXT_YEAR.isoformat(), "--anyway", *options)[0] == 0
    assert f"{{name: ours-1, until: {NEXT_YEAR}}}" in channel(tmp_path)
    with pytest.raises(UsageError, match=r"did you mean 'acme/old\.pem'"):
        run("certificate", "retire", "acme/odl.pem", "--on", "2027-01-01", *options)
    with pytest.raises(UsageError, match="a day is written like"):
        run("certificate", "retire", "acme/old.pem", "--on", "soon", *options)


def test_our_next_key_stands_beside_the_last_and_signs_when_partners_had_their_time(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    code, shown = run("certificate", "new-key", "ours-2", "--replaces", "ours-1", *options)

    public = tmp_path / "ours-2.pem"
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    rows = {row["name"]: row for row in map(json.loads, run("certificate", "list", "--json", *options)[1].splitlines())}
    assert code == 0
    assert f"keys: [{{name: ours-1}}, {{name: ours-2, from: {day}}}]" in channel(tmp_path)
    assert rows["ours-1"]["use"] == "signs, decrypts"
    assert rows["ours-2"]["use"] == "decrypts"
    assert x509.load_pem_x509_certificate(public.read_bytes()).fingerprint(hashes.SHA256()).hex() in shown
    assert "PRIVATE" not in public.read_text()


def test_the_private_part_is_encrypted_at_rest_and_for_its_owner_only(tmp_path: Path, options: tuple[str, ...]) -> None:
    run("certificate", "new-key", "ours-2", "--request", "ours-2.csr", *options)

    path = tmp_path / "home" / "keys" / "as2" / "ours-2.pem"
    request = x509.load_pem_x509_csr((tmp_path / "ours-2.csr").read_bytes())
    assert "BEGIN ENCRYPTED PRIVATE KEY" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert KeyStore(tmp_path / "home", lambda: SECRET).load("ours-2").key.public_key() == request.public_key()
    assert request.is_signature_valid
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        KeyStore(tmp_path / "home", lambda: "another").load("ours-2")


def test_no_key_is_made_over_another_and_nothing_is_written_then(tmp_path: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="there is a key ours-1 already"):
        run("certificate", "new-key", "ours-1", "--replaces", "ours-1", *options)
    with pytest.raises(UsageError, match="no AS2 or mail channel uses a key"):
        run("certificate", "new-key", "ours-3", "--replaces", "theirs", *options)
    (tmp_path / "ours-4.pem").write_text("")
    with pytest.raises(UsageError, match="is there already"):
        run("certificate", "new-key", "ours-4", *options)

    assert channel(tmp_path) == CHANNEL
    assert KeyStore(tmp_path / "home", lambda: SECRET).names() == ("ours-1",)


def test_neither_key_nor_passphrase_is_ever_printed_or_logged(
    tmp_path: Path, options: tuple[str, ...], key: rsa.RSAPrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [add(tmp_path, options, pem(certificate(key)))[1]]
    said.append(run("certificate", "new-key", "ours-2", "--replaces", "ours-1", "--request", "r.csr", *options)[1])
    said.append(run("certificate", "list", *options)[1])
    said.append(run("certificate", "list", "--json", *options)[1])

    body = re.search(r"KEY-----\n(.{64})", (tmp_path / "home" / "keys" / "as2" / "ours-2.pem").read_text())
    assert body is not None
    for secret in (SECRET, body[1], "PRIVATE KEY"):
        assert secret not in "".join(said) + caplog.text


def test_every_command_of_the_group_is_there() -> None:
    names = [one.name or one.callback.__name__ for one in certificate_app.registered_commands if one.callback]

    assert names == ["list", "add", "retire", "new-key"]
