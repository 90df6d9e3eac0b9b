"""Anything table-like gives the cells that it holds, and what cannot be read says why and what to do."""

from __future__ import annotations

import decimal
import gzip
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parityline.errors import TableError
from parityline.kernel import Parameters
from parityline.kernel.reference import build
from parityline.tables import Table, open_table
from parityline.tables.columns import Batch, Column, unique_names
from strategies import KINDS, batches_of, edge_table


def bytes_of(table: Any) -> bytes:
    return build(open_table(table).read(), Parameters()).to_bytes()


def cells(column: Column) -> list[Any]:
    """The cells of a column in plain Python: None, numbers (decimals exact), texts, booleans, nanoseconds, lists."""
    present = column.present().tolist()
    result: list[Any] = []
    for row, here in enumerate(present):
        result.append(_cell(column, row) if here else None)
    return result


def _cell(column: Column, row: int) -> Any:
    if column.kind in ("text", "binary"):
        raw = column.values[column.offsets[row] : column.offsets[row + 1]].tobytes()  # type: ignore[index]
        return raw.decode("utf-8", "surrogatepass") if column.kind == "text" else raw
    if column.kind in ("list", "map"):
        start, stop = column.offsets[row], column.offsets[row + 1]  # type: ignore[index]
        return cells(column.children[0])[start:stop]
    if column.kind == "struct":
        return {n: cells(c)[row] for n, c in zip(column.names, column.children, strict=True)}
    assert column.values is not None
    if column.kind == "decimal":
        words = column.values[row].astype("<u8").tobytes()
        return Decimal(int.from_bytes(words, "little", signed=True)).scaleb(-column.scale)
    if column.kind == "float" and column.children and column.children[0].present()[row]:
        return _cell(column.children[0], row)
    value = column.values[row].item()
    return value * column.unit if column.kind in ("time", "timestamp", "duration") else value


def read(table: Any) -> dict[str, tuple[str, list[Any]]]:
    """Columns by name: logical type, and the cells over all batches."""
    batches = batches_of(table)
    return {
        name: (batches[0].columns[i].logical, [c for b in batches for c in cells(b.columns[i])])
        for i, name in enumerate(batches[0].names)
    }


def one(values: Any) -> tuple[str, list[Any]]:
    """The only column of a table with this column."""
    return read(pd.DataFrame({"x": values}))["x"]


def same(found: list[Any], expected: list[Any]) -> bool:
    """Equal cell by cell; NaN equals NaN and nothing else, None likewise."""
    return len(found) == len(expected) and all(
        (a is None) == (b is None) and (a == b or (a != a and b != b)) for a, b in zip(found, expected, strict=True)
    )


