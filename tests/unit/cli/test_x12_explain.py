"""`gateway x12 explain`, as a shell sees it: a listing for people, a page for a browser, lines for programs."""

import json
import re
import shutil
from html.parser import HTMLParser
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.x12_explain import _look
from gateway.cli.x12_explain_choice import Choice
from gateway.cli.x12_explain_look import Look
from gateway.cli.x12_explain_text import TextListing
from gateway.errors import UsageError
from gateway.x12.explain import explain
from tests.unit.x12 import samples
from tests.unit.x12.test_explain import SHIP_NOTICE

ROOT = Path(__file__).parents[3]
BAD = samples.replaced("BEG", "BEG*00*SA*PO-1001")
MIXED = samples.interchange(
    samples.group(
        samples.closed(samples.ORDER),
        samples.closed(["ST*850*0002", *BAD[1:]]),
        samples.closed(["ST*850*0003", *samples.ORDER[1:]]),
    )
)
SMALL = samples.order(["ST*850*0001", "BEG*00*SA*PO-7**20260231", "N1*ST*NORTH*92*0042", "PO1*1*12*EA*9.95"])
ESCAPE = "\x1b"


def run(*arguments: str, data: bytes = b"", **environment: str) -> Result:
    return CliRunner().invoke(
        app, ["x12", "explain", "-", *arguments], input=data, env={"COLUMNS": "100"} | environment
    )


def listing(data: bytes, width: int = 80, *, colour: bool = False, only_findings: bool = False) -> list[str]:
    text = TextListing(Look(width=width, colour=colour), only_findings=only_findings)
    choice = Choice(only_findings=only_findings)
    return [*(line for part in choice.chosen(explain(data)) for line in text.lines(part)), *text.ending(choice)]


def objects(data: bytes, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("--json", *arguments, data=data).stdout.splitlines()]


