"""What the pretend ERP keeps: documents by idempotency key and business number, the requests it saw, and its modes."""

import json
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import IO

STATUSES_KEPT = 10_000
"""Documents of which the latest status is shown; the one longest without news is forgotten first."""

REQUESTS_KEPT = 10_000
"""The latest requests shown; older ones are forgotten, stored documents never."""

CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})


class Mode(Enum):
    """How the pretend ERP behaves."""

    OK = "ok"  # keeps the contract: 201 with an id, the same key again 200 with the same id
    FAIL500 = "fail500"  # 500, nothing kept
    BUSY429 = "busy429"  # 429 with Retry-After, nothing kept
    TIMEOUT = "timeout"  # never answers, nothing kept
    GARBAGE = "garbage"  # keeps it, answers 200 with something that is not JSON
    LOST = "lost"  # keeps it, then the line breaks before the answer
    IGNORES_KEY = "ignores_key"  # does not know idempotency keys: a repeat is a second document
    REFUSE400 = "refuse400"  # 400 with a reason, nothing kept
    CONFLICT409 = "conflict409"  # 409 with the id of what it has
    SLOW = "slow"  # keeps the contract, slowly


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One document kept: its `id` here, and what it came with."""

    id: str
    path: str
    key: str
    document_id: str
    partner: str
    business_number: str

    def summary(self) -> dict[str, str]:
        """One item of a look-up."""
        return {"id": self.id, "document_id": self.document_id, "business_number": self.business_number}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request. Headers that prove an identity are blanked."""

    at: datetime
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def as_json(self) -> dict[str, object]:
        """For GET /requests; a body that is not JSON is shown as text."""
        try:
            body: object = json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            body = self.body.decode("utf-8", "replace")
        return {
            "at": self.at.isoformat(),
            "method": self.method,
            "path": self.path,
            "headers": dict(self.headers),
            "body": body,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Posts seen, different keys among those kept, posts whose key was kept before, documents kept."""

    requests: int
    keys: int
    repeats: int
    orders: int
    repeats_by_key: Mapping[str, int]


class StoredDocuments:
    """In memory, and appended to `file` when there is one (flushed, not fsynced: this is a sandbox)."""

    def __init__(self, file: Path | None = None) -> None:
        self._stored: list[Stored] = []
        self._by_key: dict[str, Stored] = {}
        self._by_number: dict[tuple[str, str, str], list[Stored]] = {}
        self._repeats: Counter[str] = Counter()
        self._requests: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
        self._statuses: OrderedDict[str, Mapping[str, object]] = OrderedDict()
        self._posts = 0
        self._file = self._open(file) if file is not None else None

    @property
    def stored(self) -> tuple[Stored, ...]:
        """In order of arrival."""
        return tuple(self._stored)

    @property
    def requests(self) -> tuple[Seen, ...]:
        """The latest, oldest first."""
        return tuple(self._requests)

    def counters(self) -> Counters:
        """Totals so far."""
        return Counters(
            requests=self._posts,
            keys=len(self._by_key),
            repeats=self._repeats.total(),
            orders=len(self._stored),
            repeats_by_key=dict(self._repeats),
        )

    def saw(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Remember a request."""
        shown = {name: "***" if name.lower() in CREDENTIALS else value for name, value in headers.items()}
        self._requests.append(Seen(at=datetime.now(UTC), method=method, path=path, headers=shown, body=body))
        self._posts += method == "POST"

    def take(self, path: str, key: str, body: bytes, *, dedupe: bool) -> tuple[Stored, bool]:
        """Keep a document, or find it by its key: the document, and whether it was here. Raises ValueError."""
        if key in self._by_key:
            self._repeats[key] += 1
            if dedupe:
                return self._by_key[key], True
        envelope = json.loads(body)
        if not isinstance(envelope, dict) or not isinstance(envelope.get("body"), dict):
            raise ValueError("an envelope with a body is expected")
        stored = Stored(
            id=f"SO-{len(self._stored) + 1:06d}",
            path=path,
            key=key,
            document_id=str(envelope.get("document_id", "")),
            partner=str(envelope.get("partner", "")),
            business_number=str(envelope.get("business_number", "")),
        )
        self._keep(stored)
        if self._file is not None:
            self._file.write(json.dumps(asdict(stored)) + "\n")
            self._file.flush()
        return stored, False

    @property
    def statuses(self) -> tuple[Mapping[str, object], ...]:
        """The latest status of each document that we were told one of, the latest last."""
        return tuple(self._statuses.values())

    def told(self, document: str, body: bytes) -> bool:
        """Keep how a document stands; False when a later status is here already. Raises ValueError."""
        status = json.loads(body)
        if not isinstance(status, dict) or not isinstance(status.get("sequence"), int):
            raise ValueError("a status with a sequence is expected")
        known = self._statuses.get(document, {}).get("sequence")
        if isinstance(known, int) and known > status["sequence"]:
            return False
        self._statuses[document] = status
        self._statuses.move_to_end(document)
        if len(self._statuses) > STATUSES_KEPT:
            self._statuses.popitem(last=False)
        return True

    def find(self, path: str, business_number: str, partner: str) -> list[Stored]:
        """Documents of a collection by business number and partner."""
        return self._by_number.get((path, business_number, partner), [])

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep(self, stored: Stored) -> None:
        self._stored.append(stored)
        if stored.key:
            self._by_key.setdefault(stored.key, stored)
        self._by_number.setdefault((stored.path, stored.business_number, stored.partner), []).append(stored)

    def _open(self, file: Path) -> IO[str]:
        text = file.read_text("utf-8") if file.exists() else ""
        for line in text.splitlines():
            try:
                self._keep(Stored(**json.loads(line)))
            except (ValueError, TypeError):
                continue  # the last line of a process that was killed while writing
        opened = file.open("a", encoding="utf-8")
        if text and not text.endswith("\n"):
            opened.write("\n")
        return opened
