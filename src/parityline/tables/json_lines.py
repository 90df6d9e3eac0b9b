"""JSON lines as an Arrow stream, in blocks of whole lines.

The type of a column is that of all its values, so the file is read twice where it is larger than a block: what the
first rows happen to hold must not decide. A column that a row lacks is null there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from parityline.errors import TableError
from parityline.tables import arrow

_BLOCK = 16 << 20
_ROW = re.compile(r"in row (\d+)")


def reader(open_file: Callable[[], IO[bytes]], texts: set[str]) -> Any:
    """A pyarrow RecordBatchReader of a file. `texts` are columns that are read as text where they look like times.

    Raises TableError for a column of several types, with the rows.
    """
    pa = arrow.require()
    schema, blocks, rows = pa.schema([]), 0, 0
    with open_file() as file:
        for block in _blocks(file):
            found = _parsed(block, rows)
            schema = _unified(schema, found.schema, rows, rows + found.num_rows)
            blocks, rows = blocks + 1, rows + found.num_rows
    if not blocks:
        raise TableError("expected an object a line, found an empty file")
    schema = pa.schema([_as_text(f) if f.name in texts and _looks_like_text(f.type) else f for f in schema])
    if blocks == 1 and schema == found.schema:
        return pa.RecordBatchReader.from_batches(schema, iter(found.to_batches()))

    def batches() -> Iterator[Any]:
        rows = 0
        with open_file() as file:
            for block in _blocks(file):
                table = _parsed(block, rows, schema)
                rows += table.num_rows
                yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, of about a block's size together."""
    parts: list[bytes] = []
    while chunk := file.read(_BLOCK):
        end = chunk.rfind(b"\n") + 1
        if end:
            lines = b"".join((*parts, chunk[:end]))
            parts = []
            if lines.strip():
                yield lines
        parts.append(chunk[end:])
    lines = b"".join(parts)
    if lines.strip():
        yield lines


def _parsed(block: bytes, before: int, schema: Any = None) -> Any:
    """The rows of a block, `before` rows into the file."""
    pa = arrow.require()
    import pyarrow.json as json

    parse = None if schema is None else json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    try:
        # in one piece: pyarrow would give a row by its place in a piece
        read = json.ReadOptions(use_threads=False, block_size=len(block) + 1)
        return json.read_json(pa.BufferReader(block), read_options=read, parse_options=parse)
    except pa.ArrowInvalid as error:
        first = str(error).splitlines()[0]
        raise TableError(_ROW.sub(lambda row: f"in row {before + int(row[1]) + 1:,}", first)) from error


def _unified(schema: Any, found: Any, start: int, stop: int) -> Any:
    """The schema of both; a text that looks like a time in some rows only is a text."""
    pa = arrow.require()
    types = {field.name: field.type for field in schema}
    for i, field in enumerate(found):
        pair = (types.get(field.name), field.type)
        if any(map(_is_text, pair)) and any(t is not None and pa.types.is_timestamp(t) for t in pair):
            found = found.set(i, _as_text(field))
            schema = schema.set(schema.get_field_index(field.name), _as_text(field))
    try:
        return pa.unify_schemas([schema, found], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(
            f"rows {start + 1:,} to {stop:,} have another type than the rows before: {error}; give the column one type"
        ) from error


def _is_text(type_: Any) -> bool:
    return type_ is not None and bool(arrow.require().types.is_string(type_))


def _looks_like_text(type_: Any) -> bool:
    types = arrow.require().types
    return bool(types.is_null(type_) or types.is_timestamp(type_))


def _as_text(field: Any) -> Any:
    return field.with_type(arrow.require().string())