NS = 10**9
NOON = 1_706_702_400 * NS  # 2024-01-31 12:00 UTC
ACCEPTED: dict[str, Callable[[], Any]] = {
    "numpy int32": lambda: pd.Series([1, -2], dtype="int32"),
    "numpy uint64": lambda: pd.Series([2**64 - 1, 0], dtype="uint64"),
    "numpy float": lambda: pd.Series([1.5, np.nan, -0.0]),
    "numpy float16": lambda: pd.Series([1.5, np.inf], dtype="float16"),
    "numpy bool": lambda: pd.Series([True, False]),
    "numpy datetime64": lambda: pd.Series([pd.Timestamp("2024-01-31 12:00"), pd.NaT]),
    "numpy timedelta64": lambda: pd.Series([pd.Timedelta(hours=1), pd.NaT]),
    "nullable Int64": lambda: pd.Series([2**53 + 1, None], dtype="Int64"),
    "nullable UInt8": lambda: pd.Series([255, None], dtype="UInt8"),
    "nullable Float64 without NaN": lambda: pd.Series([0.5, None], dtype="Float64"),
    "nullable boolean": lambda: pd.Series([True, None, False], dtype="boolean"),
    "nullable string": lambda: pd.Series(["a", None, ""], dtype="string"),
    "str": lambda: pd.Series(["a", None, ""], dtype="str"),
    "str, all missing": lambda: pd.Series([None, None], dtype="str"),
    "string, all missing": lambda: pd.Series([None, None], dtype="string"),
    "categorical text": lambda: pd.Series(["b", None, "a", "b"], dtype="category"),
    "categorical numbers": lambda: pd.Series([3, 1, None, 3]).astype("Int64").astype("category"),
    "categorical without categories": lambda: pd.Series([None, None], dtype=pd.CategoricalDtype([])),
    "zoned": lambda: pd.Series(pd.to_datetime(["2024-01-31 13:00", None])).dt.tz_localize("Europe/Oslo"),
    "objects: text": lambda: pd.Series(["a", None, np.nan, pd.NA], dtype=object),
    "objects: text of one to four bytes a character": lambda: pd.Series(["aß", None, "", "€𝄞b", "é"], dtype=object),
    "objects: lone surrogate": lambda: pd.Series(["\ud800"], dtype=object),
    "objects: whole numbers beyond int64": lambda: pd.Series([2**70, -1, None], dtype=object),
    "objects: numbers of every type": lambda: pd.Series([1, 2.5, Decimal("0.1"), None], dtype=object),
    "objects: NaN among whole numbers beyond 2**53": lambda: pd.Series([2**53 + 1, math.nan, None, 0.5], dtype=object),
    "objects: integers of NumPy beside decimals": lambda: pd.Series([np.int8(4), Decimal("0.1")], dtype=object),
    "objects: NaN among numbers": lambda: pd.Series([1, math.nan, None], dtype=object),
    "objects: booleans": lambda: pd.Series([True, None, np.nan], dtype=object),
    "objects: dates": lambda: pd.Series([date(9999, 12, 31), None], dtype=object),
    "objects: times": lambda: pd.Series([time(12, 0, 0, 1), None], dtype=object),
    "objects: datetimes": lambda: pd.Series([datetime(2024, 1, 31, 12), None], dtype=object),
    "objects: zoned datetimes": lambda: pd.Series([datetime(2024, 1, 31, 12, tzinfo=UTC)], dtype=object),
    "objects: timestamps to the nanosecond": lambda: pd.Series([pd.Timestamp(NOON + 7)], dtype=object),
    "objects: timestamps of year 9999": lambda: pd.Series([pd.Timestamp("9999-12-31"), None], dtype=object),
    "objects: durations": lambda: pd.Series([timedelta(microseconds=-1), None], dtype=object),
    "objects: durations of NumPy": lambda: pd.Series([np.timedelta64(5, "us"), timedelta(1), None], dtype=object),
    "objects: durations beyond 292 years": lambda: pd.Series([timedelta(days=200_000)], dtype=object),
    "objects: bytes": lambda: pd.Series([b"\xff", None], dtype=object),
    "objects: lists": lambda: pd.Series([[1, None], [], None], dtype=object),
    "objects: arrays": lambda: pd.Series([np.array([1.5, np.nan]), None], dtype=object),
    "objects: dictionaries": lambda: pd.Series([{"a": 1}, {"b": "x"}, None], dtype=object),
    "objects: nothing": lambda: pd.Series([None, pd.NA, pd.NaT], dtype=object),
    "ArrowDtype int": lambda: pd.Series([1, None], dtype="int64[pyarrow]"),
    "ArrowDtype float with NaN": lambda: pd.Series(
        pd.arrays.ArrowExtensionArray(pa.array([0.5, math.nan, None], from_pandas=False))
    ),
    "ArrowDtype text": lambda: pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
    "ArrowDtype decimal": lambda: pd.Series([Decimal("1.10"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    "ArrowDtype zoned": lambda: pd.Series(
        [pd.Timestamp("2024-01-31 12:00", tz="UTC")], dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))
    ),
    "sparse": lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.0, np.nan])),
}

FOUND: dict[str, tuple[str, list[Any]]] = {
    "numpy int32": ("number", [1, -2]),
    "numpy uint64": ("number", [2**64 - 1, 0]),
    "numpy float": ("number", [1.5, math.nan, 0.0]),
    "numpy float16": ("number", [1.5, math.inf]),
    "numpy bool": ("boolean", [True, False]),
    "numpy datetime64": ("timestamp", [NOON, None]),
    "numpy timedelta64": ("duration", [3600 * NS, None]),
    "nullable Int64": ("number", [2**53 + 1, None]),
    "nullable UInt8": ("number", [255, None]),
    "nullable Float64 without NaN": ("number", [0.5, None]),
    "nullable boolean": ("boolean", [True, None, False]),
    "nullable string": ("text", ["a", None, ""]),
    "str": ("text", ["a", None, ""]),
    "str, all missing": ("null", [None, None]),
    "string, all missing": ("null", [None, None]),
    "categorical text": ("text", ["b", None, "a", "b"]),
    "categorical numbers": ("number", [3, 1, None, 3]),
    "categorical without categories": ("null", [None, None]),
    "zoned": ("timestamp-zoned", [NOON, None]),
    "objects: text": ("text", ["a", None, None, None]),
    "objects: text of one to four bytes a character": ("text", ["aß", None, "", "€𝄞b", "é"]),
    "objects: lone surrogate": ("text", ["\ud800"]),
    "objects: whole numbers beyond int64": ("number", [2**70, -1, None]),
    "objects: numbers of every type": ("number", [1, Decimal("2.5"), Decimal("0.1"), None]),
    "objects: NaN among whole numbers beyond 2**53": ("number", [2**53 + 1, math.nan, None, 0.5]),
    "objects: integers of NumPy beside decimals": ("number", [4, Decimal("0.1")]),
    "objects: NaN among numbers": ("number", [1, math.nan, None]),
    "objects: booleans": ("boolean", [True, None, None]),
    "objects: dates": ("date", [2_932_896, None]),
    "objects: times": ("time", [43_200 * NS + 1000, None]),
    "objects: datetimes": ("timestamp", [NOON, None]),
    "objects: zoned datetimes": ("timestamp-zoned", [NOON]),
    "objects: timestamps to the nanosecond": ("timestamp", [NOON + 7]),
    "objects: timestamps of year 9999": ("timestamp", [253_402_214_400 * NS, None]),
    "objects: durations": ("duration", [-1000, None]),
    "objects: durations of NumPy": ("duration", [5000, 86_400 * NS, None]),
    "objects: durations beyond 292 years": ("duration", [200_000 * 86_400 * NS]),
    "objects: bytes": ("binary", [b"\xff", None]),
    "objects: lists": ("list<number>", [[1, None], [], None]),
    "objects: arrays": ("list<number>", None),  # type: ignore[dict-item] # NaN in a list; see below
    "objects: dictionaries": ("struct<a:number,b:text>", [{"a": 1, "b": None}, {"a": None, "b": "x"}, None]),
    "objects: nothing": ("null", [None, None, None]),
    "ArrowDtype int": ("number", [1, None]),
    "ArrowDtype float with NaN": ("number", [0.5, math.nan, None]),
    "ArrowDtype text": ("text", ["a", None]),
    "ArrowDtype decimal": ("number", [Decimal("1.10"), None]),
    "ArrowDtype zoned": ("timestamp-zoned", [NOON]),
    "sparse": ("number", [0.0, 1.0, math.nan]),
}


