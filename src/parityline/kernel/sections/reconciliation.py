"""Which rows differ, from two small summaries: invertible tables that hold any number of rows and give back a few.

An element is a row, named by its key and its content. Each is added to four cells of a table; two tables subtract, what
is equal on both sides is gone, and what is left is peeled off cell by cell (`kernel/differences.py`).
Sources: Goodrich and Mitzenmacher (2011), invertible Bloom lookup tables; Eppstein et al. (2011), what's the
difference: sets of samples of the keys; Alon, Matias and Szegedy (1996), the signed counters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from parityline.errors import IncomparableError
from parityline.kernel.canonical import Domain, domain_seed
from parityline.kernel.encoding import Reader, Writer, unzigzag, zigzag
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import Reading, TableReading
from parityline.kernel.sections.section import Layout
from parityline.kernel.xxh3 import U64, Hashes, hash_fixed, hash_words

FIELD = (1 << 61) - 1
"""Keys and rows are summed modulo this prime, so that a sum of equal elements can be divided by their number."""
CHECKS = (1 << 31) - 1
"""Checks are summed modulo this prime."""
IDS = (1 << 60) - 1
PLACES = 4
ROW_CELLS, KEY_CELLS, LEVEL_CELLS = 4 * 682, 4 * 512, 4 * 64
LEVELS = 12
BUCKETS = 4096
MOST_MARKED = 64
_COUNTS = 1 << 32


@dataclass(frozen=True, slots=True)
class Elements:
    """What is added to a table: keys, and rows unless keys alone are counted, shape (n,), below FIELD; their hashes."""

    keys: U64
    rows: U64 | None
    hashes: Hashes

    @classmethod
    def of(cls, keys: U64, rows: U64 | None, seed: int) -> Self:
        if rows is None:
            return cls(keys, None, hash_words(keys, domain_seed(seed, Domain.KEY_ELEMENT)))
        pairs = np.ascontiguousarray(np.stack([keys, rows], axis=1).astype("<u8")).view(np.uint8).reshape(len(keys), 16)
        return cls(keys, rows, hash_fixed(pairs, domain_seed(seed, Domain.ELEMENT)))

    def places(self, cells: int) -> NDArray[np.int64]:
        """The four cells of each element, shape (4, n): one in each quarter of a table of so many cells."""
        quarter = cells // PLACES
        high, low = self.hashes
        words = (
            high >> np.uint64(32),
            high & np.uint64(_COUNTS - 1),
            low >> np.uint64(32),
            low & np.uint64(_COUNTS - 1),
        )
        own = [(word * np.uint64(quarter) >> np.uint64(32)).astype(np.int64) for word in words]
        return np.stack([place + i * quarter for i, place in enumerate(own)])

    @property
    def checks(self) -> U64:
        """A number below CHECKS that tells a cell of one element from a cell of several."""
        with np.errstate(over="ignore"):
            mixed = (self.hashes[0] + self.hashes[1]) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> np.uint64(33)) % np.uint64(CHECKS)

    @property
    def slots(self) -> NDArray[np.int64]:
        """The signed counter of each."""
        return (self.hashes[0] >> np.uint64(52)).astype(np.int64)

    @property
    def signs(self) -> NDArray[np.int64]:
        """1 or -1."""
        return np.where(self.hashes[1] & np.uint64(1), 1, -1)

    def take(self, chosen: NDArray[np.bool_]) -> Elements:
        return Elements(
            self.keys[chosen],
            None if self.rows is None else self.rows[chosen],
            (self.hashes[0][chosen], self.hashes[1][chosen]),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """An invertible Bloom lookup table. All arrays (cells,) uint64; marks (cells, columns), sums modulo 2**16.

    rows is None where keys alone are counted.
    """

    counts: U64
    keys: U64
    rows: U64 | None
    checks: U64
    marks: U64

    @classmethod
    def empty(cls, cells: int, *, rows: bool = True, columns: int = 0) -> Self:
        nothing = np.zeros(cells, np.uint64)
        return cls(nothing, nothing, nothing if rows else None, nothing, np.zeros((cells, columns), np.uint64))

    @classmethod
    def of(cls, elements: Elements, cells: int, marks: U64 | None = None) -> Self:
        """marks: (n, columns), 16 bits of the hash of each cell."""
        places = elements.places(cells).reshape(-1)
        columns = 0 if marks is None else marks.shape[1]
        summed = [] if marks is None else [_sums(places, marks[:, i], cells) for i in range(columns)]
        return cls(
            np.bincount(places, minlength=cells).astype(np.uint64),
            _sums(places, elements.keys, cells),
            None if elements.rows is None else _sums(places, elements.rows, cells),
            _sums(places, elements.checks, cells) % np.uint64(CHECKS),
            np.stack(summed, axis=1) % np.uint64(1 << 16) if summed else np.zeros((cells, 0), np.uint64),
        )

    def plus(self, other: Self) -> Self:
        rows = None if self.rows is None or other.rows is None else (self.rows + other.rows) % np.uint64(FIELD)
        return type(self)(
            (self.counts + other.counts) % np.uint64(_COUNTS),
            (self.keys + other.keys) % np.uint64(FIELD),
            rows,
            (self.checks + other.checks) % np.uint64(CHECKS),
            (self.marks + other.marks) % np.uint64(1 << 16),
        )

    def encode(self, out: Writer) -> None:
        used = (self.counts != 0) | (self.keys != 0) | (self.checks != 0) | np.any(self.marks != 0, axis=1)
        if self.rows is not None:
            used |= self.rows != 0
        out.raw(np.packbits(used, bitorder="little").tobytes())
        out.raw(self.counts[used].astype("<u4").tobytes())
        out.raw(self.keys[used].astype("<u8").tobytes())
        if self.rows is not None:
            out.raw(self.rows[used].astype("<u8").tobytes())
        out.raw(self.checks[used].astype("<u4").tobytes())
        out.raw(self.marks[used].astype("<u2").tobytes())

    @classmethod
    def decode(cls, data: Reader, cells: int, *, rows: bool = True, columns: int = 0) -> Self:
        used = _read_used(data, cells)
        n = int(np.count_nonzero(used))

        def read(dtype: str, limit: int, width: int = 1) -> U64:
            values = np.frombuffer(data.raw(n * width * np.dtype(dtype).itemsize), dtype).astype(np.uint64)
            if n and width and int(values.max()) >= limit:
                raise data.fail(f"sums below {limit}")
            full = np.zeros((cells, width), np.uint64)
            full[used] = values.reshape(n, width)
            return full

        counts, keys = read("<u4", _COUNTS)[:, 0], read("<u8", FIELD)[:, 0]
        contents = read("<u8", FIELD)[:, 0] if rows else None
        checks, marks = read("<u4", CHECKS)[:, 0], read("<u2", 1 << 16, columns)
        held = counts | keys | checks | (0 if contents is None else contents)
        if np.any(used & (held == 0) & ~np.any(marks != 0, axis=1)):
            raise data.fail("no empty cells")
        return cls(counts, keys, contents, checks, marks)


def _sums(places: NDArray[np.int64], values: U64, cells: int) -> U64:
    """Sums by place modulo FIELD of values below it, each added to four places; at most 2**31 of them."""
    repeated = np.tile(values, PLACES)
    total = np.zeros(cells, np.uint64)
    for low in (0, 21, 42):  # floats hold sums of 21 bits exactly
        part = (repeated >> np.uint64(low) & np.uint64((1 << 21) - 1)).astype(np.float64)
        lane = np.bincount(places, part, minlength=cells).astype(np.uint64)
        # times 2**low modulo 2**61 - 1: what leaves at the top enters at the bottom
        top = np.uint64(61 - low)
        total += ((lane & ((np.uint64(1) << top) - np.uint64(1))) << np.uint64(low)) + (lane >> top)
        total %= np.uint64(FIELD)
    return total


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything about which rows a table has that fits into a few kilobytes.

    rows: over (key, row); keys: over keys with their number of rows, None without a key. row_signs, key_signs: signed
    counters, whose squares tell how many differ. bucket_rows, bucket_sums: rows, and a sum of their hashes, by the
    first 12 bits of the key's hash. levels: tables of a quarter, a sixteenth ... of the keys. by_value: a single number
    or time key travels as its value, other keys as ids of 60 bits. kept: False where privacy left all of it out.
    """

    rows: Table
    keys: Table | None
    row_signs: NDArray[np.int64]
    key_signs: NDArray[np.int64]
    bucket_rows: U64
    bucket_sums: U64
    levels: tuple[Table, ...]
    by_value: bool = True
    kept: bool = True

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return True

    @classmethod
    def withheld(cls, *, keyed: bool) -> Self:
        """Of any table, nothing."""
        return cls(
            Table.empty(ROW_CELLS),
            Table.empty(KEY_CELLS, rows=False) if keyed else None,
            np.zeros(BUCKETS, np.int64),
            np.zeros(BUCKETS, np.int64),
            np.zeros(BUCKETS, np.uint64),
            np.zeros(BUCKETS, np.uint64),
            (Table.empty(LEVEL_CELLS),) * LEVELS,
            kept=False,
        )

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        parameters = layout.parameters
        high, low = table.owner_hashes
        keys = key_numbers(table)
        elements = Elements.of(keys, table.row_hashes[1] % np.uint64(FIELD), parameters.seed)
        marks = np.zeros((table.rows, 0), np.uint64)
        if _marked(layout):
            marks = np.stack([reading.hashes[1] % np.uint64(1 << 16) for reading in table.kept], axis=1)
        owners = Elements.of(keys, None, parameters.seed)
        buckets = (high >> np.uint64(52)).astype(np.int64)
        contents = (table.row_hashes[1] & np.uint64(_COUNTS - 1)).astype(np.float64)
        levels = []
        for level in range(1, LEVELS + 1):
            chosen = low & np.uint64((1 << 2 * level) - 1) == 0
            levels.append(Table.of(elements.take(chosen), LEVEL_CELLS))
        keyed = bool(parameters.key)
        return cls(
            Table.of(elements, ROW_CELLS, marks),
            Table.of(owners, KEY_CELLS) if keyed else None,
            _signed(elements),
            _signed(owners) if keyed else np.zeros(BUCKETS, np.int64),
            np.bincount(buckets, minlength=BUCKETS).astype(np.uint64),
            np.bincount(buckets, contents, minlength=BUCKETS).astype(np.uint64) % np.uint64(_COUNTS),
            tuple(levels),
            by_value=not parameters.hash_keys,
        )

    def merge(self, other: Self, layout: Layout) -> Self:
        if (self.by_value, self.kept) != (other.by_value, other.kept):
            raise IncomparableError("expected both parts to keep keys in the same way, found one that hides them")
        return replace(
            self,
            rows=self.rows.plus(other.rows),
            keys=None if self.keys is None or other.keys is None else self.keys.plus(other.keys),
            row_signs=self.row_signs + other.row_signs,
            key_signs=self.key_signs + other.key_signs,
            bucket_rows=self.bucket_rows + other.bucket_rows,
            bucket_sums=(self.bucket_sums + other.bucket_sums) % np.uint64(_COUNTS),
            levels=tuple(a.plus(b) for a, b in zip(self.levels, other.levels, strict=True)),
        )

    @staticmethod
    def hides_keys(encoded: memoryview) -> bool:
        """Whether the encoded section keeps ids of keys in place of their values; without decoding it."""
        return bytes(encoded[:2]) == b"\x01\x00"

    def without_marks(self) -> Self:
        """Without what is known of single cells."""
        return replace(self, rows=replace(self.rows, marks=np.zeros((ROW_CELLS, 0), np.uint64)))

    def encode(self, out: Writer) -> None:
        out.varint(self.kept)
        if not self.kept:
            return
        out.varint(self.by_value)
        out.varint(self.rows.marks.shape[1])
        self.rows.encode(out)
        if self.keys is not None:
            self.keys.encode(out)
        for signs in (self.row_signs, self.key_signs)[: 1 if self.keys is None else 2]:
            used = signs != 0
            out.raw(np.packbits(used, bitorder="little").tobytes())
            out.varints(zigzag(signs[used]))
        used = self.bucket_rows != 0
        out.raw(np.packbits(used, bitorder="little").tobytes())
        out.varints(self.bucket_rows[used])
        out.raw(self.bucket_sums[used].astype("<u4").tobytes())
        for level in self.levels:
            level.encode(out)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        keyed = bool(layout.parameters.key)
        if not data.varint(1):
            return cls.withheld(keyed=keyed)
        by_value, columns = bool(data.varint(1)), data.varint(MOST_MARKED)
        if columns not in (0, len(layout.columns)):
            raise data.fail("marks of every column")
        rows = Table.decode(data, ROW_CELLS, columns=columns)
        keys = Table.decode(data, KEY_CELLS, rows=False) if keyed else None
        signs = [np.zeros(BUCKETS, np.int64), np.zeros(BUCKETS, np.int64)]
        for own in signs[: 2 if keyed else 1]:
            used = _read_used(data, BUCKETS)
            own[used] = unzigzag(data.varints(int(np.count_nonzero(used))))
            if np.any(used & (own == 0)):
                raise data.fail("no empty counters")
        used = _read_used(data, BUCKETS)
        buckets, sums = np.zeros(BUCKETS, np.uint64), np.zeros(BUCKETS, np.uint64)
        n = int(np.count_nonzero(used))
        buckets[used] = data.varints(n)
        if np.any(used & (buckets == 0)):
            raise data.fail("no empty buckets")
        sums[used] = np.frombuffer(data.raw(4 * n), "<u4")
        levels = tuple(Table.decode(data, LEVEL_CELLS) for _ in range(LEVELS))
        return cls(rows, keys, signs[0], signs[1], buckets, sums, levels, by_value=by_value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reconciliation):
            return NotImplemented
        mine, theirs = Writer(), Writer()
        self.encode(mine)
        other.encode(theirs)
        return mine.value() == theirs.value()

    __hash__ = None  # type: ignore[assignment]


