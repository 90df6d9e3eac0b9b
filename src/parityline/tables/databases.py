"""A SQL query against a DuckDB or SQLite file, or a PostgreSQL server, as a table."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parityline.errors import TableError
from parityline.tables import Table, arrays, postgres, relation_reader, streamed
from parityline.tables.columns import Batch, unique_names

_SQLITE = (".sqlite", ".sqlite3", ".db")
_DUCKDB = (".duckdb", ".ddb")
_POSTGRES = ("postgresql://", "postgres://")


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
    _required(database)
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(sql)
            names = unique_names([str(d[0]) for d in cursor.description or ()])
            rows = cursor.fetchall()
    except sqlite3.Error as error:
        raise _failed(database, error) from error
    # types of the whole result: SQLite has a type for each value, not for each column
    columns = [arrays.of_objects([row[i] for row in rows], "sqlite") for i in range(len(names))]
    yield Batch(names, tuple(columns), len(rows))


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
