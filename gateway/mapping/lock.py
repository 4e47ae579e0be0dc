"""`released.lock`: which versions of mappings are released, and with which text. A released version is never edited.

A line a version, sorted: `acme/850@1 sha256:...`. The file is committed with the mappings, so whoever edits what
partners rely on is told before it is anywhere near a gateway. Lines are only ever added, by `gateway mapping release`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.errors import NotInOrder
from gateway.flaws import Flaw, Place

FILE: Final = "released.lock"
"""Beside the folders of the owners."""

_LINE = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*@[1-9][0-9]{0,5}) sha256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Released:
    """One line: a version, the SHA-256 of its text in UTF-8, and where that is said."""

    name: str
    sha256: str
    place: Place


@dataclass(frozen=True, slots=True)
class Lock:
    """The file as it was read: its lines by name, and what is wrong with those that could not be."""

    released: Mapping[str, Released]
    flaws: tuple[Flaw, ...] = ()

    def changed(self, name: str, sha256: str, place: Place, next_version: str) -> tuple[Flaw, ...]:
        """What is wrong with a version whose text has this hash: nothing, or that it was edited after its release."""
        line = self.released.get(name)
        if line is None or line.sha256 == sha256:
            return ()
        return (edited(name, place, str(line.place), next_version),)

    def gone(self, names: Mapping[str, str]) -> tuple[Flaw, ...]:
        """Released versions of which there is no file any more; `names` are those that there are."""
        sentence = "was released and its file is not there: put it back, documents are replayed with it"
        lost = [line for name, line in self.released.items() if name not in names]
        return tuple(Flaw(place=line.place, code="E004", sentence=f"{line.name} {sentence}") for line in lost)


def edited(name: str, place: Place, said_by: str, next_version: str) -> Flaw:
    """That a released version has other text than it had; `said_by` knows the text it was released with."""
    sentence = f"{name} was released with other text ({said_by}): put it back as it was, and write {next_version}"
    return Flaw(place=place, code="E004", sentence=sentence)


def sha256_of(text: str) -> str:
    """The hash of a mapping's text, as the lock and the store have it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rank(name: str) -> tuple[str, int]:
    """Names in the order people expect: by mapping, then by number."""
    mapping, _, version = name.partition("@")
    return mapping, int(version)


def read_lock(text: str) -> Lock:
    """The lock out of its text, "" for none. Lines that are none, or say a name twice, are flaws."""
    found: dict[str, Released] = {}
    flaws: list[Flaw] = []
    for number, line in enumerate(text.splitlines(), start=1):
        place = Place(FILE, number, 1, line if line.isprintable() else "")
        match = _LINE.fullmatch(line)
        if match is None:
            said = "a line is a version and the hash of its text, like acme/850@1 sha256:..., as `release` writes it"
            flaws.append(Flaw(place=place, code="E004", sentence=said))
        elif match["name"] in found:
            said = f"{match['name']} stands in {found[match['name']].place} already: it was released once"
            flaws.append(Flaw(place=place, code="E004", sentence=said))
        else:
            found[match["name"]] = Released(match["name"], match["sha256"], place)
    return Lock(found, tuple(flaws))


def with_released(text: str, hashes: Mapping[str, str]) -> str:
    """The text of a lock file with lines for more versions. None that it has is replaced or lost.

    Raises NotInOrder when a line is none, or a version has one with another hash already.
    """
    lock = read_lock(text)
    flaws = list(lock.flaws)
    for name, sha256 in hashes.items():
        line = lock.released.get(name)
        if line is not None and line.sha256 != sha256:
            flaws.append(Flaw(place=line.place, code="E004", sentence=f"{name} was released with other text already"))
    if flaws:
        raise NotInOrder("\n".join(flaw.shown() for flaw in flaws))
    return written_lock(dict(hashes) | {name: line.sha256 for name, line in lock.released.items()})


def written_lock(hashes: Mapping[str, str]) -> str:
    """The text of a lock file for versions and their hashes."""
    return "".join(f"{name} sha256:{hashes[name]}\n" for name in sorted(hashes, key=rank))
