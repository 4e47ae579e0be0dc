"""kill -9 while partners send mail: what was answered 250 is stored, once, and reaches the ERP once; receipts agree.

A sender that was not answered sends the same mail again, as mail servers do. Every receipt for a mail is the same, byte
for byte, however often it goes; one that a dead node had in hand goes out within a minute.
"""

import asyncio
import base64
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiosmtplib
import pytest
from sqlalchemy import select

from gateway.store.tables import AS2_MESSAGE, TRANSMISSION
from tests.integration.mail_door import Delivered, a_mailbox
from tests.journeys.gateway_process import ROOT, GatewayProcess, Site, a_site, make_home
from tests.journeys.kills import a_seed
from tests.journeys.orders import OrderFile, order_files
from tests.journeys.reckoning import settled

OURS, THEIRS = "acme@edi.harborpine.example", "edi@acme.example"
CHANNEL = """door: mail
owner: onboarding
carries: [acme]
our_address: {ours}
their_addresses: [{theirs}]
allow_from: [127.0.0.0/8]
receive: {{signed: false, encrypted: false, plain: allowed}}
relay: {{host: 127.0.0.1, port: {port}, tls: none}}
"""
PARTNERS = 3
EVIDENCE = ROOT / "docs" / "evidence" / "mail-kill-loop.md"
HEAD = """# Killed while partners send mail

Written by `./test --long` (`tests/journeys/test_mail_kill.py`). Three mail servers of a partner send orders, each mail
with the same bytes until it is answered 250; each asks for a receipt. The only node is killed with -9 at random points,
the last time when every mail was answered 250, and then has to send every receipt that was not sent.

*Tries* are connections that a mail was sent over. *Receipts* are those that the partner's mailbox got, some of them
more than once, and always the same byte for byte. *Faults* counts broken promises: a mail that was answered 250 and is
not stored exactly once, an order that is not at the ERP exactly once, a mail without a receipt or with two that differ.

| kills | mails | answered 250 | tries | receipts | last receipt after the last kill, s | faults |
|---|---|---|---|---|---|---|
"""


@dataclass
class Town:
    """The gateway's port of the moment, and who was told 250."""

    files: Sequence[OrderFile]
    port: int = 0
    told: list[OrderFile] = field(default_factory=list)
    tries: int = 0


async def start(node: GatewayProcess, town: Town) -> None:
    """Start a node, and tell everybody where its mail door is."""
    await node.process.start()
    line = await node.process.ready_line()
    assert line
    node.adopt(line)
    town.port = int(json.loads(line)["smtp_port"])


def mail_of(file: OrderFile) -> bytes:
    """The same bytes at every try."""
    content = base64.encodebytes(file.content).replace(b"\n", b"\r\n")
    head = (
        f"From: {THEIRS}\r\nTo: {OURS}\r\nMessage-ID: {message_id(file)}\r\nDisposition-Notification-To: {THEIRS}\r\n"
        f'Content-Type: application/edi-x12; name="{file.name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return head.encode() + content


def message_id(file: OrderFile) -> str:
    return f"<{file.control_number}@acme.example>"


async def send_all(town: Town, files: Sequence[OrderFile]) -> None:
    """One mail server of the partner: each mail until it hears 250."""
    for file in files:
        while True:
            town.tries += 1
            try:
                await aiosmtplib.send(
                    mail_of(file),
                    sender=THEIRS,
                    recipients=[OURS],
                    hostname="127.0.0.1",
                    port=town.port,
                    start_tls=False,
                    timeout=10,
                )
                break
            except (OSError, aiosmtplib.SMTPException):
                await asyncio.sleep(0.2)
        town.told.append(file)


async def play(site: Site, town: Town, random: Random, kills: int) -> None:
    """Send everything while the only node is killed again and again, the last time when all have heard 250."""
    node = site.nodes[0]
    await start(node, town)
    senders = [asyncio.create_task(send_all(town, town.files[one::PARTNERS])) for one in range(PARTNERS)]
    marks = [*sorted(random.randint(1, len(town.files) - 1) for _ in range(kills - 1)), len(town.files)]
    for mark in marks:
        async with asyncio.timeout(200):
            while len(town.told) < mark:
                await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.1))
        await node.process.kill()
        await start(node, town)
    await asyncio.gather(*senders)


