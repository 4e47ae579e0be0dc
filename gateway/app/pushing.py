"""The channels that we push through as routes: their doors, their patience, their hours, and the second ways.

A door that a channel asks for and nobody makes here yet has no route: its files wait, and their rows say so.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.app.as2 import PRODUCT, Identities, authority
from gateway.app.mail import mail_sender
from gateway.app.memory import Memory, utc_now
from gateway.app.partner_servers import sftp_sender
from gateway.app.secrets import Secrets
from gateway.partners.as2_terms import Sending
from gateway.partners.book import Book
from gateway.partners.channel import (
    As2Channel,
    Channel,
    FolderChannel,
    MailChannel,
    PushingChannel,
    SftpClientChannel,
)
from gateway.partners.sftp_form import matches
from gateway.partners.window import opens_at
from gateway.pipeline.outbound.send import Way
from gateway.pipeline.ports import Intake, Sender
from gateway.pipeline.retry import Patience
from gateway.settings import Places
from gateway.transports.as2.post import LONGEST_SECONDS, Wire
from gateway.transports.as2.sender import As2Sender
from gateway.transports.carriers import Carriers, Opening, Route
from gateway.transports.folder import FolderSender, FolderWatcher, Inbox, Place
from gateway.transports.sftp_client import PartnerServer

NEVER_BY_COUNT = 1_000_000
"""Attempts: files are given up by the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What doors are made of. `identities` are certificates and keys of the channels of `book`."""

    book: Book
    memory: Memory
    places: Places
    identities: Identities
    servers: Mapping[str, PartnerServer] = field(default_factory=dict)


def carriers(around: Surroundings) -> Carriers:
    """A way out through every channel that we push through."""
    routes = {}
    for name, channel in around.book.channels.items():
        sender = _sender(name, channel, around) if isinstance(channel, PushingChannel) and channel.pushes else None
        if sender is not None:
            routes[name] = _route(name, channel, sender, around.book)
    return Carriers(routes)


def _sender(name: str, channel: Channel, around: Surroundings) -> Sender | None:
    match channel:
        case FolderChannel(out=str(out)):
            return FolderSender(_place(out, around.places), around.memory.blobs, around.memory.carryings)
        case As2Channel(send=Sending() as terms):
            return As2Sender(
                channel,
                around.identities.of(name),
                sent=around.memory.sent,
                notes=around.memory.carryings,
                blobs=around.memory.blobs,
                wire=_wire(around.book, channel, terms),
                clock=utc_now,
            )
        case SftpClientChannel() if name in around.servers:
            return sftp_sender(channel, around.servers[name], around.memory)
        case MailChannel():
            secrets = Secrets(around.places.home)
            return mail_sender(around.book, channel, around.identities.of(name), secrets, around.memory)
        case _:
            return None


def _wire(book: Book, channel: As2Channel, terms: Sending) -> Wire:
    return Wire(
        url=terms.url,
        answer_seconds=terms.timeout_seconds,
        authority=authority(book, channel),
        networks=channel.mdn_networks,
        user_agent=PRODUCT,
    )


def _route(name: str, channel: Channel, sender: Sender, book: Book) -> Route:
    assert isinstance(channel, PushingChannel)  # noqa: S101 - only those are asked for
    patience = Patience(
        first_delay_seconds=channel.first_delay_seconds,
        longest_delay_seconds=channel.longest_delay_seconds,
        most_attempts=NEVER_BY_COUNT,
        longest_age=timedelta(hours=channel.expires_after_hours),
    )
    return Route(
        sender=sender,
        patience=patience,
        failures_to_trip=channel.failures_to_trip,
        opens_at=_hours(channel, book),
        fallbacks=_fallbacks(name, channel, book),
        timeout_seconds=LONGEST_SECONDS + 60,  # every door ends a try itself, sooner
    )


def _hours(channel: PushingChannel, book: Book) -> Opening:
    def opening(partner: str, now: datetime) -> datetime:
        profile = book.partners.get(partner)
        return opens_at(channel.windows, now, profile.time_zone if profile is not None else "UTC")

    return opening


def _fallbacks(name: str, channel: PushingChannel, book: Book) -> Mapping[str, Way]:
    profiles = {partner: book.partners[partner] for partner in channel.carries if partner in book.partners}
    return {
        partner: Way(profile.fallback.channel, profile.fallback.after_minutes)
        for partner, profile in profiles.items()
        if profile.fallback is not None and profile.fallback.channel != name
    }


def folders(around: Surroundings, intake: Intake, node: str) -> FolderWatcher:
    """Every folder that files are taken from."""
    inboxes = [
        Inbox(
            channel=name,
            place=_place(channel.in_, around.places),
            after=channel.after,
            settle_seconds=channel.settle_seconds,
            max_file_bytes=channel.max_file_bytes,
            takes=functools.partial(matches, channel.file_names),
        )
        for name, channel in around.book.channels.items()
        if isinstance(channel, FolderChannel) and channel.in_ is not None
    ]
    memory = around.memory
    return FolderWatcher(
        inboxes, intake=intake, blobs=memory.blobs, polls=memory.polls, node=node, new_id=memory.new_id
    )


def _place(name: str, places: Places) -> Place:
    return Place(places.folders, name, make=not places.folders_dir)
