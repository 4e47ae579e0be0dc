"""Partners' own SFTP servers: we fetch their files and lay ours, on asyncssh.

    host        one partner's server: who it is, how we sign in, and whether we still do; limits
    addresses   where a host name may lead
    line        one signed-in session, every step with a time limit; fetch: one file, all of it or nothing
    listing     what a folder shows: names are data
    visit       one look into a folder: claim, fetch, store, and only then delete or move
    poller      when to look, back-off, one node at a time
    push        the `Sender`: a temporary name, then a rename, and never a guess
    errors · audit

A server is not trusted: its host key is pinned, its names are text, its sizes and times are only believed when what we
read agrees with them, and whatever it sends is bounded.
"""

from gateway.transports.sftp_client.host import Limits, PartnerServer, Pins, SignIn
from gateway.transports.sftp_client.poller import Poller, Schedule
from gateway.transports.sftp_client.push import PushTerms, SftpSender
from gateway.transports.sftp_client.visit import PollPorts, PollTerms

__all__ = [
    "Limits",
    "PartnerServer",
    "Pins",
    "PollPorts",
    "PollTerms",
    "Poller",
    "PushTerms",
    "Schedule",
    "SftpSender",
    "SignIn",
]
