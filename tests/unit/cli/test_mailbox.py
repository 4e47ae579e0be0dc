"""`gateway mailbox`: what lies where, and a second offer."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import mailbox
from gateway.cli.main import app
from gateway.errors import UsageError
from gateway.parcel import Content
from tests.fakes.mailbox import MemoryMailbox


class Mailbox(MemoryMailbox):
    """Writes down what is offered again."""

    def __init__(self) -> None:
        super().__init__()
        self.offered: list[tuple[str, str, str, str]] = []

    def offer_again(self, channel: str, name: str, *, reason: str, who: str) -> None:
        self.offered.append((channel, name, reason, who))


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    box = Mailbox()

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield SimpleNamespace(mailbox=box)

    monkeypatch.setattr(mailbox, "open_memory", opened)
    monkeypatch.setattr(getpass, "getuser", lambda: "dana")
    return box


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["mailbox", *arguments])


def content(data: bytes) -> Content:
    return Content(sha256=sha256(data).hexdigest(), size=len(data), inline=data)


def test_the_folders_are_listed_with_what_the_partner_did(box: Mailbox) -> None:
    box.put("acme", "outbound", "997.x12", content(b"ISA"), state="listed")
    box.put("acme", "inbound", "po\n.tmp", content(b"ISA*"), state="staged")
    box.put("bolt", "outbound", "theirs.x12", content(b"ISA"))
    said = run("list", "acme").stdout.splitlines()

    assert [line.split()[:4] for line in said[1:]] == [
        ["inbound", "po\\n.tmp", "staged", "4"],
        ["outbound", "997.x12", "listed", "3"],
    ]


def test_one_folder_as_json(box: Mailbox) -> None:
    box.put("acme", "outbound", "997.x12", content(b"ISA"), state="fetched")
    box.put("acme", "archive", "old.x12", content(b"ISA"), state="confirmed")
    rows = [json.loads(line) for line in run("list", "acme", "--folder", "outbound", "--json").stdout.splitlines()]

    assert [(row["folder"], row["name"], row["state"], row["bytes"]) for row in rows] == [
        ("outbound", "997.x12", "fetched", "3")
    ]


def test_nothing_is_said_to_be_nothing(box: Mailbox) -> None:
    result = run("list", "acme")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing in any folder of channel acme" in result.stderr


def test_a_folder_that_is_none_is_a_mistake(box: Mailbox) -> None:
    assert isinstance(run("list", "acme", "--folder", "inbox").exception, UsageError)


def test_a_file_is_offered_again_with_who_and_why(box: Mailbox) -> None:
    result = run("offer", "acme", "997.x12", "--reason", " their disk ")

    assert (result.exit_code, result.stdout) == (0, "997.x12 is in outbound of acme again\n")
    assert box.offered == [("acme", "997.x12", "their disk", "dana")]
    assert json.loads(run("offer", "acme", "997.x12", "--reason", "r", "--json").stdout)["folder"] == "outbound"


@pytest.mark.parametrize("more", [(), ("--reason", " "), ("--reason", "r", "--actor", "channel/acme")])
def test_nobody_offers_without_a_reason_or_in_another_name(box: Mailbox, more: tuple[str, ...]) -> None:
    assert isinstance(run("offer", "acme", "997.x12", *more).exception, UsageError)
    assert box.offered == []
