from base64 import b64encode
from pathlib import Path

import asyncssh
import pytest

from gateway.errors import ConfigurationError
from gateway.transports.sftp import load_host_keys
from gateway.transports.sftp.algorithms import COMPATIBLE, LEGACY, host_key_for


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Host keys made once: an RSA key takes a moment."""
    folder = tmp_path_factory.mktemp("home") / "keys"
    load_host_keys(folder)
    return folder


def test_the_first_start_makes_ed25519_and_rsa_keys_for_the_owner_only(folder: Path) -> None:
    files = sorted(folder.iterdir())

    assert [file.name for file in files] == ["sftp_host_ed25519_key", "sftp_host_rsa_key"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_next_start_loads_the_same_keys(folder: Path) -> None:
    first, second = load_host_keys(folder), load_host_keys(folder)

    assert [key.public_data for key in first] == [key.public_data for key in second]


def test_the_rsa_key_has_3072_bits_and_never_signs_with_sha1(folder: Path) -> None:
    rsa = host_key_for(COMPATIBLE, load_host_keys(folder)[1])

    assert asyncssh.import_public_key(f"ssh-rsa {b64encode(rsa.public_data).decode()}").pyca_key.key_size == 3072
    assert rsa.sig_algorithm == b"rsa-sha2-512"
    assert tuple(rsa.sig_algorithms) == (b"rsa-sha2-512", b"rsa-sha2-256")


def test_no_profile_changes_what_another_signs_with(folder: Path) -> None:
    key = load_host_keys(folder)[1]
    strong, weak = host_key_for(COMPATIBLE, key), host_key_for(LEGACY, key)

    assert b"ssh-rsa" in weak.sig_algorithms
    assert b"ssh-rsa" not in strong.sig_algorithms
    assert strong.public_data == weak.public_data == key.public_data


def test_the_next_key_and_the_last_one_stand_behind_those_in_use(tmp_path: Path) -> None:
    load_host_keys(tmp_path)
    for suffix in (".next", ".last"):
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / f"sftp_host_ed25519_key{suffix}")
        (tmp_path / f"sftp_host_ed25519_key{suffix}").chmod(0o600)
    names = ("sftp_host_ed25519_key", "sftp_host_rsa_key", "sftp_host_ed25519_key.next", "sftp_host_ed25519_key.last")

    assert [key.public_data for key in load_host_keys(tmp_path)] == [
        asyncssh.read_private_key(tmp_path / name).public_data for name in names
    ]


def test_other_rsa_keys_of_the_process_keep_what_asyncssh_gives_them(folder: Path) -> None:
    host_key_for(COMPATIBLE, load_host_keys(folder)[1])
    other = asyncssh.read_private_key(folder / "sftp_host_rsa_key")

    assert b"ssh-rsa" in other.sig_algorithms


def test_a_key_that_others_can_read_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "sftp_host_ed25519_key"
    copy.write_bytes((folder / "sftp_host_ed25519_key").read_bytes())
    copy.chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_host_keys(tmp_path)


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "sftp_host_ed25519_key").write_text("not a key\n")
    (tmp_path / "sftp_host_ed25519_key").chmod(0o600)

    with pytest.raises(ConfigurationError, match="sftp_host_ed25519_key"):
        load_host_keys(tmp_path)
