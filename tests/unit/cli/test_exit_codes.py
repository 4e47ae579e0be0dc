"""Exit 0 good, 1 findings, 2 usage, 3 environment: held for every command there is.

What runs until it is stopped (`serve`, `up`, `sandbox`) ends with 0 in `tests/integration/test_commands_that_run.py`,
and `demo` with 0 and 1 in `tests/journeys/test_demo.py`.
"""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.store.database import open_database
from tests.unit.cli.tree import leaves

ROOT = Path(__file__).parents[3]
ORDER = str(ROOT / "mappings" / "acme" / "850" / "fixtures" / "store-quantities.json")
GOOD = str(ROOT / "edi_samples/acme/850-004010/plain/in.edi")
BAD = str(ROOT / "edi_samples/acme/850-004010/three-sets-one-bad/in.edi")
COUNT = str(ROOT / "edi_samples/acme/850-004010/wrong-count/in.edi")
NO_X12 = str(ROOT / "README.md")
WHY = ("--reason", "looked at")
ROW = ("sku", "AB-100", "HP-7710")

OUTCOMES: tuple[tuple[int, tuple[str, ...], dict[str, str]], ...] = (
    (0, ("x12", "check", GOOD), {}),
    (1, ("x12", "check", BAD), {}),
    (1, ("x12", "check", NO_X12), {}),
    (2, ("x12", "check", "nowhere.edi"), {}),
    (2, ("x12", "check"), {}),
    (0, ("x12", "explain", GOOD), {}),
    (1, ("x12", "explain", BAD), {}),
    (2, ("x12", "explain", "nowhere.edi"), {}),
    (2, ("x12", "explain", GOOD, "--set", "2"), {}),
    (0, ("x12", "ack", GOOD), {}),
    (1, ("x12", "ack", BAD), {}),
    (2, ("x12", "ack", GOOD, "--now", "noon"), {}),
    (0, ("x12", "rewrite", GOOD, "--delimiters", "|>~^", "--out", "new.edi"), {}),
    (1, ("x12", "rewrite", COUNT, "--out", "new.edi"), {}),
    (1, ("x12", "rewrite", GOOD, "--delimiters", "-:~", "--out", "new.edi"), {}),
    (2, ("x12", "rewrite", GOOD, "--delimiters", "*", "--out", "new.edi"), {}),
    (2, ("x12", "rewrite", "nowhere.edi", "--out", "new.edi"), {}),
    (2, ("x12", "rewrite", GOOD, "--out", "nowhere/new.edi"), {}),
    (0, ("x12", "stats", GOOD, BAD), {}),
    (1, ("x12", "stats", "broken"), {}),
    (2, ("x12", "stats", "nowhere.edi"), {}),
    (0, ("x12", "check", GOOD, "--partner", "acme"), {}),
    (1, ("x12", "check", GOOD, "--partner", "bolt"), {}),
    (2, ("x12", "check", GOOD, "--partner", "nobody"), {}),
    (2, ("x12", "check", GOOD, "--partner", "acme", "--partners", "nowhere"), {}),
    (3, ("x12", "check", GOOD, "--partner", "acme"), {"PARTNERS_DIR": "nowhere"}),
    (0, ("x12", "guide", "850", "004010", "--partner", "acme"), {}),
    (0, ("x12", "guide", "850", "004010VICS"), {}),
    (0, ("x12", "guide", "850", "005010", "--partner", "bolt", "--out", "new.txt"), {}),
    (2, ("x12", "guide", "850", "003060"), {}),
    (2, ("x12", "guide", "999", "004010"), {}),
    (2, ("x12", "guide", "850", "004010", "--partner", "bolt"), {}),
    (2, ("x12", "guide", "850", "004010", "--json", "--html"), {}),
    (3, ("x12", "guide", "850", "004010", "--partner", "acme"), {"PARTNERS_DIR": "nowhere"}),
    (2, ("x12", "guide", "850", "004010", "--out", "nowhere/new.html"), {}),
    (0, ("mapping", "check", "acme/850"), {}),
    (0, ("mapping", "check"), {"MAPPINGS_DIR": "empty"}),
    (1, ("mapping", "check"), {"MAPPINGS_DIR": "broken"}),
    (2, ("mapping", "check", "acme/580"), {}),
    (2, ("mapping", "check", "--mappings", "nowhere"), {}),
    (3, ("mapping", "check"), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("mapping", "read", "acme/850", GOOD), {}),
    (1, ("mapping", "read", "acme/850", BAD), {}),
    (1, ("mapping", "read", "acme/850", NO_X12), {}),
    (2, ("mapping", "read", "acme/850", "nowhere.edi"), {}),
    (3, ("mapping", "read", "acme/850", GOOD), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("mapping", "write", "acme/850", ORDER), {}),
    (1, ("mapping", "write", "acme/850", GOOD), {}),
    (1, ("mapping", "write", "bolt/850", ORDER), {}),
    (2, ("mapping", "write", "acme/850", "nowhere.json"), {}),
    (2, ("mapping", "write", "acme/850", ORDER, "--version", "005010"), {}),
    (3, ("mapping", "write", "acme/850", ORDER), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("mapping", "explain", "acme/850"), {}),
    (2, ("mapping", "explain", "nobody/850"), {}),
    (3, ("mapping", "explain", "acme/850"), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("mapping", "test", "acme/850"), {}),
    (1, ("mapping", "test"), {"MAPPINGS_DIR": "broken"}),
    (2, ("mapping", "test", "acme/580"), {}),
    (3, ("mapping", "test"), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("mapping", "diff", "x12/850", "acme/850"), {}),
    (1, ("mapping", "diff", "acme/850", "acme/850"), {"MAPPINGS_DIR": "broken"}),
    (2, ("mapping", "diff", "acme/850", "acme/580"), {}),
    (2, ("mapping", "diff", "acme/850"), {}),
    (3, ("mapping", "diff", "x12/850", "acme/850"), {"MAPPINGS_DIR": "nowhere"}),
    (1, ("mapping", "release", "acme/850@1"), {"MAPPINGS_DIR": "broken"}),
    (2, ("mapping", "release", "acme/850"), {}),
    (2, ("mapping", "release"), {}),
    (3, ("mapping", "release", "acme/850@1"), {"MAPPINGS_DIR": "nowhere"}),
    (0, ("partner", "check"), {}),
    (1, ("partner", "check"), {"PARTNERS_DIR": "broken"}),
    (2, ("partner", "check", "--partners", "nowhere"), {}),
    (2, ("partner", "check", "--mappings", "nowhere"), {}),
    (3, ("partner", "check"), {"PARTNERS_DIR": "nowhere"}),
    (0, ("partner", "list"), {}),
    (1, ("partner", "list"), {"PARTNERS_DIR": "broken"}),
    (3, ("partner", "list"), {"PARTNERS_DIR": "nowhere"}),
    (0, ("partner", "show", "acme"), {}),
    (1, ("partner", "show", "acme"), {"PARTNERS_DIR": "broken"}),
    (2, ("partner", "show", "nobody"), {}),
    (3, ("partner", "show", "acme"), {"PARTNERS_DIR": "nowhere"}),
    (1, ("partner", "new", "fir", "--from", NO_X12), {}),
    (2, ("partner", "new", "fir", "--from", GOOD), {}),
    (2, ("partner", "new", "acme", "--like", "bolt"), {}),
    (3, ("partner", "new", "fir", "--like", "bolt"), {"PARTNERS_DIR": "nowhere"}),
    (0, ("partner", "certificate", "list"), {}),
    (1, ("partner", "certificate", "list"), {"PARTNERS_DIR": "broken"}),
    (3, ("partner", "certificate", "list"), {"PARTNERS_DIR": "nowhere"}),
    (1, ("partner", "certificate", "add", "acme", NO_X12), {}),
    (2, ("partner", "certificate", "add", "acme", "nowhere.cer"), {}),
    (2, ("partner", "certificate", "retire", "acme/no-such.pem", "--on", "2027-01-31"), {}),
    (2, ("partner", "certificate", "retire", "acme/no-such.pem", "--on", "soon"), {}),
    (2, ("partner", "certificate", "new-key", "Not A Name"), {}),
    (2, ("partner", "certificate", "new-key", "ours-1", "--channel", "no-such"), {}),
    (3, ("partner", "certificate", "new-key", "ours-1"), {"PARTNERS_DIR": "nowhere"}),
    (0, ("partner", "why", GOOD), {}),
    (1, ("partner", "why", GOOD, "--channel", "bolt-sftp"), {}),
    (2, ("partner", "why", GOOD, "--channel", "no-such"), {}),
    (1, ("partner", "why", NO_X12), {}),
    (3, ("partner", "why", GOOD), {"PARTNERS_DIR": "nowhere"}),
    (0, ("schema",), {}),
    (0, ("schema", "order.v1"), {}),
    (2, ("schema", "odor.v1"), {}),
    (0, ("crossref", "list"), {}),
    (0, ("crossref", "list", "--partner", "acme", "--table", "sku", "--all"), {}),
    (2, ("crossref", "list", "--limit", "0"), {}),
    (3, ("crossref", "list"), {"HOME": "nowhere"}),
    (3, ("crossref", "list"), {"HOME": "empty"}),
    (0, ("crossref", "add", *ROW, "--partner", "acme"), {}),
    (2, ("crossref", "add", *ROW), {}),
    (2, ("crossref", "add", *ROW, "--partner", "acme", "--from", "soon"), {}),
    (2, ("crossref", "add", "unit", "BX", "EA", "--partner", "acme", "--factor", "dozen"), {}),
    (3, ("crossref", "add", *ROW, "--partner", "acme"), {"HOME": "nowhere"}),
    (0, ("crossref", "load", "rows.csv"), {}),
    (0, ("crossref", "load", "rows.csv", "--check"), {}),
    (1, ("crossref", "load", "torn-rows.csv"), {}),
    (1, ("crossref", "load", "two-for-one.csv", "--check"), {}),
    (2, ("crossref", "load", "nowhere.csv"), {}),
    (3, ("crossref", "load", "rows.csv"), {"HOME": "nowhere"}),
    (0, ("crossref", "unmapped"), {}),
    (2, ("crossref", "unmapped", "--limit", "0"), {}),
    (3, ("crossref", "unmapped"), {"HOME": "nowhere"}),
    (2, ("crossref", "retire", "1000000", *WHY), {}),
    (2, ("crossref", "retire", "1000000"), {}),
    (2, ("crossref", "retire", "1000000", *WHY, "--until", "soon"), {}),
    (3, ("crossref", "retire", "1000000", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "list"), {}),
    (2, ("documents", "list", "--state", "lost"), {}),
    (2, ("documents", "list", "--usage", "X"), {}),
    (3, ("documents", "list"), {"HOME": "nowhere"}),
    (3, ("documents", "list"), {"HOME": "empty"}),
    (2, ("documents", "show", "01KJQ6PSG0"), {}),
    (2, ("documents", "show", "01"), {}),
    (3, ("documents", "show", "01KJQ6PSG0"), {"HOME": "nowhere"}),
    (2, ("documents", "send", "nowhere.json"), {}),
    (3, ("documents", "send", "no-document.json"), {}),
    (3, ("documents", "send", "no-document.json"), {"HOME": "nowhere"}),
    (2, ("documents", "resend", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "resend", "01KJQ6PSG0"), {}),
    (3, ("documents", "resend", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (2, ("documents", "push", "01KJQ6PSG0", *WHY), {}),
    (3, ("documents", "push", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (0, ("mailbox", "list", "acme-sftp"), {}),
    (3, ("mailbox", "list", "acme-sftp"), {"HOME": "nowhere"}),
    (2, ("mailbox", "offer", "acme-sftp", "no-such.x12", *WHY), {}),
    (3, ("mailbox", "offer", "acme-sftp", "no-such.x12", *WHY), {"HOME": "nowhere"}),
    (2, ("documents", "close", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "close", "01KJQ6PSG0"), {}),
    (2, ("documents", "close", "01KJQ6PSG0", "--handled", *WHY), {}),
    (2, ("documents", "close", "--handled", "--yes", *WHY), {}),
    (3, ("documents", "close", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (2, ("documents", "replay", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "replay", "01KJQ6PSG0"), {}),
    (3, ("documents", "replay", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (2, ("documents", "release", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "release", "01KJQ6PSG0"), {}),
    (3, ("documents", "release", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "hold", "--partner", "acme", *WHY), {}),
    (1, ("documents", "hold", "--partner", "acme", "--yes", *WHY), {}),
    (2, ("documents", "hold", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "hold", *WHY), {}),
    (2, ("documents", "hold", "01KJQ6PSG0"), {}),
    (3, ("documents", "hold", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "waive", "--older-than", "3 days", "--json", *WHY), {}),
    (2, ("documents", "waive", "--older-than", "long", *WHY), {}),
    (2, ("documents", "waive", "--older-than", "3 business days", *WHY), {}),
    (2, ("documents", "waive", "01KJQ6PSG0", *WHY), {}),
    (3, ("documents", "waive", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "assign", "--state", "held", "--to", "kim", *WHY), {}),
    (2, ("documents", "assign", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "assign", "--state", "lost", "--to", "kim", *WHY), {}),
    (3, ("documents", "assign", "01KJQ6PSG0", "--to", "kim", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "note", "--ack", "overdue", "--text", "asked"), {}),
    (2, ("documents", "note", "01KJQ6PSG0", "--text", "asked"), {}),
    (3, ("documents", "note", "01KJQ6PSG0", "--text", "asked"), {"HOME": "nowhere"}),
    (2, ("documents", "correct", "01KJQ6PSG0", "01KJQ6PSG1", *WHY), {}),
    (2, ("documents", "correct", "01KJQ6PSG0", *WHY), {}),
    (2, ("documents", "book", "01KJQ6PSG0", "--to", "01KJQ6PSG1", *WHY), {}),
    (2, ("documents", "book", "01KJQ6PSG0", "--to", "nothing"), {}),
    (3, ("documents", "book", "01KJQ6PSG0", "--to", "nothing", "--dry-run"), {"HOME": "nowhere"}),
    (3, ("documents", "correct", "01KJQ6PSG0", "01KJQ6PSG1", *WHY), {"HOME": "nowhere"}),
    (0, ("documents", "replay", "--state", "held", *WHY), {}),
    (0, ("documents", "resend", "--partner", "acme", *WHY), {}),
    (2, ("documents", "replay", "--dry-run"), {}),
    (3, ("documents", "replay", "--dry-run", "--state", "held"), {}),
    (0, ("documents", "release", "--partner", "acme", *WHY), {}),
    (0, ("acks",), {}),
    (0, ("acks", "--ages", "--format", "csv"), {}),
    (2, ("acks", "--ack", "accepted"), {}),
    (2, ("acks", "--format", "xml"), {}),
    (3, ("acks",), {"HOME": "nowhere"}),
    (0, ("owed",), {}),
    (0, ("owed", "--by", "us", "--overdue", "--format", "csv"), {}),
    (2, ("owed", "--by", "them"), {}),
    (2, ("owed", "--state", "gone"), {}),
    (2, ("owed", "--state", "met", "--overdue"), {}),
    (3, ("owed",), {"HOME": "nowhere"}),
    (0, ("threads", "list"), {}),
    (0, ("threads", "list", "--open", "--partner", "acme", "--format", "csv"), {}),
    (2, ("threads", "list", "--kind", "order"), {}),
    (2, ("threads", "show", "4711"), {}),
    (2, ("threads", "show", "4711", "--usage", "X"), {}),
    (3, ("threads", "list"), {"HOME": "nowhere"}),
    (2, ("documents", "waive", "01KJQ6PSG0", "--owed", "850", *WHY), {}),
    (0, ("documents", "waive", "--partner", "acme", "--owed", "856", *WHY), {}),
    (0, ("reconcile",), {}),
    (0, ("reconcile", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "csv"), {}),
    (0, ("reconcile", "--show", "handed_in_held", "--json"), {}),
    (0, ("reconcile", "--warehouse"), {}),
    (2, ("reconcile", "--show", "everything"), {}),
    (2, ("reconcile", "--day", "yesterday"), {}),
    (2, ("reconcile", "--day", "2026-03-01", "--from", "2026-03-01"), {}),
    (3, ("reconcile",), {"HOME": "nowhere"}),
    (0, ("report", "rejected"), {}),
    (0, ("report", "rejected", "--from", "2026-11-01", "--to", "2026-11-30", "--format", "csv"), {}),
    (2, ("report", "rejected", "--from", "2026-11-31"), {}),
    (0, ("report", "unmatched"), {}),
    (0, ("report", "unmatched", "--set", "820", "--format", "csv"), {}),
    (2, ("report", "unmatched", "--state", "odd"), {}),
    (2, ("report", "rejected", "--from", "2026-11-30", "--to", "2026-11-01"), {}),
    (3, ("report", "rejected"), {"HOME": "nowhere"}),
    (0, ("report", "noted", "--by", "week", "--theirs"), {}),
    (2, ("report", "noted", "--by", "day"), {}),
    (3, ("report", "noted"), {"HOME": "nowhere"}),
    (0, ("report", "scorecard", "--json"), {}),
    (2, ("report", "scorecard", "--to", "yesterday"), {}),
    (3, ("report", "scorecard"), {"HOME": "nowhere"}),
    (0, ("report", "exposure", "--format", "csv"), {}),
    (2, ("report", "exposure", "--set", "997"), {}),
    (3, ("report", "exposure"), {"HOME": "nowhere"}),
    (2, ("report", "close", "--month", "January", "--out", "new-pack"), {}),
    (2, ("report", "close", "--month", "2026-01", "--out", "home"), {}),
    (2, ("report", "close", "--month", "2026-01"), {}),
    (3, ("report", "close", "--month", "2026-01", "--out", "new-pack"), {"HOME": "nowhere"}),
    (1, ("report", "verify", "torn-pack"), {}),
    (2, ("report", "verify", "broken"), {}),
    (0, ("audit", "list"), {}),
    (2, ("audit", "list", "--verb", "guess"), {}),
    (2, ("audit", "list", "--since", "2026-W45-1"), {}),
    (3, ("audit", "list"), {"HOME": "nowhere"}),
    (2, ("audit", "show", "1000000"), {}),
    (3, ("audit", "show", "1"), {"HOME": "nowhere"}),
    (0, ("audit", "verify"), {}),
    (1, ("audit", "verify", "--head", "f" * 64), {}),
    (2, ("audit", "verify", "--head", "long"), {}),
    (3, ("audit", "verify"), {"HOME": "nowhere"}),
    (0, ("documents", "transmissions"), {}),
    (2, ("documents", "transmissions", "--limit", "0"), {}),
    (3, ("documents", "transmissions"), {"HOME": "nowhere"}),
    (0, ("notices", "list"), {}),
    (2, ("notices", "list", "--state", "sendt"), {}),
    (3, ("notices", "list"), {"HOME": "nowhere"}),
    (2, ("notices", "show", "01KJQ6PSG0"), {}),
    (3, ("notices", "show", "01KJQ6PSG0"), {"HOME": "nowhere"}),
    (0, ("notices", "targets"), {}),
    (3, ("notices", "targets"), {"HOME": "nowhere"}),
    (0, ("notices", "replay", "--target", "webhook/finance/ledger", *WHY), {}),
    (2, ("notices", "replay", "--target", "webhook/finance/ledger"), {}),
    (2, ("notices", "replay", *WHY), {}),
    (2, ("notices", "replay", "01KJQ6PSG0", *WHY), {}),
    (3, ("notices", "replay", "01KJQ6PSG0", *WHY), {"HOME": "nowhere"}),
    (2, ("notices", "test", "webhook/finance/ledger"), {}),
    (2, ("notices", "test", "status/erp"), {}),
    (1, ("notices", "test", "webhook/finance/ledger"), {"PARTNERS_DIR": "broken"}),
    (0, ("database", "migrate"), {}),
    (3, ("database", "migrate"), {"DATABASE_URL": "mysql://somewhere/else"}),
    (0, ("database", "status"), {}),
    (3, ("database", "status"), {"DATABASE_URL": "not a url"}),
    (3, ("database", "status"), {"HOME": "empty"}),
    (3, ("database", "migrate"), {"HOME": "nowhere"}),
    (0, ("database", "adopt-home"), {}),
    (3, ("database", "adopt-home"), {"HOME": "nowhere"}),
    (2, ("database", "backup", "home"), {}),
    (3, ("database", "backup", "new-backup"), {"HOME": "nowhere"}),
    (3, ("database", "backup", "new-backup"), {"HOME": "empty"}),
    (1, ("database", "restore", "broken"), {"HOME": "nowhere"}),
    (1, ("database", "restore", "broken", "--check"), {}),
    (3, ("database", "restore", "broken", "--later", "empty"), {"HOME": "nowhere"}),
    (0, ("database", "compare", "home"), {}),
    (3, ("database", "compare", "empty"), {}),
    (3, ("database", "compare", "home"), {"HOME": "empty"}),
    (2, ("archive", "export", "home"), {}),
    (2, ("archive", "export", "new-archive", "--older-than", "soon"), {}),
    (3, ("archive", "export", "new-archive"), {"HOME": "nowhere"}),
    (1, ("archive", "verify", "broken"), {}),
    (0, ("retention", "show"), {}),
    (1, ("retention", "show"), {"PARTNERS_DIR": "broken"}),
    (3, ("retention", "show"), {"HOME": "nowhere"}),
    (0, ("retention", "hold", "--partner", "acme", *WHY), {}),
    (2, ("retention", "hold", "--partner", "acme"), {}),
    (2, ("retention", "hold", *WHY), {}),
    (2, ("retention", "hold", "--document", "01KJQ6PSG0", *WHY), {}),
    (3, ("retention", "hold", "--partner", "acme", *WHY), {"HOME": "nowhere"}),
    (2, ("retention", "lift", "1000000", *WHY), {}),
    (3, ("retention", "lift", "1", *WHY), {"HOME": "nowhere"}),
    (0, ("retention", "proofs"), {}),
    (3, ("retention", "proofs"), {"HOME": "nowhere"}),
    (0, ("purge",), {}),
    (0, ("purge", "--yes", *WHY), {}),
    (2, ("purge", "--yes"), {}),
    (2, ("purge", "--yes", "--dry-run", *WHY), {}),
    (1, ("purge", "--dry-run"), {"PARTNERS_DIR": "broken"}),
    (3, ("purge", "--dry-run"), {"HOME": "nowhere"}),
    (1, ("serve",), {"PARTNERS_DIR": "broken"}),
    (3, ("serve",), {"PARTNERS_DIR": "nowhere"}),
    (3, ("serve",), {"LOG_LEVEL": "loud"}),
    (1, ("up",), {"PARTNERS_DIR": "broken"}),
    (3, ("up",), {"DATABASE_URL": "postgresql://gateway@db/gateway"}),
    (3, ("up",), {"HOST": "0.0.0.0"}),
    (2, ("demo", "nowhere.edi"), {}),
    (2, ("demo", "--as", "nobody-we-know", GOOD), {}),
    (3, ("demo",), {"BACKLOG_LIMIT": "none"}),
    (2, ("sandbox", "--mode", "nonsense"), {}),
    (2, ("sandbox", "--file", "nowhere/kept.jsonl"), {}),
    (3, ("sandbox", "--port", "{taken}"), {}),
    (3, ("doctor",), {"HOME": "nowhere"}),
    (3, ("doctor",), {"SFTP_PORT": "65536"}),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a migrated home, a home without a database, and folders whose files are broken."""
    place = tmp_path_factory.mktemp("place")
    for name in ("home", "empty", "broken/acme/850", "torn-pack"):
        (place / name).mkdir(parents=True)
    (place / "broken" / "acme" / "850" / "v1.map.yaml").write_text("mapping: [")
    (place / "broken" / "company.yaml").write_text("name: [")
    (place / "no-document.json").write_text("{}")
    (place / "torn-pack" / "manifest.json").write_text("{}")
    (place / "rows.csv").write_text("partner,table,theirs,ours\nacme,sku,AB-200,HP-7720\n")
    (place / "torn-rows.csv").write_text("partner,table,theirs,ours\nacme,sku,AB-300\n")
    (place / "two-for-one.csv").write_text("partner,table,theirs,ours\nacme,sku,AB-400,HP-1\nacme,sku,AB-400,HP-2\n")
    database = open_database(f"sqlite:///{place / 'home' / 'gateway.db'}")
    database.migrate()
    database.close()
    return place


@pytest.fixture
def at_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder, and settings that lead to what is in order."""
    monkeypatch.chdir(place)
    for name, value in (("HOME", "home"), ("PARTNERS_DIR", ROOT / "partners"), ("MAPPINGS_DIR", ROOT / "mappings")):
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))


def ended(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["gateway", *arguments])
    with pytest.raises(SystemExit) as end:
        main.main()
    return int(end.value.code or 0)


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(
    ("code", "arguments", "settings"),
    OUTCOMES,
    ids=[" ".join((str(code), *(one.rpartition("/")[2] for one in words), *env)) for code, words, env in OUTCOMES],
)
@pytest.mark.parametrize("as_json", [False, True], ids=["", "json"])
def test_a_command_ends_with_the_code_of_what_it_met(
    code: int,
    arguments: tuple[str, ...],
    settings: dict[str, str],
    as_json: bool,
    taken: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)

    words = tuple(taken if one == "{taken}" else one for one in arguments)
    assert ended((*words, "--json") if as_json else words, monkeypatch) == code

    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    if as_json:
        assert_all_is_json(shown.out)
        if code >= 2 and arguments[0] != "doctor":
            assert shown.out == ""
        assert shown.err != "" or shown.out != "" or code == 0
        assert shown.err == "" or json.loads(shown.err)["error"]["exit_code"] == code


def assert_all_is_json(text: str) -> None:
    """One object, on as many lines as it likes, or one a line."""
    try:
        json.loads(text or "{}")
    except ValueError:
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("words", ["database status", "database adopt-home", "documents list", "doctor"])
def test_a_question_about_an_empty_home_writes_nothing(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_HOME", "empty")

    assert ended(tuple(words.split()), monkeypatch) == 3

    shown = capsys.readouterr()
    assert "no database at" in shown.out + shown.err
    assert list(Path("empty").iterdir()) == []


@pytest.mark.parametrize("words", leaves())
def test_an_option_that_a_command_does_not_have_is_usage(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended((*words.split(), "--no-such-option"), monkeypatch) == 2


def test_the_table_has_rows_of_every_command() -> None:
    rows = {arguments[:words] for _, arguments, _ in OUTCOMES for words in (1, 2, 3)}

    assert [words for words in leaves() if tuple(words.split()) not in rows] == []
