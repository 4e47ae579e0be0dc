"""Authored files as the road runs them."""

import dataclasses
import hashlib
from typing import Any

import pytest

from gateway.errors import ConfigurationError
from gateway.store.releases import StoreReleases
from gateway.store.tables import RELEASE, RELEASE_FILE
from tests.contract.store.shop import Shop

PARTNERS = {"company.yaml": "name: Our House\n", "acme.yaml": "id: acme\n"}
MAPPINGS = {"acme/850/v1.map.yaml": "like: x12/850@1\n", "acme/850/fixtures/one.edi": "ISA*00\n"}


def test_nothing_is_current_before_the_first_release(shop: Shop) -> None:
    assert StoreReleases(shop.means.database).current() is None


def test_what_was_published_is_current_for_every_node(shop: Shop, opened: Any) -> None:
    published = StoreReleases(shop.means.database).publish(PARTNERS, MAPPINGS, now=shop.means.now())

    found = StoreReleases(opened()).current()

    assert found == published
    assert found is not None
    assert (found.partners, found.mappings) == (PARTNERS, MAPPINGS)


def test_publishing_the_same_again_adds_nothing(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    first = releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())

    again = releases.publish(dict(reversed(PARTNERS.items())), MAPPINGS, now=shop.means.now())

    assert again.revision == first.revision
    assert len(shop.all(RELEASE)) == 1


def test_a_changed_partner_is_another_revision_and_the_old_one_may_come_back(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    first = releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())
    second = releases.publish(PARTNERS | {"acme.yaml": "id: acme2\n"}, MAPPINGS, now=shop.means.now())
    seen = releases.current()

    releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())

    assert seen == second
    assert releases.current() == first
    assert len(shop.all(RELEASE_FILE)) == 5


def test_a_released_mapping_version_is_never_changed(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    first = releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())

    with pytest.raises(ConfigurationError, match=r"^mappings/acme/850/v1\.map\.yaml:1:1: E004: ") as refused:
        releases.publish(PARTNERS, MAPPINGS | {"acme/850/v1.map.yaml": "like: x12/850@2\n"}, now=shop.means.now())

    assert str(refused.value).endswith(
        "acme/850@1 was released with other text (this gateway has run it): "
        "put it back as it was, and write mappings/acme/850/v2.map.yaml"
    )
    assert "\n" not in str(refused.value)
    assert releases.current() == first


def test_a_released_partner_guide_is_never_changed_but_followed_by_the_next(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    guide = {"guides/acme/850-004010/v1.guide.yaml": "version: 1\n"}
    releases.publish(PARTNERS | guide, MAPPINGS, now=shop.means.now())

    said = r"^partners/guides/acme/850-004010/v1\.guide\.yaml:1:1: E004: acme/850-004010@1 was .*/v2\.guide\.yaml$"
    with pytest.raises(ConfigurationError, match=said):
        edited = {path: text + "severity: warn\n" for path, text in guide.items()}
        releases.publish(PARTNERS | edited, MAPPINGS, now=shop.means.now())
    releases.publish(PARTNERS | guide | {"guides/acme/850-004010/v2.guide.yaml": "x\n"}, MAPPINGS, now=shop.means.now())

    assert len(shop.all(RELEASE)) == 2


def test_a_fixture_may_change(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())

    releases.publish(PARTNERS, MAPPINGS | {"acme/850/fixtures/one.edi": "ISA*01\n"}, now=shop.means.now())

    assert len(shop.all(RELEASE)) == 2


def test_a_mapping_is_found_by_its_hash(shop: Shop) -> None:
    releases = StoreReleases(shop.means.database)
    releases.publish(PARTNERS, MAPPINGS, now=shop.means.now())
    text = MAPPINGS["acme/850/v1.map.yaml"]

    assert releases.mapping_text(hashlib.sha256(text.encode()).hexdigest()) == text
    assert releases.mapping_text("0" * 64) is None
    assert dataclasses.is_dataclass(releases)
