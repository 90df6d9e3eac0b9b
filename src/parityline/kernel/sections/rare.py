"""Rows that are few and special: a sample of thousands misses nine rows among a hundred thousand, this does not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.cells import Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import SAMPLED_CELLS, Parameters
from parityline.kernel.reading import Reading, TableReading
from parityline.kernel.sections.section import Layout, read_hashes

MOST_RARE = 16
CLASSES = ("null", "nan", "infinite", "zero", "negative", "half", "non_ascii", "before_1900", "after_2200")
_DAY_1900, _DAY_2201 = -25_567, 84_371  # days since 1970
_DAY = 86_400 * 10**9

Pair = tuple[int, int]
"""A key hash and a row hash."""


@dataclass(frozen=True, slots=True)
class RareRows:
    """For each column and class of cells, the 16 distinct rows with the smallest key and row hashes, whole.

    Fewer in wide tables: 250,000 cells / (4 * columns**2), and none beyond 250 columns. rows: (key, row hash) of all
    rows that some class keeps, ascending; members: by column and class, places in `rows`; columns: the cells of them.
    """

    rows: tuple[Pair, ...] = ()
    members: tuple[tuple[tuple[int, ...], ...], ...] = ()
    columns: tuple[Cells, ...] = ()

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return bool(parameters.key)

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        most = rare_rows(len(layout.columns))
        keys, rows = table.owner_hashes, table.row_hashes
        kept: list[list[dict[Pair, int]]] = []
        for reading in table.kept:
            kept.append([])
            for chosen in _classes(reading):
                places = np.flatnonzero(chosen)
                order = np.lexsort([words[places] for words in (rows[1], rows[0], keys[1], keys[0])])
                found: dict[Pair, int] = {}
                for place in places[order].tolist():
                    if len(found) == most:
                        break
                    pair = (
                        int(keys[0][place]) << 64 | int(keys[1][place]),
                        int(rows[0][place]) << 64 | int(rows[1][place]),
                    )
                    found.setdefault(pair, place)
                kept[-1].append(found)
        where = {pair: place for classes in kept for found in classes for pair, place in found.items()}
        pairs = sorted(where)
        places = np.array([where[pair] for pair in pairs], np.int64)
        return cls._of(pairs, kept, [Cells.of(reading.cells(places)) for reading in table.kept])

    @classmethod
    def _of(cls, pairs: list[Pair], kept: list[list[dict[Pair, int]]], columns: list[Cells]) -> Self:
        place = {pair: i for i, pair in enumerate(pairs)}
        members = tuple(tuple(tuple(sorted(place[pair] for pair in found)) for found in classes) for classes in kept)
        return cls(tuple(pairs), members, tuple(columns))

    def merge(self, other: Self, layout: Layout) -> Self:
        most = rare_rows(len(layout.columns))
        kept: list[list[dict[Pair, int]]] = []
        for own, more in zip(self.members, other.members, strict=True):
            classes = []
            for a, b in zip(own, more, strict=True):
                both = {self.rows[i] for i in a} | {other.rows[i] for i in b}
                classes.append(dict.fromkeys(sorted(both)[:most], 0))
            kept.append(classes)
        where = {pair: len(self.rows) + i for i, pair in enumerate(other.rows)}
        where |= {pair: i for i, pair in enumerate(self.rows)}
        pairs = sorted({pair for classes in kept for found in classes for pair in found})
        places = np.array([where[pair] for pair in pairs], np.int64)
        vectors = zip(self.columns, other.columns, strict=True)
        return self._of(pairs, kept, [mine.joined(theirs, places) for mine, theirs in vectors])

    def without(self, places: list[int]) -> Self:
        """Without the rows that only these columns ask for."""
        members = [((),) * len(CLASSES) if at in places else own for at, own in enumerate(self.members)]
        used = sorted({i for classes in members for found in classes for i in found})
        kept = [[{self.rows[i]: 0 for i in found} for found in classes] for classes in members]
        columns = [own.take(np.array(used, np.int64)) for own in self.columns]
        return self._of([self.rows[i] for i in used], kept, columns)

    def encode(self, out: Writer) -> None:
        out.varint(len(self.rows))
        out.raw(b"".join(key.to_bytes(16, "big") + row.to_bytes(16, "big") for key, row in self.rows))
        for classes in self.members:
            for places in classes:
                out.varint(len(places))
                out.varints(np.diff(np.array(places, np.int64), prepend=0).astype(np.uint64))
        for cells in self.columns:
            cells.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        most = rare_rows(len(layout.columns))
        count = data.count(32)
        flat = read_hashes(data, 2 * count)
        rows = tuple(zip(flat[::2], flat[1::2], strict=True))
        members, used = [], np.zeros(count, np.bool_)
        for _ in layout.columns:
            classes = []
            for _ in CLASSES:
                places = np.cumsum(data.varints(data.varint(most)), dtype=np.uint64)
                if len(places) and (int(places[-1]) >= count or np.any(places[1:] <= places[:-1])):
                    raise data.fail("places of rare rows, ascending")
                used[places.astype(np.int64)] = True
                classes.append(tuple(places.tolist()))
            members.append(tuple(classes))
        if not used.all() or any(a >= b for a, b in pairwise(rows)):
            raise data.fail("rare rows in ascending order, each of some class")
        columns = tuple(Cells.decode(data, count) for _ in layout.columns)
        if any(len(cells) != count for cells in columns):
            raise data.fail(f"{count} cells a column")
        return cls(rows, tuple(members), columns)


def rare_rows(columns: int) -> int:
    """How many rows each class of each column keeps in a table of so many columns."""
    return min(MOST_RARE, SAMPLED_CELLS // (4 * max(1, columns) ** 2))


def _classes(reading: Reading) -> list[NDArray[np.bool_]]:
    """Which rows are of each class, by the order of CLASSES; shapes (n,)."""
    none = np.zeros(reading.column.length, np.bool_)
    found = dict.fromkeys(CLASSES, none)
    found["null"] = ~reading.present
    if reading.is_number:
        floats, present = reading.numbers.floats, reading.present
        exact = reading.finite.copy()
        exact[list(reading.numbers.wide)] = False
        with np.errstate(invalid="ignore", over="ignore"):
            half = exact & (2 * floats == np.rint(2 * floats)) & (floats != np.rint(floats))
        found |= {"nan": present & np.isnan(floats), "infinite": present & np.isinf(floats)}
        found |= {"zero": present & (floats == 0), "negative": present & (floats < 0), "half": half}
    elif reading.column.kind == "text":
        found["non_ascii"] = reading.present & _non_ascii(reading)
    elif reading.column.kind in ("date", "timestamp"):
        ticks, wide = reading.instants
        day = 1 if reading.column.kind == "date" else _DAY
        before, after = ticks < _DAY_1900 * day, ticks >= _DAY_2201 * day
        for row, exact_tick in wide.items():
            before[row], after[row] = exact_tick < 0, exact_tick > 0
        found |= {"before_1900": reading.present & before, "after_2200": reading.present & after}
    return list(found.values())


def _non_ascii(reading: Reading) -> NDArray[np.bool_]:
    column = reading.column
    assert column.values is not None
    assert column.offsets is not None
    before = np.concatenate(([0], np.cumsum(column.values >= 0x80)))
    return np.asarray(before[column.offsets[1:]] > before[column.offsets[:-1]])
