"""Invoices of ours go out by AS2, killed at the worst moment: between the message and what came of it.

Whole rounds of kills are in `test_as2_sending_kill`.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from sqlalchemy import func, select

from gateway.store.tables import AS2_SENT, CARRYING, DOCUMENT, EVENT
from tests.fakes.as2_partner import As2Partner
from tests.journeys.as2_partner import with_as2
from tests.journeys.gateway_process import Site, a_site, make_home
from tests.journeys.invoices import agree, invoice
from tests.journeys.kills import Kills, strike
from tests.journeys.reckoning import waiting
from tests.journeys.test_outbound import command, post
from tests.unit.as2.cms.people import with_rsa

SEND = """
send:
  url: {url}
  mdn: {mdn}
  mdn_url: http://127.0.0.1:{port}/as2
  timeout_seconds: 20
first_delay_seconds: 0.2
longest_delay_seconds: 1
failures_to_trip: 3
"""
LIMIT_SECONDS = 90.0


@dataclass(slots=True)
class Sending:
    """The gateway, and the partner that it sends to."""

    site: Site
    partner: As2Partner

    async def hand_in(self, number: int) -> None:
        """One invoice, until it was taken."""
        one = invoice(number * 3 + 1)  # all of them production: each travels alone
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                with contextlib.suppress(OSError, ValueError, aiohttp.ClientError):
                    if (await post(self.site, one.content, one.key))[0] == 202:
                        return
                await asyncio.sleep(0.05)

    async def quiet(self) -> None:
        """Until nothing moves any more. Receipts that were asked for later are sent meanwhile."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while await asyncio.to_thread(self._left) != (0, 0, 0):
            assert time.monotonic() < deadline, f"{self.rows(CARRYING)}\n{self.site.logs()}"
            await self.tell_later()
            await asyncio.sleep(0.05)

    async def tell_later(self) -> None:
        """Each receipt until the gateway has it."""
        later, self.partner.later = self.partner.later, []
        async with aiohttp.ClientSession() as session:
            for url, receipt in later:
                try:
                    fields = receipt.headers.fields
                    async with session.post(url, data=receipt.body, headers=fields) as answer:
                        answer.raise_for_status()
                except (aiohttp.ClientError, OSError):
                    self.partner.later.append((url, receipt))

    def _left(self) -> tuple[int, int, int]:
        with self.site.memory.database.reading() as connection:
            moving = select(func.count()).where(CARRYING.c.state.in_(["waiting", "awaiting"]))
            return (*waiting(self.site), connection.execute(moving).scalar_one())

    def rows(self, table: Any) -> Sequence[Any]:
        with self.site.memory.database.reading() as connection:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

    def hold_everything(self, invoices: int) -> None:
        """Every document was taken once, under one Message-ID and with one body, and the store says so."""
        by_id: dict[str, set[bytes]] = {}
        for taken in self.partner.taken:
            by_id.setdefault(taken.message_id, set()).add(taken.body)
        sent = [row for row in self.rows(DOCUMENT) if row.direction == "outbound"]
        carried = self.rows(CARRYING)
        assert len(self.partner.effects) == len(set(self.partner.effects.values())) == invoices, self.site.logs()
        assert {len(bodies) for bodies in by_id.values()} == {1}
        assert by_id.keys() == self.partner.effects.keys() == {row.message_id for row in self.rows(AS2_SENT)}
        assert ([row.state for row in carried], {row.state for row in sent}) == (["carried"] * invoices, {"sent"})
        assert len(sent) == invoices
        assert [row.kind for row in self.rows(EVENT)].count("sending.carried") == invoices


@contextlib.asynccontextmanager
async def a_sending(folder: Path, mdn: str) -> AsyncIterator[Sending]:
    """A site whose ACME takes invoices by AS2."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = make_home(folder)
    agree(folder)
    keys = with_as2(home)
    partner = As2Partner(own=keys.theirs, stranger=with_rsa("stranger"), theirs=keys.ours)
    url = await partner.start()
    channel = folder / "partners" / "channels" / "acme-as2.yaml"
    channel.write_text(channel.read_text("utf-8") + SEND.format(url=url, mdn=mdn, port=port), "utf-8")
    profile = folder / "partners" / "acme.yaml"
    acme = yaml.safe_load(profile.read_text("utf-8"))
    for agreement in acme["agreements"].values():
        if agreement.get("direction") == "outbound":
            agreement["channel"] = "acme-as2"
    profile.write_text(yaml.safe_dump(acme), "utf-8")
    settings = {"GATEWAY_MAPPINGS_DIR": str(folder / "mappings"), "GATEWAY_AS2_PORT": str(port)}
    try:
        async with a_site(home, environment={**settings, "GATEWAY_LOG_LEVEL": "debug"}) as site:
            yield Sending(site, partner)
            _hold_back_secrets(site, folder)
    finally:
        await partner.close()


def _hold_back_secrets(site: Site, folder: Path) -> None:
    """Whatever happened: at the most talkative level no log has a passphrase, a password or a line of a key."""
    said = site.logs() + "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*.log"))
    kept = [path.read_text("utf-8").strip() for path in (folder / "secrets").iterdir() if path.is_file()]
    (key,) = (folder / "keys" / "as2").glob("*.pem")
    private = key.read_text("ascii").partition("PRIVATE KEY-----")[2]
    lines = [line for line in private.splitlines() if len(line) > 20 and "-----" not in line]
    assert len(kept) > 1
    assert len(lines) > 10
    assert [secret[:4] for secret in (*kept, *lines) if secret and secret in said] == []
    assert "PRIVATE KEY" not in said


@pytest.mark.parametrize("mdn", ["sync", *(pytest.param(one, marks=pytest.mark.long) for one in ("async", "none"))])
@pytest.mark.timeout(240)
async def test_an_invoice_goes_out_once_though_the_gateway_dies_before_it_writes_down_that_it_did(
    tmp_path: Path, mdn: str
) -> None:
    async with a_sending(tmp_path, mdn) as sending:
        node = sending.site.nodes[0]
        await node.start()
        sending.partner.moods = ["silent"]  # the answer is not there when the gateway dies
        await sending.hand_in(1)
        await asyncio.wait_for(sending.partner.arrived.wait(), LIMIT_SECONDS)
        await strike(sending.site, node, Kills(), "the message is out")

        await node.start()
        await sending.quiet()

        sending.hold_everything(1)
        assert len(sending.partner.taken) >= 2  # the dead one's, and that of the next life: the partner tells a copy


@pytest.mark.timeout(240)
async def test_what_the_partner_said_is_shown_with_the_document(tmp_path: Path) -> None:
    async with a_sending(tmp_path, "sync") as sending:
        await sending.site.nodes[0].start()
        await sending.hand_in(1)
        await sending.quiet()
        (document,) = [row.id for row in sending.rows(DOCUMENT) if row.direction == "outbound"]

        _, shown, said = await command(sending.site, "documents", "show", document)

        assert "the MIC by sha256 agrees" in shown, shown + said