@pytest.mark.parametrize("situation", ACCEPTED)
def test_a_pandas_column(situation):
    logical, found = one(ACCEPTED[situation]())
    expected_logical, expected = FOUND[situation]
    assert logical == expected_logical
    if situation == "objects: arrays":
        assert same(found[0], [1.5, math.nan])
        assert found[1] is None
    else:
        assert same(found, expected)


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "object", "float64[pyarrow]"])
def test_nan_and_null_stay_apart_in_pandas(dtype):
    values: Any = pd.Series([1.0, math.nan], dtype="float64" if dtype in ("Float64", "object") else dtype)
    if dtype == "Float64":
        array = pd.arrays.FloatingArray(np.array([1.0, math.nan, 0.0]), np.array([False, False, True]))
        values = pd.Series(array)
        assert same(one(values)[1], [1.0, math.nan, None])
    elif dtype == "object":
        assert same(one(pd.Series([1.0, math.nan, None], dtype=object))[1], [1.0, math.nan, None])
    elif dtype == "float64[pyarrow]":
        array = pd.arrays.ArrowExtensionArray(pa.array([1.0, math.nan, None], from_pandas=False))
        assert same(one(pd.Series(array))[1], [1.0, math.nan, None])
    else:
        assert same(one(values)[1], [1.0, math.nan])


def test_a_pandas_frame_keeps_its_names_and_not_its_index():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", "", 7], index=[99])
    assert list(read(frame)) == ["a", "a [2]", "column 3", "7"]
    assert read(pd.Series([1, 2], name="x")) == {"x": ("number", [1, 2])}
    assert read(pd.Series([1, 2])) == {"value": ("number", [1, 2])}


def test_the_layout_of_a_pandas_frame_does_not_matter():
    frame = pd.DataFrame({"a": np.arange(20), "b": [f"t{i % 3}" for i in range(20)], "c": np.arange(20) / 4})
    wide = pd.DataFrame({"z": 0, **{c: frame[c] for c in frame}})[["a", "b", "c"]]
    assert bytes_of(wide) == bytes_of(frame)
    assert bytes_of(frame[::2]) == bytes_of(frame.iloc[range(0, 20, 2)].reset_index(drop=True).copy())
    assert bytes_of(frame.astype({"b": "category", "a": "Int64"})) == bytes_of(frame)


# ---------------------------------------------------------------- other libraries

PLAIN = {"n": [1, None, 3], "f": [0.5, math.nan, None], "t": ["é", "", None], "b": [True, None, False]}
EXPECTED = {
    "n": ("number", PLAIN["n"]),
    "f": ("number", PLAIN["f"]),
    "t": ("text", PLAIN["t"]),
    "b": ("boolean", PLAIN["b"]),
}


def arrow_table() -> pa.Table:
    return pa.table({name: pa.array(values, from_pandas=False) for name, values in PLAIN.items()})


