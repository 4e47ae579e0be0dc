import json

import pytest

from gateway.canonical import SCHEMAS, json_schema
from gateway.cli import schema
from gateway.errors import UsageError
from gateway.pipeline.notices import bodies


def test_every_type_is_listed_with_a_whole_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    schema.command(None, json_=False, markdown=False)

    told = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(told) == [*SCHEMAS, *bodies.SCHEMAS]
    assert [name for name, sentence in told.items() if not sentence.endswith(".")] == []
    assert told["order.v1"].startswith("A purchase order")


def test_the_list_is_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    schema.command(None, json_=True, markdown=False)

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["name"] for one in told] == [*SCHEMAS, *bodies.SCHEMAS]
    assert all(one["about"] for one in told)


def test_a_named_type_is_printed_as_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    schema.command("order.v1", json_=False)

    assert json.loads(capsys.readouterr().out) == json_schema("order.v1")


@pytest.mark.parametrize("name", bodies.SCHEMAS)
def test_a_notice_is_printed_as_json_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    schema.command(name, json_=False)

    assert json.loads(capsys.readouterr().out) == bodies.json_schema(name)


def test_an_unknown_type_is_a_usage_error_that_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"order\.v1"):
        schema.command("ordr.v1", json_=False)


def test_a_named_type_is_printed_as_tables_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    schema.command("order.v1", markdown=True)

    assert "| `po_number` **required** | text |" in capsys.readouterr().out
