"""Whether each folder of a partner's server is looked into by one channel only: it says who sent what lies there."""

from gateway.flaws import Place
from gateway.partners.authored import Authored
from gateway.partners.channel import SftpClientChannel
from gateway.partners.problems import Problems


def check_polls(authored: Authored, problems: Problems) -> None:
    """Note folders that two channels look into: which of them a file comes by would be chance."""
    seen: dict[tuple[str, int, str, str], Place] = {}
    for name, channel in sorted(authored.channels.items()):
        if isinstance(channel, SftpClientChannel) and channel.poll is not None:
            place = authored.place("channel", name, "poll", "folder")
            first = seen.setdefault((channel.host, channel.port, channel.user, channel.poll.folder), place)
            if first != place:
                problems.add(
                    place, "P023", f"another channel looks into this folder of {channel.host} already ({first})"
                )