class Stream:
    """A library that nobody knows, with nothing but an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_table().__arrow_c_stream__(requested_schema)


def relation() -> Any:
    connection = duckdb.connect()
    connection.register("plain", arrow_table())
    return connection.sql("select * from plain")


PRODUCERS: dict[str, tuple[Callable[[], Any], str]] = {
    "pyarrow table": (arrow_table, "pyarrow"),
    "pyarrow reader": (lambda: arrow_table().to_reader(), "pyarrow"),
    "pyarrow record batch": (lambda: arrow_table().to_batches()[0], "pyarrow"),
    "any Arrow stream": (Stream, "test_tables"),
    "Polars frame": (lambda: pl.DataFrame(PLAIN), "polars"),
    "Polars lazy frame": (lambda: pl.LazyFrame(PLAIN), "polars"),
    "DuckDB relation": (relation, "duckdb"),
    "mapping of lists": (lambda: PLAIN, "arrays"),
    "mapping of pyarrow arrays": (lambda: {n: pa.array(v, from_pandas=False) for n, v in PLAIN.items()}, "arrays"),
    "mapping of Polars series": (lambda: {n: pl.Series(v) for n, v in PLAIN.items()}, "arrays"),
    "mapping of pandas series": (lambda: {n: pd.Series(v, dtype=object) for n, v in PLAIN.items()}, "arrays"),
    "mapping of pandas arrays": (
        lambda: {n: pd.Series(v, dtype=object).array for n, v in PLAIN.items()},
        "arrays",
    ),
    "mapping of pandas indexes": (
        lambda: {n: pd.Index(v, dtype=object) for n, v in PLAIN.items()},
        "arrays",
    ),
    "mapping of tuples": (lambda: {n: tuple(v) for n, v in PLAIN.items()}, "arrays"),
}


@pytest.mark.parametrize("producer", PRODUCERS)
def test_every_producer_gives_the_same_cells(producer):
    make, engine = PRODUCERS[producer]
    found = read(make())
    assert list(found) == list(EXPECTED)
    for name, (logical, values) in EXPECTED.items():
        assert found[name][0] == logical
        assert same(found[name][1], values)
    assert bytes_of(make()) == bytes_of(arrow_table())
    assert open_table(make()).engine == engine


def test_what_is_known_of_a_table():
    known = {name: open_table(make()) for name, (make, _) in PRODUCERS.items()}
    assert {name for name, table in known.items() if table.once} == {"pyarrow reader"}
    assert {name for name, table in known.items() if table.executed} == {"Polars lazy frame", "DuckDB relation"}
    assert {name for name, table in known.items() if not table.ordered} == {"DuckDB relation"}
    table = known["pyarrow table"]
    assert open_table(table) is table
    assert len([*table.read(), *table.read()]) == 2


NUMPY: dict[str, tuple[Any, tuple[str, list[Any]]]] = {
    "big-endian": (np.array([1, 2], ">i4"), ("number", [1, 2])),
    "every second": (np.arange(6)[::2], ("number", [0, 2, 4])),
    "backwards": (np.arange(3)[::-1], ("number", [2, 1, 0])),
    "long double": (np.array([1.5], np.longdouble), ("number", [1.5])),
    "text": (np.array(["a", "ab"]), ("text", ["a", "ab"])),
    "bytes": (np.array([b"a", b"ab"]), ("binary", [b"a", b"ab"])),
    "objects": (np.array(["a", None], object), ("text", ["a", None])),
    "days": (np.array(["2024-01-31", "NaT"], "M8[D]"), ("date", [19_753, None])),
    "months": (np.array(["2024-02"], "M8[M]"), ("date", [19_754])),
    "seconds": (np.array(["2024-01-31T12"], "M8[s]"), ("timestamp", [NOON])),
    "hours of year 9999": (np.array(["9999-12-31T00"], "M8[h]"), ("timestamp", [253_402_214_400 * NS])),
    "steps of 25 seconds": (np.array([2], "M8[25s]"), ("timestamp", [50 * NS])),
    "durations in days": (np.array([200_000], "m8[D]"), ("duration", [200_000 * 86_400 * NS])),
    "NaT": (np.array(["NaT"], "m8[ns]"), ("duration", [None])),
    "masked": (np.ma.array([1, 2], mask=[False, True]), ("number", [1, None])),
    "complex": (np.array([1j]), ("unsupported:complex128", None)),
    "no rows": (np.zeros(0), ("number", [])),
    "NumPy times in a list": (
        [np.datetime64("NaT"), np.datetime64("9999-12-31T00", "h")],
        ("timestamp", [None, 253_402_214_400 * NS]),
    ),
    "a range": (range(3), ("number", [0, 1, 2])),
}


@pytest.mark.parametrize("situation", NUMPY)
def test_a_mapping_of_arrays(situation):
    values, (logical, expected) = NUMPY[situation]
    batch = batches_of({"x": values})[0]
    assert batch.columns[0].logical == logical
    assert batch.rows == len(values)
    if expected is not None:
        assert same(cells(batch.columns[0]), expected)


def test_two_dimensional_arrays():
    assert read(np.array([[1, 2], [3, 4]])) == {"column 1": ("number", [1, 3]), "column 2": ("number", [2, 4])}
    assert read(np.array([1.0, 2.0])) == {"column 1": ("number", [1.0, 2.0])}
    assert bytes_of(np.asfortranarray(np.arange(6).reshape(3, 2))) == bytes_of(np.arange(6).reshape(3, 2))


POLARS: dict[str, tuple[Any, tuple[str, list[Any]]]] = {
    "categorical": (pl.Series(["a", None, "b"], dtype=pl.Categorical), ("text", ["a", None, "b"])),
    "enum": (pl.Series(["a", None], dtype=pl.Enum(["b", "a"])), ("text", ["a", None])),
    "decimal": (pl.Series([Decimal("1.10"), None], dtype=pl.Decimal(10, 2)), ("number", [Decimal("1.10"), None])),
    "date": (pl.Series([date(2024, 1, 31), None]), ("date", [19_753, None])),
    "time": (pl.Series([time(12), None]), ("time", [43_200 * NS, None])),
    "datetime": (pl.Series([datetime(2024, 1, 31, 12), None]), ("timestamp", [NOON, None])),
    "zoned": (
        pl.Series([datetime(2024, 1, 31, 12)]).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
        ("timestamp-zoned", [NOON]),
    ),
    "duration": (pl.Series([timedelta(hours=1), None]), ("duration", [3600 * NS, None])),
    "binary": (pl.Series([b"\xff", None]), ("binary", [b"\xff", None])),
    "list": (pl.Series([[1, None], [], None]), ("list<number>", [[1, None], [], None])),
    "array": (pl.Series([[1, 2], None], dtype=pl.Array(pl.Int8, 2)), ("list<number>", [[1, 2], None])),
    "struct": (pl.Series([{"a": 1}, {"a": None}]), ("struct<a:number>", [{"a": 1}, {"a": None}])),
    "null": (pl.Series([None, None]), ("null", [None, None])),
    "uint64": (pl.Series([2**64 - 1], dtype=pl.UInt64), ("number", [2**64 - 1])),
}


@pytest.mark.parametrize("situation", POLARS)
def test_a_polars_column(situation):
    series, (logical, expected) = POLARS[situation]
    found = read(pl.DataFrame({"x": series}))["x"]
    assert found[0] == logical
    assert same(found[1], expected)
    chunked = pl.concat([pl.DataFrame({"x": series})] * 2, rechunk=False)
    assert same(read(chunked)["x"][1], [*expected, *expected])


DUCKDB: dict[str, tuple[str, tuple[str, list[Any]]]] = {
    "decimal": ("select 1.10::decimal(5, 2) x", ("number", [Decimal("1.10")])),
    "date": ("select date '2024-01-31' x", ("date", [19_753])),
    "timestamp": ("select timestamp '2024-01-31 12:00' x", ("timestamp", [NOON])),
    "timestamptz": ("select timestamptz '2024-01-31 12:00+00' x", ("timestamp-zoned", [NOON])),
    "enum": ("select 'b'::enum('a', 'b') x", ("text", ["b"])),
    "list": ("select [1, null] x", ("list<number>", [[1, None]])),
    "struct": ("select {'a': 1} x", ("struct<a:number>", [{"a": 1}])),
    "nan and null": ("select unnest(['nan'::double, null]) x", ("number", [math.nan, None])),
    "no rows": ("select 1 x where false", ("number", [])),
}


@pytest.mark.parametrize("situation", DUCKDB)
def test_a_duckdb_column(situation):
    query, (logical, expected) = DUCKDB[situation]
    found = read(duckdb.connect().sql(query))["x"]
    assert found[0] == logical
    assert same(found[1], expected)


# ---------------------------------------------------------------- Arrow


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_arrow_kind_is_read_with_its_cells(kind):
    expected = [None, *kind.edges]
    (batch,) = batches_of(pa.table({"x": kind.build(expected)}))
    column = batch.columns[0]
    assert column.present().tolist() == [cell is not None for cell in expected]
    assert column.kind != "unsupported"
    if kind.name.startswith(("int", "uint")) and kind.name != "interval":
        assert cells(column) == expected
    if kind.name.startswith("decimal"):
        with decimal.localcontext(decimal.Context(prec=100)):
            assert cells(column) == [None if c is None else Decimal(c).scaleb(-kind.type.scale) for c in expected]
    if kind.name in ("text", "binary", "boolean", "list<int64>", "list<list<text>>", "struct"):
        assert cells(column) == expected
    if kind.name == "map":
        assert cells(column) == [None if c is None else [{"key": k, "value": v} for k, v in c] for c in expected]
    if kind.name.startswith(("timestamp", "duration", "time")):
        assert cells(column) == [None if c is None else c * column.unit for c in expected]
        assert column.zoned == ("," in kind.name)
    if kind.name in ("date32", "date64"):
        assert cells(column) == expected
    if kind.name.startswith(("float", "half")):
        bits = np.array([0 if c is None else c for c in expected], f"u{kind.type.bit_width // 8}")
        with np.errstate(invalid="ignore"):
            assert same(cells(column)[1:], bits.view(f"f{kind.type.bit_width // 8}").astype("f8").tolist()[1:])


def test_extension_types_are_their_storage():
    raw = b"0123456789abcdef"
    array = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([raw, None], pa.binary(16)))
    assert read(pa.table({"x": array})) == {"x": ("binary", [raw, None])}


def test_a_type_that_cannot_be_summarised_is_named():
    union = pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, 2])])
    ((logical, _),) = [(b.columns[0].logical, b.rows) for b in batches_of(pa.table({"x": union}))]
    assert logical.startswith("unsupported:sparse_union")
    assert read(pa.table({"x": union, "y": [1, 2]}).select(["y"])) == {"y": ("number", [1, 2])}


@pytest.mark.parametrize("array", [pa.nulls(0, k.type) for k in KINDS], ids=[k.name for k in KINDS])
def test_a_table_without_rows_still_has_its_types(array):
    (batch,) = batches_of(pa.table({"x": array}))
    assert (batch.rows, batch.columns[0].length) == (0, 0)
    empty = pa.RecordBatchReader.from_batches(pa.schema([("x", array.type)]), [])
    assert batches_of(empty)[0].columns[0].logical == batch.columns[0].logical


@pytest.mark.parametrize(
    "type_", [pa.dictionary(pa.int32(), pa.null()), pa.struct([("a", pa.dictionary(pa.int8(), pa.string()))])], ids=str
)
def test_a_stream_without_batches_of_a_type_that_pyarrow_cannot_build(type_):
    empty = pa.RecordBatchReader.from_batches(pa.schema([("x", type_)]), [])
    assert batches_of(empty)[0].rows == 0


def test_list_views_keep_what_stands_behind_a_null():
    for type_ in (pa.list_view(pa.int64()), pa.large_list_view(pa.int64())):
        array = pa.array([[1, 2], None, [3, None]], type_)
        assert read(pa.table({"x": array}))["x"][1] == [[1, 2], None, [3, None]]
        assert read(pa.table({"x": array}).slice(1))["x"][1] == [None, [3, None]]


# ---------------------------------------------------------------- files

FILE = pa.table({"id": [1, 2, 3], "x": [0.5, None, -1.25], "t": ["a", "é", None]})


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=2)


def write_csv(table: pa.Table, path: Path) -> None:
    delimiter = "\t" if path.suffix == ".tsv" else ","
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(delimiter=delimiter))


def write_gzipped_csv(table: pa.Table, path: Path) -> None:
    plain = path.with_name("plain.txt")
    write_csv(table, plain)
    path.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()


def write_json(table: pa.Table, path: Path) -> None:
    path.write_text(pd.DataFrame(table.to_pylist()).astype(object).to_json(orient="records", lines=True))


def write_ipc_file(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, table.schema) as out:
        out.write_table(table, max_chunksize=2)


def write_ipc_stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as out:
        out.write_table(table, max_chunksize=2)


WRITERS: dict[str, tuple[str, Callable[[pa.Table, Path], None]]] = {
    "parquet": ("f.parquet", write_parquet),
    "parquet in capitals": ("F.PARQUET", write_parquet),
    "pq": ("f.pq", write_parquet),
    "csv": ("f.csv", write_csv),
    "csv.gz": ("f.csv.gz", write_gzipped_csv),
    "tsv": ("f.tsv", write_csv),
    "jsonl": ("f.jsonl", write_json),
    "ndjson": ("f.ndjson", write_json),
    "ipc file": ("f.arrow", write_ipc_file),
    "ipc stream": ("f.ipc", write_ipc_stream),
    "feather": ("f.feather", lambda table, path: pa.feather.write_feather(table, path)),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_holds_the_cells_that_were_written(ending, tmp_path):
    name, write = WRITERS[ending]
    write(FILE, tmp_path / name)
    for path in (tmp_path / name, str(tmp_path / name)):
        assert bytes_of(path) == bytes_of(FILE)
    assert open_table(tmp_path / name).engine == "files"


def test_an_unquoted_empty_field_is_null_and_words_are_themselves(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text('t,n\n"",1\n,2\nNA,\nnull,4\n')
    assert read(path) == {"t": ("text", ["", None, "NA", "null"]), "n": ("number", [1, 2, None, 4])}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "ipc file"])
def test_a_glob_and_a_folder_are_read_in_the_order_of_their_names(ending, tmp_path):
    name, write = WRITERS[ending]
    suffix = "".join(Path(name).suffixes)
    for part, (start, length) in {"b": (2, 1), "a": (0, 1), "c": (1, 1)}.items():
        write(FILE.select(["id"]).slice(start, length), tmp_path / f"{part}{suffix}")
    (tmp_path / "notes.txt").write_text("not a table")
    for source in (f"{tmp_path}/*{suffix}", tmp_path):
        assert read(source) == {"id": ("number", [1, 3, 2])}


def test_a_folder_of_parts_within_folders(tmp_path):
    for month in ("2024-02", "2024-01"):
        (tmp_path / month).mkdir()
        write_parquet(pa.table({"m": [month]}), tmp_path / month / "part.parquet")
    assert read(tmp_path) == {"m": ("text", ["2024-01", "2024-02"])}
    assert read(f"{tmp_path}/**/*.parquet") == {"m": ("text", ["2024-01", "2024-02"])}


def test_the_digest_of_files_moves_with_their_bytes_and_tells_no_folder(tmp_path):
    write_parquet(FILE, tmp_path / "f.parquet")
    before = open_table(tmp_path / "f.parquet", digest_files=True).files
    assert before["names"] == ["f.parquet"]
    assert before["size_bytes"] == (tmp_path / "f.parquet").stat().st_size
    write_parquet(FILE.slice(1), tmp_path / "f.parquet")
    assert open_table(tmp_path / "f.parquet", digest_files=True).files["digest"] != before["digest"]
    assert open_table(tmp_path / "f.parquet").files == {}
    assert str(tmp_path) not in repr(before)


def test_a_pandas_frame_equals_its_parquet_file(tmp_path):
    frame = pd.DataFrame(
        {
            "i": [1, 2, 3],
            "n": pd.array([1, None, 2**53 + 1], dtype="Int64"),
            "t": ["a", None, "é"],
            "c": pd.Categorical(["x", "y", None]),
            "d": pd.to_datetime(["2024-01-31", None, "2024-02-01"]),
            "z": pd.to_datetime(["2024-01-31", None, "2024-02-01"]).tz_localize("Europe/Oslo"),
            "b": [True, False, True],
        }
    )
    frame.to_parquet(tmp_path / "f.parquet", index=False)
    assert bytes_of(tmp_path / "f.parquet") == bytes_of(frame)


def test_pandas_writes_nan_as_null_to_parquet_and_that_is_seen(tmp_path):
    frame = pd.DataFrame({"x": [1.0, math.nan]})
    frame.to_parquet(tmp_path / "f.parquet", index=False)
    assert same(read(frame)["x"][1], [1.0, math.nan])
    assert same(read(tmp_path / "f.parquet")["x"][1], [1.0, None])
    assert bytes_of(frame) != bytes_of(tmp_path / "f.parquet")


def test_every_kind_survives_arrow_files(tmp_path):
    table = edge_table(60)
    write_ipc_file(table, tmp_path / "f.arrow")
    assert bytes_of(tmp_path / "f.arrow") == bytes_of(table)


# ---------------------------------------------------------------- what cannot be read


class Breaks:
    """A stream that ends in an error after its first batch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        def batches() -> Iterator[pa.RecordBatch]:
            yield pa.record_batch({"x": [1, 2]})
            raise self.error

        return pa.RecordBatchReader.from_batches(pa.schema([("x", pa.int64())]), batches()).__arrow_c_stream__()


UNREADABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "decimals beyond 256 bits": (lambda: {"x": [Decimal(10) ** 80]}, "at most 256 bits"),
    "columns of different lengths": (lambda: {"a": [1], "b": [1, 2]}, "one length, found a 1, b 2"),
    "a matrix in a mapping": (lambda: {"x": np.zeros((2, 2))}, "x: expected an array of one dimension, found 2"),
    "a number in a mapping": (lambda: {"x": 5}, "x: expected an array or a sequence, found int"),
    "a text in a mapping": (lambda: {"x": "abc"}, "x: expected an array or a sequence, found str"),
    "a stream that breaks off": (lambda: Breaks(ValueError("disk on fire")), "broke off.*disk on fire"),
    "a stream with an error of its own": (lambda: Breaks(KeyError("lost")), "broke off.*lost"),
    "a number": (lambda: 5, r"expected a table, found builtins\.int; give a pandas"),
    "a list": (lambda: [1, 2], r"found builtins\.list"),
    "nothing": (lambda: None, r"found builtins\.NoneType"),
    "a cube": (lambda: np.zeros((2, 2, 2)), r"found numpy\.ndarray"),
    "an integer of Polars that Arrow has not": (
        lambda: pl.DataFrame({"x": pl.Series([2**100], dtype=pl.Int128)}),
        "types",
    ),
}


