"""Splits by the hash of a key: the same part for the same key on every engine, in every order, at any time."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError

Dialect = Literal["duckdb", "postgresql", "spark"]

_DIGITS = 16
"""So many hexadecimal digits of the hash decide: shares are met to 1 in 2^64."""
_SEPARATOR = "\x1f"


def hash_split(key: Any, parts: Mapping[str, float], *, seed: int = 0) -> NDArray[np.object_]:
    """The part of each row, chosen by the hash of its key alone.

    A row keeps its part whatever the order of the rows, whichever rows come or go, and on whatever engine:
    `hash_split_sql` gives the same parts in DuckDB, PostgreSQL and Spark.

    Args:
        key: a column of whole numbers, texts, booleans, dates or UUIDs - a pandas, Polars or Arrow column, an array or
            a list - or, for a key of several columns, a table of them, a mapping from name to column, or a list of
            columns, in the order in which `hash_split_sql` is given their names.
        parts: the share of each part by its name, in order; positive, and 1 together.
        seed: another seed gives another split.

    Returns:
        The names of the parts, shape (rows,); None where a part of the key is null. Empty for no rows.

    Raises UsageError for keys of other types, such as fractions and times, whose text differs between engines, and for
    shares that are not 1 together. Whole numbers that became floats beside nulls are taken as whole numbers.

    The part follows from the first 64 bits of SHA-256 (FIPS 180-4) of seed and key as text, joined by U+001F.
    """
    names, bounds = _bounds(parts)
    columns = [_texts(column) for column in _columns(key)]
    if len({len(column) for column in columns}) > 1:
        raise UsageError("expected key columns of one length, found " + ", ".join(str(len(c)) for c in columns))
    found = np.empty(len(columns[0]), np.object_)
    chosen: dict[tuple[str | None, ...], str | None] = {}
    for row, own in enumerate(zip(*columns, strict=True)):
        if own not in chosen:
            texts = [text for text in own if text is not None]
            whole = len(texts) == len(own)
            chosen[own] = _part(_SEPARATOR.join((str(seed), *texts)), names, bounds) if whole else None
        found[row] = chosen[own]
    return found


def hash_split_sql(
    key: str | Sequence[str], parts: Mapping[str, float], *, seed: int = 0, dialect: Dialect = "duckdb"
) -> str:
    """The SQL expression that gives each row the part that `hash_split` gives it.

    Args:
        key: the column that names a row, or several in order; whole numbers, texts, booleans, dates or UUIDs.
        parts, seed: as for `hash_split`.
        dialect: `duckdb`, `postgresql` (11 or later) or `spark`.

    The expression is null where a key is null. Raises UsageError for an unknown dialect and bad shares.
    """
    names, bounds = _bounds(parts)
    if dialect not in ("duckdb", "postgresql", "spark"):
        raise UsageError(f"expected the dialect duckdb, postgresql or spark, found {dialect!r}")
    kind = "STRING" if dialect == "spark" else "VARCHAR"
    columns = [f"CAST({_quoted(name, dialect)} AS {kind})" for name in ([key] if isinstance(key, str) else key)]
    if not columns:
        raise UsageError("expected at least one column of the key, found none")
    text = " || chr(31) || ".join([f"'{int(seed)}'", *columns])
    digest = {
        "duckdb": f"sha256({text})",
        "postgresql": f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')",
        "spark": f"sha2({text}, 256)",
    }[dialect]
    digits = f"substr({digest}, 1, {_DIGITS})" + (' COLLATE "C"' if dialect == "postgresql" else "")
    missing = " OR ".join(f"{_quoted(name, dialect)} IS NULL" for name in ([key] if isinstance(key, str) else key))
    cases = [f"WHEN {missing} THEN NULL"]
    cases += [
        f"WHEN {digits} < '{bound}' THEN {_literal(name, dialect)}" for name, bound in zip(names, bounds, strict=False)
    ]
    return f"CASE {' '.join(cases)} ELSE {_literal(names[-1], dialect)} END"


def _bounds(parts: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """The names of the parts, and the hexadecimal bound below which the hashes of each but the last lie."""
    names, shares = list(parts), list(parts.values())
    if not names or not all(isinstance(share, (int, float)) and 0 < share <= 1 for share in shares):
        raise UsageError(f"expected positive shares such as {{'train': 0.8, 'test': 0.2}}, found {dict(parts)!r}")
    if abs(sum(shares) - 1) > 1e-9:
        raise UsageError(f"expected shares that are 1 together, found {sum(shares):.6g}")
    bounds = []
    whole, taken = 16**_DIGITS, 0.0
    for share in shares[:-1]:
        taken += share
        bounds.append(f"{min(int(taken * whole), whole - 1):0{_DIGITS}x}")
    return names, bounds


def _part(text: str, names: list[str], bounds: list[str]) -> str:
    digits = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return next((name for name, bound in zip(names, bounds, strict=False) if digits < bound), names[-1])


def _columns(key: Any) -> list[Any]:
    """The columns of a key: of a table, a mapping, a list of columns, or the one column."""
    if isinstance(key, Mapping):
        return list(key.values())
    if hasattr(key, "columns") and hasattr(key, "shape"):
        return [key[name] for name in getattr(key, "column_names", None) or list(key.columns)]
    if isinstance(key, np.ndarray) and key.ndim == 2:
        return [key[:, place] for place in range(key.shape[1])]
    if isinstance(key, (list, tuple)) and key and not isinstance(key[0], (str, bytes)) and hasattr(key[0], "__len__"):
        return list(key)
    return [key]


def _texts(column: Any) -> list[str | None]:
    if hasattr(column, "to_pylist"):
        values: Iterable[Any] = column.to_pylist()
    elif hasattr(column, "to_list"):
        values = column.to_list()
    else:
        values = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return [_text(value) for value in values]


def _text(value: Any) -> str | None:
    """A key as DuckDB, PostgreSQL and Spark cast it to text."""
    match value:
        case None:
            return None
        case bool() | np.bool_():
            return "true" if value else "false"
        case str():
            return str(value)
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating() if value != value:
            return None
        case float() | np.floating() if float(value).is_integer():
            return str(int(value))
        case datetime.datetime():
            pass
        case datetime.date() | uuid.UUID():
            return str(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    raise UsageError(
        f"expected keys of whole numbers, texts, booleans, dates or UUIDs, found {type(value).__name__} {value!r}; "
        "cast the key to one of them"
    )


def _quoted(name: str, dialect: Dialect) -> str:
    mark = "`" if dialect == "spark" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def _literal(text: str, dialect: Dialect) -> str:
    if dialect == "spark":
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "''") + "'"
