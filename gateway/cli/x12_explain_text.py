"""`gateway x12 explain` for a terminal: one line per element, loops indented, findings in place."""

from collections.abc import Iterator

from gateway.cli.table import printable
from gateway.cli.x12_explain_choice import Choice
from gateway.cli.x12_explain_look import Columns, Look, folded
from gateway.x12.explained import (
    Advice,
    ElementText,
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SegmentText,
    SetText,
    Step,
    Summary,
    Verdict,
    heaviest,
)
from gateway.x12.findings import Effect

_EFFECT_COLOUR = {Effect.REJECT: "red", Effect.NOTE: "yellow", Effect.WARN: "cyan"}
_EFFECT_WORD = {Effect.REJECT: "rejects", Effect.NOTE: "noted", Effect.WARN: "warning"}
_STATUS_COLOUR = {"A": "green", "E": "yellow", "P": "yellow", "R": "red"}
_GUTTER = 5
"""Columns for a segment's position in its set."""


class TextListing:
    """Parts as lines. `only_findings` leaves out the segments that nothing was found in."""

    def __init__(self, look: Look, *, only_findings: bool = False) -> None:
        self._look = look
        self._only = only_findings

    def lines(self, part: Part) -> Iterator[str]:
        """One part."""
        match part:
            case Passed():
                yield from self._passed(part)
            case InterchangeOpening():
                yield from self._interchange(part)
            case GroupOpening():
                yield from self._group(part)
            case Loose():
                yield from self._segment(part.segment, ())
                if part.said:
                    yield from self._wrap(f"{self._look.shown(part.said)}.", " " * 10, ("bold",))
                yield ""
            case SetText():
                yield from self._set(part)
            case GroupClosing():
                yield from self._closing(part, "Group")
            case InterchangeClosing():
                yield from self._closing(part, "Interchange")

    def ending(self, choice: Choice) -> Iterator[str]:
        """What the whole file came to, and where to look."""
        look = self._look
        yield from self._rule("In short", "", heavy=True)
        rejected = choice.sets - choice.accepted
        told = f"{choice.sets} set{'' if choice.sets == 1 else 's'}: {choice.accepted} accepted, {rejected} rejected; "
        told += f"{choice.errors} error{'' if choice.errors == 1 else 's'}, {choice.warnings} warning"
        yield f"  {told}{'' if choice.warnings == 1 else 's'}"
        for named in choice.named:
            name = f"  {look.shown(named.place, 70)}: "
            lines = folded(f"{name}{named.finding.code} {printable(named.finding.message)}", look.width, "    ")
            yield look.paint(lines[0][: len(name)], _STATUS_COLOUR[named.status]) + lines[0][len(name) :]
            yield from lines[1:]

    # Parts

    def _passed(self, part: Passed) -> Iterator[str]:
        title = f"Not X12: {part.length:,} bytes from byte {part.offset:,}" if part.length else "No X12: it is empty"
        yield from self._rule(title, "R" if heaviest(part.advice) is Effect.REJECT else "", heavy=True)
        if part.sample:
            yield from self._wrap(f"begins with: {self._look.shown(part.sample, 120)}", "  ")
        yield from self._advice(part.advice, "  ")
        yield ""

    def _interchange(self, part: InterchangeOpening) -> Iterator[str]:
        yield from self._rule(f"Interchange {self._look.shown(part.header.control_number, 40)}", "", heavy=True)
        yield from self._summary(part.summary)
        for number, (character, what) in enumerate(part.delimiters):
            name = self._look.paint(f"  {'Delimiters' if not number else '':12}", "dim")
            yield f"{name}{self._look.paint(f'{printable(character):3}', 'bold')} {what}"
        yield ""
        yield from self._envelope(part.segment)

    def _group(self, part: GroupOpening) -> Iterator[str]:
        yield from self._rule(f"Group {self._look.shown(part.header.control_number, 40)}", "")
        yield from self._summary(part.summary)
        yield ""
        yield from self._envelope(part.segment)

    def _envelope(self, segment: SegmentText) -> Iterator[str]:
        if not self._only or any(segment.all_advice):
            yield from self._segment(segment, ())
            yield ""

    def _closing(self, part: GroupClosing | InterchangeClosing, what: str) -> Iterator[str]:
        if part.segment is not None:
            yield from self._envelope(part.segment)
        yield from self._advice(part.advice, "  ")
        yield from self._verdict(part.verdict, what)
        yield ""

    def _set(self, part: SetText) -> Iterator[str]:
        title = f"Set {part.ordinal}: {self._look.shown(part.header.id, 12)} {part.title}".rstrip()
        yield from self._rule(title, part.verdict.status, part.verdict.word)
        yield from self._summary(part.contents.summary)
        yield from self._advice(part.contents.advice, "  ")
        yield ""
        before: tuple[Step, ...] = ()
        for segment in part.contents.segments():
            if self._only and not any(segment.all_advice):
                continue
            yield from self._segment(segment, before)
            before = segment.loops
        yield ""
        yield from self._verdict(part.verdict, f"Set {self._look.shown(part.header.control_number, 40)}")
        yield ""

    def _rule(self, title: str, status: str, word: str = "", *, heavy: bool = False) -> Iterator[str]:
        look = self._look
        line = look.sign("heavy" if heavy else "line")
        ending = f" {word} {line * 2}" if word else ""
        fill = line * max(2, look.width - len(title) - len(ending) - 4)
        colour = _STATUS_COLOUR.get(status, "bold")
        yield f"{look.paint(line * 2, 'dim')} {look.paint(title, 'bold')} {look.paint(fill, 'dim')}" + (
            f" {look.paint(word, 'bold', colour)} {look.paint(line * 2, 'dim')}" if word else ""
        )

    def _summary(self, summary: Summary) -> Iterator[str]:
        yield from self._wrap(self._look.shown(summary.sentence, 600), "  ", styles=("bold",))
        for what, values in summary.facts:
            for number, value in enumerate(values):
                name = f"  {what if not number else '':12}"
                lines = folded(self._look.shown(value), self._look.width - len(name))
                yield self._look.paint(name, "dim") + lines[0]
                yield from (" " * len(name) + line for line in lines[1:])

    def _verdict(self, verdict: Verdict, what: str) -> Iterator[str]:
        look = self._look
        sign = look.sign("good" if verdict.status == "A" else "warn" if verdict.status in "EP" else "bad")
        head = f"  {sign} {what} {verdict.word}."
        lines = folded(f"{head} {verdict.text}", look.width, "    ")
        colour = _STATUS_COLOUR[verdict.status]
        yield look.paint(lines[0][: len(head)], "bold", colour) + lines[0][len(head) :]
        yield from lines[1:]

    # Segments

    def _segment(self, segment: SegmentText, before: tuple[Step, ...]) -> Iterator[str]:
        look = self._look
        yield from self._steps(segment.loops, before, segment.name)
        margin = self._margin(len(segment.loops))
        gutter = f"{segment.position or '':>{_GUTTER - 1}} "
        troubled = any(segment.all_advice)
        name = self._look.shown(segment.id, 12)
        if segment.absent:
            missing = look.paint(f"{name} {segment.name} is missing here".replace("  ", " "), "bold", "red")
            sign = look.sign("bad").rjust(_GUTTER - 1) + " "
            yield look.paint(sign, "bold", "red") + margin + missing
        else:
            head = f"{name:3}  {segment.name}"
            lead = look.paint(gutter, "dim") + margin + look.paint(f"{name:3}", "bold", "cyan") + f"  {segment.name}"
            room = look.width - _GUTTER - 2 * len(segment.loops) - len(head) - 3
            yield lead + ("" if troubled else look.paint(self._beside(segment.text, room), "dim"))
        body = " " * _GUTTER + margin
        if troubled and segment.text:
            yield from self._pointed(segment, body)
        yield from self._advice(segment.advice, f"{body}     ", 2 * len(segment.loops) + _GUTTER + 5)
        for element in segment.elements:
            yield from self._element(element, body + "  ", len(segment.loops))

    def _steps(self, loops: tuple[Step, ...], before: tuple[Step, ...], alone: str) -> Iterator[str]:
        """A heading for each loop that begins here; none for one that says no more than the segment, `alone`."""
        look = self._look
        for depth, step in enumerate(loops):
            if (depth < len(before) and before[depth] is step) or (not step.title and step.name == alone):
                continue
            name = f"{look.sign('loop')} {step.name}"
            title = self._look.shown(step.title)
            room = look.width - _GUTTER - 2 * depth - len(name) - 3
            lines = folded(title, max(room, 20)) if title else [""]
            lead = " " * _GUTTER + self._margin(depth)
            yield f"{lead}{look.paint(name, 'bold', 'blue')}  {look.paint(lines[0], 'bold')}".rstrip()
            yield from (f"{lead}{' ' * (len(name) + 2)}{look.paint(line, 'bold')}" for line in lines[1:])

    def _margin(self, depth: int) -> str:
        return self._look.paint(f"{self._look.sign('bar')} " * depth, "dim")

    def _beside(self, text: str, room: int) -> str:
        """The segment as it came, behind its name, as far as there is room."""
        if room < 12:
            return ""
        safe = printable(text[:room])
        cut = self._look.sign("cut")
        whole = len(safe) <= room and len(text) <= room
        return "   " + (safe if whole else safe[: room - len(cut)] + cut).rjust(room)

    def _pointed(self, segment: SegmentText, body: str) -> Iterator[str]:
        """The segment as it came, with a mark under each element that something was found in."""
        look = self._look
        room = look.width - _GUTTER - 2 * len(segment.loops) - 5
        marks = [element.position for element in segment.elements if _troubled(element)]
        parts = [printable(part) for part in segment.text.split(segment.separator)]
        ends = [sum(len(part) + 1 for part in parts[:index]) for index in range(len(parts) + 1)]
        text = segment.separator.join(parts)
        spots = [ends[mark] if mark < len(parts) else len(text) for mark in marks]
        start = max(0, min(spots, default=0) - room // 2) if len(text) > room else 0
        cut = look.sign("cut") if len(text) - start > room else ""
        yield f"{body}     {look.paint(text[start : start + room - len(cut)] + cut, 'dim')}"
        under = [" "] * room
        for spot in spots:
            if 0 <= spot - start < room:
                under[spot - start] = look.sign("caret")
        if marks:
            yield f"{body}     {look.paint(''.join(under).rstrip(), 'bold', 'red')}"

    def _element(self, element: ElementText, body: str, depth: int, inner: int = 0) -> Iterator[str]:
        look, worst = self._look, heaviest(element.advice)
        colour = _EFFECT_COLOUR[worst] if worst is not None else ""
        sign = look.sign("warn" if worst is Effect.WARN else "bad") if worst is not None else " "
        number = f"{element.position:02}" if not inner else f"-{element.component}" if element.component else "  "
        value = look.shown(element.value) if element.value else look.sign("none")
        name = (f"#{element.repeat} " if element.repeat and inner == 1 else "") + element.name
        used = _GUTTER + 2 * depth + 7 + 2 * inner
        columns = Columns(look, used).lines(name, value, element.meaning, *filter(None, ("bold", colour)))
        indent = "  " * inner
        yield (
            f"{body}{look.paint(sign, *filter(None, ('bold', colour)))} {indent}{look.paint(number, 'dim')} "
            f"{next(columns)}"
        )
        yield from (f"{body}     {indent}{line}" for line in columns)
        yield from self._advice(element.advice, f"{body}     {indent}", used)
        for part in element.parts:
            yield from self._element(part, body, depth, inner + 1)

    def _advice(self, advice: tuple[Advice, ...], lead: str, used: int = 2) -> Iterator[str]:
        look = self._look
        for one in advice:
            colour = _EFFECT_COLOUR[one.finding.effect]
            bar = look.paint(look.sign("bar"), colour)
            room = look.width - used - 3
            code = f"{one.finding.code} {_EFFECT_WORD[one.finding.effect]}"
            for number, line in enumerate(folded(f"{code}: {printable(one.text)}", room)):
                yield f"{lead}{bar} " + (look.paint(code, "bold", colour) + line[len(code) :] if not number else line)
            if one.allowed:
                yield from (f"{lead}{bar} {line}" for line in folded(f"allowed: {one.allowed}", room, "  "))
            if one.remedy:
                who = "the partner" if one.who == "partner" else "you"
                text = f"{look.sign('do')} {who}: {one.remedy.replace('`', '')}"
                yield from (f"{lead}{bar} {look.paint(line, 'bold')}" for line in folded(text, room, "  "))

    # Folding

    def _wrap(self, text: str, lead: str, styles: tuple[str, ...] = ()) -> Iterator[str]:
        for line in folded(text, self._look.width - len(lead)):
            yield lead + (self._look.paint(line, *styles) if styles else line)


def _troubled(element: ElementText) -> bool:
    return bool(element.advice) or any(_troubled(part) for part in element.parts)
