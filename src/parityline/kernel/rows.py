"""Summaries of whole rows: the multiset, the order, the partitions, and a sample by key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError
from parityline.kernel.canonical import Domain, column_multiplier, domain_seed, hash_key
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import MOST_PARTITIONS, ROWS_PER_KEY, Partition
from parityline.kernel.reading import Reading, distinct_rows
from parityline.kernel.summaries.digests import MODULUS, add, multiply, multiply_by, sum_hashes
from parityline.kernel.xxh3 import Hashes, hash_fixed
from parityline.tables.columns import Column

_BASE = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd; the golden ratio's bits


def row_hashes(readings: list[Reading], rows: int, seed: int) -> Hashes:
    """XXH3-128 of the sum over columns of hash(cell) * multiplier(name): the order of columns does not matter."""
    total: Hashes = (np.zeros(rows, np.uint64), np.zeros(rows, np.uint64))
    for reading in readings:
        total = add(total, multiply_by(reading.hashes, column_multiplier(reading.name, seed)))
    words = np.ascontiguousarray(np.stack([total[1], total[0]], axis=1).astype("<u8"))
    return hash_fixed(words.view(np.uint8).reshape(rows, 16), domain_seed(seed, Domain.ROW))


def key_hashes(readings: dict[str, Reading], key: tuple[str, ...], seed: int) -> Hashes | None:
    """The hash of every row's key; None without a key."""
    return hash_key([readings[name].hashes for name in key], seed) if key else None


@dataclass(frozen=True, slots=True)
class Order:
    """A digest of the sequence of rows, which merges in order only.

    The sum of hash(row i) * base**(rows - 1 - i) modulo 2**128.
    """

    rows: int = 0
    digest: int = 0

    @classmethod
    def of(cls, hashes: Hashes) -> Self:
        rows = len(hashes[0])
        high, low = _powers(1 << max(0, rows - 1).bit_length())
        powers = high[:rows][::-1], low[:rows][::-1]
        return cls(rows, sum_hashes(multiply(hashes, powers)))

    def merge(self, other: Self) -> Self:
        return type(self)(
            self.rows + other.rows, (self.digest * pow(_BASE, other.rows, MODULUS) + other.digest) % MODULUS
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.rows)
        out.u128(self.digest)

    @classmethod
    def decode(cls, data: Reader) -> Self:
        return cls(data.varint(), data.u128())


@cache
def _powers(count: int) -> Hashes:
    high, low = np.zeros(1, np.uint64), np.ones(1, np.uint64)
    while len(low) < count:
        more = multiply_by((high, low), pow(_BASE, len(low), MODULUS))
        high, low = np.concatenate([high, more[0]]), np.concatenate([low, more[1]])
    return high, low


@dataclass(frozen=True, slots=True)
class Partitions:
    """Rows and row digest by value of the partition column; null is a value.

    At most 4,096 partitions, those with the smallest hashes; `complete` says whether that is all of them.
    entries: by ascending hash, (hash, cell, rows, digest). A day or month is the date on which it begins.
    """

    complete: bool = True
    entries: tuple[tuple[int, Cell, int, int], ...] = ()

    @classmethod
    def of(cls, reading: Reading, hashes: Hashes) -> Self:
        everything = np.arange(reading.column.length)
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

    def merge(self, other: Self) -> Self:
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
    def decode(cls, data: Reader) -> Self:
        complete = bool(data.varint(1))
        cells = Cells.decode(data, MOST_PARTITIONS).tolist()
        entries = []
        for cell in cells:
            own, rows, digest = data.u128(), data.varint(), data.u128()
            entries.append((own, cell, rows, digest))
        return cls(complete, tuple(entries))


