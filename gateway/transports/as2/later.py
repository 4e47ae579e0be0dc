"""Receipts that were asked for later and go by HTTP, each to the address that the channel agreed to."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from gateway.parcel import Content
from gateway.pipeline.messages import DueAnswer, LaterAnswers
from gateway.pipeline.ports import Blobs
from gateway.transports.as2 import audit
from gateway.transports.as2.judge import Answer, NoAnswer
from gateway.transports.as2.party import Party
from gateway.transports.as2.post import Wire, open_session, post
from gateway.transports.later import Later, LaterLimits

__all__ = ["LaterLimits", "LaterPost"]


class LaterPost(Later):
    """Posts receipts while it runs. `party` gives the channel as it is now, None when there is none any more."""

    def __init__(
        self,
        answers: LaterAnswers,
        *,
        party: Callable[[str], Party | None],
        blobs: Blobs,
        clock: Callable[[], datetime],
        user_agent: str,
        limits: LaterLimits | None = None,
    ) -> None:
        self._party, self._blobs, self._user_agent = party, blobs, user_agent
        self._within = limits or LaterLimits()
        super().__init__(answers, send=self._post, told=audit.line, clock=clock, limits=self._within)

    async def _post(self, due: DueAnswer) -> str:
        """Send one. Returns why it did not arrive, "" when it did."""
        party, url = self._party(due.channel), due.answer.url
        if party is None or not party.answers_to(url):
            return "its address is not agreed any more"
        wire = Wire(
            url=url,
            answer_seconds=self._within.answer_seconds,
            connect_seconds=self._within.connect_seconds,
            authority=party.authority,
            networks=party.terms.mdn_networks,
            user_agent=self._user_agent,
        )
        body = due.answer.body
        content = Content(sha256=hashlib.sha256(body).hexdigest(), size=len(body), inline=body)
        try:
            session = open_session(wire)
        except ValueError as wrong:
            return str(wrong)
        try:
            answer = await post(session, wire, due.answer.headers, content, self._blobs)
        finally:
            await session.close()
        return _why_not(answer)


def _why_not(answer: Answer | NoAnswer) -> str:
    if isinstance(answer, NoAnswer):
        return answer.detail
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
