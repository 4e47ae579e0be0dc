"""The chain of the audit trail: what its hash covers, and what breaks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from gateway.ledger.audit import FIRST, Broken, Entry, faults

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def chain(length: int) -> list[Entry]:
    """So many entries, each bound to the one before."""
    found: list[Entry] = []
    for number in range(1, length + 1):
        entry = Entry(
            number=number,
            at=NOON + timedelta(seconds=number),
            who="dana",
            verb="documents.note",
            subjects=[f"D{number}"],
            reason="looked at",
            detail={"mode": "current"},
            previous=found[-1].hash if found else FIRST,
        )
        found.append(replace(entry, hash=entry.digest))
    return found


def test_a_whole_chain_has_no_fault() -> None:
    assert list(faults(chain(5))) == []
    assert list(faults([])) == []


def test_a_part_of_a_chain_is_held_to_what_stands_before_it() -> None:
    entries = chain(5)

    assert list(faults(entries[3:], after=entries[2])) == []
    assert next(faults(entries[3:], after=entries[1])).number == 3
    assert next(faults(entries[3:])).number == 1


@pytest.mark.parametrize(
    "change",
    [
        {"who": "kim"},
        {"at": NOON},
        {"verb": "documents.waive"},
        {"subjects": ["D3", "D4"]},
        {"reason": "looked at!"},
        {"detail": {"mode": "original"}},
        {"hash": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_changed_in_an_entry_is_found(change: dict[str, Any]) -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], **change)

    broken = next(faults(entries))

    assert broken == Broken(3, "entry 3 says something else than when it was written: its hash does not fit")


def test_an_entry_that_was_changed_with_its_hash_no_longer_fits_the_next() -> None:
    entries = chain(5)
    forged = replace(entries[2], reason="never said")
    entries[2] = replace(forged, hash=forged.digest)

    assert next(faults(entries)).number == 4
    assert "names another hash" in next(faults(entries)).reason


def test_an_entry_that_was_taken_out_is_missed() -> None:
    entries = chain(5)
    del entries[1]

    assert next(faults(entries)) == Broken(2, "entry 2 is not there: after 1 comes 3")


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    entry = chain(1)[0]
    elsewhere = replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=5))))

    assert elsewhere.digest == entry.digest


def test_every_entry_of_a_chain_has_a_hash_of_its_own() -> None:
    entries = chain(5)

    assert len({entry.hash for entry in entries}) == 5
    assert all(later.previous == earlier.hash for earlier, later in pairwise(entries))
