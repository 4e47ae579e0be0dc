"""A channel's outbound files over HTTP: the same mailbox that SFTP shows."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import StreamingResponse

from gateway.api.accounts import ApiAccount, Gatekeeper
from gateway.api.problems import Problem
from gateway.pipeline.ports import Blobs, Entry, Mailbox

PATH = "/api/v1/mailbox"
Name = Annotated[str, Path(min_length=1, max_length=255)]

MAX_ENTRIES = 1000
"""Names in one list, oldest first: who removes what it has fetched sees the rest."""


class MailboxEntry(BaseModel):
    """One outbound file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    state: Literal["ready", "fetched"]
    size: int
    sha256: str
    modified_at: datetime


class MailboxList(BaseModel):
    """Outbound files, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: Sequence[MailboxEntry]


def router(gatekeeper: Gatekeeper[ApiAccount], mailbox: Mailbox, blobs: Blobs) -> APIRouter:
    """List, fetch and confirm what waits for the calling channel."""
    routes = APIRouter(tags=["mailbox"])

    @routes.get(PATH, summary="Outbound files of this channel, oldest first")
    async def show_all(request: Request) -> MailboxList:
        account = await gatekeeper.account(request.scope)
        entries = await run_in_threadpool(partial(mailbox.entries, account.channel, "outbound", limit=MAX_ENTRIES))
        if fresh := [entry for entry in entries if entry.state == "ready"]:
            await run_in_threadpool(mailbox.listed, account.channel, fresh)
        return _listed(entries)

    @routes.get(PATH + "/{name}", summary="One file; fetching it to its end is a pickup", response_class=Response)
    async def fetch(request: Request, name: Name) -> Response:
        account = await gatekeeper.account(request.scope)
        entry = await run_in_threadpool(mailbox.entry, account.channel, "outbound", name)
        if entry is None:
            raise Problem("not-found")
        return _download(account.channel, entry, mailbox, blobs)

    @routes.delete(PATH + "/{name}", summary="Confirm a file: it goes to the archive", status_code=204)
    async def confirm(request: Request, name: Name) -> Response:
        account = await gatekeeper.account(request.scope)
        if not await run_in_threadpool(mailbox.remove, account.channel, "outbound", name):
            raise Problem("not-found")
        return Response(status_code=204)

    return routes


def _listed(entries: Sequence[Entry]) -> MailboxList:
    return MailboxList(
        items=[
            MailboxEntry(
                id=entry.id,
                name=entry.name,
                state="fetched" if entry.state == "fetched" else "ready",
                size=entry.content.size,
                sha256=entry.content.sha256,
                modified_at=entry.modified_at,
            )
            for entry in entries
        ]
    )


def _download(channel: str, entry: Entry, mailbox: Mailbox, blobs: Blobs) -> StreamingResponse:
    """The file; the pickup is recorded after its last byte was handed to the connection.

    Handed over is not received: a client that must be sure compares the SHA-256 in the `ETag`, then sends DELETE.
    """
    headers = {
        "Content-Length": str(entry.content.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(entry.name, safe='')}",
        "ETag": f'"{entry.content.sha256}"',
    }
    return StreamingResponse(
        _chunks_then_pickup(channel, entry, mailbox, blobs), headers=headers, media_type="application/octet-stream"
    )


async def _chunks_then_pickup(channel: str, entry: Entry, mailbox: Mailbox, blobs: Blobs) -> AsyncIterator[bytes]:
    # A client that hangs up cancels this generator: then the line after the loop is never reached.
    async for chunk in iterate_in_threadpool(blobs.chunks(entry.content)):
        yield chunk
    await run_in_threadpool(mailbox.fetched, channel, entry)
