"""Words for people, said the same way everywhere."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 file", "2 files"; `plural` for nouns that do not take an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
