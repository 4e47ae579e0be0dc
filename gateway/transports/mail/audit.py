"""One audit line per mail."""

import structlog

from gateway.transports.as2.audit import shown

log = structlog.get_logger("gateway.mail")


def line(operation: str, result: str, *, remote: str, level: str = "info", **about: object) -> None:
    """Say what came and what became of it; texts from outside escaped and cut, so that no partner writes our log."""
    getattr(log, level)(
        "mail",
        operation=operation,
        remote=shown(remote),
        result=shown(result),
        **{name: shown(value) if isinstance(value, str) else value for name, value in about.items()},
    )
