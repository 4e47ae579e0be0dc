"""What a document of ours takes from what came in: only from documents of its own stage. Pure.

A partner tests with the order numbers of its production, or the other way round: a number alone proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.mapping.reading import Effect, Problem
from gateway.mapping.written import Written
from gateway.pipeline.outbound.collect import USAGES, Posted
from gateway.pipeline.ports import CameIn, Threads

Write = Callable[[Mapping[str, Mapping[str, object]]], Written]
"""Writes the document with these canonical bodies to carry values from, by name: `{"order": {...}}`."""

ORDER: Final = "order"
"""What a thread carries on: the order that all of it began with."""

_STAGES: Final = {usage: stage for stage, usage in USAGES.items()}


def unanswerable(posted: Posted, answered: CameIn | None) -> str:
    """Why the document cannot answer what its `in_answer_to` names, "" when it can or names nothing."""
    if not posted.in_answer_to:
        return ""
    if answered is None:
        return f"in_answer_to: {posted.partner} has sent no document {posted.in_answer_to!r}"
    if answered.usage != USAGES[posted.stage]:
        stage = _STAGES.get(answered.usage, f"usage {answered.usage!r}")
        return f"in_answer_to: {answered.id} came in for {stage}, this document is for {posted.stage}"
    return ""


def filled(write: Write, threads: Threads, posted: Posted, answered: CameIn | None) -> Written:
    """The set, with what our system left out and the thread knows. Which thread it is, the set itself says.

    Values come from `answered` if one is named, else from the newest order of the thread and stage. An answer to a
    document of other business is refused.
    """
    bare = write({})
    if answered is not None and (words := _of_another(answered, bare.thread, posted.body.body())):
        return _with(bare, "other-order", "refuse", words)
    carried: dict[str, Mapping[str, object]] = {}
    if answered is not None and answered.body is not None:
        carried[answered.name] = answered.body
    if ORDER not in carried:
        orders = threads.orders(posted.partner, USAGES[posted.stage], bare.thread) if bare.thread else ()
        if orders and orders[0].body is not None:
            carried[ORDER] = orders[0].body
    return write(carried) if carried else bare


def _of_another(answered: CameIn, thread: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """How the numbers of what is answered contradict the document's own, "" when they do not.

    A shipment of several orders may answer any of them.
    """
    theirs = answered.thread.get(ORDER)
    if theirs != thread.get(ORDER) and theirs in {one.get("po_number") for one in body.get("orders") or ()}:
        return ""
    unlike = [name for name, own in thread.items() if answered.thread.get(name, own) not in ("", own)]
    said = ", ".join(f"{name} {answered.thread[name]!r} and not {thread[name]!r}" for name in unlike)
    return f"{answered.id} is about {said}" if said else ""


def _with(written: Written, code: str, effect: Effect, words: str) -> Written:
    problem = Problem(field="in_answer_to", location="", position=0, code=code, value="", effect=effect, message=words)
    return replace(written, problems=(*written.problems, problem))
