"""Every time that is kept of one document, by its name: in UTC; days and the envelope's clock are the partner's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When what happened with a document; None where it did not happen, or is not known.

    dated: its business date, as it says itself ("2026-03-02"). envelope: ISA09 and ISA10 as they stand in it, without a
    zone ("2026-03-02 12:30"); of a document of ours the same in the partner's zone. received: durable here.
    validated: checked and found good, of ours when it was translated. told: our 997 or 999 about it was laid out.
    delivered: our system had it. sealed: numbered, in its interchange. offered: laid out, or on its way. sent: the
    partner had it. picked_up: fetched from the mailbox. mdn: the receipt came for it, or was sent for what came.
    answered: the partner's 997 or 999 came. due: what has to happen until `due_at`, "" for nothing; `missed_at` is when
    somebody noticed that it had not.
    """

    dated: str = ""
    envelope: str = ""
    received: datetime | None = None
    validated: datetime | None = None
    told: datetime | None = None
    delivered: datetime | None = None
    sealed: datetime | None = None
    offered: datetime | None = None
    sent: datetime | None = None
    picked_up: datetime | None = None
    mdn: datetime | None = None
    answered: datetime | None = None
    business: datetime | None = None
    due: str = ""
    due_at: datetime | None = None
    missed_at: datetime | None = None


UNKNOWN = Times()
"""Where nothing is known."""

WORDS = {
    "received": "received",
    "validated": "validated",
    "told": "acknowledged by us",
    "delivered": "delivered",
    "sealed": "sealed",
    "offered": "laid out",
    "sent": "sent",
    "picked_up": "picked up",
    "mdn": "MDN",
    "answered": "their 997",
    "business": "business",
}
"""Names for people, in the order in which things happen."""


def named(times: Times) -> Iterator[tuple[str, datetime]]:
    """What happened, with its name."""
    for name, word in WORDS.items():
        at = getattr(times, name)
        if at is not None:
            yield word, at


def envelope(date: str, time: str) -> str:
    """ISA09 and ISA10 as "2026-03-02 12:30"; "" for what is no date and time."""
    form = "%y%m%d" if len(date) == 6 else "%Y%m%d"
    try:
        return f"{datetime.strptime(f'{date} {time[:4]}', f'{form} %H%M').replace(tzinfo=UTC):%Y-%m-%d %H:%M}"
    except ValueError:
        return ""


def envelope_utc(local: str, zone: str) -> datetime | None:
    """The moment that an envelope's clock means in a zone; None without either."""
    if not local or not zone:
        return None
    known = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    return known.astimezone(UTC)
