"""Pictures of values in partner guides: `999` is three digits, `AA-9999` two capital letters, a hyphen, four digits.

9 is a digit, A a capital letter of the alphabet, X either of both, a backslash takes the next character as it is, and
anything else is itself. All of it is of one length, so that no value can keep a comparison busy.
"""

import re
from functools import lru_cache

_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CLASSES = {"9": _DIGITS, "A": _LETTERS, "X": _DIGITS | _LETTERS}
_PATTERNS = {"9": "[0-9]", "A": "[A-Z]", "X": "[0-9A-Z]"}
_NAMES = {"9": "digit", "A": "capital letter", "X": "letter or digit"}


@lru_cache(maxsize=512)
def places(form: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """What may stand at each place of a value: the picture's own character with the characters it allows."""
    found: list[tuple[str, frozenset[str]]] = []
    escaped = False
    for character in form:
        if character == "\\" and not escaped:
            escaped = True
            continue
        allowed = frozenset(character) if escaped else _CLASSES.get(character, frozenset(character))
        found.append(("" if escaped else character, allowed))
        escaped = False
    return tuple(found)


def fits(value: str, form: str) -> bool:
    """Whether a value is as the picture shows."""
    wanted = places(form)
    return len(value) == len(wanted) and all(
        character in allowed for character, (_, allowed) in zip(value, wanted, strict=True)
    )


def pattern(form: str) -> str:
    """The picture as a regular expression of fixed length."""
    return "".join(_PATTERNS.get(character) or re.escape(next(iter(allowed))) for character, allowed in places(form))


def in_words(form: str) -> str:
    """A picture for people: `999` is "3 digits", `B99` "B, then 2 digits", `AA-9` "2 capital letters, -, 1 digit"."""
    runs: list[tuple[str, str]] = []
    for character, allowed in places(form):
        kind = character if character in _NAMES else ""
        literal = "" if kind else next(iter(allowed))
        if runs and runs[-1][0] == kind:
            runs[-1] = (kind, runs[-1][1] + (character if kind else literal))
        else:
            runs.append((kind, character if kind else literal))
    said = [_counted(_NAMES[kind], len(text)) if kind else text for kind, text in runs]
    return ", then ".join(said) if len(said) == 2 else ", ".join(said)


def _counted(name: str, count: int) -> str:
    if count == 1:
        return f"1 {name}"
    return f"{count} letters or digits" if name == _NAMES["X"] else f"{count} {name}s"
