"""What our systems hand in: read, held to its type, matched with what was agreed; refused with the field's name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.outbound.collect import IDENTIFIER, Posted, Refused, admit, document_id, read
from gateway.store.identifiers import Identifiers
from tests.unit.pipeline.outbound.documents import BODY, changed, posted, rules_with


def refusal(content: bytes) -> Refused:
    """It has to be refused."""
    found = read(content)
    assert isinstance(found, Refused)
    return found


def test_a_documents_id_is_known_from_its_transmission_and_leads_back() -> None:
    new_id = Identifiers()
    ids = [new_id() for _ in range(1000)]

    documents = [document_id(one) for one in ids]

    assert [document_id(one) for one in documents] == ids
    assert not set(documents) & set(ids)
    assert all(IDENTIFIER.fullmatch(one) for one in documents)
    assert [one[:10] for one in documents] == [one[:10] for one in ids]


def test_a_good_document_is_what_it_says() -> None:
    found = read(posted(set="810", agreement="invoices", in_answer_to="01K"))

    assert isinstance(found, Posted)
    assert (found.schema, found.partner, found.stage) == ("invoice.v1", "acme", "production")
    assert (found.set_id, found.agreement, found.in_answer_to) == ("810", "invoices", "01K")
    assert found.body.body() == BODY


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b"[" * 100_000, "nested deeper"),
    ],
)
def test_what_is_no_json_is_unreadable_and_says_why(content: bytes, words: str) -> None:
    found = refusal(content)

    assert found.kind == "unreadable"
    assert words in found.reason


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (changed(invoice_date="2026-13-01"), "invoice_date", ""),
        (changed(invoice_dat="2026-03-01"), "invoice_dat", "no such field here; did you mean 'invoice_date'?"),
        (changed(lines=[{"quantity": "two"}]), "lines[0].quantity", "not a decimal number"),
        (changed(lines=[{}, {"quantity": 1.5}]), "lines[1].quantity", "floats do not keep cents"),
        (changed(lines=[{"qantity": "1"}]), "lines[0].qantity", "did you mean 'quantity'?"),
        ({name: value for name, value in BODY.items() if name != "invoice_number"}, "invoice_number", "is required"),
        (changed(po_number="   "), "po_number", "is empty or all blank"),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(body: dict[str, Any], field: str, message: str) -> None:
    found = refusal(posted(body))

    assert found.kind == "invalid"
    [error] = found.errors
    assert error.field == field
    assert message in error.message


def test_a_number_of_thousands_of_digits_is_refused_in_our_words_with_its_field() -> None:
    lines = [{"quantity": "1"}, {"quantity": int("7" * 4000)}]
    found = refusal(posted(changed(lines=lines)).replace(b"7" * 4000, b"7" * 5000))

    assert (found.kind, found.reason) == ("invalid", "a number is too long to be one")
    [error] = found.errors
    assert (error.field, error.message) == ("lines[1].quantity", "a number of 5000 digits: at most 28 are taken")


def test_blanks_at_the_end_of_a_text_are_left_out_and_those_before_it_stay() -> None:
    found = read(posted(changed(po_number=" 4500123456  ")))

    assert isinstance(found, Posted)
    assert found.body.body()["po_number"] == " 4500123456"


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({"stage": "live"}, "stage"),
        ({"partner": ""}, "partner"),
        ({"schema": "invoice.v9"}, "schema"),
        ({"body": "no object"}, "body"),
        ({"bdy": {}}, "bdy"),
    ],
)
def test_what_stands_beside_the_body_is_named_too(about: dict[str, Any], field: str) -> None:
    assert [error.field for error in refusal(posted(**about)).errors] == [field]


def test_a_hundred_faults_are_told_and_no_more() -> None:
    found = refusal(posted(changed(lines=[{"no": 1}] * 300)))

    assert len(found.errors) == 100
    assert found.words.endswith("; and 95 more")


def test_a_system_reaches_only_the_partners_it_may_send_to() -> None:
    book = rules_with().book

    assert admit(posted(), book, {"acme"}) is None
    assert admit(posted(), book, None) is None
    found = admit(posted(), book, {"bolt"})
    assert found is not None
    assert found.kind == "not-permitted"


def test_without_an_agreement_it_says_what_is_agreed() -> None:
    found = admit(posted(stage="test"), rules_with().book, None)

    assert found is not None
    assert found.kind == "no-agreement"
    assert "acme/invoices (810, invoice.v1, production)" in found.reason


def test_of_several_agreements_the_document_has_to_name_one() -> None:
    book = rules_with(others={"more": {"version": "005010"}}).book

    found = admit(posted(), book, None)

    assert found is not None
    assert "acme/invoices" in found.reason and "acme/more" in found.reason
    assert admit(posted(agreement="more"), book, None) is None


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_nothing_that_can_be_posted_raises(content: bytes) -> None:
    assert isinstance(read(content), Refused)
