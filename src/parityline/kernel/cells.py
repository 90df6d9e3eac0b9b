"""Vectors of canonical cells: what a value table, a range or a row sample holds, and their bytes.

A vector is a sorted dictionary of distinct cells and an index a row. Distinct cells stand in this order: null, NaN,
plain numbers or instants by value, texts by bytes, wide numbers and instants, long texts, hashes (nested values, and
cells that privacy hides).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, compress, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.canonical import LONG_TEXT, Numbers, instants, nearest_float, wide_bytes
from parityline.kernel.encoding import Piece, Reader, Writer, pack_bits, unpack_bits, unzigzag, zigzag
from parityline.kernel.xxh3 import Hashes
from parityline.tables.columns import NUMBERS, TIMES, Column

PLACES = 6
"""Decimal places up to which a number is written as a scaled integer, and counted apart in `form`."""


@dataclass(frozen=True, slots=True, order=True)
class Wide:
    """A number m * 10**e that float64 cannot hold (exponent None: an instant of more than 64 bits)."""

    mantissa: int
    exponent: int | None

    @property
    def value(self) -> Fraction:
        return Fraction(self.mantissa) * Fraction(10) ** (self.exponent or 0)

    @property
    def nearest(self) -> float:
        """The float64 nearest to it; infinite beyond the range of float64."""
        return nearest_float(self.mantissa, self.exponent or 0)


@dataclass(frozen=True, slots=True, order=True)
class LongText:
    """The first 256 bytes of a text, its length in bytes, and its hash."""

    start: bytes
    length: int
    hash: int


@dataclass(frozen=True, slots=True, order=True)
class Hashed:
    """A cell of which only the hash is kept."""

    hash: int


Cell = None | float | int | bytes | Wide | LongText | Hashed
"""float: a number; int: an instant, a date or a boolean; bytes: a text or binary."""

_NULL, _NAN, _FLOAT, _INT, _TEXT, _WIDE, _LONG, _HASHED = range(8)

_NO_FLOATS, _NO_INTS = np.zeros(0), np.zeros(0, np.int64)


class Cells:
    """A vector of canonical cells: distinct ones in order, and for each row which it is.

    `floats` (numbers) or `ints` (instants, dates, booleans) hold the plain cells, shape (plain,), ascending.
    `encoded` are its bytes, where tables of a record share them; `compared` is the vector that it was last compared
    with, and which rows are equal: tables that carry a column on share its vector. It is not changed once it is made.
    """

    __slots__ = ("__weakref__", "_by_row", "compared", "encoded", "floats", "has_nan", "has_null", "hashed", "index",
                 "ints", "longs", "texts", "wides")  # fmt: skip

    def __init__(
        self,
        index: NDArray[np.int64],
        *,
        has_null: bool = False,
        has_nan: bool = False,
        floats: NDArray[np.float64] | None = None,
        ints: NDArray[np.int64] | None = None,
        texts: Sequence[bytes] = (),
        wides: Sequence[Wide] = (),
        longs: Sequence[LongText] = (),
        hashed: Sequence[Hashed] = (),
    ) -> None:
        self.index = index
        self.encoded: memoryview | None = None
        self.compared: tuple[Cells, NDArray[np.bool_]] | None = None
        self._by_row: NDArray[np.float64] | None = None
        self.has_null, self.has_nan = has_null, has_nan
        self.floats = _NO_FLOATS if floats is None else floats
        self.ints = _NO_INTS if ints is None else ints
        self.texts, self.wides, self.longs, self.hashed = tuple(texts), tuple(wides), tuple(longs), tuple(hashed)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def distinct_count(self) -> int:
        """How many distinct cells there are."""
        kinds: tuple[Any, ...] = (self.floats, self.ints, self.texts, self.wides, self.longs, self.hashed)
        return self.has_null + self.has_nan + sum(map(len, kinds))

    @property
    def distinct(self) -> list[Cell]:
        """The distinct cells, in order."""
        plain: list[Cell] = [None] if self.has_null else []
        plain += [float("nan")] if self.has_nan else []
        return [*plain, *self.floats.tolist(), *self.ints.tolist(), *self.texts, *self.wides, *self.longs, *self.hashed]

    def cell(self, place: int) -> Cell:
        """One of the distinct cells, without a list of all of them."""
        if self.has_null and place == 0:
            return None
        place -= self.has_null
        if self.has_nan and place == 0:
            return float("nan")
        place -= self.has_nan
        for numbers in (self.floats, self.ints):
            if place < len(numbers):
                return numbers[place].item()  # type: ignore[no-any-return]
            place -= len(numbers)
        others: tuple[Sequence[Cell], ...] = (self.texts, self.wides, self.longs, self.hashed)
        for cells in others:
            if place < len(cells):
                return cells[place]
            place -= len(cells)
        raise IndexError(place)

    def tolist(self) -> list[Cell]:
        """One cell a row."""
        distinct = self.distinct
        return [distinct[i] for i in self.index.tolist()]

    def alike(self, other: Cells) -> bool:
        """Whether dictionaries and indices are the same. Rows may be equal without it; it is cheap to see."""
        if self is other:
            return True
        mine, theirs = (
            (own.has_null, own.has_nan, own.texts, own.wides, own.longs, own.hashed) for own in (self, other)
        )
        arrays = ((self.floats, other.floats), (self.ints, other.ints), (self.index, other.index))
        sizes = all(len(own) == len(its) for own, its in arrays)
        return sizes and mine == theirs and all(bool((own == its).all()) for own, its in arrays)

    def null_rows(self) -> NDArray[np.bool_]:
        """Which rows are null, shape (n,)."""
        return np.asarray((self.index == 0) & self.has_null)

    def absent_rows(self) -> NDArray[np.bool_]:
        """Which rows are null or NaN: frames whose floats have no null write one for the other."""
        return np.asarray(self.index < int(self.has_null) + int(self.has_nan))

    def hashed_rows(self) -> NDArray[np.bool_]:
        """Which rows are kept as hashes only."""
        return np.asarray(self.index >= self.distinct_count - len(self.hashed))

    def as_floats(self) -> NDArray[np.float64]:
        """One float64 a row: NaN for null, NaN and everything that is no number or instant; wide ones rounded.

        The array is kept, and not to be written to: a column is asked for it again and again.
        """
        if self._by_row is None:
            table = self.distinct_floats()
            self._by_row = np.asarray(table[self.index]) if len(table) else np.zeros(0)
            self._by_row.flags.writeable = False
        return self._by_row

    def distinct_floats(self) -> NDArray[np.float64]:
        """The distinct cells as `as_floats` has them, in order."""
        head = [np.nan] * (self.has_null + self.has_nan)
        wides = [wide.nearest for wide in self.wides]
        texts, rest = [np.nan] * len(self.texts), [np.nan] * (len(self.longs) + len(self.hashed))
        return np.concatenate([head, self.floats, self.ints.astype(np.float64), texts, wides, rest])

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Cells:
        """From one cell a row."""
        ranks = [_rank(cell) for cell in cells]
        distinct = sorted(set(ranks))
        place = {rank: i for i, rank in enumerate(distinct)}
        by: list[list[Any]] = [[] for _ in range(8)]
        for kind, value in distinct:
            by[kind].append(value)
        return cls(
            np.array([place[rank] for rank in ranks], np.int64),
            has_null=bool(by[_NULL]),
            has_nan=bool(by[_NAN]),
            floats=np.array(by[_FLOAT], np.float64),
            ints=np.array(by[_INT], np.int64),
            texts=by[_TEXT],
            wides=by[_WIDE],
            longs=by[_LONG],
            hashed=by[_HASHED],
        )

    def rows(self, rows: NDArray[np.int64]) -> Cells:
        """Some rows, in the order given, with the whole dictionary: some of its cells may be in none of them."""
        picked = object.__new__(Cells)
        for name in Cells.__slots__:
            if name != "__weakref__":
                setattr(picked, name, getattr(self, name))
        picked.index, picked.encoded, picked.compared = self.index[rows], None, None
        if self._by_row is not None:
            picked._by_row = self._by_row[rows]
            picked._by_row.flags.writeable = False
        return picked

    def take(self, rows: NDArray[np.int64]) -> Cells:
        """Some rows, in the order given, with the cells that are in them alone."""
        return self.joined(Cells.of([]), rows)

    def joined(self, other: Cells, rows: NDArray[np.int64]) -> Cells:
        """Some rows of this vector and another behind it, in the order given, with the cells that are in them alone."""
        sides = self, other
        floats, ints = np.unique(np.r_[self.floats, other.floats]), np.unique(np.r_[self.ints, other.ints])
        kinds = [
            sorted({*getattr(self, kind), *getattr(other, kind)}) for kind in ("texts", "wides", "longs", "hashed")
        ]
        rest = {cell: 2 + len(floats) + len(ints) + i for i, cell in enumerate(chain.from_iterable(kinds))}
        parts = []
        for side in sides:
            others = [rest[cell] for cell in (*side.texts, *side.wides, *side.longs, *side.hashed)]
            head = [0] * side.has_null + [1] * side.has_nan
            numbers = 2 + np.searchsorted(floats, side.floats), 2 + len(floats) + np.searchsorted(ints, side.ints)
            parts.append(np.concatenate((np.array(head, np.int64), *numbers, np.array(others, np.int64)))[side.index])
        index = np.concatenate(parts)[rows]
        used = np.zeros(2 + len(floats) + len(ints) + len(rest), np.bool_)
        used[index] = True
        ends = np.cumsum([2, len(floats), len(ints), *map(len, kinds)])
        of = [used[start:end] for start, end in pairwise(ends)]
        texts, wides, longs, hashed = (list(compress(own, there)) for own, there in zip(kinds, of[2:], strict=True))
        return Cells(
            (np.cumsum(used) - 1)[index],
            has_null=bool(used[0]),
            has_nan=bool(used[1]),
            floats=floats[of[0]],
            ints=ints[of[1]],
            texts=texts,
            wides=wides,
            longs=longs,
            hashed=hashed,
        )

    def encode(self, out: Writer) -> None:
        out.cut()
        if self.encoded is None:
            self._encode(out)
        else:
            out.raw(self.encoded)
        out.cut()

    def _encode(self, out: Writer) -> None:
        distinct = self.distinct_count
        out.varint(len(self.index))
        out.varint(self.has_null | self.has_nan << 1)
        out.varint(len(self.floats))
        if len(self.floats):
            _write_floats(out, self.floats)
        out.varint(len(self.ints))
        if len(self.ints):
            _write_ints(out, self.ints)
        out.varint(len(self.texts))
        before = b""
        for text in self.texts:
            shared = _shared_prefix(before, text)
            out.varint(shared)
            out.block(text[shared:])
            before = text
        out.varint(len(self.wides))
        for wide in self.wides:
            out.varint(wide.exponent is not None)
            out.raw(wide_bytes(wide.mantissa, wide.exponent or 0))
        out.varint(len(self.longs))
        for long in self.longs:
            out.raw(long.start)
            out.varint(long.length)
            out.u128(long.hash)
        out.varint(len(self.hashed))
        for hashed in self.hashed:
            out.u128(hashed.hash)
        out.raw(pack_bits(self.index, max(0, distinct - 1).bit_length()))

    @classmethod
    def decode(cls, data: Reader, rows_limit: int) -> Cells:
        """Raises FormatError for all but what `encode` writes of the same cells; `State.from_bytes` checks the rest."""

        def once(piece: Piece | None) -> Cells:
            cells = cls._decode(data, rows_limit)
            if piece is not None:
                again = Writer()
                cells._encode(again)
                # what is not as it would be written must not pass for it when a whole section is written again
                cells.encoded = piece.data if again.value() == piece.data else None
            return cells

        return data.shared(Cells, once)

    @classmethod
    def _decode(cls, data: Reader, rows_limit: int) -> Cells:
        rows = data.varint(rows_limit)
        flags = data.varint(3)
        # every distinct cell is in some row, so there are no more of them than rows
        count = data.count(most=rows)
        floats = _read_floats(data, count) if count else None
        count = data.count(most=rows)
        ints = _read_ints(data, count) if count else None
        texts: list[bytes] = []
        before = b""
        for _ in range(data.count(2, rows)):
            shared = data.varint(len(before))
            before = before[:shared] + bytes(data.block())
            if len(before) > LONG_TEXT:
                raise data.fail(f"texts of at most {LONG_TEXT} bytes")
            texts.append(before)
        wides = [_read_wide(data) for _ in range(data.count(35, rows))]
        if len({wide.exponent is None for wide in wides}) > 1:
            raise data.fail("numbers or instants, not both")
        longs = [
            LongText(bytes(data.raw(LONG_TEXT)), data.varint(), data.u128())
            for _ in range(data.count(LONG_TEXT + 17, rows))
        ]
        hashed = [Hashed(data.u128()) for _ in range(data.count(16, rows))]
        cells = cls(
            np.zeros(0, np.int64),
            has_null=bool(flags & 1),
            has_nan=bool(flags & 2),
            floats=floats,
            ints=ints,
            texts=texts,
            wides=wides,
            longs=longs,
            hashed=hashed,
        )
        if not _ascending(cells):
            raise data.fail("distinct cells in ascending order")
        distinct = cells.distinct_count
        width = max(0, distinct - 1).bit_length()
        cells.index = unpack_bits(data.raw((rows * width + 7) // 8), rows, width)
        used = np.bincount(cells.index, minlength=distinct)
        if len(used) > distinct or not used.all():
            raise data.fail(f"indices of all {distinct} distinct cells and no others")
        return cells


def _ascending(cells: Cells) -> bool:
    """Whether each kind of cell is there without repetition and in order, and every cell in its one form."""
    floats, ints = cells.floats, cells.ints
    if np.any(np.isnan(floats)) or np.any((floats == 0) & np.signbit(floats)):
        return False
    if any(long.length <= LONG_TEXT for long in cells.longs):
        return False
    kinds: tuple[Sequence[Any], ...] = (cells.texts, cells.wides, cells.longs, cells.hashed)
    return (
        bool(np.all(floats[1:] > floats[:-1]))
        and bool(np.all(ints[1:] > ints[:-1]))
        and all(a < b for kind in kinds for a, b in pairwise(kind))
    )


def _rank(cell: Cell) -> tuple[int, Any]:
    match cell:
        case None:
            return _NULL, 0
        case float():
            return (_NAN, 0) if cell != cell else (_FLOAT, cell)
        case int():
            return _INT, cell
        case bytes():
            return _TEXT, cell
        case Wide():
            return _WIDE, cell
        case LongText():
            return _LONG, cell
        case _:
            return _HASHED, cell


def _shared_prefix(a: bytes, b: bytes) -> int:
    length = min(len(a), len(b))
    for i in range(length):
        if a[i] != b[i]:
            return i
    return length


def decimal_places(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The least d in 0..6 such that the value is the float64 nearest to a multiple of 10**-d; 7 where there is none.

    Values of 2**51 / 10**d and more are not asked for d > 0. Infinities and NaN give 7.
    """
    places = np.full(len(values), PLACES + 1, np.int64)
    with np.errstate(invalid="ignore", over="ignore"):
        finest = np.rint(values * 10.0**PLACES)
        # below the bound, what is no multiple of the finest step is none of a coarser one
        left = np.isfinite(values) & ((np.abs(finest) >= 2.0**51) | (finest / 10.0**PLACES == values))
        for d in range(PLACES + 1):
            if not left.any():
                break
            scaled = np.rint(values * 10.0**d)
            found = left & (scaled / 10.0**d == values) & ((np.abs(scaled) < 2.0**51) | (d == 0))
            places[found] = d
            left &= ~found
    return places


