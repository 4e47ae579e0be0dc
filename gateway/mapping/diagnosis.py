"""Collecting what is wrong with a mapping: every mistake of a check at once, each told once."""

from collections.abc import Iterable

from gateway.errors import ConfigurationError
from gateway.flaws import Flaw, Place


class MappingError(ConfigurationError):
    """A mapping, or one it extends, has mistakes: `flaws` lists every one of them, the text shows them all."""

    def __init__(self, flaws: Iterable[Flaw], root: str = "") -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(flaw.shown(root) for flaw in self.flaws))

    def below(self, folder: object) -> "MappingError":
        """The same with paths that can be opened: `folder` is where the mappings were read."""
        return MappingError(self.flaws, f"{folder}/")


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
