"""What holds for every test: the long ones run only when they are asked for."""

import gc

import pytest

from gateway.cli.main import UNHURRIED


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`, as `./test --long` gives it."""
    parser.addoption(
        "--long",
        action="store_true",
        default=False,
        help="also run what is marked long: kill loops, ten minutes of fuzzing, all mutants; they write docs/evidence/",
    )


def pytest_configure() -> None:
    """Garbage is looked for as rarely as in the gateway itself: modules and tests are alive to the end."""
    gc.set_threshold(*UNHURRIED)


def pytest_collection_finish() -> None:
    """What is loaded by now is not looked over again and again."""
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests say how they are run."""
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="takes minutes: run it with ./test --long")
    for item in items:
        if item.get_closest_marker("long") is not None:
            item.add_marker(skip)
