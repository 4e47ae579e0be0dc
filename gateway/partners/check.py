"""What only shows when all partner files are seen together: names nobody has, ids claimed twice, ties, mixed stages."""

from collections import defaultdict
from itertools import combinations

from gateway.flaws import Place
from gateway.partners.agreement import Scope, Written, scope_of, stands_in
from gateway.partners.authored import Authored
from gateway.partners.channel import As2Channel, HttpChannel, MailChannel, SftpChannel
from gateway.partners.check_as2 import check_as2, check_mail
from gateway.partners.check_deadlines import check_deadlines
from gateway.partners.check_guide import check_guide
from gateway.partners.check_names import check_names
from gateway.partners.check_notify import check_notify
from gateway.partners.check_outbound import check_outbound
from gateway.partners.check_polls import check_polls
from gateway.partners.check_pushing import check_pushing
from gateway.partners.company import Company
from gateway.partners.form import InterchangeId, Stage
from gateway.partners.known_mappings import KnownMappings, Use, check_use
from gateway.partners.names import carrier, guide_fits, identities_of, known, one_of_ours, one_of_theirs
from gateway.partners.problems import Problems
from gateway.x12.guide import load as guide_for
from gateway.x12.response import kind_for

CHANGES = ("860", "876")
"""Sets that change an order which was placed before."""


def check(authored: Authored, mappings: KnownMappings | None, problems: Problems) -> None:
    """Note everything that does not hold together; `mappings` None: whether mappings exist is not asked."""
    if authored.company is not None:
        _identities(authored, authored.company, problems)
    _partner_ids(authored, problems)
    check_deadlines(authored, problems)
    _sign_ins(authored, problems)
    check_polls(authored, problems)
    for written in authored.agreements():
        _names(authored, written, problems)
        _narrowing(authored, written, problems)
        _set(authored, written, mappings, problems)
        _guide(authored, written, mappings, problems)
        _where_to(authored, written, problems)
    for outbound in authored.outbound():
        check_outbound(authored, outbound, mappings, problems)
    check_names(authored, problems)
    check_pushing(authored, problems)
    check_notify(authored, problems)
    _ties(authored, problems)


# ---------------------------------------------------------------------------------------------- who is who


def _identities(authored: Authored, company: Company, problems: Problems) -> None:
    holders: defaultdict[InterchangeId, list[str]] = defaultdict(list)
    for name, identity in company.identities.items():
        for own in dict.fromkeys(identity.isa):
            holders[own].append(name)
        for key, stage in (("destination", "production"), ("test_destination", "test")):
            place = authored.place("company", "company", "identities", name, key)
            _destination(authored, getattr(identity, key), stage, place, problems)
    for own, names in holders.items():
        if len(names) > 1:
            _shared(authored, company, own, names, problems)


def _shared(authored: Authored, company: Company, own: InterchangeId, names: list[str], problems: Problems) -> None:
    """Identities behind one ISA id are told apart by GS03: each needs ids there, and none of another's."""
    seen: dict[str, str] = {}
    for name in names:
        gs = company.identities[name].gs
        place = authored.key("company", "company", "identities", name)
        taken = [one for one in gs if one in seen]
        if not gs:
            others = ", ".join(other for other in names if other != name)
            problems.add(place, "P021", f"{own} is also {others}: `gs` has to say which GS03 means {name}")
        elif taken:
            problems.add(place, "P021", f"GS03 {taken[0]} behind {own} already means {seen[taken[0]]}")
        seen |= dict.fromkeys(gs, name)


def _partner_ids(authored: Authored, problems: Problems) -> None:
    claimed: dict[InterchangeId, tuple[str, Place]] = {}
    if authored.company is not None:
        for name, identity in authored.company.identities.items():
            place = authored.place("company", "company", "identities", name, "isa")
            claimed |= dict.fromkeys(identity.isa, ("ourselves", place))
    for partner, profile in sorted(authored.partners.items()):
        for position, own in enumerate(profile.isa):
            place = authored.place("partner", partner, "isa", position)
            holder = claimed.setdefault(own, (partner, place))
            if holder[1] != place:
                problems.add(place, "P021", f"{own} is claimed by {holder[0]} already ({holder[1]})")


