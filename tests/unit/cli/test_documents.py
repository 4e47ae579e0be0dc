"""`gateway documents`: who did what and why, and what is said when there is nothing."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import document_verbs, documents
from gateway.cli.main import app
from gateway.errors import UsageError
from gateway.pipeline.verbs import Acted, How, Preview, Selection
from tests.fakes.questions import PreparedQuestions


class Recorded:
    """An operator that writes down what it is asked to do."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def replay(self, document_id: str, **about: Any) -> str:
        self.asked.append({"replay": document_id, **about})
        return "it is mapped again"

    def resend(self, document_id: str, **about: Any) -> str:
        self.asked.append({"resend": document_id, **about})
        return "it is sent again"

    def close(self, document_id: str, **about: Any) -> str:
        self.asked.append({"close": document_id, **about})
        return "it is closed"

    def preview(self, verb: str, chosen: Selection, how: How) -> Preview:
        self.asked.append({"preview": verb, "of": chosen, "how": how})
        return Preview(count=1, first=[], along=3, along_first=[])

    def act(self, verb: str, chosen: Selection, how: How, **about: Any) -> Acted:
        self.asked.append({verb: chosen.ids, "how": how, **about})
        return Acted(done=[(one, f"{one} goes again") for one in chosen.ids])

    def release(self, transmission_id: str, **about: Any) -> str:
        self.asked.append({"release": transmission_id, **about})
        return "it is read again"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """The commands work on an empty store, and on this operator."""
    operator = Recorded()

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield SimpleNamespace(operator=operator, questions=PreparedQuestions())

    monkeypatch.setattr(documents, "open_memory", opened)
    monkeypatch.setattr(document_verbs, "open_memory", opened)
    monkeypatch.setattr(getpass, "getuser", lambda: "dana")
    return operator


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["documents", *arguments])


@pytest.mark.parametrize("command", ["replay", "release", "resend", "close"])
def test_what_a_person_does_is_recorded_with_their_name_and_reason(operator: Recorded, command: str) -> None:
    run(command, "01KJQ6PSG0", "--reason", "looked at")
    run(command, "01KJQ6PSG0", "--reason", "looked at", "--actor", "kim@night-shift")

    assert [(one["who"], one["reason"]) for one in operator.asked] == [
        ("dana", "looked at"),
        ("kim@night-shift", "looked at"),
    ]


def test_what_is_settled_elsewhere_is_closed_by_its_own_option(operator: Recorded) -> None:
    run("close", "01KJQ6PSG0", "--reason", "a test")
    run("close", "01KJQ6PSG0", "--handled", "--as", " SO-1 ", "--reason", "entered by hand")

    assert [(one["handled"], one["known_as"]) for one in operator.asked] == [(False, ""), (True, "SO-1")]


@pytest.mark.parametrize("command", ["replay", "resend", "release", "close", "hold"])
def test_what_is_named_and_described_is_one_or_the_other(operator: Recorded, command: str) -> None:
    result = run(command, "01KJQ6PSG0", "--partner", "acme", "--yes", "--reason", "looked at")

    assert "either ids or what the documents are like" in str(result.exception)
    assert operator.asked == []


def test_a_release_in_vain_is_asked_for_by_its_own_option(operator: Recorded) -> None:
    run("release", "01KJQ6PSG0", "--reason", "looked at")
    run("release", "01KJQ6PSG0", "--reason", "looked at", "--anyway")

    assert [one["anyway"] for one in operator.asked] == [False, True]


@pytest.mark.parametrize("command", ["replay", "resend"])
@pytest.mark.parametrize("chosen", [("01KJQ6PSG0",), ("--partner", "acme"), ("--partner", "acme", "--yes")])
def test_what_is_no_dry_run_needs_a_reason(operator: Recorded, command: str, chosen: tuple[str, ...]) -> None:
    result = run(command, *chosen)

    assert isinstance(result.exception, UsageError)
    assert "--reason is needed" in str(result.exception)
    assert operator.asked == []


@pytest.mark.parametrize("command", ["close", "release"])
def test_nothing_is_done_without_a_reason(operator: Recorded, command: str) -> None:
    result = run(command, "01KJQ6PSG0")

    assert result.exit_code == 2
    assert "Missing option '--reason'" in result.output
    assert operator.asked == []


@pytest.mark.parametrize("name", ["gateway/node", "channel/acme-sftp"])
def test_nobody_calls_themselves_a_gateway_or_a_channel(operator: Recorded, name: str) -> None:
    result = run("release", "01KJQ6PSG0", "--reason", "looked at", "--actor", name)

    assert isinstance(result.exception, UsageError)
    assert operator.asked == []