class Markup(HTMLParser):
    """Reads a page: which tags it has, whether they are closed in order, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# ---------------------------------------------------------------------------------------------- for people


def test_an_order_with_a_wrong_date_looks_like_this() -> None:
    whole = listing(SMALL)
    start = next(number for number, line in enumerate(whole) if line.startswith("── Set 1"))

    assert whole[start : start + 38] == [
        "── Set 1: 850 Purchase order ─────────────────────────────────────── rejected ──",
        "  Purchase order PO-7 from ACME, 1 line worth 119.40, ship to NORTH (0042,",
        "  assigned by the buyer).",
        "  Purpose     original, stand-alone order",
        "  Parties     Ship to: NORTH (0042, assigned by the buyer)",
        "  Contents    1 line, 12 each, worth 119.40",
        "",
        "   1 ST   Set start                                                  ST*850*0001",
        "         01 Transaction set           850             purchase order",
        "         02 Set control number        0001",
        "   2 BEG  Start of a purchase order",
        "          BEG*00*SA*PO-7**20260231",
        "                          ▲",
        "         01 Purpose                   00              original",
        "         02 Purchase order type       SA              stand-alone order",
        "         03 Purchase order number     PO-7",
        "       ✗ 05 Date                      20260231",
        '            │ AK403:8 rejects: "20260231" is not a date',
        "            │ allowed: a date, written CCYYMMDD",
        "            │ → the partner: CCYYMMDD",
        "     ▸ Ship to  NORTH (0042, assigned by the buyer)",
        "   3 │ N1   Party                                            N1*ST*NORTH*92*0042",
        "     │     01 Kind of party             ST              ship to",
        "     │     02 Name                      NORTH",
        "     │     03 Kind of identifier        92              assigned by the buyer",
        "     │     04 Identifier                0042            assigned by the buyer",
        "     ▸ Line  1: 12 each at 9.95",
        "   4 │ PO1  Order line                                          PO1*1*12*EA*9.95",
        "     │     01 Line number               1",
        "     │     02 Quantity ordered          12",
        "     │     03 Unit of measure           EA              each",
        "     │     04 Unit price                9.95",
        "   5 SE   Set end                                                      SE*5*0001",
        "         01 Number of segments        5",
        "         02 Set control number        0001",
        "",
        "  ✗ Set 0001 rejected. The 997 will say so and why (AK501 R). Nothing of this",
        "    document is delivered: the partner corrects it and sends it again under new",
    ]


def test_the_levels_of_an_856_are_indented_by_the_tree() -> None:
    data = samples.interchange(samples.group(samples.closed(SHIP_NOTICE), functional_id="SH"))
    headings = [line[5:] for line in listing(data) if "▸" in line]

    assert headings == [
        "▸ Shipment  2 packages",
        "│ ▸ Ship to  NORTH STORE (0042, assigned by the buyer)",
        "│ ▸ Order  purchase order PO-1001",
        "│ │ ▸ Pack  mark 00100000000000000017",
        "│ │ │ ▸ Item  12 each, UPC (GTIN-12) 041196910766",
        "│ │ ▸ Pack  mark 00100000000000000024",
        "│ │ │ ▸ Item  6 each, UPC (GTIN-12) 041196910773",
    ]


def test_the_ending_says_what_the_file_came_to_and_where_to_look() -> None:
    assert listing(MIXED)[-2:] == [
        "  3 sets: 2 accepted, 1 rejected; 1 error, 0 warnings",
        "  Set 2, 850 0002: AK403:1 850/BEG[2]/BEG05: Date is mandatory and missing",
    ]


WRONG_ENVELOPES = MIXED.replace(b"GS*PO*ACME", b"GS*XX*ACME").replace(b"*20240131*1200*7*", b"*20240199*1200*7*")


@pytest.mark.parametrize(
    "data",
    [SMALL, MIXED, WRONG_ENVELOPES, MIXED.replace(b"IEA*1", b"IEA*2"), b"\xef\xbb\xbf" + MIXED, b"no X12 at all", b""],
)
def test_the_ending_counts_what_check_counts(data: bytes) -> None:
    checked = CliRunner().invoke(app, ["x12", "check", "-"], input=data).stdout.splitlines()[-1]
    ending = next(line for line in listing(data) if re.match(r"  \d+ sets?: ", line))

    assert ending.split(": ")[1] == checked.split(": ")[1]


def test_the_ending_names_faulty_envelopes_too() -> None:
    assert '  Group 7: AK905:1 GS01 "XX" is not a group we read' in listing(WRONG_ENVELOPES)[-6:]
    assert listing(b"no X12 at all")[-1].startswith("  Byte 0: TA105:022 no ISA")


def test_an_empty_file_is_said_to_be_empty() -> None:
    shown = "\n".join(listing(b""))

    assert "it is empty" in shown
    assert "encryption" not in shown


def test_sets_of_a_refused_interchange_count_as_rejected() -> None:
    refused = MIXED.replace(b"IEA*1*000000001", b"IEA*1*000000009")

    assert "  3 sets: 0 accepted, 3 rejected; 2 errors, 0 warnings" in listing(refused)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = samples.order(samples.replaced("N1", f"N1*ST*{'NORTH STORE ' * 9}*92*{'9' * 70}"))

    assert max(map(len, listing(long, width))) <= width


def test_only_findings_shows_the_way_to_them_and_nothing_else() -> None:
    shown = "\n".join(listing(MIXED, only_findings=True))

    assert "Set 2: 850" in shown
    assert "Set 1: 850" not in shown
    assert "BEG  Start of a purchase order" in shown
    assert "CUR" not in shown
    assert "3 sets: 2 accepted, 1 rejected" in shown


def test_a_good_file_has_no_findings_to_show() -> None:
    assert [line for line in listing(samples.order(), only_findings=True) if line] == [
        "━━ In short ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━",
        "  1 set: 1 accepted, 0 rejected; 0 errors, 0 warnings",
    ]


def test_one_set_can_be_shown_alone_with_its_envelope() -> None:
    result = run("--set", "3", data=MIXED)

    assert re.findall(r"^── Set (\d+)", result.stdout, flags=re.MULTILINE) == ["3"]
    assert "Interchange 000000001" in result.stdout
    assert result.exit_code == 1  # the file is judged as a whole


def test_a_set_that_is_not_there_is_a_usage_error() -> None:
    result = run("--set", "4", data=MIXED)

    assert isinstance(result.exception, UsageError)
    assert "no set 4" in str(result.exception)


def test_warnings_alone_are_exit_0_and_rejections_exit_1() -> None:
    assert run(data=samples.order()).exit_code == 0
    assert run(data=b"\xef\xbb\xbf" + samples.order()).exit_code == 0
    assert run(data=MIXED).exit_code == 1
    assert run(data=b"no X12 at all").exit_code == 1


def test_what_is_agreed_with_a_partner_counts() -> None:
    sample = str(ROOT / "edi_samples/acme/850-004010/plain/in.edi")
    arguments = ["x12", "explain", sample, "--partner", "acme", "--partners", str(ROOT / "partners")]

    assert CliRunner().invoke(app, arguments).exit_code == 0


def as_agreed(tmp_path: Path, acknowledge: str, *arguments: str) -> str:
    """A file of Bolt's explained, when its agreement has this to say about answers."""
    partners = shutil.copytree(ROOT / "partners", tmp_path / "partners")
    with (partners / "bolt.yaml").open("a", encoding="utf-8") as file:
        file.write(f"    acknowledge: {acknowledge}\n")
    sample = str(ROOT / "edi_samples/bolt/850-005010/no-contract/in.edi")
    return (
        CliRunner()
        .invoke(app, ["x12", "explain", sample, "--partner", "bolt", "--partners", str(partners), *arguments])
        .stdout
    )


