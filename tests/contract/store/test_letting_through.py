"""A release of what was set aside: what it says afterwards, and that nobody does it in vain."""

from dataclasses import replace

import pytest

from gateway.errors import NotInOrder
from gateway.pipeline.stage import TransmissionOutcome
from gateway.store.releases import StoreReleases
from gateway.store.tables import TRANSMISSION
from tests.contract.store.shop import Shop, an_interchange
from tests.unit.partners.folder import CHANNEL, folder

CARRIED = {"channels/hub.yaml": CHANNEL.format(user="hub", carries="acme, bolt")}
NOT_CARRIED = {"channels/hub.yaml": CHANNEL.format(user="hub", carries="bolt")}


def publish(shop: Shop, changes: dict[str, str]) -> None:
    """Put partner files in force, as a start of the gateway does."""
    shop.clock.turn(hours=1)
    StoreReleases(shop.means.database).publish(folder({**changes}), {}, now=shop.means.now())


def release(shop: Shop, transmission: str, *, anyway: bool = False) -> None:
    """As a person does who looked at it."""
    shop.operator.release(transmission, reason="acme corrected the file", who="dana", anyway=anyway)


async def set_aside(shop: Shop, *senders: str) -> str:
    """A transmission by the hub, each interchange of a sender whom the hub did not carry."""
    data = b"".join(an_interchange(f"{n:09}", sender=sender) for n, sender in enumerate(senders, 1))
    outcome = shop.opened(await shop.arrived(data, channel="hub"))
    quarantined = tuple(
        replace(
            one, state="quarantined", reason="not carried", partner="", duplicate_key=None, documents=(),
            acknowledgements=(),
        )
        for one in outcome.interchanges
    )  # fmt: skip
    shop.journal.record_processed(
        [TransmissionOutcome(id=outcome.id, state="quarantined", reason="not carried", interchanges=quarantined)]
    )
    return outcome.id


def state(shop: Shop, transmission: str) -> str:
    return str(shop.all(TRANSMISSION, TRANSMISSION.c.id == transmission)[0].state)


async def test_what_was_released_says_who_did_it_and_asks_for_nothing_any_more(shop: Shop) -> None:
    await shop.processed(an_interchange())
    other = await shop.processed(an_interchange(order="9999"))
    before = shop.questions.transmission(other.id)
    release(shop, other.id)
    shop.journal.record_processed([shop.opened(other.id)])
    after = shop.questions.transmission(other.id)

    assert before is not None
    assert after is not None
    assert "release it when it is meant to be taken" in before.interchanges[0]["reason"]
    assert [(one["state"], one["reason"]) for one in after.interchanges] == [
        ("released", "by dana: acme corrected the file"),
        ("accepted", ""),
    ]


async def test_a_release_that_would_change_nothing_is_refused_and_nothing_is_done(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    transmission = await set_aside(shop, "ACME")

    with pytest.raises(
        NotInOrder, match=r"quarantined again.* ZZ/ACME is acme, which channel hub does not carry.*--any"
    ):
        release(shop, transmission[:10])
    assert state(shop, transmission) == "quarantined"
    assert NotInOrder.exit_code == 1


async def test_a_person_who_insists_has_it_read_again(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    transmission = await set_aside(shop, "ACME")

    release(shop, transmission, anyway=True)

    assert state(shop, transmission) == "received"


async def test_once_the_channel_carries_the_sender_it_is_released(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    transmission = await set_aside(shop, "ACME")
    publish(shop, CARRIED)

    release(shop, transmission)

    assert state(shop, transmission) == "received"


async def test_another_change_of_the_partner_files_does_not_count(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    transmission = await set_aside(shop, "ACME")
    publish(shop, {**NOT_CARRIED, "channels/acme-sftp.yaml": CHANNEL.format(user="acme2", carries="acme")})

    with pytest.raises(NotInOrder):
        release(shop, transmission)


async def test_it_is_enough_that_some_of_it_would_get_through(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    transmission = await set_aside(shop, "ACME", "NOBODYWEKNOW")
    publish(shop, CARRIED)

    release(shop, transmission)

    assert state(shop, transmission) == "received"


async def test_a_number_again_with_other_bytes_is_let_through_whatever_the_files_say(shop: Shop) -> None:
    publish(shop, NOT_CARRIED)
    await shop.processed(an_interchange(), channel="hub")
    other = await shop.processed(an_interchange(order="9999"), channel="hub")

    release(shop, other.id)

    assert state(shop, other.id) == "received"
