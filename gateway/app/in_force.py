"""The partner files of the revision that is current in the store."""

from gateway.errors import ConfigurationError
from gateway.partners.book import Book, load
from gateway.store.releases import StoreReleases


def book_in_force(releases: StoreReleases) -> Book | None:
    """None where no gateway has run yet, or the files are of an older version that this one would not take."""
    authored = releases.current()
    try:
        return load(authored.partners, doubts=False) if authored is not None else None
    except ConfigurationError:
        return None
