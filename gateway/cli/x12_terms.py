"""A partner's agreements for commands that look at files: what was agreed holds, whoever the file came by.

No store and no channel are needed. The sender's and receiver's ids are looked at first, so that the agreement is the
one that the road would find; a test file under other ids is read by the agreement that fits its set and version.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from gateway.partners.agreement import Agreement
    from gateway.partners.book import Book
    from gateway.partners.outbound import OutboundAgreement
    from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader, Terms
    from gateway.x12.verdict import Answering, AnsweringFor

TermsFor = Callable[["InterchangeHeader", "GroupHeader", "SetHeader"], "Terms"]

Partner = Annotated[
    str,
    typer.Option(
        "--partner", metavar="ID", help="Look at it as this partner's agreements and guides say. No database."
    ),
]


def _named(context: typer.Context, parameter: typer.CallbackParam, folder: Path) -> Path:
    """A folder that the command line names has to be there; any other is asked for when a partner is named."""
    source = context.get_parameter_source(parameter.name or "")
    if source is not None and source.name == "COMMANDLINE" and not folder.is_dir():
        raise UsageError(f"{parameter.opts[0]} {folder}: there is no such folder")
    return folder


Partners = Annotated[
    Path,
    typer.Option(
        "--partners", envvar="GATEWAY_PARTNERS_DIR", callback=_named, help="The folder that holds company.yaml."
    ),
]
PARTNERS = Path("partners")
_ACKNOWLEDGEMENTS = "FA"


def book_of(partner: str, folder: Path) -> "Book":
    """The partner files, which must have this partner. Raises UsageError, SettingsError, PartnerFilesError."""
    from gateway.flaws import did_you_mean
    from gateway.partners.authored import SUFFIXES
    from gateway.partners.book import load
    from gateway.partners.problems import PartnerFilesError
    from gateway.store.authored import read_folder

    if not folder.is_dir():
        raise SettingsError(
            f"{folder}: there is no such folder; say where it is with --partners or GATEWAY_PARTNERS_DIR"
        )
    try:
        book = load(read_folder(folder, SUFFIXES))
    except PartnerFilesError as wrong:
        raise wrong.below(folder) from None
    if partner not in book.partners:
        raise UsageError(
            f"--partner {partner}: there is no such partner in {folder}{did_you_mean(partner, book.partners)}"
        )
    return book


def terms_of(partner: str, folder: Path) -> TermsFor | None:
    """What `gateway.x12.read.examine` asks for every set, from a partner's agreements; None when `partner` is ""."""
    return agreed_with(partner, folder)[0]


def agreed_with(partner: str, folder: Path) -> "tuple[TermsFor | None, AnsweringFor | None]":
    """What `gateway.x12.explain.explain` asks for sets: how they are read, and answered; None when `partner` is ""."""
    if not partner:
        return None, None
    from gateway.partners.book import NOTHING_AGREED
    from gateway.partners.outbound import OutboundAgreement
    from gateway.x12.interchange import Terms
    from gateway.x12.verdict import Answering

    book = book_of(partner, folder)

    def terms(header: "InterchangeHeader", group: "GroupHeader", transaction: "SetHeader") -> "Terms":
        if group.functional_id == _ACKNOWLEDGEMENTS:
            return Terms()
        found = _either(book, partner, header, group, transaction.id)
        return NOTHING_AGREED if found is None else found.terms

    def answering(header: "InterchangeHeader", group: "GroupHeader", transaction: "SetHeader") -> "Answering | None":
        if group.functional_id == _ACKNOWLEDGEMENTS:
            return None
        found = _either(book, partner, header, group, transaction.id)
        if isinstance(found, OutboundAgreement):
            return Answering(functional=found.expects, ta1="requested")
        return None if found is None else Answering(functional=found.acknowledge.functional, ta1=found.acknowledge.ta1)

    return terms, answering


def _either(
    book: "Book", partner: str, header: "InterchangeHeader", group: "GroupHeader", set_id: str
) -> "Agreement | OutboundAgreement | None":
    """What was agreed about a set: about what we send when we sent it, else about what comes in."""
    ours = book.identity_with((header.sender_qualifier, header.sender)) is not None
    inbound, outbound = _agreement(book, partner, header, group, set_id), sent(book, partner, set_id, group.version)
    return (outbound or inbound) if ours else (inbound or outbound)


def sent(book: "Book", partner: str, set_id: str, version: str) -> "OutboundAgreement | None":
    """The agreement about a set that we send in a version, the very version before another of its release."""
    fitting = [one for one in book.outbounds if (one.partner, one.set_id) == (partner, set_id)]
    about = [one for one in fitting if version.startswith(one.release)]
    return next(iter(sorted(about, key=lambda one: one.version != version)), None)


def _agreement(
    book: "Book", partner: str, header: "InterchangeHeader", group: "GroupHeader", set_id: str
) -> "Agreement | None":
    """The most specific agreement that fits, by all that can be known of a file; else by set and version alone."""
    from gateway.partners.agreement import USAGES

    candidates = book.candidates(partner, set_id)
    fitting = [
        one
        for one in candidates
        if any(not one.scope.misses(channel, header, group, set_id) for channel in one.scope.channels or ("",))
    ]
    same_usage = [one for one in fitting if one.usage == USAGES.get(header.usage)]
    about = [one for one in candidates if one.scope.covers(group.version)]
    return next(iter([*same_usage, *fitting, *about]), None)
