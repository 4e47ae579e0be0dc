"""What our SFTP session takes from inside asyncssh. When one of these fails, a new asyncssh changed what we override:
read gateway/transports/sftp/session.py against its source before moving the pin.
"""

import inspect
from importlib.metadata import version

import asyncssh
import pytest
from asyncssh import auth, connection, constants, rsa, sftp, stream

from gateway.transports.sftp.mailbox import PartnerMailbox
from gateway.transports.sftp.session import REMOVED, MailboxHandler, MailboxSession
from gateway.transports.sftp.wire import TwoFactorConnection


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("asyncssh") == "2.24.1"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_cleanup", ["self", "exc"]),
        ("_process_packet", ["self", "pkttype", "pktid", "packet"]),
        ("_process_open", ["self", "packet"]),
        ("_process_opendir", ["self", "packet"]),
        ("_process_write", ["self", "packet"]),
        ("_process_limits", ["self", "packet"]),
        ("recv_packets", ["self"]),
        ("run", ["self"]),
    ],
)
def test_the_methods_we_override_or_call_are_there(name: str, parameters: list[str]) -> None:
    method = getattr(sftp.SFTPServerHandler, name)

    assert inspect.iscoroutinefunction(method)
    assert list(inspect.signature(method).parameters) == parameters


def test_the_handler_is_made_and_keeps_its_handles_as_we_think() -> None:
    made = inspect.getsource(sftp.SFTPServerHandler.__init__)

    assert list(inspect.signature(sftp.SFTPServerHandler.__init__).parameters) == [
        "self",
        "server",
        "reader",
        "writer",
        "sftp_version",
    ]
    assert "self._file_handles: Dict[bytes, object] = {}" in made
    assert "self._dir_handles: Dict[bytes, AsyncIterator[SFTPName]] = {}" in made


def test_cleanup_still_closes_what_is_open_which_is_why_we_empty_it_first() -> None:
    source = inspect.getsource(sftp.SFTPServerHandler._cleanup)

    assert "self._server.close(file_obj)" in source
    assert "self._file_handles.values()" in source


def test_packets_are_answered_one_after_the_other() -> None:
    assert "await self._process_packet(pkttype, pktid, packet)" in inspect.getsource(sftp.SFTPHandler.recv_packets)


def test_requests_are_dispatched_through_the_table_we_replace() -> None:
    assert "self._packet_handlers.get(handler_type)" in inspect.getsource(sftp.SFTPServerHandler._process_packet)
    assert set(sftp.SFTPServerHandler._packet_handlers) >= {
        constants.FXP_OPEN,
        constants.FXP_OPENDIR,
        constants.FXP_WRITE,
    }
    assert {MailboxHandler._packet_handlers[name] for name in REMOVED} == {MailboxHandler._process_removed}
    assert not REMOVED & {name for name, _ in MailboxHandler._extensions}


def test_every_extension_was_looked_at() -> None:
    assert {name for name, _ in sftp.SFTPServerHandler._extensions} - REMOVED == {
        b"newline",
        b"posix-rename@openssh.com",
        b"fsync@openssh.com",
        b"limits@openssh.com",
    }
    assert {kind for kind in MailboxHandler._packet_handlers if isinstance(kind, bytes)} - REMOVED == {
        b"posix-rename@openssh.com",
        b"fsync@openssh.com",
        b"limits@openssh.com",
    }


def test_a_session_of_our_own_class_is_used_as_it_is() -> None:
    opened = inspect.getsource(connection.SSHServerConnection._process_session_open)

    assert "self._owner.session_requested()" in opened
    assert "callable(result)" in opened
    assert not callable(MailboxSession.__new__(MailboxSession))
    assert list(inspect.signature(stream.SSHServerStreamSession.__init__).parameters)[:2] == ["self", "session_factory"]


def test_a_session_knows_its_channel_and_connection() -> None:
    made = inspect.getsource(stream.SSHStreamSession.connection_made)

    assert "self._chan = chan" in made
    assert "self._conn = chan.get_connection()" in made