# ---------------------------------------------------------------------------------------------- who may sign in


def _sign_ins(authored: Authored, problems: Problems) -> None:
    users: dict[str, Place] = {}
    keys: dict[str, Place] = {}
    pairs: dict[str, Place] = {}
    addresses: dict[str, Place] = {}
    for name, channel in sorted(authored.channels.items()):
        for position, partner in enumerate(channel.carries):
            known(authored, "partner", partner, authored.place("channel", name, "carries", position), problems)
        match channel:
            case SftpChannel():
                if not channel.authorized_keys and channel.password is None:
                    sentence = f"nobody can sign in as {channel.user}: authorized_keys, a password, or both are needed"
                    problems.add(authored.place("channel", name), "P024", sentence)
                _once(users, channel.user, authored.place("channel", name, "user"), "user", problems)
            case HttpChannel():
                _once(keys, channel.api_key, authored.place("channel", name, "api_key"), "key", problems)
            case As2Channel():
                pair = f"{channel.their_id}\0{channel.our_id}"
                _once(pairs, pair, authored.place("channel", name, "their_id"), "pair of AS2 names", problems)
                check_as2(authored, name, channel, problems)
            case MailChannel():
                place = authored.place("channel", name, "our_address")
                _once(addresses, channel.our_address, place, "address of ours", problems)
                check_mail(authored, name, channel, problems)
    for name, intake in sorted(authored.intakes.items()):
        for position, partner in enumerate(intake.may_send):
            known(authored, "partner", partner, authored.place("intake", name, "may_send", position), problems)
        _once(keys, intake.api_key, authored.place("intake", name, "api_key"), "key", problems)
    _people(authored, keys, problems)


def _people(authored: Authored, keys: dict[str, Place], problems: Problems) -> None:
    people = authored.company.operators if authored.company is not None else {}
    for name, person in sorted(people.items()):
        _once(keys, person.api_key, authored.place("company", "company", "operators", name), "key", problems)


def _once(seen: dict[str, Place], value: str, place: Place, what: str, problems: Problems) -> None:
    """One sign-in means one channel or one system of ours, or what it may do could not be told."""
    first = seen.setdefault(value, place)
    if first != place:
        problems.add(place, "P023", f"this {what} already signs in to something else ({first})")


# ---------------------------------------------------------------------------------------------- agreements


def _names(authored: Authored, written: Written, problems: Problems) -> None:
    """Channels and identities that an agreement or its profile names."""
    form = written.form
    for position, name in enumerate(form.channels):
        carrier(authored, written.partner, name, _at(authored, written, "channels", position), problems)
    if form.acknowledge_via:
        carrier(authored, written.partner, form.acknowledge_via, _at(authored, written, "acknowledge_via"), problems)
    elif written.profile.acknowledge_via:
        place = authored.place("partner", written.partner, "acknowledge_via")
        carrier(authored, written.partner, written.profile.acknowledge_via, place, problems)
    for position, name in enumerate(form.to):
        one_of_ours(authored, name, _at(authored, written, "to", position), problems)


def _narrowing(authored: Authored, written: Written, problems: Problems) -> None:
    """What narrows an agreement has to be something the partner has, or it would never be found."""
    form, profile = written.form, written.profile
    for position, own in enumerate(form.from_isa):
        one_of_theirs(written.partner, "isa", own, profile.isa, _at(authored, written, "from_isa", position), problems)
    for position, gs in enumerate(form.from_gs):
        place = _at(authored, written, "from_gs", position)
        one_of_theirs(written.partner, "gs", gs, profile.gs or form.from_gs, place, problems)


