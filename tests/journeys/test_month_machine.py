"""Anything that partners, people and our ERP may do to a month in any order leaves everything true that has to be."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import DDL, Column, Executable, MetaData, Table, Text, delete, insert, select, update

from gateway.app.demo.month.house import Ground
from gateway.app.demo.month.invariants import Invariants
from gateway.app.demo.month.perform import a_month, ground_of
from gateway.app.demo.month.plan import Case, Order, make
from gateway.app.demo.month.player import Month
from gateway.app.demo.month.receipts import Said
from gateway.errors import GatewayError
from gateway.pipeline.verbs import How, Selection, Verb
from gateway.settings import Settings
from gateway.store.audit_tables import AUDIT
from gateway.store.deadline_tables import DEADLINE
from gateway.store.tables import CONTROL_NUMBER, DOCUMENT, EVENT

EMPTY = replace(make(1, 1, date(2026, 10, 15)), orders=(), down=())
"""A month in which nothing happens by itself."""

SCHEMA = Table("sqlite_master", MetaData(), *(Column(name, Text) for name in ("type", "name", "tbl_name")))
NUMBERS = {"acme": "71-", "bolt": "B77", "fernhill": "F-", "kestrel": "4711-"}
CHANGES = (Case.CHANGE_FIRST, Case.CHANGE_AFTER)
"""Only ACME changes its orders by 860."""
CASES = [one for one in Case if one not in (Case.DISPUTED, Case.NOT_FETCHED, Case.ASSUMED)]


@pytest.fixture(scope="module")
def on() -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as folder:
        yield ground_of(Settings(), EMPTY, Path(folder))


class AnyMonth(RuleBasedStateMachine):
    """A month whose plan is made up as it goes."""

    on: Ground

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        self.month, self.holds = self.stack.enter_context(a_month(self.on, home, EMPTY))
        self.numbers = itertools.count(1)

    def teardown(self) -> None:
        try:
            play(self.month, 60)
            assert list(self.holds.whole()) == []
        finally:
            self.stack.close()

    @rule(partner=st.sampled_from(sorted(NUMBERS)), case=st.sampled_from(CASES), count=st.integers(1, 3))
    def orders_come(self, partner: str, case: Case, count: int) -> None:
        """Of which any of ours about them may be what the case is about."""
        partner = "acme" if case in CHANGES else partner
        set_id = {"acme": "810", "bolt": "810", "fernhill": "880", "kestrel": "850"}[partner]
        for _ in range(count):
            number = f"{NUMBERS[partner]}{next(self.numbers):05}"
            at = self.month.clock.now + timedelta(minutes=1)
            self.month.open(Order(partner=partner, number=number, at=at, case=case, set_id=set_id))

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        play(self.month, hours)

    @rule(hours=st.integers(1, 8))
    def our_erp_closes(self, hours: int) -> None:
        now = self.month.clock.now
        self.month.erp.down = [*self.month.erp.down, (now, now + timedelta(hours=hours))]

    @rule(
        verb=st.sampled_from(["hold", "release", "assign", "note", "waive", "replay", "resend"]), which=st.integers(0)
    )
    def a_person_does_something(self, verb: Verb, which: int) -> None:
        """To any document, whether or not it makes sense."""
        rows = self.month.house.memory.questions.documents(limit=200)
        if not rows:
            return
        document = sorted(rows, key=lambda one: one.id)[which % len(rows)]
        how = How(again=True, anyway=True, to="somebody")
        try:
            self.month.house.memory.operator.act(
                verb, Selection(ids=(document.id,)), how, reason="to see what happens", who="anybody"
            )
        except GatewayError:
            return
        self.month.ours += verb == "resend"

    @rule(
        which=st.integers(0),
        codes=st.lists(st.sampled_from("AERMX"), min_size=1, max_size=3),
        counts=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
        times=st.integers(1, 2),
        by=st.sampled_from(sorted(NUMBERS)),
        envelope=st.sampled_from(["", "", "A", "E", "R"]),
    )
    def somebody_answers(
        self, which: int, codes: list[str], counts: tuple[int, int, int] | None, times: int, by: str, envelope: str
    ) -> None:
        """A group that was sent once, to whomever, is answered in any way, by its partner or by another."""
        groups = self.month.replies.groups
        if not groups:
            return
        partner, seen = groups[which % len(groups)]
        pen, now = self.month.systems[partner].pen, self.month.clock.now
        said = Said(codes={one.number: code for one, code in zip(seen.sets, codes, strict=False)}, counts=counts)
        content = pen.envelope(seen, envelope, "000", now) if envelope else pen.functional(seen, said, now)
        for _ in range(times):
            self.month.send(by if which % 5 == 0 else partner, content)

    @invariant()
    def all_of_it_holds(self) -> None:
        assert self.holds.broken == []


def play(month: Month, hours: int) -> None:
    """Let so many hours pass."""
    until = min(month.clock.now + timedelta(hours=hours), month.plan.last)
    while month.clock.now < until and month.tick():
        pass
    month.look()


@pytest.mark.timeout(900)
def test_whatever_happens_in_a_month_leaves_it_in_order(on: Ground, request: pytest.FixtureRequest) -> None:
    long = request.config.getoption("--long")
    AnyMonth.on = on
    run_state_machine_as_test(
        AnyMonth,
        settings=settings(
            max_examples=60 if long else 3,
            stateful_step_count=30 if long else 10,
            deadline=None,
            derandomize=not long,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ---------------------------------------------------------------------------------------------- what breaks is seen


@pytest.fixture(scope="module")
def running(on: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Month, Invariants]]:
    """A month with one order of ACME's on its way: everything about it is sent, the 997 for the invoice is lost."""
    home = tmp_path_factory.mktemp("running") / "home"
    with a_month(on, home, EMPTY) as (month, invariants):
        at = month.clock.now + timedelta(hours=10)
        month.open(Order(partner="acme", number="71-00001", at=at, case=Case.LOST, set_id="810"))
        play(month, 120)
        assert list(invariants.whole()) == []
        yield month, invariants