def test_a_user_without_a_name_is_asked_for_one(operator: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr(getpass, "getuser", nameless)
    result = run("release", "01KJQ6PSG0", "--reason", "looked at")

    assert isinstance(result.exception, UsageError)
    assert "--actor" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list",), "no documents have come yet\n"),
        (("list", "--usage", "T"), "no documents are like that\n"),
        (("list", "--set", "812"), "no documents are like that\n"),
        (("transmissions",), "no transmissions have come yet\n"),
        (("transmissions", "--state", "dead"), "no transmissions are like that\n"),
    ],
)
def test_nothing_is_said_in_words_and_not_as_an_empty_table(
    operator: Recorded, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", words)
    assert run(*arguments, "--json").output == ""


def test_what_is_done_is_told_as_json_too(operator: Recorded) -> None:
    result = run("release", "01KJQ6PSG0", "--reason", "looked at", "--json")

    assert json.loads(result.stdout) == {"done": "it is read again"}


# ---------------------------------------------------------------------------------------------- send


@pytest.fixture
def handed_in(operator: Recorded, monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, str, str]]:
    """What was handed in: bytes, key, who."""
    taken: list[tuple[bytes, str, str]] = []

    def hand_in(_: object, posted: bytes, *, key: str, who: str) -> tuple[str, bool]:
        taken.append((posted, key, who))
        return "01KJQ6PSG0TBCDEFGHJKMNPQRS", len(taken) > 1

    monkeypatch.setattr(documents, "hand_in", hand_in)
    return taken


def test_a_file_is_handed_in_byte_for_byte_under_its_key(
    handed_in: list[tuple[bytes, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "invoice.json").write_bytes(b'{"a": "\xc3\xa9"}\r\n')

    first = run("send", str(tmp_path / "invoice.json"), "--key", "invoice-9001", "--actor", "kim")
    again = run("send", str(tmp_path / "invoice.json"), "--json")

    assert handed_in == [(b'{"a": "\xc3\xa9"}\r\n', "invoice-9001", "kim"), (b'{"a": "\xc3\xa9"}\r\n', "", "dana")]
    assert "01KJQ6PSG0TBCDEFGHJKMNPQRS is collected" in first.output
    assert json.loads(again.stdout) == {"id": "01KJQ6PSG0TBCDEFGHJKMNPQRS", "state": "collected", "known": True}


@pytest.mark.usefixtures("operator")
def test_a_file_that_is_not_there_is_usage(tmp_path: Path) -> None:
    assert isinstance(run("send", str(tmp_path / "nothing.json")).exception, UsageError)


@pytest.mark.usefixtures("operator")
def test_documents_of_one_direction_may_be_asked_for() -> None:
    assert run("list", "--direction", "outbound", "--state", "sealed").exit_code == 0
    assert isinstance(run("list", "--direction", "sideways").exception, UsageError)


def test_the_list_says_why_the_partner_refused_a_document_and_whether_there_may_be_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    why = "ship to identifier (N1-04) is missing"
    row = SimpleNamespace(
        **dict.fromkeys(("id", "direction", "partner", "set_id", "part", "usage", "business_number"), "x"),
        **dict.fromkeys(("control_numbers", "external_id", "reason", "business"), ""),
        business_open=None,
        state="sent",
        acknowledgement="rejected",
        answer=why,
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield SimpleNamespace(questions=SimpleNamespace(documents=lambda **_: [row]))

    monkeypatch.setattr(documents, "open_memory", opened)

    whole, cut = run("list"), run("list", "--limit", "1")

    assert whole.output.splitlines()[-1].endswith(why)
    assert (whole.stderr, cut.stderr) == ("", "there may be more: --limit is 1\n")
    assert cut.stdout == whole.stdout


def test_a_resend_that_is_only_asked_says_what_would_be_and_what_goes_along(operator: Recorded) -> None:
    only = ("--numbers", "same", "--dry-run")

    one = run("resend", "01JD8K", *only)
    many = run("resend", "--partner", "acme", "--yes", *only)

    assert (one.exit_code, many.exit_code) == (0, 0)
    assert "01JD8K goes again" in one.stdout and "nothing was done; that is what would be" in one.stderr
    assert "with them 3 documents of the same interchanges, under the same numbers:" in many.stdout
    assert many.stderr == "nothing was done; --yes without --dry-run does it\n"
    assert [next(iter(each)) for each in operator.asked] == ["resend", "preview"]
    assert all(each["how"].dry_run for each in operator.asked)


def test_nobody_is_asked_to_do_it_to_nothing(operator: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator, "preview", lambda *_: Preview(count=0, first=[]))

    done = run("hold", "--partner", "acme", "--reason", "the buyer called")

    assert "--yes" not in done.stderr
    assert "there is no document like that to which it can be done" in done.stderr


def test_what_is_left_as_it_is_is_named(operator: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [("01JD8K", "01JD8K is delivered"), ("01JD9M", "its file is in outbound already")]
    acted = Acted(done=[("01JDA2", "01JDA2 goes again")], refused=left)
    monkeypatch.setattr(operator, "act", lambda *_, **__: acted)

    done = run("resend", "01JD8K", "01JD9M", "01JDA2", "--reason", "lost")

    assert "left as it is: 01JD8K is delivered\n" in done.stderr
    assert "left as it is: 01JD9M: its file is in outbound already\n" in done.stderr
