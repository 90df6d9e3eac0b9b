"""A SQL query against a DuckDB or SQLite file, or a PostgreSQL server, as a table."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from parityline.errors import TableError
from parityline.tables import Table, arrays, postgres, relation_reader, streamed
from parityline.tables.columns import Batch, Column, unique_names

_SQLITE = (".sqlite", ".sqlite3", ".db")
_DUCKDB = (".duckdb", ".ddb")
_POSTGRES = ("postgresql://", "postgres://")
BATCH_ROWS = 1 << 16


def query_table(sql: str, database: str) -> Table:
    """The rows of a query. A database gives no order, so order is not looked at. Messages never show the connection.

    Raises TableError for a database that is not there or of a kind that is not read.
    """
    name = database.lower()
    if name.endswith(_SQLITE):
        return Table(lambda: _sqlite(sql, database), "sqlite", ordered=False, executed=True)
    if name.endswith(_DUCKDB):
        return streamed(lambda: _duckdb(sql, database), "duckdb", ordered=False, executed=True)
    if name.startswith(_POSTGRES):
        return streamed(lambda: postgres.streams(sql, database), "postgresql", ordered=False, executed=True)
    kinds = ", ".join((*_SQLITE, *_DUCKDB))
    raise TableError(
        f"from: expected a DuckDB or SQLite file ({kinds}) or postgresql://..., found another kind of database"
    )


def _required(database: str) -> None:
    """A database that is not there fails when it is read, which leaves its stage unchecked."""
    if not Path(database).is_file():
        raise TableError(f"{Path(database).name}: expected a database file, found none; look at `from`")


def _failed(database: str, error: Exception) -> TableError:
    """What an engine says of a query may quote a cell, which a record must not keep."""
    kept = f"{Path(database).name}: the query failed"
    return TableError(f"{kept}: {str(error).partition(chr(10))[0]}", kept=kept)


def _sqlite(sql: str, database: str) -> Iterator[Batch]:
    """In batches, so that memory does not grow with the rows.

    SQLite has a type for each value, not for each column. A result of more than one batch is therefore read twice, in
    one transaction: for its types, then for its values.
    """
    _required(database)
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN")
            cursor = connection.execute(sql)
            names = unique_names([str(d[0]) for d in cursor.description or ()])
            rows = cursor.fetchmany(BATCH_ROWS)
            if len(rows) < BATCH_ROWS:
                yield _typed(names, rows, [set()] * len(names))
                return
            kinds: list[set[str]] = [set() for _ in names]
            while rows:
                for place, own in enumerate(kinds):
                    own.update(arrays.kind_of(row[place]) for row in rows if row[place] is not None)
                rows = cursor.fetchmany(BATCH_ROWS)
            cursor = connection.execute(sql)
            while rows := cursor.fetchmany(BATCH_ROWS):
                yield _typed(names, rows, kinds)
    except sqlite3.Error as error:
        raise _failed(database, error) from error


def _typed(names: tuple[str, ...], rows: list[tuple[Any, ...]], kinds: list[set[str]]) -> Batch:
    """Some rows as columns; one that holds several kinds of values anywhere is listed and not summarised."""
    columns = []
    for place, own in enumerate(kinds):
        values = [row[place] for row in rows]
        if len(own) > 1:
            present = np.array([value is not None for value in values], np.bool_)
            mixed = f"mixed {' and '.join(sorted(own))}"
            columns.append(Column("unsupported", len(rows), None if present.all() else present, physical=mixed))
        else:
            columns.append(arrays.of_objects(values, "sqlite"))
    return Batch(names, tuple(columns), len(rows))


def _duckdb(sql: str, database: str) -> Iterator[tuple[str, Any]]:
    try:
        import duckdb
    except ImportError as error:
        raise TableError(
            "reading a DuckDB file needs duckdb; install it with: pip install 'parityline[duckdb]'"
        ) from error
    _required(database)
    try:
        with duckdb.connect(database, read_only=True) as connection:
            relation = connection.sql(sql)
            yield Path(database).name, relation_reader(relation)
    except duckdb.Error as error:
        raise _failed(database, error) from error
