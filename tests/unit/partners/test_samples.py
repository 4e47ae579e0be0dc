"""The partner files that come with the gateway: good, and fitting the samples beside them."""

from pathlib import Path

import pytest

from gateway.cli.partner_book import mappings_in
from gateway.parcel import INLINE_LIMIT
from gateway.partners.agreement import Agreement
from gateway.partners.authored import SUFFIXES
from gateway.partners.book import Book, load
from gateway.partners.destination import SandboxDestination
from gateway.store.authored import read_folder
from gateway.x12.interchange import GroupResult, InterchangeHeader
from gateway.x12.read import examine

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "edi_samples").glob("*/*/*/in.edi"))


@pytest.fixture(scope="module")
def book() -> Book:
    return load(read_folder(ROOT / "partners", SUFFIXES), mappings=mappings_in(ROOT / "mappings"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: "/".join(path.parts[-4:-1]))
def test_every_sample_finds_its_partners_agreement_on_each_of_its_channels(path: Path, book: Book) -> None:
    partner, kind, _case = path.parts[-4:-1]
    events = list(examine(path.read_bytes()))
    header = next(event for event in events if isinstance(event, InterchangeHeader))
    groups = [event for event in events if isinstance(event, GroupResult)]

    channels = [name for name, channel in book.channels.items() if partner in channel.carries]
    found = [
        book.agreement(channel, header, group.header, result.header)
        for channel in channels
        for group in groups
        for result in group.sets
        if result.header.id == kind[:3]
    ]

    assert {book.channels[name].door for name in channels} == {"http", "sftp"}
    assert len(found) >= len(channels)
    assert all(isinstance(one, Agreement) and one.partner == partner for one in found)


def test_one_channel_is_a_hub_and_every_other_carries_one_partner(book: Book) -> None:
    hubs = {name: set(channel.carries) for name, channel in book.channels.items() if len(channel.carries) != 1}

    assert hubs == {"harbor-hub": {"acme", "bolt"}}


def test_every_partner_has_a_channel_of_its_own_at_each_door(book: Book) -> None:
    own = sorted((channel.carries[0], channel.door) for channel in book.channels.values() if len(channel.carries) == 1)

    assert own == sorted((partner, door) for partner in book.partners for door in ("http", "sftp"))


def test_every_destination_is_a_sandbox_and_only_the_erp_has_one_for_tests(book: Book) -> None:
    assert all(isinstance(known, SandboxDestination) for known in book.destinations.values())
    assert {name: known.stage for name, known in book.destinations.items()} == {
        "erp": "production",
        "erp-test": "test",
        "wms": "production",
    }


def test_what_a_warehouse_reports_goes_to_the_system_that_keeps_our_stock(book: Book) -> None:
    told = {one.set_id: one.destination for one in book.agreements if one.partner == "northgate"}

    assert told == dict.fromkeys(("846", "944", "945", "947"), "wms")


def test_every_secret_is_a_file_below_the_home_that_can_be_made(book: Book) -> None:
    assert all(reference.startswith("file:secrets/") for reference in book.secrets())
    assert len(book.secrets()) >= len(book.channels)


def test_every_channel_takes_files_larger_than_a_row(book: Book) -> None:
    assert all(channel.max_file_bytes > INLINE_LIMIT for channel in book.channels.values())
