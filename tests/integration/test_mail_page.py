"""The page for partners who write mails does what it says: its commands are run as they stand."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.integration.as2_door import somebody
from tests.integration.mail_door import ORDER, a_context, a_mailbox, a_party, opened

PAGE = (Path(__file__).parents[2] / "docs" / "partner-mail.md").read_text("utf-8")
SENDING, CHECKING = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
async def test_the_commands_for_openssl_and_curl_send_a_file_and_check_its_receipt(tmp_path: Path) -> None:
    us, them, work = somebody("harborpine"), somebody("acme"), tmp_path / "partner"
    work.mkdir()
    (work / "you.pem").write_bytes(them.certificate.public_bytes(Encoding.PEM))
    (work / "you.key").write_bytes(them.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (work / "harborpine.pem").write_bytes(us.certificate.public_bytes(Encoding.PEM))
    (work / "order.edi").write_bytes(ORDER)
    async with (
        a_mailbox() as box,
        opened(tmp_path / "home", a_party(relay=box.port), context=a_context(tmp_path)) as door,
    ):
        assert "--ssl-reqd smtp://edi.harborpine.example:25 " in SENDING
        here = SENDING.replace("smtp://edi.harborpine.example:25", f"--insecure smtp://127.0.0.1:{door.port}")

        assert await _typed(here, work) == ""
        (receipt,) = await box.arrived()
        (work / "receipt.eml").write_bytes(receipt.raw)
        said = await _typed(CHECKING, work)

        assert "MDN-sent-automatically; processed\n" in said
        assert door.contents() == [ORDER] and door.transmissions[0].file_name == "order.edi"


async def _typed(commands: str, folder: Path) -> str:
    """What a shell says to these, without what openssl praises itself for."""
    running = await asyncio.create_subprocess_exec(
        "sh", "-c", f"set -e\n{commands}", cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await running.communicate())[0].decode().replace("\r", "")
    assert running.returncode == 0, said
    return said.replace("CMS Verification successful\n", "")
