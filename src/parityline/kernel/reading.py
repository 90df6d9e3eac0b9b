"""A batch, and one column of it, as the summaries read them: what several of them need is computed once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.canonical import (
    Domain,
    Numbers,
    column_multiplier,
    domain_seed,
    hash_cells,
    hash_key,
    instants,
)
from parityline.kernel.cells import Cell, Wide, cells_at
from parityline.kernel.parameters import Parameters
from parityline.kernel.xxh3 import Hashes, add, hash_fixed, multiply_by
from parityline.tables.columns import NUMBERS, TIMES, Batch, Column


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


class TableReading:
    """All columns of a batch, by ascending name, and the hashes of its rows.

    kept: the columns that are not ignored, which make up a row.
    """

    def __init__(self, batch: Batch, parameters: Parameters) -> None:
        self.parameters = parameters
        self.rows = batch.rows
        named = sorted(zip(batch.names, batch.columns, strict=True))
        self.columns = {name: Reading(name, column, parameters.seed) for name, column in named}
        self.kept = [reading for name, reading in self.columns.items() if name not in parameters.ignored]

    @cached_property
    def row_hashes(self) -> Hashes:
        """XXH3-128 of the sum over columns of hash(cell) * multiplier(name): the order of columns does not matter."""
        seed = self.parameters.seed
        total: Hashes = (np.zeros(self.rows, np.uint64), np.zeros(self.rows, np.uint64))
        for reading in self.kept:
            total = add(total, multiply_by(reading.hashes, column_multiplier(reading.name, seed)))
        words = np.ascontiguousarray(np.stack([total[1], total[0]], axis=1).astype("<u8"))
        return hash_fixed(words.view(np.uint8).reshape(self.rows, 16), domain_seed(seed, Domain.ROW))

    @cached_property
    def key_hashes(self) -> Hashes | None:
        """The hash of every row's key; None without a key."""
        key = self.parameters.key
        return hash_key([self.columns[name].hashes for name in key], self.parameters.seed) if key else None

    @property
    def owner_hashes(self) -> Hashes:
        """The hash of every row's key; without a key a row is its own key."""
        return self.row_hashes if self.key_hashes is None else self.key_hashes


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


def grouped_rows(hashes: Hashes, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first of `rows` with each distinct hash, by ascending hash, and which of these each of `rows` is like."""
    firsts, counts = distinct_rows(hashes, rows)
    order = np.lexsort((hashes[1][rows], hashes[0][rows]))
    index = np.zeros(len(rows), np.int64)
    index[order] = np.repeat(np.arange(len(firsts)), counts)
    return firsts, index


def exact_value(cell: Cell) -> object:
    """A number or instant for comparison and arithmetic without rounding."""
    return cell.value if isinstance(cell, Wide) else cell
