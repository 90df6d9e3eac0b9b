"""Compact fingerprints by class of the target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import TableReading, grouped_rows
from parityline.kernel.sections.compact import Groups
from parityline.kernel.sections.section import Layout, read_hashes

MOST_CLASSES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Rows by value of the target, null included; `groups` is None where it has more than 8 values.

    cells: the values, by ascending hash, which names their group.
    """

    cells: tuple[Cell, ...] = ()
    groups: Groups | None = field(default_factory=Groups)

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return parameters.target is not None

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        assert layout.parameters.target is not None
        target = table.columns[layout.parameters.target]
        firsts, index = grouped_rows(target.hashes, np.arange(table.rows))
        if len(firsts) > MOST_CLASSES:
            return cls((), None)
        high, low = (words[firsts].tolist() for words in target.hashes)
        keys = tuple(h << 64 | w for h, w in zip(high, low, strict=True))
        return cls(tuple(target.cells(firsts)), Groups.of(table, index, keys))

    def merge(self, other: Self, layout: Layout) -> Self:
        if self.groups is None or other.groups is None:
            return type(self)((), None)
        groups = self.groups.merge(other.groups)
        if len(groups.keys) > MOST_CLASSES:
            return type(self)((), None)
        cells = dict(zip(self.groups.keys + other.groups.keys, self.cells + other.cells, strict=True))
        return type(self)(tuple(cells[key] for key in groups.keys), groups)

    def encode(self, out: Writer) -> None:
        out.varint(self.groups is not None)
        if self.groups is not None:
            Cells.of(self.cells).encode(out)
            out.raw(b"".join(key.to_bytes(16, "big") for key in self.groups.keys))
            self.groups.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        if not data.varint(1):
            return cls((), None)
        cells = Cells.decode(data, MOST_CLASSES).tolist()
        keys = read_hashes(data, len(cells))
        return cls(tuple(cells), Groups.decode(data, keys, len(layout.columns)))
