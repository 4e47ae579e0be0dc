"""`only:` of fields and objects held against the X12 versions of their mapping."""

from collections.abc import Iterator

from gateway.flaws import did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import Form, Mapped, ObjectForm


def check_only(mapped: Mapped, diagnosis: Diagnosis) -> None:
    """Note every release in the mapping's own file that it is not for.

    What an overlay inherits may be for versions that it has no use for.
    """
    for form in _forms(mapped.root):
        for only in form.only:
            if only.place.file == mapped.place.file and only.version not in mapped.versions:
                known = ", ".join(mapped.versions)
                hint = did_you_mean(only.version, mapped.versions)
                sentence = f"only: '{only.version}' is no version of this mapping, which is for {known}{hint}"
                diagnosis.add(only.place, "E154", sentence)


def _forms(form: ObjectForm) -> Iterator[Form]:
    for child in form.fields:
        yield child
        if isinstance(child, ObjectForm):
            yield from _forms(child)
