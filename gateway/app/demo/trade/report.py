"""What a scenario showed, in words and rows for people who see X12 for the first time; as values for programs; as files
to look at.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.app.demo.trade.scenario import Scenario
from gateway.app.demo.trade.stage import Outcome, Over
from gateway.app.demo.trade.thread import RECEIPTS, Row
from gateway.pipeline.order_threads import WORDS

WIDTH: Final = 118

_STATES: Final[Mapping[str, str]] = {
    "delivered": "our systems have it",
    "combined": "went out with the first of its parts, as one document",
    "sent": "the partner has it",
    "carried": "brought to the partner, who has it",
    "confirmed": "the partner has fetched it and put it away",
    "reconciled": "matched with what it answers",
}
"""What the states of a good scenario mean; all others are in docs/errors.md."""

_WAYS: Final[Mapping[Over, str]] = {
    "sftp": "partners sign in to it and pick up their files",
    "sftp-pull": "it fetches partners' files from SFTP servers of their own, and lays ours there",
    "as2": "partners send to it by AS2 and are sent to, signed, encrypted and with signed receipts both ways",
}


def opening(scenario: Scenario, over: Over = "sftp") -> list[str]:
    """What is going to be played."""
    real = (
        "The gateway is real and runs on free ports of this machine; "
        f"{_WAYS[over]}. What they and our ERP do is played."
    )
    return [*_wrapped(scenario.story), *_wrapped(real), ""]


def closing(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    """What partners and ERP found, what the words of the table mean, and whether all was as it should be."""
    yield ""
    if outcome.why:
        yield from _refusal(outcome)
    yield from outcome.notes
    yield ""
    yield from _legend(outcome.thread)
    yield ""
    yield from (f"FAILED: {fault}" for fault in outcome.faults)
    # One receipt may be for several that went in one interchange: it stands for as many.
    good, wanted = sum(row.together for row in outcome.thread if not row.fault), len(scenario.steps)
    yield f"{scenario.name}: {good} of {wanted} documents and receipts as they should be, {outcome.seconds:.1f} s"


def _refusal(outcome: Outcome) -> Iterator[str]:
    """Why the partner refused our invoice: that it did stands in the table."""
    refused = next(row for row in outcome.thread if row.acknowledgement == "rejected")
    reasons = [line for line in outcome.why if not line.endswith("was rejected") and not line.startswith("group ")]
    yield f"{refused.partner} refused invoice {refused.number}: {'; '.join(reasons or outcome.why)}"
    yield "our ERP corrected it and handed it in again (what you see with `gateway documents show` in everyday work)"


def _legend(thread: Sequence[Row]) -> Iterator[str]:
    receipts = " and ".join(sorted({row.set_id for row in thread if row.set_id in RECEIPTS}))
    parts = {"1/3": "one of three documents that are one to the partner"} if any(row.part for row in thread) else {}
    states = "; ".join(f"{word}: {_STATES[word]}" for word in _STATES if any(row.state == word for row in thread))
    told = {
        "way": "in: to us. out: from us",
        **parts,
        "control numbers": "file/group/document: counters of the sender that never repeat; a receipt names them",
        "receipt": f"X12 {receipts}: the other side says whether it can use a document, before it says anything else",
        "state": states,
    }
    for word, meaning in told.items():
        yield from textwrap.wrap(f"{word:<16} {meaning}", WIDTH, subsequent_indent=" " * 17)


def as_values(scenario: Scenario, outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """An object for each row, and one for the whole."""
    for row in outcome.thread:
        yield {
            "at": row.at.isoformat(),
            "way": row.way,
            "partner": row.partner,
            "set": row.set_id,
            "document": WORDS.get(row.set_id, ""),
            "number": row.number,
            "part": row.part,
            "control_numbers": row.control_numbers,
            "state": row.state,
            "acknowledgement": row.acknowledgement,
            "answers": row.answers,
            "good": not row.fault,
            "fault": row.fault,
        }
    yield {
        "scenario": scenario.name,
        "good": outcome.good,
        "faults": list(outcome.faults),
        "notes": list(outcome.notes),
        "why": list(outcome.why),
        "seconds": round(outcome.seconds, 3),
    }


def keep(outcome: Outcome, folder: Path) -> int:
    """Write what went either way, a folder for each partner, and what our ERP handed in. Returns how many files."""
    files: dict[Path, bytes] = {}
    for one in outcome.partners:
        for number, file in enumerate(one.files, 1):
            way = "from" if file.sent else "to"
            files[folder / one.partner / f"{number:02}-{way}-{one.partner}-{file.name}"] = file.content
    for number, handed in enumerate(outcome.handed_in, 1):
        text = json.dumps(handed.errand.posted, indent=2, ensure_ascii=False)
        files[folder / "erp" / f"{number:02}-{handed.errand.posted['schema']}.json"] = text.encode() + b"\n"
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(files)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
