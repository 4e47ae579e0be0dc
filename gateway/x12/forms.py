"""Pictures of values in partner guides: `999` is three digits, `AA-9999` two capital letters, a hyphen, four digits.

9 is a digit, A a capital letter of the alphabet, X either of both, a backslash takes the next character as it is, and
anything else is itself. All of it is of one length, so that no value can keep a comparison busy.
"""

from functools import lru_cache

_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CLASSES = {"9": _DIGITS, "A": _LETTERS, "X": _DIGITS | _LETTERS}
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


def in_words(form: str) -> str:
    """A picture for people: "3 digits", or the picture itself where it mixes."""
    kinds = {character for character, _ in places(form)}
    if len(kinds) == 1 and (name := _NAMES.get(next(iter(kinds)))) is not None:
        count = len(places(form))
        plural = name.replace("letter or digit", "letters or digits") if name[0] == "l" else f"{name}s"
        return f"{count} {name if count == 1 else plural}"
    return f"like {form} (9 a digit, A a letter, X either)"
