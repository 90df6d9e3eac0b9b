"""What every section of a fingerprint can do: a summary of whole rows, as `Summary` is one of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import TableReading


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
