"""Does a canonical kind fit an X12 element? A date against a non-date is nearly always a slip of the author."""

from gateway.x12.guide import ElementDefinition

YES_OR_NO = "1073"


def misfit(path: str, kind: str, location: str, element: ElementDefinition) -> tuple[str, str] | None:
    """The flaw's code and sentence when `kind` does not fit the element, else None."""
    if kind == "date" and element.kind != "DT":
        return "E130", f"'{path}' is a date but {location} is not a date element (type: date says that it holds one)"
    if kind == "time" and element.kind != "TM":
        return "E130", f"'{path}' is a time but {location} is not a time element (type: time says that it holds one)"
    if element.kind in {"DT", "TM"} and kind not in {"date", "time"}:
        said = "date" if element.kind == "DT" else "time"
        return "E131", f"{location} is a {said} element but '{path}' is {kind} (type: text takes it as it stands)"
    return _number_misfit(path, kind, location, element)


def _number_misfit(path: str, kind: str, location: str, element: ElementDefinition) -> tuple[str, str] | None:
    implied = element.decimals if element.kind == "N" else 0
    if kind == "text" and implied:
        return "E132", f"{location} has {implied} implied decimals but '{path}' is text"
    if kind == "integer" and implied:
        return "E132", f"{location} has {implied} implied decimals but '{path}' is a whole number"
    if kind in {"integer", "decimal"} and element.kind not in {"N", "R"}:
        said = f"type: {kind} says that it holds one"
        return "E132", f"'{path}' is a number but {location} is not a number element ({said})"
    if kind == "boolean" and element.reference != YES_OR_NO:
        return "E132", f"'{path}' is yes or no but {location} is not a yes/no element: translate it with code:"
    return None
