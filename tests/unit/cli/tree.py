"""Every command of the command line, found by walking it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from gateway.cli.main import COMMANDS


def leaves() -> dict[str, Any]:
    """Every command that does something, by what is typed: `documents list`."""
    return dict(leaf for name in COMMANDS for leaf in _leaves(name, _command(name)))


def _command(name: str) -> Any:
    module = import_module(f"gateway.cli.{name}")
    if hasattr(module, "app"):
        return get_group(module.app)
    single = typer.Typer(add_completion=False)
    single.command(name)(module.command)
    return get_command(single)


def _leaves(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        yield words, command
        return
    for name, below in command.commands.items():
        yield from _leaves(f"{words} {name}", below)


def options(command: Any) -> set[str]:
    """The options it takes: `--json`."""
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
