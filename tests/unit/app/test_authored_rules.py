"""Authored files as the gateway checks them at start: every mistake, with a path that can be opened."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from gateway.app.gateway import checked_rules, read_authored
from gateway.mapping.diagnosis import MappingError
from gateway.partners.problems import PartnerFilesError
from gateway.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("mappings", "partners"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "mappings" / "released.lock").unlink()  # here they are still worked on
    folders = {"partners_dir": tmp_path / "partners", "mappings_dir": tmp_path / "mappings"}
    whole = Settings()
    return dataclasses.replace(whole, places=whole.places.model_copy(update=folders))


def spoil(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_the_mistakes_of_all_mappings_are_told_each_once_with_paths_that_open(settings: Settings) -> None:
    places = settings.places
    spoil(places.mappings_dir / "acme/850/v1.map.yaml", "owner: onboarding\n", "")
    spoil(places.mappings_dir / "x12/850/v1.map.yaml", "version: 1", "version: 3")

    with pytest.raises(MappingError) as caught:
        checked_rules(*read_authored(settings), places)

    assert [line.partition(": ")[0] for line in str(caught.value).splitlines() if line[0] != " "] == [
        f"{places.mappings_dir}/acme/850/v1.map.yaml:3:1",
        f"{places.mappings_dir}/x12/850/v1.map.yaml:4:10",
    ]


def test_the_mistakes_of_partner_files_are_told_with_paths_that_open(settings: Settings) -> None:
    places = settings.places
    spoil(places.partners_dir / "bolt.yaml", "bolt/850@1", "bolt/850@7")

    with pytest.raises(PartnerFilesError, match=f"^{places.partners_dir}/bolt.yaml:13:14: P020"):
        checked_rules(*read_authored(settings), places)
