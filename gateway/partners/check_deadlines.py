"""Whether calendars open at all and name holidays that there are, and whether deadlines are about what happens."""

from datetime import UTC, datetime

from gateway.flaws import did_you_mean
from gateway.ledger.calendar import Calendar, Hours, NoBusinessTime
from gateway.ledger.deadlines import INBOUND, OUTBOUND
from gateway.ledger.promises import FOLLOWS, Promise
from gateway.partners.agreement_form import AgreementForm, OutboundForm
from gateway.partners.authored import Authored
from gateway.partners.problems import Problems
from gateway.partners.profile import Profile


def check_deadlines(authored: Authored, problems: Problems) -> None:
    """Note what is wrong with the calendars and deadlines of partners."""
    known = authored.company.holidays if authored.company is not None else {}
    for partner, profile in sorted(authored.partners.items()):
        for position, one in enumerate(profile.calendar.holidays):
            if isinstance(one, str) and one not in known:
                place = authored.place("partner", partner, "calendar", "holidays", position)
                hint = did_you_mean(one, known)
                problems.add(place, "P020", f"company.yaml has no holidays '{one}'{hint}")
        _opens(authored, partner, problems)
        for name, form in profile.agreements.items():
            meant = [due.value for due in (INBOUND if isinstance(form, AgreementForm) else OUTBOUND)]
            for key in form.deadlines.model_fields_set - {*meant}:
                place = authored.key("partner", partner, "agreements", name, "deadlines", key)
                way = "comes in" if isinstance(form, AgreementForm) else "goes out"
                problems.add(place, "P040", f"what {way} has no {key}: it has {', '.join(meant)}")
            for what, promise in form.owes.items():
                place = authored.key("partner", partner, "agreements", name, "owes", what)
                if wrong := _owed(form, what, promise):
                    problems.add(place, "P041", wrong)
                elif doubtful := _never(profile, form, what, promise):
                    problems.doubt(place, "P042", doubtful)


def _owed(form: AgreementForm | OutboundForm, what: str, promise: Promise) -> str:
    """What is wrong with something that is to follow under an agreement, "" when nothing is."""
    follows = FOLLOWS.get(form.set, {})
    if what not in follows:
        known = f": it may be {', '.join(follows)}" if follows else ""
        return f"'{what[:20]}' cannot be owed after {form.set}{known}"
    if promise.point not in follows[what]:
        may = {"order": "a time after it", "ship": "before ship", "shipment": "a time after shipment"}
        return f"{what} cannot be owed '{promise}': {' or '.join(may[one] for one in sorted(follows[what]))}"
    return ""


def _never(profile: Profile, form: AgreementForm | OutboundForm, what: str, promise: Promise) -> str:
    """Why it could never come, "" when it could."""
    comes = isinstance(form, AgreementForm)
    other = {one.set for one in profile.agreements.values() if isinstance(one, AgreementForm) != comes}
    way = "we send them" if comes else "they send us"
    if what not in other:
        return f"there is no agreement by which {way} {what}: it could never come"
    if promise.point == "shipment" and "856" not in other and not comes:
        return f"there is no agreement by which {way} 856: nobody would know of a shipment"
    return ""


def _opens(authored: Authored, partner: str, problems: Problems) -> None:
    """Hours that never come: all of them within the hour that spring skips, say."""
    profile = authored.partners[partner]
    hours = tuple(Hours(frozenset(one.days), one.from_, one.to) for one in profile.calendar.hours)
    try:
        Calendar(time_zone=profile.time_zone, hours=hours).opening(datetime(2026, 1, 1, tzinfo=UTC))
    except NoBusinessTime as never:
        problems.add(authored.place("partner", partner, "calendar"), "P040", str(never))
