"""A partner who runs pyas2lib, a program of its own: it serves, or sends one message. Nothing of the gateway is in it.

    pyas2_peer.py serve FOLDER      prints its port; messages go to FOLDER/received, one JSON line for each on stdout
    pyas2_peer.py send FOLDER URL   reads FOLDER/payload; prints what it makes of the receipt as one JSON line

FOLDER/terms.json has names and options, FOLDER/own.pem its key with the certificate, FOLDER/other.pem the gateway's.
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from pyas2lib.as2 import Mdn, Message, Organization, Partner


def sides(folder: Path) -> tuple[dict[str, object], Organization, Partner]:
    """The terms, ourselves and the gateway, as pyas2lib has them."""
    terms = json.loads((folder / "terms.json").read_text())
    own, other = (folder / "own.pem").read_bytes(), (folder / "other.pem").read_bytes()
    organization = Organization(
        as2_name=terms["own"],
        sign_key=own,
        sign_key_pass="peer",
        decrypt_key=own,
        decrypt_key_pass="peer",
        mdn_url=terms.get("mdn_url"),
    )
    partner = Partner(as2_name=terms["other"], verify_cert=other, encrypt_cert=other, **terms.get("partner", {}))
    return terms, organization, partner


def told(said: object) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    """Takes messages."""

    folder: Path

    def do_POST(self) -> None:
        """One message: stored, answered at once or later."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        _, organization, partner = sides(self.folder)
        message = Message()
        status, problem, mdn = message.parse(
            head.encode() + b"\r\n" + body,
            find_org_cb=lambda name: organization if name == organization.as2_name else None,
            find_partner_cb=lambda name: partner if name == partner.as2_name else None,
        )
        content = message.payload.get_payload(decode=True) if message.payload is not None else b""
        said = {"status": status, "problem": repr(problem[0]) if problem and problem[0] else ""}
        said |= {"signed": message.signed, "encrypted": message.encrypted, "compressed": message.compressed}
        (self.folder / "received").write_bytes(content or b"")
        later = mdn is not None and mdn.mdn_mode == "ASYNC"
        answer = mdn.content if mdn is not None and not later else b""
        self.send_response(200)
        for name, value in (mdn.headers if mdn is not None and not later else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        told(said)
        if later:
            posted(mdn.mdn_url, mdn.headers, mdn.content)

    def log_message(self, *_: object) -> None:
        """Nothing but results on standard output."""


def posted(url: str, headers: dict[str, str], content: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer."""
    request = urllib.request.Request(url, data=content, headers=dict(headers), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        return head.encode(), answer.read()


def serve(folder: Path) -> None:
    """Until it is ended."""
    Handler.folder = folder
    server = HTTPServer(("127.0.0.1", 0), Handler)
    told(server.server_port)
    server.serve_forever()


def send(folder: Path, url: str) -> None:
    """One message."""
    terms, organization, partner = sides(folder)
    message = Message(sender=organization, receiver=partner)
    message.build(
        (folder / "payload").read_bytes(), filename="orders.edi", content_type="application/edi-x12",
        disposition_notification_to="edi@acme.example",
    )  # fmt: skip
    head, body = posted(url, message.headers, message.content)
    said = {"message_id": message.message_id, "answered": len(body)}
    if body and terms.get("partner", {}).get("mdn_mode") == "SYNC":
        status, detail = Mdn().parse(head + b"\r\n" + body, lambda _id, _who: message)
        said |= {"status": status, "detail": detail or ""}
    told(said)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]))
    else:
        send(Path(sys.argv[2]), sys.argv[3])
