"""What a dead process had in hand, over a client and a journal that remember what they were told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy.exc

from gateway.engine.takeover import LeftOver
from gateway.parcel import Content
from gateway.pipeline.stage import Received


@dataclass
class Workflow:
    """As much of a DBOS workflow status as matters here."""

    workflow_id: str
    name: str
    queue_name: str | None
    input: Mapping[str, object]
    executor_id: str = "dead-node"


@dataclass
class Client:
    """DBOS's client: `pending` is what it lists, for any executor."""

    pending: Sequence[Workflow] = ()
    resumed: list[tuple[str, list[str]]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    fault: Exception | None = None

    def list_workflows(self, *, status: str, executor_id: str | None, load_output: bool) -> Sequence[Workflow]:
        self.asked.append(executor_id)
        if self.fault is not None:
            raise self.fault
        return self.pending

    def resume_workflows(self, ids: list[str], *, queue_name: str) -> None:
        self.resumed.append((queue_name, ids))

    def cancel_workflows(self, ids: list[str]) -> None:
        self.cancelled.extend(ids)


@dataclass
class Journal:
    """`left` are those still received."""

    left: Sequence[str] = ()
    marked: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        content, now = Content(sha256="0" * 64, size=0, inline=b""), datetime(2026, 1, 2, tzinfo=UTC)
        kept = [one for one in ids if one in self.left]
        return [Received(id=one, channel="acme", content=content, received_at=now) for one in kept]

    def mark_suspects(self, batched: list[str], alone: list[str]) -> None:
        self.marked.append((batched, alone))


@dataclass
class Doubts:
    """Workflows whose interrupted deliveries to "careless" are in doubt."""

    asked: list[tuple[str, Sequence[str] | None]] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)

    def put_down(self, node: str) -> None:
        self.nodes.append(node)

    def interrupted(self, destination: str, ids: Sequence[str] | None) -> int:
        self.asked.append((destination, ids))
        return 1 if destination == "careless" else 0


def a_workflow(id_: str, name: str, *arguments: object) -> Workflow:
    queue = {"process": "process", "suspect": "suspects", "deliver": "deliver"}.get(name, "timers")
    return Workflow(id_, name, queue, {"args": arguments, "kwargs": {}})


def take_over(client: Client, journal: Journal | None = None, doubts: Doubts | None = None) -> None:
    LeftOver(client, journal or Journal(), doubts or Doubts()).take_over("dead-node")  # type: ignore[arg-type]


def test_everything_of_a_batch_is_suspected_and_goes_on() -> None:
    client, journal = Client([a_workflow("w1", "process", ["a", "b"])]), Journal(["a", "b"])

    take_over(client, journal)

    assert client.asked == ["dead-node"]
    assert journal.marked == [(["a", "b"], [])]
    assert client.resumed == [("process", ["w1"])]


def test_of_suspects_only_the_first_that_is_not_written_was_in_hand() -> None:
    client, journal = Client([a_workflow("w1", "suspect", ["a", "b", "c"])]), Journal(["b", "c"])

    take_over(client, journal)

    assert journal.marked == [([], ["b"])]


def test_deliveries_go_on_as_they_are_where_keys_are_known() -> None:
    client, doubts = Client([a_workflow("w1", "deliver", "careful", ["d1"])]), Doubts()

    take_over(client, doubts=doubts)

    assert doubts.asked == [("careful", ["d1"])]
    assert (client.resumed, client.cancelled) == ([("deliver", ["w1"])], [])


def test_deliveries_in_doubt_are_replaced_by_what_was_written_of_them() -> None:
    client = Client([a_workflow("w1", "deliver", "careless", ["d1"]), a_workflow("w2", "process", ["a"])])

    take_over(client)

    assert client.cancelled == ["w1"]
    assert client.resumed == [("process", ["w2"])]


def test_a_probe_in_doubt_still_goes_on_or_nothing_would_open_the_way_again() -> None:
    client, doubts = Client([a_workflow("w1", "probe", "careless", 3)]), Doubts()

    take_over(client, doubts=doubts)

    assert doubts.asked == [("careless", None)]
    assert (client.resumed, client.cancelled) == ([("timers", ["w1"])], [])


def test_what_a_dead_node_was_carrying_is_put_down_before_its_work_goes_on() -> None:
    client, doubts = Client([a_workflow("w1", "send", "acme"), a_workflow("w2", "probe_channel", "bolt", 1)]), Doubts()

    take_over(client, doubts=doubts)

    assert doubts.nodes == ["dead-node"]
    assert client.resumed == [("timers", ["w1", "w2"])]


def test_nothing_is_left_over_before_the_engine_has_tables() -> None:
    client = Client(fault=sqlalchemy.exc.ProgrammingError("select", {}, Exception("no table")))

    take_over(client)

    assert client.resumed == []
