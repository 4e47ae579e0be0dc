"""What an archive is on disk: plain files that anybody can read in thirty years, and a manifest that binds them.

<folder>/README.txt                  what is what
<folder>/tables/<name>.jsonl         rows, one JSON object a line
<folder>/content/ab/<sha256>         bytes as they came or went: files, messages, receipts
<folder>/canonical/<id>.<n>.json     canonical bodies, by document and generation
<folder>/manifest.jsonl              one line a file: path, size, SHA-256, and the chain up to it
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import MachineError, NotInOrder
from gateway.store.backup_form import sha256_of

MANIFEST = "manifest.jsonl"
FORMAT = "gateway-archive-1"
FIRST = "0" * 64

README = """This is an archive of EDI documents. Nothing but a text editor is needed to read it.

tables/document.jsonl      one line a document: partner, set, control numbers, state, times, what the partner said
tables/transmission.jsonl  the files that documents came in; "sha256" names the bytes in content/
tables/event.jsonl         what was done when, by whom and why; "subject" is the id of what it was done to
tables/acknowledgement.jsonl, received_acknowledgement.jsonl
                           what we answered (TA1, 997, 999), and what partners answered to us
tables/business_fact.jsonl, business_booking.jsonl
                           what sets said of the business in a document ("subject_id"): paid, disputed, confirmed; and
                           which of it a person said is about another document
tables/thread.jsonl, thread_document.jsonl
                           purchase orders with their partner and number, and which documents belong to each ("doubt"
                           says what is not certain); documents that were not asked for may belong to it too
tables/owed.jsonl          what had to follow a document or file, by when, and what met it
tables/as2_*.jsonl         messages and receipts (MDN) of AS2 and mail, with their headers
content/ab/<sha256>        bytes, named by their SHA-256: X12 files, AS2 messages, receipts
canonical/<id>.<n>.json    each document as our systems had it

A document's own X12 is a part of content: "byte_length" bytes from "byte_offset" on of its transmission, or, of what
we sent, of the outbound_interchange of its outbound_group.

manifest.jsonl has a line for each file. "sha256" is that of the file; "chain" is the SHA-256 of the line before's
chain, a line feed, and this line's path, size and sha256, each followed by a line feed. The first line's chain is the
SHA-256 of 64 zeros, a line feed, and the line's "about" as it stands there. Whoever has noted the last chain can tell
whether anything was changed: sha256sum and a few lines of any language do.
"""


def chained(previous: str, *parts: object) -> str:
    """The next link of a chain."""
    text = "".join(f"{part}\n" for part in (previous, *parts))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def files_below(folder: Path) -> Iterator[str]:
    """Every file of an archive but its manifest, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() or path.is_symlink():
            name = path.relative_to(folder).as_posix()
            if name != MANIFEST:
                yield name


def write_manifest(folder: Path, about: Mapping[str, Any]) -> str:
    """Bind everything in the folder. Returns the last link of the chain. Raises OSError."""
    told = json.dumps(dict(about), sort_keys=True)
    chain = hashlib.sha256(f"{FIRST}\n{told}".encode()).hexdigest()
    unfinished = folder / f"{MANIFEST}.new"
    names = list(files_below(folder))
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(json.dumps({"format": FORMAT, "about": told, "chain": chain}) + "\n")
        for name in names:
            sha256, size = sha256_of(folder / name)
            chain = chained(chain, name, size, sha256)
            file.write(json.dumps({"path": name, "size": size, "sha256": sha256, "chain": chain}) + "\n")
    unfinished.replace(folder / MANIFEST)
    return chain


def verify(folder: Path) -> tuple[int, str]:
    """Hold an archive to its manifest: (files, last link of the chain).

    Raises NotInOrder that names the first file that does not fit, MachineError.
    """
    try:
        with (folder / MANIFEST).open(encoding="utf-8", errors="replace") as file:
            chain, names = _lines(folder, file)
    except (FileNotFoundError, NotADirectoryError):
        raise NotInOrder(f"{folder} is no archive, or one that was not finished: it has no {MANIFEST}") from None
    except OSError as refused:
        raise MachineError(f"{refused.filename or folder}: {refused.strerror}") from refused
    strange = next((name for name in files_below(folder) if name not in names), None)
    if strange is not None:
        raise NotInOrder(f"{folder / strange}: it is not in the manifest")
    return len(names), chain


def _lines(folder: Path, file: Iterator[str]) -> tuple[str, set[str]]:
    head = _line(folder, next(file, ""), ("format", "about", "chain"))
    chain = hashlib.sha256(f"{FIRST}\n{head['about']}".encode()).hexdigest()
    if head["format"] != FORMAT or head["chain"] != chain:
        raise NotInOrder(f"{folder / MANIFEST}: its first line does not fit")
    names: set[str] = set()
    for text in file:
        line = _line(folder, text, ("path", "size", "sha256", "chain"))
        chain = chained(chain, line["path"], line["size"], line["sha256"])
        if chain != line["chain"]:
            raise NotInOrder(f"{folder / MANIFEST}: the line of {line['path']} does not fit the one before it")
        _hold(folder, line)
        names.add(line["path"])
    return chain, names


def _hold(folder: Path, line: Mapping[str, Any]) -> None:
    path = folder / str(line["path"])
    if ".." in path.parts or Path(str(line["path"])).is_absolute():
        raise NotInOrder(f"{folder / MANIFEST}: it names {line['path']}, which is outside")
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        raise NotInOrder(f"{path}: it is not there") from None
    if found != (line["sha256"], line["size"]):
        raise NotInOrder(f"{path}: it has other bytes than it was archived with")


def _line(folder: Path, text: str, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or set(found) != set(names):
        raise NotInOrder(f"{folder / MANIFEST}: a line of it cannot be read")
    return found
