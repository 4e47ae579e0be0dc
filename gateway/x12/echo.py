"""What an answer repeats of what it answers, made to fit: an answer must be valid even where the question was not."""

from dataclasses import dataclass
from typing import Final

from gateway.x12.guide import envelope
from gateway.x12.interchange import Delimiters, InterchangeHeader, InterchangeResult
from gateway.x12.values import EXTENDED
from gateway.x12.write import REPETITION_SINCE, is_delimiter

_ELEMENT: Final = "*|^!"
_COMPONENT: Final = ">:<\\"
_SEGMENT: Final = "~\n'\r"
_REPETITION: Final = "^`!{"
"""What an answer is separated with where the inbound delimiters do not serve, most usual first."""

_LAST_RESORT: Final = "\x1c\x1d\x1e\x1f"
"""Four control characters, one for each delimiter: no id holds any."""

_USAGES: Final = frozenset("IPT")


@dataclass(frozen=True, slots=True)
class Fitting:
    """Makes values fit elements of an answer; `characters` are those it may use."""

    characters: frozenset[str]

    @property
    def substitute(self) -> str:
        """What stands for a character that may not be written."""
        return next(character for character in "?.-X" if character in self.characters)

    def text(self, value: str, minimum: int, maximum: int, fill: str = "") -> str:
        """`value` without blanks around it, cut to `maximum`; `fill` fills it on the left, else substitutes behind."""
        kept = value.strip()[:maximum]
        if not self.characters.issuperset(kept):
            kept = "".join(c if c in self.characters else self.substitute for c in kept)
        return kept.rjust(minimum, fill) if fill else kept.ljust(minimum, self.substitute)

    def name(self, value: str, minimum: int, maximum: int) -> str:
        """As `text`, for ids, in which no blank may stand."""
        return self.text(value.strip().replace(" ", self.substitute), minimum, maximum)

    def digits(self, value: str, minimum: int, maximum: int) -> str:
        """`value` when it is a number of that many digits, else the zeros that a number needs."""
        fits = minimum <= len(value) <= maximum and value.isascii() and value.isdigit()
        return value if fits else "0" * minimum


def identity(value: str, maximum: int) -> str:
    """An id of a partner as it stands, accents and all, but cut to `maximum` and without control characters."""
    cut = value[:maximum]
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(c if c.isprintable() and ord(c) <= 0xFF else "?" for c in cut)


def answer_version(header: InterchangeHeader) -> str:
    """ISA12 of the answer: the inbound one, or the nearest of ours where there is no such version."""
    element = envelope()["ISA"].elements[11].element
    if element is not None and element.codes is not None and header.version in element.codes:
        return header.version
    return "00501" if header.version[:5] >= REPETITION_SINCE and header.version[:5].isdigit() else "00401"


def answer_usage(header: InterchangeHeader) -> str:
    """ISA15 as it came: T stays T."""
    return header.usage if header.usage in _USAGES else "P"


def answer_delimiters(result: InterchangeResult, version: str) -> Delimiters:
    """The inbound delimiters; another one in place of any that cannot be one or stands within an id we repeat."""
    inbound = result.header.delimiters
    taken = set("".join(_repeated(result)))
    element = _pick(inbound.element, _ELEMENT, taken)
    component = _pick(inbound.component, _COMPONENT, taken)
    segment = _pick(inbound.segment, _SEGMENT, taken, terminator=True)
    repetition = _pick(inbound.repetition, _REPETITION, taken) if version >= REPETITION_SINCE else ""
    return Delimiters(element=element, component=component, segment=segment, repetition=repetition)


def answer_characters(result: InterchangeResult) -> frozenset[str]:
    """The extended set, and the characters of the ids we repeat: a partner is addressed as it calls itself."""
    return EXTENDED.union("".join(_repeated(result)))


def _repeated(result: InterchangeResult) -> list[str]:
    """The ids of both sides, as `identity` repeats them."""
    header = result.header
    repeated = [header.sender_qualifier, header.sender, header.receiver_qualifier, header.receiver]
    for group in result.groups:
        repeated += (group.header.sender, group.header.receiver)
    return [identity(value, 15) for value in repeated]


def _pick(inbound: str, others: str, taken: set[str], *, terminator: bool = False) -> str:
    candidates: list[str] = [inbound, *others, *_LAST_RESORT]
    for candidate in candidates:
        if candidate and candidate not in taken and is_delimiter(candidate, terminator=terminator):
            taken.add(candidate)
            return candidate
    raise AssertionError("one of the four last resorts is always free")
