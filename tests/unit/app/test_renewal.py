"""What is taken over of changed partner files while the gateway runs, and what is not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.app.as2 import Identities
from gateway.app.renewal import Renewal
from gateway.as2.cms.identity import KeyPair
from gateway.errors import ConfigurationError
from gateway.partners.book import Book
from tests.unit.as2.cms.people import with_rsa
from tests.unit.partners.certified import AS2, PEM, as2_channel, pem
from tests.unit.partners.folder import a_book

PAIRS = {"pine-2026": with_rsa("pine-2026"), "pine-2027": with_rsa("pine-2027")}
CHANNEL = "channels/acme-as2.yaml"
NEXT = {
    "certificates/acme/2027.pem": pem(with_rsa("acme-next")),
    CHANNEL: AS2.replace("keys:", "  - file: acme/2027.pem\nkeys:").replace("PINE\n", "PINE AS2\n"),
}


class Running:
    """A gateway's watch over a folder with one AS2 channel."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.loads, self.keys = folder, 0, ("pine-2026",)
        files = {name: text for name, text in as2_channel().items() if text is not None}
        self.write(files)
        book = a_book(files)
        self.identities = Identities(book, PAIRS)
        self.identity = self.identities.of("acme-as2")
        self.renewal = Renewal(
            book, PAIRS, self.identities,
            partners=folder, read=files, load=self.load, key_names=lambda: self.keys,
        )  # fmt: skip

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def load(self, files: Mapping[str, str]) -> tuple[Book, Mapping[str, KeyPair]]:
        self.loads += 1
        return a_book(dict(files)), PAIRS

    def theirs(self) -> list[str]:
        return [one.name for one in self.identity.theirs]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path)


def test_nothing_is_loaded_while_nothing_changes(running: Running) -> None:
    assert running.renewal.look() == running.renewal.look() == ()
    assert running.loads == 0


def test_a_certificate_is_in_force_for_all_that_use_the_channel(running: Running) -> None:
    running.write(NEXT)

    assert running.renewal.look() == ("acme-as2",)

    assert running.theirs() == ["acme/2026.pem", "acme/2027.pem"]
    assert running.identities.of("acme-as2") is running.identity
    assert running.renewal.look() == () and running.loads == 1


def test_a_key_of_ours_that_comes_is_there_before_it_is_named(running: Running) -> None:
    running.write({CHANNEL: AS2 + "  - name: pine-2027\n"})

    assert running.renewal.look() == ("acme-as2",)

    assert [one.name for one in running.identity.keys] == ["pine-2026", "pine-2027"]
    assert all(one.name in running.identity.pairs for one in running.identity.keys)


def test_another_term_of_a_channel_is_nothing_to_take_over(running: Running) -> None:
    running.write({CHANNEL: AS2.replace("PINE\n", "PINE AS2\n")})

    assert running.renewal.look() == ()
    assert running.theirs() == ["acme/2026.pem"]


def test_a_channel_that_was_not_there_at_the_start_is_left_to_the_next(running: Running) -> None:
    running.write({"channels/acme-more.yaml": AS2.replace("ACME AS2", "ACME MORE")})

    assert running.renewal.look() == ()
    with pytest.raises(KeyError):
        running.identities.of("acme-more")


def test_files_with_a_mistake_change_nothing_are_told_once_and_taken_when_they_are_mended(running: Running) -> None:
    running.write({CHANNEL: AS2.replace("acme/2026.pem", "acme/lost.pem")})

    with pytest.raises(ConfigurationError, match="P035"):
        running.renewal.look()
    assert running.renewal.look() == (), "told once, not every twenty seconds"
    assert running.theirs() == ["acme/2026.pem"]

    running.write(NEXT)
    assert running.renewal.look() == ("acme-as2",)


def test_a_key_that_comes_later_than_its_name_is_looked_for_again(running: Running) -> None:
    running.keys = ("pine-2026", "pine-2027")

    running.renewal.look()

    assert running.loads == 1


def test_the_same_certificate_under_another_window_counts(running: Running) -> None:
    running.write(
        {CHANNEL: AS2.replace("2026.pem", "2026.pem\n    until: 2030-01-01"), "certificates/acme/2026.pem": PEM}
    )

    assert running.renewal.look() == ("acme-as2",)
