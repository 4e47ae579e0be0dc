"""What our SFTP client takes from inside asyncssh. When one of these fails, a new asyncssh changed it: read
gateway/transports/sftp_client/line.py against its source before moving the pin.
"""

import inspect

import pytest
from asyncssh import connection, sftp

from tests.fakes.partner_server import partner_server
from tests.fakes.poll_bench import a_server


def test_a_session_receives_by_the_method_that_we_put_a_bound_on() -> None:
    assert list(inspect.signature(sftp.SFTPHandler.recv_packet).parameters) == ["self"]
    assert "packet = await self.recv_packet()" in inspect.getsource(sftp.SFTPHandler.recv_packets)
    assert "await self._reader.readexactly(4)" in inspect.getsource(sftp.SFTPHandler.recv_packet)


def test_a_client_keeps_its_handler_where_we_look_for_it() -> None:
    assert "self._handler = handler" in inspect.getsource(sftp.SFTPClient.__init__)


def test_a_host_key_that_is_not_known_is_asked_about_and_an_empty_list_is_no_permission() -> None:
    source = inspect.getsource(connection.SSHClientConnection.validate_server_host_key)
    inner = inspect.getsource(connection.SSHConnection._validate_host_key)

    assert "_validate_host_key" in source
    assert "not self._owner.validate_host_public_key(host, addr" in inner
    assert "if self._trusted_host_keys is not None" in inner


def test_its_own_rename_is_that_of_version_3_which_replaces_nothing() -> None:
    source = inspect.getsource(sftp.SFTPClientHandler.rename)

    assert "if flags and self._supports_posix_rename" in source or "FXP_RENAME" in source


@pytest.mark.parametrize("name", ["open", "stat", "lstat", "remove", "rename", "scandir"])
def test_what_we_ask_for_is_there(name: str) -> None:
    assert callable(getattr(sftp.SFTPClient, name))


async def test_the_bound_is_on_the_session_that_was_opened() -> None:
    from gateway.transports.sftp_client.line import session

    async with partner_server() as running, session(a_server(running.port)) as line:
        assert line.client._handler.recv_packet.__qualname__.startswith("bound.")
        assert line.client.version == 3
