"""A partner's server that means ill, or is broken: nothing of it gets further than its own channel.

Rows 29 and 34 of the threat model: names that are paths, listings and files without end, sizes that are lies, silence,
host keys that change, names that lead into our own network.
"""

import asyncio
import ipaddress
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import cast

import asyncssh
import pytest
import structlog

from gateway.transports.sftp_client import Limits, PartnerServer, Pins, PollTerms, SignIn
from gateway.transports.sftp_client.addresses import addresses_of, may_be_reached
from gateway.transports.sftp_client.errors import HostKeyChanged, LineLost, NotReached
from gateway.transports.sftp_client.host import fingerprint_of
from gateway.transports.sftp_client.line import _options, connect, session
from gateway.transports.sftp_client.listing import listing
from tests.fakes.partner_server import (
    OTHER_PARTNER_KEY,
    OUR_KEY,
    PARTNER_KEY,
    Kept,
    RunningServer,
    named,
    partner_server,
)
from tests.fakes.poll_bench import Bench, a_server

QUICK = Limits(step_seconds=0.5, listing_seconds=1.0, connect_seconds=2.0, login_seconds=2.0, grace_seconds=2.0)


@pytest.fixture
async def running() -> AsyncIterator[RunningServer]:
    async with partner_server() as server:
        yield server


@pytest.fixture
async def bench(running: RunningServer) -> Bench:
    return Bench(running.drive, a_server(running.port, QUICK), PollTerms(folder="out", settle_seconds=0))


# ---------------------------------------------------------------------------------------------- names


