"""`gateway x12 guide` and `gateway x12 check --partner`: what was agreed, printed and held to."""

import json
import os
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.errors import UsageError
from gateway.x12.guide import load, releases

ROOT = Path(__file__).parents[3]
PLAIN = (ROOT / "edi_samples/bolt/850-005010/plain/in.edi").read_text("utf-8")


@pytest.fixture(autouse=True)
def at_the_partner_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str, data: str = "") -> Result:
    return CliRunner().invoke(app, ["x12", *arguments], input=data.encode())


def guide(*arguments: str) -> str:
    result = run("guide", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


# ---------------------------------------------------------------------------------------------- check --partner


def codes(data: str, partner: str) -> list[str]:
    result = run("check", "-", "--json", "--partner", partner, data=data)
    return [finding["code"] for line in result.stdout.splitlines() for finding in json.loads(line)["findings"]]


def test_a_good_file_of_a_partner_keeps_its_guide() -> None:
    assert codes(PLAIN, "bolt") == []


def test_a_file_is_held_to_the_guide_of_the_partner_it_is_looked_at_for() -> None:
    bad = PLAIN.replace("BEG*00*RL", "BEG*06*RL")

    assert codes(bad, "bolt") == ["IK403:I6"]
    assert run("check", "-", data=bad).exit_code == 0


def test_a_file_under_other_ids_is_read_by_the_agreement_for_its_set_and_version() -> None:
    assert codes(PLAIN.replace("12*5550109923 ", "ZZ*TESTSENDER "), "bolt") == []


def test_a_set_that_nothing_was_agreed_about_is_rejected_as_on_the_road() -> None:
    assert codes(PLAIN, "acme") == ["AK502:1"]


def test_a_partner_that_is_not_there_is_a_mistake_of_the_caller() -> None:
    result = run("check", "-", "--partner", "bolz", data=PLAIN)

    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == "--partner bolz: there is no such partner in partners; did you mean 'bolt'?"


# ---------------------------------------------------------------------------------------------- guide


def test_a_partners_guide_as_text_says_what_it_asks_for_beyond_the_standard() -> None:
    text = guide("850", "005010", "--partner", "bolt")

    assert text.startswith(
        "850 Purchase order, X12 005010, as Bolt Industrial uses it\n"
        "In a group of kind PO (GS01).\n"
        "Guide bolt/850-005010@1, after https://edi.boltindustrial.example/manual/850.pdf\n"
    )
    assert (
        """\
  BEG Start of a purchase order, must, once
    ! BEG01   353   Purpose                              ID 2        must
        00 original
        original orders only; changes come as an 860
        for example 00
"""
        in text
    )
    assert (
        """\
    ! REF where REF01 is CO (customer order), when BEG02 is DS (drop ship)
        REF: must be sent
          the number under which Bolt's customer asks for a drop shipment
"""
        in text
    )
    assert "      ! PO104   212   Unit price                           R  1-17     NOT USED\n" in text
    assert "! loop PO1: Line, must, up to 500 times\n    PO1 Order line, must, once\n" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_the_standard_alone_has_no_word_of_a_partner() -> None:
    text = guide("850", "004010VICS")

    assert text.startswith("850 Purchase order, X12 004010\n")
    assert "! " not in text


def test_the_sets_that_an_acknowledgement_may_be_about_are_not_those_that_it_may_be() -> None:
    sheet = json.loads(guide("997", "005010", "--json"))
    start, _, answer = sheet["rows"][:3]
    about = next(row for row in answer["children"] if row["id"] == "AK2")["elements"][0]

    assert [one["code"] for one in start["elements"][0]["codes"]] == ["997"]
    assert {"810", "850", "856"} <= {one["code"] for one in about["codes"]}


def test_an_agreement_without_a_guide_is_said_on_standard_error() -> None:
    result = run("guide", "850", "004010", "--partner", "acme")

    assert result.stderr == "acme/orders names no partner guide: this is the standard's\n"
    assert result.stdout.startswith("850 Purchase order, X12 004010, as ACME Retail uses it\n")


def test_json_has_every_place_with_its_codes_and_what_is_asked() -> None:
    sheet = json.loads(guide("850", "005010", "--partner", "bolt", "--json"))

    beg = next(row for row in sheet["rows"] if row["id"] == "BEG")
    purpose = beg["elements"][0]
    assert (sheet["set_id"], sheet["release"], sheet["partner"]) == ("850", "005010", "Bolt Industrial")
    assert (purpose["place"], purpose["number"], purpose["kind"], purpose["requirement"]) == (
        "BEG01",
        "353",
        "ID",
        "must",
    )
    assert purpose["codes"] == [{"code": "00", "meaning": "original"}]
    assert (purpose["changed"], purpose["severity"]) == (True, "reject")
    line = next(row for row in sheet["rows"] if row["id"] == "PO1")
    assert (line["requirement"], line["maximum"], line["changed"]) == ("must", 500, True)


class Whole(HTMLParser):
    """Counts what a page fetches or runs, and whether every tag is closed."""

    VOID = frozenset({"meta", "br", "!doctype"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.fetched += [tag] if tag in {"script", "link", "img", "iframe"} or "src" in known else []
        self.ids += [known["id"]] if known.get("id") else []  # type: ignore[list-item]
        self.links += [known["href"]] if (known.get("href") or "").startswith("#") else []  # type: ignore[list-item]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("arguments", [("850", "005010", "--partner", "bolt"), ("856", "004010"), ("999", "005010")])
def test_the_page_needs_nothing_but_itself(arguments: tuple[str, ...]) -> None:
    page = guide(*arguments, "--html")

    whole = Whole()
    whole.feed(page)
    assert (whole.open, whole.fetched) == ([], [])
    assert {link[1:] for link in whole.links} <= set(whole.ids)
    assert len(whole.ids) == len(set(whole.ids))
    assert "http" not in page.replace("https://edi.boltindustrial.example", "").replace("http-equiv", "")


def test_what_a_guide_says_cannot_become_part_of_the_page(tmp_path: Path) -> None:
    partners = tmp_path / "partners"
    for path in (ROOT / "partners").rglob("*.yaml"):
        copy = partners / path.relative_to(ROOT / "partners")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text("utf-8").replace("Bolt's order number", "'<b>&\"'"), "utf-8")

    page = guide("850", "005010", "--partner", "bolt", "--html", "--partners", str(partners))

    assert "<p>&lt;b&gt;&amp;&quot;</p>" in page


def test_a_guide_can_be_written_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "guide.html"

    result = run("guide", "850", "005010", "--html", "--out", str(out))

    assert result.stdout == ""
    assert out.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("release", releases())
def test_every_set_we_read_can_be_printed(release: str) -> None:
    for set_id in ("856", "810", "997"):
        if load(set_id, release) is not None:
            assert f"{set_id} " in guide(set_id, release)
            assert "<h1>" in guide(set_id, release, "--html")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("850", "003060"), "there are no guides for version '003060': 004010 and 005010"),
        (("999", "004010"), "there is no guide for '999' in 004010: "),
        (("850", "004010", "--partner", "bolt"), "nothing is agreed with bolt about 850 in 004010"),
        (("850", "004010", "--json", "--html"), "--json and --html are two ways of printing"),
    ],
)
def test_what_cannot_be_printed_is_said(arguments: tuple[str, ...], said: str) -> None:
    result = run("guide", *arguments)

    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_help_comes_at_once() -> None:
    """Under 0.3 s of processor time when the code is compiled already; the best of several, beside others at work."""
    command = [sys.executable, "-c", "from gateway.cli.main import main; main()", "x12", "guide", "--help"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert min(taken) < 1.0
