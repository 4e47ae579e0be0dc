"""`gateway schema`: the canonical types, and the JSON Schema of each."""

import json
from typing import Annotated

import typer

from gateway.errors import UsageError


def command(
    name: Annotated[str | None, typer.Argument(help="A canonical type, such as order.v1.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables for people instead of JSON Schema.")] = False,
) -> None:
    """The canonical types our systems are sent, and notices, one a line; with a name, its JSON Schema.

    Example: gateway schema order.v1 > order.v1.json
    """
    # Building the models takes a quarter of a second: no other command should wait for it.
    from gateway.canonical import SCHEMAS, json_schema
    from gateway.canonical.reference import reference
    from gateway.pipeline.notices import bodies

    if name is None:
        every = {**SCHEMAS, **bodies.SCHEMAS}
        about = {known: _first_sentence(model.__doc__) for known, model in every.items()}
        for known, sentence in about.items():
            typer.echo(json.dumps({"name": known, "about": sentence}) if json_ else f"{known}  {sentence}")
        return
    if name in bodies.SCHEMAS and not markdown:
        typer.echo(json.dumps(bodies.json_schema(name), indent=2, ensure_ascii=False))
        return
    if name not in SCHEMAS:
        raise UsageError(f"no canonical type '{name}'; there is: {', '.join([*SCHEMAS, *bodies.SCHEMAS])}")
    typer.echo(reference(name) if markdown else json.dumps(json_schema(name), indent=2, ensure_ascii=False))


def _first_sentence(docstring: str | None) -> str:
    return (docstring or "").partition("\n")[0]
