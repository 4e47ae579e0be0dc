"""What only shows of channels that we push through when all files are seen together: second ways, folders, answers."""

from itertools import combinations

from gateway.flaws import Place
from gateway.partners.agreement import Written
from gateway.partners.authored import Authored
from gateway.partners.channel import Channel, FolderChannel, PushingChannel
from gateway.partners.names import carrier
from gateway.partners.problems import Problems


def check_pushing(authored: Authored, problems: Problems) -> None:
    """Note second ways that lead nowhere, folders that two channels share, and answers that nobody would ever see."""
    for partner in sorted(authored.partners):
        _fallback(authored, partner, problems)
    _folders(authored, problems)
    for written in authored.agreements():
        _answers(authored, written, problems)


def _fallback(authored: Authored, partner: str, problems: Problems) -> None:
    profile = authored.partners[partner]
    if profile.fallback is None:
        return
    name, place = profile.fallback.channel, authored.place("partner", partner, "fallback", "channel")
    carrier(authored, partner, name, place, problems)
    channel = authored.channels.get(name)
    if channel is None:
        return
    if not channel.pushes:
        sentence = f"channel {name} cannot be a fallback: only one that we push through can"
        problems.add(place, "P027", sentence)
    sends = [one for one in authored.outbound() if one.partner == partner and one.form.usage == "production"]
    if channel.environment == "test" and sends:
        sentence = f"{name} is a test channel: what is in production ({sends[0].name}) does not go there"
        problems.add(place, "P025", sentence)


def _folders(authored: Authored, problems: Problems) -> None:
    """Two that take from one folder take each other's files; one that lays into another's `in` sends to itself."""
    folders: list[tuple[str, str, Place]] = []
    for name, channel in sorted(authored.channels.items()):
        if isinstance(channel, FolderChannel):
            named = (("in", channel.in_), ("out", channel.out))
            folders += [(name, one, authored.place("channel", name, key)) for key, one in named if one is not None]
    for (first, one, there), (second, other, place) in combinations(folders, 2):
        if first != second and (f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")):
            sentence = f"{other} is, or lies in, a folder of channel {first} ({there}), or holds one: each has its own"
            problems.add(place, "P037", sentence)


def _answers(authored: Authored, written: Written, problems: Problems) -> None:
    """What comes in where nothing goes out is answered elsewhere, or by nobody."""
    form, profile = written.form, written.profile
    silent = form.acknowledge.functional == "none" and form.acknowledge.ta1 == "never"
    if silent:
        return
    via, place = form.acknowledge_via or profile.acknowledge_via, written.place
    if form.acknowledge_via:
        place = authored.place("partner", written.partner, "agreements", written.name, "acknowledge_via")
    elif via:
        place = authored.place("partner", written.partner, "acknowledge_via")
    by = [via] if via else form.channels or [name for name, one in authored.channels.items() if _carries(one, written)]
    mute = [name for name in by if _mute(authored.channels.get(name))]
    if not mute:
        return
    sentence = f"channel {mute[0]} cannot send, so answers go nowhere: name another as acknowledge_via"
    if len(mute) == len(by):
        problems.add(place, "P027", sentence)
    else:
        problems.doubt(place, "P038", sentence)


def _carries(channel: Channel, written: Written) -> bool:
    return written.partner in channel.carries


def _mute(channel: Channel | None) -> bool:
    return isinstance(channel, PushingChannel) and not channel.pushes
