"""What the SFTP door allows at most. Every number is a security limit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps of the door; counts, or seconds where the name says so.

    asyncssh has none of its own: 900 silent connections, 3,000 open files and 500 channels were taken without a word.
    """

    unauthenticated: int = 100
    """Connections that have not signed in, over all addresses (OpenSSH MaxStartups: 10:30:100)."""
    unauthenticated_per_address: int = 5
    connections_per_channel: int = 10
    sessions_per_connection: int = 8
    """AWS Transfer Family allows 10, OpenSSH 10."""
    handles_per_connection: int = 64
    authentication_tries: int = 6
    """Per connection, as OpenSSH MaxAuthTries."""
    failures_before_ban: int = 15
    """Failed sign-ins from one address within `failure_window_seconds` (SFTPGo's defender: 15)."""
    failure_window_seconds: float = 600.0
    ban_seconds: float = 1_800.0
    failure_delay_seconds: float = 1.0
    """Before a refused password is answered; doubled with each failure of the address, up to eight times."""
    login_seconds: float = 30.0
    idle_seconds: float = 900.0
    listing: int = 10_000
    """Names shown in one folder."""
    drain_seconds: float = 5.0
    """How long `close` waits for uploads that are being stored."""
    proxy_seconds: float = 5.0
    """How long a proxy's header may take; balancers send it with the first packet."""
    tending_seconds: float = 60.0
    """Between two looks for uploads that were left under temporary names."""
    counting_seconds: float = 1.0
    """How old the count of what waits of a channel may be that a quota is held against."""
