"""The page for partners does what it says: its commands are run as they stand, and its tables name what there is."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.as2 import errors
from gateway.as2.errors import As2Error
from gateway.transports.as2.response import PATHS
from tests.integration.as2_door import ORDER, a_party, opened, ourselves, somebody

PAGE = (Path(__file__).parents[2] / "docs" / "partner-as2.md").read_text("utf-8")
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
async def test_the_commands_for_openssl_and_curl_send_a_file_and_check_its_receipt(tmp_path: Path) -> None:
    us, them, work = ourselves(), somebody("acme"), tmp_path / "partner"
    work.mkdir()
    (work / "you.pem").write_bytes(them.certificate.public_bytes(Encoding.PEM))
    (work / "you.key").write_bytes(them.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (work / "harborpine.pem").write_bytes(us.certificate.public_bytes(Encoding.PEM))
    (work / "order.edi").write_bytes(ORDER)
    async with opened(tmp_path / "home", a_party(their_id="ACME Retail")) as door:
        script = "set -e\n" + COMMANDS.replace("https://as2.example.com", door.url)

        running = await asyncio.create_subprocess_exec(
            "sh", "-c", script, cwd=work, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await running.communicate()

        assert running.returncode == 0, said.decode()
        assert b"MDN-sent-automatically; processed\n" in said.replace(b"\r", b"")
        assert door.contents() == [ORDER] and door.transmissions[0].file_name == "order.edi"


def test_every_disposition_that_we_answer_is_explained() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, As2Error)]

    assert [one.__name__ for one in found if one.modifier not in PAGE] == []


def test_both_addresses_are_named() -> None:
    assert all(f"{path}`" in PAGE for path in PATHS)
