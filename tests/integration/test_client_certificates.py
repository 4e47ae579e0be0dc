"""mTLS to an ERP: both sides prove who they are, and a stranger's certificate opens nothing."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.backends.authentication import client_certificate
from gateway.backends.erp import ErpBackend
from gateway.backends.exchange import Wire
from tests.documents import a_document


class Authority:
    """A certificate authority of one test; `issue` writes `<name>.pem` and `<name>.key`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        own = self._signed(self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate, key_file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(
            self._signed(subject, key.public_key(), loopback).public_bytes(serialization.Encoding.PEM)
        )
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, key_file

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(extension, critical=True)
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
async def url(authority: Authority) -> AsyncIterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*authority.issue("erp"))

    async def orders(request: web.Request) -> web.Response:
        return web.json_response({"id": "SO-1"}, status=201)

    application = web.Application()
    application.router.add_post("/orders", orders)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def kind_of_reply(url: str, tls: ssl.SSLContext) -> tuple[str, str]:
    backend = ErpBackend(url, wire=Wire(tls=tls, total_seconds=5))
    reply = await backend.deliver(a_document())
    await backend.close()
    return reply.kind, reply.detail


async def test_both_sides_known_to_each_other_deliver(authority: Authority, url: str) -> None:
    certificate, key = authority.issue("gateway")

    kind, _ = await kind_of_reply(url, client_certificate(certificate=certificate, key=key, authority=authority.file))

    assert kind == "delivered"


async def test_without_our_certificate_nothing_is_delivered(authority: Authority, url: str) -> None:
    kind, _ = await kind_of_reply(url, client_certificate(authority=authority.file))

    assert kind in ("retry", "unknown")


async def test_a_server_of_another_authority_gets_nothing(authority: Authority, url: str, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")

    kind, detail = await kind_of_reply(url, client_certificate(authority=stranger.file))

    assert (kind, detail) == ("retry", "no connection: its certificate is not trusted")
