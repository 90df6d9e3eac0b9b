"""Tables of every kind, and the ways in which one table can be laid out: what the laws are tested over.

A `Kind` builds arrow arrays bit by bit, so that NaN payloads, text that is not Unicode and garbage under a null exist.
"""

from __future__ import annotations

import itertools
import math
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st

from parityline.kernel import Parameters, Partition
from parityline.kernel.parameters import WINDOWS
from parityline.tables import open_table
from parityline.tables.columns import Batch, Column

EXAMPLES = int(os.environ.get("PARITYLINE_EXAMPLES", "100"))
"""Examples a law: 100 in `make test`, 10,000 in the soak."""

OFFSETS = (1, 7, 8, 9, 63, 64, 65)
"""Slice offsets at which validity bitmaps go wrong (reliability F-15)."""


# ---------------------------------------------------------------- kinds of columns


@dataclass(frozen=True)
class Kind:
    """A kind of column: its arrow type, what a present cell can be, edge cells that are always tried, and a builder."""

    name: str
    type: pa.DataType
    cells: st.SearchStrategy[Any]
    edges: tuple[Any, ...]
    build: Callable[[list[Any]], pa.Array]

    def __str__(self) -> str:
        return self.name

    def lists(self, max_size: int = 24, min_size: int = 0) -> st.SearchStrategy[list[Any]]:
        """Cells of one column: a few that repeat, edges and nulls among them."""
        cell = st.one_of(self.cells, st.sampled_from(self.edges)) if self.edges else self.cells
        pool = st.lists(st.one_of(st.none(), cell), min_size=1, max_size=8)
        repeated = pool.flatmap(lambda p: st.lists(st.sampled_from(p), min_size=min_size, max_size=max_size))
        return st.one_of(st.lists(st.one_of(st.none(), cell), min_size=min_size, max_size=max_size), repeated)


def validity(cells: Sequence[Any]) -> pa.Buffer:
    """The validity bitmap of cells, None is null."""
    bits = np.packbits(np.array([cell is not None for cell in cells], np.bool_), bitorder="little")
    return pa.py_buffer(bits.tobytes())


def fixed_width(type_: pa.DataType, width: int, encode: Callable[[Any], bytes]) -> Callable[[list[Any]], pa.Array]:
    """A builder of arrays whose cells have `width` bytes each."""

    def build(cells: list[Any]) -> pa.Array:
        data = b"".join(bytes(width) if cell is None else encode(cell) for cell in cells)
        return pa.Array.from_buffers(type_, len(cells), [validity(cells), pa.py_buffer(data)])

    return build


def _integer(type_: pa.DataType, signed: bool, width: int) -> Callable[[list[Any]], pa.Array]:
    return fixed_width(type_, width, lambda cell: cell.to_bytes(width, "little", signed=signed))


def _range_of(bits: int, signed: bool) -> tuple[int, int]:
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)


