"""How long documents are kept, as partner files say it, for those who purge and archive."""

from datetime import datetime

from gateway.app.memory import Memory, utc_now
from gateway.partners.authored import IN_FORCE
from gateway.partners.book import Book, load
from gateway.partners.problems import PartnerFilesError
from gateway.partners.retention import DEFAULTS, NOTHING_SAID, Period, kept_for
from gateway.settings import Places
from gateway.store.authored import read_folder
from gateway.store.purge import Purge


def read_book(places: Places) -> Book:
    """The partner files as they stand on disk. Raises ConfigurationError."""
    try:
        return load(read_folder(places.partners_dir, IN_FORCE), doubts=False)
    except PartnerFilesError as wrong:
        raise wrong.below(places.partners_dir) from None


def kept(book: Book, partner: str, set_id: str) -> Period:
    """How long a set of a partner is kept; a partner whose file is gone has what company.yaml says."""
    profile = book.partners.get(partner)
    return kept_for(set_id, profile.retention if profile else NOTHING_SAID, book.company.retention)


def purge_of(memory: Memory, book: Book) -> Purge:
    """A purge by these partner files, as of now."""
    now = utc_now()
    known: dict[tuple[str, str], datetime] = {}

    def cutoff(partner: str, set_id: str) -> datetime:
        key = (partner, set_id)
        if key not in known:
            known[key] = kept(book, partner, set_id).before(now)
        return known[key]

    said = (DEFAULTS, book.company.retention, *(one.retention for one in book.partners.values()))
    oldest = max(period.before(now) for one in said for period in one.values())
    return Purge(memory.means, cutoff, oldest)