def seen(running: tuple[Month, Invariants], words: str) -> None:
    """What is wrong is said, and nothing else is."""
    _, invariants = running
    try:
        found = list(invariants.whole())
        assert found
        assert all(words in one for one in found), found
    finally:
        invariants.broken.clear()


def lost(month: Month) -> str:
    """The invoice whose 997 never came."""
    return month.documents["71-00001", "810"]


def write(month: Month, *statements: Executable) -> None:
    with month.house.memory.database.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def told(month: Month, kind: str) -> Executable:
    """An event about the lost invoice."""
    about = {"transmission_id": "", "subject": lost(month), "who": "a bug", "why": "", "detail": {}}
    return insert(EVENT).values(at=month.clock.now, kind=kind, **about)


def test_a_state_that_changes_without_an_event_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    here = update(DOCUMENT).where(DOCUMENT.c.id == lost(month))
    write(month, here.values(state="held"))
    try:
        seen(running, "is held without an event")
    finally:
        write(month, here.values(state="sent"))


def test_what_a_partner_is_said_to_have_said_without_an_event_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    here = update(DOCUMENT).where(DOCUMENT.c.id == lost(month))
    write(month, here.values(acknowledgement="accepted"), told(month, "document.noted"))
    try:
        month.house.look()
        seen(running, "said without its event")
    finally:
        write(month, here.values(acknowledgement="overdue"), told(month, "document.noted"))
        month.look()
        running[1].broken.clear()


def test_an_event_of_an_unlawful_move_is_seen(running: tuple[Month, Invariants]) -> None:
    month, invariants = running
    write(month, told(month, "document.translated"))
    invariants.step()
    assert any("unlawful: document.translated of outbound" in one for one in invariants.broken)
    invariants.broken.clear()


def test_a_deadline_at_another_time_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    here = update(DEADLINE).where(DEADLINE.c.document_id == lost(month))
    with month.house.memory.database.reading() as connection:
        due = connection.execute(select(DEADLINE.c.due_at).where(DEADLINE.c.document_id == lost(month))).scalar_one()
    write(month, here.values(due_at=due + timedelta(hours=1)), told(month, "document.noted"))
    try:
        seen(running, "are over at")
    finally:
        write(month, here.values(due_at=due))


def test_what_has_no_deadline_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    write(
        month,
        delete(DEADLINE).where(DEADLINE.c.document_id == lost(month)),
        told(month, "document.noted"),
    )
    seen(running, "there stands <Due.NONE")


def test_a_second_effect_on_our_erp_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    key = next(iter(month.erp.effects))
    month.erp.effects[key] += 1
    seen(running, "had an effect 2 times")
    del month.erp.effects[key]
    seen(running, "is delivered, and the ERP has it not")
    month.erp.effects[key] = 1


def test_a_file_that_is_lost_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    month.house.received += 1
    seen(running, "files came")
    month.house.received -= 1


def test_a_control_number_that_is_left_out_is_seen(running: tuple[Month, Invariants]) -> None:
    month, _ = running
    theirs = update(CONTROL_NUMBER).where(CONTROL_NUMBER.c.kind == "GS06")
    write(month, theirs.values(value=CONTROL_NUMBER.c.value + 1))
    at = month.clock.now + timedelta(hours=1)
    month.open(Order(partner="acme", number="71-00002", at=at))
    play(month, 4)
    seen(running, "never got GS06")


def test_an_audit_trail_that_was_changed_is_seen(running: tuple[Month, Invariants]) -> None:
    month, invariants = running
    with month.house.memory.database.begin() as connection:
        names = select(SCHEMA.c.name).where(SCHEMA.c.type == "trigger", SCHEMA.c.tbl_name == "audit")
        for name in connection.execute(names).scalars().all():
            connection.execute(DDL(f"drop trigger {name}"))  # type: ignore[no-untyped-call]
        connection.execute(update(AUDIT).values(reason="nobody said so"))
    assert any("the audit trail does not fit" in one for one in invariants.whole())
