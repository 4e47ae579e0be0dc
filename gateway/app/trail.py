"""What people do to files instead of rows goes into the audit trail, too, where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from gateway.app.memory import compose_memory, existing
from gateway.errors import MachineError
from gateway.settings import Settings
from gateway.store import audit
from gateway.store.database import unfit


class Trail(Protocol):
    """Where acts are written down."""

    def __call__(self, verb: str, subjects: list[str], **detail: Any) -> bool:
        """Write one down. Returns False where there is no trail. Raises MachineError."""


@contextmanager
def trail(settings: Settings, who: str) -> Iterator[Trail]:
    """The trail of the database that the settings name. It is opened before anything is done: what cannot be written
    down is not done. Without a database, as where mappings are only written and tried, there is no trail.

    Raises MachineError when there is a database that cannot be reached, or needs migrating.
    """
    try:
        url = existing(settings.places.url)
    except MachineError:
        yield lambda verb, subjects, **detail: False
        return
    memory = compose_memory(url, settings.places.home, "command")
    try:
        at = memory.database.status()["at"]
        if not at:  # a file that no gateway has used yet
            yield lambda verb, subjects, **detail: False
            return
        if objection := unfit(at):
            raise MachineError(objection)

        def write(verb: str, subjects: list[str], **detail: Any) -> bool:
            audit.acted(memory.means, verb, subjects, who=who, **detail)
            return True

        yield write
    finally:
        memory.close()
