"""A place for Bots to run in: an environment with bots-ediint, and grammars made from our own guide of the 850.

Bots is under the GPL and needs a Django that is no longer maintained, so it is never a dependency: it is installed into
a folder of its own, is run as another program, and nothing of it comes back but numbers.
"""

import os
import subprocess
import sys
from pathlib import Path
from pprint import pformat
from typing import Any

from gateway.x12.definitions import ElementUse, SegmentDefinition
from gateway.x12.guide import Guide, LoopSpec, SegmentSpec, envelope, load

REQUIREMENTS = ("bots-ediint==3.3.1", "django<4")
UNLIMITED = 99_999
IMPORT = "from bots.botsconfig import *\n\n"

INI = """[settings]
max_number_errors = 25
[directories]
usersys = usersys
botssys = {botssys}
[webserver]
environment = development
[charsets]
"""

SETTINGS = """SECRET_KEY = "opens nothing"
INSTALLED_APPS = []
DATABASES = {}
USE_TZ = False
"""


def environment(cache: Path, uv: Path) -> Path:
    """The interpreter of an environment that has Bots. Raises RuntimeError, in the index's words, when it cannot be."""
    return environment_of(cache, uv, "bots-3.3.1", REQUIREMENTS)


def environment_of(cache: Path, uv: Path, name: str, requirements: tuple[str, ...]) -> Path:
    """The interpreter of an environment of that name that has these. Raises RuntimeError when it cannot be."""
    folder = cache / name
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    cache.mkdir(parents=True, exist_ok=True)
    _run(str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    _run(str(uv), "pip", "install", "--quiet", "--python", str(python), *requirements)
    (folder / "ready").touch()
    return python


def _run(*command: str) -> None:
    own = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{command[1]} failed")


def home(cache: Path) -> Path:
    """The folder that Bots runs in, with its settings and grammars."""
    folder = cache / "bots-home"
    grammars = folder / "usersys" / "grammars" / "x12"
    grammars.mkdir(parents=True, exist_ok=True)
    (folder / "config").mkdir(exist_ok=True)
    for package in (folder / "config", folder / "usersys", grammars.parent, grammars):
        (package / "__init__.py").touch()
    (folder / "config" / "bots.ini").write_text(INI.format(botssys=folder / "botssys"))
    (folder / "config" / "settings.py").write_text(SETTINGS)
    guide = load("850", "004010")
    if guide is None:
        raise RuntimeError("no guide of the 850")
    (grammars / "x12.py").write_text(_envelope())
    (grammars / "850004010.py").write_text(_message(guide))
    return folder


class _Name:
    """A constant of Bots, as it is written in a grammar."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __lt__(self, other: "_Name") -> bool:
        return self.name < other.name


ID, MIN, MAX, LEVEL, SUBTRANSLATION = map(_Name, ("ID", "MIN", "MAX", "LEVEL", "SUBTRANSLATION"))


def _record(name: str, low: int, high: int, **more: Any) -> dict[_Name, Any]:
    named = {"level": LEVEL, "sub": SUBTRANSLATION}
    return {ID: name, MIN: low, MAX: high, **{named[key]: value for key, value in more.items()}}


def _envelope() -> str:
    message = _record("ST", 0, UNLIMITED, sub=[{"BOTSID": "ST", "ST01": None}], level=[_record("SE", 1, 1)])
    group = _record("GS", 0, UNLIMITED, level=[message, _record("GE", 1, 1)])
    structure = [_record("ISA", 1, UNLIMITED, level=[_record("TA1", 0, UNLIMITED), group, _record("IEA", 1, 1)])]
    guide = load("997", "004010")
    definitions = list(envelope().values())
    definitions += [found for name in ("ST", "SE") if guide is not None and (found := guide.segment(name)) is not None]
    following = "nextmessage = ({'BOTSID': 'ISA'}, {'BOTSID': 'GS'}, {'BOTSID': 'ST'})\n"
    return f"{IMPORT}syntax = {{'version': '00401'}}\n{following}{_parts(structure, definitions)}"


def _message(guide: Guide) -> str:
    children = guide.root.children
    structure = [_record("ST", 1, 1, level=[_place(child) for child in children[1:]])]
    ids = sorted(guide.segment_ids())
    definitions = [found for name in ids if (found := guide.segment(name)) is not None]
    syntax = "syntax = {'functionalgroup': 'PO', 'checkcollision': False}\n"
    return f"{IMPORT}{syntax}{_parts(structure, definitions)}"


def _parts(structure: object, definitions: list[SegmentDefinition]) -> str:
    records = {
        one.id: [["BOTSID", "M", 3, "AN"], *(_field(one.id, use) for use in one.elements)] for one in definitions
    }
    return f"structure = {pformat(structure)}\n\nrecorddefs = {pformat(records)}\n"


def _place(spec: SegmentSpec | LoopSpec) -> dict[_Name, Any]:
    low = 1 if spec.requirement == "M" else 0
    high = spec.maximum or UNLIMITED
    if isinstance(spec, SegmentSpec):
        return _record(spec.id, low, high)
    below = [_place(child) for child in spec.children[1:]]
    return _record(spec.children[0].id, low, high, level=below) if below else _record(spec.children[0].id, low, high)


def _field(owner: str, use: ElementUse) -> list[object]:
    name = f"{owner}{use.position:02}"
    if name == "ISA16":  # to Bots the component separator is two empty components
        return [name, "C", [["ISA16.01", "C", (1, 1), "AN"], ["ISA16.02", "C", (1, 1), "AN"]]]
    needed = "M" if use.requirement == "M" else "C"
    if use.composite is not None:
        return [name, needed, [_field(f"{name}.", part) for part in use.composite.elements]]
    if use.element is None:
        raise RuntimeError(f"{name} is neither an element nor a composite")
    kind = f"N{use.element.decimals}" if use.element.kind == "N" else use.element.kind
    return [name, needed, (use.element.minimum, use.element.maximum), kind]
