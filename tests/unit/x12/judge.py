"""pyx12, a validator that knows nothing of us, as the judge of our acknowledgements.

It is made for health care: its maps of the 997 (004010) and the 999 (005010) are copied, and four value lists in the
copies are widened to what supply chains send; nothing else is changed. It has no map for a 997 of 005010.
"""

import io
import logging
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pyx12.params
import pyx12.x12n_document

from gateway.x12.guide import release_of

MAPS = {"00401": "997.4010.xml", "00501": "999.5010X231.A1.xml"}
NEEDED = ("x12.control.00401.xml", "x12.control.00501.xml", "dataele.xml", "codes.xml")
VERSIONS = {"00401": ("004010", "004010VICS"), "00501": ("005010", "005010VICS")}

INDEX = """<?xml version="1.0" encoding="UTF-8"?>
<maps>{}</maps>
"""
VERSION = '<version icvn="{icvn}">{maps}<map vriic="" fic="" abbr="X12">x12.control.{icvn}.xml</map></version>'


def widened_maps(folder: Path) -> Path:
    """Copies of the maps in `folder`, with the lists for GS08, ST03, AK101 and AK201 widened."""
    source = files("pyx12") / "map"
    for name in NEEDED:
        with (source / name).open("rb") as original, (folder / name).open("wb") as copy:
            shutil.copyfileobj(original, copy)
    versions = []
    for icvn, name in MAPS.items():
        groups = release_of(VERSIONS[icvn][0]).groups  # type: ignore[union-attr]  # both releases are at hand
        wider = {
            "GS08": VERSIONS[icvn],
            "ST03": VERSIONS[icvn],
            "AK101": sorted(set(groups.values())),
            "AK201": sorted(groups),
        }
        _widened(source / name, folder / name, wider)
        kind = name[:3]
        maps = "".join(f'<map vriic="{one}" fic="FA" abbr="{kind}">{name}</map>' for one in VERSIONS[icvn])
        versions.append(VERSION.format(icvn=icvn, maps=maps))
    (folder / "maps.xml").write_text(INDEX.format("".join(versions)), encoding="utf-8")
    return folder


def _widened(source: object, target: Path, wider: dict[str, Iterable[str]]) -> None:
    tree = ElementTree.fromstring(source.read_text(encoding="utf-8"))  # type: ignore[attr-defined]  # a resource
    for element in tree.iter("element"):
        codes = element.find("valid_codes")
        if codes is None:
            continue
        for value in wider.get(element.get("xid", ""), ()):
            ElementTree.SubElement(codes, "code").text = f"{value}"
            codes[-1].tail = "\n"
    target.write_text(ElementTree.tostring(tree, encoding="unicode"), encoding="utf-8")


def widened_elements(name: str, maps: Path) -> set[str]:
    """The elements in which the copy of a map differs from the original."""
    pairs = zip(
        ElementTree.fromstring((files("pyx12") / "map" / name).read_text(encoding="utf-8")).iter("element"),
        ElementTree.fromstring((maps / name).read_text(encoding="utf-8")).iter("element"),
        strict=True,
    )
    return {
        str(one.get("xid")) for one, two in pairs if "".join(one.itertext()).split() != "".join(two.itertext()).split()
    }


def verdict(acknowledgement: bytes, maps: Path) -> list[str]:
    """What pyx12 says against an interchange, in its own words; [] when it passes."""
    parameters = pyx12.params.ParamsBase()
    source = io.StringIO(acknowledgement.decode("latin-1"))
    listener = _Listener()
    logger = logging.getLogger("pyx12")
    logger.addHandler(listener)
    try:
        good = pyx12.x12n_document.x12n_document(parameters, source, None, None, map_path=str(maps))
    finally:
        logger.removeHandler(listener)
    return listener.said or ([] if good else ["rejected without a word"])


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