def integers(bits: int, signed: bool) -> Kind:
    """Whole numbers of one width; with 64 bits also those that float64 cannot hold."""
    low, high = _range_of(bits, signed)
    name = f"{'' if signed else 'u'}int{bits}"
    type_ = getattr(pa, name)()
    beyond = (2**53, 2**53 + 1, 2**53 - 1, 2**62 + 1, -(2**53) - 1, 10**18, 10**18 + 1)
    edges = tuple(sorted({e for e in (0, 1, 5, -1, low, low + 1, high, high - 1, *beyond) if low <= e <= high}))
    return Kind(name, type_, st.integers(low, high), edges, _integer(type_, signed, bits // 8))


def _bits_of(dtype: str, value: float) -> int:
    with np.errstate(over="ignore"):
        return int(np.array([value], dtype).view(f"u{np.dtype(dtype).itemsize}")[0])


def floats(bits: int) -> Kind:
    """Floats as their bits: every NaN, signalling ones too, both zeros, infinities, subnormals."""
    dtype, name = f"f{bits // 8}", "halffloat" if bits == 16 else f"float{bits}"
    type_ = {16: pa.float16(), 32: pa.float32(), 64: pa.float64()}[bits]
    info = np.finfo(dtype)
    exponent = {16: 0x7C00, 32: 0x7F800000, 64: 0x7FF0000000000000}[bits]
    plain = (0.0, -0.0, 1.0, -1.0, 5.0, 0.1, -2.5, math.inf, -math.inf, float(info.max), float(info.min))
    plain += (float(info.smallest_subnormal), -float(info.smallest_subnormal), float(info.tiny), 1e15 + 0.5, 3e9 + 0.5)
    sign = 1 << (bits - 1)
    nans = (exponent | exponent >> 1, exponent | 1, sign | exponent | 1, exponent | 0x55, 2**bits - 1)
    edges = tuple(dict.fromkeys([*(_bits_of(dtype, value) for value in plain), *nans]))
    short = st.integers(-(10**6), 10**6).map(lambda n: _bits_of(dtype, n / 100))
    return Kind(name, type_, st.one_of(st.integers(0, 2**bits - 1), short), edges, _integer(type_, False, bits // 8))


def decimals(bits: int, precision: int, scale: int) -> Kind:
    """Decimals as their scaled integers."""
    type_ = getattr(pa, f"decimal{bits}")(precision, scale)
    limit = 10**precision - 1
    near = (0, 1, -1, 5 * 10 ** max(scale, 0), 10 ** min(precision - 1, max(scale, 1)), limit, -limit, limit - 1)
    cells = st.one_of(st.integers(-limit, limit), st.integers(-(10**4), 10**4))
    edges = tuple(dict.fromkeys(n for n in near if abs(n) <= limit))
    return Kind(f"decimal{bits}({precision},{scale})", type_, cells, edges, _integer(type_, True, bits // 8))


def ticks(name: str, type_: pa.DataType, bits: int, low: int | None = None, high: int | None = None) -> Kind:
    """Times as their ticks."""
    least, most = _range_of(bits, True)
    low, high = least if low is None else low, most if high is None else high
    near = (0, 1, -1, 86_400, 1_600_000_000, 253_402_300_799, low, high, 9_223_372_036, 9_223_372_037, -9_223_372_037)
    edges = tuple(dict.fromkeys(n for n in near if low <= n <= high))
    cells = st.one_of(st.integers(low, high), st.integers(max(low, -(10**6)), min(high, 10**6)))
    return Kind(name, type_, cells, edges, _integer(type_, True, bits // 8))


def _texts(type_: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    def build(cells: list[Any]) -> pa.Array:
        parts = [b"" if c is None else c.encode("utf-8", "surrogatepass") if isinstance(c, str) else c for c in cells]
        offsets = np.concatenate(([0], np.cumsum([len(p) for p in parts]))).astype("<i4")
        buffers = [validity(cells), pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"".join(parts))]
        return pa.Array.from_buffers(type_, len(cells), buffers)

    return build


def _nested(type_: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    return lambda cells: pa.array(cells, type_)


TEXT_EDGES = (
    *("", " ", "a", "A", "é", "e\u0301", "ﬃ", "naïve", "Ærø", "東京", "👩‍🔬", "\ud800", "x\udfff", "\x00", "a\x00b"),
    *("1", "01", "1.50", "1,5", "1e5", "-.5", "2024-01-31", "31/12/2024 10:00", "NA", "null", "nan", " tab\t", "x"),
    *("y" * 255, "y" * 256, "y" * 257, "z" * 300, "z" * 299 + "a", "é" * 128, "é" * 129, "q" * 1025),
)

_INTERVAL = st.tuples(
    st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
)
_SMALL_TEXT = st.text(max_size=4, alphabet=st.characters(exclude_categories=["Cs"]))
_STRUCT = pa.struct([("b", pa.int64()), ("a", pa.string())])


def _interval_bytes(cell: tuple[int, int, int]) -> bytes:
    return b"".join(n.to_bytes(w, "little", signed=True) for n, w in zip(cell, (4, 4, 8), strict=True))


def _all_kinds() -> list[Kind]:
    kinds = [
        Kind("null", pa.null(), st.none(), (), lambda cells: pa.nulls(len(cells))),
        Kind("boolean", pa.bool_(), st.booleans(), (True, False), lambda cells: pa.array(cells, pa.bool_())),
    ]
    kinds += [integers(bits, signed) for signed in (True, False) for bits in (8, 16, 32, 64)]
    kinds += [floats(bits) for bits in (16, 32, 64)]
    kinds += [decimals(32, 9, 2), decimals(64, 18, 4), decimals(128, 38, 10), decimals(128, 20, -3)]
    kinds += [decimals(256, 76, 5), decimals(256, 76, 0), decimals(256, 50, 40)]
    surrogates = st.characters(categories=["Cs", "Lu", "Mn", "Zs"])
    text = st.one_of(st.text(max_size=20), st.text(surrogates, max_size=8), st.text(min_size=250, max_size=300))
    kinds.append(Kind("text", pa.string(), text, TEXT_EDGES, _texts(pa.string())))
    blobs = (b"", b"\x00", b"\xff\xfe", bytes(256), bytes(257), b"text")
    kinds.append(Kind("binary", pa.binary(), st.binary(max_size=300), blobs, _texts(pa.binary())))
    kinds.append(ticks("date32", pa.date32(), 32))
    day = 86_400_000
    date64 = pa.date64()
    days = _integer(date64, True, 8)
    kinds.append(
        Kind(
            "date64",
            date64,
            st.integers(-(10**7), 10**7),
            (0, -1, 19_000, 2_932_896),
            lambda cells: days([None if c is None else c * day for c in cells]),
        )
    )
    for unit, bits, per_day in (("s", 32, 86_400), ("ms", 32, 86_400_000)):
        kinds.append(ticks(f"time32[{unit}]", pa.time32(unit), bits, 0, per_day - 1))
    for unit, per_day in (("us", 86_400 * 10**6), ("ns", 86_400 * 10**9)):
        kinds.append(ticks(f"time64[{unit}]", pa.time64(unit), 64, 0, per_day - 1))
    for unit in ("s", "ms", "us", "ns"):
        kinds.append(ticks(f"timestamp[{unit}]", pa.timestamp(unit), 64))
        zone = "Europe/Oslo" if unit in ("s", "us") else "UTC"
        kinds.append(ticks(f"timestamp[{unit},{zone}]", pa.timestamp(unit, zone), 64))
        kinds.append(ticks(f"duration[{unit}]", pa.duration(unit), 64))
    month_day_nano = pa.month_day_nano_interval()
    intervals = ((0, 0, 0), (1, 0, 0), (0, 30, 0), (0, 0, -(2**63)), (-1, -1, -1))
    kinds.append(
        Kind("interval", month_day_nano, _INTERVAL, intervals, fixed_width(month_day_nano, 16, _interval_bytes))
    )
    small = st.one_of(st.none(), st.integers(-3, 3))
    list_type, nested_type = pa.list_(pa.int64()), pa.list_(pa.list_(pa.string()))
    kinds.append(
        Kind("list<int64>", list_type, st.lists(small, max_size=4), ([], [None], [0, 0], [1, 2]), _nested(list_type))
    )
    deep = st.lists(st.one_of(st.none(), st.lists(st.one_of(st.none(), _SMALL_TEXT), max_size=3)), max_size=3)
    kinds.append(Kind("list<list<text>>", nested_type, deep, ([], [[]], [None], [["a"], ["a"]]), _nested(nested_type)))
    fields = st.fixed_dictionaries({"b": small, "a": st.one_of(st.none(), _SMALL_TEXT)})
    kinds.append(Kind("struct", _STRUCT, fields, ({"b": None, "a": None}, {"b": 1, "a": ""}), _nested(_STRUCT)))
    map_type = pa.map_(pa.string(), pa.int64())
    entries = st.lists(st.tuples(_SMALL_TEXT, small), max_size=3)
    kinds.append(Kind("map", map_type, entries, ([], [("a", 1)], [("a", None), ("b", 2)]), _nested(map_type)))
    return kinds


KINDS: tuple[Kind, ...] = tuple(_all_kinds())
BY_NAME = {kind.name: kind for kind in KINDS}
NUMBERS = tuple(
    kind
    for kind in KINDS
    if pa.types.is_integer(kind.type) or pa.types.is_floating(kind.type) or pa.types.is_decimal(kind.type)
)

kinds = st.sampled_from(KINDS)


def columns_of(kind: Kind, cells: list[Any]) -> Column:
    """Cells as the kernel sees them."""
    from parityline.tables.arrow import of_array

    return of_array(kind.build(cells))


@st.composite
def alike(draw: st.DrawFn, parts: int, of: st.SearchStrategy[Kind] = kinds) -> tuple[Kind, list[list[Any]]]:
    """A kind, and the cells of some columns of that kind."""
    kind = draw(of)
    return kind, [draw(kind.lists()) for _ in range(parts)]


# ---------------------------------------------------------------- tables

NAMES = ("a", "b", "income", "", " padded ", "Ærø", "1", "a.b", "`tick`", 'quo"te', "new\nline", "x" * 300, "a [2]")
"""Column names are hostile even when honest."""


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 0, max_rows: int = 24, max_columns: int = 4) -> pa.Table:
    """A table of columns of any kinds; names may be odd, but are unique and not empty."""
    count = draw(st.integers(1, max_columns))
    rows = draw(st.integers(min_rows, max_rows))
    names = draw(st.lists(st.sampled_from([n for n in NAMES if n]), min_size=count, max_size=count, unique=True))
    arrays = []
    for _ in range(count):
        kind = draw(kinds)
        arrays.append(kind.build(draw(kind.lists(rows, rows))))
    return pa.table(arrays, names=names)


@st.composite
def parameters_for(draw: st.DrawFn, table: pa.Table, *, ordered: bool | None = None) -> Parameters:
    """Parameters that fit a table: keys, partitions and ignored columns among its columns."""
    names = table.column_names
    key = draw(st.one_of(st.just(()), st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)))
    partition: Partition | None = None
    if draw(st.booleans()):
        column = draw(st.sampled_from(names))
        units = ("value", "day", "month") if is_dated(table[column].type) else ("value",)
        partition = Partition(column, draw(st.sampled_from(units)))
    ignored = draw(st.sampled_from([(), (), (names[-1],)]))
    is_ordered = draw(st.booleans()) if ordered is None else ordered
    times = [name for name in names if is_dated(table[name].type) or pa.types.is_null(table[name].type)]
    numbers = [name for name in names if is_measure(table[name].type)]
    time = draw(st.one_of(st.none(), st.sampled_from(times))) if times else None
    by = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True).map(tuple)
    entity, target = draw(st.one_of(st.just(()), by)), draw(st.one_of(st.none(), st.sampled_from(names)))
    totals = draw(st.lists(st.tuples(st.sampled_from(numbers), by), max_size=2, unique=True)) if numbers else []
    return Parameters(
        key=key,
        ordered=is_ordered,
        partition=partition,
        ignored=ignored,
        time=time,
        window=draw(st.sampled_from((None, *WINDOWS))) if time is not None else None,
        entity=entity,
        target=target,
        totals=tuple(totals),
    )


def is_dated(type_: pa.DataType) -> bool:
    """Whether a type can tell windows of time apart."""
    return bool(pa.types.is_timestamp(type_) or pa.types.is_date(type_))


def is_measure(type_: pa.DataType) -> bool:
    """Whether a type can be added up."""
    return bool(
        pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_) or type_ == pa.null()
    )


@st.composite
def tables_with_parameters(
    draw: st.DrawFn, *, ordered: bool | None = None, min_rows: int = 0, max_rows: int = 24, max_columns: int = 4
) -> tuple[pa.Table, Parameters]:
    """A table, and parameters that fit it."""
    table = draw(tables(min_rows, max_rows, max_columns))
    return table, draw(parameters_for(table, ordered=ordered))


def batches_of(table: Any) -> list[Batch]:
    """Anything table-like as batches."""
    return list(open_table(table).read())


def edge_table(rows: int = 0) -> pa.Table:
    """One column of every kind with its edge cells and nulls, repeated to the longest (or to `rows`)."""
    length = rows or 1 + max(len(kind.edges) for kind in KINDS)
    arrays = [kind.build([[None, *kind.edges][i % (1 + len(kind.edges))] for i in range(length)]) for kind in KINDS]
    return pa.table(arrays, names=[kind.name for kind in KINDS])


# ---------------------------------------------------------------- layouts: the same table, otherwise stored


def each_array(table: pa.Table, change: Callable[[pa.Array], pa.Array]) -> pa.Table:
    """The table with every column as one array that `change` has laid out anew."""
    arrays = [change(whole(table.column(i))) for i in range(table.num_columns)]
    return pa.table(arrays, names=table.column_names)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.nulls(0, column.type)])


def cut(table: pa.Table, at: Sequence[int]) -> list[pa.Table]:
    """The table in pieces, cut before the rows given; a piece may be empty."""
    places = [0, *sorted(min(max(0, place), table.num_rows) for place in at), table.num_rows]
    return [table.slice(start, stop - start) for start, stop in itertools.pairwise(places)]


def rechunked(table: pa.Table, at: Sequence[int]) -> pa.Table:
    """The same rows in other chunks."""
    return pa.concat_tables(cut(table, at))


def in_batches(table: pa.Table, size: int) -> pa.RecordBatchReader:
    """A stream of batches of `size` rows."""
    return pa.RecordBatchReader.from_batches(table.schema, iter(table.to_batches(max_chunksize=size)))


def behind(
    array: pa.Array, offset: int, encode: Callable[[pa.Array], pa.Array] = lambda array: array, after: int = 3
) -> pa.Array:
    """A slice of a longer, encoded array: other rows stand before and behind it."""
    n = len(array)
    rows = np.arange(offset + after) % max(n, 1)
    junk = array.take(pa.array(rows)) if n else pa.nulls(offset + after, array.type)
    return encode(pa.concat_arrays([junk.slice(0, offset), array, junk.slice(offset)])).slice(offset, n)


def sliced(table: pa.Table, offset: int) -> pa.Table:
    """Every column a slice with an odd offset."""
    return each_array(table, lambda array: behind(array, offset))


def encoded_as_dictionary(array: pa.Array) -> pa.Array:
    """Dictionary-encoded: not in order, with a null among its values and one that is not used; else as it was."""
    try:
        encoded = array.dictionary_encode()
        words = encoded.dictionary
        words = pa.concat_arrays([words.take(pa.array(np.arange(len(words))[::-1])), pa.nulls(1, words.type)])
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return array
    places = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    indices = np.where(places < 0, len(words) - 1, len(words) - 2 - places).astype("i4")
    return pa.DictionaryArray.from_arrays(pa.array(indices), words)


def text_laid_out_as(layout: str) -> Callable[[pa.Array], pa.Array]:
    """Texts and binaries as `plain`, `large` or `view`, and lists as large, views or as they were."""

    def change(array: pa.Array) -> pa.Array:
        t = array.type
        if pa.types.is_string(t):
            return array.cast({"plain": pa.string(), "large": pa.large_string(), "view": pa.string_view()}[layout])
        if pa.types.is_binary(t):
            return array.cast({"plain": pa.binary(), "large": pa.large_binary(), "view": pa.binary_view()}[layout])
        if pa.types.is_list(t) and layout != "plain":
            return array.cast(pa.large_list(t.value_field)) if layout == "large" else as_list_view(array)
        return array

    return change


def as_list_view(array: pa.Array) -> pa.Array:
    """A list column as a list view whose items stand in another order than its rows."""
    lengths = np.asarray(array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), np.int64)
    order = np.arange(len(lengths))[::-1]
    values = array.take(pa.array(order)).flatten()
    starts = np.zeros(len(lengths), np.int64)
    starts[order] = np.concatenate(([0], np.cumsum(lengths[order])))[:-1]
    mask = array.is_null() if array.null_count else None
    return pa.ListViewArray.from_arrays(pa.array(starts, pa.int32()), pa.array(lengths, pa.int32()), values, mask=mask)


def encoded_as_runs(array: pa.Array) -> pa.Array:
    """Run-end encoded where arrow can, else as it was."""
    try:
        return pc.run_end_encode(array)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return array


def with_garbage_under_nulls(array: pa.Array) -> pa.Array:
    """The same cells, but under each null stands the value of some other row (there is one unless all are null)."""
    present = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    if not len(present) or not array.null_count:
        return array
    rows = np.arange(len(array))
    missing = np.setdiff1d(rows, present)
    rows[missing] = present[missing % len(present)]
    return _masked(array.take(pa.array(rows)), array)


def with_a_bitmap(array: pa.Array) -> pa.Array:
    """Without nulls, but with a validity bitmap all the same."""
    if array.null_count:
        return array
    array = array.take(pa.array(np.arange(len(array))))
    return _masked(array, array)


def _masked(filled: pa.Array, like: pa.Array) -> pa.Array:
    t, present = filled.type, like.is_valid()
    mask = pc.invert(present)
    if pa.types.is_struct(t):
        children = [filled.field(i) for i in range(t.num_fields)]
        return pa.StructArray.from_arrays(children, fields=[t.field(i) for i in range(t.num_fields)], mask=mask)
    if pa.types.is_list(t):
        return pa.ListArray.from_arrays(filled.offsets, filled.values, type=t, mask=mask)
    if t.num_fields or pa.types.is_null(t) or filled.offset:
        return like
    return pa.Array.from_buffers(t, len(filled), [present.buffers()[1], *filled.buffers()[1:]])


def permuted(table: pa.Table, seed: int) -> pa.Table:
    """The rows in another order."""
    rows = list(range(table.num_rows))
    random.Random(seed).shuffle(rows)
    return table.take(pa.array(rows, pa.int64()))


LAYOUTS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "dictionary": lambda table: each_array(table, encoded_as_dictionary),
    "large text and lists": lambda table: each_array(table, text_laid_out_as("large")),
    "views": lambda table: each_array(table, text_laid_out_as("view")),
    "dictionary of large text": lambda table: each_array(
        table, lambda a: encoded_as_dictionary(text_laid_out_as("large")(a))
    ),
    "run-end encoded": lambda table: each_array(table, encoded_as_runs),
    "garbage under nulls": lambda table: each_array(table, with_garbage_under_nulls),
    "validity all set": lambda table: each_array(table, with_a_bitmap),
    **{f"slice at {offset}": (lambda table, offset=offset: sliced(table, offset)) for offset in OFFSETS},
    "slice of views": lambda table: each_array(table, lambda a: behind(a, 7, text_laid_out_as("view"))),
    "slice of runs": lambda table: each_array(table, lambda a: behind(a, 9, encoded_as_runs)),
    "slice of a dictionary": lambda table: each_array(table, lambda a: behind(a, 9, encoded_as_dictionary)),
}
"""Ways to store the same rows, by name; each gives a table of the same cells."""
