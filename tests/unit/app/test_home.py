"""A home belongs to one process."""

from pathlib import Path

import pytest

from gateway.app.home import alone_in
from gateway.errors import MachineError


def test_a_second_gateway_in_the_same_home_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(MachineError, match="another gateway runs in this home"),
        alone_in(tmp_path),
    ):
        pass

    with alone_in(tmp_path):
        pass
