"""What is pinned to a document, and that the mapping it names is found again exactly."""

import hashlib

from gateway.partners.agreement import Agreement
from gateway.pipeline.rules import Rules
from tests.unit.pipeline.rules_of_samples import rules_with, sample_files, sample_rules

V1 = "acme/850/v1.map.yaml"


def agreement(rules: Rules) -> Agreement:
    """ACME's only one."""
    return next(one for one in rules.book.agreements if one.id == "acme/orders")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def edited() -> str:
    """The mapping as nobody may edit it: under the version it was released as."""
    return sample_files()[1][V1].replace("{CS: !read case,", "{CS: !read case, AS: assortment,")


def test_pins_name_every_file_of_the_mapping_chain_by_its_hash() -> None:
    rules = sample_rules()
    pins = rules.pins(agreement(rules), "004010")

    texts = sample_files()[1]
    assert pins["mapping"] == "acme/850@1"
    assert pins["mapping_chain"].split() == [
        f"acme/850@1={sha256(texts[V1])}",
        f"x12/850@1={sha256(texts['x12/850/v1.map.yaml'])}",
    ]
    assert pins["revision"] == "r-1"
    assert pins["guide"] == "004010"
    assert pins["agreement"] == agreement(rules).revision
    assert pins["gateway"]


def test_the_pinned_mapping_is_the_current_one_while_its_text_is_the_same() -> None:
    rules = sample_rules()
    pins = rules.pins(agreement(rules), "004010")

    def nothing(_: str) -> None:
        raise AssertionError("the store need not be asked")

    assert rules.compiled(pins, nothing) is rules.library.compile("acme/850@1")


def test_a_mapping_that_has_other_text_now_is_compiled_from_what_was_released() -> None:
    pins = sample_rules().pins(agreement(sample_rules()), "004010")
    now = rules_with({}, mappings={V1: edited()})
    released = {sha256(text): text for text in sample_files()[1].values()}

    found = now.compiled(pins, released.get)

    assert found is not None
    assert found is not now.library.compile("acme/850@1")
    assert now.pins(agreement(now), "004010")["mapping_chain"] != pins["mapping_chain"]


def test_a_pinned_mapping_whose_text_is_gone_is_not_replaced_by_another() -> None:
    pins = sample_rules().pins(agreement(sample_rules()), "004010")
    now = rules_with({}, mappings={V1: edited()})

    assert now.compiled(pins, lambda _: None) is None


def test_pins_that_name_no_mapping_find_none() -> None:
    assert sample_rules().compiled({}, lambda _: None) is None
