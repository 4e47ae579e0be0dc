"""Good documents, and the interchange that cases change: ISA to IEA as a list of segments without terminators.

`good/<name>.edi` holds one set, ST to SE, a segment per line. Its file name begins with the set's id.
"""

from collections.abc import Sequence
from pathlib import Path

GOOD = Path(__file__).parent / "good"

GROUPS = {
    "753": "RF",
    "810": "IN",
    "820": "RA",
    "846": "IB",
    "850": "PO",
    "855": "PR",
    "856": "SH",
    "860": "PC",
    "880": "GP",
    "940": "OW",
    "943": "AR",
    "944": "RE",
    "945": "SW",
    "947": "AW",
    "997": "FA",
    "999": "FA",
}
"""GS01 by set, as X12 has it; written down here once more, so that the engine's own data is held to it."""

VERSIONS = ("004010", "005010")

ONE_VERSION = {"753": "005010", "944": "004010", "944-assigned-numbers": "005010", "999": "005010"}
"""Documents whose set looks different, or is not there, in the other version."""

COUNTED = "?"
"""Stands for SE01, GE01 and IEA01 until all edits are made: what no edit sets is counted then."""


def names() -> list[str]:
    """Every good document."""
    return sorted(path.stem for path in GOOD.glob("*.edi"))


def versions(name: str) -> Sequence[str]:
    """The versions a document is good in."""
    return (ONE_VERSION[name],) if name in ONE_VERSION else VERSIONS


def interchange(base: str, version: str) -> list[str]:
    """ISA to IEA around documents: "850 850 | 810" is a group of two orders and a group of one invoice.

    Sets have the numbers 0001, 0002 ... in each group, groups the numbers 1, 2 ...
    """
    groups = [part.split() for part in base.split("|")]
    body = [line for number, part in enumerate(groups, start=1) for line in _group(part, number, version)]
    eleven, twelve = ("U", "00401") if version < "004020" else ("^", "00501")
    isa = (
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           "
        f"*240131*1200*{eleven}*{twelve}*000000001*0*P*:"
    )
    return [isa, *body, f"IEA*{COUNTED}*000000001"]


def counted(segments: Sequence[str]) -> list[str]:
    """The segments with the right number wherever no edit set another."""
    done: list[str] = []
    inside = {"SE": 1, "GE": 0, "IEA": 0}
    for segment in segments:
        name = segment.split("*", 1)[0]
        inside["SE"] = 1 if name == "ST" else inside["SE"] + 1
        inside["GE"] = 0 if name == "GS" else inside["GE"] + (name == "ST")
        inside["IEA"] += name == "GS"
        done.append(segment.replace(f"{name}*{COUNTED}", f"{name}*{inside[name]}") if name in inside else segment)
    return done


def _group(documents: Sequence[str], number: int, version: str) -> list[str]:
    body = [line for place, name in enumerate(documents, start=1) for line in _set(name, f"{place:04}")]
    header = f"GS*{GROUPS[documents[0][:3]]}*ACME*OURS*20240131*1200*{number}*X*{version}"
    return [header, *body, f"GE*{COUNTED}*{number}"]


def _set(name: str, control_number: str) -> list[str]:
    text = (GOOD / f"{name}.edi").read_text(encoding="utf-8")
    start, *body, end = (line.removesuffix("~") for line in text.splitlines())
    assert start.endswith("*0001"), start
    assert end == f"SE*{len(body) + 2}*0001", end
    return [f"{start.removesuffix('0001')}{control_number}", *body, f"SE*{COUNTED}*{control_number}"]
