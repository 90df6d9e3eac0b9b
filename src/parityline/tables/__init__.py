"""Anything table-like as batches of columns. Nothing else in parityline knows other libraries."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parityline.errors import TableError
from parityline.tables import arrays, files
from parityline.tables.columns import Batch, unique_names

__all__ = ["Table", "open_table"]


@dataclass(frozen=True)
class Table:
    """A table that can be read in batches.

    read: gives the batches, from the first row on, each time it is called. engine: which library the table came from.
    ordered: whether its rows come in an order that means something. once: it can be read a single time only.
    executed: reading runs a query, so that another reading may give other rows. files: digests of its files.
    """

    read: Callable[[], Iterator[Batch]]
    engine: str
    ordered: bool = True
    once: bool = False
    executed: bool = False
    files: dict[str, object] = field(default_factory=dict)


def open_table(table: Any, *, digest_files: bool = False) -> Table:
    """A pandas, Polars or DuckDB table, anything with `__arrow_c_stream__`, a mapping of arrays, a path or a glob.

    Raises TableError for anything else, with what is accepted.
    """
    if isinstance(table, Table):
        return table
    if isinstance(table, (str, os.PathLike)):
        paths = files.expand(table)
        return Table(lambda: files.batches(paths), "files", files=files.facts(paths) if digest_files else {})
    library = type(table).__module__.partition(".")[0]
    if library == "pandas" and type(table).__name__ == "DataFrame":
        return Table(lambda: _one(_pandas(table)), "pandas")
    if library == "pandas" and type(table).__name__ == "Series":
        return open_table(table.to_frame(table.name if table.name is not None else "value"))
    if library == "polars" and type(table).__name__ == "LazyFrame":
        return Table(lambda: _stream(table.collect()), "polars", executed=True)
    if library == "polars" and type(table).__name__ == "Series":
        table = table.to_frame()
    if library in ("duckdb", "_duckdb") and type(table).__name__ == "DuckDBPyRelation":
        return Table(lambda: _relation(table), "duckdb", ordered=False, executed=True)
    if isinstance(table, Mapping):
        return Table(lambda: _one(_mapping(table)), "arrays")
    if isinstance(table, np.ndarray) and table.ndim in (1, 2):
        matrix = table if table.ndim == 2 else table[:, None]
        named = {f"column {i + 1}": matrix[:, i] for i in range(matrix.shape[1])}
        return Table(lambda: _one(_mapping(named)), "numpy")
    if hasattr(table, "__arrow_c_stream__"):
        once = type(table).__name__ in ("RecordBatchReader", "RecordBatchStreamReader", "ArrowArrayStream")
        return Table(lambda: _stream(table), library, once=once)
    raise TableError(
        f"expected a table, found {type(table).__module__}.{type(table).__qualname__}; give a pandas, Polars, Arrow or "
        "DuckDB table, a mapping of column names to arrays, a two-dimensional array, or the path of a file"
    )


def _one(batch: Batch) -> Iterator[Batch]:
    yield batch


def _pandas(frame: Any) -> Batch:
    from parityline.tables import pandas_frames

    return pandas_frames.of_frame(frame)


def _stream(table: Any) -> Iterator[Batch]:
    from parityline.tables import arrow

    pa = arrow.require()
    try:
        reader = pa.RecordBatchReader.from_stream(table)
    except Exception as error:  # the producer is foreign code, which may raise anything
        reason = f"{type(error).__name__}: {arrow.first_line(error)}"
        raise TableError(f"expected a table of Arrow's own types, found one that cannot be read: {reason}") from error
    return arrow.stream_batches(reader)


def _relation(relation: Any) -> Iterator[Batch]:
    # an undrained stream would block the next query on the same connection, so the reader is always read to its end
    reader = relation.to_arrow_reader() if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader()
    from parityline.tables import arrow

    return arrow.stream_batches(reader)


def _mapping(table: Mapping[Any, Iterable[Any]]) -> Batch:
    names = unique_names([str(name) for name in table])
    columns = []
    for name, values in zip(names, table.values(), strict=True):
        array = values if isinstance(values, np.ndarray) else None
        if type(values).__module__.partition(".")[0] == "pandas":
            import pandas

            from parityline.tables import pandas_frames

            columns.append(pandas_frames.of_series(pandas.Series(values)))
            continue
        if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
            from parityline.tables import arrow

            columns.append(arrow.of_array(arrow.require().chunked_array(values).combine_chunks()))
            continue
        if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
            raise TableError(f"{name}: expected an array or a sequence, found {type(values).__name__}")
        if array is not None and array.ndim != 1:
            raise TableError(f"{name}: expected an array of one dimension, found {array.ndim}")
        columns.append(arrays.of_array(array) if array is not None else arrays.of_objects(list(values), "list"))
    lengths = {name: column.length for name, column in zip(names, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:4])
        raise TableError(f"expected columns of one length, found {shown}")
    return Batch(names, tuple(columns), next(iter(lengths.values()), 0))