NAMES = [
    b"../x",
    b"a/b",
    b"/etc/passwd",
    b"..",
    b".",
    b"",
    b"nul\0.edi",
    b"line\nbreak.edi",
    b"esc\x1b[2J.edi",
    "right\u202eto-left.edi".encode(),
    b"back\\slash.edi",
    b"not-utf-8-\xff.edi",
    b"x" * 300,
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
async def test_a_name_that_is_no_plain_name_is_never_asked_for(bench: Bench, name: bytes) -> None:
    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        yield named(name)
        yield named("good.edi")

    bench.drive.names = names
    bench.drive.put("out/good.edi", b"ISA*00", mtime=1)
    assert await bench.look() == 1

    assert bench.received() == [("good.edi", b"ISA*00")]
    assert bench.drive.operations("missing") == []
    assert {path for _, path in bench.drive.operations("open", "rename", "remove")} == {
        "out/good.edi",
        "out/good.edi.taken",
    }
    assert all("\n" not in told and "\x1b" not in told for told, _ in bench.polls.told) or len(bench.polls.told) == 1


async def test_a_million_names_are_looked_at_up_to_the_cap_and_somebody_is_told(bench: Bench) -> None:
    sent = 0

    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        nonlocal sent
        for number in range(1_000_000):
            sent += 1
            yield named(f"{number:07}.txt")

    bench.drive.names = names
    bench.again(takes=lambda name: name.endswith(".edi"))
    bench.server.limits = replace(QUICK, listing_seconds=20.0)
    assert await bench.look() == 0

    assert sent < 11_000
    assert bench.polls.told == [(".", "the folder shows more than 10000 names")]


async def test_names_that_are_long_and_many_cost_no_memory(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand names of 30 KB, twice each as a server may tell them, would be 600 MB. Five hundred are 30 MB."""
    monkeypatch.setattr(asyncssh.sftp, "_MAX_READDIR_NAMES", 8)
    bench.server.limits = replace(QUICK, listing_seconds=60.0, step_seconds=30.0, names=500)

    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        for number in range(500):
            yield named(b"\x1b%05d" % number + b"x" * 30_000)

    bench.drive.names = names
    async with session(bench.server) as line:
        tracemalloc.start()
        shown = await listing(line, "out")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert most < 8_000_000
    assert (shown.names, len(shown.odd)) == (500, 500)
    assert max(len(name) for name in shown.odd) <= 200


async def test_a_partner_does_not_fill_our_events_with_names(bench: Bench) -> None:
    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        for number in range(2_000):
            yield named(b"\x1b%05d" % number)
        yield named("good.edi")

    bench.drive.names = names
    bench.drive.put("out/good.edi", b"ISA*00", mtime=1)
    bench.server.limits = replace(QUICK, listing_seconds=60.0)
    assert await bench.look() == 1
    first = len(bench.polls.told)
    await bench.look()

    assert (first, len(bench.polls.told)) == (21, 21)
    assert bench.polls.told[-1] == ("./*", "more than 20 files stay there: of the others nobody is told")


async def test_a_folder_that_shows_too_much_is_told_of_once(bench: Bench) -> None:
    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        for number in range(50):
            yield named(f"{number}.txt")

    bench.drive.names = names
    bench.again(takes=lambda name: name.endswith(".edi"))
    bench.server.limits = replace(QUICK, names=10)
    for _ in range(3):
        await bench.look()

    assert bench.polls.told == [(".", "the folder shows more than 10 names")]


async def test_a_listing_without_end_ends_by_the_clock(bench: Bench) -> None:
    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        while True:
            await asyncio.sleep(0.02)
            yield named(".")

    bench.drive.names = names
    began = time.monotonic()
    with pytest.raises(LineLost):
        await bench.look()

    assert time.monotonic() - began < 5


async def test_one_answer_of_many_megabytes_is_not_taken_apart(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncssh.sftp, "_MAX_READDIR_NAMES", 60_000)

    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        for number in range(60_000):
            yield named(f"{number:07}.edi")

    bench.drive.names = names
    bench.server.limits = replace(QUICK, listing_seconds=20.0)
    with pytest.raises(LineLost, match="answer of"):
        await bench.look()


async def test_links_and_folders_are_not_followed(bench: Bench) -> None:
    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        yield named("link.edi", mode=0o120777)
        yield named("folder.edi", mode=0o040755)
        yield named("device.edi", mode=0o020644)

    bench.drive.names = names
    assert await bench.look() == 0
    assert bench.drive.operations("open", "rename", "remove", "lstat") == []


# ---------------------------------------------------------------------------------------------- bytes


async def test_a_file_without_end_is_cut_at_the_size_it_was_listed_with(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"x" * 1000)
    bench.drive.endless = True
    assert await bench.look() == 0

    assert bench.received() == []
    assert bench.polls.told == [("a.edi.taken", "has more than the 1000 bytes it was listed with")]


@pytest.mark.parametrize("lie", [1, 99, 101, 10_000_000])
async def test_a_size_that_is_a_lie_takes_nothing(bench: Bench, lie: int) -> None:
    bench.drive.put("out/a.edi", b"x" * 100)
    bench.drive.sizes = {"out/a.edi": lie, "out/a.edi.taken": lie}
    assert await bench.look() == 0

    assert (bench.received(), len(bench.polls.told), bench.blobs.open) == ([], 1, set())


async def test_a_hole_in_the_middle_is_no_file_with_zeros(bench: Bench) -> None:
    """asyncssh's own reading at once would give it back with zeros in its place."""
    bench.drive.put("out/a.edi", b"x" * 300_000)
    kept = bench.drive.files["out/a.edi"]

    class Holed(bytes):
        def __getitem__(self, part: object) -> bytes:
            assert isinstance(part, slice)
            return b"" if part.start == 65_536 else bytes.__getitem__(self, part)

    kept.data = Holed(kept.data)
    assert await bench.look() == 0
    assert (bench.received(), [why for _, why in bench.polls.told]) == ([], ["ends after 65536 bytes of 300000"])


async def test_short_answers_are_put_together(bench: Bench) -> None:
    data = bytes(range(256)) * 600

    class Short(bytes):
        def __getitem__(self, part: object) -> bytes:
            assert isinstance(part, slice)
            return bytes.__getitem__(self, slice(part.start, min(part.stop, part.start + 7_000)))

    bench.drive.files["out/a.edi"] = Kept(Short(data))
    assert await bench.look() == 1
    assert bench.received() == [("a.edi", data)]


@pytest.mark.parametrize("where", ["list", "rename", "open", "fstat", "read", "lstat", "remove"])
async def test_silence_at_any_step_ends_in_time_and_loses_nothing(bench: Bench, where: str) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")

    async def stall(_: str) -> None:
        await asyncio.sleep(3600)

    bench.drive.hooks[where] = lambda path: stall(path)
    began = time.monotonic()
    with pytest.raises(LineLost, match="no answer in time"):
        await bench.look()
    took = time.monotonic() - began
    del bench.drive.hooks[where]
    bench.server.limits = Limits()
    await bench.look()

    assert took < 5
    assert bench.received() == [("a.edi", b"ISA*a")]
    assert bench.blobs.open == set()


async def test_a_server_that_accepts_and_says_nothing_is_left(bench: Bench) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    bench.server.port = silent.sockets[0].getsockname()[1]
    began = time.monotonic()
    with pytest.raises(NotReached):
        await bench.look()
    silent.close()

    assert time.monotonic() - began < 6


# ---------------------------------------------------------------------------------------------- who it is


async def test_another_host_key_stops_the_channel_before_anything_of_ours_is_sent(bench: Bench) -> None:
    tried: list[str] = []
    async with partner_server(keys=[OTHER_PARTNER_KEY]) as stranger:
        stranger.drive.hooks["list"] = tried.append
        bench.server.port = stranger.port
        await bench.poller.run()

        assert (tried, stranger.drive.done) == ([], [])
    assert [look.state for look in bench.polls.looks] == ["stopped"]
    assert fingerprint_of(OTHER_PARTNER_KEY) in bench.polls.looks[0].reason
    assert bench.server.stopped
    assert bench.poller.failures == 1


async def test_a_channel_that_was_stopped_is_not_looked_into_again(bench: Bench, running: RunningServer) -> None:
    bench.server.stopped = "shows another host key"
    await bench.poller.run()

    assert running.drive.done == []


async def test_old_and_new_host_key_are_known_while_the_partner_changes_them() -> None:
    for key in (PARTNER_KEY, OTHER_PARTNER_KEY):
        async with partner_server(keys=[key]) as running:
            server = a_server(running.port)
            server.pins = Pins((PARTNER_KEY, OTHER_PARTNER_KEY))
            async with session(server) as line:
                assert line.usable


async def test_a_fingerprint_is_a_pin_as_good_as_a_key(running: RunningServer) -> None:
    server = a_server(running.port)
    server.pins = Pins((), (fingerprint_of(PARTNER_KEY),))
    async with session(server) as line:
        assert line.usable
    server.pins = Pins((), (fingerprint_of(OTHER_PARTNER_KEY),))
    with pytest.raises(HostKeyChanged):
        await connect(server)


async def test_a_server_with_several_keys_is_asked_for_the_one_that_is_pinned() -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with partner_server(keys=[PARTNER_KEY, rsa]) as running:
        server = a_server(running.port)
        server.pins = Pins((rsa,))
        async with session(server) as line:
            assert line.usable


async def test_a_server_whose_key_is_of_another_kind_now_is_one_whose_key_has_changed(bench: Bench) -> None:
    """Asked for the pinned kind alone, OpenSSH cuts the connection: nobody could tell that from a broken line."""
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with partner_server(keys=[rsa]) as stranger:
        bench.server.port = stranger.port
        with pytest.raises(HostKeyChanged, match="shows the host key SHA256:"):
            await connect(bench.server)

        assert stranger.drive.done == []


async def test_a_known_hosts_file_of_the_machine_changes_nothing(
    running: RunningServer, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    home = Path(str(tmp_path))
    (home / ".ssh").mkdir()
    line = f"[127.0.0.1]:{running.port} {PARTNER_KEY.export_public_key().decode()}"
    (home / ".ssh" / "known_hosts").write_text(line)
    monkeypatch.setenv("HOME", str(home))
    server = a_server(running.port)
    server.pins = Pins((OTHER_PARTNER_KEY,))

    with pytest.raises((HostKeyChanged, NotReached)):
        await connect(server)


async def test_who_is_not_let_in_is_told_so_and_tries_later(running: RunningServer) -> None:
    server = a_server(running.port)
    server.sign_in = SignIn(user="harborpine", password="wrong")
    with pytest.raises(NotReached, match="does not let harborpine in"):
        await connect(server)
    server.sign_in = SignIn(user="harborpine", password="pine-cone")
    async with session(server) as line:
        assert line.usable
    assert "pine-cone" not in repr(server)


# ---------------------------------------------------------------------------------------------- where it leads


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_only_reached_when_it_is_configured(address: str) -> None:
    assert not may_be_reached(address, ())


@pytest.mark.parametrize("address", ["198.41.0.4", "2001:500:2::c", "::ffff:198.41.0.4", "64:ff9b::c629:4"])
def test_a_public_address_is_reached(address: str) -> None:
    assert may_be_reached(address, ())


def test_a_configured_network_is_reached_and_no_other() -> None:
    ours = (ipaddress.ip_network("10.1.0.0/16"),)

    assert may_be_reached("10.1.200.3", ours)
    assert may_be_reached("::ffff:10.1.200.3", ours)
    assert not may_be_reached("10.2.0.1", ours)


async def test_a_name_that_leads_into_our_network_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _answers("169.254.169.254", "10.0.0.5"))
    with pytest.raises(NotReached, match=r"leads to 169\.254\.169\.254, 10\.0\.0\.5, which is not public"):
        await addresses_of("sftp.acme.example", 22, (), 1.0)


async def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_connected_to(
    running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    original = loop.getaddrinfo

    async def rebinding(host: str, port: object, **more: object) -> object:
        asked.append(host)
        if host == "sftp.acme.example":
            if len(asked) > 1:
                raise AssertionError("asked a second time")
            return await original("127.0.0.1", port, **more)  # type: ignore[arg-type]
        return await original(host, port, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    server = a_server(running.port)
    server.host = "sftp.acme.example"
    async with session(server) as line:
        assert line.usable
    assert asked.count("sftp.acme.example") == 1


async def test_without_the_network_in_the_channel_nothing_is_sent_to_loopback(running: RunningServer) -> None:
    server: PartnerServer = a_server(running.port)
    server.networks = ()
    with pytest.raises(NotReached, match="not public"):
        await connect(server)
    assert running.drive.connections == []


def _answers(*addresses: str) -> Callable[..., object]:
    async def answer(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (one, port)) for one in addresses]

    return answer


def test_our_key_is_not_shown_with_the_server() -> None:
    assert OUR_KEY.export_private_key().decode()[40:80] not in repr(a_server(22))


# ---------------------------------------------------------------------------------------------- secrets, and protocol


async def test_no_log_of_any_level_and_no_reason_holds_a_password_or_our_key(
    running: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    asyncssh.set_debug_level(2)
    private = OUR_KEY.export_private_key().decode().splitlines()[1]
    bench = Bench(running.drive, a_server(running.port, QUICK), PollTerms(folder="out", settle_seconds=0))
    bench.drive.put("out/a.edi", b"ISA*a")
    reasons = ""
    try:
        with structlog.testing.capture_logs() as lines:
            for own in (
                SignIn(user="harborpine", password="pine-cone"),
                SignIn(user="harborpine", password="hunter2-is-wrong"),
                SignIn(user="harborpine", key=OUR_KEY, password="hunter2-is-wrong"),
            ):
                bench.server.sign_in = own
                try:
                    await bench.look()
                except NotReached as refused:
                    reasons += str(refused)
    finally:
        asyncssh.set_debug_level(1)

    told = caplog.text + repr(lines) + reasons + repr(bench.polls.looks) + repr(bench.server)
    assert "does not let harborpine in" in told
    assert [word for word in ("pine-cone", "hunter2-is-wrong", private) if word in told] == []


async def test_what_we_offer_leaves_nothing_to_terrapin_and_nothing_weak(bench: Bench) -> None:
    """CVE-2023-48795 needs ChaCha20-Poly1305, or CBC with a MAC over the ciphertext."""
    options = _options(bench.server)
    offered = [
        name for kind in ("encryption_algs", "mac_algs", "kex_algs") for name in cast("list[str]", options[kind])
    ]
    hosts = cast("list[str]", options["server_host_key_algs"])

    assert [name for name in offered if "chacha" in name or "cbc" in name or "sha1" in name or "md5" in name] == []
    assert "ssh-rsa" not in hosts and "ssh-dss" not in hosts
    assert tuple(int(part) for part in asyncssh.__version__.split(".")[:3]) >= (2, 24, 1)


# ---------------------------------------------------------------------------------------------- others meanwhile


@pytest.mark.parametrize("attack", ["a million names", "silence", "a file without end", "another host key"])
async def test_other_partners_servers_are_looked_into_meanwhile(bench: Bench, attack: str) -> None:
    """Each of their looks has to end within three seconds on a busy machine; undisturbed it takes milliseconds."""

    async def names() -> AsyncIterator[asyncssh.SFTPName]:
        for number in range(1_000_000):
            yield named(f"\x1b{number:07}.edi")

    bench.server.limits = replace(QUICK, listing_seconds=5.0, step_seconds=3.0)
    bench.drive.put("out/a.edi", b"x" * 1_000_000)
    if attack == "a million names":
        bench.drive.names = names
    elif attack == "silence":
        bench.drive.hooks["list"] = lambda _: asyncio.sleep(3600)
    elif attack == "a file without end":
        bench.drive.endless = True
    else:
        bench.server.pins = Pins((OTHER_PARTNER_KEY,))
    evil, slowest = asyncio.create_task(bench.poller.run()), 0.0
    async with partner_server() as other:
        good = Bench(other.drive, a_server(other.port), PollTerms(folder="out", settle_seconds=0))
        for number in range(20):
            other.drive.put(f"out/{number}.edi", b"ISA*%d" % number)
            began = time.monotonic()
            assert await good.look() == 1
            slowest = max(slowest, time.monotonic() - began)
    evil.cancel()
    await asyncio.gather(evil, return_exceptions=True)

    assert slowest < 3.0
    assert (len(good.received()), bench.received()) == (20, [])
