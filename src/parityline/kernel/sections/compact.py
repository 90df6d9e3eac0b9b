"""Compact fingerprints of columns by group of rows: what windows of time and classes of a target are compared by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.cells import Cell, Cells, Hashed, Wide
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading, TableReading, grouped_rows
from parityline.kernel.sections.section import read_hashes
from parityline.kernel.summaries import Totals
from parityline.kernel.summaries.distribution import float_keys

MOST_VALUES = 256
MOST_BINS = 64
MOST_GROUPED = 64
"""Of tables of more columns, groups have their rows alone."""

_LARGEST = (1 << 63) - 1

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ByValue:
    """All distinct values of a column, NaN left out: hashes ascending, cells, counts of shape (values, groups)."""

    hashes: tuple[int, ...]
    cells: tuple[Cell, ...]
    counts: Counts

    def placed(self, places: Counts, groups: int) -> Self:
        return type(self)(self.hashes, self.cells, _placed(self.counts, places, groups))

    def plus(self, other: Self) -> Self:
        cells = dict(zip(self.hashes + other.hashes, self.cells + other.cells, strict=True))
        hashes = tuple(sorted(cells))
        place = {own: i for i, own in enumerate(hashes)}
        counts = np.zeros((len(hashes), self.counts.shape[1]), np.int64)
        for part in (self, other):
            counts[[place[own] for own in part.hashes]] += part.counts
        return type(self)(hashes, tuple(cells[own] for own in hashes), counts)

    def spilled(self) -> ByBin:
        """What remains of many values."""
        groups = self.counts.shape[1]
        totals = [Totals()] * groups
        numbers: list[float] = []
        rows: list[Counts] = []
        for cell, counts in zip(self.cells, self.counts, strict=True):
            if not isinstance(cell, (float, int, Wide)) or cell in (np.inf, -np.inf):
                continue
            exact = cell.value if isinstance(cell, Wide) else cell
            numbers.append(cell.nearest if isinstance(cell, Wide) else float(exact))
            rows.append(counts)
            if isinstance(cell, float) or (isinstance(cell, Wide) and cell.exponent is not None):
                for group in np.flatnonzero(counts).tolist():
                    totals[group] = totals[group].merge(_times(Fraction(exact), int(counts[group])))
        keys = float_keys(np.array(numbers, np.float64))
        return ByBin.joined(tuple(totals), 0, keys, np.array(rows, np.int64).reshape(len(rows), groups))

    def encode(self, out: Writer) -> None:
        Cells.of(self.cells).encode(out)
        out.raw(b"".join(own.to_bytes(16, "big") for own in self.hashes))
        for counts in self.counts:
            write_sparse(out, counts)

    @classmethod
    def decode(cls, data: Reader, groups: int) -> Self:
        cells = Cells.decode(data, MOST_VALUES).tolist()
        hashes = read_hashes(data, len(cells))
        counts = read_sparse(data, len(cells), groups)
        if any(a >= b for a, b in pairwise(hashes)):
            raise data.fail("values by ascending hash")
        return cls(hashes, tuple(cells), counts)


@dataclass(frozen=True, slots=True, eq=False)
class ByBin:
    """A column of many values: of numbers the exact totals of each group; of numbers and times at most 64 bins.

    The bins are those of `Distribution`, shared by all groups: shift, prefixes ascending, counts (bins, groups).
    """

    totals: tuple[Totals, ...]
    shift: int
    prefixes: NDArray[np.uint64]
    counts: Counts

    @classmethod
    def joined(cls, totals: tuple[Totals, ...], shift: int, prefixes: NDArray[np.uint64], counts: Counts) -> Self:
        """Equal bins added up, and bits dropped until the bins are few."""
        while True:
            distinct, which = np.unique(prefixes, return_inverse=True)
            sums = np.zeros((len(distinct), counts.shape[1]), np.int64)
            np.add.at(sums, which.reshape(-1), counts)
            if len(distinct) <= MOST_BINS:
                return cls(totals, shift, distinct, sums)
            shift, prefixes, counts = shift + 1, distinct >> np.uint64(1), sums

    def placed(self, places: Counts, groups: int) -> Self:
        totals = [Totals()] * groups
        for own, place in zip(self.totals, places.tolist(), strict=True):
            totals[place] = totals[place].merge(own)
        return type(self)(tuple(totals), self.shift, self.prefixes, _placed(self.counts, places, groups))

    def plus(self, other: Self) -> Self:
        totals = tuple(a.merge(b) for a, b in zip(self.totals, other.totals, strict=True))
        shift = max(self.shift, other.shift)
        prefixes = [part.prefixes >> np.uint64(shift - part.shift) for part in (self, other)]
        return self.joined(totals, shift, np.concatenate(prefixes), np.concatenate([self.counts, other.counts]))

    def encode(self, out: Writer) -> None:
        for totals in self.totals:
            totals.encode(out)
        out.varint(self.shift)
        out.varint(len(self.prefixes))
        out.varints(np.diff(self.prefixes, prepend=np.uint64(0)))
        for counts in self.counts:
            write_sparse(out, counts)

    @classmethod
    def decode(cls, data: Reader, groups: int) -> Self:
        totals = tuple(Totals.decode(data) for _ in range(groups))
        shift = data.varint(63)
        prefixes = np.cumsum(data.varints(data.varint(MOST_BINS)), dtype=np.uint64)
        counts = read_sparse(data, len(prefixes), groups)
        if len(prefixes) and (np.any(prefixes[1:] <= prefixes[:-1]) or int(prefixes[-1]) >> (64 - shift)):
            raise data.fail("bins in ascending order")
        return cls(totals, shift, prefixes, counts)


@dataclass(frozen=True, slots=True, eq=False)
class Compact:
    """One column by group: exact nulls and NaN, shapes (groups,), and its values while there are at most 256."""

    nulls: Counts
    nans: Counts
    content: ByValue | ByBin

    @classmethod
    def of(cls, reading: Reading, index: Counts, groups: int) -> Self:
        """index: the group of each row, -1 for none."""
        inside = index >= 0
        nan = np.zeros(len(index), np.bool_)
        if reading.is_number:
            nan = inside & reading.present & np.isnan(reading.numbers.floats)
        rows = np.flatnonzero(inside & reading.present & ~nan)
        firsts, which = grouped_rows(reading.hashes, rows)
        counts = np.zeros((len(firsts), groups), np.int64)
        np.add.at(counts, (which, index[rows]), 1)
        high, low = (words[firsts].tolist() for words in reading.hashes)
        hashes = tuple(h << 64 | w for h, w in zip(high, low, strict=True))
        content = ByValue(hashes, tuple(reading.cells(firsts)), counts)
        absent = index[inside & ~reading.present]
        return cls(np.bincount(absent, minlength=groups), np.bincount(index[nan], minlength=groups), _bounded(content))

    def placed(self, places: Counts, groups: int) -> Self:
        """With each group at another place; groups at one place are added up."""
        nulls, nans = (_placed(own, places, groups) for own in (self.nulls, self.nans))
        return type(self)(nulls, nans, self.content.placed(places, groups))

    def plus(self, other: Self) -> Self:
        """Both, of the same groups."""
        a, b = self.content, other.content
        if isinstance(a, ByValue) and isinstance(b, ByValue):
            both = _bounded(a.plus(b))
        else:
            both = (a.spilled() if isinstance(a, ByValue) else a).plus(b.spilled() if isinstance(b, ByValue) else b)
        return type(self)(self.nulls + other.nulls, self.nans + other.nans, both)

    def encode(self, out: Writer) -> None:
        write_sparse(out, self.nulls)
        write_sparse(out, self.nans)
        out.varint(isinstance(self.content, ByValue))
        self.content.encode(out)

    @classmethod
    def decode(cls, data: Reader, groups: int) -> Self:
        nulls, nans = read_sparse(data, 2, groups)
        return cls(nulls, nans, (ByValue if data.varint(1) else ByBin).decode(data, groups))


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows and columns by group. keys: what tells the groups apart, ascending; rows: exact, shape (groups,)."""

    keys: tuple[int, ...] = ()
    rows: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: tuple[Compact, ...] = ()

    @classmethod
    def of(cls, table: TableReading, index: Counts, keys: tuple[int, ...]) -> Self:
        """index: the place among the keys for each row, -1 for none."""
        columns = table.kept if len(table.kept) <= MOST_GROUPED else []
        rows = np.bincount(index[index >= 0], minlength=len(keys))
        return cls(keys, rows, tuple(Compact.of(reading, index, len(keys)) for reading in columns))

    def renamed(self, names: list[int], keys: tuple[int, ...]) -> Self:
        """The groups under other names, which are among `keys`; groups of one name are added up."""
        place = {key: i for i, key in enumerate(keys)}
        places = np.array([place[name] for name in names], np.int64)
        columns = tuple(column.placed(places, len(keys)) for column in self.columns)
        return type(self)(keys, _placed(self.rows, places, len(keys)), columns)

    def merge(self, other: Self) -> Self:
        keys = tuple(sorted({*self.keys, *other.keys}))
        a, b = (part.renamed(list(part.keys), keys) for part in (self, other))
        columns = tuple(x.plus(y) for x, y in zip(a.columns, b.columns, strict=True))
        return type(self)(keys, a.rows + b.rows, columns)

    def masked(self, names: list[str], hidden: set[str], strict: set[str], *, away: bool) -> Self:
        """Hidden values as hashes, of strict columns only what is missing; nothing at all where it is to go away."""
        if away:
            none = np.zeros(0, np.int64)
            return type(self)((), none, tuple(Compact(none, none, _nothing(0)) for _ in self.columns))
        columns = list(self.columns)
        for at, (name, own) in enumerate(zip(names, self.columns, strict=bool(self.columns))):
            if name in strict:
                columns[at] = replace(own, content=_nothing(len(self.keys)))
            elif name in hidden and isinstance(own.content, ByValue):
                cells = tuple(map(Hashed, own.content.hashes))
                columns[at] = replace(own, content=replace(own.content, cells=cells))
        return replace(self, columns=tuple(columns))

    def encode(self, out: Writer) -> None:
        """All but the keys."""
        out.varints(self.rows.astype(np.uint64))
        for column in self.columns:
            column.encode(out)

    @classmethod
    def decode(cls, data: Reader, keys: tuple[int, ...], columns: int) -> Self:
        if any(a >= b for a, b in pairwise(keys)):
            raise data.fail("groups in ascending order")
        rows = _counts(data, len(keys))
        grouped = columns if columns <= MOST_GROUPED else 0
        return cls(keys, rows, tuple(Compact.decode(data, len(keys)) for _ in range(grouped)))


