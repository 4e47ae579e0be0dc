"""A mailbox in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.parcel import Content
from gateway.pipeline.ports import Entry, Folder, Waiting


class MemoryMailbox:
    """`pickups` are (channel, name) in the order they were recorded."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, Folder, str], Entry] = {}
        self.pickups: list[tuple[str, str]] = []

    def entries(self, channel: str, folder: Folder, *, limit: int = 10_000) -> Sequence[Entry]:
        found = [entry for key, entry in self._entries.items() if key[:2] == (channel, folder)]
        return sorted(found, key=lambda entry: entry.modified_at)[:limit]

    def entry(self, channel: str, folder: Folder, name: str) -> Entry | None:
        return self._entries.get((channel, folder, name))

    def stage(self, channel: str, name: str, content: Content) -> None:
        self.put(channel, "inbound", name, content, state="staged")

    def rename(self, channel: str, old: str, new: str) -> None:
        entry = self._entries.pop((channel, "inbound", old))
        self._entries[channel, "inbound", new] = replace(entry, name=new)

    def fetched(self, channel: str, entry: Entry) -> None:
        self.pickups.append((channel, entry.name))
        key = (channel, entry.folder, entry.name)
        if key in self._entries:
            self._entries[key] = replace(entry, state="fetched")

    def remove(self, channel: str, folder: Folder, name: str) -> bool:
        entry = self._entries.pop((channel, folder, name), None)
        if entry is not None and folder == "outbound":
            self._entries[channel, "archive", name] = replace(entry, folder="archive", state="confirmed")
        return entry is not None

    def listed(self, channel: str, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._entries[channel, entry.folder, entry.name] = replace(entry, state="listed")

    def waiting(self, channel: str) -> Waiting:
        sizes = [one.content.size for one in self.entries(channel, "inbound")]
        return Waiting(files=len(sizes), size=sum(sizes))

    def tend(self) -> Sequence[tuple[str, str]]:
        return ()

    def put(self, channel: str, folder: Folder, name: str, content: Content, *, state: str = "ready") -> Entry:
        """Place a file."""
        entry = Entry(
            id=f"{channel}/{folder}/{name}",
            folder=folder,
            name=name,
            state=state,  # type: ignore[arg-type]  # the test says which
            content=content,
            modified_at=datetime.now(UTC),
        )
        self._entries[channel, folder, name] = entry
        return entry
