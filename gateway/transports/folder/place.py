"""Folders below the one root that our settings name. Every part is opened by itself and none may be a link, so that
whoever may write into one of them cannot lead us out of it.
"""

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OWN = ".gateway"
"""Our own folder inside each of theirs: what is being taken or laid out. Programs skip names that begin with a dot."""

LONGEST_NAME: Final = 255
"""Bytes of a file name (NAME_MAX)."""

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """A folder by its name below `root`. `make`: what is missing is made, as in our own home; elsewhere a missing
    folder is an error, because it may be a disk that is not mounted.
    """

    root: Path
    name: str
    make: bool = False

    @contextlib.contextmanager
    def opened(self, *inner: str) -> Iterator[int]:
        """A descriptor of the folder, or of `inner` in it, which is always made. Raises OSError."""
        if self.make:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o750)
        with contextlib.ExitStack() as held:
            folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, folder)
            for part, make in (*((one, self.make) for one in self.name.split("/")), *((one, True) for one in inner)):
                folder = _step(folder, part, make=make)
                held.callback(os.close, folder)
            yield folder


def _step(folder: int, part: str, *, make: bool) -> int:
    """From a folder into one of its folders."""
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o770, dir_fd=folder)
            os.fsync(folder)
    return os.open(part, _OPEN, dir_fd=folder)


def status(name: str, folder: int) -> os.stat_result | None:
    """What a name is, itself and not what it leads to; None when it is not there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def regular(found: os.stat_result | None) -> bool:
    """Whether it is a plain file: no link, folder, pipe or device."""
    return found is not None and stat.S_ISREG(found.st_mode)


def rename_free(old: str, new: str, *, old_folder: int, new_folder: int) -> None:
    """Rename unless there is something under the new name already. Raises FileExistsError then, and OSError.

    One step, by `renameat2`, on Linux and where the file system has it (ext4, xfs, btrfs, tmpfs). Elsewhere (NFS, SMB)
    it is looked first, and what another program makes in the moment between is replaced. A hard link and an unlink
    would not replace either; but a death between the two would leave nobody knowing whether the file was shown.
    """
    renamed = _renameat2(old_folder, os.fsencode(old), new_folder, os.fsencode(new))
    if renamed == 0:
        return
    if renamed not in _NOT_THERE:
        raise OSError(renamed, os.strerror(renamed), old, None, new)
    if status(new, new_folder) is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), old, None, new)
    os.rename(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder)


def _renameat2(old_folder: int, old: bytes, new_folder: int, new: bytes) -> int:
    """0, or the error number."""
    call = getattr(_LIBC, "renameat2", None)
    if call is None:
        return errno.ENOSYS
    return 0 if call(old_folder, old, new_folder, new, ctypes.c_uint(_NOREPLACE)) == 0 else ctypes.get_errno()


_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_NOREPLACE: Final = 1
"""RENAME_NOREPLACE of renameat2(2)."""
_NOT_THERE: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
"""The kernel, the file system, or what confines us, does not know it."""
