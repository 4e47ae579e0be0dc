"""Routes whose body the framework reads: it would read any body of anybody, whole, before it asks who it is."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Scope

from gateway.api.accounts import Gatekeeper
from gateway.api.body import BodyLimits, read_small

_JSON: Final = (b"content-type", b"application/json")

MOST_BYTES: Final = 256 * 1024
"""A thousand ids and a reason of 2,000 characters, each written as an escape, come to a fifth of it."""


def known_first(gatekeeper: Gatekeeper[Any], limits: BodyLimits) -> type[APIRoute]:
    """A kind of route that asks for the key first, and then reads no more than `MOST_BYTES`, as slowly as `limits`
    say: of JSON, whatever it is called.

    What is refused is a Problem: unauthenticated, not-permitted, too-large, too-slow.
    """

    class KnownFirst(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                await gatekeeper.account(request.scope)
                body = await read_small(request.scope, request.receive, max_bytes=MOST_BYTES, limits=limits)

                async def again() -> Message:
                    return {"type": "http.request", "body": body, "more_body": False}

                return await handle(Request(_as_json(request.scope), again))

            return guarded

    return KnownFirst


def _as_json(scope: Scope) -> Scope:
    """What is taken here is JSON, whatever it is called: `curl -d` calls it a form, and would be refused unread."""
    return {**scope, "headers": [*(one for one in scope["headers"] if one[0] != _JSON[0]), _JSON]}
