"""Which algorithms the SFTP door agrees to today: what is only allowed until a day ends by itself."""

from collections.abc import Callable
from datetime import date, datetime

from gateway.transports.sftp.algorithms import PROFILES, Profile, ProfileName


def profile_on(name: ProfileName, legacy_until: date | None, now: Callable[[], datetime]) -> Profile:
    """The profile of the settings; legacy only up to its last day (UTC), from then on compatible."""
    if name == "legacy" and (legacy_until is None or now().date() > legacy_until):
        return PROFILES["compatible"]
    return PROFILES[name]
