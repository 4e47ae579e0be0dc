"""No exception ever comes out of data: mutated orders, other projects' files, and bytes of any kind."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.x12.interchange import Event, GroupResult, InterchangeHeader, InterchangeResult, SetResult, Unreadable
from gateway.x12.read import examine
from gateway.x12.tokens import Limits
from tests.unit.x12.samples import ORDER, VERSIONS, closed, group, interchange, order, pieces, read

CORPUS = sorted(
    path
    for path in (Path(__file__).parents[2] / "data" / "corpus").glob("*/*")
    if not path.name.startswith(("LICENSE", "README"))
)

NOTICE = [
    *("ST*856*0001", "BSN*00*SHIP1*20240131*1200*0001", "HL*1**S*1", "HL*2*1*O*1", "HL*3*2*P*1", "HL*4*3*I*0"),
    *("LIN**UP*012345678905", "SN1**4*EA", "CTT*4"),
]
PICTURE = [
    "ST*214*0001",
    "B10*PRO1001*SHIP1001*ABCD",
    "LX*1",
    "AT7*X1*NS***20240131*1200*ET",
    "EFI*99",
    "BIN*9*~*:SE*1~x",
]


def _in_records(data: bytes) -> bytes:
    return b"".join(data[at : at + 80] + b"\r\n" for at in range(0, len(data), 80))


SEEDS = [
    order(),
    _in_records(order()),
    _in_records(order(version="005010") + order()),
    interchange(group(closed(NOTICE), functional_id="SH")),
    interchange(group(closed(PICTURE), functional_id="QM")),
    order(version="005010"),
    interchange(group(closed(ORDER), closed(ORDER)), group(closed(ORDER), number="8"), end="~\r\n"),
    *(path.read_bytes() for path in CORPUS),
]

PARTS = [b"~", b"*", b":", b"^", b"ISA*", b"IEA*1*1~", b"GS*", b"GE*1*1~", b"ST*850*1~", b"SE*1*1~", b"\r\n", b"\x00"]
PARTS += [b"\xff", b"\xc3\xa9", b"9" * 40, b"N1*ST~", b"~~", b"\x1a", b"\xef\xbb\xbf", b"PO1~", b"TA1~"]
PARTS += [b"BIN*5*~", b"BDS*ASC*3*~~~~", b"HL*1*1*S~", b"LS*X~", b"LE*Y~", b"CTT*1*9~", b"~~~~~", b"ISA*00*", b"SE*"]

mutations = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 30), st.one_of(st.sampled_from(PARTS), st.binary(max_size=4))),
    min_size=1,
    max_size=8,
)


def _mutated(seed: bytes, changes: Sequence[tuple[int, int, bytes]]) -> bytes:
    for place, length, instead in changes:
        at = place % (len(seed) + 1)
        seed = seed[:at] + instead + seed[at + length :]
    return seed


def _hold(events: Sequence[Event]) -> None:
    """What must be so whatever the bytes were."""
    opened = False
    for event in events:
        if isinstance(event, InterchangeHeader):
            assert not opened
            opened = True
        elif isinstance(event, InterchangeResult):
            assert opened
            assert (event.status == "A") == (event.note == "000")
            opened = False
        elif isinstance(event, GroupResult):
            assert event.received == len(event.sets)
            assert event.accepted <= event.received
            assert event.status != "R" or event.accepted == 0
            assert (event.accepted == event.received) or event.status in "PR"
        elif isinstance(event, SetResult):
            assert event.status != "R" or event.findings
            assert all(len(finding.value) <= 99 for finding in event.findings)
        else:
            assert isinstance(event, Unreadable)
    assert not opened


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), mutations, st.integers(1, 200))
def test_mutated_interchanges_are_read_alike_in_any_pieces(
    seed: bytes, changes: list[tuple[int, int, bytes]], block: int
) -> None:
    data = _mutated(seed, changes)
    events = list(examine(data))
    again = list(examine(pieces(data), limits=Limits(block_bytes=block)))

    _hold(events)
    assert again == events


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", order()[:106], order()[:170]]))
def test_any_bytes_behind_any_beginning_are_read(data: bytes, start: bytes) -> None:
    events = list(examine(start + data))

    _hold(events)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_of_other_projects_are_read_whole_byte_by_byte_and_in_pieces(path: Path) -> None:
    events = read(path.read_bytes())

    _hold(events)
    assert events


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("aaronhuggins+node-x12/test__test-data__850.edi", "A"),
        ("apimeister+x12-types/test-data__004010_850.edi", "A"),
        ("olmelabs+EdiEngine/EdiEngine.Tests__TestData__850.OK.edi", "A"),
        ("olmelabs+EdiEngine/EdiEngine.Tests__TestData__850.Composite.SLN.OK.edi", "A"),
        ("hellooops+vscode-edi-support/docs__850-loop.edi", "R"),
        ("hellooops+vscode-edi-support/docs__diagnosctics.x12", "R"),
    ],
)
def test_orders_of_other_projects_are_accepted_when_they_are_good(name: str, statuses: str) -> None:
    data = (Path(__file__).parents[2] / "data" / "corpus" / name).read_bytes()
    events = list(examine(data))

    assert "".join(event.status for event in events if isinstance(event, SetResult)) == statuses


@pytest.mark.parametrize("version", VERSIONS)
def test_every_order_with_any_one_byte_changed_is_read(version: str) -> None:
    data = order(version=version)
    for at in range(len(data)):
        for byte in b"~*:^A9 \n\x00\xff":
            _hold(list(examine(data[:at] + bytes([byte]) + data[at + 1 :])))
