"""Our SFTP client against servers that are not made for it: OpenSSH's, and our own mailbox."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncssh
import pytest

from gateway.transports.sftp_client import Pins, PollTerms, PushTerms, SftpSender, SignIn
from gateway.transports.sftp_client.errors import HostKeyChanged
from gateway.transports.sftp_client.line import connect
from tests.contract.test_sftp_client_push import DATA, Notes
from tests.contract.test_sftp_client_push import Bench as PushBench
from tests.fakes.openssh_server import OpenSshServer, found_sshd, openssh_server
from tests.fakes.partner_server import OUR_KEY, Drive
from tests.fakes.poll_bench import Bench, a_server
from tests.fakes.sftp_door import HOST_KEY, OTHER_KEY, SftpDoor, open_door

needs_sshd = pytest.mark.skipif(
    found_sshd() is None, reason="needs Debian's openssh-server (sshd), or GATEWAY_TEST_SSHD with its path"
)


@pytest.fixture
async def openssh() -> AsyncIterator[OpenSshServer]:
    async with openssh_server() as server:
        yield server


def bench_at(server: OpenSshServer, **terms: object) -> Bench:
    bench = Bench(Drive(), a_server(server.port), PollTerms(folder=f"{server.folder}/out", settle_seconds=0))
    bench.server.sign_in = SignIn(user=server.user, key=OUR_KEY)
    bench.again(**terms)
    return bench


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.write_bytes(data)
    if os.geteuid() == 0:
        os.chown(path, folder.stat().st_uid, folder.stat().st_gid)


@needs_sshd
@pytest.mark.parametrize(
    "terms",
    [{}, {"claim": "memory"}, {"after": "move"}, {"claim": "memory", "after": "leave"}],
    ids=["rename-delete", "memory-delete", "rename-move", "memory-leave"],
)
async def test_files_of_openssh_are_received_once(openssh: OpenSshServer, terms: dict[str, object]) -> None:
    if terms.get("after") == "move":
        terms = terms | {"move_to": f"{openssh.folder}/done"}
    bench = bench_at(openssh, **terms)
    bodies = {f"{number}.edi": bytes([number]) * 100_000 * number for number in range(1, 4)}
    for name, data in bodies.items():
        put(openssh.folder / "out", name, data)
    (openssh.folder / "out" / "link.edi").symlink_to("/etc/passwd")

    assert [await bench.look(), await bench.look()] == [3, 0]
    bench.again()
    assert await bench.look() == 0
    assert dict(bench.received()) == bodies
    left = {path.name for path in (openssh.folder / "out").iterdir()} - {"link.edi"}
    assert left == (set(bodies) if terms.get("after") == "leave" else set())
    assert len(list((openssh.folder / "done").iterdir())) == (3 if terms.get("after") == "move" else 0)


@needs_sshd
async def test_openssh_never_replaces_what_is_moved_beside(openssh: OpenSshServer) -> None:
    bench = bench_at(openssh, after="move", move_to=f"{openssh.folder}/done")
    for data in (b"ISA*1", b"ISA*2"):
        put(openssh.folder / "out", "a.edi", data)
        await bench.look()

    assert sorted(path.read_bytes() for path in (openssh.folder / "done").iterdir()) == [b"ISA*1", b"ISA*2"]


@needs_sshd
async def test_a_file_is_laid_at_openssh_once_and_replaces_nothing(openssh: OpenSshServer) -> None:
    bench = PushBench(Drive(), openssh.port)
    bench.server.sign_in = SignIn(user=openssh.user, key=OUR_KEY)
    terms = PushTerms(folder=f"{openssh.folder}/in", temporary_name=lambda name: f"{name}.part")
    bench.sender = SftpSender(bench.server, terms, blobs=bench.blobs, polls=bench.polls, receipts=bench.notes)
    first = await bench.send()
    again = await bench.send()
    other = await bench.send(bench.file(b"other"))
    await bench.sender.close()

    assert [one.kind for one in (first, again, other)] == ["carried", "carried", "refused"]
    assert {path.name: path.read_bytes() for path in (openssh.folder / "in").iterdir()} == {"invoice.edi": DATA}


@needs_sshd
async def test_where_openssh_forbids_renames_a_file_is_laid_under_its_final_name() -> None:
    async with openssh_server(forbidden="rename,posix-rename") as openssh:
        bench = PushBench(Drive(), openssh.port)
        bench.server.sign_in = SignIn(user=openssh.user, key=OUR_KEY)

        def sender(temporary_name: Callable[[str], str]) -> SftpSender:
            terms = PushTerms(folder=f"{openssh.folder}/in", temporary_name=temporary_name)
            return SftpSender(bench.server, terms, blobs=bench.blobs, polls=bench.polls, receipts=bench.notes)

        bench.sender = sender(lambda name: f"{name}.part")
        refused = await bench.send()
        await bench.sender.close()
        (openssh.folder / "in" / "invoice.edi.part").unlink()
        bench.sender = sender(lambda name: name)
        first = await bench.send()
        put(openssh.folder / "in", "invoice.edi", DATA[:100_000])  # as a cut leaves it
        cut = await bench.send()
        other = await bench.send(bench.file(b"other"))
        await bench.sender.close()

        assert [one.kind for one in (refused, first, cut, other)] == ["retry", "carried", "carried", "refused"]
        assert {path.name: path.read_bytes() for path in (openssh.folder / "in").iterdir()} == {"invoice.edi": DATA}


@needs_sshd
async def test_openssh_that_shows_a_key_of_another_kind_has_changed_its_key(openssh: OpenSshServer) -> None:
    server = a_server(openssh.port)
    server.pins = Pins((asyncssh.generate_private_key("ecdsa-sha2-nistp256"),))

    with pytest.raises(HostKeyChanged, match="shows the host key SHA256:"):
        await connect(server)


# ---------------------------------------------------------------------------------------------- our own mailbox


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    (tmp_path / "spool").mkdir()
    async with open_door(tmp_path / "spool") as door:
        yield door


def at_our_door(door: SftpDoor) -> Bench:
    bench = Bench(Drive(), a_server(door.port), PollTerms(folder="outbound", claim="memory", settle_seconds=0))
    bench.server.sign_in = SignIn(user="globex", key=OTHER_KEY)
    bench.server.pins = Pins((HOST_KEY,))
    return bench


async def test_our_client_fetches_from_our_own_mailbox_and_confirms_by_removing(door: SftpDoor) -> None:
    door.mailroom.put("globex-sftp", "outbound", "997.edi", b"ST*997" * 20_000)
    bench = at_our_door(door)

    assert [await bench.look(), await bench.look()] == [1, 0]
    assert bench.received() == [("997.edi", b"ST*997" * 20_000)]
    assert door.mailroom.entry("globex-sftp", "archive", "997.edi") is not None


async def test_our_client_lays_a_file_into_our_own_mailbox(door: SftpDoor) -> None:
    bench = at_our_door(door)
    push = PushBench(Drive(), door.port)
    terms = PushTerms(folder="inbound", temporary_name=lambda name: f"{name}.part")
    sender = SftpSender(bench.server, terms, blobs=push.blobs, polls=push.polls, receipts=Notes())
    carriage = await sender.send(push.file())
    await sender.close()
    await asyncio.sleep(0)

    assert carriage.kind == "carried"
    assert door.received() == [("globex-sftp", "invoice.edi", DATA)]