def _write_floats(out: Writer, values: NDArray[np.float64]) -> None:
    """Scaled integers where every value has at most six places and is below 2**51, else the eight bytes of each."""
    scale = int(decimal_places(values).max())
    if scale <= PLACES:
        with np.errstate(over="ignore"):
            scaled = np.rint(values * 10.0**scale)
        if np.all(np.abs(scaled) < 2.0**51) and np.array_equal(scaled / 10.0**scale, values):
            out.varint(scale)
            _write_deltas(out, scaled.astype(np.int64))
            return
    out.varint(PLACES + 1)
    out.raw(values.astype("<f8").tobytes())


def _read_floats(data: Reader, count: int) -> NDArray[np.float64]:
    scale = data.varint(PLACES + 1)
    if scale > PLACES:
        return np.frombuffer(data.raw(8 * count), "<f8").astype(np.float64)
    return _read_deltas(data, count) / 10.0**scale


def _write_ints(out: Writer, values: NDArray[np.int64]) -> None:
    step = int(np.gcd.reduce(values)) or 1
    if step < 0:  # the divisor of the smallest int64 alone
        step = 1
    out.varint(step)
    _write_deltas(out, values // step)


def _read_ints(data: Reader, count: int) -> NDArray[np.int64]:
    step = data.varint((1 << 63) - 1)
    with np.errstate(over="ignore"):
        return _read_deltas(data, count) * np.int64(step)


def _write_deltas(out: Writer, values: NDArray[np.int64]) -> None:
    with np.errstate(over="ignore"):
        steps = np.concatenate([zigzag(values[:1]), np.diff(values.view(np.uint64))])
    out.varints(steps)


def _read_deltas(data: Reader, count: int) -> NDArray[np.int64]:
    steps = data.varints(count)
    steps = np.concatenate([unzigzag(steps[:1]).view(np.uint64), steps[1:]])
    return np.cumsum(steps, dtype=np.uint64).view(np.int64)


def _read_wide(data: Reader) -> Wide:
    has_exponent = data.varint(1)
    raw = bytes(data.raw(34))
    exponent = int.from_bytes(raw[:2], "little", signed=True)
    return Wide(int.from_bytes(raw[2:], "little", signed=True), exponent if has_exponent else None)


def cells_at(column: Column, hashes: Hashes, rows: NDArray[np.int64]) -> list[Cell]:
    """The canonical cells of some rows of a column."""
    if column.kind == "unsupported":
        return [None] * len(rows)  # it has a null's hash, so it must be a null, whichever row is kept
    present = column.present()[rows].tolist()
    picked = rows.tolist()
    cells: list[Cell]
    if column.kind in NUMBERS:
        numbers = Numbers(_at(column, rows))
        cells = list(map(float, numbers.floats))
        for i, wide in numbers.wide.items():
            cells[i] = Wide(*wide)
    elif column.kind in TIMES:
        ticks, far = instants(_at(column, rows))
        cells = list(map(int, ticks))
        for i, exact in far.items():
            cells[i] = Wide(exact, None)
    elif column.kind == "boolean":
        assert column.values is not None
        cells = [int(x) for x in column.values[rows]]
    elif column.kind in ("text", "binary"):
        cells = [_text_cell(column, hashes, row) if here else None for row, here in zip(picked, present, strict=True)]
    else:
        cells = [Hashed(int(hashes[0][row]) << 64 | int(hashes[1][row])) for row in picked]
    return [cell if here else None for cell, here in zip(cells, present, strict=True)]


def _at(column: Column, rows: NDArray[np.int64]) -> Column:
    assert column.values is not None
    valid = None if column.valid is None else column.valid[rows]
    children = tuple(_at(child, rows) for child in column.children)
    return replace(column, length=len(rows), valid=valid, values=column.values[rows], children=children)


def _text_cell(column: Column, hashes: Hashes, row: int) -> Cell:
    assert column.values is not None
    assert column.offsets is not None
    start, stop = int(column.offsets[row]), int(column.offsets[row + 1])
    if stop - start <= LONG_TEXT:
        return column.values[start:stop].tobytes()
    whole = int(hashes[0][row]) << 64 | int(hashes[1][row])
    return LongText(column.values[start : start + LONG_TEXT].tobytes(), stop - start, whole)
