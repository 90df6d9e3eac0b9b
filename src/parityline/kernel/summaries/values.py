"""The value table of a column: its distinct cells with exact counts, all of them or a uniform sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading
from parityline.kernel.xxh3 import Hashes

MOST_COMPLETE = 1024
SAMPLED = 256
_NO_WORDS: Hashes = (np.zeros(0, np.uint64), np.zeros(0, np.uint64))
_NO_CELLS = Cells.of([])


@dataclass(frozen=True, eq=False)
class Values:
    """The distinct non-null cells with the smallest hashes, by ascending hash, and how many rows hold each.

    Complete up to 1,024 distinct cells; beyond, the 256 with the smallest hashes, a uniform sample of the values (not
    of the rows) whose counts are exact. words: the high and low halves of the hashes, each of shape (n,); vector: one
    cell for each of them.
    Source: Beyer et al. (2007), synopses for distinct-value estimation under multiset operations.
    """

    complete: bool = True
    words: Hashes = _NO_WORDS
    vector: Cells = _NO_CELLS
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> Self:
        rows, counts = reading.distinct
        keep = len(rows) if len(rows) <= MOST_COMPLETE else SAMPLED
        kept = rows[:keep]
        high, low = (words[kept] for words in reading.hashes)
        vector = Cells.of(reading.cells(kept))
        return cls(len(rows) <= MOST_COMPLETE, (high, low), vector, tuple(counts[:keep].tolist()))

    def merge(self, other: Self) -> Self:
        joined = {h: (cell, n) for h, cell, n in zip(self.hashes, self.cells, self.counts, strict=True)}
        for h, cell, n in zip(other.hashes, other.cells, other.counts, strict=True):
            joined[h] = (cell, n + (joined[h][1] if h in joined else 0))
        complete = self.complete and other.complete and len(joined) <= MOST_COMPLETE
        kept = sorted(joined)[: MOST_COMPLETE if complete else SAMPLED]
        vector = Cells.of([joined[h][0] for h in kept])
        return type(self)(complete, _words(kept), vector, tuple(joined[h][1] for h in kept))

    def encode(self, out: Writer) -> None:
        out.varint(self.complete)
        self.vector.encode(out)
        for half in self.words:
            out.raw(half.astype("<u8").tobytes())
        out.varints(np.array(self.counts, np.uint64))

    @classmethod
    def decode(cls, data: Reader) -> Self:
        complete = bool(data.varint(1))
        vector = Cells.decode(data, MOST_COMPLETE if complete else SAMPLED)
        n = len(vector)
        if not n:  # of which a wide table has many
            return cls(complete)
        high, low = (np.frombuffer(data.raw(8 * n), "<u8").astype(np.uint64) for _ in range(2))
        if not np.all((high[:-1] < high[1:]) | ((high[:-1] == high[1:]) & (low[:-1] < low[1:]))):
            raise data.fail("values by ascending hash")
        return cls(complete, (high, low), vector, tuple(data.varints(n).tolist()))

    @cached_property
    def hashes(self) -> tuple[int, ...]:
        """The hashes as integers of 128 bits."""
        return tuple(h << 64 | w for h, w in zip(*(half.tolist() for half in self.words), strict=True))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells themselves."""
        return tuple(self.vector.tolist())

    @property
    def distinct(self) -> int | None:
        """The exact number of distinct cells; None where the table is a sample."""
        return len(self.vector) if self.complete else None

    def counted(self) -> dict[int, int]:
        """Rows by hash of the value."""
        return dict(zip(self.hashes, self.counts, strict=True))


def _words(hashes: Sequence[int]) -> Hashes:
    high, low = ([h >> shift & (1 << 64) - 1 for h in hashes] for shift in (64, 0))
    return np.array(high, np.uint64), np.array(low, np.uint64)
