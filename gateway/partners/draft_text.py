"""Partner files as text that a person goes on with: aligned by hand, commented, in the order of the documentation."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9/]([A-Za-z0-9_./@+ -]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Files that were not there before, by their path below the partner files, the partner's own first.

    `agreements` are the names of those in force, `mappings` what they name; `notes` are sentences for whoever goes on.
    """

    partner: str
    channel: str
    files: Mapping[str, str]
    agreements: tuple[str, ...]
    mappings: tuple[str, ...]
    notes: tuple[str, ...]


class DraftText:
    """A partner's file while it is written, and its channel's."""

    def __init__(self, name: str, owner: str, origin: str) -> None:
        self._name = name
        self._owner = scalar(owner)
        self._title = name.replace("-", " ").title()
        self._head = [f"# {self._title}: {origin}. Look at every line before it goes live."]
        self._head += [f"name: {self._title}", f"owner: {self._owner}"]
        self._agreements: dict[str, list[str]] = {}
        self._waiting: dict[str, list[str]] = {}
        self._notes: dict[str, None] = {}
        self._mappings: dict[str, None] = {}

    def say(self, line: str) -> None:
        """One more line at the top of the partner's file."""
        self._head.append(line)

    def note(self, sentence: str) -> None:
        """Something to know; the same is told once."""
        self._notes[sentence] = None

    def agree(self, name: str, lines: list[str], *, mapping: str, reason: str = "") -> None:
        """One more agreement under a name like `name`; with a `reason` it stands there commented out."""
        taken = self._agreements.keys() | self._waiting.keys()
        called = next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if one not in taken)
        if reason:
            self._waiting[called] = [f"# {reason}:", f"# {called}:", *(f"#   {line}" for line in lines)]
            self.note(f"{called} stands there commented out: {reason}")
        else:
            self._agreements[called] = [f"{called}:", *(f"  {line}" for line in lines)]
            self._mappings[mapping] = None

    def draft(self) -> Draft:
        """What came of it."""
        blocks = [*self._agreements.values(), *self._waiting.values()]
        body = "\n".join("".join(f"  {line}\n" for line in block) for block in blocks)
        top = "agreements:\n" if self._agreements else "agreements: {}\n"
        channel = f"{self._name}-sftp"
        return Draft(
            partner=self._name,
            channel=channel,
            files={
                f"{self._name}.yaml": "".join(f"{line}\n" for line in self._head) + f"\n{top}{body}",
                f"channels/{channel}.yaml": self._channel(channel),
            },
            agreements=tuple(self._agreements),
            mappings=tuple(self._mappings),
            notes=tuple(self._notes),
        )

    def _channel(self, channel: str) -> str:
        return (
            f"# Where {self._title} signs in. What comes in here is from a partner it carries, or it is quarantined.\n"
            f"door: sftp\nowner: {self._owner}\ncarries: [{self._name}]\nuser: {self._name}\n"
            "# Better than a password, and no secret of ours:\n"
            "# authorized_keys:\n#   - ssh-ed25519 AAAA... its-name-2026\n"
            f"password: file:secrets/{channel}.password\n# allow_from: [203.0.113.0/24]\n"
        )


def remark(line: str, why: str) -> str:
    """A line with a comment behind it."""
    return f"{line}   # {why}"


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(str(value))


def scalar(text: str) -> str:
    """One value: plain where nothing in it means anything to YAML. A number with a zero in front is quoted, so that it
    looks like the text it is.
    """
    plain = _PLAIN.fullmatch(text) and not (text.isdigit() and text.startswith("0"))
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    """One value in double quotes."""
    return json.dumps(text)
