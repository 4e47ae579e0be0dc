"""Partner files as the demo changes its copy of them: strangers' ids adopted, and every partner able to sign in."""

from collections.abc import Mapping
from typing import Any

import yaml

from gateway.app.demo.rounds import Strangers
from gateway.errors import UsageError
from gateway.partners.book import Book
from gateway.partners.channel import SftpChannel
from gateway.partners.document import parse
from gateway.partners.problems import Problems

ADOPTED_MAPPING = "x12/850@1"
"""What nobody wrote an overlay for is read by the base."""


def require_partner(book: Book, partner: str) -> None:
    """Raises UsageError, with those that there are, when there is no such partner."""
    if partner not in book.partners:
        raise UsageError(f"--as {partner}: there is no such partner; there are {', '.join(book.partners)}")


def adopt(files: Mapping[str, str], partner: str, strangers: Strangers) -> Mapping[str, str]:
    """The partner files with every unknown sender made one of `partner`'s ids, and every unknown receiver one of ours.

    Adopted senders get an agreement of their own over the base mapping; test data (ISA15 T) goes to the test
    destination as for everybody.
    """
    senders, receivers = sorted(strangers.senders), sorted(strangers.receivers)
    changed: dict[str, str] = {}
    if receivers:
        company = value_of("company.yaml", files)
        first = next(iter(company["identities"].values()))
        first["isa"] = [*first["isa"], *receivers]
        changed["company.yaml"] = text_of(company)
    if senders:
        profile = value_of(f"{partner}.yaml", files)
        known = {name: _own(one, profile) for name, one in profile.get("agreements", {}).items()}
        profile["isa"] = [*profile["isa"], *senders]
        profile.pop("gs", None)  # strangers have GS ids of their own, often several
        agreement = {
            "set": "850",
            "versions": ["004010", "005010"],
            "usage": "production",
            "mapping": ADOPTED_MAPPING,
            "from_isa": senders,
        }
        profile["agreements"] = {**known, "adopted": agreement}
        changed[f"{partner}.yaml"] = text_of(profile)
    return {**files, **changed}


def _own(agreement: Mapping[str, Any], profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """An agreement of the partner as it was before it had the ids of strangers, and lost its GS ids."""
    if agreement.get("direction") == "outbound":
        return {"to_gs": next(iter(profile.get("gs", [])), profile["isa"][0].partition("/")[2]), **agreement}
    return {"from_isa": list(profile["isa"]), **agreement}


def with_sftp(files: Mapping[str, str], book: Book) -> Mapping[str, str]:
    """The partner files with an SFTP channel for every partner that whoever plays it can sign in at.

    The demo has no partner's private key and comes from this machine: channels get a password and lose
    `allow_from`, and partners without an SFTP channel get one.
    """
    changed: dict[str, str] = {}
    carried: set[str] = set()
    for name, channel in book.channels.items():
        if not isinstance(channel, SftpChannel):
            continue
        carried.update(channel.carries)
        if channel.password is None or channel.allow_from:
            authored = value_of(f"channels/{name}.yaml", files)
            authored.pop("allow_from", None)
            authored.setdefault("password", f"file:secrets/demo-{name}.password")
            changed[f"channels/{name}.yaml"] = text_of(authored)
    for partner in book.partners.keys() - carried:
        name = f"demo-{partner}"[:40].rstrip("-")
        secret = f"file:secrets/{name}.password"
        made = {"door": "sftp", "owner": "demo", "carries": [partner], "user": name, "password": secret}
        changed[f"channels/{name}.yaml"] = text_of(made)
    return {**files, **changed}


def value_of(name: str, files: Mapping[str, str]) -> dict[str, Any]:
    """What a partner file says. Raises UsageError when it cannot be read."""
    document = parse(name, files[name], Problems())
    if document is None:
        raise UsageError(f"{name} cannot be read: gateway partner check")
    return document.value


def text_of(value: Any) -> str:
    """It written again."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
