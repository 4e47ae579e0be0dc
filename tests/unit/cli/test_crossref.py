"""`gateway crossref`: what a person types, what is kept, and what is said."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import crossref
from gateway.cli.main import app
from gateway.errors import NotInOrder, UsageError
from gateway.store.blobs import FileBlobs
from gateway.store.crossref import CrossReferenceBook, Done, Missing
from gateway.store.database import open_database
from gateway.store.identifiers import Identifiers
from gateway.store.means import Means
from gateway.store.releases import StoreReleases

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3]


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CrossReferenceBook]:
    """The commands work on an empty store with the partners of the samples."""
    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    database.migrate()
    means = Means(
        database=database,
        blobs=FileBlobs(tmp_path),
        scheduler=SimpleNamespace(),  # type: ignore[arg-type]
        now=lambda: NOW,
        new_id=Identifiers(),
    )
    releases = StoreReleases(database)
    folder = SAMPLES / "partners"
    partners = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.yaml")}
    releases.publish(partners, {}, now=NOW)
    memory = SimpleNamespace(crossref=CrossReferenceBook(means), releases=releases, means=means)

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield memory

    monkeypatch.setattr(crossref, "open_memory", opened)
    yield memory.crossref
    database.close()


def run(*arguments: str, **about: Any) -> Result:
    return CliRunner().invoke(app, ["crossref", *arguments], **about)


def good(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout


@pytest.mark.usefixtures("book")
def test_a_row_is_added_listed_and_retired_with_who_and_why() -> None:
    assert good("add", "sku", "AB-100", "HP-7710", "--partner", "acme", "--actor", "kim") == "row 1 added\n"

    listed = json.loads(good("list", "--json"))
    retired = good("retire", "1", "--reason", "never was", "--actor", "dana")

    assert (listed["theirs"], listed["ours"], listed["recorded_by"], listed["factor"]) == (
        "AB-100",
        "HP-7710",
        "kim",
        None,
    )
    assert retired == "row 1 is retired: sku 'AB-100' of acme is 'HP-7710'\n"
    assert "retired 2026-03-02 by dana: never was" in good("list", "--all")
    assert run("list").stdout == ""


@pytest.mark.usefixtures("book")
def test_a_unit_is_kept_with_its_factor_and_days() -> None:
    good(
        *("add", "unit", "case", "each", "--partner", "*", "--item", "HP-7710", "--factor", "12"),
        *("--from", "2026-03-01", "--to", "2027-01-01", "--preferred"),
    )

    line = good("list", "--table", "unit").splitlines()[1].split("  ")

    assert [cell.strip() for cell in line if cell.strip()][:9] == [
        "1",
        "*",
        "unit",
        "case",
        "each",
        "HP-7710",
        "12",
        "from 2026-03-01 until before 2027-01-01",
        "preferred",
    ]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "sku", "AB", "HP", "--partner", "acmee"), "there is no partner 'acmee'; did you mean 'acme'?"),
        (("add", "unit", "case", "each", "--partner", "acme"), "a unit needs a factor"),
        (("add", "unit", "case", "each", "--partner", "acme", "--factor", "dozen"), "'dozen' is no factor"),
        (("add", "sku", "AB", "HP", "--partner", "acme", "--from", "1.3.2026"), "no date like 2026-01-31"),
        (("add", "sku", " ", "HP", "--partner", "acme"), "theirs is empty"),
        (("retire", "7", "--reason", "wrong"), "there is no row 7"),
        (("load", "nowhere.csv"), "nowhere.csv: there is no such file"),
    ],
)
def test_what_cannot_be_is_a_usage_error_that_says_why(arguments: tuple[str, ...], said: str) -> None:
    wrong = run(*arguments).exception

    assert isinstance(wrong, UsageError)
    assert said in str(wrong)


def test_a_file_is_loaded_whole_and_again_without_effect(book: CrossReferenceBook, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("partner,table,theirs,ours\nacme,sku,AB-1,HP-1\n*,location,0042,NORTH\n", "utf-8")

    looked = good("load", str(file), "--check")
    before = len(book.rows())
    first, again = good("load", str(file)), good("load", str(file))

    assert (looked, before) == ("2 rows could be added\n", 0)
    assert (first, again) == ("2 rows added\n", "0 rows added; 2 there already\n")


def test_every_mistake_of_a_file_is_told_with_its_line_and_nothing_is_loaded(
    book: CrossReferenceBook, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("partner,table,theirs,ours\nacmee,sku,AB-1,HP-1\nacme,sku,,HP-1\nacme,sku,A,B\n", "utf-8")

    wrong = run("load", str(file)).exception

    assert isinstance(wrong, NotInOrder)
    assert str(wrong).splitlines() == [
        "nothing is loaded:",
        f"{file}:2: there is no partner 'acmee'; did you mean 'acme'?",
        f"{file}:3: theirs is empty",
    ]
    assert book.rows() == []


def test_rows_that_contradict_what_is_there_are_told_with_their_line(book: CrossReferenceBook) -> None:
    good("add", "sku", "AB-1", "HP-1", "--partner", "acme")
    text = "partner,table,theirs,ours\nacme,sku,AB-1,HP-2\nacme,sku,AB-2,HP-3\nacme,sku,AB-2,HP-4\n"

    wrong = run("load", "-", input=text).exception

    assert str(wrong).splitlines()[1:] == [
        "-:2: 'AB-1' is 'HP-1' already in row 1 (always)",
        "-:4: 'AB-2' is 'HP-3' already in -:3 (always)",
    ]
    assert len(book.rows()) == 1


@pytest.mark.usefixtures("book")
def test_when_nothing_is_missing_that_is_said_beside_the_data() -> None:
    result = run("unmapped")

    assert (result.stdout, result.stderr) == ("", "no document waits for a value\n")


@pytest.mark.usefixtures("book")
def test_documents_that_came_before_the_row_begins_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    came = [f"document {number} came on 2026-03-01: date it earlier" for number in range(6)]
    missing = Missing(
        partner="acme",
        table="sku",
        direction="inbound",
        value="AB-1",
        item="",
        documents=6,
        first_seen=NOW,
        last_seen=NOW,
        late="the first document came on 2026-03-01",
    )
    days: list[str] = []

    def asked(_: object, **about: Any) -> list[Missing]:
        days.append(str(about["days"]("acme", datetime(2026, 3, 2, 3, 0, tzinfo=UTC))))
        return [missing]

    monkeypatch.setattr(CrossReferenceBook, "add", lambda *_, **__: Done(added=(7,), waiting=6, late=tuple(came)))
    monkeypatch.setattr(CrossReferenceBook, "missing", asked)

    added = run("add", "sku", "AB-1", "HP-1", "--partner", "acme", "--from", "2026-03-02")
    unmapped = run("unmapped")

    more = "more came before their row begins: gateway crossref unmapped"
    assert added.stderr.splitlines() == [*came[:5], more]
    assert added.stdout == "row 7 added\n6 documents still waiting for values: gateway crossref unmapped\n"
    assert unmapped.stderr == "acme sku 'AB-1': the first document came on 2026-03-01\n"
    assert days == ["2026-03-01"]  # in New York it still was
    assert json.loads(run("add", "sku", "AB-1", "HP-1", "--partner", "acme", "--json").stdout)["late"] == came
