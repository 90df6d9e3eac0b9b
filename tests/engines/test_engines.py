"""One table through every engine and file on this machine: the same fingerprint, or one difference of a type."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet
import pytest

import parityline
from parityline.tables.databases import query_table

ROWS = 2000
KEY = "id"


def orders() -> pa.Table:
    """Numbers, texts, times, and nulls in two of five columns."""
    random = np.random.default_rng(11)
    begin = datetime(2024, 3, 30, 12)
    return pa.table(
        {
            "id": np.arange(ROWS),
            "amount": [None if i % 17 == 0 else float(x) for i, x in enumerate(random.normal(20, 9, ROWS).round(2))],
            "pieces": random.integers(0, 40, ROWS),
            "town": [None if i % 9 == 0 else f"Straße {i % 1300}" for i in range(ROWS)],
            "placed": pa.array([begin + timedelta(minutes=13 * i) for i in range(ROWS)], pa.timestamp("us")),
        }
    )


ORDERS = orders()


def _csv(folder: Path) -> Any:
    pa.csv.write_csv(ORDERS, folder / "orders.csv")
    return folder / "orders.csv"


def _json(folder: Path) -> Any:
    pl.from_arrow(ORDERS).write_ndjson(folder / "orders.jsonl")  # type: ignore[union-attr]
    return folder / "orders.jsonl"


def _parquet(folder: Path) -> Any:
    pa.parquet.write_table(ORDERS, folder / "orders.parquet", row_group_size=300)
    return folder / "orders.parquet"


def _parts(folder: Path) -> Any:
    for i in range(0, ROWS, 700):
        pa.parquet.write_table(ORDERS.slice(i, 700), folder / f"{i:05}.parquet")
    return folder / "*.parquet"


def _ipc(folder: Path) -> Any:
    pa.feather.write_feather(ORDERS, folder / "orders.feather")
    return folder / "orders.feather"


def _sqlite(folder: Path) -> Any:
    with sqlite3.connect(folder / "orders.sqlite") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, amount REAL, pieces INTEGER, town TEXT, placed TEXT)")
        rows = [(*row[:4], row[4].isoformat(" ")) for row in zip(*(c.to_pylist() for c in ORDERS.columns), strict=True)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    return query_table("SELECT * FROM orders", str(folder / "orders.sqlite"))


def _duckdb_file(folder: Path) -> Any:
    with duckdb.connect(str(folder / "orders.duckdb")) as connection:
        given = ORDERS  # noqa: F841 - read by its name below
        connection.execute("CREATE TABLE orders AS SELECT * FROM given")
    return query_table("SELECT * FROM orders", str(folder / "orders.duckdb"))


def _pandas(_: Path) -> Any:
    return ORDERS.to_pandas(types_mapper={pa.float64(): pd.Float64Dtype()}.get)


ENGINES: dict[str, Callable[[Path], Any]] = {
    "pandas": _pandas,
    "pandas of Arrow types": lambda _: ORDERS.to_pandas(types_mapper=pd.ArrowDtype),
    "Polars": lambda _: pl.from_arrow(ORDERS),
    "Polars, lazy": lambda _: pl.from_arrow(ORDERS).lazy(),  # type: ignore[union-attr]
    "DuckDB": lambda _: duckdb.from_arrow(ORDERS),
    "DuckDB file": _duckdb_file,
    "Arrow batches": lambda _: pa.RecordBatchReader.from_batches(ORDERS.schema, ORDERS.to_batches(max_chunksize=77)),
    "lists": lambda _: ORDERS.to_pydict(),
    "Parquet": _parquet,
    "Parquet, parts": _parts,
    "Arrow IPC": _ipc,
    "CSV": _csv,
    "JSON lines": _json,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_one_table_has_one_fingerprint(engine, tmp_path):
    expected = parityline.fingerprint(ORDERS, key=KEY)
    found = parityline.fingerprint(ENGINES[engine](tmp_path), key=KEY)
    assert found.rows == ROWS
    assert {name: c.digests for name, c in found.columns.items()} == {
        name: c.digests for name, c in expected.columns.items()
    }
    assert found.to_bytes() == expected.to_bytes()


def test_an_engine_without_times_differs_by_one_type(tmp_path):
    table = _sqlite(tmp_path)
    found = parityline.diff(ORDERS, table, key=KEY)
    assert [(f.code, f.column) for f in found.findings if f.severity == "error"] == [("type-differs", "placed")]
    expected, other = (parityline.fingerprint(t, key=KEY) for t in (ORDERS, table))
    for name in ("id", "amount", "pieces", "town"):
        assert other.columns[name].digests == expected.columns[name].digests
