"""Writing out what was exchanged by AS2 about a document: files that `openssl cms` and any mail reader take."""

import os
from pathlib import Path

from gateway.app.memory import Memory
from gateway.errors import MachineError
from gateway.store import evidence


def write_evidence(memory: Memory, document: str, folder: Path) -> list[Path]:
    """One file for each message and receipt, headers first. Nothing that is there is replaced. Raises MachineError."""
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in evidence.exchanged(memory.database, memory.blobs, document):
            path = folder / f"{one.name}.eml"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                head = "".join(f"{name}: {value}\r\n" for name, value in one.headers)
                file.write(f"{head}\r\n".encode("utf-8", "replace") if head else b"")
                for chunk in memory.blobs.chunks(one.content):
                    file.write(chunk)
            written.append(path)
    except OSError as refused:
        raise MachineError(f"{refused.filename}: {refused.strerror}") from refused
    return written
