"""A mapping that an agreement names has to be for it: the way, the release, and the canonical type."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.canonical.schemas import SCHEMAS
from gateway.canonical.sets import CANONICAL_TYPES
from gateway.cli.partner_book import about_in, files_in, mappings_in
from gateway.flaws import Flaw
from gateway.mapping.mismatch import Mismatch
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

    def against(self, guide: object) -> tuple[Mismatch, ...]:
        return ()

    def unread(self, guide: object) -> tuple[Mismatch, ...]:
        return ()


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


def held(changes: dict[str, tuple[str, str]]) -> tuple[tuple[Flaw, ...], tuple[Flaw, ...]]:
    """Mistakes and warnings of the partners there are, with something in a file replaced."""
    files = files_in(MAPPINGS_FOLDER.parent / "partners")
    for file, (old, new) in changes.items():
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    try:
        book = load(files, mappings=mappings_in(MAPPINGS_FOLDER), about=about_in(MAPPINGS_FOLDER))
    except PartnerFilesError as wrong:
        return wrong.flaws, wrong.doubts
    return (), book.doubts


GUIDE = "guides/acme/810-004010/v1.guide.yaml"


def test_a_mapping_that_never_writes_what_the_partner_asks_for_is_told_at_the_rule() -> None:
    rules = "  CTT02: {use: required"
    [flaw], _ = held({GUIDE: (rules, f"  PAM: required\n{rules}")})

    assert str(flaw).splitlines() == [
        f"{GUIDE}:28:3: P028: PAM is required there, and nothing writes it: map a field to it"
        " (acme/invoices, mapping acme/810@1)",
        "      PAM: required",
        "      ^",
    ]


def test_what_a_mapping_says_itself_is_told_at_its_own_line() -> None:
    [flaw], _ = held({GUIDE: ("codes: [BP], text: read", "codes: [IN], text: read")})

    assert str(flaw).splitlines() == [
        "acme/810/v1.map.yaml:27:25: P028: IT106 is always 'BP' here, \"BP\" is not IN"
        " (acme/invoices, guide acme/810-004010@1, line 23)",
        "      lines.buyer_sku: {at: IT1<BP>, slot: 6}     # read by position: BP first, then UP, then VN",
        "                            ^",
    ]


def test_what_some_documents_will_show_is_a_warning_and_stops_nothing() -> None:
    none, _ = held({})
    flaws, doubts = held({GUIDE: ("  ITD: {use", "  PAM: {use: required, when: BIG07=CR}\n  ITD: {use")})

    [new] = [flaw for flaw in doubts if "PAM" in flaw.sentence]
    assert (none, flaws) == ((), ())
    assert (new.place.file, new.code) == (GUIDE, "P029")
    assert new.sentence.startswith("PAM is required there, and nothing writes it when BIG07=CR")


def test_what_a_partner_sends_and_the_mapping_passes_over_is_a_warning() -> None:
    guide = "guides/acme/860-004010/v1.guide.yaml"
    _, doubts = held({guide: ("  BCH11: {", "  PAM: required\n  BCH11: {")})

    [found] = [flaw for flaw in doubts if "PAM" in flaw.sentence]
    assert str(found).splitlines()[1:] == ["      PAM: required", "      ^"]
    assert found.sentence.startswith("PAM comes, and nothing reads it")
    assert found.sentence.endswith("(acme/order-changes, mapping acme/860@1)")


def test_warnings_are_told_beside_mistakes() -> None:
    flaws, doubts = held(
        {GUIDE: ("  ITD: {use", "  PAM: {use: required, when: BIG07=CR}\n  BAL: required\n  ITD: {use")}
    )

    assert [flaw.code for flaw in flaws] == ["P028"]
    assert any("BIG07=CR" in flaw.sentence for flaw in doubts)


def test_a_start_looks_for_no_warnings_of_what_comes_in() -> None:
    guide = "guides/acme/860-004010/v1.guide.yaml"
    files = files_in(MAPPINGS_FOLDER.parent / "partners")
    files[guide] = files[guide].replace("  BCH11: {", "  PAM: required\n  BCH11: {")

    book = load(files, mappings=mappings_in(MAPPINGS_FOLDER), about=about_in(MAPPINGS_FOLDER), doubts=False)

    assert not any("PAM" in flaw.sentence for flaw in book.doubts)
