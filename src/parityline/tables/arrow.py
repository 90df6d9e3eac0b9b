"""Arrow data, from any library that has an Arrow stream, as columns of plain numpy. Needs pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.errors import TableError
from parityline.tables.columns import Batch, Column, check_nesting, check_scale, unique_names

_TICKS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def require() -> Any:
    """pyarrow, or a TableError that says how to get it."""
    try:
        import pyarrow
    except ImportError as error:
        raise TableError(
            "reading this table needs pyarrow; install it with: pip install 'parityline[arrow]'"
        ) from error
    return pyarrow


def stream_batches(reader: Any) -> Iterator[Batch]:
    """Batches of a pyarrow RecordBatchReader; an empty one where there are no rows.

    What the producer raises becomes a TableError.
    """
    pa = require()
    names = unique_names(list(reader.schema.names))
    found = False
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except Exception as error:  # the producer is foreign code, which may raise anything
            cause = first_line(error)
            if cause == "KeyboardInterrupt":  # Ctrl-C, while the producer ran Python
                raise KeyboardInterrupt from error
            raise TableError(f"the table broke off while it was read: {cause}") from error
        found = True
        yield of_record_batch(batch, names)
    if not found:
        yield of_record_batch(
            pa.RecordBatch.from_arrays([pa.nulls(0, t) for t in reader.schema.types], schema=reader.schema), names
        )


def of_record_batch(batch: Any, names: tuple[str, ...]) -> Batch:
    """One pyarrow record batch."""
    return Batch(names, tuple(of_array(batch.column(i)) for i in range(batch.num_columns)), batch.num_rows)


def of_array(array: Any, depth: int = 0) -> Column:
    """One pyarrow array; any layout of a type gives the same column."""
    pa = require()
    check_nesting(depth)
    given = array.type
    physical = str(given)
    array = _plain_layout(array)
    t, n = array.type, len(array)
    valid = None if array.null_count == 0 else np.asarray(array.is_valid().to_numpy(zero_copy_only=False), np.bool_)
    types = pa.types

    def column(kind: Any, values: NDArray[Any] | None = None, **more: Any) -> Column:
        return Column(kind, n, valid, values, physical=physical, **more)

    if types.is_null(t):
        return column("null")
    if types.is_boolean(t):
        bits = np.frombuffer(array.buffers()[1] or b"", np.uint8)
        return column(
            "boolean", np.unpackbits(bits, bitorder="little")[array.offset : array.offset + n].astype(np.bool_)
        )
    if types.is_integer(t):
        return column("integer", _buffer(array, np.dtype(t.to_pandas_dtype())))
    if types.is_floating(t):
        return column("float", _buffer(array, np.dtype(f"f{t.bit_width // 8}")))
    if types.is_decimal(t):
        check_scale(t.scale)
        return column("decimal", _decimal_words(array), scale=t.scale)
    if types.is_large_string(t) or types.is_large_binary(t):
        data = np.frombuffer(array.buffers()[2] or b"", np.uint8)
        kind = "text" if types.is_large_string(t) else "binary"
        return column(kind, data, offsets=_buffer(array, np.dtype("i8"), extra=1))
    if types.is_date(t):
        # date64 counts milliseconds and means whole days
        days = _buffer(array, np.dtype("i4")).astype(np.int64) if t.bit_width == 32 else _days(array)
        return column("date", days)
    if types.is_time(t) or types.is_duration(t) or types.is_timestamp(t):
        kind = "time" if types.is_time(t) else "duration" if types.is_duration(t) else "timestamp"
        ticks = _buffer(array, np.dtype(f"i{t.bit_width // 8}")).astype(np.int64)
        zoned = types.is_timestamp(t) and t.tz is not None
        return column(kind, ticks, unit=_TICKS[t.unit], zoned=zoned)
    if types.is_interval(t):
        fields = _buffer(array, np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")]))
        return column("interval", np.stack([fields[f].astype(np.int64) for f in fields.dtype.names or ()], axis=1))
    if types.is_large_list(t) or types.is_map(t):
        width = "i8" if types.is_large_list(t) else "i4"
        offsets = _buffer(array, np.dtype(width), extra=1).astype(np.int64)
        child = of_array(array.values if types.is_large_list(t) else _entries(array), depth + 1)
        return column("list" if types.is_large_list(t) else "map", offsets=offsets, children=(child,))
    if types.is_struct(t):
        children = tuple(of_array(array.field(i), depth + 1) for i in range(t.num_fields))
        return column("struct", children=children, names=tuple(t.field(i).name for i in range(t.num_fields)))
    return column("unsupported")


def _plain_layout(array: Any) -> Any:
    """Dictionaries, runs, views, extensions and narrow offsets as the one layout that is read below."""
    pa = require()
    types = pa.types
    while True:
        t = array.type
        if isinstance(t, pa.BaseExtensionType):
            array = array.storage
        elif types.is_dictionary(t):
            # not every layout of text can be taken from (Polars' views cannot)
            words = _plain_layout(array.dictionary)
            array = pa.DictionaryArray.from_arrays(array.indices, words).dictionary_decode()
        elif types.is_run_end_encoded(t):
            import pyarrow.compute as pc

            array = pc.run_end_decode(array)
        elif types.is_string(t) or types.is_string_view(t):
            return array.cast(pa.large_string())
        elif types.is_binary(t) or types.is_binary_view(t) or types.is_fixed_size_binary(t):
            return (array.cast(pa.binary()) if types.is_fixed_size_binary(t) else array).cast(pa.large_binary())
        elif types.is_list(t) or types.is_fixed_size_list(t):
            return array.cast(pa.large_list(t.value_field))
        elif types.is_list_view(t) or types.is_large_list_view(t):
            # pyarrow's own cast loses what stands behind a null
            lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
            offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int64())
            return pa.LargeListArray.from_arrays(offsets, array.flatten(), mask=array.is_null())
        else:
            return array


def _entries(array: Any) -> Any:
    """The entries of a map as structs."""
    pa = require()
    fields = [pa.field("key", array.keys.type), pa.field("value", array.items.type)]
    return pa.StructArray.from_arrays([array.keys, array.items], fields=fields)


def _buffer(array: Any, dtype: np.dtype[Any], extra: int = 0) -> NDArray[Any]:
    buffer = array.buffers()[1]
    if buffer is None or not buffer.size:
        return np.zeros(len(array) + extra, dtype)
    return np.frombuffer(buffer, dtype, count=len(array) + extra, offset=array.offset * dtype.itemsize)


def _days(array: Any) -> NDArray[np.int64]:
    return _buffer(array, np.dtype("i8")).astype(np.int64) // 86_400_000


def _decimal_words(array: Any) -> NDArray[np.uint64]:
    width = array.type.bit_width // 64
    if width >= 2:
        words = _buffer(array, np.dtype(("<u8", width)))
        return np.ascontiguousarray(words).reshape(len(array), width)
    narrow = _buffer(array, np.dtype(f"i{array.type.bit_width // 8}")).astype(np.int64)
    return np.stack([narrow.view(np.uint64), (narrow >> 63).view(np.uint64)], axis=1)


def first_line(error: BaseException) -> str:
    """The first line of a message, or the last one where it ends in a Python traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1 if "Traceback" in lines[0] else 0][:300]
