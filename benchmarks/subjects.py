"""What is measured: each function imports and prepares what it needs, and returns the call that is measured.

Run by `measuring.measure` as `python subjects.py NAME ARGUMENTS`, by the Python of the environment that has the
libraries.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import measuring
from measuring import Call

BATCH_ROWS = 1 << 16


def pyarrow_batches(path: str, *, threads: bool) -> Call:
    """pyarrow, a batch at a time."""
    import pyarrow.parquet as pq

    def call() -> dict[str, Any]:
        file = pq.ParquetFile(path, pre_buffer=False)
        return {"rows": sum(b.num_rows for b in file.iter_batches(batch_size=BATCH_ROWS, use_threads=threads))}

    return call


def pyarrow_table(path: str, *, threads: bool) -> Call:
    """pyarrow, the whole table."""
    import pyarrow.parquet as pq

    return lambda: {"rows": pq.read_table(path, use_threads=threads).num_rows}


def polars_read(path: str) -> Call:
    """Polars, the whole table."""
    import polars

    return lambda: {"rows": polars.read_parquet(path).height}


def polars_scan(path: str) -> Call:
    """Polars, the whole table by its streaming engine."""
    import polars

    return lambda: {"rows": polars.scan_parquet(path).collect(engine="streaming").height}


def duckdb_batches(path: str) -> Call:
    """DuckDB, as Arrow batches."""
    import duckdb
    import pyarrow as pa

    def call() -> dict[str, Any]:
        with duckdb.connect() as connection:
            relation = connection.read_parquet(path)
            batches = pa.RecordBatchReader.from_stream(relation.to_arrow_reader(BATCH_ROWS))
            return {"rows": sum(batch.num_rows for batch in batches)}

    return call


def parityline_files(path: str, *, options: dict[str, Any]) -> Call:
    """The fingerprint of a file or glob."""
    import pyarrow.parquet  # noqa: F401  (parityline imports it when it opens the file)

    import parityline

    return lambda: _of(parityline.fingerprint(path, **options))


def parityline_memory(path: str, *, columns: list[str] | None, floats: bool = False) -> Call:
    """The fingerprint of an Arrow table in memory; floats: decimals are cast to float64 before."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    import parityline

    table = pq.read_table(path, columns=columns)
    if floats:
        fields = [(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]
        table = table.cast(pa.schema(fields))
    return lambda: _of(parityline.fingerprint(table))


def parityline_columns(columns: int, rows: int) -> Call:
    """The fingerprint of an Arrow table of so many columns of float64."""
    import numpy as np
    import pyarrow as pa

    import parityline

    cells = np.random.default_rng(columns).normal(size=(columns, rows))
    table = pa.table({f"c{i:05}": cells[i] for i in range(columns)})
    return lambda: _of(parityline.fingerprint(table))


def duckdb_summarize(path: str) -> Call:
    """DuckDB `SUMMARIZE`."""
    import duckdb

    def call() -> dict[str, Any]:
        with duckdb.connect() as connection:
            return {"columns": len(connection.execute(f"SUMMARIZE FROM read_parquet('{path}')").fetchall())}

    return call


def polars_describe(path: str) -> Call:
    """Polars `describe` of the whole table."""
    import polars

    return lambda: {"columns": polars.read_parquet(path).describe().width - 1}


def polars_describe_scan(path: str) -> Call:
    """Polars `describe` of a lazy frame."""
    import polars

    return lambda: {"columns": polars.scan_parquet(path).describe().width - 1}


def whylogs_profile(path: str) -> Call:
    """A whylogs profile of a pandas frame."""
    import pandas
    import whylogs

    return lambda: {"columns": len(whylogs.log(pandas.read_parquet(path)).view().get_columns())}


def tfdv_statistics(path: str) -> Call:
    """TensorFlow Data Validation: statistics of a pandas frame, one job."""
    import pandas
    import tensorflow_data_validation as tfdv

    def call() -> dict[str, Any]:
        statistics = tfdv.generate_statistics_from_dataframe(pandas.read_parquet(path), n_jobs=1)
        return {"columns": len(statistics.datasets[0].features)}

    return call


def _of(fingerprint: Any) -> dict[str, Any]:
    return {"rows": fingerprint.rows, "columns": len(fingerprint.columns)}


def main() -> None:
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    measuring.confine()
    prepare: Callable[..., Call] = globals()[name]
    measuring.report(prepare(**arguments))


if __name__ == "__main__":
    main()
