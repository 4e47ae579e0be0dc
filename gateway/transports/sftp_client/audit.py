"""One audit line per operation at a partner's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from gateway.transports.sftp.names import escaped

log = structlog.get_logger("gateway.sftp-client")


@dataclass(slots=True)
class Line:
    """What the audit line of a running operation will say; the operation may set `size` and `result`."""

    size: int | None = None
    result: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Writes audit lines about one channel. Names are escaped, so that no server writes our log."""

    channel: str
    remote: str

    @contextmanager
    def operation(self, operation: str, name: bytes | str = "") -> Iterator[Line]:
        """Run one operation; its line is written at the end, whatever happens."""
        line = Line()
        try:
            yield line
        except Exception as error:
            self._write("warning", operation, name, line.size, f"failed: {type(error).__name__}: {error}")
            raise
        self._write("info", operation, name, line.size, line.result)

    def _write(self, level: str, operation: str, name: bytes | str, size: int | None, result: str) -> None:
        getattr(log, level)(
            "sftp-client",
            channel=self.channel,
            remote=self.remote,
            operation=operation,
            name=escaped(name),
            size=size,
            result=escaped(result),
        )
