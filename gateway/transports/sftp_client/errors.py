"""What can go wrong at a partner's server.

PartnerServerError (PartnerError)
├── HostKeyChanged     another key than those that are pinned: nothing more until a person has looked
├── NotReached         no address, no connection, no common algorithm, not let in: nothing has happened there
├── LineLost           cut, silent or talking nonsense in the middle: what was asked last may have happened
├── Declined           the server said no to one request
└── NotWhole           a file was not what its name and size promised: nothing of it is used
"""

from gateway.errors import PartnerError


class PartnerServerError(PartnerError):
    """A partner's server did not do its part."""

    may_retry = True


class HostKeyChanged(PartnerServerError):
    """The server shows a key that is not pinned for it."""

    may_retry = False


class NotReached(PartnerServerError):
    """There is no session: nothing has happened at the server."""


class LineLost(PartnerServerError):
    """The session broke: the last request may have had its effect."""


class Declined(PartnerServerError):
    """The server refused a request. `missing`: because there is no such file."""

    def __init__(self, text: str, *, missing: bool = False) -> None:
        super().__init__(text)
        self.missing = missing


class NotWhole(PartnerServerError):
    """The bytes of a file are not those that were listed: it grew, shrank, changed, or its size was a lie."""
