"""What cross references say while a document is mapped: on which day, as known when, and pinned for a replay."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from gateway.crossref.rows import Row
from gateway.crossref.tables import Tables
from gateway.mapping.reading import Unmapped
from gateway.parcel import Content
from gateway.pipeline.inbound.translate import retranslate
from gateway.pipeline.inbound.unseal import unseal
from gateway.pipeline.knowledge import NOTHING_YET, Knowledge, Lacking, in_words, pinned_moment
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import DocumentOutcome, Received, Translatable
from tests.journeys.bad_input.orders import an_order, from_acme
from tests.unit.pipeline.rules_of_samples import Bytes, rules_with

MAPPING = {
    "acme/850/v2.map.yaml": "mapping: acme/850\nversion: 2\nextends: acme/850@1\nowner: onboarding\n"
    "map:\n  lines.vendor_sku: {at: PO1<VN>, xref: sku}\n"
}
LATE = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
"""In New York it is still the first of March."""


@dataclass
class References:
    """Rows of acme in memory, and what was asked."""

    rows: list[Row]
    asked: list[tuple[str, date, datetime | None]] = field(default_factory=list)

    def current(self, partner: str, on: date) -> Knowledge:
        self.asked.append((partner, on, None))
        stamps = [row.recorded_at for row in self.rows if row.recorded_at] or [NOTHING_YET]
        return Knowledge(lookups=Tables(self.rows).at(partner, on), on=on, as_of=max(stamps))

    def pinned(self, partner: str, on: date, as_of: datetime) -> Knowledge:
        self.asked.append((partner, on, as_of))
        return Knowledge(lookups=Tables(self.rows).at(partner, on, as_of), on=on, as_of=as_of, pinned=True)


def a_row(ours: str, recorded_at: datetime = LATE) -> Row:
    return Row(partner="acme", table="sku", theirs="HP-7711", ours=ours, recorded_at=recorded_at)


def the_rules() -> Rules:
    return rules_with({"mapping": "acme/850@2"}, mappings=MAPPING)


def first(references: References, rules: Rules | None = None) -> DocumentOutcome:
    data = from_acme(an_order("PO-1"))
    content = Content(sha256=sha256(data).hexdigest(), size=len(data), inline=data)
    received = Received(id="t-1", channel="acme-sftp", content=content, received_at=LATE)
    numbers = iter(range(100))
    outcome = unseal(received, Bytes(data), rules or the_rules(), lambda: f"id-{next(numbers)}", references)
    return outcome.interchanges[0].documents[0]


def again(
    document: DocumentOutcome, references: References, *, original: bool, rules: Rules | None = None
) -> DocumentOutcome:
    waiting = Translatable(
        id="d-1",
        channel="acme-sftp",
        partner="acme",
        x12=from_acme(an_order("PO-1")),
        pins=document.pins,
        original=original,
        received_at=LATE,
    )
    return retranslate(waiting, rules or the_rules(), lambda _: None, references=references)


def test_a_document_is_looked_up_by_the_day_it_came_where_the_partner_is() -> None:
    references = References([a_row("SKU-1")])

    document = first(references)

    assert document.state == "mapped"
    assert document.canonical is not None
    assert b'"vendor_sku": "SKU-1"' in document.canonical
    assert references.asked == [("acme", date(2026, 3, 1), None)]
    assert (document.pins["crossref_on"], document.pins["crossref_as_of"]) == ("2026-03-01", LATE.isoformat())


def test_a_mapping_that_looks_nothing_up_asks_nobody() -> None:
    references = References([])

    document = first(references, rules_with({}))

    assert references.asked == []
    assert "crossref_on" not in document.pins


def test_an_unknown_value_holds_the_document_and_says_what_it_lacks() -> None:
    document = first(References([]))

    assert document.state == "held"
    assert document.reason == "PO1<VN>: table 'sku' has no row that knows acme's 'HP-7711'"
    assert document.lacking == Lacking(
        values=(Unmapped("sku", "HP-7711"),), on=date(2026, 3, 1), as_of=NOTHING_YET, pinned=False
    )
    assert document.pins["crossref_as_of"] == ""


def test_a_replay_knows_what_is_known_now_for_the_day_it_came_or_only_what_was_pinned() -> None:
    document = first(References([]))
    later = References([a_row("SKU-1", LATE + timedelta(hours=1))])

    original = again(document, later, original=True)
    current = again(document, later, original=False)

    assert (original.state, current.state) == ("held", "mapped")
    assert original.lacking is not None
    assert original.lacking.pinned
    assert later.asked == [("acme", date(2026, 3, 1), NOTHING_YET), ("acme", date(2026, 3, 1), None)]
    assert current.pins["crossref_on"] == "2026-03-01"


def test_an_order_that_waited_for_an_article_keeps_the_pack_of_the_day_it_came() -> None:
    units = "  lines.units: {quantity: quantity, unit: unit, item: vendor_sku}\n"
    mappings = {name: text + units for name, text in MAPPING.items()}
    rules = rules_with({"mapping": "acme/850@2"}, mappings=mappings)
    case = Row(partner="acme", table="unit", theirs="each", ours="piece", factor=Fraction(12), recorded_at=LATE)
    change = date(2026, 3, 2)
    packs = [replace(case, valid_to=change), replace(case, factor=Fraction(10), valid_from=change)]

    held = first(References(packs), rules)
    at_once = first(References([*packs, a_row("SKU-1")]), rules)
    released = again(held, References([*packs, a_row("SKU-1", LATE + timedelta(days=2))]), original=False, rules=rules)

    def quantity(document: DocumentOutcome) -> str:
        return str(json.loads(document.canonical or b"")["lines"][0]["quantity"])

    assert (held.state, released.state) == ("held", "mapped")
    assert quantity(released) == quantity(at_once) == "144"


def test_the_rest_of_a_large_file_is_looked_up_by_the_day_it_came() -> None:
    references = References([a_row("SKU-1")])
    unmapped = first(References([]))
    pins = {name: value for name, value in unmapped.pins.items() if not name.startswith("crossref")}
    waiting = Translatable(
        id="d-1",
        channel="acme-sftp",
        partner="acme",
        x12=from_acme(an_order("PO-1")),
        pins=pins,
        original=True,
        received_at=LATE,
    )

    document = retranslate(waiting, the_rules(), lambda _: None, references=references)

    assert document.state == "mapped"
    assert references.asked == [("acme", date(2026, 3, 1), None)]


def test_pins_are_read_as_they_are_written() -> None:
    for as_of in (NOTHING_YET, LATE):
        known = Knowledge(lookups=Tables([]).at("acme", date(2026, 3, 1)), on=date(2026, 3, 1), as_of=as_of)

        assert pinned_moment(known.pins) == (date(2026, 3, 1), as_of)
        assert in_words(known.pins).startswith("rows that hold on 2026-03-01, ")
    assert pinned_moment({"mapping": "acme/850@1"}) is None
    assert in_words({"mapping": "acme/850@1"}) == ""
