"""Whether the files of two agreements could have one name in one folder: their numbers are counted apart, so they would
meet sooner or later.
"""

from collections import defaultdict
from itertools import pairwise

from gateway.partners.authored import Authored
from gateway.partners.names import identities_of
from gateway.partners.outbound import Ends, WrittenOutbound, file_name_of, usage_of
from gateway.partners.problems import Problems

Folder = tuple[str, str]
"""Channel, and the name with everything in it but numbers and times."""

Counter = tuple[str, str, str]
"""What counts ISA13: both ISA ids and ISA15."""


def check_names(authored: Authored, problems: Problems) -> None:
    """Note a warning with agreements whose files could have the names of those of another that is counted apart."""
    ours = identities_of(authored)
    found: defaultdict[Folder, dict[Counter, WrittenOutbound]] = defaultdict(dict)
    for written in authored.outbound():
        identity = ours.get(written.identity(ours))
        if identity is not None:
            ends = Ends.of(written, identity)
            counter = (str(ends.sender), str(ends.receiver), usage_of(written.form))
            found[written.form.channel, _shape(written)].setdefault(counter, written)
    for (channel, _), counted in found.items():
        for first, second in pairwise(counted.values()):
            place = authored.place("partner", second.partner, "agreements", second.name, "file_name")
            sentence = (
                f"in {channel} its files could have the names of those of {first.id} ({first.place}), whose ISA13 is "
                "counted apart: the later one gets an id in its name; tell them apart by {agreement} or {usage}"
            )
            problems.doubt(place, "P034", sentence)


def _shape(written: WrittenOutbound) -> str:
    form, known = written.form, {"partner": written.partner, "agreement": written.name}
    known |= {"set": form.set, "usage": usage_of(form)}
    name = file_name_of(form)
    for placeholder, value in known.items():
        name = name.replace(f"{{{placeholder}}}", value)
    return name
