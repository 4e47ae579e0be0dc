"""The business of a document and all its times, as `gateway documents show` prints them."""

from collections.abc import Iterator

from gateway.cli.pickup import when
from gateway.ledger.business import HEADLINES
from gateway.ledger.deadlines import WORDS, Due
from gateway.pipeline.business.report import BusinessFact
from gateway.pipeline.questions import DocumentDetail
from gateway.pipeline.times import envelope_utc, named

_MOST = 20
"""Statements of one sheet; `--json` has more."""


def business(detail: DocumentDetail) -> Iterator[tuple[str, str]]:
    """Where its business stands, what was said of it, and what it says of others."""
    row = detail.row
    if row.business:
        money = f" {row.currency}".rstrip()
        left = "" if row.business_open is None else f", {abs(row.business_open)}{money} {_left(row.business_open)}"
        since = f", since {when(row.business_at)}" if row.business_at is not None else ""
        yield "business", f"{row.business}: {HEADLINES[row.business].rstrip('.')}{since}{left}"
        if row.business_words:
            yield "", row.business_words
    for number, one in enumerate(detail.facts[:_MOST]):
        yield ("" if number else "said"), _said(one, row.id)
    if len(detail.facts) > _MOST:
        yield "", f"and {len(detail.facts) - _MOST} more: --json"


def _left(open_: object) -> str:
    return "too much" if str(open_).startswith("-") else "still open"


def _said(fact: BusinessFact, document: str) -> str:
    """ "2026-03-02 12:00:00 UTC 820 WT-1, line 2, about HP-1: 90.00 USD: matched". What a person closed is no line of
    any set.
    """
    if fact.kind == "closed":
        return f"{when(fact.at)} {fact.words}"
    amount = "" if fact.amount is None else f" {fact.amount} {fact.currency}".rstrip()
    about = f"of {fact.number or 'nothing'}" if fact.document == document else f"by {fact.document}"
    end = fact.reason or (f"is {fact.subject}" if fact.document == document else fact.words)
    told = f"{when(fact.at)} {fact.by}, line {fact.line}, {fact.kind} {about}{amount}"
    return f"{told}: {fact.state}{f', {end}' if end else ''}"


def times(detail: DocumentDetail, zone: str = "") -> Iterator[tuple[str, str]]:
    """Every time that is kept, and what has to happen next. `zone` is the partner's time zone, "" where unknown."""
    kept = detail.times
    if kept.dated:
        yield "dated", kept.dated
    if kept.envelope:
        moment = envelope_utc(kept.envelope, zone)
        yield "envelope", f"{kept.envelope}{f' in {zone}, {when(moment)}' if moment is not None else ', no zone known'}"
    for number, (name, at) in enumerate(named(kept)):
        yield ("" if number else "times"), f"{name} {when(at)}"
    if kept.due and kept.due_at is not None:
        missed = f", missed: {WORDS[Due(kept.due)]}" if kept.missed_at is not None else ""
        yield "due", f"{kept.due} by {when(kept.due_at)}{missed}"
