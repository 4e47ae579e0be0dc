"""Who wants to know what: the notifications of a partner book, asked for every event. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from gateway.ledger.events import DOCUMENT_ACKNOWLEDGED, DOCUMENT_CONTRADICTED, HISTORY, KINDS, PARTNER_SILENT
from gateway.partners.book import Book
from gateway.partners.notify_form import Alerts, Rule, Webhook
from gateway.partners.window import closes_at
from gateway.pipeline.notices.bodies import as_json, cut, event_of, status_of
from gateway.pipeline.notices.values import Alerted, Chosen, DocumentFacts, Gathered, Happened, Line, NewNotice

MOST_LINES: Final = 50
"""Of one alert. A storm of ten thousand is a number, and fifty to begin with."""

MOST_WORDS: Final = 300

SEVERITIES: Final = ("info", "warning", "critical")

SAID_KINDS: Final = frozenset({DOCUMENT_ACKNOWLEDGED, DOCUMENT_CONTRADICTED})
"""Events that are told with what the partner says is wrong."""

NO_STATUS: Final = frozenset(
    {
        *("document.validated", "document.mapped", "document.waits", "document.deferred", "document.collected"),
        *("document.translated", "document.combined", "document.reconciled"),
    }
)
"""Steps on the road that move neither axis that one of our systems asks about."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions of a webhook or rule: kinds, and partners, sets and stages where given."""

    kinds: frozenset[str]
    partners: frozenset[str]
    sets: frozenset[str]
    stages: frozenset[str]

    def fits(self, happened: Happened) -> bool:
        """Whether all of them hold."""
        document = happened.document
        if happened.kind not in self.kinds or (self.partners and not self.partners & happened.partners):
            return False
        if self.sets and (document is None or document.set_id not in self.sets):
            return False
        return document is None or document.stage in self.stages


@dataclass(frozen=True, slots=True)
class Alarm:
    """One rule of a role."""

    role: str
    name: str
    rule: Rule
    wanted: Wanted

    def fits(self, happened: Happened) -> bool:
        """Whether the people of the role want to know."""
        if self.rule.silent_for is not None and happened.detail.get("rule") != f"{self.role}/{self.name}":
            return False
        if not self.wanted.fits(happened) or not self._is_large(happened.document):
            return False
        return not self.rule.ack or (happened.document is not None and self._stands_so(happened.document))

    def _stands_so(self, document: DocumentFacts) -> bool:
        return document.direction == "outbound" and document.acknowledgement in self.rule.ack

    def _is_large(self, document: DocumentFacts | None) -> bool:
        least = self.rule.amount_at_least
        return least is None or document is None or document.amount is None or abs(document.amount) >= least


@dataclass(frozen=True)
class Role:
    """The alerts of one file, and the targets they go to: mailboxes, and a webhook of the file."""

    name: str
    alerts: Alerts
    alarms: tuple[Alarm, ...]

    @property
    def targets(self) -> Mapping[str, str]:
        """Target -> kind of notice."""
        found = {mail_target(self.name, address): "mail" for address in self.alerts.mail}
        if self.alerts.webhook is not None:
            found[webhook_target(self.name, self.alerts.webhook)] = "alert"
        return found


def status_target(destination: str) -> str:
    """The target of statuses for a destination."""
    return f"status/{destination}"


def webhook_target(name: str, hook: str) -> str:
    """The target of a webhook: the file's name and its own."""
    return f"webhook/{name}/{hook}"


def mail_target(name: str, address: str) -> str:
    """The target of a mailbox of a role."""
    return f"mail/{name}/{address}"


