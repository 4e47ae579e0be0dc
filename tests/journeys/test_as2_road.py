"""The whole road over AS2, in a real gateway: an order to the ERP, evidence for later, and nobody in another's name."""

import json
import random
import subprocess
import sys
from pathlib import Path

import aiohttp

from gateway.as2.headers import Headers
from gateway.as2.pack import Packed
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.source import Memory, whole
from tests.journeys.as2_partner import As2Keys, a_message, with_as2
from tests.journeys.gateway_process import ROOT, Site, a_site, make_home
from tests.journeys.orders import order_file
from tests.journeys.partner_clients import Partner, Yeses, post_all
from tests.journeys.reckoning import read_books, settled


async def sent(site: Site, keys: As2Keys, packed: Packed) -> tuple[Mdn, bytes]:
    """Post it; the receipt, and its bytes."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{site.nodes[0].as2_url}/as2", data=whole(packed.body), headers=packed.headers.fields) as answer,
    ):
        body = await answer.read()
        fields = Headers.of(answer.headers.items())
        return read_receipt(fields, Memory(body), trusted=[keys.ours.certificate]), body


def command(site: Site, *arguments: str) -> str:
    """What a command prints, in this home."""
    home = site.home.environment(site.erp.url)
    main = [sys.executable, "-c", "from gateway.cli.main import main; main()", *arguments]
    done = subprocess.run(main, env=home, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_an_order_by_as2_reaches_the_erp_and_is_kept_as_evidence(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    keys = with_as2(home)
    async with a_site(home) as site:
        await site.nodes[0].start()
        file = order_file(1)
        packed = a_message(keys, file.content, file.name)

        mdn, receipt = await sent(site, keys, packed)
        await settled(site, 30)

        assert mdn.disposition.is_good and mdn.signed_by is not None
        (order,) = site.erp.orders()
        (document,) = read_books(site).documents
        assert (order["business_number"], document.state) == (file.numbers[0], "delivered")
        sheet = command(site, "documents", "show", document.id, "--evidence", str(tmp_path / "evidence"))
        assert f"message      <{file.name}@acme.example> from AS2 name ACME AS2 to HARBORPINE" in sheet
        assert "signed with sha256 by" in sheet and "encrypted with aes256-cbc" in sheet
        assert "receipt      processed, given in the answer" in sheet
        written = {path.name.partition("-")[2]: path.read_bytes() for path in (tmp_path / "evidence").iterdir()}
        assert written["message.eml"].endswith(b"\r\n\r\n" + whole(packed.body))
        assert written["receipt.eml"].endswith(b"\r\n\r\n" + receipt)
        assert json.loads(command(site, "documents", "show", document.id, "--json"))["exchanged"]


async def test_row_13_a_document_of_another_partner_is_set_aside_and_never_answered(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    keys = with_as2(home)
    async with a_site(home) as site:
        await site.nodes[0].start()
        spoofed = order_file(1).content.replace(b"ZZ*ACMERETAIL     ", b"12*5550100000     ")

        mdn, _ = await sent(site, keys, a_message(keys, spoofed, "spoofed.edi"))
        await settled(site, 30)

        books = read_books(site)
        assert mdn.disposition.is_good  # the message was ACME's, and is stored; what it says is another matter
        assert [one.state for one in books.interchanges] == ["quarantined"]
        assert site.erp.orders() == books.documents == books.acknowledgements == []


async def test_row_15_the_same_file_by_two_doors_is_delivered_once(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    keys = with_as2(home)
    async with a_site(home) as site:
        await site.nodes[0].start()
        file = order_file(1)

        await sent(site, keys, a_message(keys, file.content, file.name))
        await settled(site, 30)
        await post_all(Partner(site, Yeses(), random.Random(3), 0.0), [file])
        await settled(site, 30)

        assert sorted(one.state for one in read_books(site).interchanges) == ["accepted", "duplicate"]
        assert len(site.erp.orders()) == 1


async def test_row_36_a_gateway_says_nothing_of_keys_or_passphrases(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    keys = with_as2(home)
    passphrase = (tmp_path / "secrets" / "keys.passphrase").read_text("ascii")
    async with a_site(home) as site:
        await site.nodes[0].start()
        await sent(site, keys, a_message(keys, order_file(1).content, "one.edi"))
        bad = a_message(keys, order_file(2).content, "two.edi")
        await sent(site, keys, Packed(headers=bad.headers, body=Memory(whole(bad.body)[:-7]), mics={}, mic=None))
        await settled(site, 30)

        said = site.logs()
        assert passphrase not in said and "PRIVATE KEY" not in said
