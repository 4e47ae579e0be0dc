"""One audit line per operation, and the one place where an error becomes what the client is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import asyncssh
import structlog

from gateway.errors import GatewayError, MachineError, NotPermitted
from gateway.transports.sftp.names import BadName, NoSuchPlace, escaped

log = structlog.get_logger("gateway.sftp")

_ASKING: Final = frozenset({"stat", "setstat", "realpath"})


@dataclass(slots=True)
class Line:
    """What the audit line of a running operation will say; the operation may set `size` and `result`."""

    size: int | None = None
    result: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Writes audit lines for one user at one address."""

    user: str
    remote: str

    def line(
        self, operation: str, result: str, *, name: bytes | str = "", size: int | None = None, level: str = "info"
    ) -> None:
        """One line: names escaped, so that no partner writes our log."""
        getattr(log, level)(
            "sftp",
            user=escaped(self.user),
            remote=self.remote,
            operation=operation,
            name=escaped(name),
            size=size,
            result=result,
        )

    @contextmanager
    def operation(self, operation: str, name: bytes | str, *, level: str = "info") -> Iterator[Line]:
        """Run one operation: its line is written at the end, whatever happens, and errors leave as SFTPError."""
        line = Line()
        try:
            yield line
        except Exception as error:  # whatever it is, the client sees a neutral sentence
            told = for_client(error)
            if not isinstance(error, asyncssh.SFTPError | GatewayError | OSError | BadName | NoSuchPlace):
                log.exception("sftp operation failed", operation=operation, remote=self.remote)
            # Asking whether a name is there is no refusal; opening or listing what is not is worth a line.
            quiet = isinstance(told, asyncssh.SFTPNoSuchFile)
            missing = level if operation in _ASKING else "info"
            because = f": {type(error).__name__}" if not isinstance(error, asyncssh.SFTPError) else ""
            self.line(
                operation,
                f"refused: {told.reason}{because}",
                name=name,
                size=line.size,
                level=missing if quiet else "warning",
            )
            raise told from error
        self.line(operation, line.result, name=name, size=line.size, level=level)


def for_client(error: Exception) -> asyncssh.SFTPError:
    """What a client is told: our own sentences, never a Python text, a path of ours or a system message."""
    match error:
        case asyncssh.SFTPError():
            return error
        case BadName():
            return asyncssh.SFTPFailure(str(error))
        case NoSuchPlace():
            return asyncssh.SFTPNoSuchFile(str(error))
        case NotPermitted():
            return asyncssh.SFTPPermissionDenied(error.partner_sees)
        case GatewayError():
            return asyncssh.SFTPFailure(error.partner_sees)
        case OSError():
            return asyncssh.SFTPFailure(MachineError.partner_sees)
        case _:
            return asyncssh.SFTPFailure(GatewayError.partner_sees)
