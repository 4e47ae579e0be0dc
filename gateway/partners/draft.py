"""The files of a new partner, drafted from a sample file or from another partner: a beginning to be corrected by hand.

Everything in a draft is in test, so that nothing of it reaches production before somebody has looked. What is a guess
says so in a comment; what cannot be in force yet stands there commented out, with the reason.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.errors import UsageError
from gateway.flaws import did_you_mean
from gateway.partners.agreement import stands_in
from gateway.partners.agreement_form import DelimitersForm
from gateway.partners.book import Book
from gateway.partners.document import parse
from gateway.partners.draft_text import Draft, DraftText, flow, quoted, remark, scalar
from gateway.partners.form import ID_PATTERN, InterchangeId
from gateway.partners.known_mappings import KnownMappings, Way, cannot, cannot_in
from gateway.partners.outbound import RELEASE_LENGTH
from gateway.partners.problems import Problems
from gateway.x12.guide import load as guide_for
from gateway.x12.interchange import Delimiters

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "810": "invoices",
        "812": "credits-and-debits",
        "820": "remittances",
        "824": "application-advices",
        "832": "catalogs",
        "846": "stock",
        "850": "orders",
        "855": "order-responses",
        "856": "shipments",
        "860": "order-changes",
        "865": "change-responses",
        "875": "grocery-orders",
        "880": "grocery-invoices",
        "940": "warehouse-orders",
        "943": "transfers",
        "944": "receipts",
        "945": "warehouse-shipments",
        "947": "adjustments",
    }
)
"""What an agreement about a set is called unless somebody calls it otherwise."""

ACKNOWLEDGEMENTS: Final = frozenset({"997", "999"})
IN_TEST: Final = remark("usage: test", "production, when its tests are good")

_THEIRS_INBOUND = frozenset({"channels", "acknowledge_via", "from_isa", "from_gs"})
_THEIRS_OUTBOUND = frozenset({"to_isa", "to_gs"})
"""Keys that name the ids and channels of the partner that somebody is to be like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One kind of set in a sample: who sends it to whom, under which ids and version."""

    sender: InterchangeId
    receiver: InterchangeId
    gs_sender: str
    gs_receiver: str
    set_id: str
    version: str
    delimiters: Delimiters


def from_sample(book: Book, name: str, seen: Sequence[Seen], mappings: KnownMappings, source: str) -> Draft:
    """A partner as a sample shows it: ids, versions, sets; what it sends us, or what we send it.

    Args:
        book: the partner files as they are.
        name: the new partner's id.
        seen: what is in the sample, in its order.
        mappings: all there are; the partner's own is taken before the base.
        source: the sample's name, for people.

    Raises UsageError when the name is taken or no id, or when the sample is of a partner we know or of us alone.
    """
    _free(book, name)
    text = DraftText(name, book.company.owner, f"drafted from {source}")
    ids, groups = _ids(book, seen, text)
    text.say(remark(f"isa: {flow(ids)}", "every ISA id it sends under"))
    text.say(remark(f"gs: {flow(groups)}", "the only GS02 it may use; without this line it may use any"))
    text.say(remark(f"time_zone: {book.company.time_zone}", "of its dates and times: a guess, it is ours"))
    inbound: dict[str, list[Seen]] = {}
    for one in seen:
        if one.set_id in ACKNOWLEDGEMENTS:
            text.note(f"{one.set_id}: acknowledgements need no agreement")
        elif _is_ours(book, one.sender):
            _sends(book, name, one, mappings, text)
        else:
            inbound.setdefault(one.set_id, []).append(one)
    for set_id, found in inbound.items():
        _receives(book, name, set_id, found, mappings, text)
    return text.draft()


def like(book: Book, name: str, other: str, files: Mapping[str, str], isa: InterchangeId | None) -> Draft:
    """A partner with the agreements of another one, under its own ids: `isa`, or one made of its name.

    `files` are the partner files as they are. Raises UsageError when the name is taken or no id, the ISA id is taken,
    or there is no such other partner.
    """
    _free(book, name)
    if other not in book.partners:
        raise UsageError(f"there is no partner '{other}'{did_you_mean(other, book.partners)}")
    if isa is not None and (holder := book.partner_with(isa) or book.identity_with(isa)):
        raise UsageError(f"{isa} is {holder} already")
    text = DraftText(name, book.company.owner, f"drafted like {other}")
    if isa is not None:
        text.say(f"isa: {flow([isa])}")
    else:
        made = InterchangeId("ZZ", re.sub(r"[^A-Z0-9]", "", name.upper())[:15])
        text.say(remark(f"isa: {flow([made])}", "made of its name: write the one it has"))
        text.note(f"{made} is made of the name: write the ISA id it has")
    text.say(remark(f"time_zone: {book.partners[other].time_zone}", f"as {other}: a guess"))
    document = parse(f"{other}.yaml", files[f"{other}.yaml"], Problems())
    written: Mapping[str, Any] = document.value.get("agreements", {}) if document is not None else {}
    for agreement, values in written.items():
        text.agree(agreement, _copied(name, other, agreement, values, text), mapping=str(values["mapping"]))
    return text.draft()


# ---------------------------------------------------------------------------------------------- who


def _free(book: Book, name: str) -> None:
    if name == "company":
        raise UsageError("'company' cannot be a partner's id: company.yaml says who we are")
    if not ID_PATTERN.fullmatch(name):
        raise UsageError(f"'{name[:60]}' cannot be a partner's id: lower-case letters, digits and hyphens, at most 40")
    for kind, one, known in (("partner", name, book.partners), ("channel", f"{name}-sftp", book.channels)):
        if one in known:
            raise UsageError(f"{kind} {one} is there already: nothing was written")


def _is_ours(book: Book, known: InterchangeId) -> bool:
    return book.identity_with(known) is not None


def _ids(book: Book, seen: Sequence[Seen], text: DraftText) -> tuple[list[InterchangeId], list[str]]:
    """The partner's ISA and GS ids: of the sender, unless that is us."""
    ids: dict[InterchangeId, None] = {}
    groups: dict[str, None] = {}
    for one in seen:
        sent = _is_ours(book, one.sender)
        theirs, us = (one.receiver, one.sender) if sent else (one.sender, one.receiver)
        if _is_ours(book, theirs):
            raise UsageError(f"{one.sender} and {one.receiver} are both ours: there is no partner in this file")
        if (holder := book.partner_with(theirs)) is not None:
            raise UsageError(f"{theirs} is {holder} already: see `gateway partner show {holder}`")
        if not _is_ours(book, us):
            text.note(f"the file is for {us}, which is none of our ids in company.yaml: it would be refused (TA1)")
        ids[theirs] = None
        groups[one.gs_receiver if sent else one.gs_sender] = None
    if len(ids) > 1:
        text.note(f"there are {len(ids)} partner ids in the file: take away those that are somebody else's")
    return list(ids), list(groups)


