"""Ship notices of a few segments, and the base mapping of the 856 with other orders of levels."""

from functools import cache
from pathlib import Path

from gateway.canonical.gs1 import check_digit
from gateway.flaws import Flaw
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.reading import Problem, Reading
from gateway.mapping.to_canonical import CompiledMapping
from gateway.mapping.written import Written
from gateway.x12.interchange import TransactionSet

_FOLDER = Path(__file__).parents[3] / "mappings" / "x12" / "856"
BASE = (_FOLDER / "v1.map.yaml").read_text("utf-8")
FIXTURES = _FOLDER / "fixtures"

SHAPES = ("SOPI", "SOTPI", "SPOI", "SOI", "SOIP", "STOPI")
"""Orders of levels that partners ask for."""

SMALL = """\
mapping: x12/856
version: 1
transaction: "856"
versions: ["004010"]
canonical: shipment.v1
levels: [S, O, P, I]
owner: onboarding
map:
  purpose: BSN01
  shipment_number: BSN02
  created: BSN03
  created_time: BSN04
  orders:
    level: O
    key: id
    id: {read: "po_number"}
    po_number: PRF01
  packages:
    level: P
    key: id
    links: {order: O}
    id: {read: "sscc"}
    sscc: MAN(GM).02
  lines:
    level: I
    links: {order: O, package: P}
    quantity: SN102
    unit: SN103
"""
"""A mapping of its own for tests that break it."""


def an_sscc(number: int) -> str:
    """A right SSCC with its identifier, 20 digits."""
    digits = f"00412345{number:09d}"
    return f"00{digits}{check_digit(digits)}"


@cache
def shaped(shape: str, fields: str = "") -> CompiledMapping:
    """The base mapping of the 856 with another order of levels, and with `fields` (YAML) in the map."""
    overlay = (
        "mapping: acme/856\nversion: 1\nextends: x12/856@1\nowner: onboarding\n"
        f"levels: [{', '.join(shape)}]\n" + (f"map:\n{fields}" if fields else "")
    )
    return Library({"x12/856/v1.map.yaml": BASE, "acme/856/v1.map.yaml": overlay}).compile("acme/856@1")


def flaws(mapping: str, overlay: str = "") -> tuple[Flaw, ...]:
    """What is wrong with a mapping, or with the overlay when there is one."""
    files = {"x12/856/v1.map.yaml": mapping}
    if overlay:
        head = "mapping: acme/856\nversion: 1\nextends: x12/856@1\nowner: onboarding\n"
        files["acme/856/v1.map.yaml"] = head + overlay
    try:
        Library(files).compile("acme/856@1" if overlay else "x12/856@1")
    except MappingError as error:
        return error.flaws
    return ()


def a_notice(*segments: str) -> TransactionSet:
    """A set of 856 in 004010 with BSN and these segments, separated by *."""
    whole = ["BSN*00*SHP-1*20260112*1405", *segments]
    found = proven("856", "004010", [tuple(segment.split("*")) for segment in whole])
    assert found.content is not None, found.refusal
    return found.content


def back(written: Written) -> TransactionSet:
    """What was written, as it would arrive; it has to be a good 856."""
    found = proven("856", "004010", written.segments)
    assert found.findings == ()
    assert found.content is not None, found.refusal
    return found.content


def texts(content: TransactionSet, *ids: str) -> list[str]:
    """The segments between ST and SE as text; only those with one of `ids`, when some are given."""
    return ["*".join(segment) for segment in content.segments[1:-1] if not ids or segment[0] in ids]


def entries(reading: Reading | dict[str, object], name: str) -> list[dict[str, object]]:
    """One list of a document."""
    document = reading.document if isinstance(reading, Reading) else reading
    found = document.get(name, [])
    assert isinstance(found, list)
    return found


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str, str]]:
    """Code, field and effect of each problem."""
    return [(problem.code, problem.field, problem.effect) for problem in problems]
