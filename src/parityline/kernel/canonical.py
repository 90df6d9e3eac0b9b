"""Canonical values: when two cells are the same, whatever type, engine or layout they came in (docs/format.md).

Numbers are equal by mathematical value (5 = 5.0 = 5.00, -0.0 = 0.0, one NaN that is not null), texts by their bytes,
times by instant. The hash of a cell is XXH3-128 of its canonical bytes; the seed tells the kinds apart.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.xxh3 import U64, Hashes, hash_bytes, hash_fixed, hash_strings, hash_words
from parityline.tables.columns import NUMBERS, Column

LONG_TEXT = 256
"""Texts and binaries of more bytes travel as their first 256 bytes, their length and their hash."""


class Domain(IntEnum):
    """Added to the seed, times 0x9E3779B97F4A7C15, so that equal bytes of two kinds have unrelated hashes."""

    NUMBER = 1
    DECIMAL = 2
    TEXT = 3
    BINARY = 4
    BOOLEAN = 5
    TIMESTAMP = 6
    TIMESTAMP_ZONED = 7
    DATE = 8
    TIME = 9
    DURATION = 10
    INTERVAL = 11
    LIST = 12
    STRUCT = 13
    MAP = 14
    NULL = 15
    NAN = 16
    COLUMN = 17
    ROW = 18
    KEY = 19
    ELEMENT = 20
    KEY_ELEMENT = 21


def domain_seed(seed: int, domain: Domain) -> int:
    """The XXH3 seed of one kind of value."""
    return (seed + domain * 0x9E3779B97F4A7C15) % 2**64


_DOMAIN = {
    "text": Domain.TEXT,
    "binary": Domain.BINARY,
    "boolean": Domain.BOOLEAN,
    "date": Domain.DATE,
    "time": Domain.TIME,
    "duration": Domain.DURATION,
    "timestamp": Domain.TIMESTAMP,
    "timestamp-zoned": Domain.TIMESTAMP_ZONED,
    "interval": Domain.INTERVAL,
}


class Numbers:
    """A column of numbers by mathematical value: `floats` where float64 holds it exactly, else (mantissa, exponent).

    floats: (n,) float64, the nearest float64 of every present cell, -0.0 as 0.0, 0.0 under a null.
    wide: {row: (m, e)} for present cells that float64 cannot hold, value m * 10**e with m not a multiple of 10.
    """

    def __init__(self, column: Column) -> None:
        self.wide: dict[int, tuple[int, int]] = {}
        present = column.present()
        assert column.values is not None
        if column.kind == "decimal":
            self.floats = self._decimals(column, present)
        elif column.kind == "float":
            with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
                self.floats = np.where(present, column.values, 0.0).astype(np.float64) + 0.0
            if column.children:
                (exact,) = column.children
                self.floats = np.where(exact.present(), self._decimals(exact, exact.present()), self.floats)
        else:
            self.floats = self._integers(column.values, present)

    def _integers(self, values: NDArray[np.int64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
        values = np.where(present, values, values.dtype.type(0))
        floats = values.astype(np.float64)
        if values.dtype.itemsize == 8:
            limit = np.uint64(1 << 53)
            large = np.flatnonzero(
                (values > limit) | (values < -(1 << 53)) if values.dtype.kind == "i" else values > limit
            )
            for row in large.tolist():
                exact = int(values[row])
                if int(floats[row]) != exact:
                    self.wide[row] = _stripped(exact, 0)
        return floats

    def _decimals(self, column: Column, present: NDArray[np.bool_]) -> NDArray[np.float64]:
        assert column.values is not None
        words = np.where(present[:, None], column.values, np.uint64(0))
        distinct, inverse = np.unique(words, axis=0, return_inverse=True)
        floats = np.zeros(len(distinct))
        wide: dict[int, tuple[int, int]] = {}
        for i, row in enumerate(distinct):
            mantissa = int.from_bytes(row.astype("<u8").tobytes(), "little", signed=True)
            floats[i] = nearest_float(mantissa, -column.scale)
            if not _is_exact(floats[i], mantissa, -column.scale):
                wide[i] = _stripped(mantissa, -column.scale)
        inverse = inverse.reshape(-1)
        if wide:
            self.wide = {row: wide[i] for row, i in enumerate(inverse.tolist()) if i in wide}
        return floats[inverse]


def nearest_float(mantissa: int, exponent: int) -> float:
    """The float64 nearest to mantissa * 10**exponent, ties to even; infinite beyond the range of float64."""
    try:
        return float(mantissa * 10 ** max(0, exponent) / 10 ** max(0, -exponent))
    except OverflowError:
        return np.inf if mantissa > 0 else -np.inf


def _is_exact(value: float, mantissa: int, exponent: int) -> bool:
    if not np.isfinite(value):
        return False
    n, d = float(value).as_integer_ratio()
    return bool(n * 10 ** max(0, -exponent) == mantissa * 10 ** max(0, exponent) * d)


def _stripped(mantissa: int, exponent: int) -> tuple[int, int]:
    while mantissa and mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    return mantissa, exponent


def wide_bytes(mantissa: int, exponent: int) -> bytes:
    """The 34 canonical bytes of a number that float64 cannot hold: exponent (int16), mantissa (int256)."""
    return exponent.to_bytes(2, "little", signed=True) + mantissa.to_bytes(32, "little", signed=True)


def instants(column: Column) -> tuple[NDArray[np.int64], dict[int, int]]:
    """Nanoseconds of times, days of dates: (n,) int64, and {row: exact} where 64 bits do not hold it."""
    present = column.present()
    assert column.values is not None
    ticks = np.where(present, column.values, np.int64(0))
    if column.unit == 1:
        return ticks, {}
    limit = (2**63 - 1) // column.unit
    outside = np.flatnonzero((ticks > limit) | (ticks < -limit))
    wide = {row: int(ticks[row]) * column.unit for row in outside.tolist()}
    ticks[outside] = 0
    return ticks * column.unit, wide


def hash_cells(column: Column, seed: int) -> Hashes:
    """The 128-bit hash of every cell, shape (n,) as (high, low). Columns that cannot be hashed give their null's."""
    n = column.length
    high, low = (np.full(n, word, np.uint64) for word in _split(hash_bytes(bytes(8), domain_seed(seed, Domain.NULL))))
    if column.kind in ("null", "unsupported") or not n:
        return high, low
    present = column.present()
    cell_high, cell_low = _hash_present(column, seed)
    return np.where(present, cell_high, high), np.where(present, cell_low, low)


