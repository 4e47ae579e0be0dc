"""What shows of notifications only when all files are seen: names nobody has, rules that nothing could meet."""

from collections.abc import Iterable

from gateway.flaws import did_you_mean
from gateway.partners.authored import Authored
from gateway.partners.names import known
from gateway.partners.notify_form import Notify
from gateway.partners.problems import Problems


def check_notify(authored: Authored, problems: Problems) -> None:
    """Note partners, webhooks and destinations that are not there, and rules about sets that nobody agreed on."""
    agreed = _agreed(authored)
    for name, notify in sorted(authored.notify.items()):
        for hook, webhook in notify.webhooks.items():
            _names(authored, name, ("webhooks", hook), webhook.partners, problems)
            _sets(authored, name, ("webhooks", hook), (webhook.partners, webhook.sets), agreed, problems)
            if not webhook.events and (notify.alerts is None or notify.alerts.webhook != hook):
                place = authored.key("notify", name, "webhooks", hook)
                problems.add(place, "P011", "'events' is missing: no alert goes through this webhook either")
        _alerts(authored, name, notify, agreed, problems)
    for name, intake in sorted(authored.intakes.items()):
        if intake.write_back is not None:
            place = authored.place("intake", name, "write_back")
            known(authored, "destination", intake.write_back, place, problems)


def _alerts(
    authored: Authored, name: str, notify: Notify, agreed: dict[str, frozenset[str]], problems: Problems
) -> None:
    alerts = notify.alerts
    if alerts is None:
        return
    if alerts.webhook is not None and alerts.webhook not in notify.webhooks:
        hint = did_you_mean(alerts.webhook, notify.webhooks)
        place = authored.place("notify", name, "alerts", "webhook")
        problems.add(place, "P020", f"there is no webhook '{alerts.webhook}' in this file{hint}")
    for rule, one in alerts.rules.items():
        path = ("alerts", "rules", rule)
        _names(authored, name, path, one.partners, problems)
        _sets(authored, name, path, (one.partners, one.sets), agreed, problems)


def _names(authored: Authored, name: str, path: tuple[str, ...], partners: Iterable[str], problems: Problems) -> None:
    for position, partner in enumerate(partners):
        known(authored, "partner", partner, authored.place("notify", name, *path, "partners", position), problems)


def _sets(
    authored: Authored,
    name: str,
    path: tuple[str, ...],
    about: tuple[tuple[str, ...], tuple[str, ...]],
    agreed: dict[str, frozenset[str]],
    problems: Problems,
) -> None:
    """A warning where no partner that is meant has an agreement about a set."""
    partners, sets = about
    meant = partners or tuple(agreed)
    there = frozenset[str]().union(*(agreed.get(partner, frozenset()) for partner in meant))
    for position, one in enumerate(sets):
        if one not in there:
            place = authored.place("notify", name, *path, "sets", position)
            whom = " or ".join(partners) if partners else "anybody"
            problems.doubt(place, "P039", f"there is no agreement with {whom} about {one}: nothing could meet this")


def _agreed(authored: Authored) -> dict[str, frozenset[str]]:
    return {
        partner: frozenset(form.set for form in profile.agreements.values())
        for partner, profile in authored.partners.items()
    }
