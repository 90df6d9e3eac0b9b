"""A SQL query against a PostgreSQL server as a stream of Arrow batches, in constant memory and in one snapshot.

The rows come by COPY through ADBC (Arrow database connectivity), whose batches are read as they arrive. Messages never
show the address, the user or a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from parityline.errors import TableError

_EXTRA = (
    "reading PostgreSQL needs adbc-driver-postgresql and pyarrow; install them: pip install 'parityline[sql,arrow]'"
)
_STATEMENT = re.compile(r"ERROR:\s*(.*?)(?:\n|$)")
_DIGITS, _PLACES = 76, 38
"""Numbers of any size are read as decimals of so many digits, of which so many behind the point."""


def streams(sql: str, uri: str) -> Iterator[tuple[str, Any]]:
    """The batches of a query, read-only and repeatable. Raises TableError where the server or the query fails."""
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError as error:
        raise TableError(_EXTRA) from error
    try:
        with driver.connect(uri) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(sql)
            yield "PostgreSQL", _typed(cursor.fetch_record_batch())
    except driver.Error as error:
        raise _failed(error) from error


def _failed(error: Any) -> TableError:
    """What the server said of the statement; of a connection only that it failed."""
    found = _STATEMENT.search(str(error))
    if found is None:
        return TableError("PostgreSQL: the connection failed or was lost; look at `from` and at the server")
    state = getattr(error, "sqlstate", None)
    kept = f"PostgreSQL: the query failed{f' ({state})' if state else ''}"
    return TableError(f"{kept}: {found[1][:300]}", kept=kept)


def _typed(reader: Any) -> Any:
    """The stream with numbers of any size as decimals; the driver gives them as text."""
    import pyarrow as pa

    numeric = [i for i, own in enumerate(reader.schema) if _is_numeric(own)]
    if not numeric:
        return reader
    kind = pa.decimal256(_DIGITS, _PLACES)
    schema = reader.schema
    for i in numeric:
        schema = schema.set(i, pa.field(schema.field(i).name, kind))

    def batches() -> Iterator[Any]:
        for batch in reader:
            columns = list(batch.columns)
            for i in numeric:
                columns[i] = _decimals(columns[i], batch.schema.field(i).name, kind)
            yield pa.record_batch(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _is_numeric(field: Any) -> bool:
    metadata = field.metadata or {}
    if metadata.get(b"ADBC:postgresql:typname") == b"numeric":
        return True
    return getattr(field.type, "type_name", None) == "numeric"


def _decimals(column: Any, name: str, kind: Any) -> Any:
    import pyarrow as pa

    texts = column.storage if isinstance(column, pa.ExtensionArray) else column
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid as error:
        way_out = f"cast it in the query: {name}::double precision or {name}::text"
        raise TableError(f"column {name}: a numeric value is NaN, or has more than 38 digits; {way_out}") from error
