"""The command line's root: which commands there are, and what a failure looks like.

Commands are found by name: `--help` and `gateway x12` load neither store nor web nor engine, because only the module of
the command that runs is imported.
"""

import copy
import gc
import inspect
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command, get_command_name, get_group
from typer.models import CommandInfo

from gateway import __version__
from gateway.errors import GatewayError, MachineError

COMMANDS = {
    "up": "Make a local home on first use, then run the gateway.",
    "serve": "Run the gateway: doors, engine and deliveries.",
    "demo": "Play a partner: send files, say what became of each.",
    "x12": "Look at X12 files: check them, answer them.",
    "mapping": "Check mapping files, and read X12 through them.",
    "partner": "Check partner files; say which agreement a file finds.",
    "crossref": "What partners call things: tables, missing values.",
    "documents": "List documents, show one in full, replay, release.",
    "acks": "What we sent and nobody has said yes to yet.",
    "reconcile": "Whether a day adds up, partner by partner.",
    "report": "Refusals in words, scorecards, a month to file.",
    "owed": "What has to follow: of us and of partners, by when.",
    "threads": "The life of an order: what passed, what is to come.",
    "audit": "What people did and why; proof that it is whole.",
    "mailbox": "What lies in a partner's folders; offer a file again.",
    "notices": "Who was told what: list, replay, send a test.",
    "database": "Migrate the database, back it up, restore it.",
    "archive": "Write documents out as plain files; verify them.",
    "retention": "How long what is kept; legal holds; proofs.",
    "purge": "Delete what is older than it has to be kept.",
    "schema": "Canonical types and their JSON Schema.",
    "sandbox": "Run the pretend ERP, and tell it to fail.",
    "doctor": "Look for what would keep the gateway from working.",
}
"""Every command with its line of help; `gateway/cli/<name>.py` holds `app` (a group) or `command` (a function)."""


KINDS = {1: "findings", 2: "usage", 3: "environment"}
"""What each exit code means; `docs/errors.md` has them all."""

UNHURRIED = (20_000, 20, 50)
"""When the collector of reference cycles looks: seldom. Nothing is waste while modules are loaded, and a batch in hand
holds some hundred thousand objects, all alive: looking them over as often as Python does by itself takes a third of the
time that a command needs to begin, a tenth of what a batch needs. Memory is freed by counting all the same.
"""

INTERRUPTED = 130

CLOSED_PIPE = 141
"""As the shell shows one that SIGPIPE ended: whoever read the output had enough, as `head` has."""


class Commands(TyperGroup):
    """The root group: commands listed from `COMMANDS`, each imported only when it is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run: now its module is imported."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, _load(name, rest) if name and listed else listed, rest


def _load(name: str, arguments: Sequence[str]) -> Any:
    if find_spec(f"gateway.cli.{name}") is None:
        raise MachineError(f"`gateway {name}` is not part of this installation: install the whole package")
    module = import_module(f"gateway.cli.{name}")
    if hasattr(module, "app"):
        return _group(module.app, arguments)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(module.command)
    return get_command(single)


def _group(app: typer.Typer, arguments: Sequence[str]) -> Any:
    """A group in which only the command called has its options: to make those of all takes longer than most run."""
    known = {_name(one): one for one in app.registered_commands}
    called = copy.copy(app)
    called.rich_markup_mode = None
    called.registered_commands = [one for name, one in known.items() if name in arguments[:1]]
    group = get_group(called)
    below = {one.name: group.commands[one.name] for one in app.registered_groups if one.name}
    group.commands = {name: group.commands.get(name) or _listed(name, one) for name, one in known.items()} | below
    return group


def _name(command: CommandInfo) -> str:
    return command.name or get_command_name(getattr(command.callback, "__name__", ""))


def _listed(name: str, command: CommandInfo) -> TyperCommand:
    return TyperCommand(name, help=command.help or inspect.getdoc(command.callback))


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
    """Run the command line: exit 0 good, 1 findings, 2 usage, 3 environment, 130 interrupted, 141 nobody reads on.

    What went wrong is said on standard error, with `--json` as one object. Standard output has nothing but data.
    """
    gc.set_threshold(*UNHURRIED)
    json_ = "--json" in sys.argv[1:]
    try:
        code = _flushed(_run(json_=json_), json_=json_)
    except BrokenPipeError:
        _hush(sys.stdout, sys.stderr)
        code = CLOSED_PIPE
    sys.exit(code)


def _run(*, json_: bool) -> int:
    try:
        return int(app(prog_name="gateway", standalone_mode=False) or 0)
    except GatewayError as error:
        return _fail(str(error), error.exit_code, json_=json_)
    except TyperException as wrong:
        if json_:
            return _fail(wrong.format_message(), wrong.exit_code, json_=True)
        shown: Any = wrong  # usage line and hint are of a class that typer does not publish
        shown.show()
        return wrong.exit_code
    except SystemExit:
        raise BrokenPipeError from None  # typer's own way of ending then, and only then
    except BrokenPipeError:
        raise
    except OSError as refused:
        return _fail(str(refused), MachineError.exit_code, json_=json_)
    except KeyboardInterrupt:
        return INTERRUPTED


def _flushed(code: int, *, json_: bool) -> int:
    """What is still to be written is written here, where a full disk can be said in words."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as refused:
        _hush(sys.stdout)
        return code if code == MachineError.exit_code else _fail(str(refused), MachineError.exit_code, json_=json_)
    return code


def _fail(message: str, exit_code: int, *, json_: bool) -> int:
    told = {"error": {"kind": KINDS[exit_code], "message": message, "exit_code": exit_code}}
    typer.echo(json.dumps(told, ensure_ascii=False) if json_ else f"gateway: {message}", err=True)
    return exit_code


def _hush(*streams: TextIO) -> None:
    """Nobody takes what is still to be written: Python would try once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
