"""Alternatives of `at:`, `in:` and `each:` that no X12 version of a mapping ever comes to."""

from collections.abc import Iterable, Iterator

from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import FieldForm, Mapped, ObjectForm
from gateway.mapping.location import OUTSIDE
from gateway.mapping.plan import Plan, PlannedField, PlannedObject, members


def check_alternatives(mapped: Mapped, plans: Iterable[Plan], diagnosis: Diagnosis) -> None:
    """Note every location of several that is never the first that the guide has.

    What an overlay inherits may be for versions that it has no use for.
    """
    used: dict[str, set[str]] = {}
    for plan in plans:
        for path, text in _used(plan.root):
            used.setdefault(path, set()).add(text)
    for form in _forms(mapped.root):
        known = used.get(form.path, set())
        for located in form.at:
            own = located.place.file == mapped.place.file
            if own and len(form.at) > 1 and known and str(located).removeprefix(OUTSIDE) not in known:
                taken = " or ".join(sorted(known))
                sentence = f"{located} is never used: every version of this mapping takes {taken}"
                diagnosis.add(located.place, "E153", sentence)


def _forms(form: ObjectForm) -> Iterator[FieldForm | ObjectForm]:
    for child in form.fields:
        yield child
        if isinstance(child, ObjectForm):
            yield from _forms(child)


def _used(planned: PlannedObject) -> Iterator[tuple[str, str]]:
    for child in members(planned):
        if isinstance(child, PlannedField):
            if child.target is not None:
                yield child.form.path, child.target.text
        else:
            if child.entrance is not None:
                yield child.form.path, child.entrance.text
            yield from _used(child)
