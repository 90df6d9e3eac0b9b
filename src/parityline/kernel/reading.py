"""One column of one batch as the summaries read it: what several of them need is computed once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.canonical import Numbers, hash_cells, instants
from parityline.kernel.cells import Cell, Wide, cells_at
from parityline.kernel.xxh3 import Hashes
from parityline.tables.columns import NUMBERS, TIMES, Column


class Reading:
    """A column of a batch, its hashes, and its distinct cells with their counts."""

    def __init__(self, name: str, column: Column, seed: int) -> None:
        self.name = name
        self.column = column
        self.seed = seed

    @cached_property
    def hashes(self) -> Hashes:
        return hash_cells(self.column, self.seed)

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        return self.column.present()

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(self.column)

    @property
    def is_number(self) -> bool:
        return self.column.kind in NUMBERS

    @property
    def is_time(self) -> bool:
        return self.column.kind in TIMES

    @property
    def is_text(self) -> bool:
        return self.column.kind in ("text", "binary")

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Rows that hold a finite number, shape (n,)."""
        return self.present & np.isfinite(self.numbers.floats)

    @cached_property
    def instants(self) -> tuple[NDArray[np.int64], dict[int, int]]:
        return instants(self.column)

    @cached_property
    def nearest(self) -> NDArray[np.float64]:
        """The nearest float64 of every finite number, instant or date, in row order; other rows left out."""
        if self.is_number:
            return self.numbers.floats[self.finite]
        ticks, wide = self.instants
        floats = ticks.astype(np.float64)
        for row, exact in wide.items():
            floats[row] = float(exact)
        return floats[self.present]

    @cached_property
    def distinct(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first row of each distinct cell that is not null, by ascending hash, and how many rows have it."""
        return distinct_rows(self.hashes, np.flatnonzero(self.present))

    def cells(self, rows: NDArray[np.int64]) -> list[Cell]:
        return cells_at(self.column, self.hashes, rows)


def distinct_rows(hashes: Hashes, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first of `rows` with each distinct hash, by ascending hash, and how many have it."""
    if not len(rows):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    high, low = hashes[0][rows], hashes[1][rows]
    order = np.lexsort((low, high))
    high, low = high[order], low[order]
    new = np.concatenate(([True], (high[1:] != high[:-1]) | (low[1:] != low[:-1])))
    firsts = np.flatnonzero(new)
    return rows[order[firsts]], np.diff(np.append(firsts, len(rows)))


def exact_value(cell: Cell) -> object:
    """A number or instant for comparison and arithmetic without rounding."""
    return cell.value if isinstance(cell, Wide) else cell
