"""What is said while running: structured lines on standard error, for people or for collectors."""

import logging
import sys
from collections.abc import Mapping

import structlog

from gateway.settings import LogLevel, Logs

LEVELS: Mapping[LogLevel, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(logs: Logs) -> None:
    """Set the process's logging up."""
    level = LEVELS[logs.log_level]
    # Data in log lines is somebody else's: the console form shows control characters escaped, JSON always does.
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if logs.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("asyncssh", "uvicorn.error", "dbos"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
