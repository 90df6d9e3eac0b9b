"""pandas frames through their NumPy buffers.

pandas' own Arrow export turns NaN into null, which is exactly what must be seen; and object columns are typed over
the whole table before it is cut into batches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parityline.tables import arrays
from parityline.tables.columns import Batch, Column, unique_names


def of_frame(frame: Any) -> Batch:
    """A pandas DataFrame as one batch. The index is not part of the table."""
    names = unique_names([str(name) for name in frame.columns])
    columns = tuple(of_series(frame.iloc[:, place]) for place in range(frame.shape[1]))
    return Batch(names, columns, len(frame))


def of_series(series: Any) -> Column:
    """One column by its type: numpy, nullable, categorical, text, zoned times, Arrow-backed, objects."""
    dtype = series.dtype
    physical = str(dtype)
    if isinstance(dtype, np.dtype):
        return arrays.of_array(series.to_numpy(), physical)
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        return _of_categories(series, physical)
    if name == "DatetimeTZDtype":
        instants = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return replace(arrays.of_array(instants, physical), zoned=True)
    if name == "ArrowDtype":
        return _of_arrow(series, physical)
    if hasattr(series.array, "_mask"):  # Int64, Float64, boolean: a NaN that is not masked stays NaN
        data, mask = series.array._data, series.array._mask
        return arrays.of_array(data, physical, None if not mask.any() else ~mask)
    if name == "StringDtype":
        # pandas writes NaN for a missing text; where there is no other text, it has no type to be told by
        valid = series.notna().to_numpy()
        if not valid.any():
            return Column("null", len(series), physical=physical)
        if dtype.storage == "pyarrow":
            return _of_arrow(series, physical)
        return arrays.of_objects(series.astype(object).tolist(), physical, valid)
    return arrays.of_objects(series.astype(object).tolist(), physical)


def _of_arrow(series: Any, physical: str) -> Column:
    from parityline.tables import arrow

    chunked = arrow.require().chunked_array(series.array.__arrow_array__())
    return replace(arrow.of_array(chunked.combine_chunks()), physical=physical)


def _of_categories(series: Any, physical: str) -> Column:
    categories = of_series(series.cat.categories.to_series())
    codes = series.cat.codes.to_numpy()
    values = arrays.of_objects([], "")
    if not len(series.cat.categories):
        return replace(values, length=len(series), physical="category")
    picked = _take(categories, np.where(codes < 0, 0, codes).astype(np.int64))
    valid = None if (codes >= 0).all() else codes >= 0
    return replace(picked, valid=valid, physical=f"category<{categories.physical}>")


def _take(column: Column, rows: Any) -> Column:
    """Rows of a column without nulls."""
    if column.offsets is not None and column.values is not None:
        starts, lengths = column.offsets[:-1][rows], np.diff(column.offsets)[rows]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        index = np.repeat(starts - offsets[:-1], lengths) + np.arange(int(offsets[-1]))
        return replace(column, length=len(rows), valid=None, values=column.values[index], offsets=offsets)
    values = None if column.values is None else column.values[rows]
    return replace(column, length=len(rows), valid=None, values=values)
