"""One audit line per request."""

import structlog

log = structlog.get_logger("gateway.as2")

_MOST = 200


def line(operation: str, result: str, *, remote: str, level: str = "info", **about: object) -> None:
    """Say what came and what became of it; texts from outside escaped and cut, so that no partner writes our log."""
    getattr(log, level)(
        "as2",
        operation=operation,
        remote=shown(remote),
        result=shown(result),
        **{name: shown(value) if isinstance(value, str) else value for name, value in about.items()},
    )


def shown(text: str) -> str:
    """Printable ASCII of it, at most some 200 characters."""
    escaped = text.encode("unicode_escape").decode("ascii")
    return escaped if len(escaped) <= _MOST else f"{escaped[:_MOST]}..."
