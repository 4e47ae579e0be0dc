"""ssh-audit finds nothing to fail in what the SFTP door agrees to."""

import json
from pathlib import Path

import pytest

from gateway.transports.sftp import load_host_keys
from gateway.transports.sftp.algorithms import PROFILES, ProfileName
from tests.fakes.sftp_door import open_door
from tests.interop.sftp_clients import AUDIT, GET_THEM, Desk

pytestmark = pytest.mark.skipif(not AUDIT.exists(), reason=f"ssh-audit is not here: {GET_THEM}")


async def audited(folder: Path, profile: ProfileName) -> dict[str, set[str]]:
    """Names of algorithms by what ssh-audit says of them: fail or warn."""
    (folder / "spool").mkdir()
    keys = load_host_keys(folder / "keys")
    async with open_door(folder / "spool", host_keys=keys, profile=lambda: PROFILES[profile]) as door:
        said = await Desk(door, folder).run(str(AUDIT), "--json", "--skip-rate-test", "-p", str(door.port), "127.0.0.1")
    report = json.loads(said.text)
    found: dict[str, set[str]] = {"fail": set(), "warn": set()}
    for kind in ("kex", "key", "enc", "mac"):
        for one in report[kind]:
            for level in found.keys() & one["notes"].keys():
                found[level].add(one["algorithm"])
    assert report["kex"] and report["key"] and report["enc"]
    return found


@pytest.mark.parametrize("profile", ["compatible", "strict"])
async def test_nothing_of_the_profile_fails(tmp_path: Path, profile: ProfileName) -> None:
    found = await audited(tmp_path, profile)

    assert found["fail"] == set()
    assert found["warn"] <= {
        *("curve25519-sha256", "curve25519-sha256@libssh.org"),  # not post-quantum
        *("diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512"),
        *("hmac-sha2-256", "hmac-sha2-512"),  # encrypt-and-MAC, for libssh2 before 1.11
    }
    assert profile == "compatible" or not {"hmac-sha2-256", "hmac-sha2-512"} & found["warn"]


async def test_legacy_is_what_its_name_says(tmp_path: Path) -> None:
    assert "ssh-rsa" in (await audited(tmp_path, "legacy"))["fail"]
