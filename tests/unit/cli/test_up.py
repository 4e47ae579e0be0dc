"""What `./run` says of how partners sign in."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.gateway import Addresses
from gateway.app.home import fill_secrets, make_home
from gateway.app.secrets import Secrets
from gateway.cli import up
from gateway.partners.book import Book, load
from gateway.settings import Settings
from gateway.store.authored import read_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def book() -> Book:
    return load(read_folder(ROOT / "partners", (".yaml",)))


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    make_home(tmp_path)
    return Secrets(tmp_path)


def test_a_new_secret_is_printed_beside_its_file_and_its_user(book: Book, secrets: Secrets) -> None:
    new = dict(fill_secrets(book.secrets(), secrets))

    lines = up.sign_in(book, secrets, new)

    password = new["file:secrets/acme-sftp.password"]
    path = str(secrets.path("file:secrets/acme-sftp.password"))
    assert [line.split() for line in lines if line.startswith("acme-sftp")] == [
        ["acme-sftp", "user", "acme", path, password]
    ]


def test_a_secret_that_is_not_new_is_named_by_its_file_only(book: Book, secrets: Secrets) -> None:
    new = dict(fill_secrets(book.secrets(), secrets))

    shown = "\n".join(up.sign_in(book, secrets, {}))

    assert str(secrets.path("file:secrets/acme-http.key")) in shown
    assert not any(secret in shown for secret in new.values())


def test_every_door_is_printed_with_its_address_or_as_off() -> None:
    settings = Settings()
    some = Addresses(sftp_host="127.0.0.1", sftp_port=2222, http_url="http://127.0.0.1:8080", smtp_port=2525)
    every = replace(some, as2_url="http://127.0.0.1:4080")

    assert "mail            smtp://127.0.0.1:2525" in up._addresses(settings, some, "", answers=True)
    assert "AS2             off: no channel has door: as2" in up._addresses(settings, some, "", answers=True)
    assert "AS2             http://127.0.0.1:4080/as2" in up._addresses(settings, every, "", answers=True)
    off = up._addresses(settings, replace(every, smtp_port=0), "", answers=True)
    assert "mail            off: no channel has door: mail" in off
    with_folders = up._addresses(settings, every, "", answers=True, folders=True)
    assert f"folders         {settings.places.folders.resolve()}" in with_folders


def test_new_secrets_count_as_shown_when_they_were_printed_and_not_before(
    book: Book, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = fill_secrets(book.secrets(), secrets)

    def closed(text: str) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patched, pytest.raises(BrokenPipeError):
        patched.setattr("gateway.cli.up.typer.echo", closed)
        up._tell(["..."], secrets)

    assert fill_secrets(book.secrets(), secrets) == new
    up._tell(["..."], secrets)
    assert fill_secrets(book.secrets(), secrets) == []
