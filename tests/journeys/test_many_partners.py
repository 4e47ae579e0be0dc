"""A VAN's folder and a partner's own server, in a real gateway: who a file is from is what its channel carries."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.ledger.events import TRANSMISSION_QUARANTINED
from tests.fakes.partner_server import PARTNER_KEY, Drive, partner_server
from tests.journeys.gateway_process import ROOT, Site, a_site, make_home
from tests.journeys.orders import order_file
from tests.journeys.reckoning import Books, read_books, settled

VAN = """\
door: folder
owner: onboarding
carries: [acme, bolt]
in: van/from
out: van/to
settle_seconds: 0
"""
SERVER = """\
door: sftp-client
owner: onboarding
carries: [acme]
host: 127.0.0.1
port: {port}
user: harborpine
password: file:secrets/acme-server.password
host_keys: ["{host_key}"]
networks: [127.0.0.0/8]
poll: {{folder: out, every_seconds: 1, settle_seconds: 0}}
"""
BOLT = (ROOT / "edi_samples/bolt/850-005010/plain/in.edi").read_bytes()
ACME = ["PO-000001-11", "PO-000004-11"]
FERNHILL = (ROOT / "edi_samples/fernhill/850-004010/stores/in.edi").read_bytes()


class Doors:
    """The VAN's folder, and the files of ACME's server."""

    def __init__(self, site: Site, drive: Drive) -> None:
        self.site, self.drive = site, drive
        self.inbox = site.home.folder / "folders" / "van" / "from"

    def drop(self, name: str, data: bytes) -> None:
        """Written under a temporary name, then renamed."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        part = self.inbox / f"{name}.part"
        part.write_bytes(data)
        part.rename(self.inbox / name)

    async def taken(self, files: int) -> Books:
        """What the store has once so many files came and all is settled."""
        async with asyncio.timeout(60):
            while len((await asyncio.to_thread(read_books, self.site)).transmissions) < files:
                await asyncio.sleep(0.05)
        await settled(self.site, 60)
        return await asyncio.to_thread(read_books, self.site)


@asynccontextmanager
async def doors(folder: Path) -> AsyncIterator[Doors]:
    async with partner_server(Drive()) as running:
        home = make_home(folder)
        key = PARTNER_KEY.export_public_key().decode().strip()
        channels = {"van-folder": VAN, "acme-server": SERVER.format(port=running.port, host_key=key)}
        for name, text in channels.items():
            (folder / "partners" / "channels" / f"{name}.yaml").write_text(text, "utf-8")
        (folder / "secrets" / "acme-server.password").write_text("pine-cone", "ascii")
        async with a_site(home) as site:
            await site.nodes[0].start()
            yield Doors(site, running.drive)


async def test_row_13_a_channel_brings_files_of_those_it_carries_and_of_nobody_else(tmp_path: Path) -> None:
    """A stranger's file, or one of a partner that comes elsewhere, is set aside, and nothing goes out for it."""
    async with doors(tmp_path) as at:
        at.drop("acme.edi", order_file(1).content)
        at.drop("bolt.edi", BOLT)
        at.drop("fernhill.edi", FERNHILL)
        at.drop("nobody.edi", order_file(2).content.replace(b"ACMERETAIL ", b"NOBODYATALL"))
        at.drop("inside.edi", order_file(3).content.replace(b"GS*PO*ACMERETAIL", b"GS*PO*NOBODYATALL"))
        at.drop("line\nbreak; rm -rf.edi", b"no EDI at all")
        at.drive.put("out/bolt.edi", BOLT, mtime=1)
        at.drive.put("out/acme.edi", order_file(4).content, mtime=2)
        books = await at.taken(8)

        found = {(row.channel, row.file_name): (row.state, row.id) for row in books.transmissions}
        aside = {key for key, (state, _) in found.items() if state == "quarantined"}
        told = {row.transmission_id for row in books.events if row.kind == TRANSMISSION_QUARANTINED}
        answers = {row.transmission_id for row in books.acknowledgements}
        assert aside == {("van-folder", "fernhill.edi"), ("van-folder", "nobody.edi"), ("acme-server", "bolt.edi")}
        assert {found[key][1] for key in aside} == told
        assert not {found[key][1] for key in aside} & answers
        assert sorted(order["business_number"] for order in at.site.erp.orders()) == ["B7750001", *ACME]


async def test_row_15_the_same_order_by_every_door_at_once_is_delivered_once(tmp_path: Path) -> None:
    """The same bytes are answered again; other bytes under the same control number are set aside."""
    file = order_file(1)
    async with doors(tmp_path) as at:
        for name in ("a.edi", "b.edi"):
            at.drop(name, file.content)
            at.drive.put(f"out/{name}", file.content, mtime=1)
        books = await at.taken(4)

        assert len(at.site.erp.orders()) == 1
        assert Counter(row.state for row in books.interchanges) == {"accepted": 1, "duplicate": 3}

        at.drop("a.edi", file.content.replace(b"*EA*", b"*CA*"))
        books = await at.taken(5)
        assert len(at.site.erp.orders()) == 1
        assert Counter(row.state for row in books.interchanges)["quarantined"] == 1
