"""What the partner files in force say about one agreement, for whoever acts on its documents."""

from collections.abc import Callable

from gateway.app.in_force import book_in_force
from gateway.partners.agreement_form import OutboundForm
from gateway.pipeline.verbs import Numbers
from gateway.store.releases import StoreReleases


def agreed_numbers(releases: StoreReleases) -> Callable[[str], Numbers]:
    """Asked under which numbers documents of an agreement, by its id, are sent again: new ones where nobody knows."""

    def numbers(agreement: str) -> Numbers:
        book = book_in_force(releases)
        partner, _, name = agreement.partition("/")
        profile = book.partners.get(partner) if book is not None else None
        form = profile.agreements.get(name) if profile is not None else None
        return "same" if isinstance(form, OutboundForm) and form.resend == "same_numbers" else "new"

    return numbers
