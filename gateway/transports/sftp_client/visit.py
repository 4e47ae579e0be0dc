"""One look into a partner's folder: claim, fetch, store, and only then delete or move.

What is where when we die:
  after the claim     the file has its other name; the next look finds it by that and goes on
  after the bytes     the same: a half is never stored, the next look fetches it again
  after we stored it  the next look fetches it once more, finds it known by its message id, and finishes
A file that changes while we read it is not taken; one that changed before it is to be deleted stays.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from gateway.errors import Conflict, TooLarge
from gateway.parcel import Content, Parcel
from gateway.pipeline.polling import NotOurTurn, Polls
from gateway.pipeline.ports import Blobs, Intake
from gateway.transports.sftp.names import is_temporary
from gateway.transports.sftp_client.errors import Declined, NotWhole
from gateway.transports.sftp_client.fetch import fetch
from gateway.transports.sftp_client.line import Line
from gateway.transports.sftp_client.listing import Seen, Shown, kind_of, listing, path_of

TOLD_AT_ONCE = 20
"""Files of one look that stay where they are and that somebody is told of, each once: a partner does not fill our
events with names.
"""

_FOLDER, _OTHERS = ".", "./*"
"""What is told of all of it, under names that no file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTerms:
    """What is taken from where, and what becomes of it there. `takes` judges whole names."""

    folder: str
    takes: Callable[[str], bool] = lambda name: True
    settle_seconds: float = 5.0
    claim: Literal["rename", "memory"] = "rename"
    claimed: str = ".taken"
    after: Literal["delete", "move", "leave"] = "delete"
    move_to: str = ""
    max_file_bytes: int = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPorts:
    """What a look needs of the house."""

    intake: Intake
    blobs: Blobs
    polls: Polls
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(slots=True)
class Remembered:
    """What this process remembers from look to look; losing it costs a second fetch, never a second delivery.

    `done`: what is stored and still there. `told`: what stays there, and why. Both by the name it has there.
    """

    done: dict[str, Seen] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    def forget_others(self, names: set[str]) -> None:
        """Keep what is still there."""
        self.done = {name: seen for name, seen in self.done.items() if name in names}
        self.told = {name: why for name, why in self.told.items() if name in names or name in (_FOLDER, _OTHERS)}


@dataclass(frozen=True, slots=True)
class _File:
    """`seen` under the name it has there now; `name` is the one that its sender gave it."""

    seen: Seen
    name: str


def message_id(folder: str, name: str, seen: Seen, sha256: str = "") -> str:
    """What a file is known by: where, name, size, time of its server, and its bytes.

    Without the bytes only for what is left at the partner: there it has to be told before it is fetched.
    """
    parts = json.dumps([folder, name, seen.size, seen.modified, sha256])
    return "sftp-client-" + hashlib.sha256(parts.encode()).hexdigest()