def _set(authored: Authored, written: Written, mappings: KnownMappings | None, problems: Problems) -> None:
    form = written.form
    for position, version in enumerate(form.versions):
        standing_in = form.other_releases == "nearest" and stands_in(version)
        if guide_for(form.set, version) is None and not standing_in:
            place = _at(authored, written, "versions", position)
            problems.add(place, "P026", f"there is no guide for {form.set} in version {version}")
        if form.acknowledge.functional == "999" and kind_for(version, "999") != "999":
            place = _at(authored, written, "acknowledge", "functional")
            problems.add(place, "P012", f'version {version} has no 999, which came with 005010: write "997"')
    if form.before_order is not None and form.set not in CHANGES:
        place = _at(authored, written, "before_order")
        problems.add(place, "P012", f"it is about changes of orders ({', '.join(CHANGES)}), not about {form.set}")
    versions = [
        (version, _at(authored, written, "versions", position))
        for position, version in enumerate(form.versions)
        if not (form.guide and stands_in(version))  # read by the release of the partner guide
    ]
    place = _at(authored, written, "mapping")
    use = Use(way="read", name=form.mapping, set_id=form.set, versions=versions, place=place)
    check_use(mappings, use, problems)


def _guide(authored: Authored, written: Written, mappings: KnownMappings | None, problems: Problems) -> None:
    """The partner guide that an agreement names: there, about what the agreement is about, and read by its mapping."""
    form, name = written.form, written.form.guide
    if name is None:
        return
    release = guide_fits(authored, name, form.set, _at(authored, written, "guide"), problems)
    for position, version in enumerate(form.versions):
        if version[:6] != release and not stands_in(version):
            where = _at(authored, written, "versions", position)
            sentence = f"{name} is about {release}, not {version}: write another agreement for that"
            problems.add(where, "P026", sentence)
    check_guide(authored, "read", f"{written.partner}/{written.name}", (form.mapping, name), mappings, problems)


def _where_to(authored: Authored, written: Written, problems: Problems) -> None:
    """Test data never reaches production, and what is in production has somewhere to go."""
    form = written.form
    for key, stage in (("destination", "production"), ("test_destination", "test")):
        _destination(authored, getattr(form, key), stage, _at(authored, written, key), problems)
    if form.usage == "production" and form.destination is None:
        ours = identities_of(authored)
        homeless = [name for name in form.to or ours if name in ours and ours[name].destination is None]
        if homeless:
            sentence = f"'destination' is missing: {homeless[0]} in company.yaml has no default either"
            problems.add(written.place, "P011", sentence)


def _destination(authored: Authored, name: str | None, stage: Stage | str, place: Place, problems: Problems) -> None:
    if name is None:
        return
    known(authored, "destination", name, place, problems)
    found = authored.destinations.get(name)
    if found is not None and found.stage != stage:
        key = "destination" if stage == "production" else "test_destination"
        problems.add(place, "P025", f"{name} is a {found.stage} system: {key} has to be a {stage} one")


def _ties(authored: Authored, problems: Problems) -> None:
    """Two agreements that overlap, neither part of the other: which one a set finds would be chance."""
    ours = identities_of(authored)
    groups: defaultdict[tuple[str, str, str], list[tuple[Written, Scope]]] = defaultdict(list)
    for written in authored.agreements():
        key = (written.partner, written.form.set, written.form.usage)
        groups[key].append((written, scope_of(written, ours)))
    for group in groups.values():
        for (first, one), (second, two) in combinations(group, 2):
            if one.overlaps(two) and one.within(two) == two.within(one):
                sentence = (
                    f"ties with {first.name} ({first.place}): both fit the same {first.form.set}, and neither is more "
                    "specific; narrow one by channels, from_isa, to, from_gs, to_gs or versions"
                )
                problems.add(second.place, "P022", sentence)


# ---------------------------------------------------------------------------------------------- common ground


def _at(authored: Authored, written: Written, *path: str | int) -> Place:
    return authored.place("partner", written.partner, "agreements", written.name, *path)
