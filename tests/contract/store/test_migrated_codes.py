"""What partners refused before codes were kept with documents has them as if it had been refused today."""

from collections.abc import Sequence
from typing import Any

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from gateway.store.database import MIGRATIONS, Database
from gateway.store.following_tables import FOLLOWER
from gateway.store.tables import DOCUMENT
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop

SAID: Sequence[Sequence[str]] = (
    ("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**8", "AK4*4*212*6*1.25", "AK4*2*358*1", "AK5*R*5*4", "AK9*R*1*1*0"),
    ("AK1*IN*1", "AK2*810*0001", "AK3*ZZZ*4**2", "AK5*R", "AK9*R*1*1*0"),
    ("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**8", "AK4*4*212*6*1.25", "AK4*4*212*4*1.25", "AK5*E*5", "AK9*E*1*1*1"),
    ("AK1*IN*1", "AK2*810*0001", "AK5*R*I6*4", "AK9*R*1*1*0"),
    ("AK1*IN*1", "AK9*R*1*1*0*3*5"),
    ("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**no", "AK5*R*not one", "AK9*R*1*1*0"),
)


def as_before(database: Database, lines: Sequence[Any]) -> None:
    """As a version wrote them that kept no codes; and a follower that has seen it all."""
    bare = [{name: value for name, value in one.items() if name != "codes"} for one in lines]
    with database.begin() as connection:
        ours = DOCUMENT.update().where(DOCUMENT.c.direction == "outbound")
        connection.execute(ours.values(acknowledgement_detail=bare))
        connection.execute(FOLLOWER.insert(), [{"name": one, "position": 7} for one in ("business", "order changes")])


def migrated(database: Database) -> None:
    """Only this step of the way."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    step = ScriptDirectory.from_config(config).get_revision("0029").module
    with database.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        step.upgrade()


def lines(shop: Shop) -> list[Any]:
    return list(shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound")[0].acknowledgement_detail)


@pytest.mark.parametrize("said", SAID)
async def test_codes_come_from_the_answer_that_refused_it(shop: Shop, said: Sequence[str]) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    await answered(shop, an_answer(GOOD))
    await answered(shop, an_answer(said))
    today = lines(shop)
    as_before(shop.means.database, today)

    migrated(shop.means.database)

    assert lines(shop) == today
    positions = {row.name: row.position for row in shop.all(FOLLOWER)}
    counted_anew = any("codes" in one for one in today)
    assert positions == {"business": 0 if counted_anew else 7, "order changes": 7}


async def test_a_ta1_that_refused_the_interchange_gives_its_note(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    await answered(shop, an_answer(GOOD))
    await answered(shop, an_answer(ta1="TA1*000000001*260302*1200*R*009"))
    today = lines(shop)
    as_before(shop.means.database, today)

    migrated(shop.means.database)

    assert lines(shop)[0]["codes"] == "TA105:009"
    assert lines(shop) == today
