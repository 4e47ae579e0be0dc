"""An operator that writes down what it is asked to do, and refuses when a test says so."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from gateway.errors import UsageError
from gateway.pipeline.verbs import Acted, How, Numbers, Preview, Selection, Verb


class RecordingOperator:
    """The `Operator` port. `refusal` is what every act is refused with, "" for none."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.refusal = ""

    def preview(self, verb: Verb, chosen: Selection, how: How) -> Preview:
        self._take("preview", verb, chosen, how)
        return Preview(count=2, first=[], money={"USD": Decimal("10.50")}, unpriced=1, along=3)

    def ids(self, verb: Verb, chosen: Selection, how: How) -> Sequence[str]:
        self._take("ids", verb, chosen, how)
        return list(chosen.ids)

    def act(self, verb: Verb, chosen: Selection, how: How, *, reason: str, who: str) -> Acted:
        self._take(verb, chosen, how, reason, who)
        return Acted(done=[(one, f"{verb} done") for one in chosen.ids], refused=[], entry=7)

    def correct(self, refused: str, corrected: str, *, reason: str, who: str, anyway: bool = False) -> str:
        return self._take("correct", refused, corrected, reason, who, anyway)

    def replay(self, document_id: str, *, mode: str, again: bool, reason: str, who: str) -> str:
        return self._take("replay", document_id, mode, again, reason, who)

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
        return self._take("resend", document_id, mode, reason, who, anyway, numbers)

    def push(self, identifier: str, *, reason: str, who: str) -> str:
        return self._take("push", identifier, reason, who)

    def close(self, document_id: str, *, reason: str, who: str) -> str:
        return self._take("close", document_id, reason, who)

    def book(self, document_id: str, *, line: int, to: str, reason: str, who: str, dry_run: bool = False) -> str:
        return self._take("book", document_id, line, to, reason, who, dry_run)

    def release(self, identifier: str, *, reason: str, who: str, anyway: bool = False) -> str:
        return self._take("release", identifier, reason, who, anyway)

    def _take(self, *asked: Any) -> str:
        if self.refusal:
            raise UsageError(self.refusal)
        self.asked.append(asked)
        return f"{asked[0]} done"
