"""Commands that run set logging up for the whole process; the tests after them shall not log into a closed stream."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Logging as it was, whatever the command did to it."""
    settings, handlers = structlog.get_config(), list(logging.root.handlers)
    yield
    structlog.configure(**settings)
    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)
