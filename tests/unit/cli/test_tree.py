"""What holds for every command there is and will be."""

import pytest

from tests.unit.cli.tree import leaves, options

LEAVES = leaves()


def test_the_walk_finds_commands_and_those_of_groups() -> None:
    assert {"serve", "x12 ack", "documents release", "database status"} <= LEAVES.keys()


@pytest.mark.parametrize("words", LEAVES)
def test_every_command_has_json(words: str) -> None:
    assert "--json" in options(LEAVES[words])


@pytest.mark.parametrize("words", LEAVES)
def test_every_command_and_every_option_says_what_it_is_for(words: str) -> None:
    command = LEAVES[words]

    assert command.help
    assert [one.name for one in command.params if one.param_type_name == "option" and not one.help] == []
