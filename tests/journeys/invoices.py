"""Invoices of ours for ACME, as an ERP posts them, and the agreements they go out by."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from tests.journeys.gateway_process import ROOT

BATCH = 10
"""Sets in one interchange of those in test; those in production travel alone."""

KEY = "opens-nothing-else-invoices"

MAPPINGS = ("x12/810", "x12/850", "acme/850")
"""Those that the agreements name, and what they extend."""

AGREEMENTS = {
    "killed-invoices": {"usage": "production"},
    "killed-tests": {"usage": "test", "batch": {"sets": str(BATCH)}},
}
"""One numbers many interchanges, the other many sets; both count GS06 together, for the pair is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One document to hand in, under its key."""

    number: str
    stage: str
    content: bytes

    @property
    def key(self) -> str:
        """Its Idempotency-Key."""
        return f"key-of-{self.number}"


def agree(home: Path) -> None:
    """Leave ACME alone in a home, with these agreements, and with the system of ours that may send."""
    partners = home / "partners"
    acme = partners / "acme.yaml"
    profile = yaml.safe_load(acme.read_text("utf-8"))
    common = {"direction": "outbound", "set": "810", "version": "004010", "mapping": "x12/810@1"}
    profile["agreements"]["orders"].pop("owes", None)
    profile["agreements"] = {"orders": profile["agreements"]["orders"]} | {
        name: {**common, "channel": "acme-sftp", **about} for name, about in AGREEMENTS.items()
    }
    _only_acme(partners)
    acme.write_text(yaml.safe_dump(profile), "utf-8")
    intake = partners / "intake" / "killed-erp.yaml"
    intake.parent.mkdir()
    intake.write_text("owner: tests\napi_key: file:secrets/killed-erp.key\nmay_send: [acme]\n", "utf-8")
    with os.fdopen(os.open(home / "secrets" / "killed-erp.key", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(KEY)
    for name in MAPPINGS:
        shutil.copytree(ROOT / "mappings" / name, home / "mappings" / name)


def _only_acme(partners: Path) -> None:
    """A start reads and checks everything there is: it must not take longer than what is looked at here."""
    for path in partners.glob("*.yaml"):
        if path.stem not in ("acme", "company"):
            path.unlink()
    for path in (partners / "channels").glob("*.yaml"):
        if path.stem not in ("acme-http", "acme-sftp"):
            path.unlink()
    for folder in ("guides", "intake"):
        shutil.rmtree(partners / folder, ignore_errors=True)


def invoices(count: int, random: Random) -> list[Invoice]:
    """Every third of them a test; every fifteenth too large for a row."""
    return [invoice(n, lines=900 if n % 15 == 0 else random.randint(1, 8)) for n in range(1, count + 1)]


def invoice(number: int, *, lines: int = 1) -> Invoice:
    """One invoice that adds up."""
    stage, name = ("test" if number % 3 == 0 else "production"), f"HP-{number:06}"
    body = {
        "invoice_number": name,
        "invoice_date": "2026-03-02",
        "po_number": f"PO-{number:06}",
        "lines": [
            {"number": str(n), "quantity": "2", "unit": "each", "price": "1.25", "vendor_sku": f"AB-{n}"}
            for n in range(1, lines + 1)
        ],
        "totals": {"amount": f"{lines * 5 // 2}.{'50' if lines % 2 else '00'}"},
    }
    agreement = "killed-tests" if stage == "test" else "killed-invoices"
    posted = {"schema": "invoice.v1", "partner": "acme", "stage": stage, "agreement": agreement, "body": body}
    return Invoice(number=name, stage=stage, content=json.dumps(posted).encode())
