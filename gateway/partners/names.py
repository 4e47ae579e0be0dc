"""Names that partner files use for each other: each has to be there, and a channel has to carry who it is named for."""

from collections.abc import Iterable

from gateway.flaws import Place, did_you_mean
from gateway.partners.authored import Authored, Kind
from gateway.partners.company import Identity
from gateway.partners.problems import Problems


def known(authored: Authored, kind: Kind, name: str, place: Place, problems: Problems) -> None:
    """Note a name that no file has; one that could not be read is there all the same."""
    there: Iterable[str] = authored.ids(kind)
    if (kind, name) not in authored.named:
        problems.add(place, "P020", f"there is no {kind} '{name}'{did_you_mean(name, there)}")


def carrier(authored: Authored, partner: str, name: str, place: Place, problems: Problems) -> None:
    """Note a channel that is not there, or does not carry the partner."""
    known(authored, "channel", name, place, problems)
    channel = authored.channels.get(name)
    if channel is not None and partner not in channel.carries:
        problems.add(place, "P024", f"channel {name} does not carry {partner}")


def identities_of(authored: Authored) -> dict[str, Identity]:
    """Our identities by id; none while company.yaml cannot be read."""
    return dict(authored.company.identities) if authored.company is not None else {}


def one_of_ours(authored: Authored, name: str, place: Place, problems: Problems) -> None:
    """Note an identity that company.yaml does not have."""
    ours = identities_of(authored)
    if ours and name not in ours:
        problems.add(place, "P020", f"company.yaml has no identity '{name}'{did_you_mean(name, ours)}")


def one_of_theirs(
    owner: str, key: str, value: object, there: Iterable[object], place: Place, problems: Problems
) -> None:
    """Note an id that its owner does not have: `key` is "isa" or "gs"."""
    there = list(there)
    if value not in there:
        hint = did_you_mean(str(value), map(str, there))
        problems.add(place, "P020", f"{owner} has no {key} {value}{hint}")


def guide_fits(authored: Authored, name: str, set_id: str, place: Place, problems: Problems) -> str:
    """Note a partner guide that is not there or about another set; the release it is about."""
    known(authored, "guide", name, place, problems)
    about, _, release = name.partition("/")[2].partition("@")[0].partition("-")
    if about != set_id:
        problems.add(place, "P026", f"{name} is about {about}, the agreement about {set_id}")
    return release