def write_sparse(out: Writer, counts: Counts) -> None:
    """A bit for each count that is not 0, lowest first, then those counts."""
    used = counts != 0
    out.raw(np.packbits(used, bitorder="little").tobytes())
    out.varints(counts[used].astype(np.uint64))


def read_sparse(data: Reader, vectors: int, length: int) -> Counts:
    """So many vectors of `write_sparse`, shape (vectors, length)."""
    found = np.zeros((vectors, length), np.int64)
    for counts in found:
        # bit by bit: there are many vectors of few counts, and NumPy needs longer for one of them
        bits = int.from_bytes(data.raw((length + 7) // 8), "little")
        if bits >> length:
            raise data.fail(f"{length} counts")
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            count = data.varint(_LARGEST)
            if not count:
                raise data.fail("no empty counts")
            counts[lowest.bit_length() - 1] = count
    return found


def _counts(data: Reader, length: int) -> Counts:
    found = data.varints(length)
    if np.any(found >> np.uint64(63)):
        raise data.fail("counts below 2^63")
    return found.astype(np.int64)


def _placed(counts: Counts, places: Counts, groups: int) -> Counts:
    """Counts along the last axis, added up at their places."""
    placed = np.zeros((*counts.shape[:-1], groups), np.int64)
    np.add.at(placed.T, places, counts.T)
    return placed


def _nothing(groups: int) -> ByBin:
    return ByBin((Totals(),) * groups, 0, np.zeros(0, np.uint64), np.zeros((0, groups), np.int64))


def _bounded(content: ByValue) -> ByValue | ByBin:
    return content if len(content.hashes) <= MOST_VALUES else content.spilled()


def _times(value: Fraction, times: int) -> Totals:
    zero = Fraction(0)
    return Totals(times, max(value, zero) * times, min(value, zero) * times, value * value * times)
