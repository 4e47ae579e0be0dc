"""Partners' servers put together from what is authored: keys that are opened once, pins, and what is refused."""

import shutil
import subprocess
from pathlib import Path

import asyncssh
import pytest

from gateway.app.partner_servers import partner_servers
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError
from gateway.partners.book import load
from gateway.transports.sftp_client.host import fingerprint_of
from tests.unit.partners.folder import folder

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
LINE = HOST_KEY.export_public_key().decode().strip()
CHANNEL = f"""\
door: sftp-client
owner: onboarding
carries: [acme]
host: sftp.acme.example
user: harborpine
host_keys: ["{LINE}"]
poll: {{folder: out}}
"""


def built(home: Path, text: str) -> object:
    book = load(folder({"channels/acme-server.yaml": CHANNEL + text}), mappings=None)
    return partner_servers(book, Secrets(home))["acme-server"]


def keep(home: Path, name: str, content: bytes | str) -> None:
    path = home / "secrets" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


KEYED = "key: file:secrets/k\npassphrase: file:secrets/p\n"


def test_an_encrypted_key_is_opened_with_its_passphrase(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    keep(tmp_path, "k", key.export_private_key("pkcs8-pem", "open sesame"))
    keep(tmp_path, "p", "open sesame\n")
    server = built(tmp_path, KEYED)

    assert server.sign_in.key.public_data == key.public_data  # type: ignore[attr-defined]
    assert server.pins.hold(HOST_KEY)  # type: ignore[attr-defined]


def test_a_key_without_a_passphrase_on_it_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, "k", asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    keep(tmp_path, "p", "open sesame")
    with pytest.raises(ConfigurationError, match="is not encrypted"):
        built(tmp_path, KEYED)


def test_a_wrong_passphrase_is_said_without_the_passphrase(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    keep(tmp_path, "k", key.export_private_key("pkcs8-pem", "open sesame"))
    keep(tmp_path, "p", "close sesame")
    with pytest.raises(ConfigurationError, match="cannot be opened") as refused:
        built(tmp_path, KEYED)
    assert "close sesame" not in str(refused.value)


def test_a_password_that_nobody_gave_is_not_invented(tmp_path: Path) -> None:
    book = load(folder({"channels/acme-server.yaml": CHANNEL + "password: file:secrets/from-acme\n"}), mappings=None)

    assert "file:secrets/from-acme" not in book.secrets()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        partner_servers(book, Secrets(tmp_path))


def test_pins_may_be_lines_files_and_fingerprints(tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    third = asyncssh.generate_private_key("ssh-ed25519")
    keep(tmp_path, "pins", other.export_public_key())
    keep(tmp_path, "acme-server", "pine")
    text = CHANNEL.replace(f'["{LINE}"]', f'["{LINE}", "file:secrets/pins", "{fingerprint_of(third)}"]')
    book = load(folder({"channels/acme-server.yaml": text + "password: file:secrets/acme-server\n"}), mappings=None)
    pins = partner_servers(book, Secrets(tmp_path))["acme-server"].pins

    assert all(pins.hold(one) for one in (HOST_KEY, other, third))
    assert not pins.hold(asyncssh.generate_private_key("ssh-ed25519"))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs Debian's openssh-client (ssh-keygen)")
def test_a_key_made_as_the_page_for_operators_says_can_be_opened(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "operator.md").read_text("utf-8")
    assert "ssh-keygen -t ecdsa -b 384 -m PKCS8 -f" in page
    (tmp_path / "secrets").mkdir()
    words = ["ssh-keygen", "-q", "-t", "ecdsa", "-b", "384", "-m", "PKCS8", "-f", str(tmp_path / "secrets" / "k")]
    subprocess.run([*words, "-N", "open sesame"], check=True)
    keep(tmp_path, "p", "open sesame")
    server = built(tmp_path, KEYED)

    public = asyncssh.read_public_key(tmp_path / "secrets" / "k.pub")
    assert server.sign_in.key.public_data == public.public_data  # type: ignore[attr-defined]


def test_host_keys_are_read_anew_from_the_file_of_the_channel_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "sesame")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    book = load(folder({"channels/acme-server.yaml": CHANNEL + "password: env:OURS\n"}), mappings=None)
    secrets = Secrets(tmp_path)
    server = partner_servers(book, secrets, partners=tmp_path / "partners")["acme-server"]
    file = tmp_path / "partners" / "channels" / "acme-server.yaml"
    file.parent.mkdir(parents=True)
    server.stopped = "shows another host key"
    text = CHANNEL + "password: env:OURS\n"
    seen = []

    for written in (
        None,
        text,
        "door: [",
        text.replace(LINE, "ssh-ed25519 nonsense"),
        text.replace("sftp.acme.example", "sftp.mallory.example").replace(LINE, other),
        text.replace(LINE, other),
    ):
        if written is not None:
            file.write_text(written)
        seen.append(server.pinned_anew())

    assert seen == [False, False, False, False, False, True]
    assert (server.stopped, server.host) == ("", "sftp.acme.example")
    assert not server.pins.hold(HOST_KEY)
