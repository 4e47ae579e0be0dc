"""What people do to certificates and keys of AS2 and mail channels: look, add, let end, make our next key.

Partner files are changed as text, and nothing is written that `gateway partner check` would refuse. Private keys stay
in the home, encrypted: nothing here prints or logs one.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.app.keys import KeyStore
from gateway.as2.cms.identity import KeyPair
from gateway.errors import ConfigurationError, MachineError, NotInOrder, UsageError
from gateway.flaws import did_you_mean
from gateway.partners.acceptable import LARGEST, acceptable
from gateway.partners.as2_terms import Purpose
from gateway.partners.book import Book
from gateway.partners.certificates import (
    FOLDER,
    Dated,
    decrypting,
    endings,
    fingerprint,
    ours,
    recipient,
    signer,
    trusted,
)
from gateway.partners.channel import SecuredChannel
from gateway.partners.edit import with_item, with_value

Load = Callable[[Mapping[str, str]], Book]
"""The book of files as they will stand. Raises PartnerFilesError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate at one channel. `use` is what it is used for now; `days` are left, None where it never ends."""

    channel: str
    whose: str
    name: str
    purpose: str
    use: str
    begins: str
    ends: str
    days: int | None
    key: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was written, and what people have to know or do."""

    written: Sequence[Path]
    sha256: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Partner files below `folder`, as `files` and as a book; our keys; the time."""

    folder: Path
    files: Mapping[str, str]
    book: Book
    load: Load
    keys: KeyStore
    now: datetime

    # ------------------------------------------------------------------------------------------ look

    def entries(self, partner: str = "") -> Iterator[Entry]:
        """Every certificate and key of AS2 and mail channels, those of one partner only when it is named."""
        for name, channel in self._channels(partner).items():
            yield from self._theirs(name, channel)
            yield from self._ours(name, channel)

    def _theirs(self, name: str, channel: SecuredChannel) -> Iterator[Entry]:
        dated = self.book.their_certificates(channel)
        encrypts = recipient(dated, self.now)
        verifies = trusted(dated, self.now)
        for one in dated:
            uses = ["encrypted for"] if one is encrypts else []
            uses += ["verifies"] if one.certificate in verifies else []
            yield self._entry(name, "theirs", one, uses)

    def _ours(self, name: str, channel: SecuredChannel) -> Iterator[Entry]:
        found: list[Dated] = []
        for key in channel.keys:
            try:
                found.append(ours(key, self.keys.certificate(key.name)))
            except ConfigurationError:
                yield Entry(
                    channel=name, whose="ours", name=key.name, purpose=key.purpose, use="not there: new-key makes it",
                    begins="", ends="", days=None, key="", sha256="",
                )  # fmt: skip
        signs, opens = signer(found, self.now), decrypting(found, self.now)
        for one in found:
            uses = ["signs"] if one is signs else []
            uses += ["decrypts"] if one in opens else []
            yield self._entry(name, "ours", one, uses)

    def _entry(self, channel: str, whose: str, one: Dated, uses: Sequence[str]) -> Entry:
        over = one.ends is not None and one.ends <= self.now
        idle = "over" if over else "later" if one.begins > self.now else "another is in use"
        key = one.certificate.public_key()
        return Entry(
            channel=channel,
            whose=whose,
            name=one.name,
            purpose=one.purpose,
            use=", ".join(uses) or idle,
            begins=f"{one.begins:%Y-%m-%d}",
            ends=f"{one.ends - _A_MOMENT:%Y-%m-%d}" if one.ends else "",  # a last day ends with the next midnight
            days=(one.ends - self.now).days if one.ends else None,
            key=f"RSA {key.key_size}" if isinstance(key, RSAPublicKey) else "EC",
            sha256=fingerprint(one.certificate),
        )

    # ------------------------------------------------------------------------------------------ theirs

    def add(
        self,
        partner: str,
        data: bytes,
        *,
        channel: str = "",
        name: str = "",
        begins: date | None = None,
        ends: date | None = None,
        purpose: Purpose = "both",
    ) -> Changed:
        """Pin a certificate of a partner at its channel; lay it down alone where it has none that could name it yet.

        Raises NotInOrder for a file that must not be pinned, or is pinned already; UsageError; PartnerFilesError.
        """
        try:
            certificate = acceptable(data, purpose=purpose, now=self.now)
        except ValueError as wrong:
            raise NotInOrder(str(wrong)) from None
        at = self._channel_of(partner, channel)
        if at:
            self._is_new(at, certificate)
        name = name or f"{certificate.not_valid_before_utc:%Y-%m-%d}"
        file = f"{partner}/{name}.pem"
        if f"{FOLDER}/{file}" in self.files:
            file = f"{partner}/{name}-{fingerprint(certificate)[:8]}.pem"
        pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
        entry = {"file": file} | _window(begins, ends) | ({"purpose": purpose} if purpose != "both" else {})
        changes = {f"{FOLDER}/{file}": pem}
        if at:
            path = self._file_of(at)
            changes[path] = with_item(self.files[path], "certificates", entry)
        self.load({**self.files, **changes})
        notes = ["compare the SHA-256 with the partner, by telephone, before anything is encrypted for it"]
        if not at:
            line = ", ".join(f"{key}: {value}" for key, value in entry.items())
            notes.append(f"no channel names it yet: put `{{{line}}}` under `certificates` of a channel")
            return Changed(written=self._write(changes), sha256=fingerprint(certificate), notes=notes)
        if begins is None and certificate.not_valid_before_utc <= self.now and purpose != "signing":
            notes.append("it is encrypted for from now on: without --from the newest in force is taken")
        return Changed(written=self._write(changes), sha256=fingerprint(certificate), notes=[*notes, _TAKEN_OVER])

    def _is_new(self, channel: str, certificate: x509.Certificate) -> None:
        known = self.book.channels[channel]
        assert isinstance(known, SecuredChannel)  # noqa: S101 - only those are found
        for one in self.book.their_certificates(known):
            if one.certificate == certificate:
                raise NotInOrder(f"channel {channel} has this certificate already, as {one.name}: nothing was written")

    def retire(self, what: str, on: date, *, channel: str = "", anyway: bool = False) -> Changed:
        """Let a certificate or key of ours end with a day (UTC), at every channel that has it, or at one.

        Raises NotInOrder when nothing would take its place, and not `anyway`; UsageError when there is none.
        """
        field = "file" if "/" in what else "name"
        listed = "certificates" if field == "file" else "keys"
        places = [name for name, one in self._channels("").items() if _has(one, field, what)]
        if channel:
            places = [name for name in places if name == channel]
        if not places:
            known = [entry.name for entry in self.entries()]
            raise UsageError(f"no AS2 or mail channel has '{what}'{did_you_mean(what, known)}")
        changes = {}
        for name in places:
            path = self._file_of(name)
            changes[path] = with_value(self.files[path], listed, (field, what), "until", on.isoformat())
        after = self.load({**self.files, **changes})
        alone = [] if anyway else [name for name in places if not self._is_followed(after, name, what, on)]
        if alone:
            raise NotInOrder(
                f"after {on} nothing is there to take the place of {what} at {', '.join(alone)}: add what follows it "
                "first, or say --anyway"
            )
        return Changed(written=self._write(changes), notes=[_TAKEN_OVER])

    def _is_followed(self, book: Book, name: str, what: str, on: date) -> bool:
        channel = book.channels[name]
        assert isinstance(channel, SecuredChannel)  # noqa: S101 - only those are found
        if "/" in what:
            dated: Sequence[Dated] = book.their_certificates(channel)
        else:
            dated = [ours(one, self.keys.certificate(one.name)) for one in channel.keys]
        last = datetime(on.year, on.month, on.day, tzinfo=self.now.tzinfo) + timedelta(days=1)
        return all(one.followed for one in endings(name, "theirs", dated, last) if one.name == what)

    # ------------------------------------------------------------------------------------------ ours

    def new_key(
        self, name: str, *, replaces: str = "", channels: Sequence[str] = (), begins: date | None = None, years: int = 3
    ) -> tuple[Changed, KeyPair]:
        """Make a key of ours with a certificate that it signs itself, and put it beside the one it is to replace.

        From `begins` on it signs; what is encrypted for it is read at once. The old one goes on decrypting until it is
        retired, so that each partner changes when it can. Raises UsageError, PartnerFilesError, MachineError.
        """
        at = self._places(replaces, channels)
        if name in self.keys.names():
            raise UsageError(f"there is a key {name} already: a new one needs a new name, like {name}-2")
        changes = {}
        for one in at:
            path = self._file_of(one)
            changes[path] = with_item(self.files[path], "keys", {"name": name} | _window(begins, None))
        self.load({**self.files, **changes})
        pair = self.keys.make(name, owner=self.book.company.name, now=self.now, years=years)
        notes = [
            f"send the certificate to {', '.join(self._partners(at)) or 'the partner'}, and its SHA-256 by another way"
        ]
        if not at:
            notes.append(f"no channel uses it yet: put `{{name: {name}}}` under `keys` of a channel")
        if replaces:
            notes.append(f"when all have changed: gateway partner certificate retire {replaces} --on DAY")
        written = [self.keys.path(name), *self._write(changes)]
        return Changed(written=written, sha256=fingerprint(pair.certificate), notes=[*notes, _TAKEN_OVER]), pair

    def _places(self, replaces: str, channels: Sequence[str]) -> Sequence[str]:
        known = self._channels("")
        for one in channels:
            if one not in known:
                raise UsageError(f"there is no AS2 or mail channel '{one}'{did_you_mean(one, known)}")
        if not replaces:
            return channels
        using = [name for name, one in known.items() if _has(one, "name", replaces)]
        if not using:
            near = did_you_mean(replaces, self.book.our_keys)
            raise UsageError(f"no AS2 or mail channel uses a key '{replaces}'{near}")
        return [name for name in using if not channels or name in channels]

    def _partners(self, channels: Sequence[str]) -> Sequence[str]:
        return sorted({partner for name in channels for partner in self.book.channels[name].carries})

    # ------------------------------------------------------------------------------------------ files

    def _channels(self, partner: str) -> Mapping[str, SecuredChannel]:
        return {
            name: one
            for name, one in self.book.channels.items()
            if isinstance(one, SecuredChannel) and (not partner or partner in one.carries)
        }

    def _channel_of(self, partner: str, channel: str) -> str:
        """The channel that a certificate of the partner is for; "" where it has none of these doors yet."""
        if partner not in self.book.partners:
            raise UsageError(f"there is no partner '{partner}'{did_you_mean(partner, self.book.partners)}")
        known = self._channels(partner)
        if channel and channel not in known:
            raise UsageError(f"'{channel}' is no AS2 or mail channel of {partner}{did_you_mean(channel, known)}")
        if not channel and len(known) > 1:
            raise UsageError(f"{partner} has {len(known)} AS2 and mail channels: say which with --channel")
        return channel or next(iter(known), "")

    def _file_of(self, channel: str) -> str:
        return f"channels/{channel}.yaml"

    def _write(self, changes: Mapping[str, str]) -> list[Path]:
        """Certificates first: a channel file that names one which is not there yet would be refused."""
        written = []
        for name in sorted(changes, key=lambda one: not one.startswith(f"{FOLDER}/")):
            path = self.folder / name
            unfinished = path.with_name(f".{path.name}.new")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                unfinished.write_text(changes[name], encoding="utf-8")
                unfinished.replace(path)
            except OSError as refused:
                raise MachineError(f"{path}: {refused.strerror}") from refused
            written.append(path)
        return written


_A_MOMENT = timedelta(microseconds=1)
_TAKEN_OVER = "a gateway that runs by these files takes it over within a minute, and logs certificate.taken_over"


def signing_request(pair: KeyPair) -> bytes:
    """PEM of a request for a certificate of this key by an authority (PKCS#10)."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(pair.certificate.subject)
    return builder.sign(pair.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def read_small(file: Path) -> bytes:
    """A file that somebody named. Raises UsageError."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as refused:
        raise UsageError(f"{file}: {refused.strerror}") from refused


def write_public(file: Path, data: bytes) -> None:
    """What may be sent to a partner, never over another file. Raises UsageError, MachineError."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise UsageError(f"{file} is there already: say another with --out") from None
    except OSError as refused:
        raise MachineError(f"{file}: {refused.strerror}") from refused
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)


def _window(begins: date | None, ends: date | None) -> dict[str, str]:
    days = {"from": begins, "until": ends}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _has(channel: SecuredChannel, field: str, what: str) -> bool:
    if field == "file":
        return any(one.file == what for one in channel.certificates)
    return any(one.name == what for one in channel.keys)
