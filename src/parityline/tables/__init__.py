"""Anything table-like as Arrow streams or batches of columns. Nothing else in parityline knows other libraries."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parityline.errors import TableError
from parityline.tables import arrays, files
from parityline.tables.columns import Batch, unique_names
from parityline.tables.remote import File
from parityline.tables.streams import Streams, batches_of, located

__all__ = ["Distributed", "Table", "files_table", "located", "open_table", "relation_reader", "streamed"]


@dataclass(frozen=True)
class Distributed:
    """A table whose rows stay where they are. types: physical, by column; state: makes the fingerprint there."""

    types: Mapping[str, str]
    state: Callable[[Any], Any]


@dataclass(frozen=True)
class Table:
    """A table that can be read in batches.

    read: gives the batches, from the first row on, each time it is called. engine: which library the table came from.
    ordered: whether its rows come in an order that means something. once: it can be read a single time only.
    executed: reading runs a query, so that another reading may give other rows. files: digests of its files. streams:
    the same rows as Arrow streams, where they come as such. typed: the same table, read with these logical types by
    column, where it has none of its own (CSV, JSON lines). metadata: what it carries beside its rows, such as the kind
    and the names of an index. distributed: where its rows cannot be read here.
    """

    read: Callable[[], Iterator[Batch]]
    engine: str
    ordered: bool = True
    once: bool = False
    executed: bool = False
    files: dict[str, object] = field(default_factory=dict)
    streams: Streams | None = None
    typed: Callable[[Mapping[str, str]], Table] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    distributed: Distributed | None = None

    def like(self, types: Mapping[str, str]) -> Table:
        """The table, its columns read as the logical types that are known of them where it has none of its own."""
        return self if self.typed is None else self.typed(types)


def streamed(streams: Streams, engine: str, **known: Any) -> Table:
    """A table of Arrow streams."""
    return Table(lambda: batches_of(streams()), engine, streams=streams, **known)


def files_table(paths: list[File], digests: dict[str, object], types: Mapping[str, str] | None = None) -> Table:
    """The rows of files, one after the other."""
    return streamed(
        lambda: files.streams(paths, types or {}),
        "files",
        files=digests,
        typed=lambda types: files_table(paths, digests, types),
    )


def open_table(table: Any, *, digest_files: bool = False) -> Table:
    """A pandas, Polars or DuckDB table, anything with `__arrow_c_stream__`, a mapping of arrays, a path, glob or URL.

    Raises TableError for anything else, with what is accepted.
    """
    if isinstance(table, Table):
        return table
    if isinstance(table, (str, os.PathLike)):
        paths = files.expand(table)
        return files_table(paths, files.facts(paths) if digest_files else {})
    library = type(table).__module__.partition(".")[0]
    if library == "pandas" and type(table).__name__ == "DataFrame":
        return _held(lambda: _pandas(table), "pandas", metadata=_index(table.index))
    if library == "pandas" and type(table).__name__ == "Series":
        return open_table(table.to_frame(table.name if table.name is not None else "value"))
    if library == "polars" and type(table).__name__ in ("DataFrame", "LazyFrame", "Series"):
        return _polars(table)
    if library in ("duckdb", "_duckdb") and type(table).__name__ == "DuckDBPyRelation":
        return streamed(lambda: iter([("", relation_reader(table))]), "duckdb", ordered=False, executed=True)
    if library == "pyspark" and type(table).__name__ == "DataFrame":
        from parityline.engines import spark

        return spark.table(table)
    if isinstance(table, Mapping):
        return _held(lambda: _mapping(table), "arrays")
    if isinstance(table, np.ndarray) and table.ndim in (1, 2):
        matrix = table if table.ndim == 2 else table[:, None]
        named = {f"column {i + 1}": matrix[:, i] for i in range(matrix.shape[1])}
        return _held(lambda: _mapping(named), "numpy")
    if hasattr(table, "__arrow_c_stream__"):
        once = type(table).__name__ in ("RecordBatchReader", "RecordBatchStreamReader", "ArrowArrayStream")
        return streamed(lambda: iter([("", table)]), library, once=once)
    raise TableError(
        f"expected a table, found {type(table).__module__}.{type(table).__qualname__}; give a pandas, Polars, Arrow or "
        "DuckDB table, a mapping of column names to arrays, a two-dimensional array, or the path of a file"
    )


def _held(make: Callable[[], Batch], engine: str, **known: Any) -> Table:
    """A table that is in memory already: its columns are made when they are first read, and once."""
    batch = functools.cache(make)
    return Table(lambda: iter([batch()]), engine, **known)


def _index(index: Any) -> dict[str, str]:
    """The index of a pandas table, where it is another than that of rows counted from 0."""
    names = ", ".join(str(name) for name in index.names if name is not None)
    counted = type(index).__name__ == "RangeIndex" and not names and (index.start, index.step) == (0, 1)
    return {} if counted else {"index": f"{type(index).__name__} of {index.dtype}" + (f" named {names}" * bool(names))}


def _pandas(frame: Any) -> Batch:
    from parityline.tables import pandas_frames

    return pandas_frames.of_frame(frame)


def _polars(table: Any) -> Table:
    import polars

    if isinstance(table, polars.LazyFrame):
        return streamed(lambda: _collected(table), "polars", executed=True)
    frame = table.to_frame() if isinstance(table, polars.Series) else table
    if polars.Object in frame.dtypes:
        # their Arrow form is a pointer to the object
        named = {s.name: s.to_list() if s.dtype == polars.Object else s for s in frame.get_columns()}
        return _held(lambda: _mapping(named), "polars")
    return streamed(lambda: iter([("", frame)]), "polars")


def _collected(lazy: Any) -> Iterator[tuple[str, Any]]:
    """The streams of a lazy frame, of which only a part is in memory at a time where its Polars can do so."""
    import polars

    try:
        if polars.Object in lazy.collect_schema().dtypes():
            raise TableError("expected a lazy frame without a column of Python objects; collect it before")
        if hasattr(lazy, "collect_batches"):
            batches = lazy.collect_batches(maintain_order=True, engine="streaming", chunk_size=1 << 16)
            if hasattr(batches, "__arrow_c_stream__"):
                yield "", batches
                return
        yield "", lazy.collect()
    except polars.exceptions.PolarsError as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise TableError(f"the lazy frame could not be collected: {reason[0][:300]}") from error


def relation_reader(relation: Any) -> Any:
    """A DuckDB relation as a stream, of batches that are far smaller than the million rows of its default."""
    make = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
    return make(1 << 16)


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