def test_a_connection_keeps_its_transport_where_we_measure_it() -> None:
    assert "self._transport = cast(asyncio.Transport, transport)" in inspect.getsource(
        connection.SSHConnection.connection_made
    )


def test_the_user_name_is_set_before_auth_completed_is_called() -> None:
    source = inspect.getsource(connection.SSHConnection.send_userauth_success)

    assert 0 <= source.find("set_extra_info(username=") < source.find("auth_completed()")


def test_a_client_is_let_in_at_one_place_only_which_we_guard() -> None:
    source = inspect.getsource(connection)
    guarded = inspect.getsource(connection.SSHConnection.send_userauth_success)

    assert source.count("send_packet(MSG_USERAUTH_SUCCESS)") == guarded.count("send_packet(MSG_USERAUTH_SUCCESS)") == 1
    assert source.count("_auth_complete = True") == 2  # there, and where a client hears of it
    assert guarded.count("_auth_complete = True") == 1
    assert "send_userauth_success" in vars(TwoFactorConnection)
    assert "await self._conn.send_userauth_success()" in inspect.getsource(auth.ServerAuth.send_success)
    assert "self._method = method" in inspect.getsource(auth.ServerAuth.__init__)


def test_a_refusal_may_say_that_half_of_it_was_good() -> None:
    told = inspect.getsource(connection.SSHConnection.send_userauth_failure)

    assert list(inspect.signature(connection.SSHConnection.send_userauth_failure).parameters) == [
        "self",
        "partial_success",
    ]
    assert "Boolean(partial_success)" in told
    assert "get_supported_server_auth_methods" in told


def test_a_service_may_be_asked_for_again_while_a_client_signs_in() -> None:
    source = inspect.getsource(connection.SSHConnection._process_service_request)

    assert "if service != self._next_service:" in source
    assert connection._USERAUTH_SERVICE == b"ssh-userauth"
    assert "self._auth_in_progress = False" in inspect.getsource(connection.SSHConnection.send_userauth_success)
    assert (
        TwoFactorConnection._packet_handlers[constants.MSG_SERVICE_REQUEST]
        is TwoFactorConnection._process_service_request
    )
    assert {
        kind
        for kind, handle in TwoFactorConnection._packet_handlers.items()
        if asyncssh.SSHServerConnection._packet_handlers.get(kind) is not handle
    } == {constants.MSG_SERVICE_REQUEST}


def test_another_user_name_begins_the_sign_in_anew() -> None:
    source = inspect.getsource(connection.SSHConnection._process_userauth_request)

    assert "if username != self._username:" in source
    assert "begin_auth = True" in source


def test_a_connection_is_made_of_a_loop_and_options_and_takes_its_peer_from_the_transport() -> None:
    made = inspect.getsource(connection.SSHConnection.connection_made)

    assert list(inspect.signature(connection.SSHServerConnection.__init__).parameters)[:3] == [
        "self",
        "loop",
        "options",
    ]
    assert "SSHServerConnection(loop, new_options, acceptor, error_handler)" in inspect.getsource(asyncssh.listen)
    assert "transport.get_extra_info('peername')" in made


def test_a_key_object_may_narrow_its_own_signature_algorithms() -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    key.sig_algorithms = (b"rsa-sha2-512",)
    (pair,) = asyncssh.load_keypairs([key])

    assert pair.host_key_algorithms == (b"rsa-sha2-512",)
    assert b"ssh-rsa" in rsa.RSAKey.sig_algorithms


def test_no_operation_of_asyncssh_reaches_the_real_files() -> None:
    inherited = {name for name in vars(asyncssh.SFTPServer) if not name.startswith("_")} - set(vars(PartnerMailbox))

    assert inherited == {
        "channel",
        "connection",
        "env",
        "logger",
        "convert_attrs",
        "format_longname",  # text only
        "map_path",  # called by the operations we replaced
        "reverse_map_path",
        "lock",  # answer "not supported"
        "unlock",
    }
