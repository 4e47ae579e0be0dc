"""Which authored files a demo is played with."""

from pathlib import Path

import pytest
import yaml

from gateway.app.demo.cast import mappings_of, only
from gateway.errors import ConfigurationError
from gateway.mapping.library import Library
from gateway.partners.book import load
from gateway.store.authored import read_folder

ROOT = Path(__file__).parents[3]
PARTNERS = read_folder(ROOT / "partners", (".yaml",))
MAPPINGS = read_folder(ROOT / "mappings", (".yaml",))


def test_only_the_players_are_left_and_nobody_else_is_carried_or_reached() -> None:
    kept = only({"acme", "northgate"}, PARTNERS, load(PARTNERS))

    book = load(kept)
    assert set(book.partners) == {"acme", "northgate"}
    assert {one for channel in book.channels.values() for one in channel.carries} == {"acme", "northgate"}
    assert yaml.safe_load(kept["intake/erp.yaml"])["may_send"] == ["acme", "northgate"]
    assert kept["acme.yaml"] == PARTNERS["acme.yaml"]


def test_the_mappings_of_the_players_come_with_all_that_they_extend() -> None:
    kept = only({"northgate"}, PARTNERS, load(PARTNERS))

    names = Library(mappings_of(kept, MAPPINGS)).names()

    assert {"northgate/945@1", "x12/945@1"} <= set(names)
    assert not [name for name in names if name.startswith(("acme/", "x12/850"))]


def test_a_player_without_a_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        only({"acme", "nobody"}, PARTNERS, load(PARTNERS))