@pytest.mark.parametrize("situation", UNREADABLE)
def test_what_cannot_be_read_is_a_table_error_that_says_why(situation):
    make, message = UNREADABLE[situation]
    with pytest.raises(TableError, match=message):
        batches_of(make())


MIXED: dict[str, tuple[list[Any], str]] = {
    "texts among numbers": ([1, "a", None], "number and text"),
    "booleans among numbers": ([1, True], "boolean and number"),
    "naive and zoned": ([datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)], "timestamp and zoned"),
    "dates among times": ([date(2024, 1, 1), None, datetime(2024, 1, 1)], "date and timestamp"),
}


@pytest.mark.parametrize("situation", MIXED)
def test_a_column_of_mixed_kinds_is_named_as_not_summarised_and_its_nulls_are_counted(situation):
    values, mixed = MIXED[situation]
    for table in (pd.DataFrame({"x": pd.Series(values, dtype=object), "y": 1}), {"x": values, "y": [1] * len(values)}):
        (batch,) = batches_of(table)
        assert [column.logical for column in batch.columns] == [f"unsupported:mixed {mixed}", "number"]
        assert batch.columns[0].present().tolist() == [value is not None for value in values]


def test_a_table_that_breaks_off_is_never_a_shorter_table():
    batches = open_table(Breaks(ValueError("x"))).read()
    assert next(batches).rows == 2
    with pytest.raises(TableError, match="broke off"):
        next(batches)
    with pytest.raises(TableError, match="broke off"):
        build(open_table(Breaks(ValueError("x"))).read(), Parameters())


