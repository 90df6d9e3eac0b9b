"""Rows that go wrong on purpose, made from what the reference knows of the columns that a model is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from parityline.fingerprints import ColumnFingerprint, plain
from parityline.kernel.cells import Hashed
from parityline.pairs import sampled
from parityline.records import StageRecord

SITUATIONS = ("missing", "unseen", "extreme", "empty", "wrong-type", "infinite")
ROWS = 20
UNSEEN = ("parityline unseen one", "parityline unseen two")
MOST_KNOWN = 40


@dataclass(frozen=True, slots=True)
class Probe:
    """Rows of which one column, or two, hold bad values. situation: of SITUATIONS; what: for the report."""

    column: str
    situation: str
    what: str
    rows: Any
    beside: str = ""


def sampled_rows(stage: StageRecord) -> tuple[Any, list[str]]:
    """(The sampled rows of a stage as a pandas table, columns whose values the record keeps hashed).

    Types are those of the recorded table. Keys and ignored columns are among the columns where they were recorded.
    """
    import pandas as pd

    table = stage.table
    assert table is not None
    types = stage.table_facts.get("", {}).get("types", {})
    columns, hidden = {}, []
    for name, column in table.columns.items():
        cells = sampled(table, name) if column.summarised else None
        if cells is None or not len(cells):
            continue
        distinct = cells.distinct
        if any(isinstance(cell, Hashed) for cell in distinct):
            hidden.append(name)
            continue
        values = np.array([_value(cell, column.type) for cell in distinct], object)[cells.index]
        columns[name] = _typed(values.tolist(), column.type, str(types.get(name, "")))
    return pd.DataFrame(columns), hidden


def _value(cell: Any, logical: str) -> Any:
    if logical == "boolean" and isinstance(cell, int):
        return bool(cell)
    return plain(cell)


def _typed(values: list[Any], logical: str, physical: str) -> Any:
    import pandas as pd

    if logical == "number":
        series = pd.Series([float("nan") if v is None else float(v) for v in values])
        whole = physical.lower().startswith(("int", "uint")) and series.notna().all()
        return series.astype("int64") if whole else series
    if logical.startswith(("timestamp", "date")):
        return pd.to_datetime(pd.Series(values), utc=logical.endswith("zoned"))
    return pd.Series(values, dtype=object)


def probes(rows: Any, columns: dict[str, ColumnFingerprint], key: tuple[str, ...]) -> Iterator[Probe]:
    """Every probe of every column but the key; rows: some good ones, as a pandas table.

    Null; infinity and ten ranges beyond the range of numbers; two categories that nobody knows and the empty text;
    text for a number and a number for a text; a time before all others.
    """
    for name, column in columns.items():
        if name in key or name not in rows:
            continue
        yield _probe(rows, name, "missing", "null", None)
        if column.type == "number":
            low, high = float(str(column.min or 0)), float(str(column.max or 0))
            beyond = 10 * max(high - low, abs(high), 1.0)
            yield _probe(rows, name, "infinite", "infinity", float("inf"))
            yield _probe(rows, name, "extreme", "far above its range", high + beyond)
            yield _probe(rows, name, "extreme", "far below its range", low - beyond)
            yield _probe(rows, name, "wrong-type", "text", "parityline")
        elif column.type == "text":
            yield _probe(rows, name, "unseen", "an unseen category", UNSEEN[0])
            yield _probe(rows, name, "empty", "the empty text", "")
            yield _probe(rows, name, "wrong-type", "a number", 12_345.5)
        elif column.type.startswith(("timestamp", "date")):
            yield _probe(rows, name, "wrong-type", "text", "parityline")


def _probe(rows: Any, name: str, situation: str, what: str, value: Any) -> Probe:
    return Probe(name, situation, what, with_value(rows, name, value))


def with_value(rows: Any, name: str, value: Any) -> Any:
    """The rows with one value in a column; null keeps the type of numbers, which then are floats."""
    import pandas as pd

    if value is None and pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_bool_dtype(rows[name]):
        return rows.assign(**{name: rows[name].astype("float64") * float("nan")})
    if value is None and pd.api.types.is_datetime64_any_dtype(rows[name]):
        return rows.assign(**{name: pd.Series(pd.NaT, index=rows.index, dtype=rows[name].dtype)})
    if isinstance(value, float) and pd.api.types.is_numeric_dtype(rows[name]):
        return rows.assign(**{name: value})
    return rows.assign(**{name: pd.Series([value] * len(rows), index=rows.index, dtype=object)})
