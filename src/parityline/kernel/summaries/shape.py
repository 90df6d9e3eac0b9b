"""How many rows there are, and how many of them are of each special kind."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Self

import numpy as np

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading


@dataclass(frozen=True, slots=True)
class Shape:
    """Exact counts. NaN is not null; -0.0 is a zero; an empty text has no bytes; false is a zero."""

    rows: int = 0
    nulls: int = 0
    nans: int = 0
    plus_infinities: int = 0
    minus_infinities: int = 0
    zeros: int = 0
    negatives: int = 0
    empties: int = 0

    @classmethod
    def of(cls, reading: Reading) -> Self:
        column, present = reading.column, reading.present
        rows = column.length
        nulls = rows - int(np.count_nonzero(present))
        if reading.is_number:
            floats = reading.numbers.floats
            counts = (
                np.isnan(floats) & present,
                (floats == np.inf) & present,
                (floats == -np.inf) & present,
                (floats == 0) & present,
                (floats < 0) & present,
            )
            return cls(rows, nulls, *(int(np.count_nonzero(c)) for c in counts))
        if column.kind == "boolean":
            assert column.values is not None
            return cls(rows, nulls, zeros=int(np.count_nonzero(present & ~column.values)))
        if column.offsets is not None:
            return cls(rows, nulls, empties=int(np.count_nonzero(present & (np.diff(column.offsets) == 0))))
        return cls(rows, nulls)

    def merge(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def encode(self, out: Writer) -> None:
        for count in astuple(self):
            out.varint(count)

    @classmethod
    def decode(cls, data: Reader) -> Self:
        shape = cls(*(data.varint() for _ in range(8)))
        if shape.nulls + shape.nans + shape.plus_infinities + shape.minus_infinities + shape.zeros > shape.rows:
            raise data.fail("counts that add up")
        return shape
