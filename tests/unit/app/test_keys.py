"""Our private keys in the home: encrypted, one file each, never replaced, never in words."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.app.keys import KeyStore, fill_keys, load_all
from gateway.errors import ConfigurationError, UsageError

NOW = datetime(2026, 6, 15, tzinfo=UTC)
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one key."""
    home = tmp_path_factory.mktemp("home")
    KeyStore(home, lambda: PASSPHRASE).make("pine-2026", owner="Harbor & Pine", now=NOW)
    return home


def the_store(home: Path, passphrase: str = PASSPHRASE) -> KeyStore:
    return KeyStore(home, lambda: passphrase)


def test_a_key_that_was_made_can_be_loaded(made: Path) -> None:
    pair = the_store(made).load("pine-2026")

    assert isinstance(pair.key, RSAPrivateKey) and pair.key.key_size == 2048
    assert pair.key.public_key() == pair.certificate.public_key()


def test_its_file_is_for_its_owner_only_and_holds_no_key_in_the_clear(made: Path) -> None:
    path = the_store(made).path("pine-2026")
    pair = the_store(made).load("pine-2026")
    clear = pair.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes() and b"BEGIN PRIVATE KEY" not in path.read_bytes()
    assert clear[-200:] not in path.read_bytes()
    assert [one.name for one in path.parent.iterdir()] == ["pine-2026.pem"]


def test_its_certificate_is_there_without_the_passphrase(made: Path) -> None:
    def never() -> str:
        raise AssertionError("asked")

    certificate = KeyStore(made, never).certificate("pine-2026")

    assert "Harbor & Pine" in certificate.subject.rfc4514_string()
    assert certificate.not_valid_before_utc == NOW - timedelta(days=1)
    assert certificate.not_valid_after_utc == NOW + timedelta(days=3 * 365)


def test_a_wrong_passphrase_is_told_without_repeating_it(made: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be decrypted") as caught:
        the_store(made, "not-this-one").load("pine-2026")

    assert "not-this-one" not in str(caught.value) and caught.value.__cause__ is None


def test_a_key_is_never_replaced(made: Path) -> None:
    store = the_store(made)
    before = store.path("pine-2026").read_bytes()

    with pytest.raises(UsageError, match="there is a key pine-2026 already"):
        store.make("pine-2026", owner="x", now=NOW)
    with pytest.raises(UsageError, match="there is a key pine-2026 already"):
        store.put("pine-2026", store.load("pine-2026"))

    assert store.path("pine-2026").read_bytes() == before


@pytest.mark.parametrize("name", ["../x", "a/b", "", "X", ".pem", "a" * 41])
def test_a_name_is_no_path(made: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a key"):
        the_store(made).path(name)


def test_a_key_that_is_not_there_says_how_to_make_it(made: Path) -> None:
    with pytest.raises(ConfigurationError, match="gateway partner certificate new-key pine-2027"):
        load_all(the_store(made), ["pine-2026", "pine-2027"])


def test_a_key_beside_another_certificate_is_refused(made: Path, tmp_path: Path) -> None:
    store = the_store(tmp_path)
    store.make("one", owner="x", now=NOW)
    one, two = the_store(made).path("pine-2026").read_bytes(), store.path("one").read_bytes()
    store.path("one").write_bytes(one[: one.index(b"-----BEGIN ENC")] + two[two.index(b"-----BEGIN ENC") :])

    with pytest.raises(ConfigurationError, match="do not belong together"):
        store.load("one")


def test_a_new_home_gets_what_is_missing_and_keeps_what_is_there(tmp_path: Path) -> None:
    store = the_store(tmp_path)

    assert fill_keys(store, ["a", "b"], owner="Pine", now=NOW) == ("a", "b")
    assert fill_keys(store, ["a", "b"], owner="Pine", now=NOW) == ()
    assert store.names() == ("a", "b")


def test_a_key_shows_nothing_of_itself(made: Path) -> None:
    pair = the_store(made).load("pine-2026")

    assert "PrivateKey" not in repr(pair) and PASSPHRASE not in repr(the_store(made))
