"""What a tap reads of a table: its fingerprint, and the facts that stand outside it (types, places, engine, files)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError
from parityline.fingerprints import Fingerprint, build_state, plain
from parityline.kernel import Parameters
from parityline.kernel.canonical import hash_key
from parityline.kernel.reading import Reading, distinct_rows, grouped_rows
from parityline.kernel.summaries import Totals
from parityline.tables import Table, open_table, streamed
from parityline.tables.columns import Batch, Column, unique_names
from parityline.tables.files import STORED_AS
from parityline.tables.streams import Streams, reader_of

MOST_GROUPS = 4096


def tapped(table: Table, parameters: Parameters) -> tuple[Fingerprint, dict[str, Any]]:
    """The fingerprint of a table and its facts: columns in their places, physical types, engine, digests of files."""
    facts: dict[str, Any] = {}

    def note(names: Sequence[str], physical: Iterable[str]) -> None:
        facts.setdefault("columns", list(names))
        types = facts.setdefault("types", {})
        for name, found in zip(names, physical, strict=True):
            if types.get(name, "null") == "null":
                types[name] = found

    def noted() -> Iterator[Batch]:
        for batch in table.read():
            note(batch.names, (column.physical or column.kind for column in batch.columns))
            yield batch

    def noted_streams(streams: Streams) -> Iterator[tuple[str, Any]]:
        for where, stream in streams():
            reader = reader_of(stream)
            note(unique_names(reader.schema.names), map(_stored_type, reader.schema))
            yield where, reader

    streams = table.streams
    if table.distributed is not None:
        noted_table = table
        note(list(table.distributed.types), table.distributed.types.values())
    elif streams is None:
        noted_table = replace(table, read=noted)
    else:
        noted_table = streamed(lambda: noted_streams(streams), table.engine)
    fingerprint = Fingerprint(build_state(noted_table, parameters))
    facts |= {"engine": table.engine, "has_order": table.ordered}
    if table.metadata:
        facts["metadata"] = table.metadata
    if table.files:
        facts["files"] = table.files
    if table.executed:
        facts["executed_again"] = True
    return fingerprint, facts


def required(table: Any, what: str) -> Table:
    """A table for a tap. Raises UsageError for one that can be read a single time: the pipeline needs it still."""
    opened = None if hasattr(table, "__next__") else open_table(table, digest_files=True)
    if opened is None or opened.once:
        raise UsageError(
            f"{what}: expected a table that can be read again, found a stream that reading would use up; "
            "give the tap a table (for instance reader.read_all()) and go on with that"
        )
    return opened


def _stored_type(field: Any) -> str:
    """The type of a column as it is stored, whatever it is read as."""
    stored = (field.metadata or {}).get(STORED_AS)
    return stored.decode() if stored else str(field.type)


def keys_of(table: Table, parameters: Parameters) -> NDArray[np.void]:
    """The hash of every row's key as (high, low), shape (rows,)."""
    parts = []
    for batch in table.read():
        columns = dict(zip(batch.names, batch.columns, strict=True))
        readings = [Reading(name, columns[name], parameters.seed).hashes for name in parameters.key]
        high, low = hash_key(readings, parameters.seed)
        joined = np.empty(len(high), [("high", "u8"), ("low", "u8")])
        joined["high"], joined["low"] = high, low
        parts.append(joined)
    return np.concatenate(parts) if parts else np.empty(0, [("high", "u8"), ("low", "u8")])


def rows_without(table: Table, parameters: Parameters) -> NDArray[np.void] | None:
    """The hash of every row without its key, shape (rows,); None where there is nothing but a key."""
    names = {name for batch in table.read() for name in batch.names} - {*parameters.key, *parameters.ignored}
    return keys_of(table, replace(parameters, key=tuple(sorted(names)))) if names else None


def places(positions: NDArray[np.int64]) -> dict[str, Any]:
    """Positions of a part in its table: how many, in how many runs of neighbours, and a digest whatever their order."""
    distinct = np.unique(positions)
    runs = int(np.count_nonzero(np.diff(distinct) != 1)) + 1 if len(distinct) else 0
    digest = hashlib.blake2b(distinct.astype("<i8").tobytes(), digest_size=16).hexdigest()
    return {"rows": len(positions), "runs": runs, "digest": digest}


def arrangement(keys: NDArray[np.void]) -> dict[str, Any]:
    """Which rows stand in a table, by the hashes of their keys, whatever their order (`keys`), and in it (`order`)."""
    digests = [hashlib.blake2b(own.tobytes(), digest_size=16).hexdigest() for own in (np.sort(keys), keys)]
    return {"rows": len(keys), "keys": digests[0], "order": digests[1]}


