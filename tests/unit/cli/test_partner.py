import json
import re
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.partner import app
from gateway.errors import NotInOrder, SettingsError, UsageError
from gateway.partners.problems import PartnerFilesError
from tests.unit.partners.folder import ACME, INTAKE, INVOICES, MAPPINGS, folder

ROOT = Path(__file__).parents[3]
PLAIN = ROOT / "edi_samples" / "acme" / "850-004010" / "plain" / "in.edi"
THREE = ROOT / "edi_samples" / "acme" / "850-004010" / "three-sets-one-bad" / "in.edi"
AUTHORED = ("--partners", str(ROOT / "partners"), "--mappings", str(ROOT / "mappings"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def written(home: Path, changes: dict[str, str | None] | None = None) -> tuple[str, ...]:
    """The options for a folder of partner files with the mappings they name, written below `home`."""
    mappings = {f"{name.replace('@', '/v')}.map.yaml": "" for name in MAPPINGS}
    for top, files in (("partners", folder(changes)), ("mappings", mappings)):
        for name, text in files.items():
            path = home / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return ("--partners", str(home / "partners"), "--mappings", str(home / "mappings"))


def test_the_files_of_the_repository_are_good() -> None:
    code, shown = run("check", *AUTHORED)

    assert code == 0
    assert re.fullmatch(r"good: \d+ partners, \d+ agreements, \d+ channels, \d+ destinations, \d+ intakes?\n", shown)


def test_what_goes_out_is_counted_with_what_comes_in(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + INVOICES, "intake/erp.yaml": INTAKE})

    assert run("check", *options) == (0, "good: 2 partners, 3 agreements, 3 channels, 2 destinations, 1 intake\n")


def test_a_mistake_is_shown_with_its_path_and_the_exit_is_1(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME.replace("owner:", "ownr:")})

    code, shown = run("check", *options)

    assert code == 1
    assert f"{tmp_path}/partners/acme.yaml:2:1: P010: there is no key 'ownr' here; did you mean 'owner'?" in shown


def test_a_file_that_is_not_utf_8_is_a_mistake_like_any_other(tmp_path: Path) -> None:
    options = written(tmp_path)
    (tmp_path / "partners" / "acme.yaml").write_bytes(b"name: Acm\xe9\n")

    code, shown = run("check", *options)

    assert code == 1
    assert f"{tmp_path}/partners/acme.yaml:1:10: P001: not UTF-8" in shown


def test_other_commands_tell_mistakes_with_a_path_that_opens(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME.replace("owner:", "ownr:")})

    with pytest.raises(PartnerFilesError) as caught:
        run("why", str(PLAIN), *options)

    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == [
        f"{tmp_path}/partners/acme.yaml:1:1",
        f"{tmp_path}/partners/acme.yaml:2:1",
    ]


def test_mistakes_are_one_json_object_a_line(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + "habit: x\n", "bolt.yaml": None})

    code, shown = run("check", "--json", *options)

    assert code == 1
    assert [(row["file"], row["line"], row["code"]) for row in map(json.loads, shown.splitlines())] == [
        ("acme.yaml", 7, "P010"),
        ("channels/bolt-sftp.yaml", 5, "P020"),
        ("channels/hub.yaml", 5, "P020"),
    ]


def test_a_mapping_that_is_not_in_the_folder_is_a_mistake(tmp_path: Path) -> None:
    options = written(tmp_path)
    (tmp_path / "mappings" / "bolt" / "850" / "v1.map.yaml").unlink()

    code, shown = run("check", *options)

    assert code == 1
    assert "bolt.yaml:5:74: P020: there is no mapping 'bolt/850@1'" in shown


def test_a_folder_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--partners .*/nowhere: there is no such folder"):
        run("check", "--partners", str(tmp_path / "nowhere"))


def test_a_setting_that_leads_nowhere_is_told_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PARTNERS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match=r"GATEWAY_PARTNERS_DIR is '.*/nowhere': there is no such folder"):
        run("list")


def test_without_partners_the_list_says_so(tmp_path: Path) -> None:
    options = written(
        tmp_path, {name: None for name in folder() if name.split("/")[0] not in ("company.yaml", "destinations")}
    )
    result = CliRunner().invoke(app, ["list", *options[:2]])

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no partners yet\n")


def test_agreements_are_listed_both_ways_with_their_channels_and_destinations(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + INVOICES})

    code, shown = run("list", *options[:2])

    assert code == 0
    assert [" ".join(line.split()) for line in shown.splitlines()[1:3]] == [
        "acme/orders inbound 850 004010 production acme/850@1 - acme-sftp hub pine erp erp-test onboarding",
        "acme/invoices outbound 810 004010 production acme/810@1 - acme-sftp pine - - onboarding",
    ]


def test_a_partner_without_agreements_is_listed_too(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME.partition("agreements")[0]})

    row = json.loads(run("list", "--json", *options[:2])[1].splitlines()[0])

    assert (row["partner"], row["agreement"], row["mapping"], row["channels"]) == ("acme", "acme/", "", "acme-sftp hub")