def _split(value: int) -> tuple[int, int]:
    return value >> 64, value & 0xFFFFFFFFFFFFFFFF


def _hash_present(column: Column, seed: int) -> Hashes:
    if column.kind in NUMBERS:
        return _hash_numbers(Numbers(column), seed)
    if column.kind in ("text", "binary"):
        assert column.values is not None
        assert column.offsets is not None
        starts = column.offsets[:-1]
        lengths = np.where(column.present(), np.diff(column.offsets), 0)
        return hash_strings(column.values, starts, lengths, domain_seed(seed, _DOMAIN[column.kind]))
    if column.kind == "boolean":
        assert column.values is not None
        return hash_words(column.values.astype(np.uint64), domain_seed(seed, Domain.BOOLEAN))
    if column.kind == "interval":
        assert column.values is not None
        fields = [
            np.ascontiguousarray(column.values[:, i].astype(t)).view(np.uint8).reshape(-1, w) for i, t, w in _INTERVAL
        ]
        return hash_fixed(np.ascontiguousarray(np.hstack(fields)), domain_seed(seed, Domain.INTERVAL))
    if column.kind in ("list", "map"):
        assert column.offsets is not None
        child_high, child_low = hash_cells(column.children[0], seed)
        items = np.ascontiguousarray(np.stack([child_low, child_high], axis=1).astype("<u8")).view(np.uint8).reshape(-1)
        lengths = np.where(column.present(), np.diff(column.offsets), 0)
        domain = Domain.LIST if column.kind == "list" else Domain.MAP
        return hash_strings(items, column.offsets[:-1] * 16, lengths * 16, domain_seed(seed, domain))
    if column.kind == "struct":
        words: list[U64] = []
        for name, child in column.fields:
            name_high, name_low = _split(
                hash_bytes(name.encode("utf-8", "surrogatepass"), domain_seed(seed, Domain.COLUMN))
            )
            child_high, child_low = hash_cells(child, seed)
            words += [np.full(column.length, name_low, np.uint64), np.full(column.length, name_high, np.uint64)]
            words += [child_low, child_high]
        matrix = np.stack(words, axis=1) if words else np.zeros((column.length, 0), np.uint64)
        rows = np.ascontiguousarray(matrix.astype("<u8")).view(np.uint8).reshape(column.length, -1)
        return hash_fixed(rows, domain_seed(seed, Domain.STRUCT))
    ticks, wide = instants(column)
    domain_of = domain_seed(seed, _DOMAIN[column.logical])
    high, low = hash_words(ticks.view(np.uint64), domain_of)
    for row, exact in wide.items():
        high[row], low[row] = _split(hash_bytes(exact.to_bytes(16, "little", signed=True), domain_of))
    return high, low


_INTERVAL = ((0, "<i4", 4), (1, "<i4", 4), (2, "<i8", 8))


def _hash_numbers(numbers: Numbers, seed: int) -> Hashes:
    high, low = hash_words(numbers.floats.view(np.uint64), domain_seed(seed, Domain.NUMBER))
    nan = np.isnan(numbers.floats)
    if nan.any():
        high[nan], low[nan] = _split(hash_bytes(bytes(8), domain_seed(seed, Domain.NAN)))
    for row, (mantissa, exponent) in numbers.wide.items():
        high[row], low[row] = _split(hash_bytes(wide_bytes(mantissa, exponent), domain_seed(seed, Domain.DECIMAL)))
    return high, low


def hash_key(hashes: list[Hashes], seed: int) -> Hashes:
    """The hash of a key. A key of one column has the hash of its cell, so that keys can be looked up in any column."""
    if len(hashes) == 1:
        return hashes[0]
    words = np.stack([word for high, low in hashes for word in (low, high)], axis=1)
    rows = np.ascontiguousarray(words.astype("<u8")).view(np.uint8).reshape(len(words), 16 * len(hashes))
    return hash_fixed(rows, domain_seed(seed, Domain.KEY))


def column_multiplier(name: str, seed: int) -> int:
    """The odd 128-bit number by which a column's cells enter the hash of their row."""
    return hash_bytes(name.encode("utf-8", "surrogatepass"), domain_seed(seed, Domain.COLUMN)) | 1
