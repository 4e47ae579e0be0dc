"""Secrets by reference, and the local home that invents them."""

from pathlib import Path

import pytest

from gateway.app.home import fill_secrets, make_home, secrets_were_shown
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError


def test_a_secret_is_read_from_a_file_below_the_home(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "acme").write_text("s3cret\n")

    assert Secrets(tmp_path).get("file:secrets/acme") == "s3cret"


def test_a_secret_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_PASSWORD", "s3cret")

    assert Secrets(tmp_path).get("env:ACME_PASSWORD") == "s3cret"


@pytest.mark.parametrize("reference", ["file:secrets/none", "env:NOT_SET_ANYWHERE", "plain"])
def test_a_secret_that_is_not_there_is_named_by_its_reference(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ConfigurationError, match=reference):
        Secrets(tmp_path).get(reference)


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")

    with pytest.raises(ConfigurationError, match="empty"):
        Secrets(tmp_path).get("file:empty")


def test_a_new_home_gets_random_secrets_that_only_its_owner_can_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(home)
    places = Secrets(home)

    made = dict(fill_secrets(["file:secrets/a", "file:secrets/b", "env:ELSEWHERE"], places))

    assert set(made) == {"file:secrets/a", "file:secrets/b"}
    assert made["file:secrets/a"] != made["file:secrets/b"]
    assert places.get("file:secrets/a") == made["file:secrets/a"]
    assert (home / "secrets" / "a").stat().st_mode & 0o077 == 0


def test_a_secret_that_is_there_is_left_alone(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    places = Secrets(tmp_path / "home")
    first = dict(fill_secrets(["file:secrets/a"], places))

    fill_secrets(["file:secrets/a"], places)

    assert places.get("file:secrets/a") == first["file:secrets/a"]


def test_new_secrets_are_told_until_they_were_shown(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    places = Secrets(tmp_path / "home")
    first = fill_secrets(["file:secrets/a"], places)

    assert fill_secrets(["file:secrets/a", "file:secrets/b"], places) == [
        *first,
        ("file:secrets/b", places.get("file:secrets/b")),
    ]
    secrets_were_shown(places)
    assert fill_secrets(["file:secrets/a", "file:secrets/b"], places) == []


def test_a_secret_that_a_person_wrote_is_never_told(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    (tmp_path / "home" / "secrets" / "a").write_text("by hand\n")

    assert fill_secrets(["file:secrets/a"], Secrets(tmp_path / "home")) == []
