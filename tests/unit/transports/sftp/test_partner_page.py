"""docs/partner-sftp.md promises numbers and names to partners: they must be the ones in force."""

from pathlib import Path

from gateway.transports.sftp import Limits
from gateway.transports.sftp.accounts import DEFAULT_FILE_LIMIT
from gateway.transports.sftp.names import FOLDERS, LONGEST_NAME, TEMPORARY_SUFFIXES

PAGE = " ".join((Path(__file__).parents[4] / "docs" / "partner-sftp.md").read_text(encoding="utf-8").split())


def test_the_limits_on_the_page_are_the_ones_in_force() -> None:
    limits = Limits()

    assert f"{limits.connections_per_channel} connections per account" in PAGE
    assert f"{limits.sessions_per_connection} sessions on each" in PAGE
    assert f"{limits.handles_per_connection} files open at once" in PAGE
    assert f"{limits.login_seconds:.0f} seconds to sign in" in PAGE
    assert f"{limits.authentication_tries} tries per connection" in PAGE
    assert f"{limits.failures_before_ban} failures in ten minutes" in PAGE
    assert (limits.failure_window_seconds, limits.ban_seconds) == (600, 1800)
    assert f"{limits.idle_seconds / 60:.0f} minutes without any request" in PAGE
    assert f"Largest file: {DEFAULT_FILE_LIMIT >> 20} MB" in PAGE
    assert f"up to {LONGEST_NAME} characters" in PAGE


def test_every_folder_and_temporary_suffix_is_on_the_page() -> None:
    missing = [word for word in (*FOLDERS, *TEMPORARY_SUFFIXES) if f"`{word}`" not in PAGE]

    assert missing == []
