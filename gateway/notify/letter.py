"""An alert as a mail: plain text only, every word of others on a line of its own making. Pure.

Heads are made of our own words, counts, and names that are ids: nothing that came from outside stands in one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

LONGEST_LINE: Final = 400


def letter(body: Mapping[str, Any], *, id: str, sender: str, recipient: str, now: datetime, domain: str = "") -> bytes:
    """The whole mail, lines ended by CRLF.

    Args:
        body: `alert.v1`.
        id: of the notice: the Message-ID follows from it, so that a mail that comes twice can be told.
        domain: of the Message-ID; that of the sender where it is "".
    """
    data = body["data"]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name="EDI gateway", addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = subject(data)
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{id}@{domain or sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text(data, id), charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def subject(data: Mapping[str, Any]) -> str:
    """Of our own words: how severe, how many, which rules."""
    count = int(data["count"])
    rules = ", ".join(plain(str(rule), 40) for rule in list(data["by_rule"])[:3])
    more = f" and {len(data['by_rule']) - 3} more" if len(data["by_rule"]) > 3 else ""
    words = "1 alert" if count == 1 else f"{count:,} alerts"
    return f"[EDI {plain(str(data['severity']), 10)}] {words}: {rules}{more}"


def text(data: Mapping[str, Any], id: str) -> str:
    """What people read: counts by rule, then the first events line by line."""
    count, lines = int(data["count"]), data["lines"]
    parts = [f"{'1 alert' if count == 1 else f'{count:,} alerts'} for {plain(str(data['role']))}.", ""]
    parts += [f"{number:>7,}  {plain(str(rule))}" for rule, number in data["by_rule"].items()]
    parts += ["", "When (UTC)           Severity  Rule", ""]
    for one in lines:
        at = datetime.fromisoformat(str(one["at"])).astimezone(UTC)
        parts.append(f"{at:%Y-%m-%d %H:%M:%S}  {plain(str(one['severity'])):<8}  {plain(str(one['rule']))}")
        parts.append(f"    {plain(str(one['words']))}")
        parts.append(f"    {plain(str(one['subject']))}")
    if count > len(lines):
        parts += ["", f"... and {count - len(lines):,} more that are not listed here."]
    parts += ["", "gateway documents show ID shows a document; this notice is", f"{plain(id)}.", ""]
    return "\n".join(parts)


def plain(words: str, most: int = LONGEST_LINE) -> str:
    """Words of others on one line: what a reader would not see, or a terminal obey, is written as an escape."""
    line = " ".join(words[: most * 4].split())
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in line)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
