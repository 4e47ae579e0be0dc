"""`gateway x12 check` and `gateway x12 ack`, as a shell sees them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.errors import UsageError
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.unit.x12 import samples

GOOD = samples.order()
BAD = samples.closed([segment.replace("ST*850*0001", "ST*850*0002") for segment in samples.replaced("BEG", None)])
LAST = samples.closed([segment.replace("ST*850*0001", "ST*850*0003") for segment in samples.ORDER])
MIXED = samples.interchange(samples.group(samples.closed(samples.ORDER), BAD, LAST))
NOW = "2026-03-02T14:05:00+00:00"
FINDING_KEYS = {
    "level", "code", "effect", "segment", "position", "loop", "element", "component", "repeat", "reference", "value",
    "message",
}  # fmt: skip


def run(*arguments: str, data: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["x12", *arguments], input=data)


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def interchanges(data: bytes) -> list[InterchangeResult]:
    return [event for event in examine(data) if isinstance(event, InterchangeResult)]


def test_a_good_file_is_exit_0() -> None:
    result = run("check", "-", data=GOOD)

    assert result.exit_code == 0
    assert "850 0001: accepted" in result.stdout
    assert result.stdout.splitlines()[-1] == (
        "1 file, 1 interchange, 1 group, 1 set: 1 accepted, 0 rejected; 0 errors, 0 warnings"
    )


def test_the_listing_says_what_is_wrong_and_where() -> None:
    result = run("check", "-", data=MIXED)

    assert result.exit_code == 1
    assert "group 7 PO, version 004010: partly accepted, 2 of 3 sets" in result.stdout
    assert "850 0002: rejected\n        rejects AK304:3 at segment 2 BEG: " in result.stdout
    assert "3 sets: 2 accepted, 1 rejected; 1 error, 0 warnings" in result.stdout


def test_warnings_alone_are_exit_0() -> None:
    result = run("check", "-", data=b"\xef\xbb\xbf" + GOOD)

    assert result.exit_code == 0
    assert "warning W:bom" in result.stdout
    assert "0 errors, 1 warning" in result.stdout


def test_a_noted_error_is_exit_1() -> None:
    result = run("check", "-", data=samples.order(samples.replaced("PO1*1*", "PO1*1*12*ZQ*9.95")))

    assert result.exit_code == 1
    assert "850 0001: accepted, errors noted\n        noted AK403:7 at segment 16 PO1, loop PO1, element 03: "


def test_several_files_are_listed_one_after_the_other(tmp_path: Path) -> None:
    files = [tmp_path / "one.edi", tmp_path / "two.edi"]
    for file in files:
        file.write_bytes(GOOD)
    result = run("check", *map(str, files))

    assert [line for line in result.stdout.splitlines() if line.endswith(".edi")] == [str(file) for file in files]
    assert "2 files, 2 interchanges" in result.stdout


def test_sets_of_a_truncated_interchange_are_not_called_accepted() -> None:
    data = GOOD[: GOOD.index(b"IEA")]

    assert "850 0001: rejected with its interchange" in run("check", "-", data=data).stdout
    assert [line["accepted"] for line in lines(run("check", "-", "--json", data=data))] == [False, False, False]


def test_json_is_one_object_per_set_group_and_interchange() -> None:
    result = run("check", "-", "--json", data=MIXED)
    found = lines(result)

    assert result.exit_code == 1
    assert [line["level"] for line in found] == ["set", "set", "set", "group", "interchange"]
    assert [line["accepted"] for line in found] == [True, False, True, True, True]
    first = found[0]
    assert (first["file"], first["interchange"], first["group"]) == ("-", "000000001", "7")
    assert (first["sender"], first["receiver"], first["version"]) == ("ACME", "OURS", "004010")
    assert (first["set"], first["number"], first["findings"]) == ("850", "0001", [])
    assert (found[3]["sets_included"], found[3]["sets_received"], found[3]["sets_accepted"]) == (3, 3, 2)
    assert (found[4]["status"], found[4]["note"]) == ("A", "000")


def test_a_finding_in_json_has_its_place_code_and_value() -> None:
    data = samples.order(samples.replaced("PO1*1*", "PO1*1*12*TOOLONG*9.95"))
    findings = lines(run("check", "-", "--json", data=data))[0]["findings"]

    assert isinstance(findings, list)
    (finding,) = findings
    assert set(finding) == FINDING_KEYS
    assert (finding["level"], finding["code"], finding["effect"]) == ("element", "AK403:5", "reject")
    assert (finding["segment"], finding["position"], finding["loop"]) == ("PO1", 16, "PO1")
    assert (finding["element"], finding["reference"], finding["value"]) == (3, "355", "TOOLONG")


@pytest.mark.parametrize("command", ["check", "ack"])
def test_what_is_not_x12_is_said_in_clear_words_with_exit_1(command: str) -> None:
    result = run(command, "-", data=b"hello, world")

    assert result.exit_code == 1
    assert "no ISA: this is not X12" in result.output


def test_what_is_not_x12_is_an_object_of_its_own_in_json() -> None:
    (line,) = lines(run("check", "-", "--json", data=b"hello, world"))

    assert (line["level"], line["accepted"]) == ("unreadable", False)


@pytest.mark.parametrize("command", ["check", "ack"])
def test_a_missing_file_is_a_usage_error(command: str, tmp_path: Path) -> None:
    for file in (tmp_path / "none.edi", tmp_path):
        result = run(command, str(file))

        assert isinstance(result.exception, UsageError)
        assert result.exception.exit_code == 2
        assert str(file) in str(result.exception)


def test_control_characters_in_data_do_not_reach_the_terminal() -> None:
    result = run("check", "-", data=GOOD.replace(b"ST*850*0001", b"ST*850*\x1b[2J"))

    assert "\x1b" not in result.stdout


def test_the_acknowledgement_is_written_byte_for_byte() -> None:
    result = run("ack", "-", "--now", NOW, data=MIXED)

    assert result.exit_code == 1
    assert result.stdout_bytes == (
        b"ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260302*1405*U*00401*000000001*0*P*:~"
        b"GS*FA*OURS*ACME*20260302*1405*1*X*004010~"
        b"ST*997*0001~AK1*PO*7~AK2*850*0001~AK5*A~AK2*850*0002~AK3*BEG*2**3~AK5*R*5~AK2*850*0003~AK5*A~AK9*P*3*3*2~"
        b"SE*11*0001~GE*1*1~IEA*1*000000001~"
    )


def test_a_999_is_written_byte_for_byte() -> None:
    data = samples.order(samples.replaced("N1*ST", "N1*ST*North Store*92"), version="005010")
    result = run("ack", "-", "--as", "999", "--now", NOW, data=data)

    assert result.exit_code == 1
    assert result.stdout_bytes == (
        b"ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260302*1405*^*00501*000000001*0*P*:~"
        b"GS*FA*OURS*ACME*20260302*1405*1*X*005010~"
        b"ST*999*0001*005010~AK1*PO*7*005010~AK2*850*0001~IK3*N1*13*N1*8~IK4*4*67*2~"
        b"CTX*SITUATIONAL TRIGGER*N1*13*N1*3*66~IK5*R*5~AK9*R*1*1*0~"
        b"SE*9*0001~GE*1*1~IEA*1*000000001~"
    )


def test_a_version_that_has_no_999_gets_a_997_and_a_word_about_it() -> None:
    wanted, plain = (run("ack", "-", "--as", kind, "--now", NOW, data=GOOD) for kind in ("999", "997"))

    assert (wanted.exit_code, wanted.stdout_bytes) == (0, plain.stdout_bytes)
    assert wanted.stderr == "-: ISA13 000000001: version 004010 has no 999, a 997 is written\n"
    assert plain.stderr == ""


def test_an_answer_as_json_says_which_kind_it_is() -> None:
    told = json.loads(run("ack", "-", "--as", "999", "--json", data=samples.order(version="005010")).stdout)

    assert [one["kind"] for one in told["acknowledgements"]] == ["999"]


@pytest.mark.parametrize("kind", ["997", "999"])
def test_no_answer_is_written_to_an_answer_however_it_is_asked_for(kind: str) -> None:
    answer = run("ack", "-", "--as", kind, data=samples.order(version="005010")).stdout_bytes
    result = run("ack", "-", "--as", kind, "--ta1", "always", data=answer)

    assert (result.exit_code, result.stdout_bytes) == (0, b"")


def test_ge_decides_what_was_announced_and_without_it_what_was_received() -> None:
    wrong, missing = GOOD.replace(b"GE*1*7", b"GE*5*7"), GOOD.replace(b"GE*1*7~", b"")

    assert b"AK9*R*5*1*0*5~" in run("ack", "-", data=wrong).stdout_bytes
    assert b"AK9*R*1*1*0*3~" in run("ack", "-", data=missing).stdout_bytes


def test_an_accepted_file_is_acknowledged_with_exit_0() -> None:
    result = run("ack", "-", data=GOOD)

    assert result.exit_code == 0
    assert b"AK9*A*1*1*1~" in result.stdout_bytes


def test_the_ta1_comes_first_in_an_interchange_of_its_own() -> None:
    result = run("ack", "-", "--ta1", "always", "--control-number", "40", "--now", NOW, data=GOOD)
    first, second = interchanges(result.stdout_bytes)

    assert first.received_ta1 == (("TA1", "000000001", "240131", "1200", "A", "000"),)
    assert [group.header.functional_id for group in second.groups] == ["FA"]
    assert [each.header.control_number for each in (first, second)] == ["000000040", "000000041"]
    assert second.groups[0].header.control_number == "40"


@pytest.mark.parametrize(("policy", "count"), [("always", 1), ("requested", 1), ("never", 0)])
def test_a_broken_interchange_gets_a_ta1_unless_never(policy: str, count: int) -> None:
    result = run("ack", "-", "--ta1", policy, data=GOOD[: GOOD.index(b"IEA")])

    assert result.exit_code == 1
    assert result.stdout_bytes.count(b"TA1*000000001*240131*1200*R*023~") == count
    assert b"AK1" not in result.stdout_bytes


def test_isa14_asks_for_a_ta1() -> None:
    result = run("ack", "-", data=GOOD.replace(b"*000000001*0*P*", b"*000000001*1*P*"))

    assert b"TA1*000000001*240131*1200*A*000~" in result.stdout_bytes


def test_each_interchange_of_a_file_is_answered_with_numbers_that_count_up() -> None:
    answers = interchanges(run("ack", "-", data=GOOD + b"\r\n" + MIXED).stdout_bytes)

    assert [each.header.control_number for each in answers] == ["000000001", "000000002"]
    assert [each.groups[0].header.control_number for each in answers] == ["1", "2"]
    assert all(each.status == "A" and each.findings == () for each in answers)


def test_an_acknowledgement_is_not_acknowledged() -> None:
    result = run("ack", "-", data=run("ack", "-", data=GOOD).stdout_bytes)

    assert (result.exit_code, result.stdout_bytes) == (0, b"")
    assert "nothing to acknowledge" in result.stderr


def test_acknowledgements_as_json_have_the_bytes_the_numbers_and_what_they_answer() -> None:
    written = run("ack", "-", "--ta1", "always", "--control-number", "40", "--now", NOW, data=MIXED)
    result = run("ack", "-", "--ta1", "always", "--control-number", "40", "--now", NOW, "--json", data=MIXED)
    told = json.loads(result.stdout)

    assert result.exit_code == 1
    assert (told["file"], told["good"]) == ("-", False)
    assert [one["kind"] for one in told["acknowledgements"]] == ["TA1", "997"]
    assert "".join(one["text"] for one in told["acknowledgements"]).encode("latin-1") == written.stdout_bytes
    answer = told["acknowledgements"][1]
    assert (answer["control_number"], answer["group_numbers"], answer["answers"]) == ("000000041", ["40"], "000000001")
    assert (answer["sender"], answer["receiver"], answer["usage"]) == ("ZZ/OURS", "ZZ/ACME", "P")
    assert [(one["control_number"], one["status"], one["accepted"]) for one in answer["groups"]] == [("7", "P", 2)]
    (finding,) = told["findings"]
    assert set(finding) == FINDING_KEYS | {"interchange", "group", "set", "number"}
    assert (finding["group"], finding["number"], finding["code"]) == ("7", "0002", "AK304:3")


def test_a_good_file_acknowledged_as_json_is_good_and_exit_0() -> None:
    result = run("ack", "-", "--json", data=GOOD)

    assert result.exit_code == 0
    assert json.loads(result.stdout)["good"] is True


def test_what_is_not_x12_gives_json_without_acknowledgements() -> None:
    result = run("ack", "-", "--json", data=b"hello, world")
    told = json.loads(result.stdout)

    assert result.exit_code == 1
    assert told["acknowledgements"] == []
    assert "no ISA: this is not X12" in told["findings"][0]["message"]


def test_a_time_that_is_none_is_a_usage_error() -> None:
    result = run("ack", "-", "--now", "noon", data=GOOD)

    assert isinstance(result.exception, UsageError)
    assert "2026-03-02T14:05:00" in str(result.exception)


@pytest.mark.parametrize("number", ["0", "1000000000"])
def test_a_control_number_out_of_range_is_a_usage_error(number: str) -> None:
    assert run("ack", "-", "--control-number", number, data=GOOD).exit_code == 2


@pytest.mark.parametrize("command", ["check", "ack"])
def test_help_teaches_with_an_example(command: str) -> None:
    assert f"Example: gateway x12 {command} " in run(command, "--help").stdout


def test_control_numbers_begin_at_1_after_the_last() -> None:
    result = run("ack", "-", "--ta1", "always", "--control-number", "999999999", "--now", NOW, data=GOOD)

    ta1, functional = interchanges(result.stdout_bytes)
    assert (result.exit_code, ta1.header.control_number) == (0, "999999999")
    assert (functional.header.control_number, functional.groups[0].header.control_number) == ("000000001", "999999999")


def test_a_year_before_1000_is_written_with_four_digits() -> None:
    result = run("ack", "-", "--now", "0999-12-31", data=GOOD)

    assert interchanges(result.stdout_bytes)[0].groups[0].header.date == "09991231"


def test_a_group_without_sets_is_a_warning() -> None:
    result = run("check", "-", "--json", data=samples.interchange(samples.group()))

    found = [finding for line in lines(result) for finding in line["findings"]]  # type: ignore[union-attr,attr-defined]
    assert (result.exit_code, [one["code"] for one in found]) == (0, ["W:empty-group"])
