"""What codes mean, in our own short words: for listings people read and for telling what an acknowledgement says.

Only codes that people meet in supply-chain documents have a label; `guides/labels.json` holds them, read when first
asked for. No check depends on it.
"""

import json
from functools import cache
from importlib.resources import files


def label(element_reference: str, code: str) -> str | None:
    """The meaning of a code of a data element: `label("353", "00")` is "original"; None when we have no words for it.

    `element_reference` is the data element number of X12 ("353"), or the one of an envelope element ("I18").
    """
    return _labels().get(element_reference, {}).get(code)


@cache
def _labels() -> dict[str, dict[str, str]]:
    text = (files("gateway.x12") / "guides" / "labels.json").read_text(encoding="utf-8")
    labels: dict[str, dict[str, str]] = json.loads(text)
    return labels