BROKEN_FILES: dict[str, tuple[str, bytes, str]] = {
    "an unknown ending": ("f.xlsx", b"PK", r"found the ending '\.xlsx'; known endings are \.parquet"),
    "no ending": ("table", b"", r"found the ending '\(none\)'"),
    "not Parquet": ("f.parquet", b"hello", "could not be read as parquet"),
    "Parquet cut off": ("f.parquet", b"PAR1" + bytes(50), "could not be read as parquet"),
    "an empty Parquet file": ("f.parquet", b"", "could not be read as parquet"),
    "an empty CSV file": ("f.csv", b"", "could not be read as csv"),
    "ragged CSV": ("f.csv", b"a,b\n1,2\n3\n", r"f\.csv: .*Expected 2 columns"),
    "not gzip": ("f.csv.gz", b"a,b\n1,2\n", r"f\.csv\.gz: "),
    "not JSON": ("f.jsonl", b"{oops", "could not be read as json"),
    "not IPC": ("f.arrow", b"hello, this is not Arrow", "could not be read as ipc"),
}


@pytest.mark.parametrize("situation", BROKEN_FILES)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(situation, tmp_path):
    name, data, message = BROKEN_FILES[situation]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TableError, match=message) as caught:
        batches_of(tmp_path / name)
    assert name in str(caught.value)


