"""One partner as the gateway sees it: every value in force, and the place that says so.

What a person needs who asks "why does it do that": the partner's own file, its channels, the company's defaults and
what nobody wrote down, all in one list under the keys that the files use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from gateway.flaws import Place
from gateway.ledger.deadlines import INBOUND, OUTBOUND, Due
from gateway.partners.agreement import Agreement
from gateway.partners.book import Book
from gateway.partners.clocks import BookClocks
from gateway.partners.form import Form, InterchangeId, keys_of
from gateway.partners.outbound import OutboundAgreement
from gateway.partners.window import Window


@dataclass(frozen=True, slots=True)
class Fact:
    """A value in force under the key that says it. Without a `place` nobody wrote it: it is the default, or `derived`
    from what is written.
    """

    key: str
    value: object
    place: Place | None = None
    derived: bool = False

    @property
    def origin(self) -> str:
        """Who says so: file and line, "default", or "derived"."""
        return str(self.place) if self.place else "derived" if self.derived else "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Everything about one thing. `heading` is a line for people."""

    kind: Literal["partner", "channel", "intake", "inbound", "outbound"]
    id: str
    heading: str
    facts: tuple[Fact, ...]


def resolved(book: Book, partner: str) -> tuple[Section, ...]:
    """The partner, its channels, the systems that may send to it, and its agreements both ways.

    Raises KeyError when there is no such partner.
    """
    profile = book.partners[partner]
    facts = [one for one in _written(book, profile, "partner", partner) if one.key != "agreements"]
    own = Section(kind="partner", id=partner, heading=f"{partner}: {profile.name}", facts=tuple(facts))
    return (own, *_around(book, partner), *_inbound(book, partner), *_outbound(book, partner))


def _around(book: Book, partner: str) -> Iterator[Section]:
    for name, channel in book.channels.items():
        if partner in channel.carries:
            facts = tuple(_written(book, channel, "channel", name))
            yield Section(kind="channel", id=name, heading=f"channel {name}", facts=facts)
    for name, intake in book.intakes.items():
        if partner in intake.may_send:
            facts = tuple(_written(book, intake, "intake", name))
            yield Section(kind="intake", id=name, heading=f"our system {name}, which may send", facts=facts)


def _inbound(book: Book, partner: str) -> Iterator[Section]:
    for agreement in book.agreements:
        if agreement.partner == partner:
            versions = " and ".join(sorted(agreement.scope.versions))
            heading = f"{agreement.id} for {agreement.identity}: we receive {agreement.set_id} {versions}"
            facts = _Agreed(book, agreement).inbound(agreement)
            yield Section(kind="inbound", id=agreement.id, heading=heading, facts=tuple(facts))


def _outbound(book: Book, partner: str) -> Iterator[Section]:
    for agreement in book.outbounds:
        if agreement.partner == partner:
            heading = f"{agreement.id} from {agreement.identity}: we send {agreement.set_id} {agreement.version}"
            facts = _Agreed(book, agreement).outbound(agreement)
            yield Section(kind="outbound", id=agreement.id, heading=heading, facts=tuple(facts))


