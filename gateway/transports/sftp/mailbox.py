"""A partner's mailbox as SFTP operations: four folders, no real file, no link, no new folder.

inbound     the partner writes; a whole file under a final name is a document when CLOSE, or the rename, says OK
outbound    what waits for the partner; removing it says it arrived
archive     what the partner removed, to read again          error    what we could not take, to read
"""

import stat
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, cast

import asyncssh
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_EXCL, FXF_TRUNC, FXF_WRITE, SFTPAttrs, SFTPName

from gateway.pipeline.ports import Folder
from gateway.transports.sftp.audit import Audit, for_client
from gateway.transports.sftp.desk import Desk, Opening
from gateway.transports.sftp.files import Download, Upload
from gateway.transports.sftp.names import Place, resolve

_WRITING: Final = FXF_WRITE | FXF_APPEND | FXF_CREAT


class PartnerMailbox(asyncssh.SFTPServer):
    """The operations of one session. Every method answers errors as SFTPError with a sentence of ours."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], desk: Desk, audit: Audit) -> None:
        super().__init__(channel)
        self._desk = desk
        self._audit = audit
        self._uploads: set[Upload] = set()

    def _place(self, path: bytes) -> Place:
        return resolve(path, self._desk.layout)

    # ------------------------------------------------------------------------------------------ files

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        """A file to write (inbound only) or to read. Refusals belong here: it is the one stage all clients report."""
        with self._audit.operation("open", path, level="debug"):
            folder, name = _file(self._place(path))
            if not pflags & _WRITING:
                return await self._desk.open_to_read(folder, name)
            if folder != "inbound":
                raise asyncssh.SFTPPermissionDenied("this folder is read only; upload into inbound")
            opening = Opening(
                create=bool(pflags & FXF_CREAT),
                exclusive=bool(pflags & FXF_EXCL),
                truncate=bool(pflags & FXF_TRUNC),
                append=bool(pflags & FXF_APPEND),
            )
            upload = await self._desk.open_to_write(name, opening)
            self._uploads.add(upload)
            return upload

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """A piece of an upload; a line is written for the first that fails."""
        if not isinstance(file_obj, Upload):
            raise asyncssh.SFTPPermissionDenied("this file was opened to read")
        poisoned = file_obj.poisoned
        try:
            await file_obj.write(offset, data)
        except Exception as error:
            if poisoned:
                raise for_client(error) from error
            with self._audit.operation("write", file_obj.name) as line:
                line.size = offset + len(data)
                raise
        return len(data)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """A piece of a file; empty at its end."""
        try:
            if isinstance(file_obj, Upload):
                return file_obj.read(offset, size)
            return await cast("Download", file_obj).read(offset, size)
        except Exception:
            with self._audit.operation("read", _name_of(file_obj)):
                raise

    async def close(self, file_obj: object) -> None:
        """The client's own CLOSE. The answer waits until the document is durable, or the pickup recorded."""
        if isinstance(file_obj, Upload):
            self._uploads.discard(file_obj)
            with self._audit.operation("upload", file_obj.name) as line:
                line.size = file_obj.size
                line.result = await self._desk.take_in(file_obj)
            return
        download = cast("Download", file_obj)
        with self._audit.operation("download", _name_of(download)) as line:
            line.size = download.prefix
            line.result = await self._desk.hand_out(download)

    def abort(self, file_obj: object) -> bool:
        """The session ended with this file open: an upload is NOT received, a download no pickup.

        True when an upload was lost by it.
        """
        if isinstance(file_obj, Upload):
            self._uploads.discard(file_obj)
            size = file_obj.size
            file_obj.abandon()
            self._audit.line(
                "upload", "aborted: the session ended before CLOSE", name=file_obj.name, size=size, level="warning"
            )
            return True
        download = cast("Download", file_obj)
        self._desk.remember(download)
        self._audit.line("download", "aborted", name=_name_of(download), size=download.prefix)
        return False

    def fstat(self, file_obj: object) -> SFTPAttrs:
        """Attributes of an open file."""
        if isinstance(file_obj, Upload):
            return _file_attributes(file_obj.size, self._desk.now())
        download = cast("Download", file_obj)
        return _file_attributes(download.size, download.entry.modified_at)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Accepted and ignored except the size: scp and lftp cut a file to what they sent."""
        if isinstance(file_obj, Upload) and attrs.size is not None:
            with self._audit.operation("truncate", file_obj.name, level="debug"):
                file_obj.truncate(attrs.size)

    def fsync(self, file_obj: object) -> None:
        """Nothing is durable before CLOSE, and everything then; a spoiled upload says so."""
        if isinstance(file_obj, Upload) and file_obj.poisoned:
            raise asyncssh.SFTPFailure("an earlier write failed; the file was not accepted")

    # ------------------------------------------------------------------------------------------ names

    async def stat(self, path: bytes) -> SFTPAttrs:
        """Attributes of a folder or a file; a file this session is writing counts."""
        with self._audit.operation("stat", path, level="debug"):
            return await self._attributes(self._place(path))

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """As `stat`: there are no links."""
        return await self.stat(path)

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Accepted and ignored, as scripts expect (times, modes, owners); a size would change an accepted document."""
        with self._audit.operation("setstat", path, level="debug"):
            found = await self._attributes(self._place(path))
            if attrs.size is not None and attrs.size != found.size:
                raise asyncssh.SFTPPermissionDenied("the size of a stored file cannot be changed")

    def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """The names of a folder. A wrong path fails here, at OPENDIR, and not at the first READDIR."""
        with self._audit.operation("list", path, level="debug"):
            place = self._place(path)
            if place.name is not None:
                raise asyncssh.SFTPNoSuchFile("not a folder")
            return self._names(path, place)

    async def _names(self, path: bytes, place: Place) -> AsyncIterator[SFTPName]:
        with self._audit.operation("list", path) as line:
            names = await self._listing(place)
            line.size = len(names)
        for dots in (b".", b".."):
            yield SFTPName(dots, attrs=self._folder_attributes(place.folder))
        for name, attributes in names.items():
            yield SFTPName(name.encode(), attrs=attributes)

    async def _listing(self, place: Place) -> dict[str, SFTPAttrs]:
        if place.folder is None:
            below = self._desk.layout.below(place.where)
            return {name: self._folder_attributes(folder) for name, folder in below.items()}
        entries = await self._desk.entries(place.folder)
        return {entry.name: _file_attributes(entry.content.size, entry.modified_at) for entry in entries}

    async def _attributes(self, place: Place) -> SFTPAttrs:
        if place.folder is None or place.name is None:
            return self._folder_attributes(place.folder)
        if place.folder == "inbound":
            for upload in self._uploads:
                if upload.name == place.name:
                    return _file_attributes(upload.size, self._desk.now())
        entry = await self._desk.entry(place.folder, place.name)
        return _file_attributes(entry.content.size, entry.modified_at)

    def _folder_attributes(self, folder: Folder | None) -> SFTPAttrs:
        now = int(self._desk.now().timestamp())
        mode = stat.S_IFDIR | (0o770 if folder == "inbound" else 0o550)
        return SFTPAttrs(permissions=mode, uid=0, gid=0, size=0, nlink=2, atime=now, mtime=now)

    def realpath(self, path: bytes) -> bytes:
        """The absolute path of a place, there or not."""
        with self._audit.operation("realpath", path, level="debug"):
            return self._place(path).path

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a staged upload; under a final name it becomes a document. Never onto another staged upload."""
        await self._rename(oldpath, newpath, replace=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """As `rename`, and replaces a staged upload of the new name (OpenSSH uses this one)."""
        await self._rename(oldpath, newpath, replace=True)

    async def _rename(self, oldpath: bytes, newpath: bytes, *, replace: bool) -> None:
        with self._audit.operation("rename", oldpath + b" to " + newpath) as line:
            old_folder, old_name = _file(self._place(oldpath))
            new_folder, new_name = _file(self._place(newpath))
            if old_folder != "inbound" or new_folder != "inbound":
                raise asyncssh.SFTPPermissionDenied("files are renamed within inbound only")
            entry = await self._desk.entry(old_folder, old_name)
            line.size = entry.content.size
            line.result = await self._desk.rename(entry, new_name, replace=replace)

    async def remove(self, path: bytes) -> None:
        """inbound: the name goes, an accepted document stays with us. outbound: it arrived; it moves to archive."""
        with self._audit.operation("remove", path):
            folder, name = _file(self._place(path))
            if folder not in ("inbound", "outbound"):
                raise asyncssh.SFTPPermissionDenied("this folder is read only")
            await self._desk.remove(folder, name)

    # ------------------------------------------------------------------------------------------ refused

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Always refused: the four folders are all there are."""
        raise self._refusal("mkdir", path, "there are four folders and no others")

    def rmdir(self, path: bytes) -> None:
        """Always refused."""
        raise self._refusal("rmdir", path, "the four folders stay")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Always refused: no links exist."""
        raise self._refusal("symlink", newpath, "there are no links")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        """Always refused: no links exist."""
        raise self._refusal("link", newpath, "there are no links")

    def readlink(self, path: bytes) -> bytes:
        """Always refused: no links exist."""
        raise self._refusal("readlink", path, "there are no links")

    # asyncssh's own versions of these reach for real files. Their requests never get here (session.REMOVED, SFTP
    # version 3); should one ever, it finds nothing.

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> object:
        """Always refused: SFTP version 3 has no such request."""
        raise self._refusal("open", path, "not supported")

    def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Always refused."""
        raise self._refusal("setstat", path, "not supported")

    def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        """Always refused: the size of our disk is our own affair."""
        raise self._refusal("statvfs", path, "not supported")

    def fstatvfs(self, file_obj: object) -> asyncssh.SFTPVFSAttrs:
        """Always refused."""
        raise self._refusal("statvfs", _name_of(file_obj).encode(), "not supported")

    def _refusal(self, operation: str, path: bytes, because: str) -> asyncssh.SFTPError:
        self._audit.line(operation, f"refused: {because}", name=path, level="warning")
        return asyncssh.SFTPPermissionDenied(because)

    def exit(self) -> None:
        """The session is over; its open files went through `abort`."""

    def format_user(self, uid: int | None) -> str:
        """The owner shown in listings: never a name of this machine."""
        return "partner"

    def format_group(self, gid: int | None) -> str:
        """The group shown in listings."""
        return "partner"


def _file_attributes(size: int, when: datetime) -> SFTPAttrs:
    seconds = int(when.timestamp())
    return SFTPAttrs(permissions=stat.S_IFREG | 0o640, uid=0, gid=0, size=size, nlink=1, atime=seconds, mtime=seconds)


def _file(place: Place) -> tuple[Folder, str]:
    if place.folder is None or place.name is None:
        raise asyncssh.SFTPPermissionDenied("this is not a file; files are uploaded into inbound")
    return place.folder, place.name


def _name_of(file_obj: object) -> str:
    return file_obj.name if isinstance(file_obj, Upload) else cast("Download", file_obj).entry.name
