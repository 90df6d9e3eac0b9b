"""A sample of rows by key: every environment and stage with that key samples the same keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.cells import Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import ROWS_PER_KEY, Parameters
from parityline.kernel.reading import TableReading, distinct_rows
from parityline.kernel.sections.section import Layout, read_hashes
from parityline.kernel.xxh3 import Hashes


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of the keys with the smallest hashes: every environment and stage with that key samples the same keys.

    keys: hashes, ascending; rows_per_key: exact number of rows of each, also beyond those kept. Rows are distinct, by
    key and ascending row hash, at most 8 a key: owner (index into keys), hashes, counts (how often the row occurs),
    and one vector of cells for each column. Without a key a row is its own key. complete: no key was left out.
    positions: where the order is recorded, how many rows stand before the first that is like this one; else (). table:
    then, how many rows there are in all.
    """

    complete: bool = True
    keys: tuple[int, ...] = ()
    rows_per_key: tuple[int, ...] = ()
    owner: tuple[int, ...] = ()
    hashes: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    columns: tuple[Cells, ...] = ()
    positions: tuple[int, ...] = ()
    table: int = 0

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return True

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        keys, rows, limit = table.owner_hashes, table.row_hashes, layout.sampled_keys
        everything = np.arange(table.rows)
        firsts, totals = distinct_rows(keys, everything)
        complete = len(firsts) <= limit
        if not complete:
            last = firsts[limit - 1]
            high, low = keys[0][last], keys[1][last]
            everything = np.flatnonzero((keys[0] < high) | ((keys[0] == high) & (keys[1] <= low)))
            firsts, totals = firsts[:limit], totals[:limit]
        order = everything[np.lexsort([words[everything] for words in (rows[1], rows[0], keys[1], keys[0])])]
        words = [w[order] for w in (keys[0], keys[1], rows[0], rows[1])]
        different = [w[1:] != w[:-1] for w in words]
        lead = np.ones(min(1, len(order)), np.bool_)
        new_key = np.concatenate((lead, different[0] | different[1]))
        new_row = np.concatenate((lead, different[0] | different[1] | different[2] | different[3]))
        starts = np.flatnonzero(new_row)
        counts = np.diff(np.append(starts, len(order)))
        owner = np.cumsum(new_key)[starts] - 1
        first_of_owner = np.searchsorted(owner, owner)
        kept = np.arange(len(starts)) - first_of_owner < ROWS_PER_KEY
        picked = order[starts[kept]]
        return cls(
            complete,
            _integers(keys, firsts),
            tuple(totals.tolist()),
            tuple(owner[kept].tolist()),
            _integers(rows, picked),
            tuple(counts[kept].tolist()),
            tuple(Cells.of(reading.cells(picked)) for reading in table.kept),
            tuple(picked.tolist()) if layout.parameters.ordered else (),
            table.rows if layout.parameters.ordered else 0,
        )

    def merge(self, other: Self, layout: Layout) -> Self:
        limit = layout.sampled_keys
        totals: dict[int, int] = {}
        rows: dict[tuple[int, int], tuple[int, int, int]] = {}  # (key, row) -> (count, side, place)
        for side, sample in enumerate((self, other)):
            for key, total in zip(sample.keys, sample.rows_per_key, strict=True):
                totals[key] = totals.get(key, 0) + total
            for place, (owner, own, count) in enumerate(zip(sample.owner, sample.hashes, sample.counts, strict=True)):
                at = (sample.keys[owner], own)
                rows[at] = (rows[at][0] + count, *rows[at][1:]) if at in rows else (count, side, place)
        complete = self.complete and other.complete and len(totals) <= limit
        keys = sorted(totals)[:limit]
        index = {key: i for i, key in enumerate(keys)}
        kept: list[tuple[int, int]] = []
        used = dict.fromkeys(keys, 0)
        for at in sorted(at for at in rows if at[0] in index):
            if used[at[0]] < ROWS_PER_KEY:
                used[at[0]] += 1
                kept.append(at)
        sides = [rows[at][1] for at in kept]
        places = [rows[at][2] for at in kept]
        nothing = (Cells.of([]),) * len(self.columns or other.columns)
        joined = np.array(places, np.int64) + np.array(sides, np.int64) * len(self.owner)
        vectors = zip(self.columns or nothing, other.columns or nothing, strict=True)
        columns = [mine.joined(theirs, joined) for mine, theirs in vectors]
        positions: tuple[int, ...] = ()
        if layout.parameters.ordered:
            both = (self.positions, tuple(self.table + position for position in other.positions))
            positions = tuple(both[side][place] for side, place in zip(sides, places, strict=True))
        return type(self)(
            complete,
            tuple(keys),
            tuple(totals[key] for key in keys),
            tuple(index[at[0]] for at in kept),
            tuple(at[1] for at in kept),
            tuple(rows[at][0] for at in kept),
            tuple(columns),
            positions,
            self.table + other.table,
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.complete)
        out.varint(len(self.keys))
        out.raw(b"".join(key.to_bytes(16, "big") for key in self.keys))
        out.varints(np.array(self.rows_per_key, np.uint64))
        out.varint(len(self.owner))
        out.varints(np.diff(np.array(self.owner, np.int64), prepend=0).astype(np.uint64))
        out.cut()
        # without a key a row is its own key, and its hash is there already
        own = self.hashes == self.keys
        out.varint(own)
        if not own:
            out.raw(b"".join(h.to_bytes(16, "big") for h in self.hashes))
        out.varints(np.array(self.counts, np.uint64))
        for cells in self.columns:
            cells.encode(out)
        out.varint(self.table)
        out.varints(np.array(self.positions, np.uint64))

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        complete = bool(data.varint(1))
        keys = read_hashes(data, data.varint(layout.sampled_keys))
        totals = tuple(data.varints(len(keys)).tolist())
        rows = data.varint(ROWS_PER_KEY * len(keys))
        owner = np.cumsum(data.varints(rows), dtype=np.uint64)
        if rows and (not keys or int(owner[-1]) >= len(keys) or np.any(owner[1:] < owner[:-1])):
            raise data.fail("rows of the sampled keys")
        hashes = keys if data.varint(1) else read_hashes(data, rows)
        counts = tuple(data.varints(rows).tolist())
        vectors = tuple(Cells.decode(data, rows) for _ in layout.columns)
        if len(hashes) != rows or any(len(v) != rows for v in vectors):
            raise data.fail(f"{rows} cells a column")
        table, positions = data.varint(), data.varints(rows if layout.parameters.ordered else 0)
        if np.any(positions >= np.uint64(table)):
            raise data.fail("places within the table")
        return cls(
            complete, keys, totals, tuple(owner.tolist()), hashes, counts, vectors, tuple(positions.tolist()), table
        )


def _integers(hashes: Hashes, rows: NDArray[np.int64]) -> tuple[int, ...]:
    high, low = hashes[0][rows].tolist(), hashes[1][rows].tolist()
    return tuple(h << 64 | w for h, w in zip(high, low, strict=True))
