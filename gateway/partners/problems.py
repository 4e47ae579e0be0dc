"""What is wrong with authored partner files, said so that the author finds it: file, line, column, code, sentence.

The source line is never shown: a secret that somebody wrote into a file must not travel on into logs and tickets.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.errors import ConfigurationError

CODES: Mapping[str, str] = MappingProxyType(
    {
        "P001": "not readable: not YAML, not a table, too large or too deep",
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
        "P026": "the set cannot be read: no guide, or a mapping for another set",
    }
)
"""Every code with its meaning; `docs/partner-files.md` says what to do."""

_MOST = 200
"""Problems shown of one load; a thousandth sentence helps nobody."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in an authored file; `line` and `column` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in the authored files."""

    place: Place
    code: str
    sentence: str

    def __str__(self) -> str:
        return self.shown()

    def shown(self, root: str = "") -> str:
        """`file:line:column: CODE: sentence`; `root` is put before the file's name."""
        place = self.place
        return f"{root}{place.file}:{place.line}:{place.column}: {self.code}: {self.sentence}"


class PartnerFilesError(ConfigurationError):
    """Partner files do not hold together: `problems` lists every one of them, the text shows them all."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        shown = [str(problem) for problem in self.problems[:_MOST]]
        if len(self.problems) > _MOST:
            shown.append(f"and {len(self.problems) - _MOST} more")
        super().__init__("\n".join(shown))


class Problems:
    """Collects problems during one load, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, place: Place, code: str, sentence: str) -> None:
        """Note one problem; `code` is one of `CODES`."""
        self._found.append(Problem(place, code, sentence))

    def raise_if_any(self) -> None:
        """Raise PartnerFilesError with everything found so far."""
        if self._found:
            raise PartnerFilesError(self._found)

    @property
    def found(self) -> tuple[Problem, ...]:
        """What was noted so far, in the order it was."""
        return tuple(self._found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known word is near, else nothing."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""
