"""The folder door: two folders of this machine's, for systems that know files only. Taken from one, laid into another.

place    folders below one root, opened part by part: no link leads out of it
watch    whole files are claimed by a rename, stored, and only then put away
send     a file shows under its name in one step, whole, and never in the place of another
"""

from gateway.transports.folder.place import Place
from gateway.transports.folder.send import FolderSender
from gateway.transports.folder.watch import FolderWatcher, Inbox

__all__ = ["FolderSender", "FolderWatcher", "Inbox", "Place"]
