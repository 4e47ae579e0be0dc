"""`guides/<owner>/<set>-<release>/v<N>.guide.yaml`: what a partner asks for beyond the standard, as it is written.

A guide may only narrow the standard. Everything else is a problem with its place, shown with the line: nothing in these
files is secret. A released version is never edited, only followed by the next, as with mappings.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

from gateway.flaws import Place
from gateway.partners.document import Document, parse
from gateway.partners.form import Form, Line, Shape, fill
from gateway.partners.problems import Problems
from gateway.x12.findings import Effect
from gateway.x12.guide import load, releases
from gateway.x12.narrow import narrowed
from gateway.x12.overlay import PartnerGuide, Rule

FOLDER = "guides"
SUFFIX = ".guide.yaml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]*/[0-9]{3}-[0-9]{6}@[1-9][0-9]{0,3}")
_PATH = re.compile(
    r"guides/(?P<guide>[a-z0-9][a-z0-9-]*/(?P<set>[0-9]{3})-(?P<release>[0-9]{6}))/v(?P<version>\d+)\.guide\.yaml"
)
_CODES = {"place": "P031", "wider": "P032", "vain": "P033"}


def _short(value: object) -> object:
    """`BEG04: not used` is short for `BEG04: {use: not used}`."""
    return {"use": value} if isinstance(value, str) else value


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _words(text: str) -> str:
    if not text.strip() or len(text) > 2000:
        raise ValueError("some words are expected, at most 2000 characters")
    return " ".join(text.split())


def _address(text: str) -> str:
    if not re.fullmatch(r"https://[\x21-\x7e]{3,400}", text) or any(c in text for c in "<>\"'"):
        raise ValueError("an address like https://partner.example/guide.pdf is expected")
    return text


def _value(text: str) -> str:
    if not text or len(text) > 80 or not (text.isascii() and text.isprintable()):
        raise ValueError("1 to 80 printable ASCII characters are expected")
    return text


Words = Annotated[str, AfterValidator(_words)]
Value = Annotated[str, AfterValidator(_value)]
Count = Annotated[int, Field(ge=1, le=999_999)]
Severity = Literal["reject", "note", "warn"]


class RuleForm(Form):
    """One rule; its key says where it applies. `text` is for people, in our own words."""

    use: Literal["required", "not used"] | None = None
    least: Count | None = None
    most: Count | None = None
    codes: Annotated[tuple[Value, ...], Field(min_length=1)] | None = None
    shortest: Count | None = None
    longest: Count | None = None
    form: Annotated[tuple[Value, ...], BeforeValidator(_one_or_more), Field(min_length=1)] | None = None
    notes: tuple[Value, ...] = ()
    when: Value | None = None
    severity: Severity | None = None
    text: Words | None = None
    example: Annotated[str, Field(min_length=1, max_length=400)] | None = None


class GuideForm(Form):
    """A guide file. `name` is whose guide it is, `document` the partner's own, `severity` that of rules without one."""

    guide: Line
    version: Annotated[int, Field(ge=1, le=9999)]
    owner: Line
    name: Line
    document: Annotated[str, AfterValidator(_address)] | None = None
    text: Words | None = None
    severity: Severity = "reject"
    rules: Mapping[str, Annotated[RuleForm, BeforeValidator(_short)]]


