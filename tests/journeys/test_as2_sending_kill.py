"""kill -9 while we send by AS2: what our systems were told is taken has exactly one effect at the partner."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from sqlalchemy import func, select

from gateway.as2.disposition import PROCESSED
from gateway.as2.mdn import Answered, Signing, build
from gateway.as2.mic import Mic
from gateway.store.tables import AS2_SENT, CARRYING
from tests.fakes.as2_partner import NOON, TOKEN, Mood
from tests.journeys.gateway_process import ROOT
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.test_as2_sending import Sending, a_sending

EVIDENCE = ROOT / "docs" / "evidence" / "as2-sending-kill-loop.md"
HEAD = """# Killed while we send by AS2

Written by `./test --long` (`tests/journeys/test_as2_sending_kill.py`). Our systems hand in invoices, each until it is
answered 202; the gateway sends each as a signed and encrypted message to a partner that answers well, or takes the
message and cuts the line, or says 200 and nothing else. While messages go out the gateway is killed with -9 at random
points, counted by the messages that reached the partner. Receipts that are asked for later are sent while it dies and
comes back; those that were never given come last.

*In hand* were files that a killed gateway had begun to carry. *Posts* are messages that reached the partner, copies
too; *effects* are the documents that it took, by Message-ID. *Doubled* counts invoices that it took under two
Message-IDs, and Message-IDs that came with more than one body; *lost* those acknowledged and not taken.

| round | receipts | kills | in hand | acknowledged | posts | effects | doubled | lost | carried |
|---|---|---|---|---|---|---|---|---|---|
"""
GOOD_AND_BAD: Sequence[Any] = ("good", "good", "good", "lost", "lost", "empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is played. `mdn` is how receipts are asked for."""

    invoices: int
    kills: int
    mdn: str
    seed: int


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of a round: counts for the table."""

    kills: Kills
    in_hand: int = 0
    acknowledged: int = 0
    posts: int = 0
    effects: int = 0
    doubled: int = 0
    lost: int = 0
    carried: int = 0

    @property
    def good(self) -> bool:
        """One effect for everything that was acknowledged, and every file of ours says so."""
        return (self.doubled, self.lost) == (0, 0) and self.acknowledged == self.effects == self.carried


async def play(sending: Sending, round_: Round) -> Played:
    """Hand in everything while the gateway is killed, and count what the partner took."""
    random, played = Random(round_.seed), Played(kills=Kills())
    assert set(GOOD_AND_BAD) < set(get_args(Mood))
    sending.partner.moods = [random.choice(GOOD_AND_BAD) for _ in range(2 * round_.invoices)]
    await sending.site.nodes[0].start()
    telling = asyncio.create_task(_tell_all_the_time(sending))
    try:
        async with asyncio.TaskGroup() as group:
            for first in range(3):
                group.create_task(_hand_in(sending, played, range(1 + first, round_.invoices + 1, 3)))
            group.create_task(_kill(sending, round_, played))
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    sending.partner.moods = []
    await _answer_all(sending)
    await sending.quiet()
    _count(sending, played)
    return played


async def _hand_in(sending: Sending, played: Played, numbers: range) -> None:
    for number in numbers:
        await sending.hand_in(number)
        played.acknowledged += 1


async def _tell_all_the_time(sending: Sending) -> None:
    while True:
        await sending.tell_later()
        await asyncio.sleep(0.05)


async def _kill(sending: Sending, round_: Round, played: Played) -> None:
    """At random shares of the messages, and a little later: in the POST, before and after the answer."""
    random, node = Random(round_.seed + 1), sending.site.nodes[0]
    for share in sorted(random.uniform(0.05, 0.95) for _ in range(round_.kills)):
        while len(sending.partner.effects) < share * round_.invoices:
            await asyncio.sleep(0.002)
        await asyncio.sleep(random.uniform(0, 0.06))
        await strike(sending.site, node, played.kills, f"{len(sending.partner.taken)} messages")
        played.in_hand += await asyncio.to_thread(_in_hand, sending)
        await bring_back(node, random, played.kills)


def _in_hand(sending: Sending) -> int:
    begun = (CARRYING.c.state == "waiting") & CARRYING.c.in_hand_by.is_not(None)
    with sending.site.memory.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(CARRYING).where(begun)).scalar_one()


async def _answer_all(sending: Sending) -> None:
    """Answers without a receipt leave a file awaiting one for two hours: the partner sends it by itself, late."""
    while any(row.state == "waiting" for row in await asyncio.to_thread(sending.rows, CARRYING)):
        await asyncio.sleep(0.05)
    mics = {row.message_id: row.mics["sha256"] for row in sending.rows(AS2_SENT)}
    url = f"{sending.site.nodes[0].as2_url}/as2"
    for message_id in sending.partner.effects:
        about = Answered(
            message_id=message_id,
            sender="HARBORPINE",
            receiver="ACME AS2",
            disposition=PROCESSED,
            mic=Mic(mics[message_id], "sha256"),
        )
        signing = Signing(signer=sending.partner.own, time=NOON)
        built = build(about, message_id="<late@acme.example>", reporting_ua="acme", token=TOKEN, signing=signing)
        sending.partner.later.append((url, built))


def _count(sending: Sending, played: Played) -> None:
    partner = sending.partner
    bodies: dict[str, set[bytes]] = {}
    for taken in partner.taken:
        bodies.setdefault(taken.message_id, set()).add(taken.body)
    different = len(set(partner.effects.values()))
    played.posts, played.effects = len(partner.taken), len(partner.effects)
    played.doubled = played.effects - different + sum(len(one) > 1 for one in bodies.values())
    played.lost = played.acknowledged - different
    played.carried = sum(row.state == "carried" for row in sending.rows(CARRYING))


async def one_round(folder: Path, round_: Round) -> tuple[Played, str]:
    """In a home of its own; what came of it, and enough words to play it again."""
    async with a_sending(folder, round_.mdn) as sending:
        played = await play(sending, round_)
        words = f"{round_}\n{played}\n{sending.rows(CARRYING)}\n{sending.site.logs()}" if not played.good else ""
        if played.good:
            sending.hold_everything(round_.invoices)
        return played, words


@pytest.mark.parametrize("mdn", [pytest.param("sync", marks=pytest.mark.long), "async"])
@pytest.mark.timeout(300)
async def test_what_was_taken_from_our_systems_has_one_effect_at_the_partner_through_kills(
    tmp_path: Path, mdn: str
) -> None:
    played, words = await one_round(tmp_path, Round(invoices=15, kills=2, mdn=mdn, seed=a_seed()))

    assert played.good, words
    assert played.acknowledged == 15


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_what_was_taken_has_one_effect_in_whole_rounds_of_kills(tmp_path: Path) -> None:
    table, wrong = "", []
    for number in range(1, 21):
        round_ = Round(invoices=40, kills=4, mdn="async" if number % 2 else "sync", seed=a_seed())
        played, words = await one_round(tmp_path / str(number), round_)
        counts = (played.acknowledged, played.posts, played.effects, played.doubled, played.lost, played.carried)
        table += f"| {number}, seed {round_.seed} | {round_.mdn} | {played.kills.count} | {played.in_hand} | "
        table += " | ".join(map(str, counts)) + " |\n"
        if words:
            wrong.append(words)
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not wrong, "\n".join(wrong)
