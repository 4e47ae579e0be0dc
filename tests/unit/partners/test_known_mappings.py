"""A mapping that an agreement names has to be for it: the way, the release, and the canonical type."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.canonical.schemas import SCHEMAS
from gateway.canonical.sets import CANONICAL_TYPES
from gateway.cli.partner_book import about_in, files_in, mappings_in
from gateway.partners.book import load
from gateway.partners.problems import PartnerFilesError
from tests.unit.partners.folder import ACME, INVOICES, MAPPINGS, an_acme, folder

MAPPINGS_FOLDER = Path(__file__).parents[3] / "mappings"


@dataclass(frozen=True)
class Known:
    """A mapping as partner files see it."""

    transaction: str = "810"
    canonical: str = "invoice.v1"
    versions: tuple[str, ...] = ("004010", "005010")
    direction: str = "both"
    split: object | None = None
    wrong: tuple[str, ...] = ()

    def against(self, guide: object) -> tuple[str, ...]:
        return self.wrong


def told(agreements: str, known: Known | None) -> list[str]:
    """What is said of ACME's agreements when this is what is known of every mapping but its orders' at Bolt."""
    files = folder(an_acme(agreements))
    try:
        load(files, mappings=MAPPINGS, about=lambda name: known if name.startswith("acme/") else None)
    except PartnerFilesError as wrong:
        return [str(flaw) for flaw in wrong.flaws]
    return []


ORDERS = ACME.partition("agreements:\n")[2]


def test_a_mapping_that_goes_both_ways_is_good_either_way() -> None:
    assert told(INVOICES, Known()) == []
    assert told(ORDERS, Known("850", "order.v1")) == []


def test_parts_are_combined_only_by_a_mapping_that_says_how() -> None:
    combining = INVOICES.replace("usage: production", "usage: production\n    combine: true")

    assert told(combining, Known(split="by places")) == []
    [sentence] = told(combining, Known())
    assert "P026: acme/810@1 cannot combine parts: it has no split:" in sentence


def test_a_mapping_that_is_not_good_itself_is_told_elsewhere() -> None:
    assert told(INVOICES, None) == []


@pytest.mark.parametrize(
    ("agreements", "known", "said"),
    [
        (
            INVOICES,
            Known(direction="read"),
            "acme.yaml:11:14: P026: acme/810@1 does not write: it says `direction: read`",
        ),
        (
            ORDERS,
            Known(direction="write"),
            "acme.yaml:6:74: P026: acme/850@1 does not read: it says `direction: write`",
        ),
        (INVOICES, Known(versions=("005010",)), "acme.yaml:9:14: P026: acme/810@1 writes 005010, not 004010"),
        (ORDERS, Known(versions=("005010",)), "acme.yaml:6:35: P026: acme/850@1 reads 005010, not 004010"),
        (
            ORDERS.replace("004010", "004060").replace("usage", "other_releases: nearest, usage"),
            Known(versions=("004010",)),
            "acme.yaml:6:35: P026: acme/850@1 reads 004010, not 005010",
        ),
        (
            INVOICES,
            Known(canonical="remittance.v1"),
            "acme.yaml:11:14: P026: acme/810@1 writes remittance.v1, but 810 is invoice.v1",
        ),
    ],
)
def test_a_mapping_that_is_not_for_this_is_told_at_its_place(agreements: str, known: Known, said: str) -> None:
    assert told(agreements, known) == [said]


def test_a_version_that_is_read_by_the_release_of_a_partner_guide_is_not_held_to_the_nearest() -> None:
    guide = "guide: acme/850-004010\nversion: 1\nowner: x\nname: ACME\nrules: {BEG01: required}\n"
    agreed = ORDERS.replace("004010", "004060").replace("@1}", "@1, other_releases: nearest, guide: acme/850-004010@1}")
    files = folder(an_acme(agreed) | {"guides/acme/850-004010/v1.guide.yaml": guide})

    older = Known(versions=("004010",))
    book = load(files, mappings=MAPPINGS, about=lambda name: older if name.startswith("acme/") else None)

    assert [one.guide for one in book.agreements if one.partner == "acme"] == ["acme/850-004010@1"]


def test_every_mapping_there_is_has_the_canonical_type_of_its_set() -> None:
    about = about_in(MAPPINGS_FOLDER)

    found = {name: known for name in mappings_in(MAPPINGS_FOLDER) if (known := about(name)) is not None}

    assert found
    assert {name for name, known in found.items() if known.canonical != CANONICAL_TYPES[known.transaction]} == set()


def test_every_canonical_type_there_is_belongs_to_a_set() -> None:
    assert SCHEMAS.keys() - set(CANONICAL_TYPES.values()) == set()


def test_a_mapping_that_never_writes_what_the_partner_asks_for_is_told_where_both_are_named() -> None:
    partners = MAPPINGS_FOLDER.parent / "partners"
    files = files_in(partners)
    guide = "guides/acme/810-004010/v1.guide.yaml"
    asked = files | {guide: files[guide] + "  PAM: required\n  BIG08: {codes: ['01']}\n"}

    load(files, mappings=mappings_in(MAPPINGS_FOLDER), about=about_in(MAPPINGS_FOLDER))
    with pytest.raises(PartnerFilesError) as caught:
        load(asked, mappings=mappings_in(MAPPINGS_FOLDER), about=about_in(MAPPINGS_FOLDER))

    [flaw] = caught.value.flaws
    assert (flaw.place.file, flaw.code) == ("acme.yaml", "P026")
    assert flaw.sentence == ("acme/810@1 against acme/810-004010@1: PAM is required, and the mapping never writes it")
