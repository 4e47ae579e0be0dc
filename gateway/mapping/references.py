"""Cross references as a mapping uses them: values that only a dated table knows, and units with exact factors.

The tables are somebody else's: what a reading or writing needs of them is `Lookups`. A value that no row knows is
remembered, so that the document can wait for exactly that row.
"""

from fractions import Fraction
from typing import Protocol


class Lookups(Protocol):
    """What is known of one partner's values on one day."""

    def find(self, table: str, value: str, *, back: bool = False, item: str = "") -> str | None:
        """Our value for theirs, or theirs for ours when `back`; None when no row says it."""

    def factor(self, table: str, unit: str, *, back: bool = False, item: str = "") -> tuple[str, Fraction] | None:
        """The other unit, and the factor that turns a quantity of theirs into ours, whichever way is asked."""
