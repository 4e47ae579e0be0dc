"""Certificates and keys change while the gateway runs: without a restart, at the door and on the way out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from gateway.app.gateway import Gateway
from gateway.as2.headers import Headers
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.source import Memory, whole
from gateway.cli.partner import app
from gateway.settings import Settings
from tests.journeys.as2_partner import As2Keys, a_message, with_as2
from tests.journeys.gateway_process import Home, make_home
from tests.journeys.orders import order_file
from tests.unit.as2.cms.people import certified


def command(*arguments: str) -> None:
    """One command of an operator, in the environment of the gateway."""
    done = CliRunner().invoke(app, ["certificate", *arguments])
    assert done.exit_code == 0, done.output


@asynccontextmanager
async def running(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Gateway, str]]:
    for name, value in home.environment("http://127.0.0.1:9").items():
        if name.startswith("GATEWAY_"):
            monkeypatch.setenv(name, value)
    gateway = Gateway(Settings())
    addresses = await gateway.start()
    try:
        yield gateway, f"{addresses.as2_url}/as2"
    finally:
        await gateway.close()


async def looked(gateway: Gateway) -> tuple[str, ...]:
    """What its clock does every 20 seconds."""
    assert gateway._renewal is not None
    return await asyncio.to_thread(gateway._renewal.look)


async def sent(url: str, keys: As2Keys, number: int) -> Mdn:
    file = order_file(number)
    packed = a_message(keys, file.content, file.name)
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=whole(packed.body), headers=packed.headers.fields) as answer,
    ):
        fields, body = Headers.of(answer.headers.items()), Memory(await answer.read())
        return read_receipt(fields, body, trusted=[keys.ours.certificate])


@pytest.mark.long
async def test_certificates_and_keys_change_under_a_running_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "home")
    old = with_as2(home)
    new = replace(old, theirs=certified("acme-next", rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    (tmp_path / "next.pem").write_bytes(new.theirs.certificate.public_bytes(Encoding.PEM))
    async with running(home, monkeypatch) as (gateway, url):
        assert (await sent(url, old, 1)).disposition.is_good
        assert str((await sent(url, new, 2)).disposition) == "processed/error: decryption-failed"
        assert await looked(gateway) == ()

        await asyncio.to_thread(command, "add", "acme", str(tmp_path / "next.pem"), "--name", "next")
        with structlog.testing.capture_logs() as lines:
            assert await looked(gateway) == ("acme-as2",)

        assert [line["theirs"] for line in lines if line["event"] == "certificate.taken_over"] == [
            ["acme/test.pem", "acme/next.pem"]
        ]
        assert (await sent(url, old, 3)).disposition.is_good
        assert (await sent(url, new, 2)).disposition.is_good, "the message that was refused before"

        await asyncio.to_thread(command, "retire", "acme/test.pem", "--on", "2020-01-01", "--anyway")
        assert await looked(gateway) == ("acme-as2",)

        assert str((await sent(url, old, 4)).disposition) == "processed/error: decryption-failed"
        assert (await sent(url, new, 5)).disposition.is_good

        await asyncio.to_thread(
            command, "new-key", "harborpine-next", "--replaces", "harborpine-test",
            "--from", f"{datetime.now(UTC):%Y-%m-%d}", "--out", str(tmp_path / "ours.pem"),
        )  # fmt: skip
        assert await looked(gateway) == ("acme-as2",)
        assert gateway._renewal is not None
        renewed = replace(new, ours=gateway._renewal.pairs["harborpine-next"])

        encrypted_for_the_new = await sent(url, renewed, 6)
        encrypted_for_the_old = await sent(url, new, 7)

        assert encrypted_for_the_new.disposition.is_good and encrypted_for_the_old.disposition.is_good
        # Only one of them signs, and that is the one that came into force last.
        assert (encrypted_for_the_old.signed_by, encrypted_for_the_new.signed_by) == (None, renewed.ours.certificate)
