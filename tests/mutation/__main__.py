"""`python -m tests.mutation ledger`: which small faults in a room its tests would not notice."""

import argparse
import json
import sys
from pathlib import Path

from tests.mutation.hunt import Room, hunt
from tests.mutation.listed import SURVIVORS, compared, entries, reasons, told
from tests.mutation.rooms import ROOMS, ROOT


def main() -> int:
    """Exit code 1 when a survivor is not listed, or a listed one no longer survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("room", choices=[*ROOMS, "other"])
    parser.add_argument("modules", nargs="*", help="paths of some of its modules; all where none is named")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the paths, for another project")
    parser.add_argument("--tests", nargs="*", default=(), help="files of tests, for another project")
    parser.add_argument("--listed", type=Path, default=SURVIVORS, help="the survivors that are known")
    parser.add_argument("--answer", type=Path, help="a file to write the result to, as JSON")
    given = parser.parse_args()
    room = ROOMS.get(given.room, Room((), tuple(given.tests)))
    room = Room(tuple(given.modules) or room.modules, room.tests, room.beneath)
    hunted = hunt(given.root, room, lambda line: print(line, file=sys.stderr))  # noqa: T201
    survived = [mutant.name for mutant in hunted.survivors]
    result = compared(survived, reasons(given.listed.read_text(encoding="utf-8")), room.modules)
    if given.answer is not None:
        given.answer.write_text(json.dumps({"made": hunted.made, "survivors": survived}), encoding="utf-8")
    if result.unlisted:
        print(entries(result.unlisted))  # noqa: T201
    for name in result.gone:
        print(f"listed, and no survivor any more: {told(name)}", file=sys.stderr)  # noqa: T201
    return 1 if result.unlisted or result.gone else 0


if __name__ == "__main__":
    sys.exit(main())
