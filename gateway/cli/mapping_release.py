"""`gateway mapping release`: versions that are not edited any more, by their hashes in `released.lock`."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.actor import actor
from gateway.cli.folders import MAPPINGS, Mappings
from gateway.cli.mapping_book import chosen, flaws_of, library_in
from gateway.cli.table import as_json
from gateway.errors import MachineError, NotInOrder, UsageError

if TYPE_CHECKING:
    from gateway.flaws import Flaw
    from gateway.mapping.library import Library


def release(
    targets: Annotated[list[str], typer.Argument(metavar="NAME...", help="Versions: acme/850@2.")],
    mappings: Mappings = MAPPINGS,
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Freeze versions: once checks and fixtures are good, a line with the hash of each goes into released.lock.

    What a version extends has to be released before it, or together with it. All of them or none; exit 1 then, with
    every mistake. From then on `check`, and every start, refuse other text under that name.

    Example: gateway mapping release acme/850@2
    """
    library = library_in(mappings)
    names = _versions(library, targets)
    found = [*library.lock_flaws(), *(flaw for name in names for flaw in flaws_of(library, name, mappings))]
    found += [flaw for name in names for flaw in _ungrounded(library, name, names)] if not found else []
    if found:
        raise NotInOrder("\n".join(flaw.shown(f"{mappings}/") for flaw in dict.fromkeys(found)))
    fresh = [name for name in names if name not in library.lock.released]
    if fresh:
        _write_down(library, fresh, mappings, actor(who))
    for name in names:
        said = "released" if name in fresh else "released before"
        line = {"mapping": name, "sha256": library.sha256(name), "released": name in fresh}
        typer.echo(as_json(line) if json_ else f"{name}: {said}, sha256:{library.sha256(name)}")


def _write_down(library: "Library", fresh: list[str], mappings: Path, who: str) -> None:
    from gateway.app.trail import trail
    from gateway.settings import Settings

    with trail(Settings(), who) as write:
        _write(library, fresh, mappings)
        write("mapping.release", fresh, folder=str(mappings), sha256=[library.sha256(name) for name in fresh])


def _versions(library: "Library", targets: list[str]) -> list[str]:
    """What is released is said by its number: which is the newest may be another tomorrow."""
    names = chosen(library, targets)
    for target in targets:
        of_it = [name for name in names if name.split("@")[0] == target]
        if of_it:
            raise UsageError(f"which version of {target}? {', '.join(of_it)}")
    return names


def _ungrounded(library: "Library", name: str, along: list[str]) -> "list[Flaw]":
    """A released overlay on a base that may still change would change with it."""
    from gateway.flaws import Flaw, Place

    return [
        Flaw(
            place=Place(f"{name.replace('@', '/v')}.map.yaml", 1, 1, ""),
            code="E004",
            sentence=f"{name} stands on {pinned.name}, which is not released: release that first, or with it",
        )
        for pinned in library.chain(name)[1:]
        if pinned.name not in library.lock.released and pinned.name not in along
    ]


def _write(library: "Library", fresh: list[str], folder: Path) -> None:
    """The lock with new lines, in place of the old one at once: whoever reads it finds one or the other.

    Raises NotInOrder rather than replace a line; MachineError.
    """
    from gateway.mapping.lock import FILE, with_released

    target, beside = folder / FILE, folder / f".{FILE}.new"
    try:
        # Read again: what somebody else has released since the checks began stays.
        there = target.read_text(encoding="utf-8") if target.exists() else ""
        text = with_released(there, {name: library.sha256(name) for name in fresh})
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise MachineError(f"{target}: {error.strerror or error}") from error
