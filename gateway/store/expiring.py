"""Certificates that will be over soon, told as events: each warning of each certificate once, whatever node looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.ledger.events import CERTIFICATE_ENDING
from gateway.partners.certificates import Ending
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import EVENT, HOME


@dataclass(frozen=True, slots=True)
class StoreExpiring:
    """Events of channels."""

    means: Means

    def tell(self, endings: Sequence[Ending]) -> Sequence[Ending]:
        """Record what nobody was told of yet, and return that."""
        if not endings:
            return ()
        with self.means.database.begin() as connection:
            connection.execute(select(HOME.c.number).with_for_update(key_share=True))  # nodes look one after the other
            among = EVENT.c.subject.in_({one.channel for one in endings})
            told = select(EVENT.c.subject, EVENT.c.detail).where(EVENT.c.kind == CERTIFICATE_ENDING, among)
            known = {_key(row.subject, row.detail) for row in connection.execute(told)}
            new = [one for one in endings if _key(one.channel, _detail(one)) not in known]
            changes = [
                Change(
                    transmission="", subject=one.channel, kind=CERTIFICATE_ENDING, why=one.sentence, detail=_detail(one)
                )
                for one in new
            ]
            events.record(Transaction(self.means, connection, self.means.now()), changes)
        return new


def _detail(one: Ending) -> dict[str, str]:
    return {"whose": one.whose, "name": one.name, "ends": one.ends.isoformat(), "days": str(one.days)}


def _key(channel: str, detail: dict[str, str]) -> tuple[str, ...]:
    return (channel, *(detail.get(name, "") for name in ("whose", "name", "ends", "days")))
