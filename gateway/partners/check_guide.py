"""The mapping and the partner guide of an agreement, held against each other before the first document shows it."""

from gateway.partners.authored import Authored
from gateway.partners.known_mappings import KnownMappings, Mismatch, Way
from gateway.partners.problems import Problems


def check_guide(
    authored: Authored,
    way: Way,
    agreement: str,
    names: tuple[str, str | None],
    mappings: KnownMappings | None,
    problems: Problems,
) -> None:
    """Note what cannot go together (P028), and what some documents will show (P029, a warning).

    `agreement` is the id, "acme/invoices", `names` are its mapping and its guide. Nothing is said where one of them is
    not there or not good: that is told elsewhere.
    """
    mapping_name, guide_name = names
    doubts = mappings is None or mappings.doubts
    if way == "read" and not doubts:
        return  # What is read can only be doubted.
    guide = authored.in_force.get(guide_name or "")
    known = mappings is not None and mapping_name in mappings.names
    mapping = mappings.about(mapping_name) if mappings is not None and known else None
    if guide is None or mapping is None or mapping.transaction != guide.guide.set_id:
        return
    for mismatch in mapping.against(guide, doubts=doubts) if way == "write" else mapping.unread(guide):
        _tell(authored, mismatch, (agreement, mapping_name, guide.name), problems)


def _tell(authored: Authored, mismatch: Mismatch, names: tuple[str, str, str], problems: Problems) -> None:
    agreement, mapping, guide = names
    asked = authored.guides[guide].key("rules", mismatch.rule)
    own = f"{mapping.replace('@', '/v')}.map.yaml"
    place = mismatch.place if mismatch.place is not None and mismatch.place.file == own else asked
    # What it inherits is mended in the mapping at hand: the rule is shown, and the line that has it is named.
    other = f"guide {guide}, line {asked.line}" if place is not asked else f"mapping {mapping}"
    inherited = f", as {mismatch.place} says" if mismatch.place is not None and place is asked else ""
    told = problems.add if mismatch.sure else problems.doubt
    told(place, "P028" if mismatch.sure else "P029", f"{mismatch.sentence} ({agreement}, {other}{inherited})")