GUIDE: Shape[GuideForm] = Shape(TypeAdapter(GuideForm), GuideForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """A guide file that could be read. `name` is "bolt/850-005010@1", `digest` a SHA-256 over its text."""

    name: str
    set_id: str
    release: str
    digest: str
    form: GuideForm
    document: Document
    lines: tuple[str, ...]

    def place(self, *path: str | int) -> Place:
        """Where the value at a path stands, with its line."""
        return _with_line(self.document.place(path), self.lines)

    def key(self, *path: str | int) -> Place:
        """Where the key of a path stands, with its line."""
        return _with_line(self.document.key(path), self.lines)


def name_of(file: str) -> str:
    """The name of the guide in a file, "" when it is not where guides stand."""
    match = _PATH.fullmatch(file)
    return f"{match['guide']}@{int(match['version'])}" if match else ""


def read(file: str, text: str, problems: Problems) -> Authored | None:
    """One guide file, None when it cannot be read; why, and every other mistake, is among `problems`.

    With mistakes it has only the rules that are sound by themselves, so that theirs can be told as well.
    """
    lines = tuple(text.splitlines())
    own = Problems()
    found = _read(file, text, lines, own)
    for flaw in own.found:
        problems.add(_with_line(flaw.place, lines), flaw.code, flaw.sentence)
    return found


def _read(file: str, text: str, lines: tuple[str, ...], problems: Problems) -> Authored | None:
    match = _PATH.fullmatch(file)
    if match is None:
        sentence = "a partner's guide stands in guides/<owner>/<set>-<release>/v<N>.guide.yaml"
        problems.add(Place(file), "P004", sentence)
        return None
    document = parse(file, text, problems)
    if document is None:
        return None
    filled = fill(GUIDE, document, problems)
    for key, wanted in (("guide", match["guide"]), ("version", str(int(match["version"])))):
        if filled is not None and str(getattr(filled, key)) != wanted:
            problems.add(document.place((key,)), "P030", f"the file's path says {key} {wanted}")
    if load(match["set"], match["release"]) is None:
        known = " and ".join(releases())
        sentence = f"there is no standard guide for {match['set']} in {match['release']}: the releases are {known}"
        problems.add(document.place(("guide",)), "P030", sentence)
        return None
    form = filled or _sound(document, match)
    return (
        None
        if form is None
        else Authored(
            name=f"{match['guide']}@{int(match['version'])}",
            set_id=match["set"],
            release=match["release"],
            digest=hashlib.sha256(text.encode("utf-8")).hexdigest(),
            form=form,
            document=document,
            lines=lines,
        )
    )


def _sound(document: Document, match: re.Match[str]) -> GuideForm | None:
    """A guide with mistakes, of which only the rules are left that have none; None when it has no rules."""
    rules = document.value.get("rules")
    if not isinstance(rules, dict):
        return None
    head = {"guide": match["guide"], "version": "1", "owner": "?", "name": "?"}

    def filled(rules: dict[str, object]) -> GuideForm | None:
        return fill(GUIDE, replace(document, value={**head, "rules": rules}), Problems())

    return filled({where: rule for where, rule in rules.items() if filled({where: rule}) is not None})


def compiled(authored: Authored, extra_codes: Mapping[str, frozenset[str]], problems: Problems) -> PartnerGuide:
    """The guide in force, with the rules that are sound: others, wider than the standard or in vain, are `problems`."""
    standard = load(authored.set_id, authored.release)
    assert standard is not None  # noqa: S101  # `read` refuses a guide without one
    form = authored.form
    rules = [_rule(where, rule, form.severity) for where, rule in form.rules.items()]
    sound, refused = narrowed(standard, rules, extra_codes)
    for number, objection in refused:
        where, key = rules[number].where, "form" if objection.key == "forms" else objection.key
        written = authored.document.value["rules"][where]
        inside = key and isinstance(written, dict) and key in written
        place = authored.place("rules", where, key) if inside else authored.key("rules", where)
        if key == "use" and isinstance(written, str):
            place = authored.place("rules", where)
        problems.add(place, _CODES[objection.kind], objection.sentence)
    return PartnerGuide(
        name=authored.name,
        partner=form.name,
        guide=standard,
        rules=sound,
        document=form.document or "",
        text=form.text or "",
        digest=authored.digest,
    )


def pinned(name: str, text: str, extra_codes: Mapping[str, frozenset[str]]) -> PartnerGuide | None:
    """A guide from the text that was released under its name; None when it cannot be read any more."""
    about, _, version = name.partition("@")
    problems = Problems()
    found = read(f"{FOLDER}/{about}/v{version}{SUFFIX}", text, problems)
    guide = None if found is None else compiled(found, extra_codes, problems)
    return None if problems.found else guide


def _rule(where: str, form: RuleForm, severity: Severity) -> Rule:
    return Rule(
        where=where,
        use=form.use or "",
        least=form.least,
        most=form.most,
        codes=form.codes,
        shortest=form.shortest,
        longest=form.longest,
        forms=form.form or (),
        notes=form.notes,
        when=form.when or "",
        severity=Effect(form.severity or severity),
        text=form.text or "",
        example=form.example or "",
    )


def _with_line(place: Place, lines: tuple[str, ...]) -> Place:
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return replace(place, source=line if line.isprintable() else "")


__all__ = ["FOLDER", "NAME", "SUFFIX", "Authored", "compiled", "name_of", "pinned", "read"]