def test_a_csv_whose_type_changes_late_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("x\n" + "1\n" * 700_000 + "oops\n")
    with pytest.raises(TableError, match=r"late\.csv: .*oops"):
        batches_of(path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("absent.parquet", r"absent\.parquet: expected a file, found none; look at the path", id="a file"),
        pytest.param("*.parquet", "expected a file that matches this pattern, found none", id="a glob"),
        pytest.param("", "expected files to read in this folder, found none", id="a folder"),
    ],
)
def test_a_source_that_is_not_there_is_said_at_once(source, message, tmp_path):
    with pytest.raises(TableError, match=message):
        open_table(f"{tmp_path}/{source}")


def test_files_of_different_columns_are_not_one_table(tmp_path):
    write_parquet(pa.table({"a": [1]}), tmp_path / "a.parquet")
    write_parquet(pa.table({"b": [1]}), tmp_path / "b.parquet")
    with pytest.raises(TableError, match=r"b\.parquet: expected the columns of a\.parquet, found b"):
        batches_of(tmp_path)


def test_a_file_with_corrupt_pages_breaks_off_by_name(tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"x": np.arange(50_000)}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 2000] = bytes(2000)
    path.write_bytes(bytes(data))
    with pytest.raises(TableError, match=r"f\.parquet: "):
        batches_of(path)


# ---------------------------------------------------------------- names

names = st.lists(st.sampled_from(["", "a", "b", "a [2]", "a [3]", "column 1", "column 2", "column 1 [2]"]), max_size=7)


@given(given_names=names)
def test_names_are_unique_and_not_empty(given_names):
    found = unique_names(given_names)
    assert len(found) == len(set(found)) == len(given_names)
    assert all(found)
    if len(set(given_names)) == len(given_names) and "" not in given_names:
        assert found == tuple(given_names)


@given(given_names=names)
def test_a_name_that_is_there_already_is_kept_by_its_first_column(given_names):
    found = unique_names(given_names)
    firsts = {name: given_names.index(name) for name in given_names if name}
    assert all(found[place] == name for name, place in firsts.items())
    assert unique_names(["", "column 1"]) == ("column 1 [2]", "column 1")


def test_a_batch_is_cut_without_losing_a_row():
    (batch,) = batches_of(edge_table(40))
    pieces = list(batch.slices(7))
    assert [piece.rows for piece in pieces] == [7, 7, 7, 7, 7, 5]
    for place, column in enumerate(batch.columns):
        assert repr([c for piece in pieces for c in cells_or_kind(piece.columns[place])]) == repr(cells_or_kind(column))
    (empty,) = Batch((), (), 0).slices(7)
    assert empty.rows == 0


def cells_or_kind(column: Column) -> list[Any]:
    return column.present().tolist() if column.kind in ("null", "interval") else cells(column)


def test_a_table_is_a_table():
    assert isinstance(open_table({"x": [1]}), Table)
