"""Rows by partition: which of them a table has, and whether their rows are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from parityline.errors import UsageError
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import MOST_PARTITIONS, Parameters, Partition
from parityline.kernel.reading import Reading, TableReading, distinct_rows
from parityline.kernel.sections.section import Layout
from parityline.kernel.summaries.digests import MODULUS, sum_hashes
from parityline.tables.columns import Column


@dataclass(frozen=True, slots=True)
class Partitions:
    """Rows and row digest by value of the partition column; null is a value.

    At most 4,096 partitions, those with the smallest hashes; `complete` says whether that is all of them.
    entries: by ascending hash, (hash, cell, rows, digest). A day or month is the date on which it begins.
    """

    complete: bool = True
    entries: tuple[tuple[int, Cell, int, int], ...] = ()

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return parameters.partition is not None

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        partition = layout.parameters.partition
        assert partition is not None
        named = table.columns[partition.column]
        reading = Reading(named.name, partition_column(named.column, partition), named.seed)
        hashes, everything = table.row_hashes, np.arange(table.rows)
        firsts, _ = distinct_rows(reading.hashes, everything)
        if not len(firsts):
            return cls()
        cells = reading.cells(firsts)
        order = np.lexsort(reading.hashes[::-1])
        high, low = reading.hashes[0][order], reading.hashes[1][order]
        starts = np.flatnonzero(np.concatenate(([True], (high[1:] != high[:-1]) | (low[1:] != low[:-1]))))[
            : len(firsts)
        ]
        entries = []
        for cell, start, stop in zip(cells, starts, [*starts[1:], len(order)], strict=True):
            rows = order[start:stop]
            own = int(high[start]) << 64 | int(low[start])
            entries.append((own, cell, len(rows), sum_hashes((hashes[0][rows], hashes[1][rows]))))
        return cls._kept(True, entries)

    @classmethod
    def _kept(cls, complete: bool, entries: list[tuple[int, Cell, int, int]]) -> Self:
        complete = complete and len(entries) <= MOST_PARTITIONS
        return cls(complete, tuple(entries[:MOST_PARTITIONS]))

    def merge(self, other: Self, layout: Layout) -> Self:
        joined = {entry[0]: entry for entry in self.entries}
        for own, cell, rows, digest in other.entries:
            before = joined.get(own, (own, cell, 0, 0))
            joined[own] = (own, cell, rows + before[2], (digest + before[3]) % MODULUS)
        return self._kept(self.complete and other.complete, [joined[own] for own in sorted(joined)])

    def encode(self, out: Writer) -> None:
        out.varint(self.complete)
        Cells.of([entry[1] for entry in self.entries]).encode(out)
        for own, _, rows, digest in self.entries:
            out.u128(own)
            out.varint(rows)
            out.u128(digest)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        complete = bool(data.varint(1))
        cells = Cells.decode(data, MOST_PARTITIONS).tolist()
        entries = []
        for cell in cells:
            own, rows, digest = data.u128(), data.varint(), data.u128()
            entries.append((own, cell, rows, digest))
        return cls(complete, tuple(entries))


def partition_column(column: Column, partition: Partition) -> Column:
    """The column of partition values: the column itself, or the date on which its day or month begins."""
    if partition.unit == "value" or column.kind == "null":
        return column
    if column.kind not in ("date", "timestamp"):
        raise UsageError(f"partition {partition}: expected a date or timestamp column, found {column.logical}")
    assert column.values is not None
    per_day = 1 if column.kind == "date" else 86_400 * 10**9 // column.unit
    days = column.values // per_day
    if partition.unit == "month":
        days = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return Column("date", column.length, column.valid, days.astype(np.int64))
