"""The smallest and largest cell of a column, and how many rows hold each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from parityline.kernel.cells import Cell, Cells, LongText
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading, exact_value


@dataclass(frozen=True, slots=True)
class Range:
    """Exact. Numbers by value (infinite ones too, NaN not), times by instant, texts by bytes; None where there is none.

    at_minimum, at_maximum: rows that hold it. shortest, longest: bytes of a text, items of a list.
    A text of more than 256 bytes is ordered by its first 256, then its length and hash.
    """

    minimum: Cell = None
    maximum: Cell = None
    at_minimum: int = 0
    at_maximum: int = 0
    shortest: int | None = None
    longest: int | None = None

    @classmethod
    def of(cls, reading: Reading) -> Self:
        column = reading.column
        rows = np.flatnonzero(reading.present)
        lengths = np.diff(column.offsets)[rows] if column.offsets is not None else None
        shortest, longest = (
            (None, None) if lengths is None or not len(rows) else (int(lengths.min()), int(lengths.max()))
        )
        if reading.is_number:
            rows = rows[~np.isnan(reading.numbers.floats[rows])]
        if not (reading.is_number or reading.is_time or reading.is_text) or not len(rows):
            return cls(shortest=shortest, longest=longest)
        if not reading.is_text:
            # only rows whose nearest float64 is extreme can hold an extreme value
            nearest = reading.numbers.floats[rows] if reading.is_number else reading.nearest
            rows = rows[(nearest == nearest.min()) | (nearest == nearest.max())]
            cells, counts = _counted(reading.cells(rows), None)
        else:
            firsts, repeats = reading.distinct
            cells, counts = _counted(reading.cells(firsts), repeats.tolist())
        low, high = min(cells, key=_order), max(cells, key=_order)
        return cls(low, high, counts[_order(low)], counts[_order(high)], shortest, longest)

    def merge(self, other: Self) -> Self:
        low, at_low = _extreme((self.minimum, self.at_minimum), (other.minimum, other.at_minimum), -1)
        high, at_high = _extreme((self.maximum, self.at_maximum), (other.maximum, other.at_maximum), 1)
        lengths = [n for n in (self.shortest, other.shortest) if n is not None]
        longest = [n for n in (self.longest, other.longest) if n is not None]
        return type(self)(low, high, at_low, at_high, min(lengths, default=None), max(longest, default=None))

    def encode(self, out: Writer) -> None:
        Cells.of([self.minimum, self.maximum]).encode(out)
        out.varint(self.at_minimum)
        out.varint(self.at_maximum)
        for length in (self.shortest, self.longest):
            out.varint(0 if length is None else length + 1)

    @classmethod
    def decode(cls, data: Reader) -> Self:
        cells = Cells.decode(data, 2).tolist()
        if len(cells) != 2:
            raise data.fail("two cells")
        counts = data.varint(), data.varint()
        lengths = (data.varint(), data.varint())
        shortest, longest = (None if n == 0 else n - 1 for n in lengths)
        return cls(cells[0], cells[1], *counts, shortest, longest)


def _order(cell: Cell) -> Any:
    if isinstance(cell, LongText):
        return cell.start, cell.length, cell.hash
    return (cell, 0, 0) if isinstance(cell, bytes) else exact_value(cell)


def _counted(cells: list[Cell], counts: list[int] | None) -> tuple[list[Cell], dict[Any, int]]:
    total: dict[Any, int] = {}
    for cell, count in zip(cells, counts or [1] * len(cells), strict=True):
        total[_order(cell)] = total.get(_order(cell), 0) + count
    return cells, total


def _extreme(a: tuple[Cell, int], b: tuple[Cell, int], sign: int) -> tuple[Cell, int]:
    if a[0] is None or b[0] is None:
        return b if a[0] is None else a
    left, right = _order(a[0]), _order(b[0])
    if left == right:
        return a[0], a[1] + b[1]
    return a if (left > right) == (sign > 0) else b