def partition_column(column: Column, partition: Partition) -> Column:
    """The column of partition values: the column itself, or the date on which its day or month begins."""
    if partition.unit == "value":
        return column
    if column.kind not in ("date", "timestamp"):
        raise UsageError(f"partition {partition}: expected a date or timestamp column, found {column.logical}")
    assert column.values is not None
    per_day = 1 if column.kind == "date" else 86_400 * 10**9 // column.unit
    days = column.values // per_day
    if partition.unit == "month":
        days = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return Column("date", column.length, column.valid, days.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of the keys with the smallest hashes: every environment and stage with that key samples the same keys.

    keys: hashes, ascending; rows_per_key: exact number of rows of each, also beyond those kept. Rows are distinct, by
    key and ascending row hash, at most 8 a key: owner (index into keys), hashes, counts (how often the row occurs),
    and one vector of cells for each column. Without a key a row is its own key. complete: no key was left out.
    """

    complete: bool = True
    keys: tuple[int, ...] = ()
    rows_per_key: tuple[int, ...] = ()
    owner: tuple[int, ...] = ()
    hashes: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    columns: tuple[Cells, ...] = ()

    @classmethod
    def of(cls, readings: list[Reading], keys: Hashes, rows: Hashes, limit: int) -> Self:
        everything = np.arange(len(rows[0]))
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
            tuple(Cells.of(reading.cells(picked)) for reading in readings),
        )

    def merge(self, other: Self, limit: int) -> Self:
        totals: dict[int, int] = {}
        rows: dict[tuple[int, int], tuple[int, int, int]] = {}  # (key, row) -> (count, side, place)
        for side, sample in enumerate((self, other)):
            for key, total in zip(sample.keys, sample.rows_per_key, strict=True):
                totals[key] = totals.get(key, 0) + total
            for place, (owner, own, count) in enumerate(zip(sample.owner, sample.hashes, sample.counts, strict=True)):
                at = (sample.keys[owner], own)
                rows[at] = (count + (rows[at][0] if at in rows else 0), side, place)
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
        columns = []
        for mine, theirs in zip(self.columns or other.columns, other.columns or self.columns, strict=True):
            cells = (mine.tolist() if self.columns else [], theirs.tolist() if other.columns else [])
            columns.append(Cells.of([cells[side][place] for side, place in zip(sides, places, strict=True)]))
        return type(self)(
            complete,
            tuple(keys),
            tuple(totals[key] for key in keys),
            tuple(index[at[0]] for at in kept),
            tuple(at[1] for at in kept),
            tuple(rows[at][0] for at in kept),
            tuple(columns),
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.complete)
        out.varint(len(self.keys))
        out.raw(b"".join(key.to_bytes(16, "big") for key in self.keys))
        out.varints(np.array(self.rows_per_key, np.uint64))
        out.varint(len(self.owner))
        out.varints(np.diff(np.array(self.owner, np.int64), prepend=0).astype(np.uint64))
        # without a key a row is its own key, and its hash is there already
        own = self.hashes == self.keys
        out.varint(own)
        if not own:
            out.raw(b"".join(h.to_bytes(16, "big") for h in self.hashes))
        out.varints(np.array(self.counts, np.uint64))
        for cells in self.columns:
            cells.encode(out)

    @classmethod
    def decode(cls, data: Reader, columns: int) -> Self:
        complete = bool(data.varint(1))
        keys = _read_hashes(data, data.count(16))
        totals = tuple(data.varints(len(keys)).tolist())
        rows = data.count()
        owner = np.cumsum(data.varints(rows), dtype=np.uint64)
        if rows and (not keys or int(owner[-1]) >= len(keys) or np.any(owner[1:] < owner[:-1])):
            raise data.fail("rows of the sampled keys")
        hashes = keys if data.varint(1) else _read_hashes(data, rows)
        counts = tuple(data.varints(rows).tolist())
        vectors = tuple(Cells.decode(data, rows) for _ in range(columns))
        if len(hashes) != rows or any(len(v) != rows for v in vectors):
            raise data.fail(f"{rows} cells a column")
        return cls(complete, keys, totals, tuple(owner.tolist()), hashes, counts, vectors)


def _integers(hashes: Hashes, rows: NDArray[np.int64]) -> tuple[int, ...]:
    high, low = hashes[0][rows].tolist(), hashes[1][rows].tolist()
    return tuple(h << 64 | w for h, w in zip(high, low, strict=True))


def _read_hashes(data: Reader, count: int) -> tuple[int, ...]:
    raw = bytes(data.raw(16 * count))
    return tuple(int.from_bytes(raw[i : i + 16], "big") for i in range(0, len(raw), 16))
