"""Collecting what is wrong with partner files, so that an author sees all of it at once.

The source line is kept of partner guides only: in any other file somebody may have written a secret, which must not
travel on into logs and tickets.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.errors import ConfigurationError
from gateway.flaws import Flaw, Place

CODES: Mapping[str, str] = MappingProxyType(
    {
        "P001": "not readable: not UTF-8, not YAML, not a table, too large or too deep",
        "P002": "an alias, anchor, merge key or tag",
        "P003": "a key stands twice in one table",
        "P004": "a file where none belongs, or under a name that is no id",
        "P005": "there is no company.yaml",
        "P010": "an unknown key",
        "P011": "a key is missing",
        "P012": "a value that cannot be",
        "P013": "a secret stands in the file instead of a reference",
        "P020": "a name that nothing has",
        "P021": "an ISA id is claimed twice",
        "P022": "two agreements tie",
        "P023": "a sign-in is used twice",
        "P024": "nobody could sign in, or a partner is not carried where it has to be",
        "P025": "test and production are mixed",
        "P026": "the set cannot be read or written: no guide, or a mapping or partner guide for another set",
        "P027": "a channel that cannot send where something is to be sent",
        "P028": "a mapping that writes what the partner's guide never takes, or never what it always asks for",
        "P029": "a warning: for some documents a mapping and the partner's guide do not go together",
        "P030": "a partner guide that is not what its path says, or has no standard guide below it",
        "P031": "a rule of a partner guide for a place that the set does not have",
        "P032": "a rule of a partner guide that would widen the standard",
        "P033": "a rule of a partner guide that nothing could satisfy",
        "P034": "a warning: the files of two agreements could have one name in one folder",
        "P035": "a certificate that is not there, cannot be read, or is of no use for what it is named for",
        "P036": "a warning: a key or an algorithm that is weaker than is sound today",
        "P037": "a folder that two channels share",
        "P038": "a warning: what comes in by a channel where nothing goes out is answered by nobody",
        "P039": "a warning: a rule about sets that nobody agreed on",
        "P040": "a calendar that never opens, or a deadline about something that does not happen under the agreement",
        "P041": "something is owed that cannot follow, or cannot be reckoned so",
        "P042": "a warning: something is owed that could never come",
    }
)
"""Every code with its meaning; `docs/partner-files.md` says what to do."""

_MOST = 200
"""Mistakes shown of one load; a thousandth sentence helps nobody."""


class PartnerFilesError(ConfigurationError):
    """Partner files do not hold together: `flaws` lists every mistake, the text shows the first 200.

    `doubts` are warnings that were found beside them; they are not in the text.
    """

    def __init__(self, flaws: Iterable[Flaw], root: str = "", mappings: str = "", doubts: Iterable[Flaw] = ()) -> None:
        self.flaws = tuple(sorted(set(flaws)))
        self.doubts = tuple(sorted(set(doubts)))
        shown = [flaw.shown(mappings if of_a_mapping(flaw) else root) for flaw in self.flaws[:_MOST]]
        if len(self.flaws) > _MOST:
            shown.append(f"and {len(self.flaws) - _MOST} more")
        super().__init__("\n".join(shown))

    def below(self, folder: object, mappings: object = "") -> "PartnerFilesError":
        """The same with paths that can be opened: `folder` is where the partner files were read, `mappings` theirs."""
        return PartnerFilesError(self.flaws, f"{folder}/", f"{mappings}/" if mappings else "", self.doubts)


def of_a_mapping(flaw: Flaw) -> bool:
    """Whether a mistake stands in a mapping, below another folder than partner files do."""
    return flaw.place.file.endswith(".map.yaml")


class Problems:
    """Collects mistakes during one load, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[Flaw] = []
        self._doubts: list[Flaw] = []

    def doubt(self, place: Place, code: str, sentence: str) -> None:
        """Note a warning: what works, and not for every document."""
        self._doubts.append(Flaw(place=place, code=code, sentence=sentence))

    @property
    def doubts(self) -> tuple[Flaw, ...]:
        """Every warning once, by file and line."""
        return tuple(sorted(set(self._doubts)))

    def add(self, place: Place, code: str, sentence: str) -> None:
        """Note one mistake; `code` is one of `CODES`."""
        self._found.append(Flaw(place=place, code=code, sentence=sentence))

    def raise_if_any(self) -> None:
        """Raise PartnerFilesError with everything found so far."""
        if self._found:
            raise PartnerFilesError(self._found, doubts=self._doubts)

    @property
    def found(self) -> tuple[Flaw, ...]:
        """What was noted so far, in the order it was."""
        return tuple(self._found)