@pytest.mark.parametrize("arguments", [(), ("--html",), ("--json",)])
def test_the_999_that_a_partner_is_answered_with_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shown = as_agreed(tmp_path, '{functional: "999", ta1: always}', *arguments)

    assert "The 999 will say so and why (IK501 R)" in shown
    assert "The 999 will say AK901 R" in shown
    assert "A TA1 will say A, as agreed" in shown
    assert "997" not in shown


def test_programs_are_told_which_acknowledgement_each_is_answered_with(tmp_path: Path) -> None:
    lines = as_agreed(tmp_path, '{functional: "999", ta1: never}', "--json").splitlines()
    answers = {one["kind"]: one["answer"] for one in map(json.loads, lines) if "answer" in one}

    assert answers == {"set": "999", "set_end": "999", "group_end": "999", "interchange_end": ""}


def test_without_a_partner_a_997_is_named_in_005010_too() -> None:
    sample = str(ROOT / "edi_samples/bolt/850-005010/no-contract/in.edi")
    shown = CliRunner().invoke(app, ["x12", "explain", sample]).stdout

    assert "The 997 will say so (AK501 A)" in shown
    assert "999" not in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "no agreement with the partner says otherwise"), (("--partner", "acme"), "was agreed with the partner")],
)
def test_a_page_says_what_its_acknowledgements_rest_on(arguments: tuple[str, ...], told: str) -> None:
    sample = str(ROOT / "edi_samples/acme/850-004010/plain/in.edi")
    page = (
        CliRunner()
        .invoke(app, ["x12", "explain", sample, "--html", *arguments, "--partners", str(ROOT / "partners")])
        .stdout
    )

    assert told in page


# ---------------------------------------------------------------------------------------------- colour, signs


def test_there_is_no_colour_where_there_is_no_terminal() -> None:
    assert ESCAPE not in run(data=MIXED).stdout


def test_colour_marks_the_same_text() -> None:
    coloured = listing(MIXED, colour=True)

    assert any(ESCAPE in line for line in coloured)
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in coloured]
    assert bare == [line.rstrip() for line in listing(MIXED)]


