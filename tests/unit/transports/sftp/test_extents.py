import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.sftp.extents import MOST_RUNS, Extents, TooScattered

actions = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 60), st.integers(0, 20)),
        st.tuples(st.just("cut"), st.integers(0, 60), st.just(0)),
    ),
    max_size=30,
)


@given(actions, st.integers(0, 10))
def test_runs_are_what_a_set_of_offsets_would_be(steps: list[tuple[str, int, int]], first: int) -> None:
    extents, model = Extents(first), set(range(first))
    for action, where, length in steps:
        if action == "add":
            extents.add(where, length)
            model |= set(range(where, where + length))
        else:
            extents.cut(where)
            model = {offset for offset in model if offset < where}

    assert extents.end == max(model, default=-1) + 1
    assert extents.prefix == next(offset for offset in range(100) if offset not in model)
    assert extents.whole(extents.end) == (extents.prefix == extents.end)


def test_a_file_of_a_thousand_islands_is_refused() -> None:
    extents = Extents()

    with pytest.raises(TooScattered):
        for piece in range(MOST_RUNS + 1):
            extents.add(piece * 2, 1)


def test_an_empty_file_is_whole() -> None:
    assert Extents().whole(0)
