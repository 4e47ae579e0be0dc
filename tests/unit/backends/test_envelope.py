"""What is posted, and what a destination's URL may be."""

import json

import pytest

from gateway.backends.erp import PATHS, ErpBackend, envelope
from gateway.errors import ConfigurationError
from tests.documents import a_document


def test_the_canonical_body_goes_in_byte_for_byte() -> None:
    canonical = b'{"price":  "1.50", "name": "M\xc3\xbcller"}'

    assert envelope(a_document(canonical=canonical)).endswith(b'"body": ' + canonical + b"}")


def test_the_envelope_says_what_it_carries() -> None:
    posted = json.loads(envelope(a_document(generation=2)))

    assert posted == {
        "schema": "order.v1",
        "version": 1,
        "document_id": "d-1",
        "generation": 2,
        "key": "d-1.2",
        "partner": "acme",
        "stage": "production",
        "set_id": "850",
        "business_number": "PO-1001",
        "body": {"total": "10.50"},
    }


def test_a_business_number_with_quotes_stays_one_string() -> None:
    posted = json.loads(envelope(a_document(business_number='1", "body": {}')))

    assert posted["business_number"] == '1", "body": {}'
    assert posted["body"] == {"total": "10.50"}


def test_a_versioned_type_is_not_versioned_twice() -> None:
    assert json.loads(envelope(a_document(canonical_type="order.v2")))["schema"] == "order.v2"


def test_every_collection_is_its_own() -> None:
    assert len(set(PATHS.values())) == len(PATHS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp.example",
        "ftp://erp.example",
        "http://",
        "http://u:p@erp.example",
        "http://erp.example?a=1",
        "http://e:x/",
    ],
)
def test_a_base_url_that_cannot_be_meant_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError):
        ErpBackend(url)


async def test_a_type_without_a_path_is_refused_without_a_request() -> None:
    reply = await ErpBackend("http://127.0.0.1:9").deliver(a_document(canonical_type="acknowledgement"))

    assert reply.kind == "refused"
