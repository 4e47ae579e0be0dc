"""`gateway mailbox`: what lies in a partner's folders, and putting a file there once more."""

from typing import Annotated, get_args

import typer

from gateway.app.memory import open_memory
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.errors import UsageError
from gateway.pipeline.ports import Entry, Folder
from gateway.settings import Settings

app = typer.Typer(help="List a channel's folders; offer a file again that its partner lost.", no_args_is_help=True)

FOLDERS: tuple[Folder, ...] = get_args(Folder)
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Id of the channel, as its file is named.")]


@app.command("list")
def list_files(
    channel: Channel,
    folder: Annotated[str, typer.Option(help="Only inbound, outbound, archive or error.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many of a folder, the oldest.")] = 200,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")] = False,
) -> None:
    """What lies in the folders, oldest first, with what the partner did: listed, fetched, confirmed; staged.

    Example: gateway mailbox list acme-sftp --folder outbound
    """
    if folder and folder not in FOLDERS:
        raise UsageError(f"--folder {folder!r}: it is one of {', '.join(FOLDERS)}")
    with open_memory(Settings()) as memory:
        wanted = [one for one in FOLDERS if one == (folder or one)]
        found = [entry for one in wanted for entry in memory.mailbox.entries(channel, one, limit=limit)]
    if json_:
        for entry in found:
            typer.echo(as_json(_fields(entry)))
    elif found:
        rows = [tuple(_fields(entry).values()) for entry in found]
        for line in lines(("FOLDER", "NAME", "STATE", "BYTES", "SINCE (UTC)"), rows):
            typer.echo(line)
    else:
        typer.echo(f"nothing in {folder or 'any folder'} of channel {channel}", err=True)


def _fields(entry: Entry) -> dict[str, str]:
    return {
        "folder": entry.folder,
        "name": entry.name,
        "state": entry.state,
        "bytes": str(entry.content.size),
        "since": entry.modified_at.strftime("%Y-%m-%d %H:%M:%S"),
    }


@app.command("offer")
def offer_again(
    channel: Channel,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The file, as it was named in outbound.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the event.")] = "",
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object instead of a sentence.")] = False,
) -> None:
    """Put a file that the partner fetched, or removed in the last 30 days, into outbound again: the same bytes.

    Example: gateway mailbox offer acme-sftp acme-997-000000001.x12 --reason "their disk failed, asked by phone"
    """
    if not reason.strip():
        raise UsageError("--reason is needed: it is kept with the event")
    with open_memory(Settings()) as memory:
        memory.mailbox.offer_again(channel, name, reason=reason.strip(), who=actor(who))
    if json_:
        typer.echo(as_json({"channel": channel, "name": name, "folder": "outbound"}))
    else:
        typer.echo(f"{name} is in outbound of {channel} again")