class _Agreed:
    """The keys of one agreement. What it leaves out may be said by its partner, a channel or the company."""

    def __init__(self, book: Book, agreement: Agreement | OutboundAgreement) -> None:
        self._book = book
        self._partner = agreement.partner
        self._name = agreement.id.partition("/")[2]
        self._identity = agreement.identity
        self._form = book.partners[agreement.partner].agreements[self._name]

    def inbound(self, agreement: Agreement) -> Iterator[Fact]:
        scope = agreement.scope
        carrying = [name for name, one in self._book.channels.items() if self._partner in one.carries]
        carries = self._book.written("channel", carrying[0], "carries") if carrying else None
        elsewhere: dict[str, tuple[object, Place | None]] = {
            "owner": (agreement.owner, self._of_partner("owner")),
            "channels": (sorted(scope.channels) or carrying, carries),
            "from_isa": (sorted(scope.senders), self._of_partner("isa")),
            "to": ([agreement.identity], self._of_ours()),
            "from_gs": (sorted(scope.gs_senders) or "any", self._of_partner("gs")),
            "to_gs": (sorted(scope.gs_receivers) or "any", self._of_ours("gs") if scope.gs_receivers else None),
            "destination": (agreement.destination or "none", self._of_ours("destination")),
            "test_destination": (agreement.test_destination or "none", self._of_ours("test_destination")),
            "guide": (agreement.guide or "none: the standard alone", None),
            "deadlines": (self._lengths(agreement, INBOUND), self._of_partner("deadlines")),
            "acknowledge_via": (
                agreement.acknowledge_via or "the channel a file came in by",
                self._of_partner("acknowledge_via"),
            ),
        }
        yield from self._facts(elsewhere)
        yield Fact("revision", agreement.revision, derived=True)

    def outbound(self, agreement: OutboundAgreement) -> Iterator[Fact]:
        sender = InterchangeId(agreement.sender_qualifier, agreement.sender)
        receiver = InterchangeId(agreement.receiver_qualifier, agreement.receiver)
        used = agreement.delimiters
        delimiters = {field.name: getattr(used, field.name) for field in fields(used) if getattr(used, field.name)}
        elsewhere: dict[str, tuple[object, Place | None]] = {
            "owner": (agreement.owner, self._of_partner("owner")),
            "from": (agreement.identity, self._of_ours()),
            "from_isa": (sender, self._of_ours("isa")),
            "to_isa": (receiver, self._of_partner("isa")),
            "from_gs": (agreement.gs_sender, self._of_ours("gs") or self._of_ours("isa")),
            "to_gs": (agreement.gs_receiver, self._of_partner("gs") or self._of_partner("isa")),
            "guide": (agreement.guide or "none: the standard alone", None),
            "delimiters": (delimiters, None),
            "deadlines": (self._lengths(agreement, OUTBOUND), self._of_partner("deadlines")),
            "lane": (agreement.lane, None),
        }
        yield from self._facts(elsewhere)
        yield Fact("canonical", agreement.canonical, derived=True)
        yield Fact("functional_id", agreement.functional_id, derived=True)
        yield Fact("interchange_version", agreement.interchange_version, derived=True)
        yield Fact("revision", agreement.revision, derived=True)

    def _facts(self, elsewhere: dict[str, tuple[object, Place | None]]) -> Iterator[Fact]:
        """Every key: where it is written, its own place; else the place that stands in for it."""
        path = ("agreements", self._name)
        for fact in _written(self._book, self._form, "partner", self._partner, *path):
            value, place = elsewhere.get(fact.key, (fact.value, None))
            yield Fact(fact.key, _plain(value), fact.place or place)

    def _lengths(self, agreement: Agreement | OutboundAgreement, dues: tuple[Due, ...]) -> dict[str, str]:
        clocks = BookClocks(self._book)
        return {due.value: str(clocks.length(due, self._partner, agreement.id)) for due in dues}

    def _of_partner(self, key: str) -> Place | None:
        return self._book.written("partner", self._partner, key)

    def _of_ours(self, *key: str) -> Place | None:
        return self._book.written("company", "company", "identities", self._identity, *key)


def _written(
    book: Book, form: Form, kind: Literal["partner", "channel", "intake"], name: str, *path: str
) -> Iterator[Fact]:
    for key, attribute in keys_of(type(form)).items():
        yield Fact(key, _plain(getattr(form, attribute)), book.written(kind, name, *path, key))


def _plain(value: object) -> object:
    """As it is written in a file, or JSON has it."""
    match value:
        case InterchangeId() | Window():
            return str(value)
        case Form():
            return {key: _plain(getattr(value, name)) for key, name in keys_of(type(value)).items()}
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)
