"""Whole histories of a few entities: what lies next to each other in time is kept next to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.canonical import hash_key
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import TableReading, exact_value
from parityline.kernel.sections.section import Layout, read_hashes, time_reading

ROWS_PER_ENTITY = 64
_Give = Callable[[NDArray[np.int64]], Cells]


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity. rows: exact number of its rows, also beyond those kept.

    kept: by time (null last) and row hash, the first 64 distinct ones: (time, row hash) -> (count, place of its cells).
    """

    rows: int
    kept: dict[tuple[Cell, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Entities:
    """The entities with the smallest hashes, as many as fit with their first 64 rows each into 4,096 rows.

    threshold: the hash of the first entity that did not fit, None while all do. It is part of the state, as only then
    every order of merging gives the same entities. by hash, ascending: hashes, rows (exact, also beyond those kept).
    Rows stand by entity, time and row hash: owner (index into hashes), times, row_hashes, counts, cells by column.
    """

    threshold: int | None = None
    hashes: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    owner: tuple[int, ...] = ()
    times: tuple[Cell, ...] = ()
    row_hashes: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    columns: tuple[Cells, ...] = ()

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return bool(parameters.entity)

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        rows = table.row_hashes
        own = hash_key([table.columns[name].hashes for name in layout.parameters.entity], layout.parameters.seed)
        reading = time_reading(table, layout.parameters)
        everything = np.arange(table.rows)
        times = [None] * table.rows if reading is None else reading.cells(everything)
        found: dict[int, Entity] = {}
        spent, last = 0, -1
        for row in np.lexsort(own[::-1]).tolist():
            hashed = int(own[0][row]) << 64 | int(own[1][row])
            if hashed not in found:
                # an entity is added up whole before the next one; once the budget is spent, the rest cannot be kept
                spent += min(len(found[last].kept), ROWS_PER_ENTITY) if found else 0
                if spent > layout.sampled_keys:
                    found[hashed] = Entity(1, {(None, 0): (1, 0)})
                    break
                found[hashed], last = Entity(0, {}), hashed
            kept = found[hashed].kept
            at = (times[row], int(rows[0][row]) << 64 | int(rows[1][row]))
            count, place = kept.get(at, (0, row))
            kept[at] = (count + 1, place)
            found[hashed] = Entity(found[hashed].rows + 1, kept)
        gives = [lambda places, cells=reading.cells: Cells.of(cells(places)) for reading in table.kept]
        return cls._kept(found, None, layout.sampled_keys, gives)

    @classmethod
    def _kept(cls, found: dict[int, Entity], threshold: int | None, budget: int, cells: Sequence[_Give]) -> Self:
        """The longest prefix of the entities that fits; `cells` gives a column's cells at some places."""
        owner: list[int] = []
        hashes: list[int] = []
        kept: list[tuple[Cell, int, int, int]] = []
        for hashed in sorted(found):
            rows = sorted(found[hashed].kept.items(), key=lambda item: _by_time(*item[0]))[:ROWS_PER_ENTITY]
            if len(kept) + len(rows) > budget:
                threshold = hashed
                break
            owner += [len(hashes)] * len(rows)
            hashes.append(hashed)
            kept += [(time, row, count, place) for (time, row), (count, place) in rows]
        places = np.array([place for *_, place in kept], np.int64)
        return cls(
            threshold,
            tuple(hashes),
            tuple(found[hashed].rows for hashed in hashes),
            tuple(owner),
            tuple(time for time, *_ in kept),
            tuple(row for _, row, *_ in kept),
            tuple(count for _, _, count, _ in kept),
            tuple(give(places) for give in cells),
        )

    def merge(self, other: Self, layout: Layout) -> Self:
        thresholds = [t for t in (self.threshold, other.threshold) if t is not None]
        threshold = min(thresholds, default=None)
        found: dict[int, Entity] = {}
        for side, part in enumerate((self, other)):
            for hashed, rows in zip(part.hashes, part.rows, strict=True):
                if threshold is None or hashed < threshold:
                    before = found.get(hashed, Entity(0, {}))
                    found[hashed] = Entity(before.rows + rows, before.kept)
            for place, at in enumerate(zip(part.times, part.row_hashes, strict=True)):
                hashed = part.hashes[part.owner[place]]
                if hashed in found:
                    kept = found[hashed].kept
                    count, first = kept.get(at, (0, place + side * len(self.owner)))
                    kept[at] = (count + part.counts[place], first)
        both = zip(self.columns, other.columns, strict=True)
        gives = [partial(mine.joined, theirs) for mine, theirs in both]
        return self._kept(found, threshold, layout.sampled_keys, gives)

    def encode(self, out: Writer) -> None:
        out.varint(self.threshold is not None)
        if self.threshold is not None:
            out.raw(self.threshold.to_bytes(16, "big"))
        out.varint(len(self.hashes))
        out.raw(b"".join(hashed.to_bytes(16, "big") for hashed in self.hashes))
        out.varints(np.array(self.rows, np.uint64))
        out.varint(len(self.owner))
        out.varints(np.diff(np.array(self.owner, np.int64), prepend=0).astype(np.uint64))
        Cells.of(self.times).encode(out)
        out.raw(b"".join(row.to_bytes(16, "big") for row in self.row_hashes))
        out.varints(np.array(self.counts, np.uint64))
        for cells in self.columns:
            cells.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        threshold = int.from_bytes(data.raw(16), "big") if data.varint(1) else None
        hashes = read_hashes(data, data.count(16))
        rows = tuple(data.varints(len(hashes)).tolist())
        kept = data.varint(layout.sampled_keys)
        owner = np.cumsum(data.varints(kept), dtype=np.uint64)
        places = set(owner.tolist())
        if len(places) != len(hashes) or (places and max(places) != len(hashes) - 1) or np.any(owner[1:] < owner[:-1]):
            raise data.fail("rows of every entity that is kept")
        times = Cells.decode(data, kept)
        row_hashes = read_hashes(data, kept)
        counts = tuple(data.varints(kept).tolist())
        columns = tuple(Cells.decode(data, kept) for _ in layout.columns)
        if any(len(cells) != kept for cells in (times, *columns)):
            raise data.fail(f"{kept} cells a column")
        return cls(threshold, hashes, rows, tuple(owner.tolist()), tuple(times.tolist()), row_hashes, counts, columns)


def _by_time(time: Cell, row: int) -> tuple[bool, object, int]:
    return time is None, 0 if time is None else exact_value(time), row