def _marked(layout: Layout) -> bool:
    return 0 < len(layout.columns) <= MOST_MARKED


def _read_used(data: Reader, places: int) -> NDArray[np.bool_]:
    bits = np.frombuffer(data.raw(places // 8), np.uint8)
    return np.unpackbits(bits, bitorder="little").astype(np.bool_)


def _signed(elements: Elements) -> NDArray[np.int64]:
    return np.bincount(elements.slots, elements.signs, minlength=BUCKETS).astype(np.int64)


def key_numbers(table: TableReading) -> U64:
    """Each row's key as a number below FIELD: even for a value, odd for an id; shape (n,)."""
    ids = table.owner_hashes[0] % np.uint64(IDS) * np.uint64(2) + np.uint64(1)
    key = table.parameters.key
    if len(key) != 1 or table.parameters.hash_keys:
        return ids
    values, plain = _plain_keys(table.columns[key[0]])
    return np.where(plain, zigzag(values) * np.uint64(2), ids)


def _plain_keys(reading: Reading) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Keys as integers, and which rows have one: whole numbers up to 2**53, days of dates, whole microseconds."""
    if reading.is_number:
        floats = reading.numbers.floats
        with np.errstate(invalid="ignore"):
            plain = reading.finite & (np.abs(floats) <= 2.0**53) & (floats == np.rint(floats))
        plain[list(reading.numbers.wide)] = False
        return np.where(plain, floats, 0.0).astype(np.int64), plain
    if reading.column.kind in ("date", "time", "timestamp"):
        ticks, wide = reading.instants
        plain = reading.present.copy()
        plain[list(wide)] = False
        if reading.column.kind == "date":
            plain &= np.abs(ticks) <= 2**53
            return ticks, plain
        return ticks // 1000, plain & (ticks % 1000 == 0)
    return np.zeros(reading.column.length, np.int64), np.zeros(reading.column.length, np.bool_)
