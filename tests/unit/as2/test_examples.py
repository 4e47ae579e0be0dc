"""Messages and receipts as other products write them, set down by hand; names, keys and numbers are invented.

After the appendix of RFC 4130 and what is known of its readers: see the comments.
"""

import base64
from dataclasses import replace

import pytest

from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.sign import sign
from gateway.as2.headers import Headers
from gateway.as2.mic import Mic, digests, mics
from gateway.as2.mime import Entity
from gateway.as2.names import read_message_id, read_name
from gateway.as2.receipt import Sent, is_receipt, matches, read
from gateway.as2.request import read_features, read_request
from gateway.as2.source import Memory
from tests.unit.as2.messages import OPEN, ORDER, Partners, contents

BOUNDARY = b"----=_Part_7_1737873859.1439840866612"


def _crlf(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


def _headers(text: str) -> Headers:
    return Headers.of(tuple(part.strip() for part in line.split(":", 1)) for line in text.strip().splitlines())  # type: ignore[misc]


def _beside(content: bytes, partners: Partners, digest: str, head: bytes) -> bytes:
    """Content and signature as the parts of a multipart/signed."""
    made = digests([content], [digest])[digest]
    signature = sign(made, digest_name=digest, signer=partners.sender, allowed=frozenset({digest}), attributes=False)
    parts = (content, head + b"\r\n" + base64.encodebytes(signature).replace(b"\n", b"\r\n"))
    body = b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts)
    return b"\r\n" + body + b"--" + BOUNDARY + b"--\r\n"


def test_a_plain_order_with_a_receipt_in_the_answer(partners: Partners) -> None:
    """RFC 4130, A.1 without its signature: nothing but HTTP."""
    headers = _headers("""
Host: edi.northgate.example:4080
User-Agent: HarborPine AS2
Date: Sat, 21 Nov 2026 21:05:07 GMT
From: edi@harborpine.example
AS2-Version: 1.1
AS2-From: "\\"  as2Name  \\""
AS2-To: 0123456780000
Subject: Order file
Message-Id: <200611212105.AAA@harborpine.example>
Disposition-Notification-To: edi@harborpine.example
Disposition-Notification-Options: signed-receipt-protocol=optional,pkcs7-signature; signed-receipt-micalg=optional,sha1
Content-Type: Application/EDI-X12; name=order.edi
Content-Length: 112
""")

    opened = partners.unpack(Entity(headers, Memory(ORDER)))
    request = read_request(headers)

    assert contents(opened) == [ORDER]
    assert (opened.payloads[0].content_type, opened.payloads[0].file_name) == ("application/edi-x12", "order.edi")
    assert read_name(headers.single("AS2-From") or "") == '"  as2Name  "'
    assert request is not None
    assert opened.mic(request) == Mic(mics(digests([ORDER], ["sha1"]))["sha1"], "sha1", "sha1")


def test_a_signed_order_with_folded_fields_of_a_java_product(partners: Partners) -> None:
    """Names in lower case, `micalg=sha-1`, a boundary that needs quotes, fields of parts folded with a tab."""
    content = (
        _crlf("""
Content-Type: application/EDI-X12;
\tname="850 0001.edi"
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment;
\tfilename="850 0001.edi"

""")
        + ORDER
    )
    signature = _crlf("""
Content-Type: application/pkcs7-signature; name=smime.p7s; smime-type=signed-data
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="smime.p7s"
Content-Description: S/MIME Cryptographic Signature
""")
    headers = _headers(f"""
content-type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-1;\tboundary="{BOUNDARY.decode()}"
message-id: <HARBORPINE-21112026210507+0000-8636@HARBORPINE_North Gate>
as2-to: North Gate
disposition-notification-to: edi@harborpine.example
disposition-notification-options: signed-receipt-protocol=required,pkcs7-signature;signed-receipt-micalg=required,sha-1
recipient-address: http://edi.northgate.example:4080/as2
ediint-features: multiple-attachments, CEM
""")

    message = Entity(headers, Memory(_beside(content, partners, "sha1", signature)))
    opened = partners.unpack(message, replace(OPEN, require_signed=True, allowed=frozenset({"sha1"})))

    assert contents(opened) == [ORDER]
    assert opened.payloads[0].file_name == "850 0001.edi"
    assert opened.mic(read_request(headers)) == Mic(mics(digests([content], ["sha1"]))["sha1"], "sha1", "sha-1")
    assert read_name(headers.single("AS2-To") or "") == "North Gate"
    assert "North Gate" in read_message_id(headers.single("Message-ID") or "")
    assert "cem" in read_features(headers)


