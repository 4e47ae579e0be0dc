"""The results of the sets of a group, kept small: an interchange of 500 MB may hold a million of them.

A result without findings is its control number, where it stood and what kind it was: some thirty bytes. It becomes a
`SetResult` again when somebody looks at it.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

from gateway.x12.findings import Finding
from gateway.x12.interchange import SetHeader, SetResult

KINDS_LIMIT = 60_000
"""Different kinds of results told apart; behind that, results are kept as they are."""


class _Kind(NamedTuple):
    """What many results of a group have in common."""

    id: str
    implementation: str
    status: str
    findings: tuple[Finding, ...]
    business_unit: tuple[str, str]


class KeptResults(Sequence[SetResult]):
    """Results in order of arrival, without their trees; each access makes a new, equal `SetResult`."""

    def __init__(self) -> None:
        self._kinds: list[_Kind] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._kind = array("H")
        self._places = array("Q")
        self._controls = bytearray()
        self._ends = array("Q")
        self._whole: dict[int, SetResult] = {}

    def append(self, result: SetResult) -> None:
        """Keep a result whose ordinal is the next one, but for its content."""
        header = result.header
        same = (header.id, header.implementation, result.status, *map(id, result.findings), result.business_unit)
        number = self._numbers.get(same)
        if number is None and len(self._kinds) < KINDS_LIMIT:
            number = self._numbers[same] = len(self._kinds)
            self._kinds.append(
                _Kind(header.id, header.implementation, result.status, result.findings, result.business_unit)
            )
        if number is None:
            self._whole[len(self)] = result
        self._kind.append(number or 0)
        self._places.extend((result.offset, result.length))
        self._controls += header.control_number.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._controls))

    def __len__(self) -> int:
        return len(self._kind)

    @overload
    def __getitem__(self, index: int) -> SetResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SetResult, ...]: ...
    def __getitem__(self, index: int | slice) -> SetResult | tuple[SetResult, ...]:
        if isinstance(index, slice):
            return tuple(map(self._result, range(*index.indices(len(self)))))
        return self._result(range(len(self))[index])

    def __iter__(self) -> Iterator[SetResult]:
        return map(self._result, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(SetResult.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        return f"<{len(self)} results>"

    def _result(self, index: int) -> SetResult:
        if index in self._whole:
            return self._whole[index]
        kind = self._kinds[self._kind[index]]
        start = self._ends[index - 1] if index else 0
        control = self._controls[start : self._ends[index]].decode("utf-8", "surrogatepass")
        return SetResult(
            header=SetHeader(id=kind.id, control_number=control, implementation=kind.implementation),
            ordinal=index + 1,
            status=kind.status,
            findings=kind.findings,
            offset=self._places[2 * index],
            length=self._places[2 * index + 1],
            business_unit=kind.business_unit,
        )
