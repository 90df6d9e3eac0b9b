"""The value table of a column: its distinct cells with exact counts, all of them or a uniform sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading

MOST_COMPLETE = 1024
SAMPLED = 256


@dataclass(frozen=True, slots=True)
class Values:
    """The distinct non-null cells with the smallest hashes, by ascending hash, and how many rows hold each.

    Complete up to 1,024 distinct cells; beyond, the 256 with the smallest hashes, a uniform sample of the values (not
    of the rows) whose counts are exact. hashes are 128-bit integers.
    Source: Beyer et al. (2007), synopses for distinct-value estimation under multiset operations.
    """

    complete: bool = True
    hashes: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> Self:
        rows, counts = reading.distinct
        keep = len(rows) if len(rows) <= MOST_COMPLETE else SAMPLED
        kept = rows[:keep]
        high, low = (words[kept].tolist() for words in reading.hashes)
        hashes = tuple(h << 64 | w for h, w in zip(high, low, strict=True))
        return cls(len(rows) <= MOST_COMPLETE, hashes, tuple(reading.cells(kept)), tuple(counts[:keep].tolist()))

    def merge(self, other: Self) -> Self:
        joined = {h: (cell, n) for h, cell, n in zip(self.hashes, self.cells, self.counts, strict=True)}
        for h, cell, n in zip(other.hashes, other.cells, other.counts, strict=True):
            joined[h] = (cell, n + (joined[h][1] if h in joined else 0))
        complete = self.complete and other.complete and len(joined) <= MOST_COMPLETE
        hashes = sorted(joined)[: MOST_COMPLETE if complete else SAMPLED]
        return type(self)(
            complete, tuple(hashes), tuple(joined[h][0] for h in hashes), tuple(joined[h][1] for h in hashes)
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.complete)
        Cells.of(self.cells).encode(out)
        words = np.frombuffer(b"".join(h.to_bytes(16, "little") for h in self.hashes), "<u8").reshape(-1, 2)
        for half in (1, 0):  # the high one first
            out.raw(words[:, half].tobytes())
        out.varints(np.array(self.counts, np.uint64))

    @classmethod
    def decode(cls, data: Reader) -> Self:
        complete = bool(data.varint(1))
        cells = Cells.decode(data, MOST_COMPLETE if complete else SAMPLED).tolist()
        n = len(cells)
        high, low = (np.frombuffer(data.raw(8 * n), "<u8").tolist() for _ in range(2))
        hashes = tuple(h << 64 | w for h, w in zip(high, low, strict=True))
        if any(a >= b for a, b in pairwise(hashes)):
            raise data.fail("values by ascending hash")
        return cls(complete, hashes, tuple(cells), tuple(data.varints(n).tolist()))

    @property
    def distinct(self) -> int | None:
        """The exact number of distinct cells; None where the table is a sample."""
        return len(self.hashes) if self.complete else None

    def counted(self) -> dict[int, int]:
        """Rows by hash of the value."""
        return dict(zip(self.hashes, self.counts, strict=True))
