"""What `./run` says of how partners sign in."""

from pathlib import Path

import pytest

from gateway.app.home import fill_secrets, make_home
from gateway.app.secrets import Secrets
from gateway.cli import up
from gateway.partners.book import Book, load
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
