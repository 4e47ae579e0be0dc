"""The port behind everything that people do to documents: commands, the API and later the console call it alike."""

from collections.abc import Sequence
from typing import Literal, Protocol

from gateway.pipeline.verbs import Acted, How, Numbers, Preview, Selection, Verb


class Operator(Protocol):
    """What a person may do to documents; each is one transaction, with an event for each document that names who and
    why, and one entry of the audit trail.

    Ids may be beginnings, as in `Questions.document`. Raises UsageError when `reason` is blank.
    """

    def preview(self, verb: Verb, chosen: Selection, how: How) -> Preview:
        """What `act` would touch, and nothing is done. Raises UsageError."""

    def ids(self, verb: Verb, chosen: Selection, how: How) -> Sequence[str]:
        """Ids of what `act` would touch, at most one more than `verbs.MOST`. Raises UsageError."""

    def act(self, verb: Verb, chosen: Selection, how: How, *, reason: str, who: str) -> Acted:
        """Do it to every document chosen, in one transaction; those that it may not be done to are left as they are.

        Raises UsageError and NotInOrder when one single document is named and it may not be done to that; UsageError
        for more than `verbs.MOST`.
        """

    def correct(self, refused: str, corrected: str, *, reason: str, who: str, anyway: bool = False) -> str:
        """Say that a document of ours is sent in the place of another that was refused or never went: nobody waits
        for that one any more. Raises UsageError; NotInOrder when the partner has not refused it, and not `anyway`.
        """

    def replay(self, document_id: str, *, mode: str, again: bool, reason: str, who: str) -> str:
        """Put a held or dead document back on the road, a delivered one only with `again` (next generation).

        `mode` "current" or "original". Returns what happens next, in words. Raises UsageError when the document is
        unknown or may not be replayed.
        """

    def resend(
        self,
        document_id: str,
        *,
        mode: str,
        reason: str,
        who: str,
        anyway: bool = False,
        numbers: Numbers | Literal[""] = "",
    ) -> str:
        """Send a document of ours once more, as another document under other control numbers; the first is superseded.
        With the `numbers` "same" its interchange goes again as it is; "" is as agreed with the partner.

        `mode` "original": with the mapping it was sent by. Raises UsageError when it was not sent, NotInOrder when the
        partner has not fetched it yet, or has refused it, and not `anyway`.
        """

    def push(self, identifier: str, *, reason: str, who: str) -> str:
        """Have files carried again, the same bytes, that were refused or given up. Raises UsageError when none was."""

    def close(self, document_id: str, *, reason: str, who: str, handled: bool = False, known_as: str = "") -> str:
        """Say that nothing more comes of a held 997 or 999: nothing is moved by it; or (`handled`) of any document that
        came in and is held or dead, and what became of it: our system has it as `known_as`, if it does. Raises
        UsageError for any other.
        """

    def book(self, document_id: str, *, line: int, to: str, reason: str, who: str, dry_run: bool = False) -> str:
        """Say which document line `line` of what a document says is about (0: the only line that waits), "nothing" to
        take it back. `dry_run`: only say what would be. Raises UsageError when it cannot be about that document.
        """

    def release(self, identifier: str, *, reason: str, who: str, anyway: bool = False) -> str:
        """Let a quarantined transmission through, or have a dead one read again; let a document go on that a person
        held, or one that waits for other parts without them. Raises UsageError when it is none of these, NotInOrder
        when it would be quarantined again because its channel still does not carry the sender (`anyway`: it is read
        again all the same).
        """
