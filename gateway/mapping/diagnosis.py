"""What is wrong with an authored mapping, said so that the author finds it: file, line, column, sentence, caret."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Place:
    """A point in an authored file; `line` and `column` count from 1, `source` is the whole line."""

    file: str
    line: int
    column: int
    source: str

    def shifted(self, columns: int) -> "Place":
        """The same line, some characters further right."""
        return Place(self.file, self.line, self.column + columns, self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One mistake in an authored file."""

    place: Place
    code: str
    sentence: str

    def __str__(self) -> str:
        return self.shown()

    def shown(self, root: str = "") -> str:
        """The sentence with its place, the line and a caret; `root` is put before the file's name."""
        place = self.place
        head = f"{root}{place.file}:{place.line}:{place.column}: {self.code}: {self.sentence}"
        if not place.source.strip():
            return head
        return f"{head}\n    {place.source}\n    {' ' * (place.column - 1)}^"


class MappingError(ConfigurationError):
    """A mapping, or one it extends, has mistakes: `problems` lists every one of them, the text shows them all."""

    def __init__(self, problems: Iterable[Flaw]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Diagnosis:
    """Collects flaws during one check. The same flaw in several X12 versions is told once, naming them."""

    def __init__(self, versions: tuple[str, ...] = ()) -> None:
        self._versions = versions
        self._found: dict[tuple[Place, str, str], list[str]] = {}

    def add(self, place: Place, code: str, sentence: str, *, version: str = "") -> None:
        """Note one flaw; `version` names the X12 version it was found in, "" when it has nothing to do with one."""
        seen = self._found.setdefault((place, code, sentence), [])
        if version and version not in seen:
            seen.append(version)

    def limit_to(self, versions: tuple[str, ...]) -> None:
        """Say which X12 versions are checked at all; a flaw in all of several is told without naming them."""
        self._versions = versions

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """All flaws, by file and place."""
        told = [
            Flaw(place=place, code=code, sentence=sentence + self._where(versions))
            for (place, code, sentence), versions in self._found.items()
        ]
        return tuple(sorted(told, key=lambda flaw: (flaw.place.file, flaw.place.line, flaw.place.column, flaw.code)))

    def raise_if_any(self) -> None:
        """Raise MappingError with everything found so far."""
        if self._found:
            raise MappingError(self.flaws)

    def _where(self, versions: list[str]) -> str:
        return f" (in {', '.join(versions)})" if versions and len(versions) < len(self._versions) else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known word is near, else nothing."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""