def faults(site: Site, town: Town, receipts: Sequence[Delivered]) -> list[str]:
    """Every broken promise. What went out last may be on its way to the box: rows are read first."""
    with site.memory.database.reading() as connection:
        messages = connection.execute(select(AS2_MESSAGE).where(AS2_MESSAGE.c.state == "taken")).all()
        stored = Counter(row.sha256 for row in connection.execute(select(TRANSMISSION)) if row.door == "mail")
    taken, states = Counter(row.message_id for row in messages), {row.message_id: row.mdn_state for row in messages}
    found = [
        f"{file.name} was told 250 and is stored {stored[file.sha256]} times"
        for file in town.told
        if stored[file.sha256] != 1
    ]
    found += [
        f"{message_id(file)} is there {taken[message_id(file)]} times"
        for file in town.told
        if taken[message_id(file)] != 1
    ]
    effects = Counter(order["business_number"] for order in site.erp.orders())
    found += [
        f"{number} reached the ERP {effects[number]} times"
        for file in town.files
        for number in file.numbers
        if effects[number] != 1
    ]
    by_message = defaultdict(set)
    for receipt in receipts:
        by_message[_about(receipt)].add(receipt.raw)
    found += [f"{id} has {len(raw)} receipts that differ" for id, raw in by_message.items() if len(raw) > 1]
    found += [
        f"{id} has no receipt, and none waits: {state}"
        for id, state in states.items()
        if state != "waiting" and not by_message[id]
    ]
    return found


def _about(receipt: Delivered) -> str:
    line = next(line for line in receipt.raw.split(b"\r\n") if line.startswith(b"Original-Message-ID: "))
    return line.partition(b": ")[2].decode()


async def _all_sent(site: Site, seconds: float) -> float:
    """Wait until no receipt waits any more. Returns how long that took, in seconds."""
    began = asyncio.get_running_loop().time()

    def waiting() -> bool:
        with site.memory.database.reading() as connection:
            return (
                connection.execute(select(AS2_MESSAGE.c.id).where(AS2_MESSAGE.c.mdn_state == "waiting")).first()
                is not None
            )

    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(waiting):
            await asyncio.sleep(0.2)
    return asyncio.get_running_loop().time() - began


async def rounds(folder: Path, *, kills: int, files: int) -> str:
    """Returns a line of the evidence, which is of a round in which every receipt was waited for."""
    seed = a_seed()
    random = Random(seed)
    async with a_mailbox() as box:
        home = make_home(folder)
        text = CHANNEL.format(ours=OURS, theirs=THEIRS, port=box.port)
        (home.folder / "partners" / "channels" / "acme-mail.yaml").write_text(text, "utf-8")
        async with a_site(home, environment={"GATEWAY_SMTP_PORT": "0"}) as site:
            town = Town(order_files(files, random))
            await play(site, town, random, kills)
            took = await _all_sent(site, 150) if kills > 2 else 0.0
            await settled(site, 60)

            broken = await asyncio.to_thread(faults, site, town, box.mails)
            assert not broken, "\n".join([f"seed {seed}, {town.tries} tries", *broken[:20], site.logs()])
            assert len(town.told) == files
            counts = (kills, files, len(town.told), town.tries, len(box.mails), round(took), len(broken))
            return f"| {' | '.join(map(str, counts))} |\n"


@pytest.mark.timeout(300)  # three starts of a gateway, which are slow beside other tests
async def test_what_was_answered_250_is_there_once_whoever_is_killed(tmp_path: Path) -> None:
    await rounds(tmp_path, kills=2, files=18)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_what_was_answered_250_is_there_once_over_twenty_kills(tmp_path: Path) -> None:
    line = await rounds(tmp_path, kills=20, files=400)

    EVIDENCE.write_text(HEAD + line, "utf-8")
