"""The hours of channels, for the mailbox: whose files lie behind a closed window just now."""

from collections.abc import Sequence
from datetime import datetime

from gateway.partners.book import Book
from gateway.partners.window import is_open


def closed_for(book: Book, channel: str, now: datetime) -> Sequence[str]:
    """Partners that a channel offers nothing to at the aware time `now`, each by its own clock."""
    known = book.channel(channel)
    if known is None or not known.windows:
        return ()
    carried = [one for one in known.carries if one in book.partners]
    return [one for one in carried if not is_open(known.windows, now, book.partners[one].time_zone)]