@dataclass(slots=True, kw_only=True)
class Visit:
    """One look through one session. `run` returns how many files were received that nobody had before."""

    channel: str
    line: Line
    terms: PollTerms
    ports: PollPorts
    remembered: Remembered
    still_open: Callable[[], bool] = lambda: True
    files: int = 0
    _told: int = 0

    async def run(self) -> int:
        """Look, and take what is whole, the oldest first, until we may not be there any more.

        Raises LineLost, Declined (the folder), Busy and MachineError (ours), NotOurTurn.
        """
        shown = await self._listing()
        wanted = await self._settled(list(self._wanted(shown)))
        self.remembered.forget_others(shown.files.keys() | shown.odd.keys())
        for name, why in shown.odd.items():
            await self._left(name, why)
        if shown.more:
            await self._left(_FOLDER, f"the folder shows more than {self.line.limits.names} names")
        else:
            self.remembered.told.pop(_FOLDER, None)
        for file in sorted(wanted, key=lambda one: (one.seen.modified or 0, one.name)):
            if not self.still_open():
                break
            await self._take(file)
        if self._told <= TOLD_AT_ONCE:
            self.remembered.told.pop(_OTHERS, None)
        return self.files

    async def _listing(self) -> Shown:
        return await listing(self.line, self.terms.folder, self.terms.claimed)

    # ------------------------------------------------------------------------------------------ which

    def _wanted(self, shown: Shown) -> Iterator[_File]:
        """What we claimed in an earlier look, and what is there to be taken."""
        ending = self.terms.claimed
        for seen in shown.files.values():
            if self.terms.claim == "rename" and seen.name.endswith(ending) and seen.name != ending:
                original = seen.name.removesuffix(ending)
                if self.terms.takes(original):
                    yield _File(seen, original)
            elif self._fresh(seen.name) and f"{seen.name}{ending}" not in shown.files:
                yield _File(seen, seen.name)

    def _fresh(self, name: str) -> bool:
        return not is_temporary(name) and self.terms.takes(name)

    async def _settled(self, files: list[_File]) -> list[_File]:
        """Those that keep their size and time for a while. What we claimed and what is done keeps still by itself."""
        files = await self._unknown([one for one in files if not self._is_done(one) or self.terms.after != "leave"])
        if self.terms.settle_seconds <= 0 or all(self._waits_no_more(one) for one in files):
            return files
        await self.ports.sleep(self.terms.settle_seconds)
        again = (await self._listing()).files
        return [one for one in files if self._waits_no_more(one) or again.get(one.seen.name) == one.seen]

    def _waits_no_more(self, file: _File) -> bool:
        return file.seen.name != file.name or self._is_done(file)

    def _is_done(self, file: _File) -> bool:
        return file.seen.modified is not None and self.remembered.done.get(file.seen.name) == file.seen

    async def _unknown(self, files: list[_File]) -> list[_File]:
        """Of files that are left where they are, those that nobody has received yet."""
        if self.terms.after != "leave":
            return files
        timed = {
            message_id(self.terms.folder, one.name, one.seen): one for one in files if one.seen.modified is not None
        }
        for one in files:
            if one.seen.modified is None:
                await self._left(one.name, "the server tells no times: a new file could not be told from an old one")
        known = await asyncio.to_thread(self.ports.polls.known, self.channel, list(timed))
        for id in known:
            self.remembered.done[timed[id].seen.name] = timed[id].seen
        return [one for id, one in timed.items() if id not in known]

    # ------------------------------------------------------------------------------------------ one file

    async def _take(self, file: _File) -> None:
        """All of one file. What is wrong with it alone is told, and the next one has its turn."""
        if not await asyncio.to_thread(self.ports.polls.hold, self.channel):
            raise NotOurTurn(f"{self.channel}: another node looks after it now")
        try:
            if not self._is_done(file):
                self.ports.intake.admit(self.channel)
                file = await self._claimed(file)
                await self._receive(file)
            await self._finish(file)
        except Declined as declined:
            if not declined.missing:  # else somebody else took it, or took it back
                await self._left(file.seen.name, str(declined))
        except (NotWhole, TooLarge, Conflict) as wrong:
            await self._left(file.seen.name, str(wrong))

    async def _claimed(self, file: _File) -> _File:
        """The file under its other name: from now on whoever writes its old one writes another file."""
        if not file.seen.size:
            raise NotWhole("is empty")
        if file.seen.size > self.terms.max_file_bytes:
            raise TooLarge(f"{file.seen.size} bytes, this channel takes {self.terms.max_file_bytes}")
        if self.terms.claim == "memory" or file.seen.name != file.name:
            return file
        name = file.name + self.terms.claimed
        await self._rename("claim", self._path(file.name), self._path(name))
        return replace(file, seen=replace(file.seen, name=name))

    async def _receive(self, file: _File) -> None:
        """Fetched, durable, and known by its message id."""
        terms, ports = self.terms, self.ports
        content = await fetch(self.line, self._path(file.seen.name), file.seen, ports.blobs, most=terms.max_file_bytes)
        with self.line.audit.operation("receive", file.name) as told:
            told.size = content.size
            receipt = await ports.intake.receive(self._parcel(file, content))
            told.result = f"{receipt.transmission_id}{' (known)' if receipt.known else ''}"
        self.files += not receipt.known
        self.remembered.done[file.seen.name] = file.seen

    def _parcel(self, file: _File, content: Content) -> Parcel:
        whole = "" if self.terms.after == "leave" else content.sha256
        return Parcel(
            channel=self.channel,
            door="sftp-client",
            content=content,
            received_at=self.ports.clock(),
            message_id=message_id(self.terms.folder, file.name, file.seen, whole),
            file_name=file.name,
            remote=self.line.audit.remote,
        )

    async def _finish(self, file: _File) -> None:
        """It is stored: it goes, when it is still the one that was stored."""
        if self.terms.after == "leave":
            return
        path = self._path(file.seen.name)
        now = await self.line.step("lstat", self.line.client.lstat(path))
        if (now.size, now.mtime) != (file.seen.size, file.seen.modified) or kind_of(now) != "file":
            self.remembered.done.pop(file.seen.name, None)
            raise NotWhole("changed after it was fetched: what is there now is taken the next time")
        if self.terms.after == "delete":
            with self.line.audit.operation("delete", path):
                await self.line.step("delete", self.line.client.remove(path))
        else:
            await self._move(path, file)
        self.remembered.done.pop(file.seen.name, None)

    async def _move(self, path: bytes, file: _File) -> None:
        """To its own name, or, where that is taken, to one with a part of its message id."""
        try:
            await self._rename("move", path, path_of(self.terms.move_to, file.name))
        except Declined as declined:
            if declined.missing:
                raise
            other = f"{file.name}.{message_id(self.terms.folder, file.name, file.seen)[-8:]}"
            await self._rename("move", path, path_of(self.terms.move_to, other))

    async def _rename(self, what: str, old: bytes, new: bytes) -> None:
        """SFTP version 3's own: it never replaces (draft-ietf-secsh-filexfer-02, 6.5); OpenSSH's other one would."""
        with self.line.audit.operation(what, old):
            await self.line.step(what, self.line.client.rename(old, new))

    def _path(self, name: str) -> bytes:
        return path_of(self.terms.folder, name)

    async def _left(self, name: str, why: str) -> None:
        """Somebody is told once of what stays there; of many, that there are many."""
        told = self.remembered.told
        if told.get(name) == why:
            return
        told[name] = why
        self._told += name not in (_FOLDER, _OTHERS)
        if self._told > TOLD_AT_ONCE and name != _OTHERS:
            await self._left(_OTHERS, f"more than {TOLD_AT_ONCE} files stay there: of the others nobody is told")
        else:
            await asyncio.to_thread(self.ports.polls.left, self.channel, name, why)
