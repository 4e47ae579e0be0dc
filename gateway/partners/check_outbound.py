"""Whether an agreement about what we send holds together with everything it names: what is wrong with it would else
only show when the first document waits for it.
"""

from collections.abc import Iterator

from gateway.canonical.sets import CANONICAL_TYPES
from gateway.flaws import Place
from gateway.partners.authored import Authored
from gateway.partners.channel import SftpChannel
from gateway.partners.check_guide import check_guide
from gateway.partners.company import Identity
from gateway.partners.known_mappings import KnownMappings, Use, check_use
from gateway.partners.names import carrier, guide_fits, identities_of, one_of_ours, one_of_theirs
from gateway.partners.outbound import Ends, WrittenOutbound, delimiters_of
from gateway.partners.problems import Problems
from gateway.x12.errors import OutputRefused
from gateway.x12.guide import load as guide_for
from gateway.x12.guide import release_of
from gateway.x12.response import kind_for
from gateway.x12.values import BASIC, EXTENDED
from gateway.x12.write import REPETITION_SINCE, check_delimiters

SHORTEST_GROUP_ID = 2
"""GS02 and GS03 are AN 2/15; partners send shorter ones, we do not."""

MONEY_SETS = frozenset({"810", "880"})
"""Where what is added up may be rounded in two ways."""


def check_outbound(
    authored: Authored, written: WrittenOutbound, mappings: KnownMappings | None, problems: Problems
) -> None:
    """Note everything about one agreement that cannot be; `mappings` None: whether mappings exist is not asked."""
    _Outbound(authored, written, problems).check(mappings)


