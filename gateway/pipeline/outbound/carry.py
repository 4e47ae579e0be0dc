"""What a document of ours takes from what came in: only from documents of its own stage. Pure.

A partner tests with the order numbers of its production, or the other way round: a number alone proves nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.mapping.reading import Effect, Problem
from gateway.mapping.written import Written
from gateway.pipeline.outbound.collect import USAGES, Posted
from gateway.pipeline.ports import CameIn, Threads

Body = Mapping[str, object]
Write = Callable[[Mapping[str, Body]], Written]
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

    Values come from `answered` if one is named, else from the newest order of the thread and stage, unless another one
    of them would give other values. An answer to a
    document of other business is refused.
    """
    bare = write({})
    if answered is not None and (words := _of_another(answered, bare.thread, posted.body.body())):
        return _with(bare, "other-order", "refuse", words)
    carried: dict[str, Body] = {}
    if answered is not None and answered.body is not None:
        carried[answered.name] = answered.body
    if ORDER in carried or not bare.thread:
        return write(carried) if carried else bare
    orders = threads.orders(posted.partner, USAGES[posted.stage], bare.thread)
    if not orders or orders[0].body is None:
        return write(carried) if carried else bare
    return _chosen(lambda body: write({**carried, ORDER: body}), orders[0].id, orders[0].body, orders[1:])


def _chosen(write: Callable[[Body], Written], newest: str, body: Body, older: Sequence[CameIn]) -> Written:
    """The set with values of the newest order. Refused when another one of that number would have it say other things:
    which of them is meant, only who hands it in can say.
    """
    made = write(body)
    others = [one for one in older if one.body is not None and one.body != body]
    for one in others:
        if one.body is not None and write(one.body).segments != made.segments:
            words = f"orders {newest} and {one.id} of this number differ in what is taken from them: name one"
            return _with(made, "several-orders", "refuse", words)
    apart = [one for one in others if not ("part" in body and "part" in (one.body or {}))]  # parts are one order
    if apart:
        words = f"orders {newest} and {apart[0].id} of this number differ, but in nothing that is taken from them"
        return _with(made, "several-orders", "warn", words)
    return made


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
