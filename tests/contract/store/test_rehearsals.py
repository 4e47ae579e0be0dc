"""A replay rehearsed: what it would make of documents, field by field, and that nothing of it is written."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from gateway.app.memory import Memory
from gateway.app.rehearsal import Changed, rehearse
from gateway.app.road import StagesOfTheRoad
from gateway.errors import UsageError
from gateway.mapping.library import Library
from gateway.partners.book import load
from gateway.pipeline.rules import Rules
from gateway.store.authored import read_folder
from gateway.store.crossref_known import StoreCrossReferences
from gateway.store.releases import StoreReleases
from gateway.store.tables import METADATA
from tests.contract.store.rows import WORK
from tests.contract.store.sending import handed_in
from tests.contract.store.shop import Shop

ROOT = Path(__file__).parents[3]
ORDER = (ROOT / "edi_samples/acme/850-004010/plain/in.edi").read_bytes()


@pytest.fixture
def files() -> tuple[dict[str, str], dict[str, str]]:
    """Partner files and mappings of the repository."""
    return read_folder(ROOT / "partners", (".yaml", ".pem")), read_folder(ROOT / "mappings", (".yaml", ".lock"))


@pytest.fixture
def memory(shop: Shop) -> Memory:
    """As much of a memory as the road needs."""
    database = shop.means.database
    known = {
        "means": shop.means,
        "blobs": shop.means.blobs,
        "new_id": shop.means.new_id,
        "database": database,
        "releases": StoreReleases(database),
        "references": StoreCrossReferences(database),
    }
    return cast("Memory", SimpleNamespace(**known))


Put = Callable[[dict[str, str], dict[str, str]], Rules]


@pytest.fixture
def in_force(shop: Shop, memory: Memory) -> Put:
    """Puts files in force, as a start of the gateway does."""

    def put(partners: dict[str, str], mappings: dict[str, str]) -> Rules:
        shop.clock.turn(minutes=1)
        authored = memory.releases.publish(partners, mappings, now=shop.means.now())
        return Rules(revision=authored.revision, book=load(partners, doubts=False), library=Library(mappings))

    return put


async def an_order(shop: Shop, memory: Memory, rules: Rules) -> str:
    """The id of an order of ACME's that the road took in by these rules."""
    transmission = await shop.arrived(ORDER, channel="acme-sftp")
    road = StagesOfTheRoad(rules=rules, memory=memory)
    outcome = road.process(shop.journal.received([transmission])[0])
    shop.journal.record_processed([outcome])
    return outcome.interchanges[0].documents[0].id


def all_rows(shop: Shop) -> dict[str, int]:
    with shop.means.database.reading() as connection:
        tables = (*METADATA.sorted_tables, WORK)
        counted = ((one.name, select(func.count()).select_from(one)) for one in tables)
        return {name: connection.execute(statement).scalar_one() for name, statement in counted}


async def test_what_nothing_has_changed_for_would_be_the_same_again(
    shop: Shop, memory: Memory, in_force: Put, files: Any
) -> None:
    document = await an_order(shop, memory, in_force(*files))
    before, state = all_rows(shop), shop.state(document)

    [current] = rehearse(memory, [document], mode="current")
    [original] = rehearse(memory, [document], mode="original")

    assert state == "mapped"
    assert (current.alike, original.alike) == (True, True), current
    assert all_rows(shop) == before
    assert shop.state(document) == state


async def test_what_another_version_of_the_mapping_makes_is_told_with_the_line_that_says_it(
    shop: Shop, memory: Memory, in_force: Put, files: Any
) -> None:
    partners, mappings = files
    document = await an_order(shop, memory, in_force(partners, mappings))
    first = mappings["acme/850/v1.map.yaml"]
    second = first.replace("version: 1\n", "version: 2\n").replace("department: REF(19).02", "department: REF(DP).02")
    new = {**mappings, "acme/850/v2.map.yaml": second}
    pointed = {**partners, "acme.yaml": partners["acme.yaml"].replace("mapping: acme/850@1", "mapping: acme/850@2")}
    in_force(pointed, new)
    before = all_rows(shop)

    [current] = rehearse(memory, [document], mode="current")
    [original] = rehearse(memory, [document], mode="original")

    assert original.alike
    assert not current.alike
    own, base = (
        next(n for n, one in enumerate(mappings[path].splitlines(), 1) if one.strip().startswith(field))
        for path, field in (("acme/850/v1.map.yaml", "department:"), ("x12/850/v1.map.yaml", "references:"))
    )
    assert current.fields == [
        Changed(field="department", was='"042"', would_be="nothing", said_by=f"acme/850/v1.map.yaml:{own}"),
        Changed(
            field="references",
            was="nothing",
            would_be='[{"kind": "19", "value": "042"}]',
            said_by=f"x12/850/v1.map.yaml:{base}",
        ),
    ]
    assert ("mapping", "acme/850@1", "acme/850@2") in current.facts
    assert all_rows(shop) == before


async def test_ours_are_not_rehearsed(shop: Shop, memory: Memory, in_force: Put, files: Any) -> None:
    in_force(*files)
    document = await handed_in(shop, "HP-1")

    with pytest.raises(UsageError, match="is ours"):
        rehearse(memory, [document], mode="current")
