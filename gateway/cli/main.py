"""The command line's root: which commands there are, and what a failure looks like.

Commands are found by name: `--help` and `gateway x12` load neither store nor web nor engine, because only the module of
the command that runs is imported.
"""

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command, get_group

from gateway import __version__
from gateway.errors import GatewayError, MachineError

COMMANDS = {
    "up": "Make a local home on first use, then run the gateway.",
    "serve": "Run the gateway: doors, engine and deliveries.",
    "demo": "Play a partner: send files, say what became of each.",
    "x12": "Look at X12 files: check them, answer them.",
    "mapping": "Check mapping files, and read X12 through them.",
    "partner": "Check partner files; say which agreement a file finds.",
    "documents": "List documents, show one in full, replay, release.",
    "database": "Migrate the database, or show where it stands.",
    "schema": "Canonical types and their JSON Schema.",
    "sandbox": "Run the pretend ERP, and tell it to fail.",
    "doctor": "Look for what would keep the gateway from working.",
}
"""Every command with its line of help; `gateway/cli/<name>.py` holds `app` (a group) or `command` (a function)."""


KINDS = {1: "findings", 2: "usage", 3: "environment"}
"""What each exit code means; `docs/errors.md` has them all."""

INTERRUPTED = 130


class Commands(TyperGroup):
    """The root group: commands listed from `COMMANDS`, each imported only when it is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run: now its module is imported."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, _load(name) if name and listed else listed, rest


def _load(name: str) -> Any:
    if find_spec(f"gateway.cli.{name}") is None:
        raise MachineError(f"`gateway {name}` is not part of this installation: install the whole package")
    module = import_module(f"gateway.cli.{name}")
    if hasattr(module, "app"):
        module.app.rich_markup_mode = None
        return get_group(module.app)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(module.command)
    return get_command(single)


app = typer.Typer(
    cls=Commands,
    help="An EDI and B2B partner gateway: X12 in and out, partner mappings, acknowledgements that are right.",
    epilog="Try first: gateway x12 check edi_samples/acme/850-004010/plain/in.edi",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gateway {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Nothing to do before a command: the commands are in `COMMANDS`."""


def main() -> None:
    """Run the command line: exit 0 good, 1 findings, 2 usage, 3 environment, 130 when interrupted.

    What went wrong is said on standard error, with `--json` as one object. Standard output has nothing but data.
    """
    json_ = "--json" in sys.argv[1:]
    try:
        code = app(prog_name="gateway", standalone_mode=not json_)
    except GatewayError as error:
        code = _fail(str(error), error.exit_code, json_=json_)
    except TyperException as wrong:
        code = _fail(wrong.format_message(), wrong.exit_code, json_=json_)
    except OSError as refused:
        code = _fail(str(refused), MachineError.exit_code, json_=json_)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _fail(message: str, exit_code: int, *, json_: bool) -> int:
    told = {"error": {"kind": KINDS[exit_code], "message": message, "exit_code": exit_code}}
    typer.echo(json.dumps(told, ensure_ascii=False) if json_ else f"gateway: {message}", err=True)
    return exit_code