class Terminal(TextIOWrapper):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_is_for_terminals_that_want_it(
    environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert _look(Terminal(BytesIO(), encoding="utf-8")).colour is colour
    assert _look(TextIOWrapper(BytesIO(), encoding="utf-8")).colour is False


def test_a_terminal_without_lines_and_arrows_gets_letters() -> None:
    look = _look(TextIOWrapper(BytesIO(), encoding="ascii"))
    text = TextListing(Look(width=80, plain=look.plain))

    assert look.plain
    assert all(line.isascii() for part in explain(MIXED) for line in text.lines(part))


# ---------------------------------------------------------------------------------------------- hostile input

HOSTILE = [
    b"",
    b"ISA",
    b"\x00\xff" * 5000,
    samples.isa().encode(),
    samples.isa().encode() + b"~GS*PO",
    samples.order(samples.replaced("N1", "N1*ST*\x1b[31mred\x07\x00\r\x9b2J*92*1")),
    samples.order(samples.replaced("N1", "N1*ST*" + "A" * 60_000 + "*92*1")),
    samples.order(samples.replaced("N1", "N1" + "*" * 5_000 + "X")),
    samples.order(samples.replaced("N1", "N1*ST*a\u202ebc\u2066d*92*1")),
    samples.order(samples.inserted("CTT", *(["HL*1*1*S", "\x1bX*\x1b"] * 20))),
    samples.order().replace(b"*P*:~", b"*\x1b*\x07~"),
    b"\x1b]0;title\x07" + samples.order() + b"\x1b[2J",
    samples.isa().replace("ACME", "\x1b[1m!").encode() + b"~IEA*0*000000001~",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("arguments", [(), ("--html",), ("--json",), ("--only-findings",)])
def test_hostile_bytes_end_in_a_listing_without_control_characters(data: bytes, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, data=data)

    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code in (0, 1)
    assert [one for one in result.stdout if not one.isprintable() and one != "\n"] == []


def test_a_huge_element_is_cut_and_its_length_told() -> None:
    shown = run(data=HOSTILE[6]).stdout

    assert "(60,000" in shown
    assert len(shown) < 20_000


# ---------------------------------------------------------------------------------------------- a page


def test_a_page_is_complete_in_itself() -> None:
    page = run("--html", data=MIXED).stdout
    markup = Markup(page)

    assert markup.open == []
    assert not {"script", "link", "img", "iframe"} & set(markup.tags)
    assert not {"src", "onclick", "onload", "style"} & set(markup.attributes)
    assert "http:" not in page
    assert "https:" not in page
    assert "@import" not in page
    assert "url(" not in page


def test_a_page_begins_with_an_index_of_its_sets() -> None:
    page = run("--html", data=MIXED).stdout

    assert page.index("</nav>") < page.index('<article class="card set" id="set-1">')
    assert re.findall(r'<a href="#(set-\d)">', page) == re.findall(r'<article class="card set" id="(set-\d)">', page)


def test_a_page_opens_the_loops_and_marks_the_findings() -> None:
    page = run("--html", data=MIXED).stdout

    assert '<details class="loop" open><summary><b>Ship to</b>' in page
    assert "<mark>&nbsp;</mark>" in page
    assert '<div class="advice reject">' in page
    assert "The sender: send it." in page


def test_in_a_large_set_only_loops_with_findings_are_open() -> None:
    lines = [f"PO1*{number}*{'x' if number == 150 else 1}*EA*1" for number in range(1, 400)]
    page = run("--html", data=samples.order([*samples.ORDER[:2], *lines])).stdout

    assert page.count('<details class="loop">') == 398
    assert page.count('<details class="loop troubled" open>') == 1


def test_nothing_from_a_file_becomes_markup() -> None:
    evil = "<script>alert(1)</script>&amp;\"'<img src=x onerror=1>"
    data = samples.interchange(
        samples.group(
            samples.closed(
                [
                    "ST*850*0001",
                    f"BEG*00*SA*{evil}**20240131",
                    f"N1*ST*{evil}*92*{evil}",
                    f"PO1*{evil}*1*EA*1**UP*{evil}",
                    f"<b>*{evil}",
                ]
            )
        )
    ).replace(b"ACME           ", b"<i>ACME</i>    ")
    page = run("--html", data=data).stdout
    markup = Markup(page)

    assert markup.open == []
    assert not {"script", "img", "i"} & set(markup.tags)
    assert "onerror" not in markup.attributes
    assert any(evil in words for words in markup.words)


def test_a_page_is_named_for_its_file_and_not_for_where_it_lay(tmp_path: Path) -> None:
    place = tmp_path / "secret-folder" / "orders.edi"
    place.parent.mkdir()
    place.write_bytes(MIXED)
    page = CliRunner().invoke(app, ["x12", "explain", str(place), "--html"]).stdout

    assert "<h1>orders.edi</h1>" in page
    assert "secret-folder" not in page


# ---------------------------------------------------------------------------------------------- for programs


def test_lines_come_in_the_order_of_the_file() -> None:
    kinds = [one["kind"] for one in objects(SMALL)]

    assert kinds == [
        "interchange", "group", "set", *(["segment"] * 5), "set_end", "group_end", "interchange_end",
    ]  # fmt: skip


def test_the_keys_of_each_kind_of_line_are_these() -> None:
    data = b"junk" + SMALL.replace(b"GS*", b"TA1*000000009*240131*1200*A*000~GS*", 1)
    keys = {str(one["kind"]): sorted(one) for one in objects(data)}
    segment = ["absent", "elements", "findings", "id", "loops", "name", "position", "text"]

    assert keys == {
        "passed": ["findings", "kind", "length", "offset", "sample"],
        "interchange": ["control_number", "delimiters", "facts", "kind", "ordinal", "segment", "summary"],
        "loose": ["kind", "said", "segment"],
        "group": ["control_number", "facts", "kind", "ordinal", "segment", "summary"],
        "set": [
            "answer", "errors", "facts", "findings", "kind", "number", "release", "set", "set_ordinal", "size",
            "status", "summary", "title", "verdict", "warnings",
        ],
        "segment": sorted([*segment, "kind", "number", "set", "set_ordinal"]),
        "set_end": ["answer", "kind", "number", "set", "set_ordinal", "status", "verdict"],
        "group_end": ["answer", "findings", "kind", "segment", "status", "verdict"],
        "interchange_end": ["answer", "findings", "kind", "segment", "status", "verdict"],
    }  # fmt: skip


def test_an_element_and_its_finding_have_these_keys() -> None:
    beginning = next(one for one in objects(SMALL) if one.get("id") == "BEG")
    elements = beginning["elements"]
    assert isinstance(elements, list)
    date = elements[-1]

    assert {key: date[key] for key in ("place", "position", "reference", "name", "value", "meaning")} == {
        "place": "BEG05", "position": 5, "reference": "373", "name": "Date", "value": "20260231", "meaning": "",
    }  # fmt: skip
    (finding,) = date["findings"]
    assert {key: finding[key] for key in ("code", "effect", "found", "allowed", "who", "remedy")} == {
        "code": "AK403:8",
        "effect": "reject",
        "found": '"20260231" is not a date',
        "allowed": "a date, written CCYYMMDD",
        "who": "partner",
        "remedy": "CCYYMMDD",
    }


def test_only_findings_leaves_out_other_segments_as_json_too() -> None:
    assert [one["id"] for one in objects(MIXED, "--only-findings") if one["kind"] == "segment"] == ["BEG"]


def test_a_page_and_json_at_once_are_a_usage_error() -> None:
    assert isinstance(run("--html", "--json", data=SMALL).exception, UsageError)
