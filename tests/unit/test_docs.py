"""The documentation is whole and true: what users may meet is in it, and what it names exists.

Codes that no table in the code lists are taken from the code's syntax tree; prose and comments do not count.
"""

import ast
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest
import typer
from pydantic_settings import BaseSettings
from typer.core import TyperGroup
from typer.main import get_command, get_group

from gateway.api.problems import KINDS
from gateway.cli.main import CLOSED_PIPE, COMMANDS, INTERRUPTED
from gateway.errors import GatewayError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.carrying import CarryingState
from gateway.ledger.document import DocumentState, InterchangeState, OutboundState, TransmissionState
from gateway.mapping.expression import FUNCTIONS
from gateway.partners.channel import DEFAULT_FILE_BYTES
from gateway.partners.problems import CODES
from gateway.settings import Settings
from gateway.x12.effects import default_effect
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import GroupResult, InterchangeResult, Unreadable
from gateway.x12.read import examine
from gateway.x12.tokens import Limits

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, down to the next of its level or above."""
    _, there, rest = text.partition(f"\n{heading}\n")
    assert there, f"no heading {heading!r}"
    depth = len(heading) - len(heading.lstrip("#"))
    return re.split(rf"^#{{1,{depth}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """The body rows of the tables in a text, cell by cell."""
    for line in text.splitlines():
        if line.startswith("| `") or re.match(r"\| \d", line):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def first_cells(text: str) -> list[str]:
    return [code for row in rows(text) for code in re.findall(r"[^`, ]+", row[0])]


# ---------------------------------------------------------------------------------------------- codes, from the code


@cache
def trees(room: str) -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "gateway" / room).rglob("*.py")))


def nodes(room: str) -> Iterator[ast.AST]:
    return (node for tree in trees(room) for node in ast.walk(tree))


def constants(tree: ast.AST, pattern: str) -> set[str]:
    """String literals that match as a whole."""
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {value for value in found if re.fullmatch(pattern, value)}


def all_constants(room: str, pattern: str) -> set[str]:
    return {value for tree in trees(room) for value in constants(tree, pattern)}


def interchange_notes() -> set[str]:
    """TA105 values: some are written with their element, some alone, and `book` and `delimiters` have their own."""
    alone = {
        value
        for module in ("x12/envelope.py", "x12/delimiters.py", "x12/effects.py", "partners/book.py")
        for value in constants(ast.parse((ROOT / "gateway" / module).read_text("utf-8")), r"0[0-3][0-9]")
    }
    return all_constants("x12", r"TA105:\d{3}") | {f"TA105:{value}" for value in alone}


def warnings() -> set[str]:
    """W: codes: whole literals, words given to `_warn`, words bound to `word`, and (word, sentence) pairs."""
    word = r"[a-z]+(-[a-z]+)*"
    found = {code.removeprefix("W:") for code in all_constants("x12", rf"W:{word}")}
    for node in nodes("x12"):
        match node:
            case ast.Call(func=ast.Attribute(attr="_warn" | "warn"), args=[first, *_]):
                found |= constants(first, word)
            case ast.Assign(targets=[ast.Name(id="word")], value=value):
                found |= constants(value, word)
            case ast.AugAssign(target=ast.Name(id="notes"), value=ast.Tuple(elts=pairs)):
                for pair in pairs:
                    found |= constants(pair, word)
    return {f"W:{one}" for one in found}


def mapping_problems() -> set[str]:
    """M: codes: what is given to `report`, `Refused` and `Unconvertible` as a code, or as `code=`."""
    word = r"[a-z]+(-[a-z]+)*"
    found: set[str] = set()
    for node in nodes("mapping"):
        match node:
            case ast.Call(func=ast.Attribute(attr="report"), args=[_, _, code, *_]):
                found |= constants(code, word)
            case ast.Call(func=ast.Name(id="Refused" | "Unconvertible"), args=[code, *_]):
                found |= constants(code, word)
            case ast.keyword(arg="code", value=code):
                found |= constants(code, word)
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])], value=ast.IfExp(orelse=ast.Tuple(elts=e))
            ):
                found |= constants(e[0], word)
    return {f"M:{one}" for one in found}


def sending_problems() -> set[str]:
    """M: codes of what a document of ours answers: no mapping can tell them, so only the page of errors has them."""
    calls = (node for node in nodes("pipeline") if isinstance(node, ast.Call))
    found = (call.args[1] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_with")
    return {f"M:{one}" for code in found for one in constants(code, r"[a-z]+(-[a-z]+)*")}


def finding_codes() -> set[str]:
    elements = all_constants("x12", r"(AK304|AK403|AK502|AK905|IK304|IK403):I?\d{1,2}")
    return elements | interchange_notes() | warnings()


def samples() -> list[Path]:
    found = [*(ROOT / "edi_samples").rglob("in.edi"), *(ROOT / "mappings").rglob("*.edi")]
    return sorted([*found, *(path for path in (ROOT / "tests" / "data" / "corpus").rglob("*") if path.is_file())])


def findings_in(content: bytes) -> Iterator[Finding]:
    for event in examine(content):
        if isinstance(event, Unreadable | InterchangeResult | GroupResult):
            yield from event.findings
        if isinstance(event, GroupResult):
            for result in event.sets:
                yield from result.findings


ERRORS = text_of("errors.md")
FINDINGS = section(ERRORS, "## Findings in X12")


def test_every_finding_code_is_documented_and_every_documented_one_exists() -> None:
    documented = first_cells(FINDINGS)

    assert set(documented) == finding_codes()
    assert len(documented) == len(set(documented))


def test_every_finding_that_real_files_give_is_documented() -> None:
    found = {finding.code for path in samples() for finding in findings_in(path.read_bytes())}

    assert len(found) > 10
    assert found - set(first_cells(FINDINGS)) == set()


@pytest.mark.parametrize("row", [row for row in rows(FINDINGS) if len(row) == 4], ids=lambda row: row[0].strip("`"))
def test_the_effect_on_the_page_is_the_default_effect(row: list[str]) -> None:
    assert Effect(row[1]) is default_effect(row[0].strip("`"))


def test_every_mapping_problem_is_documented_and_every_documented_one_exists() -> None:
    documented = first_cells(section(ERRORS, "## Problems of a mapping with a document"))

    assert set(documented) == mapping_problems() | sending_problems()
    assert {f"`{code.removeprefix('M:')}`" for code in mapping_problems()} <= set(
        re.findall(r"`[a-z-]+`", section(text_of("mapping-language.md"), "## What reading and writing report"))
    )


def test_every_mapping_mistake_is_documented_and_every_documented_one_exists() -> None:
    codes = all_constants("mapping", r"[EW]\d{3}") | all_constants("cli", r"[EW]\d{3}")

    assert set(first_cells(section(ERRORS, "## Mistakes in a mapping file"))) == codes
    assert set(re.findall(r"\b[EW]\d{3}\b", text_of("mapping-language.md"))) == codes


def test_every_partner_file_mistake_is_documented_and_every_documented_one_exists() -> None:
    assert first_cells(section(ERRORS, "## Mistakes in partner files")) == list(CODES)


def test_every_api_problem_is_documented_with_its_status() -> None:
    documented = {
        code: int(status)
        for codes, status in rows(section(ERRORS, "## Refusals of the HTTP API"))
        for code in re.findall(r"`([a-z-]+)`", codes)
    }

    assert documented == {name: kind.status for name, kind in KINDS.items()}


@pytest.mark.parametrize(
    ("heading", "states"),
    [
        ("### A transmission: one file or post", TransmissionState),
        ("### An interchange: ISA to IEA", InterchangeState),
        ("### A document: one transaction set", DocumentState),
        ("### A document that we send", OutboundState),
        ("### A file that we push", CarryingState),
    ],
)
def test_every_state_is_documented(heading: str, states: type[StrEnum]) -> None:
    # A second table under the heading is about something else.
    table = section(ERRORS, heading).partition("| acknowledgement |")[0]
    assert first_cells(table) == [state.value for state in states]


def test_every_answer_of_a_partner_is_documented() -> None:
    table = section(ERRORS, "### A document that we send").partition("| acknowledgement |")[2]

    assert first_cells(table) == [state.value for state in AcknowledgementState if state.value]


def descendants(root: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield root
    for child in root.__subclasses__():
        yield from descendants(child)


def test_every_exit_code_is_documented() -> None:
    documented = {int(code) for code in first_cells(section(ERRORS, "## Exit codes of commands"))}

    assert documented == {0, INTERRUPTED, CLOSED_PIPE, *(error.exit_code for error in descendants(GatewayError))}


@pytest.mark.parametrize("page", ["errors.md", "partner.md"])
def test_the_limits_of_a_set_are_the_ones_in_force(page: str) -> None:
    assert f"{Limits().segments:,} segments or {Limits().set_bytes >> 20} MB" in text_of(page)


def test_the_file_size_on_the_partner_page_is_the_one_in_force() -> None:
    assert f"Up to {DEFAULT_FILE_BYTES >> 20} MB" in text_of("partner.md")


# ---------------------------------------------------------------------------------------------- settings, functions


def default_settings() -> dict[str, str]:
    sections = [one for one in get_type_hints(Settings).values() if issubclass(one, BaseSettings)]
    fields = {f"GATEWAY_{name.upper()}": field for one in sections for name, field in one.model_fields.items()}
    return {
        name: str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        for name, field in fields.items()
    }


def test_every_setting_is_documented_with_its_default_and_every_documented_one_exists() -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section(text_of("operator.md"), "## Settings"))}
    # A default that is worked out is written in words, any other as it is.
    shown = {name: cell.strip("`") if cell.startswith("`") else "" for name, cell in table.items()}

    assert shown == default_settings()


@every_page
def test_every_variable_a_page_names_is_a_setting(page: Path) -> None:
    named = set(re.findall(r"\bGATEWAY_[A-Z_]+\b", page.read_text("utf-8")))

    assert named - default_settings().keys() == set()


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_mapping_function_is_documented(function: str) -> None:
    expressions = section(text_of("mapping-language.md"), "## Expressions")

    assert re.search(rf"`[^`]*\b{function}\b[^`]*`", expressions)


# ---------------------------------------------------------------------------------------------- commands


@cache
def commands() -> dict[str, set[str]]:
    """Every command, `x12 check`, with the options it takes."""
    found: dict[str, set[str]] = {}
    for name in COMMANDS:
        module = import_module(f"gateway.cli.{name}")
        if hasattr(module, "app"):
            found |= below(name, get_group(module.app))
        else:
            found[name] = options_of(module.command)
    return found


def below(name: str, group: TyperGroup) -> dict[str, set[str]]:
    """The commands of a group, and of the groups in it, with their options."""
    found: dict[str, set[str]] = {}
    for sub, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found |= below(f"{name} {sub}", command)
        else:
            options = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
            found[f"{name} {sub}"] = options
    return found


def options_of(function: Callable[..., None]) -> set[str]:
    app = typer.Typer(add_completion=False)
    app.command()(function)
    command = get_command(app)
    assert not isinstance(command, TyperGroup)
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


def test_every_command_has_its_row_and_every_row_its_command() -> None:
    table = section(text_of("operator.md"), "## Commands")
    documented = [row[0].strip("`").removeprefix("gateway ") for row in rows(table)]

    assert sorted(documented) == sorted(commands())


def invocations(text: str) -> Iterator[str]:
    """Every `gateway ...` and `./run ...` that a page shows, in a block or in the middle of a sentence."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    blocks += re.findall(r"^ {4}.*$", prose, flags=re.MULTILINE)
    candidates = [line for block in blocks for line in block.splitlines()]
    candidates += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    for line in candidates:
        found = re.match(r"(?:\$ |\s*)(?:GATEWAY_\w+=\S+ )?(?:gateway|\./run) ([a-z0-9].*)", line)
        if found:
            yield found[1]


