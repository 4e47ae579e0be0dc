"""The options that say where authored files lie, for commands that need nothing else of the settings."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import SettingsError, UsageError


def _existing(context: typer.Context, parameter: typer.CallbackParam, folder: Path) -> Path:
    """Raises UsageError when the command line names no folder, SettingsError when the variable or the default does."""
    if folder.is_dir():
        return folder
    source = context.get_parameter_source(parameter.name or "")
    option, variable = parameter.opts[0], parameter.envvar
    if source is not None and source.name == "COMMANDLINE":
        raise UsageError(f"{option} {folder}: there is no such folder")
    if source is not None and source.name == "ENVIRONMENT":
        raise SettingsError(f"{variable} is {str(folder)!r}: there is no such folder")
    raise SettingsError(f"{folder}: there is no such folder here; say where it is with {option} or {variable}")


Partners = Annotated[
    Path,
    typer.Option(
        "--partners", envvar="GATEWAY_PARTNERS_DIR", callback=_existing, help="The folder that holds company.yaml."
    ),
]
Mappings = Annotated[
    Path,
    typer.Option(
        "--mappings",
        envvar="GATEWAY_MAPPINGS_DIR",
        callback=_existing,
        help="The folder that holds <owner>/<set>/v<N>.map.yaml.",
    ),
]

PARTNERS = Path("partners")
MAPPINGS = Path("mappings")
"""Where the files are when nothing is said, as in the settings."""
