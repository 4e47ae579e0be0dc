"""What has happened, as values: every change of state is one event with who, what, when and why. Only ever added to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

SubjectKind = Literal[
    "transmission",
    "interchange",
    "document",
    "acknowledgement",
    "sending",
    "carrying",
    "channel",
    "upload",
    "certificate",
    "destination",
    "partner",
    "notice",
    "release",
    "home",
]

TRANSMISSION_RECEIVED = "transmission.received"
TRANSMISSION_WAITS = "transmission.waits"
TRANSMISSION_PROCESSED = "transmission.processed"
TRANSMISSION_REFUSED = "transmission.refused"
TRANSMISSION_QUARANTINED = "transmission.quarantined"
TRANSMISSION_DEAD = "transmission.dead"
TRANSMISSION_RELEASED = "transmission.released"
TRANSMISSION_REPLAYED = "transmission.replayed"
TRANSMISSION_UNANSWERED = "transmission.unanswered"
INTERCHANGE_ACCEPTED = "interchange.accepted"
INTERCHANGE_REJECTED = "interchange.rejected"
INTERCHANGE_DUPLICATE = "interchange.duplicate"
INTERCHANGE_QUARANTINED = "interchange.quarantined"
INTERCHANGE_RELEASED = "interchange.released"
INTERCHANGE_UNDECIDED = "interchange.undecided"
INTERCHANGE_UNMATCHED = "interchange.unmatched"
DOCUMENT_VALIDATED = "document.validated"
DOCUMENT_MAPPED = "document.mapped"
DOCUMENT_WAITS = "document.waits"
DOCUMENT_DEFERRED = "document.deferred"
DOCUMENT_DELIVERED = "document.delivered"
DOCUMENT_RECONCILED = "document.reconciled"
DOCUMENT_REJECTED = "document.rejected"
DOCUMENT_HELD = "document.held"
DOCUMENT_BEFORE_ORDER = "document.before-order"
DOCUMENT_AFTER_ORDER = "document.after-order"
DOCUMENT_DEAD = "document.dead"
DOCUMENT_CLOSED = "document.closed"
DOCUMENT_REPLAYED = "document.replayed"
DOCUMENT_RELEASED = "document.released"
DOCUMENT_ASSIGNED = "document.assigned"
DOCUMENT_NOTED = "document.noted"
DOCUMENT_CORRECTS = "document.corrects"
DOCUMENT_COLLECTED = "document.collected"
DOCUMENT_COMBINED = "document.combined"
DOCUMENT_TRANSLATED = "document.translated"
DOCUMENT_SEALED = "document.sealed"
DOCUMENT_SENT = "document.sent"
DOCUMENT_SUPERSEDED = "document.superseded"
DOCUMENT_RESENT = "document.resent"
DOCUMENT_ACKNOWLEDGED = "document.acknowledged"
DOCUMENT_OVERDUE = "document.overdue"
DOCUMENT_ASSUMED = "document.assumed-accepted"
DOCUMENT_WAIVED = "document.waived"
DOCUMENT_LATE = "document.late"
DOCUMENT_OWED_LATE = "document.owed-late"
DOCUMENT_OWED_WAIVED = "document.owed-waived"
DOCUMENT_CONTRADICTED = "document.contradicted"
DOCUMENT_FIRST_ACCEPTED = "document.first-accepted"
DOCUMENT_BUSINESS_TAKEN_BACK = "document.business-taken-back"
DOCUMENT_BUSINESS_PENDING = "document.business-pending"
DOCUMENT_BUSINESS_CONFIRMED = "document.business-confirmed"
DOCUMENT_BUSINESS_CHANGED = "document.business-changed"
DOCUMENT_BUSINESS_DECLINED = "document.business-declined"
DOCUMENT_BUSINESS_NOTED = "document.business-noted"
DOCUMENT_BUSINESS_DISPUTED = "document.business-disputed"
DOCUMENT_BUSINESS_ADJUSTED = "document.business-adjusted"
DOCUMENT_BUSINESS_SHORT_PAID = "document.business-short-paid"
DOCUMENT_BUSINESS_PARTLY_PAID = "document.business-partly-paid"
DOCUMENT_BUSINESS_PAID = "document.business-paid"
DOCUMENT_BUSINESS_OVERPAID = "document.business-overpaid"
DOCUMENT_BUSINESS_CLOSED = "document.business-closed"
DOCUMENT_UNMATCHED = "document.unmatched"
SENDING_OFFERED = "sending.offered"
SENDING_LISTED = "sending.listed"
SENDING_FETCHED = "sending.fetched"
SENDING_CONFIRMED = "sending.confirmed"
SENDING_CARRIED = "sending.carried"
SENDING_TA1_LATE = "sending.ta1-late"
SENDING_ACKNOWLEDGED = "sending.acknowledged"
ACKNOWLEDGEMENT_OFFERED = "acknowledgement.offered"
ACKNOWLEDGEMENT_LISTED = "acknowledgement.listed"
ACKNOWLEDGEMENT_FETCHED = "acknowledgement.fetched"
ACKNOWLEDGEMENT_CONFIRMED = "acknowledgement.confirmed"
ACKNOWLEDGEMENT_CARRIED = "acknowledgement.carried"
ACKNOWLEDGEMENT_LATE = "acknowledgement.late"
CARRYING_WAITS = "carrying.waits"
CARRYING_DEFERRED = "carrying.deferred"
CARRYING_AWAITS = "carrying.awaits"
CARRYING_CARRIED = "carrying.carried"
CARRYING_REFUSED = "carrying.refused"
CARRYING_OVERDUE = "carrying.overdue"
CARRYING_GIVEN_UP = "carrying.given-up"
CARRYING_AGAIN = "carrying.again"
CARRYING_REROUTED = "carrying.rerouted"
MESSAGE_TAKEN = "message.taken"
MESSAGE_REPEATED = "message.repeated"
MESSAGE_REFUSED = "message.refused"
MESSAGE_CONFLICT = "message.conflict"
MESSAGE_STRANGER = "message.stranger"
RECEIPT_SENT = "receipt.sent"
RECEIPT_DEFERRED = "receipt.deferred"
RECEIPT_GIVEN_UP = "receipt.given-up"
RECEIPT_CAME = "receipt.came"
CHANNEL_PAUSED = "channel.paused"
CHANNEL_RESUMED = "channel.resumed"
CHANNEL_FAILING = "channel.failing"
CHANNEL_WORKS = "channel.works"
CHANNEL_STOPPED = "channel.stopped"
CHANNEL_LEFT = "channel.left"
UPLOAD_LEFT = "upload.left"
CERTIFICATE_ENDING = "certificate.ending"
DESTINATION_PAUSED = "destination.paused"
DESTINATION_RESUMED = "destination.resumed"
PARTNER_SILENT = "partner.silent"
PARTNER_DAY_DIFFERS = "partner.day-differs"
NOTICE_GIVEN_UP = "notice.given-up"
NOTICE_GONE = "notice.gone"
NOTICE_REPLAYED = "notice.replayed"
RELEASE_PUBLISHED = "release.published"
HOME_ADOPTED = "home.adopted"
HOME_RESTORED = "home.restored"

KINDS: Mapping[str, str] = MappingProxyType(
    {
        TRANSMISSION_RECEIVED: "bytes are durable and the sender has our yes",
        TRANSMISSION_WAITS: "its bytes cannot be read just now; it is tried again until they can",
        TRANSMISSION_PROCESSED: "read to its end; what was in it goes on by itself",
        TRANSMISSION_REFUSED: "nothing in it could be read as an interchange",
        TRANSMISSION_QUARANTINED: "set aside: unknown sender, wrong channel, or a number again with other bytes",
        TRANSMISSION_DEAD: "our own code failed on it",
        TRANSMISSION_RELEASED: "a person let it through; it is read again",
        TRANSMISSION_REPLAYED: "a person has it read again after we were corrected",
        TRANSMISSION_UNANSWERED: "it came in and was not read, or not decided about, in time: nobody has answered it",
        INTERCHANGE_ACCEPTED: "TA104 A or E",
        INTERCHANGE_REJECTED: "TA104 R: nothing of it is delivered",
        INTERCHANGE_DUPLICATE: "the same bytes again: stored acknowledgement offered again",
        INTERCHANGE_QUARANTINED: "not answered and not delivered until a person decides",
        INTERCHANGE_RELEASED: "a person let it through",
        INTERCHANGE_UNDECIDED: "it was set aside, and nobody has decided about it in time",
        INTERCHANGE_UNMATCHED: "it came with a TA1 for something that we have not sent",
        DOCUMENT_VALIDATED: "accepted by our acknowledgement, to be mapped",
        DOCUMENT_MAPPED: "canonical, to be delivered",
        DOCUMENT_WAITS: "its bytes cannot be read just now; it is tried again until they can",
        DOCUMENT_DEFERRED: "an attempt failed; there will be another",
        DOCUMENT_DELIVERED: "our system has it, under its own number",
        DOCUMENT_RECONCILED: "an acknowledgement, matched to what it answers",
        DOCUMENT_REJECTED: "the partner was told no",
        DOCUMENT_HELD: "waits for a person",
        DOCUMENT_BEFORE_ORDER: "a change of an order that our system has not yet: it waits for that",
        DOCUMENT_AFTER_ORDER: "our system has the order, or the change, that a change waited for: it goes on",
        DOCUMENT_DEAD: "refused for good, or given up",
        DOCUMENT_CLOSED: "a person looked at what was held or dead: nothing more comes of it here",
        DOCUMENT_REPLAYED: "a person put it on the road again",
        DOCUMENT_RELEASED: "a person let it go on that a person had held",
        DOCUMENT_ASSIGNED: "a person said who looks after it",
        DOCUMENT_NOTED: "a person wrote something beside it",
        DOCUMENT_CORRECTS: "sent in the place of another that was refused, or never went",
        DOCUMENT_COLLECTED: "one of our systems handed it in, to be translated",
        DOCUMENT_COMBINED: "goes out with the other parts of its document, as one of them",
        DOCUMENT_TRANSLATED: "written as X12 and found good, to be sealed",
        DOCUMENT_SEALED: "numbered and in an interchange for the partner",
        DOCUMENT_SENT: "the partner has it",
        DOCUMENT_RESENT: "its interchange goes once more, the same bytes under the same numbers",
        DOCUMENT_SUPERSEDED: "another took its place: sent again under other numbers, or handed in again",
        DOCUMENT_ACKNOWLEDGED: "the partner said whether it can use it",
        DOCUMENT_OVERDUE: "the time for the partner's acknowledgement is over, and none has come",
        DOCUMENT_ASSUMED: "the partner answers only what it refuses, and the time for that is over",
        DOCUMENT_WAIVED: "a person said that nobody minds its acknowledgement any more",
        DOCUMENT_LATE: "a deadline is over: not fetched, no receipt, not delivered, or nobody has looked at it",
        DOCUMENT_OWED_LATE: "what has to follow it, an 855, 856 or 810, did not go out or come in time",
        DOCUMENT_OWED_WAIVED: "a person said that nobody waits for what has to follow it any more",
        DOCUMENT_CONTRADICTED: "the partner accepted it and rejected it; the refusal stands",
        DOCUMENT_FIRST_ACCEPTED: "the partner had accepted, or accepted late, what this one was sent again for",
        DOCUMENT_BUSINESS_TAKEN_BACK: "what was said of its business is not said any more",
        DOCUMENT_BUSINESS_PENDING: "the seller has the order and has not decided",
        DOCUMENT_BUSINESS_CONFIRMED: "confirmed as it stands",
        DOCUMENT_BUSINESS_CHANGED: "the seller delivers, and not as ordered",
        DOCUMENT_BUSINESS_DECLINED: "the seller does not deliver",
        DOCUMENT_BUSINESS_NOTED: "taken, with changes or errors noted",
        DOCUMENT_BUSINESS_DISPUTED: "contested",
        DOCUMENT_BUSINESS_ADJUSTED: "a credit or debit note changes what is owed",
        DOCUMENT_BUSINESS_SHORT_PAID: "less was paid than is owed",
        DOCUMENT_BUSINESS_PARTLY_PAID: "a part was paid, more is to follow",
        DOCUMENT_BUSINESS_PAID: "paid as owed",
        DOCUMENT_BUSINESS_OVERPAID: "more was paid than is owed",
        DOCUMENT_BUSINESS_CLOSED: "a person said that nobody waits for more",
        DOCUMENT_UNMATCHED: "some of what it says is about nothing that we know; a person has to look",
        SENDING_OFFERED: "an interchange of ours is in the partner's outbound folder, or waits to be carried there",
        SENDING_LISTED: "the partner was shown its name",
        SENDING_FETCHED: "the partner read it to its end",
        SENDING_CONFIRMED: "the partner removed it after reading",
        SENDING_CARRIED: "we carried it to the partner, who has it",
        SENDING_TA1_LATE: "the partner was asked for a TA1, and none has come in time",
        SENDING_ACKNOWLEDGED: "the partner answered its envelope with a TA1",
        ACKNOWLEDGEMENT_OFFERED: "in the partner's outbound folder or waits to be carried, the first time or again",
        ACKNOWLEDGEMENT_LISTED: "the partner was shown its name",
        ACKNOWLEDGEMENT_FETCHED: "the partner read it to its end",
        ACKNOWLEDGEMENT_CONFIRMED: "the partner removed it after reading",
        ACKNOWLEDGEMENT_CARRIED: "we carried it to the partner, who has it",
        ACKNOWLEDGEMENT_LATE: "our answer is not with the partner in time: not fetched, or not carried there",
        CARRYING_WAITS: "a file of ours waits to be carried to the partner",
        CARRYING_DEFERRED: "an attempt to carry it failed; there will be another",
        CARRYING_AWAITS: "the other side took it; its receipt is awaited",
        CARRYING_CARRIED: "the other side has it",
        CARRYING_REFUSED: "the other side does not take it",
        CARRYING_OVERDUE: "the receipt did not come in time; it is sent again under the same message id",
        CARRYING_GIVEN_UP: "it could not be carried in the time allowed",
        CARRYING_AGAIN: "carried once more: a person, or a second copy of what it answers, asked for it",
        CARRYING_REROUTED: "it goes by another channel from here on",
        MESSAGE_TAKEN: "an AS2 message or mail was opened and is durable; its receipt says processed",
        MESSAGE_REPEATED: "the same AS2 message or mail again: the stored receipt was answered, nothing taken",
        MESSAGE_REFUSED: "an AS2 message or mail could not be opened, or not as agreed; its receipt says why",
        MESSAGE_CONFLICT: "another one under a Message-ID that was taken: set aside, its receipt says error",
        MESSAGE_STRANGER: "somebody sent under names that nobody agreed on, or from where they may not be used",
        RECEIPT_SENT: "the receipt that was asked for later reached the partner",
        RECEIPT_DEFERRED: "the receipt could not be sent; it is tried again",
        RECEIPT_GIVEN_UP: "the receipt could not be sent in the time allowed, or nowhere that is agreed",
        RECEIPT_CAME: "a partner answered an AS2 message or mail of ours; what it says was held to what we sent",
        CHANNEL_PAUSED: "failed too often in a row; the files to be carried by it wait",
        CHANNEL_RESUMED: "works again; what waited follows",
        CHANNEL_FAILING: "the partner's server, or the folder, could not be looked into; it is tried again",
        CHANNEL_WORKS: "the partner's server, or the folder, can be looked into again",
        CHANNEL_STOPPED: "the partner's server shows another host key: nothing more until a person has looked",
        CHANNEL_LEFT: "a file of the partner's is not taken, or not removed: somebody has to look where it lies",
        UPLOAD_LEFT: "a file came under a temporary name and was not renamed: its sender has to be asked",
        CERTIFICATE_ENDING: "a certificate of a channel, or a key of ours, will be over soon, or is",
        DESTINATION_PAUSED: "failed too often in a row; its documents wait",
        DESTINATION_RESUMED: "answers again; its documents follow",
        PARTNER_SILENT: "nothing came from the partner for longer than is usual",
        PARTNER_DAY_DIFFERS: "a day of the partner's is over and does not add up",
        NOTICE_GIVEN_UP: "nobody took a notice in the time allowed, or it was refused for good",
        NOTICE_GONE: "a webhook says that it wants no more notices; nothing more is sent there",
        NOTICE_REPLAYED: "a person has notices sent once more, under the same ids",
        RELEASE_PUBLISHED: "another revision of partners and mappings is in force",
        HOME_ADOPTED: "a person made another folder the home of the database",
        HOME_RESTORED: "database and home were restored from a backup",
    }
)
"""Every kind of event with its meaning. Names are contracts: they may be added, never changed."""

HISTORY: Final = "history"
"""In the detail of an event that says only now what was so long ago: it stands in the history, and nobody is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, at an aware UTC time.

    `subject` is the id of what changed, `correlation` the id of the transmission that all of it began with ("" for
    what belongs to none). `who` is a person's name or `gateway/<node>`; `why` is one sentence for people.
    """

    at: datetime
    subject_kind: SubjectKind
    subject: str
    kind: str
    who: str
    why: str = ""
    correlation: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Both are bugs of ours, and would be found in an audit years later.
        if self.kind not in KINDS:
            raise ValueError(f"there is no event kind {self.kind!r}")
        if self.at.utcoffset() is None:
            raise ValueError("an event's time has to carry its zone")
