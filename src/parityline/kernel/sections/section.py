"""What every section of a fingerprint can do: a summary of whole rows, as `Summary` is one of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from parityline.errors import UsageError
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import Reading, TableReading


@dataclass(frozen=True, slots=True)
class Layout:
    """What bounds and shapes a section. columns: those that are not ignored, ascending, with their logical types."""

    parameters: Parameters
    columns: tuple[tuple[str, str], ...]

    @property
    def sampled_keys(self) -> int:
        """How many keys a sample of rows keeps."""
        return self.parameters.sampled_keys(len(self.columns))


class Section(Protocol):
    """A function of a multiset of rows (of their sequence where `ordered` says so), of bounded size.

    Laws, on bytes: of(a + b) == of(a).merge(of(b)); merge is associative, and commutative without `ordered`;
    decode(encode(x)) == x.
    """

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        """Whether fingerprints of these parameters have this section."""

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self: ...

    def merge(self, other: Self, layout: Layout) -> Self: ...

    def encode(self, out: Writer) -> None: ...

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self: ...


def time_reading(table: TableReading, parameters: Parameters) -> Reading | None:
    """The time column; None where none is named. Raises UsageError where it holds no dates or timestamps."""
    if parameters.time is None:
        return None
    reading = table.columns[parameters.time]
    if reading.column.kind not in ("date", "timestamp", "null"):
        found = reading.column.logical
        raise UsageError(f"time {parameters.time}: expected a date or timestamp column, found {found}")
    return reading


def read_hashes(data: Reader, count: int) -> tuple[int, ...]:
    """So many hashes, each in 16 bytes, the leading one first."""
    raw = bytes(data.raw(16 * count))
    return tuple(int.from_bytes(raw[i : i + 16], "big") for i in range(0, len(raw), 16))