def overlap(a: NDArray[np.void], b: NDArray[np.void]) -> int:
    """How many distinct keys occur in both."""
    return len(np.intersect1d(a, b))


def floats_of(table: Table, column: str) -> NDArray[np.float64]:
    """A column of numbers or booleans as float64, NaN for null; raises UsageError for other types."""
    parts = [_floats(_column(batch, column), column) for batch in table.read()]
    return np.concatenate([np.zeros(0), *parts])


def _floats(column: Column, name: str) -> NDArray[np.float64]:
    if column.kind == "null":
        return np.full(column.length, np.nan)
    if column.kind == "boolean":
        assert column.values is not None
        return np.where(column.present(), column.values.astype(np.float64), np.nan)
    if column.kind not in ("integer", "float", "decimal"):
        raise UsageError(f"{name}: expected numbers or booleans, found {column.logical}")
    return np.where(column.present(), Reading(name, column, 0).numbers.floats, np.nan)


def totals_by_group(table: Table, column: str, groups: Sequence[str], seed: int, *, hidden: bool) -> dict[str, Any]:
    """Exact totals of a column by the values of others: {label: numerator/denominator}, at most 4,096 groups.

    hidden: labels are hashes of the groups.
    """
    sums: dict[str, Fraction] = {}
    for batch in table.read():
        columns = dict(zip(batch.names, batch.columns, strict=True))
        for name in (column, *groups):
            if name not in columns:
                raise UsageError(f"totals: expected a column {name!r}, found {', '.join(batch.names[:12])}")
        readings = [Reading(name, columns[name], seed) for name in groups]
        hashes = hash_key([r.hashes for r in readings], seed)
        firsts, _ = distinct_rows(hashes, np.arange(batch.rows))
        for row in firsts.tolist():
            here = (hashes[0] == hashes[0][row]) & (hashes[1] == hashes[1][row])
            label = ", ".join(str(plain(r.cells(np.array([row]))[0])) for r in readings)
            if hidden:
                label = f"#{int(hashes[0][row]):016x}"
            part = Totals.of(Reading(column, _where(columns[column], here), seed)).sum
            sums[label] = sums.get(label, Fraction(0)) + part
    kept = dict(sorted(sums.items())[:MOST_GROUPS])
    return {"groups": {k: f"{v.numerator}/{v.denominator}" for k, v in kept.items()}, "left_out": len(sums) - len(kept)}


def _where(column: Column, rows: NDArray[np.bool_]) -> Column:
    return replace(column, valid=column.present() & rows)


def groups_of(table: Table, column: str) -> tuple[NDArray[np.int64], list[str]]:
    """The group of each row by the value of a column, and the values as texts; a missing value is a group too."""
    names: dict[str, int] = {}
    parts = [np.zeros(0, np.int64)]
    for batch in table.read():
        found = _column(batch, column)
        reading = Reading(column, found, 0)
        firsts, index = grouped_rows(reading.hashes, np.arange(batch.rows))
        labels = [str(_shown(plain(cell), found.logical)) for cell in reading.cells(firsts)]
        places = np.array([names.setdefault(label, len(names)) for label in labels], np.int64)
        parts.append(places[index] if len(places) else np.zeros(0, np.int64))
    return np.concatenate(parts), list(names)


def seconds_of(table: Table, column: str) -> NDArray[np.float64]:
    """A column of dates or timestamps as seconds since 1970, UTC where it has a zone; NaN for null."""
    parts = [np.zeros(0)]
    for batch in table.read():
        found = _column(batch, column)
        if found.kind == "null":
            parts.append(np.full(found.length, np.nan))
            continue
        if found.kind not in ("date", "timestamp"):
            raise UsageError(f"{column}: expected dates or timestamps, found {found.logical}")
        assert found.values is not None
        seconds = found.values * 86_400.0 if found.kind == "date" else found.values * (found.unit / 10**9)
        parts.append(np.where(found.present(), seconds, np.nan))
    return np.concatenate(parts)


def _shown(value: object, logical: str) -> object:
    return bool(value) if logical == "boolean" and isinstance(value, int) else value


def _column(batch: Batch, name: str) -> Column:
    found = dict(zip(batch.names, batch.columns, strict=True)).get(name)
    if found is None:
        raise UsageError(f"expected a column {name!r}, found {', '.join(batch.names[:12])}")
    return found
