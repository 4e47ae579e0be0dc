"""Trying a read or a write again while disk or database refuse: a workflow that gives up is only found by the sweep."""

import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy.exc
import structlog

from gateway.errors import MachineError

log = structlog.get_logger("gateway.engine")
Value = TypeVar("Value")

MACHINE_TRIES = 8
"""Tries of one read or write while disk or database refuse: with back-off about a minute; then the sweep takes it
up.
"""

EFFECT_TRIES = 60
"""Tries of writing down what one of our systems answered: about a quarter of an hour. Who gives up posts it again."""


def persistently(action: Callable[[], Value], *, tries: int = MACHINE_TRIES) -> Value:
    """Run `action`, again with back-off while disk or database refuse. Raises the last error after `tries`."""
    for attempt in range(tries):
        try:
            return action()
        except (MachineError, sqlalchemy.exc.DBAPIError) as refused:
            if attempt == tries - 1:
                raise
            log.warning("machine.refused", attempt=attempt + 1, error=type(refused).__name__)
            time.sleep(min(15.0, 0.2 * 2**attempt))
    raise AssertionError("unreachable")
