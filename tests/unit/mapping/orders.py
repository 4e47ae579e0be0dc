"""Small orders and small mappings: each test says only the part it is about."""

from gateway.flaws import Flaw
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import Reading
from gateway.x12.interchange import SetResult, TransactionSet
from gateway.x12.read import examine

HEAD = """\
mapping: x12/850
version: 1
transaction: "850"
versions: [{versions}]
canonical: order.v1
owner: onboarding
"""

REQUIRED = """\
  purpose: BEG01
  type: BEG02
  po_number: BEG03
  order_date: BEG05
"""

LINES = """\
  lines:
    each: PO1
    quantity: PO102
"""


def a_mapping(fields: str = "", *, lines: str = "", rest: str = "", versions: str = '"004010"') -> str:
    """The text of a mapping that maps what an order needs, with `fields` (unindented) and `lines` beside it."""
    body = _indented(fields, 2) + LINES + _indented(lines, 4)
    return HEAD.format(versions=versions) + rest + "map:\n" + REQUIRED + body


def an_overlay(text: str, *, version: int = 1, extends: str = "x12/850@1", name: str = "acme/850") -> str:
    """The text of an overlay with its head."""
    return f"mapping: {name}\nversion: {version}\nextends: {extends}\nowner: onboarding\n{text}"


def a_library(base: str, overlay: str = "") -> Library:
    """One base, and perhaps one overlay of acme."""
    files = {"x12/850/v1.map.yaml": base}
    if overlay:
        files["acme/850/v1.map.yaml"] = overlay
    return Library(files)


def flaws(base: str, overlay: str = "") -> tuple[Flaw, ...]:
    """What is wrong with a mapping, or with the overlay when there is one."""
    try:
        a_library(base, overlay).compile("acme/850@1" if overlay else "x12/850@1")
    except MappingError as error:
        return error.flaws
    return ()


def codes(found: tuple[Flaw, ...]) -> list[str]:
    """Only the codes of flaws."""
    return [flaw.code for flaw in found]


def an_order(
    *segments: str, lines: tuple[str, ...] = ("PO1*1*2*EA*1.50**UP*012345678905",), **of: str
) -> TransactionSet:
    """A set of 850 with BEG, these segments and these lines; `version`, `repetition`, `beg` may be given."""
    version = of.get("version", "004010")
    body = [of.get("beg", "BEG*00*SA*4500**20260102"), *segments, *lines]
    whole = ["ST*850*0001", *body, f"SE*{len(body) + 2}*0001"]
    standards, release = ("U", "00401") if version == "004010" else (of.get("repetition", "^"), "00501")
    head = (
        f"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260102*1200*{standards}*{release}"
        f"*000000007*0*P*>~GS*PO*SENDERGS*RECEIVERGS*20260102*1200*1*X*{version}~"
    )
    source = (head + "~".join(whole) + "~GE*1*1~IEA*1*000000007~").encode()
    contents = [event.content for event in examine(source) if isinstance(event, SetResult)]
    assert contents[0] is not None
    return contents[0]


def read(mapping: str, content: TransactionSet, overlay: str = "") -> Reading:
    """Read one set through a mapping, or through the overlay when there is one; unless said, it is made for reading."""
    if "direction:" not in mapping:
        mapping = mapping.replace("owner: onboarding\n", "owner: onboarding\ndirection: read\n", 1)
    return a_library(mapping, overlay).compile("acme/850@1" if overlay else "x12/850@1").read(content)


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in text.splitlines() if line.strip())
