"""The mappings that come with the gateway: all of them released, none edited since, and every field of them covered."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.app.gateway import checked_rules, read_authored
from gateway.cli.mapping import app
from gateway.cli.mapping_book import library_in
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.lock import FILE, read_lock, written_lock
from gateway.settings import Settings

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "mappings"


def test_every_version_that_is_shipped_is_released_with_the_text_it_has() -> None:
    library = library_in(SHIPPED)

    assert {name: line.sha256 for name, line in library.lock.released.items()} == {
        name: library.sha256(name) for name in library.names()
    }, "a released version is never edited: write the next one; a new one is released by `gateway mapping release`"
    assert library.lock_flaws() == ()


def test_the_lock_is_as_release_writes_it() -> None:
    text = (SHIPPED / FILE).read_text(encoding="utf-8")

    assert written_lock({name: line.sha256 for name, line in read_lock(text).released.items()}) == text


def test_line_ends_of_what_is_released_are_kept_by_git() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")

    assert "mappings/**/*.map.yaml text eol=lf" in attributes
    assert [path for path in SHIPPED.rglob("*.map.yaml") if b"\r" in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["x12/850", "acme/850", "northgate/944"])
def test_a_start_refuses_a_shipped_mapping_that_was_edited_and_names_its_file(name: str, tmp_path: Path) -> None:
    for folder in ("mappings", "partners"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    whole = Settings()
    folders = {"partners_dir": tmp_path / "partners", "mappings_dir": tmp_path / "mappings"}
    settings = dataclasses.replace(whole, places=whole.places.model_copy(update=folders))
    edited = tmp_path / "mappings" / name / "v1.map.yaml"
    edited.write_text(edited.read_text(encoding="utf-8") + "# only a comment\n", encoding="utf-8")

    with pytest.raises(MappingError) as caught:
        checked_rules(*read_authored(settings), settings.places)

    (told,) = [line for line in str(caught.value).splitlines() if ": E004: " in line]
    assert told.startswith(f"{edited}:1:1: E004: {name}@1 was released with other text")
    assert told.endswith(f"write {name}/v2.map.yaml")


def test_no_warning_is_left_about_a_shipped_mapping() -> None:
    result = CliRunner().invoke(app, ["check", "--strict", "--mappings", str(SHIPPED)])

    assert (result.exit_code, [line for line in result.stdout.splitlines() if ": good, " not in line]) == (0, [])
