import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.mapping import app
from gateway.errors import NotInOrder, UsageError
from gateway.mapping.diagnosis import MappingError
from tests.unit.mapping.orders import a_mapping

SHIPPED = Path(__file__).parents[3] / "mappings"

ORDER = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260102*1200*U*00401*000000007*0*P*>~"
    "GS*PO*SENDERGS*RECEIVERGS*20260102*1200*1*X*004010~ST*850*0001~BEG*00*SA*4500**20260102~"
    "PO1*1*2*EA*1.50~SE*4*0001~GE*1*1~IEA*1*000000007~"
)
DOCUMENT = {
    "purpose": "00",
    "type": "SA",
    "po_number": "4500",
    "order_date": "2026-01-02",
    "lines": [{"quantity": "2"}],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with one mapping that has one fixture, right at first."""
    folder = tmp_path / "mappings" / "x12" / "850"
    (folder / "fixtures").mkdir(parents=True)
    tests = "tests: [{name: basic, edi: fixtures/basic.edi, json: fixtures/basic.json, round_trip: canonical}]\n"
    (folder / "v1.map.yaml").write_text(a_mapping(rest=tests))
    (folder / "fixtures" / "basic.edi").write_text(ORDER)
    (folder / "fixtures" / "basic.json").write_text(json.dumps(DOCUMENT))
    return tmp_path


def _run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--mappings", str(home / "mappings")])


def test_a_good_mapping_with_good_fixtures_is_good(home: Path) -> None:
    result = _run(home, "check")

    assert result.exit_code == 0
    assert result.stdout == "x12/850@1: good, 1 fixture\n"


def test_mistakes_are_shown_with_a_path_that_opens_and_exit_one(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text().replace("BEG03", "BEGG3"))

    result = _run(home, "check", str(path))

    assert result.exit_code == 1
    assert f"{path}:11:14: E120:" in result.stdout
    assert "\n                 ^" in result.stdout


def test_a_fixture_that_reads_differently_is_told_field_by_field(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "fixtures" / "basic.json"
    path.write_text(json.dumps(DOCUMENT | {"lines": [{"quantity": "2.0"}], "release": "7"}))

    result = _run(home, "check", "x12/850")

    assert result.exit_code == 1
    assert 'E180: basic: lines[0].quantity: expected "2.0", found "2"' in result.stdout
    assert 'E180: basic: release: expected "7", found nothing' in result.stdout


@pytest.mark.parametrize("direction", ["both", "write"])
@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not readable"), ("[" * 100_000, "not readable"), ("[1]", "no object, or list of objects")],
)
def test_a_fixture_without_a_document_is_told(home: Path, direction: str, text: str, said: str) -> None:
    mapping = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    mapping.write_text(mapping.read_text() + f"direction: {direction}\n")
    (mapping.parent / "fixtures" / "basic.json").write_text(text)

    result = _run(home, "check")

    assert result.exit_code == 1
    assert "E180: basic: the " in result.stdout
    assert said in result.stdout


def test_a_mapping_is_held_to_the_guides_of_the_agreements_that_name_it(tmp_path: Path) -> None:
    for name in ("partners", "mappings"):
        shutil.copytree(SHIPPED.parent / name, tmp_path / name)
    guide = tmp_path / "partners" / "guides" / "acme" / "855-004010" / "v1.guide.yaml"
    guide.write_text(guide.read_text("utf-8").replace('codes: ["068"]', 'codes: ["067"]'), "utf-8")

    result, other = _run(tmp_path, "check", "acme/855"), _run(tmp_path, "check", "acme/810")
    elsewhere = _run(tmp_path, "check", "acme/855", "--partners", str(tmp_path / "nowhere"))

    good, told, line, caret = result.stdout.splitlines()
    assert good == "acme/855@1: good, 2 fixtures"
    assert told.startswith(str(tmp_path / "mappings" / "acme" / "855" / "v1.map.yaml"))
    assert "P028: ACK04 is always 068 (scheduled_ship) by list 'answer_date': only 067 is taken there" in told
    assert line[caret.index("^") :].startswith("scheduled_ship")
    assert (result.exit_code, other.exit_code, elsewhere.exit_code) == (1, 0, 0)


def test_nothing_of_a_mapping_can_command_a_terminal(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text() + '  "\\e[31mred": BEG03\n  "right\u202eleft": BEG03\n')

    result = _run(home, "check")

    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


def test_a_fixture_that_is_not_there_is_told(home: Path) -> None:
    (home / "mappings" / "x12" / "850" / "fixtures" / "basic.json").unlink()

    result = _run(home, "check")

    assert result.exit_code == 1
    assert "there is no" in result.stdout


def test_a_file_in_the_wrong_place_is_told(home: Path) -> None:
    (home / "mappings" / "lost.map.yaml").write_text("")

    assert "lost.map.yaml:1:1: E002" in _run(home, "check").stdout


def test_an_unknown_name_is_a_usage_error_with_the_nearest_one(home: Path) -> None:
    result = _run(home, "check", "x12/580")

    assert isinstance(result.exception, UsageError)
    assert "did you mean 'x12/850@1'" in str(result.exception)


def test_check_as_json_is_one_object_a_line(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text().replace("BEG03", "BEGG3"))

    found = [json.loads(line) for line in _run(home, "check", "--json").stdout.splitlines()]

    assert [(flaw["mapping"], flaw["code"], flaw["line"], flaw["column"]) for flaw in found] == [
        ("x12/850@1", "E120", 11, 14)
    ]


def test_read_prints_the_canonical_document(home: Path) -> None:
    (home / "order.edi").write_text(ORDER)

    result = _run(home, "read", "x12/850@1", str(home / "order.edi"))

    assert result.exit_code == 0
    assert json.loads(result.stdout) == DOCUMENT
    assert result.stderr == ""


def test_read_takes_standard_input_and_prints_one_line_a_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(ORDER.encode())))
    from gateway.cli.mapping import read

    with pytest.MonkeyPatch.context() as patched:
        lines: list[str] = []
        patched.setattr("gateway.cli.mapping.typer.echo", lambda text, err=False: lines.append(text))
        read("x12/850", "-", home / "mappings", True)

    assert json.loads(lines[0])["document"] == DOCUMENT


def test_read_tells_problems_on_standard_error_and_exits_one(home: Path) -> None:
    (home / "order.edi").write_text(ORDER.replace("20260102~PO1*1*2*EA*1.50", "20260102~PO1*1"))

    result = _run(home, "read", "x12/850", str(home / "order.edi"))

    assert result.exit_code == 1
    assert (
        "park: lines[0].quantity: 'lines[0].quantity' is required: nothing was found at PO102 (entry 1 of 'lines'"
        in result.stderr
    )


def test_read_does_not_say_again_what_a_set_is_rejected_for(home: Path) -> None:
    (home / "order.edi").write_text(ORDER.replace("20260102~PO1*1*2*EA", "20260102~PO1*1**EA"))

    result = _run(home, "read", "x12/850", str(home / "order.edi"))

    assert result.exit_code == 1
    assert "rejected by its own checks: 850/PO1[3]/PO102" in result.stderr
    assert "quantity" not in result.stderr


@pytest.mark.parametrize("command", [("read", "x12/850", "order.edi"), ("explain", "x12/850")])
def test_a_mapping_that_cannot_be_used_is_told_with_a_path_that_opens(home: Path, command: tuple[str, ...]) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text().replace("map:\n", "mp:\n"))

    result = _run(home, *command)

    assert isinstance(result.exception, MappingError)
    assert str(result.exception).startswith(f"{path}:")


def test_read_of_what_is_not_x12_exits_one(home: Path) -> None:
    (home / "order.edi").write_text("hello")

    result = _run(home, "read", "x12/850", str(home / "order.edi"))

    assert isinstance(result.exception, NotInOrder)
    assert result.exception.exit_code == 1
    assert "no transaction set" in str(result.exception)


def test_read_as_json_says_of_every_set_whether_it_was_accepted_and_why_not(home: Path) -> None:
    good, held = ORDER, ORDER.replace("20260102~PO1*1*2*EA*1.50", "20260102~PO1*1")
    rejected, unread = ORDER.replace("20260102~PO1*1*2*EA", "20260102~PO1*1**EA"), ORDER.replace("ST*850*", "ST*111*")
    (home / "order.edi").write_text(good + held + rejected + unread)

    result = _run(home, "read", "x12/850", str(home / "order.edi"), "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    assert (result.exit_code, result.stderr) == (1, "")
    assert [(row["accepted"], row["good"], bool(row["findings"]), bool(row["problems"])) for row in rows] == [
        (True, True, False, False),
        (True, False, False, True),
        (False, False, True, True),
        (False, False, True, False),
    ]
    assert rows[2]["findings"][0]["message"].startswith("850/PO1[3]/PO102")
    assert (rows[3]["set"], rows[3]["document"]) == ("111", None)


def test_a_fixture_that_is_not_written_back_is_told_segment_by_segment(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text().replace("round_trip: canonical", "round_trip: exact"))

    result = _run(home, "check")

    assert result.exit_code == 1
    assert "E180: basic: written back: segment 3 of the file is not written: PO1*1*2*EA*1.50\n" in result.stdout
    assert "E180: basic: written back: segment 3 is not in the file: PO1**2\n" in result.stdout


def test_what_a_mapping_loses_on_the_way_back_is_told(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text() + "  currency: {at: CUR02, read: \"'USD'\"}\n")
    folder = path.parent / "fixtures"
    (folder / "basic.edi").write_text(ORDER.replace("PO1*1", "CUR*BY*CAD~PO1*1").replace("SE*4", "SE*5"))
    (folder / "basic.json").write_text(json.dumps({**DOCUMENT, "currency": "USD"}))

    assert _run(home, "check").exit_code == 0

    path.write_text(path.read_text().replace("\"'USD'\"", '"value"'))
    (folder / "basic.json").write_text(json.dumps({**DOCUMENT, "currency": "CAD"}))
    result = _run(home, "check")

    assert result.exit_code == 1
    assert 'written back: currency: expected "CAD", found nothing' in result.stdout


def test_a_fixture_is_left_alone_only_for_a_reason(home: Path) -> None:
    path = home / "mappings" / "x12" / "850" / "v1.map.yaml"
    path.write_text(path.read_text().replace("round_trip: canonical", "round_trip: none"))

    assert "round_trip: none needs why:" in _run(home, "check").stdout

    path.write_text(path.read_text().replace("round_trip: none", "round_trip: none, why: nobody sends it back"))
    assert _run(home, "check").exit_code == 0


def test_write_prints_a_segment_a_line(home: Path) -> None:
    (home / "order.json").write_text(json.dumps(DOCUMENT))

    result = _run(home, "write", "x12/850", str(home / "order.json"))

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "ST*850*0001~",
        "BEG*00*SA*4500**20260102~",
        "PO1**2~",
        "CTT*1~",
        "SE*5*0001~",
    ]


def test_write_tells_what_is_wrong_on_standard_error_and_exits_one(home: Path) -> None:
    (home / "order.json").write_text(json.dumps([{**DOCUMENT, "release": "R1", "order_date": "tomorrow"}, DOCUMENT]))

    result = _run(home, "write", "x12/850", str(home / "order.json"))

    assert result.exit_code == 1
    assert "document 1: refuse: order_date: " in result.stderr
    assert "document 1: warn: release: 'release' is not written" in result.stderr
    assert "document 2" not in result.stderr
    assert result.stdout.count("ST*850") == 2


def test_write_holds_its_output_to_the_standard(home: Path) -> None:
    (home / "order.json").write_text(json.dumps({**DOCUMENT, "purpose": "9Z", "po_number": "45*00"}))

    result = _run(home, "write", "x12/850", str(home / "order.json"), "--json")

    line = json.loads(result.stdout)
    assert (result.exit_code, line["good"], line["segments"]) == (1, False, [])
    assert "45*00" in line["findings"][0]

    (home / "order.json").write_text(json.dumps({**DOCUMENT, "purpose": "9Z"}))
    line = json.loads(_run(home, "write", "x12/850", str(home / "order.json"), "--json").stdout)
    assert line["good"] is False
    assert line["segments"][1] == "BEG*9Z*SA*4500**20260102~"
    assert line["search"] == {}


@pytest.mark.parametrize("text", ["no json", "[1]", "\x00", "[" * 100_000])
def test_write_of_what_is_no_document_exits_one(home: Path, text: str) -> None:
    (home / "order.json").write_text(text)

    result = _run(home, "write", "x12/850", str(home / "order.json"))

    assert isinstance(result.exception, NotInOrder)


def test_explain_says_where_each_field_was_written(home: Path) -> None:
    result = _run(home, "explain", "x12/850")

    assert "po_number" in result.stdout
    assert "x12/850/v1.map.yaml:11" in result.stdout


def test_all_shipped_mappings_are_good_and_their_fixtures_read_exactly() -> None:
    result = CliRunner().invoke(app, ["check", "--mappings", str(SHIPPED)])

    assert result.exit_code == 0, result.stdout


def test_checking_needs_neither_store_nor_web_nor_engine() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from gateway.cli.mapping import app;"
        f"r = CliRunner().invoke(app, ['check', 'acme/850', '--mappings', {str(SHIPPED)!r}]);"
        "assert r.exit_code == 0, r.stdout;"
        "print([m for m in ('dbos', 'sqlalchemy', 'fastapi', 'uvicorn', 'asyncssh', 'aiohttp') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


LOOKED_UP = ORDER.replace("PO1*1*2*EA*1.50~", "PO1*1*2*EA*1.50**VN*AB-1~")
ROWS = "partner,table,theirs,ours,valid_from,valid_to\nx12,sku,AB-1,SKU-1,2026-01-02,2026-01-03\n"


@pytest.fixture
def looking_up(home: Path) -> Path:
    """The folder, its mapping looking articles up in the rows that its fixture names."""
    folder = home / "mappings" / "x12" / "850"
    files = "edi: fixtures/basic.edi, json: fixtures/basic.json, crossref: fixtures/rows.csv"
    test = f"{{name: basic, {files}, round_trip: canonical}}"
    text = a_mapping(lines="vendor_sku: {at: PO1<VN>, xref: sku}\nprice: PO104", rest=f"tests: [{test}]\n")
    (folder / "v1.map.yaml").write_text(text)
    (folder / "fixtures" / "basic.edi").write_text(LOOKED_UP.replace("PO1*1*2*EA", "PO1**2*"))
    line = {"quantity": "2", "vendor_sku": "SKU-1", "price": "1.50"}
    (folder / "fixtures" / "basic.json").write_text(json.dumps({**DOCUMENT, "lines": [line]}))
    (folder / "fixtures" / "rows.csv").write_text(ROWS)
    return home


def test_a_fixture_is_looked_up_in_its_own_rows_on_the_day_of_the_set_and_back(looking_up: Path) -> None:
    result = _run(looking_up, "check")

    assert result.stdout == "x12/850@1: good, 1 fixture\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS.replace("2026-01-03", "2026-01-01"), "rows.csv:2: it ends on 2026-01-01 and begins on 2026-01-02"),
        (ROWS.replace("AB-1", "AB-9"), "table 'sku' has no row that knows x12's 'AB-1'"),
        (ROWS + "x12,sku,AB-1,SKU-2,,\n", "rows.csv:3: 'AB-1' is 'SKU-1' already in line 2"),
    ],
)
def test_rows_that_do_not_do_are_told_with_the_fixture(looking_up: Path, rows: str, said: str) -> None:
    (looking_up / "mappings" / "x12" / "850" / "fixtures" / "rows.csv").write_text(rows)

    result = _run(looking_up, "check")

    assert result.exit_code == 1
    assert "E180: basic: " in result.stdout
    assert said in result.stdout


def test_a_mapping_is_tried_with_rows_of_a_file(looking_up: Path) -> None:
    fixtures = looking_up / "mappings" / "x12" / "850" / "fixtures"
    edi, rows = str(fixtures / "basic.edi"), str(fixtures / "rows.csv")
    (fixtures / "today.csv").write_text("partner,table,theirs,ours\n*,sku,AB-1,SKU-1\n")

    known = _run(looking_up, "read", "x12/850", edi, "--crossref", rows)
    unknown = _run(looking_up, "read", "x12/850", edi)
    written = _run(
        *(looking_up, "write", "x12/850", str(fixtures / "basic.json"), "--crossref", str(fixtures / "today.csv"))
    )
    nowhere = _run(looking_up, "read", "x12/850", edi, "--crossref", "nowhere.csv")

    assert json.loads(known.stdout)["lines"][0]["vendor_sku"] == "SKU-1"
    assert unknown.exit_code == 1
    assert "[unmapped-reference]" in unknown.stderr
    assert "PO1**2**1.50**VN*AB-1" in written.stdout
    assert isinstance(nowhere.exception, UsageError)
