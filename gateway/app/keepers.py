"""Who keeps an agreement, as the partner files say that are in force."""

from collections.abc import Callable

from gateway.app.in_force import book_in_force
from gateway.app.memory import Memory


def keepers(memory: Memory) -> Callable[[str], str]:
    """Asked for the owner of an agreement by its id, else of the partner, else of the company: somebody is always
    asked. "" where no gateway has run yet.
    """
    book = book_in_force(memory.releases)

    def keeper(agreement: str) -> str:
        partner, _, name = agreement.partition("/")
        profile = book.partners.get(partner) if book is not None else None
        form = profile.agreements.get(name) if profile is not None else None
        if profile is None:
            return book.company.owner if book is not None else ""
        return (form.owner if form is not None else None) or profile.owner

    return keeper