@dataclass(frozen=True)
class Subscriptions:
    """The `Choosing` of one book. Made by `subscriptions`."""

    webhooks: Mapping[str, Wanted]
    roles: Mapping[str, Role]
    to_sender: Mapping[str, str] = field(default_factory=dict)
    """Channel of an intake -> destination that is told what becomes of what it handed in."""
    to_receiver: frozenset[str] = frozenset()
    """Destinations that are told what becomes of what is for them."""

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of events that anybody wants to know of."""
        found = {kind for one in self.webhooks.values() for kind in one.kinds}
        found |= {kind for role in self.roles.values() for one in role.alarms for kind in one.wanted.kinds}
        if self.to_sender or self.to_receiver:
            found |= STATUS_KINDS
        return frozenset(found)

    @cached_property
    def targets(self) -> frozenset[str]:
        """Everything that something may go to."""
        told = {*self.to_sender.values(), *self.to_receiver}
        mailed = {target for role in self.roles.values() for target in role.targets}
        return frozenset({*map(status_target, told), *self.webhooks, *mailed})

    def choose(self, happened: Sequence[Happened]) -> Chosen:
        """What follows from these events, each looked at for every target; nothing from what is history."""
        happened = [one for one in happened if HISTORY not in one.detail]
        notices: list[NewNotice] = []
        for one in happened:
            notices += self._events(one)
        return Chosen(notices=(*self._statuses(happened), *notices), alerts=tuple(self._alerts(happened)))

    def _events(self, one: Happened) -> list[NewNotice]:
        targets = [name for name, wanted in self.webhooks.items() if wanted.fits(one) and not _is_about(one, name)]
        if not targets:
            return []
        body = as_json(event_of(one))
        return [
            NewNotice(kind="webhook", target=name, subject=one.subject, event=one.number, body=body) for name in targets
        ]

    def _statuses(self, happened: Sequence[Happened]) -> list[NewNotice]:
        """Of several events of one document the last is enough: a status says how it stands, not how it came there."""
        latest: dict[tuple[str, str], NewNotice] = {}
        for one in happened:
            document = one.document
            if document is None or one.kind not in STATUS_KINDS:
                continue
            destination = self._told_of(document)
            if destination is not None:
                target = status_target(destination)
                body = as_json(status_of(document, one))
                latest[target, document.id] = NewNotice(
                    kind="status", target=target, subject=document.id, event=one.number, body=body
                )
        return list(latest.values())

    def _told_of(self, document: DocumentFacts) -> str | None:
        if document.direction == "outbound":
            return self.to_sender.get(document.arrived_by)
        return document.destination if document.destination in self.to_receiver else None

    def _alerts(self, happened: Sequence[Happened]) -> list[Alerted]:
        found: list[Alerted] = []
        for role in self.roles.values():
            lines = [(one, line) for one in happened if (line := _line(role, one)) is not None]
            for target, kind in role.targets.items():
                own = [line for one, line in lines if not _is_about(one, target)]
                if own:
                    found.append(Alerted(kind="mail" if kind == "mail" else "alert", target=target, lines=own))
        return found

    def gather(
        self, target: str, before: Gathered | None, last_at: datetime | None, lines: Sequence[Line], now: datetime
    ) -> Gathered:
        """The open alert of a target with more lines."""
        role = self._role_of(target)
        by_rule = dict(before.by_rule) if before is not None else {}
        for line in lines:
            by_rule[line.rule] = by_rule.get(line.rule, 0) + 1
        kept = (*(before.lines if before is not None else ()), *lines)[:MOST_LINES]
        severities = [line.severity for line in lines] + ([before.severity] if before is not None else [])
        return Gathered(
            role=role.name,
            count=len(lines) + (before.count if before is not None else 0),
            severity=max(severities, key=SEVERITIES.index),
            since=before.since if before is not None else lines[0].at,
            until=lines[-1].at,
            by_rule=by_rule,
            lines=kept,
            due_at=due_at(role.alerts, before, last_at, "critical" in severities, now),
        )

    def _role_of(self, target: str) -> Role:
        return next(role for role in self.roles.values() if target in role.targets)


def due_at(
    alerts: Alerts, before: Gathered | None, last_at: datetime | None, critical: bool, now: datetime
) -> datetime:
    """When an alert goes: what is critical at once, but not sooner than a digest after the last; anything else a
    digest after its first event, and not in quiet hours.
    """
    digest = timedelta(minutes=alerts.digest_minutes)
    if critical:
        wanted = max(now, last_at + digest) if last_at is not None else now
        return min(wanted, before.due_at) if before is not None else wanted
    if before is not None:
        return before.due_at
    return closes_at(alerts.quiet_hours, now + digest, alerts.time_zone)


def subscriptions(book: Book) -> Subscriptions:
    """What a book says about who is told what."""
    webhooks: dict[str, Wanted] = {}
    roles: dict[str, Role] = {}
    for name, notify in book.notify.items():
        webhooks |= {webhook_target(name, hook): _wanted(one) for hook, one in notify.webhooks.items() if one.events}
        if notify.alerts is not None:
            alarms = tuple(Alarm(name, rule, one, _meant(one)) for rule, one in notify.alerts.rules.items())
            roles[name] = Role(name, notify.alerts, alarms)
    return Subscriptions(
        webhooks=webhooks,
        roles=roles,
        to_sender={f"intake/{name}": one.write_back for name, one in book.intakes.items() if one.write_back},
        to_receiver=frozenset(name for name, one in book.destinations.items() if one.write_back),
    )


def _wanted(hook: Webhook) -> Wanted:
    return Wanted(expanded(hook.events), frozenset(hook.partners), frozenset(hook.sets), frozenset(hook.stages))


def _meant(rule: Rule) -> Wanted:
    kinds = expanded(rule.when) if rule.when else frozenset({PARTNER_SILENT})
    return Wanted(kinds, frozenset(rule.partners), frozenset(rule.sets), frozenset(rule.stages))


def expanded(kinds: Sequence[str]) -> frozenset[str]:
    """Kinds of events, families written out."""
    families = tuple(one.removesuffix("*") for one in kinds if one.endswith(".*"))
    return frozenset(kind for kind in KINDS if kind in kinds or kind.startswith(families))


def _is_about(happened: Happened, target: str) -> bool:
    """A target is not told that it could not be told."""
    return happened.kind.startswith("notice.") and happened.detail.get("target") == target


def _line(role: Role, happened: Happened) -> Line | None:
    """The line of an event for a role, under the most severe of its rules that fit."""
    fitting = [one for one in role.alarms if one.fits(happened)]
    if not fitting:
        return None
    alarm = max(fitting, key=lambda one: SEVERITIES.index(one.rule.severity))
    return Line(
        at=happened.at,
        rule=alarm.name,
        severity=alarm.rule.severity,
        event=happened.number,
        subject=happened.subject,
        words=words(happened),
    )


def words(happened: Happened) -> str:
    """An event as one line for people: what it is about, what it means, why."""
    meaning, document = KINDS.get(happened.kind, happened.kind), happened.document
    about = f"{happened.kind.partition('.')[0]} {happened.subject}"
    if document is not None:
        way = "to" if document.direction == "outbound" else "from"
        money = f", {document.currency} {document.amount}".replace(",  ", ", ") if document.amount is not None else ""
        about = f"{document.set_id} {document.business_number or document.id} {way} {document.partner}{money}"
    elif happened.kind == PARTNER_SILENT:
        about = happened.subject
    said = document.telling if document is not None and happened.kind in SAID_KINDS else ""
    return cut(": ".join(filter(None, (about, meaning, happened.why, said))), MOST_WORDS)


STATUS_KINDS: Final = frozenset(kind for kind in KINDS if kind.startswith("document.")) - NO_STATUS
"""Events after which one of our systems is told how a document stands."""