# ---------------------------------------------------------------------------------------------- what


def _receives(
    book: Book, name: str, set_id: str, found: Sequence[Seen], mappings: KnownMappings, text: DraftText
) -> None:
    """The agreement about a set that the partner sends; commented out with the reason where there can be none yet."""
    versions = list(dict.fromkeys(one.version[:RELEASE_LENGTH] for one in found))
    mapping, reason = _mapping(name, set_id, versions, mappings, "read")
    full = " and ".join(dict.fromkeys(one.version for one in found))
    lines = [f"set: {quoted(set_id)}", remark(f"versions: {flow(versions)}", f"GS08 was {full}"), IN_TEST]
    if any(guide_for(set_id, version) is None for version in versions):
        lines.append(remark("other_releases: nearest", "the nearest release that we have a guide for reads it"))
    lines.append(f"mapping: {mapping}")
    ours = [one for one in dict.fromkeys(book.identity_with(one.receiver) for one in found) if one]
    if ours and len(book.company.identities) > 1:
        lines.append(f"to: {flow(ours)}")
    text.agree(NAMES.get(set_id, f"set-{set_id}"), lines, mapping=mapping, reason=reason)


def _sends(book: Book, name: str, one: Seen, mappings: KnownMappings, text: DraftText) -> None:
    """The agreement about a set that we send, with the delimiters of the sample."""
    mapping, reason = _mapping(name, one.set_id, [one.version], mappings, "write")
    lines = ["direction: outbound", f"set: {quoted(one.set_id)}", f"version: {quoted(one.version)}", IN_TEST]
    lines += [f"mapping: {mapping}", f"channel: {name}-sftp"]
    if len(book.company.identities) > 1:
        lines.append(f"from: {book.identity_with(one.sender)}")
    lines += [f"from_isa: {scalar(str(one.sender))}", f"to_isa: {scalar(str(one.receiver))}"]
    usual = DelimitersForm()
    keys = ("element", "component", "segment")
    other = {key: getattr(one.delimiters, key) for key in keys if getattr(one.delimiters, key) != getattr(usual, key)}
    if other:
        lines.append(f"delimiters: {flow(other)}")
    text.agree(NAMES.get(one.set_id, f"set-{one.set_id}"), lines, mapping=mapping, reason=reason)


def _mapping(name: str, set_id: str, versions: Sequence[str], known: KnownMappings, way: Way) -> tuple[str, str]:
    """The newest mapping of a set, the partner's own before the base; and why there can be no agreement yet, or ""."""
    for owner in (name, "x12"):
        numbers = [int(one.partition("@")[2]) for one in known.names if one.partition("@")[0] == f"{owner}/{set_id}"]
        if numbers:
            found = f"{owner}/{set_id}@{max(numbers)}"
            return found, next(filter(None, _against(found, set_id, versions, known, way)), "")
    return f"{name}/{set_id}@1", f"there is no mapping for {set_id} yet"


def _against(found: str, set_id: str, versions: Sequence[str], known: KnownMappings, way: Way) -> Iterator[str]:
    yield cannot(known, found, way)
    for version in versions:
        if guide_for(set_id, version) is None and (way == "write" or not stands_in(version)):
            yield f"we have no guide for {set_id} in {version}"
        yield cannot_in(known, found, way, version)


def _copied(name: str, other: str, agreement: str, values: Mapping[str, Any], text: DraftText) -> list[str]:
    """An agreement of another partner, in test, without what names that partner's channels and ids."""
    outbound = values.get("direction") == "outbound"
    lines = []
    for key, value in values.items():
        if key in (_THEIRS_OUTBOUND if outbound else _THEIRS_INBOUND):
            text.note(f"{agreement}: {key} names {other}'s, so it was left out")
        elif key == "usage":
            lines.append(IN_TEST)
        elif key == "channel":
            lines.append(f"channel: {name}-sftp")
        elif key in ("mapping", "guide") and not str(value).startswith("x12/"):
            lines.append(remark(f"{key}: {value}", f"{other}'s, until there is one of its own"))
        else:
            lines.append(f"{key}: {quoted(value) if key in ('set', 'version') else flow(value)}")
    return lines
