import pytest

from gateway.mapping import objects


@pytest.fixture(params=["the quick way", "the long way"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments are written from a template where they are usual, and the long way: both write the same."""
    if request.param == "the long way":
        monkeypatch.setattr(objects, "template_step", lambda unit, names, base: unit.general(names))