def test_a_signed_order_without_any_transfer_encoding_is_binary(partners: Partners) -> None:
    """Several products send so; bytes above 127 and bare line ends are content."""
    content = b"Content-Type: application/octet-stream\r\n\r\nISA\x00\xff\n\r\n\r~"
    headers = _headers(f'Content-Type: multipart/signed; micalg=SHA256; boundary="{BOUNDARY.decode()}"')
    signature = b"Content-Type: application/x-pkcs7-signature\r\n"

    opened = partners.unpack(Entity(headers, Memory(_beside(content, partners, "sha256", signature))))

    assert contents(opened) == [b"ISA\x00\xff\n\r\n\r~"]
    assert opened.mics["sha256"] == mics(digests([content], ["sha256"]))["sha256"]


def test_an_encrypted_order_with_a_receipt_later(partners: Partners) -> None:
    """RFC 4130, A.3: `name=` without quotes, and the media type of the nineties."""
    into = Memory()
    encrypt(Memory(b"Content-Type: text/plain\n\n" + ORDER), into, [partners.receiver.certificate])
    headers = _headers("""
Mime-Version: 1.0
Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data; name=smime.p7m
Content-Transfer-Encoding: binary
Content-Disposition: attachment; filename=smime.p7m
Disposition-Notification-To: http://edi.harborpine.example:8201/exchange/as2
Receipt-Delivery-Option: http://edi.harborpine.example:8201/exchange/as2
""")

    opened = partners.unpack(Entity(headers, into))
    request = read_request(headers)

    assert contents(opened) == [ORDER]
    assert request is not None
    assert (request.url, request.signed) == ("http://edi.harborpine.example:8201/exchange/as2", False)


SENT = Sent(message_id="<0001@northgate.example>", mics=mics(digests([ORDER], ["sha1", "sha256"])), signed=False)


@pytest.mark.parametrize(
    "notification",
    [
        """
Reporting-UA: AS2 Server; of 2009
Original-Recipient: rfc822; HARBORPINE
Final-Recipient: rfc822; HARBORPINE
Original-Message-ID: <0001@northgate.example>
Disposition: automatic-action/MDN-sent-automatically; processed
Received-Content-MIC: {sha1}, sha1

""",
        """
Reporting-UA: an integration server
Final-Recipient: rfc822;HARBORPINE
Original-Message-ID:<0001@northgate.example>
Received-content-MIC:{sha256},sha-256
Disposition:automatic-action/mdn-sent-automatically;processed
""",
        """
final-recipient: rfc822; edi@harborpine.example
original-message-id: 0001@northgate.example
disposition: Automatic-Action/MDN-Sent-Automatically; Processed/Warning: duplicate-document
received-content-mic: "{sha256}", "SHA256"
X-Received-By: node 3
""",
    ],
)  # fmt: skip
def test_receipts_of_other_products_confirm(notification: str) -> None:
    head = b"Content-Transfer-Encoding: 7bit\r\nContent-Type: "
    text = _crlf(notification.format(**SENT.mics))
    parts = (
        head + b"text/plain\r\n\r\nMDN for -\r\n",
        head + b"message/disposition-notification\r\n\r\n" + text,
    )
    body = b"".join(b"\r\n--" + BOUNDARY + b"\r\n" + part for part in parts) + b"\r\n--" + BOUNDARY + b"--\r\n"
    headers = _headers(f"""
Content-Type: multipart/report; Report-Type=disposition-notification; boundary="{BOUNDARY.decode()}"
AS2-From: HARBORPINE
""")

    assert is_receipt(headers, Memory(body))
    verdict = matches(read(headers, Memory(body), trusted=[]), SENT)
    assert verdict.outcome == "confirmed"


def test_an_error_page_instead_of_a_receipt_is_none() -> None:
    headers = _headers("Content-Type: text/html; charset=utf-8")

    assert not is_receipt(headers, Memory(b"<html>"))
