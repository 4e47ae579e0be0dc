"""The SFTP door: every partner's own mailbox, purely virtual, on asyncssh.

    server      listens, hands each connection what it needs, tends the mailboxes, stops in order
    wire        asyncssh's connection with what we add; proxied: who is behind a load balancer
    connection  who may sign in, from where, how often
    session     our own SFTP session: a session that breaks off is not an upload
    mailbox     the operations of the four folders
    files       one file being written or read
    names · extents · quota · guard · accounts · limits · audit · algorithms · host_keys

Nothing here touches the operating system's files for a partner: bytes go through the pipeline's ports.
"""

from gateway.transports.sftp.accounts import Account, Key, same_secret
from gateway.transports.sftp.host_keys import load_host_keys
from gateway.transports.sftp.limits import Limits
from gateway.transports.sftp.names import Layout
from gateway.transports.sftp.server import SftpServer

__all__ = ["Account", "Key", "Layout", "Limits", "SftpServer", "load_host_keys", "same_secret"]
