"""One element's text to one canonical value: code list, conversion, scale. A refusal says how grave it is."""

from collections.abc import Callable
from decimal import Decimal

from gateway.mapping.codes import CodeList
from gateway.mapping.convert import Unconvertible, canonical_value, converter, pad_scale
from gateway.mapping.reading import Effect
from gateway.mapping.shape import Kind
from gateway.x12.guide import ElementDefinition

Translate = Callable[[str], object]


class Refused(ValueError):
    """The value has no canonical form; `code` and `effect` are the problem's."""

    def __init__(self, code: str, effect: Effect, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.effect = effect


def translator(
    kind: Kind, definition: ElementDefinition | None, codes: CodeList | None, decimals: int | None = None
) -> Translate | None:
    """The function for one field, None where the text is the value. It raises Refused."""
    if codes is not None:
        return _coded(codes, kind)
    convert = converter(kind, definition)
    if convert is None:
        return None

    def translate(text: str) -> object:
        try:
            value = convert(text)
        except Unconvertible as error:
            raise Refused(error.code, "refuse", str(error)) from error
        return value if decimals is None else pad_scale(value, decimals)

    return translate


def usual(
    kind: Kind, definition: ElementDefinition | None, codes: CodeList | None, decimals: int | None = None
) -> Translate | None:
    """As `translator`, for the hot path: of what is not as usual it may say no more than that, by a ValueError."""
    if codes is not None or decimals is not None:
        return translator(kind, definition, codes, decimals)
    return converter(kind, definition)


def worked_out(value: object, kind: Kind) -> object:
    """What an expression gave, as the field's kind. Raises Refused."""
    if value is None or (kind == "boolean" and isinstance(value, bool)):
        return value
    if isinstance(value, bool | tuple):
        raise Refused("expression", "refuse", f"the expression gives no {kind}")
    if kind == "decimal" and isinstance(value, Decimal):
        return value
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    try:
        return canonical_value(text, kind)
    except Unconvertible as error:
        raise Refused("expression", "refuse", f"the expression gives no {kind}: {error}") from error


class _Words(dict[str, str]):
    """The words of a code list: looking one up calls no function of ours unless the code is unknown."""

    __slots__ = ("unknown",)

    def __init__(self, codes: CodeList) -> None:
        super().__init__(codes.reads)
        self.unknown = _unknown(codes)

    def __missing__(self, text: str) -> str:
        return self.unknown(text)


def _unknown(codes: CodeList) -> Callable[[str], str]:
    """What a code that nobody listed is: itself, or refused."""
    unknown, name = codes.unknown, codes.name
    known = ", ".join(list(codes.reads)[:20])

    def answer(text: str) -> str:
        if unknown != "keep":
            raise Refused("unmapped-code", unknown, f"code list '{name}' does not know '{text[:40]}', only {known}")
        if text.endswith(" "):
            # Padding is no part of a code: it may be a known one, once it is taken off.
            raise Refused("unmapped-code", "park", f"code list '{name}' does not know '{text[:40]}'")
        return text

    return answer


def _coded(codes: CodeList, kind: Kind) -> Translate:
    word_of = _Words(codes).__getitem__
    if kind == "text":
        return word_of

    def translate(text: str) -> object:
        word = word_of(text)
        try:
            return canonical_value(word, kind)
        except Unconvertible as error:
            raise Refused(error.code, "refuse", f"code list '{codes.name}' gives '{word}': {error}") from error

    return translate