class _Outbound:
    """One agreement with the files around it."""

    def __init__(self, authored: Authored, written: WrittenOutbound, problems: Problems) -> None:
        self._authored = authored
        self._written = written
        self._form = written.form
        self._problems = problems

    def check(self, mappings: KnownMappings | None) -> None:
        self._set()
        self._mapping(mappings)
        self._guide(mappings)
        self._channel()
        self._delimiters()
        self._ends()
        self._habits()

    def _at(self, *path: str | int) -> Place:
        return self._authored.place("partner", self._written.partner, "agreements", self._written.name, *path)

    def _wrong(self, code: str, sentence: str, *path: str | int) -> None:
        self._problems.add(self._at(*path), code, sentence)

    # ------------------------------------------------------------------------------------------ what

    def _set(self) -> None:
        form = self._form
        if form.set not in CANONICAL_TYPES:
            why = "acknowledgements are written by the gateway" if form.set in ("997", "999") else "no document is one"
            self._wrong("P026", f"nobody hands in a {form.set}: {why}", "set")
        elif guide_for(form.set, form.version) is None:
            self._wrong("P026", f"there is no guide for {form.set} in version {form.version}", "version")

    def _mapping(self, mappings: KnownMappings | None) -> None:
        form = self._form
        versions = [(form.version, self._at("version"))]
        use = Use(way="write", name=form.mapping, set_id=form.set, versions=versions, place=self._at("mapping"))
        check_use(mappings, use, self._problems)
        mapping = mappings.about(form.mapping) if mappings is not None else None
        if form.combine and mapping is not None and mapping.split is None:
            self._wrong("P026", f"{form.mapping} cannot combine parts: it has no split:", "combine")

    def _guide(self, mappings: KnownMappings | None) -> None:
        name, version = self._form.guide, self._form.version
        if name is None:
            return
        release = guide_fits(self._authored, name, self._form.set, self._at("guide"), self._problems)
        if release_of(version) is not None and not version.startswith(release):
            self._wrong("P026", f"{name} is about {release}, not {version}", "version")
        agreement = f"{self._written.partner}/{self._written.name}"
        check_guide(self._authored, "write", agreement, (self._form.mapping, name), mappings, self._problems)

    # ------------------------------------------------------------------------------------------ where to

    def _channel(self) -> None:
        name, place = self._form.channel, self._at("channel")
        carrier(self._authored, self._written.partner, name, place, self._problems)
        channel = self._authored.channels.get(name)
        if channel is None:
            return
        if not (isinstance(channel, SftpChannel) or channel.pushes):
            sentence = "only with door: sftp, or one that we push through, like `folder`"
            self._problems.add(place, "P027", f"channel {name} cannot send: {sentence}")
        if channel.environment == "test" and self._form.usage == "production":
            self._problems.add(place, "P025", f"{name} is a test channel: what is in production does not go there")

    # ------------------------------------------------------------------------------------------ between whom

    def _ends(self) -> None:
        ours, form = identities_of(self._authored), self._form
        if form.from_ is not None:
            one_of_ours(self._authored, form.from_, self._at("from"), self._problems)
        elif len(ours) > 1:
            sentence = f"'from' is missing: company.yaml has several identities, {', '.join(sorted(ours))}"
            self._problems.add(self._written.place, "P011", sentence)
        identity = ours.get(self._written.identity(ours))
        if identity is None:
            return
        profile, partner, us = self._written.profile, self._written.partner, self._written.identity(ours)
        for key, value, owner, kind, there in (
            ("from_isa", form.from_isa, us, "isa", identity.isa),
            ("to_isa", form.to_isa, partner, "isa", profile.isa),
            ("from_gs", form.from_gs, us, "gs", identity.gs),
            ("to_gs", form.to_gs, partner, "gs", profile.gs),
        ):
            if value is not None and there:
                one_of_theirs(owner, kind, value, there, self._at(key), self._problems)
        self._addresses(identity, us)

    def _addresses(self, identity: Identity, us: str) -> None:
        """Every id can be written: with the characters that were agreed, none of them a delimiter."""
        used = delimiters_of(self._form.delimiters, self._form.version)
        allowed = BASIC if self._form.charset == "basic" else EXTENDED
        allowed -= frozenset(used.element + used.component + used.segment + used.repetition)
        for element, value, place in self._addressed(identity, us):
            outside = "".join(sorted(set(value) - allowed))
            if outside:
                sentence = f"{element} would be {value!r}: '{outside}' is a delimiter, or outside the agreed characters"
                self._problems.add(place, "P012", sentence)
            elif element.startswith("GS") and len(value) < SHORTEST_GROUP_ID:
                self._problems.add(place, "P012", f"{element} would be {value!r}: it has at least 2 characters")

    def _addressed(self, identity: Identity, us: str) -> Iterator[tuple[str, str, Place]]:
        """ISA06, ISA08, GS02 and GS03, each with the place that says so."""
        form, ends = self._form, Ends.of(self._written, identity)
        gs_key, gs_place = ("gs" if identity.gs else "isa"), ("gs" if self._written.profile.gs else "isa")
        company, partner = self._authored.place, self._written.partner
        for element, value, key, elsewhere in (
            ("ISA06", ends.sender.id, "from_isa", company("company", "company", "identities", us, "isa", 0)),
            ("ISA08", ends.receiver.id, "to_isa", company("partner", partner, "isa", 0)),
            ("GS02", ends.gs_sender, "from_gs", company("company", "company", "identities", us, gs_key, 0)),
            ("GS03", ends.gs_receiver, "to_gs", company("partner", partner, gs_place, 0)),
        ):
            yield element, value, self._at(key) if getattr(form, key) else elsewhere

    # ------------------------------------------------------------------------------------------ how

    def _delimiters(self) -> None:
        form = self._form
        if form.delimiters.repetition is not None and form.version < REPETITION_SINCE:
            sentence = f"version {form.version} has no repetition separator, which came with {REPETITION_SINCE}"
            self._wrong("P012", sentence, "delimiters", "repetition")
        try:
            check_delimiters(delimiters_of(form.delimiters, form.version))
        except OutputRefused as refused:
            self._wrong("P012", str(refused), "delimiters")
        if form.line_ends and form.delimiters.segment in ("\r", "\n"):
            self._wrong("P012", "the segment terminator is a line end already", "line_ends")

    def _habits(self) -> None:
        form = self._form
        expects = form.acknowledgement.expects
        if expects == "999" and kind_for(form.version, "999") != "999":
            sentence = f'version {form.version} has no 999, which came with 005010: write "997"'
            self._wrong("P012", sentence, "acknowledgement", "expects")
        if form.batch.wait_minutes and form.batch.sets == 1:
            sentence = "nothing to wait for: `sets` says one document an interchange"
            self._wrong("P012", sentence, "batch", "wait_minutes")
        if form.rounding != "line" and form.set not in MONEY_SETS:
            self._wrong("P012", f"rounding is a matter of {' and '.join(sorted(MONEY_SETS))}", "rounding")
