"""What is held to mutants, and by which tests."""

from pathlib import Path

from tests.mutation.hunt import Room

ROOT = Path(__file__).parents[2]

_X12 = ("gateway.x12.read", "gateway.x12.validate", "gateway.x12.write", "gateway.x12.overlay")

_OF_BOTH_WAYS = (
    "to_canonical",
    "to_canonical_edges",
    "to_x12",
    "to_x12_forms",
    "to_x12_keys",
    "keys",
    "check_guide",
    "entries",
)

_BENEATH_BOTH_WAYS = ("check_guide", "compile", "layout", "objects", "references", "split")

ROOMS = {
    "ledger": Room(
        modules=tuple(sorted(str(one.relative_to(ROOT)) for one in (ROOT / "gateway" / "ledger").glob("[!_]*.py"))),
        tests=("tests/unit/ledger",),
        beneath=("gateway.canonical.schemas", "gateway.mapping.library", "gateway.partners.book", *_X12),
    ),
    "mapping": Room(
        modules=("gateway/mapping/to_canonical.py", "gateway/mapping/to_x12.py"),
        # Small tests with a name each. Round trips of whole documents notice more, and do not say what broke.
        tests=tuple(f"tests/unit/mapping/test_{name}.py" for name in _OF_BOTH_WAYS),
        beneath=(*(f"gateway.mapping.{name}" for name in _BENEATH_BOTH_WAYS), "gateway.partners.guides", *_X12),
    ),
}
