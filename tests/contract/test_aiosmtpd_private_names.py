"""The mail door overrides names of aiosmtpd that are private there: another version has to be looked at first."""

import inspect
from importlib.metadata import version

from aiosmtpd.smtp import SMTP

from gateway.transports.mail.protocol import MailProtocol

OVERRIDDEN = (
    "_create_session",
    "_getaddr",
    "_set_post_data_state",
    "_timeout_cb",
    "connection_lost",
    "connection_made",
    "smtp_AUTH",
    "smtp_DATA",
    "smtp_EXPN",
    "smtp_HELP",
    "smtp_STARTTLS",
    "smtp_VRFY",
)
CALLED = ("_reset_timeout", "_set_rset_state", "push")


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("aiosmtpd") == "1.4.6"


def test_everything_that_we_override_or_call_is_there() -> None:
    assert [name for name in (*OVERRIDDEN, *CALLED) if not callable(getattr(SMTP, name, None))] == []
    assert [name for name in OVERRIDDEN if name not in vars(MailProtocol)] == []


def test_commands_are_still_read_and_dispatched_as_we_expect() -> None:
    source = inspect.getsource(SMTP)

    for piece in (
        "self._handler_coroutine.cancel()",
        "self._tls_protocol",
        "self.session.ssl is not None",
        "self.command_size_limits",
        "self._call_handler_hook('RCPT', address, rcpt_options)",
        "await self.handle_exception(error)",
    ):
        assert piece in source, piece


def test_no_command_is_answered_that_we_have_not_looked_at() -> None:
    known = {"AUTH", "DATA", "EHLO", "EXPN", "HELO", "HELP", "MAIL", "NOOP", "QUIT", "RCPT", "RSET", "STARTTLS", "VRFY"}

    assert {name.removeprefix("smtp_") for name in dir(SMTP) if name.startswith("smtp_")} == known