def test_the_list_is_json_for_programs(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + INVOICES})

    rows = [json.loads(line) for line in run("list", "--json", *options[:2])[1].splitlines()]

    assert [(row["agreement"], row["direction"]) for row in rows] == [
        ("acme/orders", "inbound"),
        ("acme/invoices", "outbound"),
        ("bolt/orders", "inbound"),
    ]
    assert len({tuple(row) for row in rows}) == 1


def test_a_partner_is_shown_with_the_line_that_says_each_value(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + INVOICES, "intake/erp.yaml": INTAKE})

    code, shown = run("show", "acme", *options[:2])

    assert code == 0
    said = {" ".join(line.split()) for line in shown.splitlines()}
    assert "acme/invoices from pine: we send 810 004010" in said
    assert "mapping acme/810@1 acme.yaml:12" in said
    assert "from_isa ZZ/PINE company.yaml:6" in said
    assert "batch sets 1, wait_minutes 0 default" in said
    assert "destination erp company.yaml:8" in said


def test_a_partner_is_shown_as_json_a_part_a_line(tmp_path: Path) -> None:
    options = written(tmp_path, {"acme.yaml": ACME + INVOICES, "intake/erp.yaml": INTAKE})

    rows = [json.loads(line) for line in run("show", "acme", "--json", *options[:2])[1].splitlines()]

    assert [(row["kind"], row["id"]) for row in rows] == [
        ("partner", "acme"),
        ("channel", "acme-sftp"),
        ("channel", "hub"),
        ("intake", "erp"),
        ("inbound", "acme/orders"),
        ("outbound", "acme/invoices"),
    ]
    assert rows[-1]["facts"]["to_isa"] == {"value": "ZZ/ACME", "said_by": "acme.yaml:3"}
    assert rows[-1]["facts"]["functional_id"] == {"value": "IN", "said_by": "derived"}


def test_a_misspelt_partner_is_a_usage_error_with_a_hint() -> None:
    with pytest.raises(UsageError, match="there is no partner 'acne'; did you mean 'acme'"):
        run("show", "acne", *AUTHORED[:2])


def test_why_shows_the_steps_to_the_agreement_of_each_set() -> None:
    code, shown = run("why", str(THREE), "--channel", "acme-sftp", *AUTHORED)

    assert code == 0
    assert shown.count("=> acme/orders (production): mapping acme/850@1, to erp") == 3
    assert "000001002/1002/0002" in shown


def test_why_exits_1_when_a_set_finds_no_agreement() -> None:
    code, shown = run("why", str(PLAIN), "--channel", "bolt-sftp", "--json", *AUTHORED)

    assert code == 1
    row = json.loads(shown)
    assert (row["agreement"], row["channel"]) == ("", "bolt-sftp")
    assert row["reason"] == "sender ZZ/ACMERETAIL is acme, which channel bolt-sftp does not carry"


def test_why_exits_1_for_a_file_without_a_set(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")

    with pytest.raises(NotInOrder, match="no transaction set in it"):
        run("why", str(tmp_path / "note.txt"), *AUTHORED)
    assert NotInOrder.exit_code == 1


def test_a_misspelt_channel_is_a_usage_error_with_a_hint() -> None:
    with pytest.raises(UsageError, match="did you mean 'acme-sftp'"):
        run("why", str(PLAIN), "--channel", "acme-stp", *AUTHORED)


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"nothing\.edi"):
        run("why", "nothing.edi", *AUTHORED)


def test_the_group_has_its_five_commands() -> None:
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}

    assert isinstance(app, typer.Typer)
    assert names == {"check", "list", "new", "show", "why"}


def test_new_says_why_company_is_no_partner() -> None:
    with pytest.raises(UsageError, match=r"company\.yaml says who we are"):
        run("new", "company", "--like", "acme", "--isa", "01/999999999", *AUTHORED)


def test_a_warning_is_shown_with_its_line_and_is_a_mistake_only_when_asked(tmp_path: Path) -> None:
    for name in ("partners", "mappings"):
        shutil.copytree(ROOT / name, tmp_path / name)
    options = ("--partners", str(tmp_path / "partners"), "--mappings", str(tmp_path / "mappings"))
    mapping = tmp_path / "mappings" / "acme" / "855" / "v1.map.yaml"
    mapping.write_text(
        mapping.read_text("utf-8").replace('"068": scheduled_ship', '"067": scheduled_delivery'), "utf-8"
    )
    guide = tmp_path / "partners" / "guides" / "acme" / "855-004010" / "v1.guide.yaml"
    guide.write_text(guide.read_text("utf-8").replace('codes: ["068"]', 'codes: ["068"], severity: warn'), "utf-8")

    code, shown = run("check", *options)
    strict, _ = run("check", *options, "--strict")
    _, as_json = run("check", *options, "--json")

    assert (code, strict) == (0, 1)
    head, line, caret = shown.splitlines()[1:4]
    assert head.startswith(f"{mapping}:") and "P029: ACK04 is always 067 (scheduled_delivery)" in head
    assert line.strip().startswith("answer_date:")
    assert line[caret.index("^") :].startswith("scheduled_delivery")
    assert json.loads(as_json.splitlines()[1])["file"] == "acme/855/v1.map.yaml"