@every_page
def test_every_command_a_page_shows_exists_with_its_options(page: Path) -> None:
    for shown in invocations(page.read_text("utf-8")):
        words = re.split(r" {2,}| > ", shown)[0].split()
        name = next((one for one in (" ".join(words[:n]) for n in (3, 2, 1)) if one in commands()), None)
        group = len(words) <= 2 and any(one.startswith(f"{' '.join(words)} ") for one in commands())
        assert name is not None or group, shown
        if name is not None:
            used = {word for word in words if re.match(r"--[a-z]", word)}
            assert used - commands()[name] - {"--help"} == set(), shown


# ---------------------------------------------------------------------------------------------- links, decisions, pages


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)}


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@every_page
def test_every_page_a_page_names_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:docs|gateway|tests|docker|edi_samples|benchmarks)/[\w./-]+\.\w+)`", page.read_text("utf-8")
    )

    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_index_names_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", text_of("README.md")))

    assert linked == {page.name for page in DOCS.glob("*.md")} - {"README.md"}


DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem[:4])
def test_a_decision_is_titled_with_the_statement_in_its_file_name(page: Path) -> None:
    text = page.read_text("utf-8")
    number, statement = re.fullmatch(r"# (\d{4})\. ([A-Z0-9].*[^.])", text.splitlines()[0]).groups()  # type: ignore[union-attr]

    assert page.stem == f"{number}-{slug(statement)}"
    assert len(statement.split()) >= 6
    assert all(f"\n**{part}.** " in text for part in ("Decided", "Why", "Closed"))


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_change_fragments_are_named_for_their_issue_and_kind() -> None:
    names = [path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    kinds = "added|changed|fixed|removed|security"

    assert [name for name in names if not re.fullmatch(rf"\d+\.({kinds})\.md", name)] == []
