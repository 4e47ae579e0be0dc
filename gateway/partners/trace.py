"""Why a set finds the agreement it finds, or none: every step of the look-up in words, with file and line."""

from dataclasses import dataclass

from gateway.partners.agreement import USAGES, Agreement
from gateway.partners.book import Book, Hold, NoAgreement, NotOurs, Quarantine, Route
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The steps of one look-up, and what it came to. `channel` is the one looked at, "" when no channel carries it."""

    channel: str
    lines: tuple[str, ...]
    found: Agreement | NoAgreement


def why(
    book: Book, channel: str | None, header: InterchangeHeader, group: GroupHeader, transaction: SetHeader
) -> Trace:
    """The look-up for one set. `channel` None takes the first that carries the sender, and says so."""
    lines, used = _who(book, channel, header)
    if not used:
        lines.append("=> none: nobody signs in with documents of this sender; they would be quarantined, not answered")
        return Trace(channel="", lines=tuple(lines), found=NoAgreement("no channel carries this sender"))
    route = book.route(used, header)
    if isinstance(route, Route):
        lines += _about(header, group, transaction)
        lines += _candidates(book, used, route.partner, header, group, transaction)
    found = book.agreement(used, header, group, transaction)
    lines.append(_verdict(book, found, route, header))
    return Trace(channel=used, lines=tuple(lines), found=found)


def _who(book: Book, channel: str | None, header: InterchangeHeader) -> tuple[list[str], str]:
    """Sender, channel and receiver; and the channel that was looked at."""
    sender = (header.sender_qualifier, header.sender)
    partner = book.partner_with(sender)
    if partner is None:
        return [f"sender {'/'.join(sender)}: no partner has this ISA id"], channel or ""
    lines = [f"sender {'/'.join(sender)}: {partner} ({book.place('partner', partner, 'isa')})"]
    carrying = [name for name, known in book.channels.items() if partner in known.carries]
    used = channel or next(iter(carrying), "")
    if channel is not None:
        does = "carries" if channel in carrying else "does not carry"
        lines.append(f"channel {channel}: {does} {partner}")
    elif carrying:
        lines.append(f"channel {used}: the first of {len(carrying)} that carry {partner}; name another with --channel")
    else:
        lines.append(f"channel: none carries {partner}")
    identity = book.identity_with((header.receiver_qualifier, header.receiver))
    if identity is not None:
        place = book.place("company", "company", "identities", identity)
        lines.append(f"receiver {header.receiver_qualifier}/{header.receiver}: our {identity} ({place})")
    return lines, used


def _about(header: InterchangeHeader, group: GroupHeader, transaction: SetHeader) -> list[str]:
    usage = USAGES.get(header.usage, "neither production nor test")
    return [
        f"set {transaction.id}, version {group.version}, GS02 {group.sender}, GS03 {group.receiver}, "
        f"ISA15 {header.usage} ({usage})"
    ]


def _candidates(
    book: Book,
    channel: str,
    partner: str,
    header: InterchangeHeader,
    group: GroupHeader,
    transaction: SetHeader,
) -> list[str]:
    lines = []
    for agreement in book.candidates(partner, transaction.id):
        missed = agreement.scope.misses(channel, header, group, transaction.id)
        verdict = f"no: {missed}" if missed else f"fits, for {agreement.usage}"
        lines.append(f"  {agreement.id} for {agreement.identity} ({agreement.place}): {verdict}")
    return lines


def _verdict(book: Book, found: Agreement | NoAgreement, route: object, header: InterchangeHeader) -> str:
    if isinstance(found, NoAgreement):
        outcome = "the set is rejected, AK5 R 1"
        if isinstance(route, Quarantine):
            outcome = "the interchange is quarantined and not answered"
        elif isinstance(route, NotOurs):
            outcome = f"the interchange is refused, TA1 R {route.note}"
        return f"=> none: {found.reason}; {outcome}"
    target = book.destination_for(found, header.usage)
    where = f"held: {target.reason}" if isinstance(target, Hold) else f"to {target.id}"
    functional = found.acknowledge.functional
    answer = "no 997" if functional == "none" else functional
    guide = f", guide {found.guide}" if found.guide else ""
    return (
        f"=> {found.id} ({found.usage}): mapping {found.mapping}{guide}, {where}; {answer}, TA1 {found.acknowledge.ta1}"
    )
