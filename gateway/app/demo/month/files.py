"""The authored files of a month: those of the checkout for five partners, with hours, holidays and deadlines such as
people agree on, and with what the samples leave out and a month needs.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from gateway.app.demo.adopt import text_of, value_of
from gateway.app.demo.cast import mappings_of, only
from gateway.partners.book import load

PARTNERS: Final = ("acme", "bolt", "fernhill", "kestrel", "northgate")

_WEEKDAYS: Final = "mon-fri"
_HOURS: Final[Mapping[str, tuple[str, str, str]]] = {
    "acme": (_WEEKDAYS, "08:00", "17:00"),
    "bolt": (_WEEKDAYS, "07:00", "16:00"),
    "fernhill": ("mon-sat", "06:00", "14:00"),
    "kestrel": (_WEEKDAYS, "09:00", "17:30"),
}
"""When their people work; Northgate's warehouse always does."""

_DEADLINES: Final[Mapping[str, Mapping[str, str]]] = {
    "acme": {"acknowledgement": "4 business hours", "pickup": "1 business day"},
    "bolt": {"acknowledgement": "24 hours"},
    "fernhill": {"acknowledgement": "1 business day", "dispatch": "8 hours"},
    "kestrel": {"acknowledgement": "8 business hours", "pickup": "8 business hours"},
    "northgate": {"acknowledgement": "90 minutes", "attention": "4 hours"},
}
_ARTICLES: Final = """\
# ACME's orders as in version 1; but our article numbers are looked up: ACME lists articles before we do.
mapping: acme/850
version: 2
extends: acme/850@1
owner: onboarding

map:
  lines.vendor_sku: {at: PO1<VN>, xref: sku}
"""


def month_files(
    partners: Mapping[str, str], mappings: Mapping[str, str], start: date
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Partner and mapping files of a month that begins on this day. Raises ConfigurationError when one of the five is
    missing.
    """
    files = dict(only(PARTNERS, partners, load(partners)))
    company = value_of("company.yaml", files)
    company["holidays"] = {**company.get("holidays", {}), "closed": [day.isoformat() for day in closed_days(start)]}
    files["company.yaml"] = text_of(company)
    texts = {**mappings, "acme/850/v2.map.yaml": _ARTICLES}
    sets = [one for one in ("820", "824") if f"x12/{one}/v1.map.yaml" in mappings]
    for name in PARTNERS:
        profile = value_of(f"{name}.yaml", files)
        _with_hours(name, profile)
        _with_agreements(name, profile, sets)
        files[f"{name}.yaml"] = text_of(profile)
    for name in [one for one in files if one.startswith("intake/")]:
        intake = value_of(name, files)
        files[name] = text_of({**intake, "may_send": list(PARTNERS)})
    return files, mappings_of(files, texts)


def closed_days(start: date) -> list[date]:
    """Two days within the month on which nobody works: where it begins on 15 October the second is 11 November."""
    return [start + timedelta(days=14), start + timedelta(days=27)]


def _with_hours(name: str, profile: dict[str, Any]) -> None:
    calendar: dict[str, Any] = {"holidays": ["closed"]}
    if name in _HOURS:
        days, opens, closes = _HOURS[name]
        calendar["hours"] = [{"days": days, "from": opens, "to": closes}]
    profile["calendar"] = calendar if name in _HOURS else {}
    profile["deadlines"] = dict(_DEADLINES[name])


def _with_agreements(name: str, profile: dict[str, Any], sets: Sequence[str]) -> None:
    """`sets` are those that ACME sends beside its orders."""
    agreements: dict[str, Any] = profile["agreements"]
    if name == "acme":
        agreements["orders"]["mapping"] = "acme/850@2"
        agreements["invoices"]["owner"] = "accounts-receivable"
        known = {one["set"] for one in agreements.values()}
        agreements |= {f"month-{one}": _inbound(one, "004010") for one in sets if one not in known}
    elif name == "bolt":
        ours = {"order-responses": "855", "shipments": "856", "invoices": "810"}
        agreements |= {key: _refusals_only(one) for key, one in ours.items()}
    elif name == "fernhill":
        agreements["invoices"]["batch"] = {"sets": 100, "wait_minutes": 240}
    elif name == "kestrel":
        agreements["orders"]["acknowledgement"] = {"expects": "999", "ta1": "requested"}


def _inbound(set_id: str, version: str) -> dict[str, Any]:
    return {"set": set_id, "versions": [version], "usage": "production", "mapping": f"x12/{set_id}@1"}


def _refusals_only(set_id: str) -> dict[str, Any]:
    return {
        "direction": "outbound",
        "set": set_id,
        "version": "005010",
        "usage": "production",
        "mapping": f"x12/{set_id}@1",
        "channel": "bolt-sftp",
        "acknowledgement": {"expects": "997", "answers": "refusals"},
    }
